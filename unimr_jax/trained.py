"""A finished stage of a run, loaded for whatever uses a model: evaluation, export, benchmarks.

It stands above training, which wrote the run, and retrieval, which encodes with it, so that
neither knows the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
from jax.sharding import Mesh

from unimr_jax.config import Config, choose
from unimr_jax.config import Mesh as MeshConfig
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.data.transitions import Transitions
from unimr_jax.errors import UserError
from unimr_jax.models.unimr import UniMR
from unimr_jax.retrieval.encoder import ModelEncoder, called
from unimr_jax.training import checkpoint, partitioning, workdir
from unimr_jax.training.run import build_model
from unimr_jax.training.stage_step import abstract_params


@dataclass(frozen=True)
class Trained:
    """The model as a stage left it, with all that turns raw text and pictures into its input."""

    directory: Path
    stage: str
    config: Config
    model: UniMR
    params: dict[str, Any]
    tokenizer: TextTokenizer
    labels: Labels
    transitions: Transitions

    def encoder(self) -> ModelEncoder:
        """On the devices that hold the parameters, each with its part of every batch."""
        evaluation = self.config.evaluation
        mesh = jax.tree.leaves(self.params)[0].sharding.mesh
        return ModelEncoder(
            self.model,
            self.params,
            self.tokenizer,
            self.labels,
            self.transitions,
            ImageReader.of(self.config.model.image, self.config.data),
            partitioning.divisible(evaluation.batch_size, mesh),
            evaluation.max_length,
            Prompts.of(self.config.tokenizer),
            partial(_over, mesh) if mesh.size > 1 else called,
        )


def _over(mesh: Mesh, program: Callable, params: dict[str, Any], *batch: Any) -> Any:
    """Calls the program with the batch cut over the mesh, on which kernels look for their part."""
    with jax.set_mesh(mesh):
        return program(params, *partitioning.put_batch(batch, mesh))


def load_trained(directory: Path, stage: str = "") -> Trained:
    """Loads a run's latest checkpoint of a stage.

    Args:
      directory: the run's workdir.
      stage: empty: the last one that is done.

    Raises:
      UserError: no such run or stage, or nothing trained yet.
      CheckpointError: the checkpoint cannot be read.
    """
    config = workdir.read_config(directory)
    stage = stage or _last_stage(directory, config)
    choose(config.stages, stage, "--stage")
    tokenizer = TextTokenizer.load(directory / workdir.TOKENIZER)
    labels = workdir.labels(directory, {})
    transitions = workdir.transitions(directory, config, {}, tokenizer, labels)
    # On whatever machine it was trained, and with its kernel.
    anywhere = dataclasses.replace(config.model, attention="auto")
    model = build_model(dataclasses.replace(config, model=anywhere), tokenizer, labels)
    # Where its mesh does not fit, every device has all of it.
    mesh = partitioning.make_mesh(config.mesh if partitioning.fits(config.mesh) else MeshConfig())
    shapes = abstract_params(model, mesh, config.mesh.overrides)
    params = checkpoint.load_params(workdir.stage_directory(directory, config, stage), shapes)
    return Trained(directory, stage, config, model, params, tokenizer, labels, transitions)


def _last_stage(directory: Path, config: Config) -> str:
    for stage in reversed(config.stage_order):
        if checkpoint.is_done(workdir.stage_directory(directory, config, stage)):
            return stage
    raise UserError(f"{directory}: no stage is done yet; run train on it first")
