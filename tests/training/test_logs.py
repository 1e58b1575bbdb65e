"""metrics.jsonl: one log late, complete at the end, and free of what a resumed run repeats."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import jax.numpy as jnp
import pytest
from tensorboardX.proto.event_pb2 import Event

from unimr_jax.training.logs import LateLog, MetricsFiles, StageProgress, read_history

SPEED = {"examples_per_second": 100.0, "seconds_per_step": 0.5, "input_wait": 0.25}


def metrics(loss: float) -> dict:
    """As the train step gives them: on the device."""
    return {"loss": {"text_to_image": jnp.float32(loss)}, "learning_rate": jnp.float32(0.5)}


def write(workdir: Path, stage: str, *steps: int, start: int = 0) -> None:
    with MetricsFiles(workdir, stage, start) as files:
        log = LateLog(stage, [files.write])
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


class TestLateLog:
    def test_is_one_log_late_and_complete_at_the_end(self):
        read, read_too = [], []
        log = LateLog("text", [read.append, read_too.append])
        log.write(10, metrics(3.0), SPEED)
        assert read == []
        log.write(20, metrics(2.0), SPEED)
        assert [line["step"] for line in read] == [10]
        for _ in range(2):
            log.flush()
            assert [line["step"] for line in read] == [10, 20]
        assert read_too == read

    def test_what_a_reader_raises_is_raised_after_the_ones_before_have_read(self):
        read = []
        log = LateLog("text", [read.append, lambda line: 1 / 0])
        log.write(10, metrics(3.0), SPEED)
        with pytest.raises(ZeroDivisionError):
            log.flush()
        assert len(read) == 1


class TestMetricsFiles:
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
        with MetricsFiles(tmp_path, "text", 0) as files:
            log = LateLog("text", [files.write])
            log.write(10, metrics(2.5), SPEED)
            log.flush()
            assert events(tmp_path / "tensorboard" / "text") == {
                10: {
                    "text/loss/text_to_image": 2.5,
                    "text/learning_rate": 0.5,
                    **{f"text/{name}": value for name, value in SPEED.items()},
                }
            }


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


@pytest.mark.parametrize("skipped, said", [(0.0, ""), (3.0, "  3 steps skipped (not finite)")])
def test_without_a_terminal_every_line_is_printed(capsys, skipped, said):
    counts = {"total": skipped, "in_a_row": 0.0}
    line = {"stage": "text", "step": 10, "loss": {"text_to_image": 2.5}, "skipped": counts, **SPEED}
    with StageProgress("text", 30, 0) as progress:
        progress.advance(10)
        progress.show(line)
    assert capsys.readouterr().err == (
        f"text 10/30  text_to_image 2.500  100 examples/s  10 s left{said}\n"
    )
