"""Checkpoints are whole or not there; damaged ones are passed over; the best are kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

from tests.training.stages import mesh_of
from tests.training.states import DATA, arrays, save, state_at, with_a_changed_bit
from unimr_jax.training.checkpoint import CheckpointError, load_params
from unimr_jax.training.stage_checkpoints import StageCheckpoints
from unimr_jax.training.step import TrainState


def restored(directory: Path) -> TrainState:
    with StageCheckpoints(directory, {}) as checkpoints:
        return checkpoints.restore(state_at(0))[0]


ALL = [1, 2, 3, 4, 5, 6]


def laid_out(state: TrainState, matrices: NamedSharding) -> TrainState:
    whole = NamedSharding(matrices.mesh, PartitionSpec())
    return jax.tree.map(lambda x: jax.device_put(x, matrices if x.ndim == 2 else whole), state)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def assert_same(found: TrainState, expected: TrainState) -> None:
    jax.tree.map(np.testing.assert_array_equal, found, expected)


class TestStageCheckpoints:
    def test_bring_back_all_of_a_state_and_the_data_position(self, tmp_path):
        save(tmp_path, 3)
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            state, data = checkpoints.restore(state_at(0))
        assert_same(state, state_at(3))
        assert data == DATA

    def test_keep_the_newest_two(self, tmp_path):
        assert names(save(tmp_path, 1, 2, 3)) == ["2", "3"]

    @pytest.mark.parametrize(
        "last, best, kept",
        [(1, 0, [6]), (3, 0, [4, 5, 6]), (1, 2, [2, 4, 6]), (2, 1, [2, 5, 6]), (1, 6, ALL)],
    )
    def test_keep_the_newest_and_the_best(self, tmp_path, last, best, kept):
        losses = {1: 9.0, 2: 1.0, 3: 5.0, 4: 2.0, 5: np.nan, 6: 8.0}
        for part in ((1, 2, 3), (4, 5, 6)):  # a resumed run knows the losses from before
            with StageCheckpoints(tmp_path, {}, last, best) as checkpoints:
                for step in part:
                    checkpoints.save(state_at(step), DATA, losses[step])
        assert [int(name) for name in names(tmp_path)] == kept

    def test_are_read_on_any_mesh(self, tmp_path):
        """Parameters and moments in any layout, whatever they were saved in."""
        save(tmp_path, 1)
        for shape, axis in (((2, 2, 2), "data"), ((1, 2, 4), "fsdp"), ((1, 1, 1), "data")):
            layout = NamedSharding(mesh_of(*shape), PartitionSpec(axis))
            with StageCheckpoints(tmp_path, {}) as checkpoints:
                found, _ = checkpoints.restore(laid_out(state_at(1), layout))
                checkpoints.save(found.replace(step=found.step + 1), DATA, 1.0)
            assert_same(found, state_at(1).replace(step=found.step))
            moment = found.opt_state[0].mu["text/kernel"]
            assert found.params["nlu"]["kernel"].sharding == moment.sharding == layout

    def test_hold_the_preprocessing(self, tmp_path):
        meta = json.loads((save(tmp_path, 3) / "3" / "meta" / "metadata").read_text())
        assert meta["preprocessing"] == {"tokenizer": "as it was"}

    def test_save_a_step_once(self, tmp_path):
        assert names(save(tmp_path, 2, 2)) == ["2"]

    def test_none_yet(self, tmp_path):
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            assert checkpoints.latest() is None

    def test_the_state_may_be_donated_while_it_is_written(self, tmp_path):
        double = jax.jit(lambda state: jax.tree.map(lambda x: x + x, state), donate_argnums=0)
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            state = state_at(3)
            checkpoints.save(state, DATA, 1.0)
            jax.block_until_ready(double(state))
        assert_same(restored(tmp_path), state_at(3))


def without_a_file(step: Path) -> None:
    for path in (step / "params" / "d").iterdir():
        path.unlink()


def without_an_item(step: Path) -> None:
    shutil.rmtree(step / "optimizer")


def with_half_a_file(step: Path) -> None:
    metadata = step / "meta" / "metadata"
    metadata.write_text(metadata.read_text()[:20])


def with_half_its_arrays(step: Path) -> None:
    path = arrays(step)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(step: Path) -> None:
    shutil.rmtree(step)
    step.mkdir()


DAMAGE = [
    without_a_file,
    without_an_item,
    with_half_a_file,
    with_half_its_arrays,
    with_a_changed_bit,
    emptied,
]


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGE)
    def test_is_passed_over_for_the_one_before(
        self, tmp_path, capsys, damage: Callable[[Path], None]
    ):
        damage(save(tmp_path, 2, 4) / "4")
        assert_same(restored(tmp_path), state_at(2))
        said = capsys.readouterr().err
        assert f"{tmp_path}/4.damaged: cannot be read (" in said and said.count("\n") == 1

    @pytest.mark.parametrize("left", ["", '{"los', '{"loss": 1.0', "{}"])
    def test_of_the_loss_alone_does_no_harm(self, tmp_path, left):
        (save(tmp_path, 2, 4) / "4" / "metrics" / "metrics").write_text(left)
        assert_same(restored(tmp_path), state_at(4))

    def test_leaves_room_to_save_the_step_again(self, tmp_path):
        save(tmp_path, 2, 4)
        for _ in range(2):  # a disk that harms a file may harm another
            without_an_item(tmp_path / "4")
            with StageCheckpoints(tmp_path, {}) as checkpoints:
                checkpoints.restore(state_at(0))
                assert checkpoints.latest() == 2
                checkpoints.save(state_at(4), DATA, 1.0)
            assert names(tmp_path) == ["2", "4", "4.damaged"]
            assert_same(restored(tmp_path), state_at(4))

    def test_of_all_is_an_error_that_changes_nothing(self, tmp_path):
        save(tmp_path, 2, 4)
        for step in ("2", "4"):
            without_an_item(tmp_path / step)
        with pytest.raises(CheckpointError) as error:
            restored(tmp_path)
        assert str(error.value).startswith(f"{tmp_path}/4: the checkpoint cannot be read (")
        assert f"remove {tmp_path} to start the stage anew" in str(error.value)
        assert names(tmp_path) == ["2", "4"]

    def test_a_half_written_one_is_never_seen(self, tmp_path):
        """Orbax writes under a temporary name; a run killed there leaves it behind."""
        save(tmp_path, 2, 4)
        (tmp_path / "4").rename(tmp_path / "4.orbax-checkpoint-tmp")
        found = load_params(tmp_path, state_at(0).params)
        np.testing.assert_array_equal(found["text"]["bias"], np.full(3, 2.0))
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            assert_same(checkpoints.restore(state_at(0))[0], state_at(2))
            checkpoints.save(state_at(4), DATA, 1.0)
        assert names(tmp_path) == ["2", "4"]


class TestFailedWrite:
    @pytest.mark.parametrize("method", ["save", "wait_until_finished"])
    @pytest.mark.parametrize(
        "error, reason",
        [
            (OSError(28, "No space left on device", "/some/file"), "No space left on device"),
            (
                ValueError("OUT_OF_RANGE: /file: Disk quota exceeded [os_error_code='122']"),
                "Disk quota exceeded",
            ),
            (ValueError("Some other\n  reason"), "Some other reason"),
        ],
    )
    def test_is_one_line_that_names_directory_and_mend(
        self, tmp_path, monkeypatch, method, error, reason
    ):
        def fail(*_: object, **__: object) -> None:
            raise error

        with (
            StageCheckpoints(save(tmp_path, 2), {}) as checkpoints,
            monkeypatch.context() as patch,
            pytest.raises(CheckpointError) as failure,
        ):
            patch.setattr(checkpoints._manager, method, fail)
            checkpoints.save(state_at(4), DATA, 1.0)
            checkpoints.wait()
        assert str(failure.value) == (
            f"{tmp_path}: a checkpoint could not be written ({reason}); the one of step 2 is "
            "whole. Free disk space and start the same command again"
        )

    def test_at_the_end_is_not_lost(self, tmp_path, monkeypatch):
        checkpoints = StageCheckpoints(tmp_path, {})
        monkeypatch.setattr(checkpoints._manager, "close", lambda: 1 / 0)
        with pytest.raises(CheckpointError, match="there is none before it"), checkpoints:
            pass

    def test_at_the_end_hides_no_other_error(self, tmp_path, monkeypatch):
        checkpoints = StageCheckpoints(tmp_path, {})
        monkeypatch.setattr(checkpoints._manager, "close", lambda: 1 / 0)
        with pytest.raises(KeyError), checkpoints:
            raise KeyError
