"""Writes a stage's checkpoints while training goes on, and brings back the latest whole one.

A checkpoint is everything that a resumed run needs: parameters, optimizer, step, random key, data
position, tokenizer and preprocessing. Nothing in it depends on the mesh or on the number of
processes. Orbax writes it to a temporary directory and renames it, so a half-written one is never
taken for a whole one; one that was cut short or changed since, as checksums tell, is set aside,
and the one before it taken.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers

from unimr_jax.training import logs, processes
from unimr_jax.training.checkpoint import CheckpointError, reason, restore_args, steps_of
from unimr_jax.training.digest import checksums
from unimr_jax.training.step import TrainState

DAMAGED = ".damaged"  # ends the name of a checkpoint that was set aside
LOSS = "metrics"  # Orbax's name for the item, and for the file in it


class StageCheckpoints:
    """The checkpoints below one `stages/NN_name` directory."""

    def __init__(
        self,
        directory: Path,
        preprocessing: Mapping[str, Any],
        keep_last: int = 2,
        keep_best: int = 0,
    ):
        """Keeps the newest `keep_last` and, besides, the `keep_best` of lowest loss."""
        self.directory = directory.absolute()
        self._preprocessing = dict(preprocessing)
        _forget_broken_losses(self.directory)
        self._manager = ocp.CheckpointManager(
            self.directory,
            options=ocp.CheckpointManagerOptions(
                best_fn=_loss,  # has the loss written; what is deleted is up to the policy
                preservation_policy=_preservation(keep_last, keep_best),
                cleanup_tmp_directories=True,
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

    def save(self, state: TrainState, data: Mapping[str, Any], loss: float) -> None:
        """Starts writing; the caller may go on training (and donate the state) at once.

        Args:
          state: with its step.
          data: the position after this step.
          loss: by which the best are kept.

        Raises:
          CheckpointError: this write or the one before failed (a full disk, say).
        """
        step = int(state.step)
        if step == self.latest():
            return
        meta = {
            "step": step,
            "data": dict(data),
            "preprocessing": self._preprocessing,
            "checksums": checksums((state.params, state.opt_state, state.rng)),
        }
        try:
            self._manager.save(
                step,
                metrics={"loss": loss if math.isfinite(loss) else math.inf},
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
            f"({reason(failures[newest])}), and none before it; "
            f"remove {self.directory} to start the stage anew"
        ) from failures[newest]

    def _restore(self, step: int, like: TrainState) -> tuple[TrainState, dict[str, Any]]:
        optimizer = {"state": like.opt_state, "rng": like.rng}
        found = self._manager.restore(
            step,
            args=ocp.args.Composite(
                params=restore_args(like.params),
                optimizer=restore_args(optimizer),
                meta=ocp.args.JsonRestore(),
            ),
        )
        state = like.replace(
            step=jax.device_put(np.asarray(step, np.int32), like.step.sharding),
            params=found.params,
            opt_state=found.optimizer["state"],
            rng=found.optimizer["rng"],
        )
        if checksums((state.params, state.opt_state, state.rng)) != found.meta["checksums"]:
            raise ValueError("its arrays are not those that were saved")
        return state, found.meta["data"]

    def _set_aside(self, failures: Mapping[int, Exception]) -> None:
        for step, error in failures.items():
            damaged = self.directory / f"{step}{DAMAGED}"
            if processes.is_first():
                shutil.rmtree(damaged, ignore_errors=True)  # of an earlier time
                (self.directory / str(step)).rename(damaged)
            logs.console.print(
                f"{damaged}: cannot be read ({reason(error)}), so the checkpoint before it is "
                "taken; remove it when you like",
                soft_wrap=True,
                highlight=False,
            )
        processes.meet("damaged checkpoints set aside")
        self._manager.reload()

    def _not_written(self, error: Exception) -> CheckpointError:
        whole = steps_of(self.directory)
        left = f"the one of step {max(whole)} is whole" if whole else "there is none before it"
        return CheckpointError(
            f"{self.directory}: a checkpoint could not be written ({reason(error)}); {left}. "
            "Free disk space and start the same command again"
        )


def _preservation(last: int, best: int) -> checkpoint_managers.PreservationPolicy:
    """Either is a reason to keep; `last` is at least 1, so the newest never goes."""
    policies = checkpoint_managers
    lowest = policies.BestN(
        get_metric_fn=_loss, reverse=True, n=best, keep_checkpoints_without_metrics=False
    )
    return policies.AnyPreservationPolicy([policies.LatestN(last), lowest])


def _loss(metrics: Mapping[str, float]) -> float:
    return metrics["loss"]


def _forget_broken_losses(stage: Path) -> None:
    """Orbax reads all losses when it opens a stage, and would fail as a whole at a broken one."""
    broken = [step for step in steps_of(stage) if _has_broken_loss(stage / str(step))]
    processes.meet("losses read")
    for step in broken if processes.is_first() else ():
        shutil.rmtree(stage / str(step) / LOSS)
    processes.meet("broken losses forgotten")


def _has_broken_loss(checkpoint: Path) -> bool:
    path = checkpoint / LOSS / LOSS
    try:
        return path.exists() and "loss" not in json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return True
