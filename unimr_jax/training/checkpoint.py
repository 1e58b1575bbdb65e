"""Checkpoints of a stage, the digest of its parameters, and what marks it as done.

A checkpoint is everything that a resumed run needs: parameters, optimizer, step, random key, data
position, tokenizer and preprocessing. Orbax writes it to a temporary directory and renames it, so
a half-written one is never taken for a whole one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from flax.traverse_util import flatten_dict, unflatten_dict
from orbax.checkpoint import checkpoint_managers

from unimr_jax.errors import UserError
from unimr_jax.training.step import TrainState

DONE = "DONE.json"


class CheckpointError(Exception):
    """A checkpoint could not be written; the one before it is whole."""


class StageCheckpoints:
    """The checkpoints below one `stages/NN_name` directory; the newest two are kept."""

    def __init__(self, directory: Path, preprocessing: Mapping[str, Any]):
        self.directory = directory.absolute()
        self._preprocessing = dict(preprocessing)
        self._manager = ocp.CheckpointManager(
            self.directory,
            options=ocp.CheckpointManagerOptions(
                preservation_policy=checkpoint_managers.LatestN(2), cleanup_tmp_directories=True
            ),
        )

    def latest(self) -> int | None:
        return self._manager.latest_step()

    def save(self, state: TrainState, data: Mapping[str, Any]) -> None:
        """Starts writing; the caller may go on training (and donate the state) at once.

        Raises:
          CheckpointError: this write or the one before failed (a full disk, say).
        """
        step = int(state.step)
        if step == self.latest():
            return
        meta = {"step": step, "data": dict(data), "preprocessing": self._preprocessing}
        try:
            self._manager.save(
                step,
                args=ocp.args.Composite(
                    params=ocp.args.PyTreeSave(state.params),
                    optimizer=ocp.args.PyTreeSave({"state": state.opt_state, "rng": state.rng}),
                    meta=ocp.args.JsonSave(meta),
                ),
            )
        except Exception as error:
            raise self._failure(step, error) from error

    def wait(self) -> None:
        """Returns when the last save is on disk."""
        try:
            self._manager.wait_until_finished()
        except Exception as error:
            raise self._failure(None, error) from error

    def restore(self, like: TrainState) -> tuple[TrainState, dict[str, Any]]:
        """The latest state, laid out as `like` (arrays or shapes with shardings), and `data`."""
        step = self.latest()
        optimizer = {"state": like.opt_state, "rng": like.rng}
        found = self._manager.restore(
            step,
            args=ocp.args.Composite(
                params=_restore_args(like.params),
                optimizer=_restore_args(optimizer),
                meta=ocp.args.JsonRestore(),
            ),
        )
        state = like.replace(
            step=jax.device_put(np.asarray(step, np.int32), like.step.sharding),
            params=found.params,
            opt_state=found.optimizer["state"],
            rng=found.optimizer["rng"],
        )
        return state, found.meta["data"]

    def close(self) -> None:
        self._manager.close()

    def _failure(self, step: int | None, error: Exception) -> CheckpointError:
        where = self.directory if step is None else self.directory / str(step)
        reason = " ".join(str(error).split())[:300]
        return CheckpointError(
            f"{where}: the checkpoint could not be written ({reason}); the one before it is whole. "
            "Free disk space and start the same command again"
        )


def load_params(stage: Path, like: dict[str, Any], include: str = ".*") -> dict[str, Any]:
    """Parameters of another stage's latest checkpoint, in the layout of `like`.

    Args:
      stage: a `stages/NN_name` directory.
      like: the tree wanted: arrays, or shapes with shardings where all of it is brought.
      include: regex over paths; parameters that do not match are taken from `like` as they are.

    Raises:
      UserError: no checkpoint there, or a parameter missing or of another shape.
    """
    steps = ocp.utils.checkpoint_steps(stage.absolute()) if stage.is_dir() else []
    if not steps:
        raise UserError(f"{stage}: no checkpoint there; name a stages/NN_name directory")
    directory = stage.absolute() / str(max(steps)) / "params"
    flat = flatten_dict(like, sep="/")
    wanted = {path: x for path, x in flat.items() if re.fullmatch(include, path)}
    with ocp.PyTreeCheckpointer() as checkpointer:
        _check_shapes(stage, wanted, checkpointer.metadata(directory).item_metadata.tree)
        args = _restore_args(unflatten_dict(wanted, sep="/"), partial=True)
        found = checkpointer.restore(directory, args=args)
    return unflatten_dict(flat | flatten_dict(found, sep="/"), sep="/")


def _check_shapes(stage: Path, wanted: Mapping[str, Any], stored: dict[str, Any]) -> None:
    shapes = {path: tuple(x.shape) for path, x in flatten_dict(stored, sep="/").items()}
    for path, x in wanted.items():
        if shapes.get(path) != x.shape:
            found = shapes.get(path, "nothing")
            raise UserError(
                f"{stage}: parameter {path} should be {x.shape}, found {found}; "
                "leave it out by the stage's init_include"
            )


def _restore_args(item: Any, partial: bool = False) -> ocp.args.PyTreeRestore:
    restore_args = ocp.checkpoint_utils.construct_restore_args(item)
    return ocp.args.PyTreeRestore(item=item, restore_args=restore_args, partial_restore=partial)


def params_sha256(params: dict[str, Any]) -> str:
    """Digest over parameter paths and bytes, in sorted order."""
    digest = hashlib.sha256()
    for path, x in sorted(flatten_dict(params, sep="/").items()):
        digest.update(path.encode())
        digest.update(np.ascontiguousarray(jax.device_get(x)).tobytes())
    return digest.hexdigest()


def mark_done(directory: Path, state: TrainState) -> None:
    done = {"step": int(state.step), "params_sha256": params_sha256(state.params)}
    write_atomically(directory / DONE, json.dumps(done, indent=1) + "\n")


def is_done(directory: Path) -> bool:
    return (directory / DONE).is_file()


def write_atomically(path: Path, text: str) -> None:
    """Writes beside the file, then renames: a reader sees the old text or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
