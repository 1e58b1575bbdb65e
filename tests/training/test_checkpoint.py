"""Checkpoints are whole or not there; damaged ones are passed over; digests compare runs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from unimr_jax.errors import UserError
from unimr_jax.training.checkpoint import (
    CheckpointError,
    StageCheckpoints,
    is_done,
    load_params,
    mark_done,
    params_sha256,
)
from unimr_jax.training.step import TrainState

DATA = {"text_to_image": {"next": 7}}


def state_at(step: int) -> TrainState:
    params = {
        "text": {"kernel": jnp.arange(6.0).reshape(2, 3) + step, "bias": jnp.full(3, step, float)},
        "nlu": {"kernel": jnp.full((2, 2), -step, float)},
    }
    trained = {"text/kernel": params["text"]["kernel"]}
    return TrainState(
        step=jnp.asarray(step, jnp.int32),
        params=params,
        opt_state=optax.adam(1e-3).init(trained),
        rng=jax.random.key_data(jax.random.key(step)),
    )


def save(directory: Path, *steps: int) -> Path:
    with StageCheckpoints(directory, {"tokenizer": "as it was"}) as checkpoints:
        for step in steps:
            checkpoints.save(state_at(step), DATA)
    return directory


def restored(directory: Path) -> TrainState:
    with StageCheckpoints(directory, {}) as checkpoints:
        return checkpoints.restore(state_at(0))[0]


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
            checkpoints.save(state, DATA)
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


def emptied(step: Path) -> None:
    shutil.rmtree(step)
    step.mkdir()


DAMAGE = [without_a_file, without_an_item, with_half_a_file, emptied]


class TestDamage:
    @pytest.mark.parametrize("damage", DAMAGE)
    def test_is_passed_over_for_the_one_before(
        self, tmp_path, capsys, damage: Callable[[Path], None]
    ):
        damage(save(tmp_path, 2, 4) / "4")
        assert_same(restored(tmp_path), state_at(2))
        said = capsys.readouterr().err
        assert f"{tmp_path}/4.damaged: cannot be read (" in said and said.count("\n") == 1

    def test_leaves_room_to_save_the_step_again(self, tmp_path):
        without_an_item(save(tmp_path, 2, 4) / "4")
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            checkpoints.restore(state_at(0))
            assert checkpoints.latest() == 2
            checkpoints.save(state_at(4), DATA)
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
        np.testing.assert_array_equal(load_params(tmp_path, LIKE)["text"]["bias"], np.full(3, 2.0))
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            assert_same(checkpoints.restore(state_at(0))[0], state_at(2))
            checkpoints.save(state_at(4), DATA)
        assert names(tmp_path) == ["2", "4"]

    def test_read_as_parameters_is_an_error(self, tmp_path):
        shutil.rmtree(save(tmp_path, 2) / "2" / "params")
        with pytest.raises(CheckpointError, match=f"{tmp_path}/2/params: cannot be read"):
            load_params(tmp_path, LIKE)


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
            checkpoints.save(state_at(4), DATA)
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


LIKE = state_at(0).params


class TestLoadParams:
    def test_brings_all(self, tmp_path):
        jax.tree.map(
            np.testing.assert_array_equal,
            load_params(save(tmp_path, 1, 5), LIKE),
            state_at(5).params,
        )

    def test_brings_what_is_included_and_leaves_the_rest(self, tmp_path):
        found = load_params(save(tmp_path, 5), LIKE, include="text/.*")
        np.testing.assert_array_equal(found["text"]["bias"], np.full(3, 5.0))
        np.testing.assert_array_equal(found["nlu"]["kernel"], np.zeros((2, 2)))

    def test_the_model_may_lack_what_the_checkpoint_has(self, tmp_path):
        found = load_params(save(tmp_path, 5), {"nlu": LIKE["nlu"]})
        np.testing.assert_array_equal(found["nlu"]["kernel"], np.full((2, 2), -5.0))

    @pytest.mark.parametrize(
        "path, shape, found",
        [("text/bias", (4,), r"\(3,\)"), ("text/scale", (3,), "nothing")],
    )
    def test_names_a_parameter_that_does_not_fit(self, tmp_path, path, shape, found):
        tower, name = path.split("/")
        like = {**LIKE, tower: {**LIKE[tower], name: jnp.zeros(shape)}}
        said = f"{tmp_path}: parameter {path} should be .*, found {found}; .*init_include"
        with pytest.raises(UserError, match=said):
            load_params(save(tmp_path, 5), like)

    def test_one_that_does_not_fit_can_be_left_out(self, tmp_path):
        like = {**LIKE, "nlu": {"kernel": jnp.zeros((9, 9))}}
        assert load_params(save(tmp_path, 5), like, "(?!nlu).*")["nlu"]["kernel"].shape == (9, 9)

    def test_says_where_there_is_no_checkpoint(self, tmp_path):
        for directory in (tmp_path, tmp_path / "nothing"):
            with pytest.raises(UserError, match=f"{directory}: no checkpoint there"):
                load_params(directory, LIKE)

    def test_says_where_nothing_is_included(self, tmp_path):
        with pytest.raises(UserError, match="init_include='txet/.*' matches no parameter"):
            load_params(save(tmp_path, 5), LIKE, "txet/.*")


class TestDone:
    def test_the_digest_is_over_sorted_paths_and_bytes(self):
        digest = hashlib.sha256()
        for path, x in (
            ("nlu/kernel", np.full((2, 2), -1, np.float32)),
            ("text/bias", np.ones(3, np.float32)),
            ("text/kernel", np.arange(1, 7, dtype=np.float32).reshape(2, 3)),
        ):
            digest.update(path.encode() + x.tobytes())
        assert params_sha256(state_at(1).params) == digest.hexdigest()

    def test_the_digest_does_not_depend_on_layout_in_memory(self):
        rows = {"x": np.arange(6.0).reshape(2, 3)}
        assert params_sha256(rows) == params_sha256({"x": np.asfortranarray(rows["x"])})

    def test_the_mark_has_step_and_digest(self, tmp_path):
        assert not is_done(tmp_path)
        mark_done(tmp_path, state_at(1))
        done = json.loads((tmp_path / "DONE.json").read_text())
        assert done == {"step": 1, "params_sha256": params_sha256(state_at(1).params)}
        assert is_done(tmp_path) and names(tmp_path) == ["DONE.json"]
