"""metrics.jsonl: one log late, complete at the end, and free of what a resumed run repeats."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import jax.numpy as jnp
import pytest
from tensorboardX.proto.event_pb2 import Event

from unimr_jax.training.logs import DivergedError, MetricsLog, StageProgress, read_history

SPEED = {"examples_per_second": 100.0, "seconds_per_step": 0.5, "input_wait": 0.25}


def metrics(loss: float) -> dict:
    """As the train step gives them: on the device."""
    return {"loss": {"text_to_image": jnp.float32(loss)}, "learning_rate": jnp.float32(0.5)}


def log_of(workdir: Path, stage: str = "text", start: int = 0, shown: list | None = None):
    return MetricsLog(workdir, stage, start, [].append if shown is None else shown.append)


def write(workdir: Path, stage: str, *steps: int, start: int = 0) -> None:
    with log_of(workdir, stage, start) as log:
        for step in steps:
            log.write(step, metrics(step), SPEED)
        log.flush()


def logged(workdir: Path) -> list[tuple[str, int]]:
    return [(line["stage"], line["step"]) for line in read_history(workdir)]


def events(directory: Path) -> dict[int, dict[str, float]]:
    """The values of every step in the only event file there."""
    (path,) = directory.glob("events.*")
    found = {}
    with path.open("rb") as file:
        while header := file.read(12):  # length, and its checksum
            event = Event.FromString(file.read(struct.unpack("<Q", header[:8])[0]))
            file.read(4)  # checksum
            if event.summary.value:
                found[event.step] = {value.tag: value.simple_value for value in event.summary.value}
    return found


class TestMetricsLog:
    def test_is_one_log_late_and_complete_at_the_end(self, tmp_path):
        shown = []
        with log_of(tmp_path, shown=shown) as log:
            log.write(10, metrics(3.0), SPEED)
            assert logged(tmp_path) == [] and shown == []
            log.write(20, metrics(2.0), SPEED)
            assert logged(tmp_path) == [("text", 10)]
            log.flush()
            assert logged(tmp_path) == [("text", 10), ("text", 20)]
            log.flush()
        assert logged(tmp_path) == [("text", 10), ("text", 20)]
        assert shown == read_history(tmp_path)

    def test_a_line_is_plain_json(self, tmp_path):
        write(tmp_path, "text", 10)
        (line,) = (tmp_path / "metrics.jsonl").read_text().splitlines()
        assert json.loads(line) == {
            "stage": "text",
            "step": 10,
            "loss": {"text_to_image": 10.0},
            "learning_rate": 0.5,
            **SPEED,
        }

    def test_stages_follow_one_another(self, tmp_path):
        write(tmp_path, "text", 10, 20)
        write(tmp_path, "nlu", 10)
        assert logged(tmp_path) == [("text", 10), ("text", 20), ("nlu", 10)]

    def test_tensorboard_has_the_same_figures_at_once(self, tmp_path):
        with log_of(tmp_path) as log:
            log.write(10, metrics(2.5), SPEED)
            log.flush()
            assert events(tmp_path / "tensorboard" / "text") == {
                10: {
                    "text/loss/text_to_image": 2.5,
                    "text/learning_rate": 0.5,
                    **{f"text/{name}": value for name, value in SPEED.items()},
                }
            }

    @pytest.mark.parametrize("loss", [math.nan, math.inf])
    def test_stops_at_a_loss_that_is_not_finite(self, tmp_path, loss):
        with log_of(tmp_path) as log:
            log.write(10, metrics(loss), SPEED)
            with pytest.raises(DivergedError, match="stage 'text' diverged: at step 10 the loss"):
                log.flush()
        assert logged(tmp_path) == [("text", 10)]


class TestResume:
    def test_forgets_the_steps_that_will_be_repeated(self, tmp_path):
        write(tmp_path, "text", 10, 20, 30)
        write(tmp_path, "text", 30, start=20)
        assert logged(tmp_path) == [("text", 10), ("text", 20), ("text", 30)]

    def test_leaves_other_stages_alone(self, tmp_path):
        write(tmp_path, "text", 10, 20)
        write(tmp_path, "nlu", 10, 20)
        write(tmp_path, "nlu", 20, start=10)
        assert logged(tmp_path) == [("text", 10), ("text", 20), ("nlu", 10), ("nlu", 20)]

    def test_drops_a_half_written_last_line(self, tmp_path):
        write(tmp_path, "text", 10, 20)
        path = tmp_path / "metrics.jsonl"
        path.write_text(path.read_text()[:-30])
        assert logged(tmp_path) == [("text", 10)]
        write(tmp_path, "text", 20, start=10)
        assert logged(tmp_path) == [("text", 10), ("text", 20)]
        assert all(json.loads(line) for line in path.read_text().splitlines())


def test_no_history_yet(tmp_path):
    assert read_history(tmp_path) == []


def test_without_a_terminal_every_line_is_printed(capsys):
    line = {"stage": "text", "step": 10, "loss": {"text_to_image": 2.5}, **SPEED}
    with StageProgress("text", 30, 0) as progress:
        progress.advance(10)
        progress.show(line)
    assert capsys.readouterr().err == (
        "text 10/30  text_to_image 2.500  100 examples/s  10 s left\n"
    )
