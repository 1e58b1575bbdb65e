"""Rows of packed texts, as many for every device."""

from __future__ import annotations

from dataclasses import replace

from jax.sharding import Mesh

from unimr_jax.config import Config, Task
from unimr_jax.training import partitioning
from unimr_jax.training.step import microbatches

ROWS = ("text_rows", "positive_rows", "other_rows")


def even_rows(config: Config, mesh: Mesh) -> Config:
    """The config with every task's rows rounded up to what devices and microbatches divide.

    What is added is padding, or room for texts that would be cut.
    """
    shares = partitioning.batch_shares(mesh)
    stages = {
        name: replace(stage, tasks={key: _even(task, shares) for key, task in stage.tasks.items()})
        for name, stage in config.stages.items()
    }
    return replace(config, stages=stages)


def _even(task: Task, shares: int) -> Task:
    each = shares * microbatches(task)
    return replace(task, **{name: -(-getattr(task, name) // each) * each for name in ROWS})
