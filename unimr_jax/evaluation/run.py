"""`evaluate`: a finished stage of a run, scored and shown."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from unimr_jax.config import Config
from unimr_jax.data.datasets import evaluation_sources, merged_records
from unimr_jax.data.sources import Source, open_split
from unimr_jax.errors import UserError
from unimr_jax.evaluation.evaluate import evaluate
from unimr_jax.evaluation.report import write_report
from unimr_jax.evaluation.table import format_table
from unimr_jax.trained import load_trained
from unimr_jax.training import logs


def evaluate_run(
    directory: Path, dataset: str, split: str, stage: str, output: Path | None
) -> None:
    """Evaluates the last finished stage (or `stage`) and writes the report.

    Args:
      directory: the run's workdir.
      dataset: a data set's directory; empty: those that the run's config names.
      split: empty: the one that the run's config names.
      stage: empty: the last one that is done.
      output: where the report goes; None: workdir/report.

    Raises:
      UserError: no such run, stage, data set or split.
    """
    trained = load_trained(directory, stage)
    config = trained.config
    split = split or config.evaluation.split
    sources = _sources(directory, config, dataset, split)
    records, pictures = merged_records(sources)
    result = evaluate(trained.encoder(), records, pictures.__getitem__)
    output = output or directory / "report"
    facts = {
        "data": ", ".join(sources),
        "split": split,
        "stage": trained.stage,
        "fusion": config.model.nlu.fusion,
        "seed": str(config.seed),
    }
    write_report(output, result, logs.read_history(directory), directory.name, facts)
    Console().print(format_table(result.metrics))
    print(f"Report: {output / 'index.html'}")


def _sources(directory: Path, config: Config, dataset: str, split: str) -> dict[str, Source]:
    if dataset:
        source = open_split(dataset, split)
        return {source.name: source}
    if not config.evaluation.datasets:
        raise UserError("config.evaluation.datasets is empty; give --dataset=DATASET_DIR")
    return evaluation_sources(config, directory, config.evaluation.datasets, split)
