"""Checkpoints of a stage, the digest of its parameters, and what marks it as done.

A checkpoint is everything that a resumed run needs: parameters, optimizer, step, random key, data
position, tokenizer and preprocessing. Orbax writes it to a temporary directory and renames it, so
a half-written one is never taken for a whole one; one that a crash of the machine left in pieces
is set aside, and the one before it taken.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from flax.traverse_util import flatten_dict, unflatten_dict
from orbax.checkpoint import checkpoint_managers

from unimr_jax.errors import Foreseen, UserError
from unimr_jax.training import logs
from unimr_jax.training.files import write_atomically
from unimr_jax.training.step import TrainState

DONE = "DONE.json"
DAMAGED = ".damaged"  # ends the name of a checkpoint that was set aside


class CheckpointError(Foreseen):
    """A checkpoint could not be written or read."""


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

    def __enter__(self) -> StageCheckpoints:
        return self

    def __exit__(self, kind: type | None, *_: Any) -> None:
        """Waits for the last save; its failure does not hide an error that is under way."""
        try:
            self._manager.close()
        except Exception as error:
            if kind is None:
                raise self._not_written(error) from error

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
            raise self._not_written(error) from error

    def wait(self) -> None:
        """Returns when the last save is on disk."""
        try:
            self._manager.wait_until_finished()
        except Exception as error:
            raise self._not_written(error) from error

    def restore(self, like: TrainState) -> tuple[TrainState, dict[str, Any]]:
        """The latest state that can be read, laid out as `like`, and its `data`.

        Newer ones that cannot be read are renamed, so that their steps can be saved again.

        Args:
          like: arrays, or shapes with shardings.

        Raises:
          CheckpointError: none can be read; all are left as they are.
        """
        failures: dict[int, Exception] = {}
        for step in sorted(self._manager.all_steps(), reverse=True):
            try:
                found = self._restore(step, like)
            except Exception as error:
                failures[step] = error
                continue
            self._set_aside(failures)
            return found
        newest = max(failures)
        raise CheckpointError(
            f"{self.directory / str(newest)}: the checkpoint cannot be read "
            f"({_reason(failures[newest])}), and none before it; "
            f"remove {self.directory} to start the stage anew"
        ) from failures[newest]

    def _restore(self, step: int, like: TrainState) -> tuple[TrainState, dict[str, Any]]:
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

    def _set_aside(self, failures: Mapping[int, Exception]) -> None:
        for step, error in failures.items():
            damaged = self.directory / f"{step}{DAMAGED}"
            (self.directory / str(step)).rename(damaged)
            logs.console.print(
                f"{damaged}: cannot be read ({_reason(error)}), so the checkpoint before it is "
                "taken; remove it when you like",
                soft_wrap=True,
                highlight=False,
            )
        self._manager.reload()

    def _not_written(self, error: Exception) -> CheckpointError:
        whole = _steps(self.directory)
        left = f"the one of step {max(whole)} is whole" if whole else "there is none before it"
        return CheckpointError(
            f"{self.directory}: a checkpoint could not be written ({_reason(error)}); {left}. "
            "Free disk space and start the same command again"
        )


def _steps(stage: Path) -> list[int]:
    """The steps of a stage that have a checkpoint under its final name."""
    return ocp.utils.checkpoint_steps(stage) if stage.is_dir() else []


def _reason(error: Exception) -> str:
    """The operating system's word where there is one, else the start of the message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    message = " ".join(str(error).split())
    quoted = re.search(r"([^:]+) \[os_error_code", message)
    return quoted[1].strip() if quoted else message[:200]


def load_params(stage: Path, like: dict[str, Any], include: str = ".*") -> dict[str, Any]:
    """Parameters of another stage's latest checkpoint, in the layout of `like`.

    Args:
      stage: a `stages/NN_name` directory.
      like: the tree wanted: arrays, or shapes with shardings where all of it is brought.
      include: regex over paths; parameters that do not match are taken from `like` as they are.

    Raises:
      UserError: no checkpoint there, or a parameter missing or of another shape.
      CheckpointError: it cannot be read.
    """
    steps = _steps(stage.absolute())
    if not steps:
        raise UserError(f"{stage}: no checkpoint there; train that stage, or name another")
    directory = stage.absolute() / str(max(steps)) / "params"
    flat = flatten_dict(like, sep="/")
    wanted = {path: x for path, x in flat.items() if re.fullmatch(include, path)}
    if not wanted:
        raise UserError(f"{stage}: init_include={include!r} matches no parameter of the model")
    try:
        found = _read_params(stage, directory, wanted)
    except UserError:
        raise
    except Exception as error:
        raise CheckpointError(f"{directory}: cannot be read ({_reason(error)})") from error
    return unflatten_dict(flat | flatten_dict(found, sep="/"), sep="/")


def _read_params(stage: Path, directory: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    with ocp.PyTreeCheckpointer() as checkpointer:
        _check_shapes(stage, wanted, checkpointer.metadata(directory).item_metadata.tree)
        args = _restore_args(unflatten_dict(wanted, sep="/"), partial=True)
        return checkpointer.restore(directory, args=args)


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
