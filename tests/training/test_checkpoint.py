"""Parameters of another stage come whole, in part or not at all; a stage is done or not."""

from __future__ import annotations

import json
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.training.states import save, state_at, with_a_changed_bit
from unimr_jax.errors import UserError
from unimr_jax.training.checkpoint import CheckpointError, is_done, load_params, mark_done
from unimr_jax.training.digest import params_sha256
from unimr_jax.training.stage_checkpoints import StageCheckpoints

LIKE = state_at(0).params


class TestLoadParams:
    def test_brings_those_of_one_checkpoint(self, tmp_path):
        found = load_params(save(tmp_path, 1, 5) / "1", LIKE)
        jax.tree.map(np.testing.assert_array_equal, found, state_at(1).params)

    def test_that_cannot_be_read_are_an_error(self, tmp_path):
        shutil.rmtree(save(tmp_path, 2) / "2" / "params")
        with pytest.raises(CheckpointError, match=f"{tmp_path}/2/params: cannot be read"):
            load_params(tmp_path, LIKE)

    @pytest.mark.parametrize("include", [".*", "noise"])
    def test_that_changed_since_are_an_error(self, tmp_path, include):
        with_a_changed_bit(save(tmp_path, 2) / "2")
        with pytest.raises(CheckpointError, match="its arrays are not those that were saved"):
            load_params(tmp_path, LIKE, include)

    def test_are_judged_by_what_is_brought(self, tmp_path):
        with_a_changed_bit(save(tmp_path, 2) / "2")
        load_params(tmp_path, LIKE, "text/.*")

    def test_brings_all(self, tmp_path):
        jax.tree.map(
            np.testing.assert_array_equal,
            load_params(save(tmp_path, 1, 5), LIKE),
            state_at(5).params,
        )

    @pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float32])
    def test_brings_them_in_the_type_that_is_wanted(self, tmp_path, dtype):
        """Whatever type they were saved in."""
        half = jax.tree.map(lambda x: x.astype(jnp.bfloat16), state_at(5).params)
        with StageCheckpoints(tmp_path, {}) as checkpoints:
            checkpoints.save(state_at(5).replace(params=half), {}, loss=1.0)
        found = load_params(tmp_path, jax.tree.map(lambda x: x.astype(dtype), LIKE))
        assert {x.dtype for x in jax.tree.leaves(found)} == {jnp.dtype(dtype)}
        jax.tree.map(np.testing.assert_array_equal, found, half)

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
    def test_the_mark_has_step_and_digest(self, tmp_path):
        assert not is_done(tmp_path)
        mark_done(tmp_path, state_at(1))
        done = json.loads((tmp_path / "DONE.json").read_text())
        assert done == {"step": 1, "params_sha256": params_sha256(state_at(1).params)}
        assert is_done(tmp_path) and [path.name for path in tmp_path.iterdir()] == ["DONE.json"]
