"""A run without its data: enough to compile its steps, and to time them on random numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
from jax.sharding import NamedSharding

from unimr_jax.config import Config, at_size_of, to_dict
from unimr_jax.data.shapes import Shapes, batch_shapes
from unimr_jax.models import unimr
from unimr_jax.training import partitioning, validation
from unimr_jax.training.even_rows import even_rows
from unimr_jax.training.stage_step import StageRun, abstract_params, stage_shapes


class DatalessRun:
    """Mesh and model of a run, for labels that the data would have.

    Needs jax, flax, optax and orbax alone, unless the config names a tokenizer, whose vocabulary
    only `transformers` knows.
    """

    def __init__(self, config: Config, intents: int, slots: int):
        """Raises UserError: the config is wrong, or its tokenizer cannot be loaded."""
        validation.check(config)
        self.mesh = partitioning.make_mesh(config.mesh)
        validation.check_mesh(config, self.mesh)
        self.config = even_rows(config, self.mesh)
        # Each label begins or goes on, or there is none.
        labels = intents, 1 + 2 * slots
        self.model = unimr.build(to_dict(config.model), _vocab_size(config), *labels)
        self.param_shapes = abstract_params(self.model, self.mesh, config.mesh.overrides)

    def stage_run(self, name: str) -> StageRun:
        of_stage = name, f"config.stages.{name}", self.config.stages[name]
        return StageRun(*of_stage, self.model, self.mesh, self.config.seed, Path(), Path(), {})

    def stage_shapes(self, name: str) -> dict[str, Any]:
        """Of the parameters as the stage holds them."""
        return stage_shapes(self.config.stages[name], self.param_shapes, f"config.stages.{name}")

    def batch_shapes(self, name: str) -> dict[str, dict[str, Any]]:
        """Of a batch of every task of the stage, over the mesh."""
        stage = self.config.stages[name]
        image = at_size_of(stage, self.config).model.image
        sizes = image.size, image.patch, self.config.data.max_patches
        sharding = NamedSharding(self.mesh, partitioning.BATCH)
        return {
            task: _abstract(batch_shapes(task, settings, *sizes), sharding)
            for task, settings in stage.tasks.items()
        }


def _vocab_size(config: Config) -> int:
    """A tokenizer that is yet to be trained will have the size that the config asks for."""
    if config.tokenizer.name:
        from unimr_jax.data.tokenizer import TextTokenizer

        return TextTokenizer.load(config.tokenizer.name).vocab_size
    return config.tokenizer.vocab_size


def _abstract(shapes: Shapes, sharding: NamedSharding) -> dict[str, Any]:
    return {
        field: _abstract(shape, sharding)
        if isinstance(shape, dict)
        else jax.ShapeDtypeStruct(*shape, sharding=sharding)
        for field, shape in shapes.items()
    }
