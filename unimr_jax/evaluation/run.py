"""`evaluate`: a finished stage of a run, scored and shown."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from rich.console import Console

from unimr_jax.config import Config, choose
from unimr_jax.data.datasets import evaluation_sources, merged_records
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.sources import JsonlSource, open_split
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.errors import UserError
from unimr_jax.evaluation.evaluate import evaluate
from unimr_jax.evaluation.report import write_report
from unimr_jax.evaluation.table import format_table
from unimr_jax.retrieval.encoder import ModelEncoder
from unimr_jax.training import checkpoint, logs, partitioning, workdir
from unimr_jax.training.loop import abstract_params
from unimr_jax.training.run import build_model


def evaluate_run(
    directory: Path, dataset: str, split: str, stage: str, output: Path | None
) -> None:
    """Evaluates the last finished stage (or `stage`) and writes the report.

    Args:
      directory: the run's workdir.
      dataset: a data set's directory; empty: those that the run's config names.
      split: empty: the one that the run's config names.
      stage: empty: the last one that has a checkpoint.
      output: where the report goes; None: workdir/report.

    Raises:
      UserError: no such run, stage, data set or split.
    """
    config = workdir.read_config(directory)
    stage = stage or _last_stage(directory, config)
    encoder = load_encoder(directory, config, stage)
    split = split or config.evaluation.split
    sources = _sources(directory, config, dataset, split)
    result = evaluate(encoder, merged_records(sources), Path)
    output = output or directory / "report"
    facts = {
        "data": ", ".join(sources),
        "split": split,
        "stage": stage,
        "fusion": config.model.nlu.fusion,
        "seed": str(config.seed),
    }
    write_report(output, result, logs.read_history(directory), directory.name, facts)
    Console().print(format_table(result.metrics))
    print(f"Report: {output / 'index.html'}")


def _last_stage(directory: Path, config: Config) -> str:
    for stage in reversed(config.stage_order):
        if checkpoint.is_done(workdir.stage_directory(directory, config, stage)):
            return stage
    raise UserError(f"{directory}: no stage is done yet; run train on it first")


def _sources(directory: Path, config: Config, dataset: str, split: str) -> dict[str, JsonlSource]:
    if dataset:
        return {Path(dataset).name: open_split(Path(dataset), split)}
    if not config.evaluation.datasets:
        raise UserError("config.evaluation.datasets is empty; give --dataset=DATASET_DIR")
    return evaluation_sources(config, directory, config.evaluation.datasets, split)


def load_encoder(directory: Path, config: Config, stage: str) -> ModelEncoder:
    """The model as a stage left it, ready to encode."""
    choose(config.stages, stage, "--stage")
    tokenizer = TextTokenizer.load(directory / workdir.TOKENIZER)
    labels: Labels = workdir.labels(directory, {})
    transitions = workdir.transitions(directory, config, {}, tokenizer, labels)
    # On whatever machine it was trained, and with its kernel.
    anywhere = dataclasses.replace(config.model, attention="auto")
    model = build_model(dataclasses.replace(config, model=anywhere), tokenizer, labels)
    mesh = partitioning.make_mesh(config.mesh)
    params = abstract_params(model, mesh, config.mesh.overrides)
    source = workdir.stage_directory(directory, config, stage)
    return ModelEncoder(
        model,
        checkpoint.load_params(source, params),
        tokenizer,
        labels,
        transitions,
        ImageReader.of(config.model.image, config.data),
        config.evaluation.batch_size,
        config.evaluation.max_length,
        Prompts.of(config.tokenizer),
    )
