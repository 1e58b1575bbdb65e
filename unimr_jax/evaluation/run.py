"""`evaluate`: a finished stage of a run, scored and shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from unimr_jax.config import Config, choose
from unimr_jax.data.datasets import evaluation_sources, merged_records, open_by_config
from unimr_jax.data.sources import Source
from unimr_jax.errors import UserError
from unimr_jax.evaluation.analysis import ANALYSES, analyse
from unimr_jax.evaluation.analysis.languages import read_against
from unimr_jax.evaluation.analysis.section import Section
from unimr_jax.evaluation.analysis.subject import Subject
from unimr_jax.evaluation.evaluate import find, summarise
from unimr_jax.evaluation.report import write_report
from unimr_jax.evaluation.table import format_table
from unimr_jax.trained import Trained, load_trained
from unimr_jax.training import checkpoint, logs, workdir


def evaluate_run(
    directory: Path,
    dataset: str,
    split: str,
    stage: str,
    output: Path | None,
    index_stage: str = "",
    against: Path | None = None,
) -> None:
    """Evaluates the last finished stage (or `stage`) and writes the report.

    Args:
      directory: the run's workdir.
      dataset: a data set's directory; empty: those that the run's config names.
      split: empty: the one that the run's config names.
      stage: empty: the last one that is done.
      output: where the report goes; None: workdir/report.
      index_stage: whose picture vectors serve as an old index; empty: the stage before, if it is
        done.
      against: another report's metrics.json, to count what every language gains.

    Raises:
      UserError: no such run, stage, data set, split or report.
    """
    compared = read_against(against) if against else None
    trained = load_trained(directory, stage)
    config = trained.config
    asked = _asked(config, index_stage, against)
    earlier = _earlier(trained, index_stage) if "old_index" in asked else None
    split = split or config.evaluation.split
    sources = _sources(directory, config, dataset, split)
    records, pictures = merged_records(sources)
    encoder = trained.encoder()
    findings = find(encoder, records, pictures.__getitem__)
    result = summarise(findings)
    subject = Subject(trained, encoder, findings, result.metrics, earlier, compared)
    sections = analyse(subject, asked)
    page = write_report(
        output or directory / "report",
        result,
        logs.read_history(directory),
        directory.name,
        _facts(trained, sources, split),
        sections,
    )
    Console().print(format_table(result.metrics))
    _say(sections.values())
    print(f"Report: {page}")


def _asked(config: Config, index_stage: str, against: Path | None) -> list[str]:
    """The analyses that the config names, and those that a flag is there for."""
    flagged = {"old_index": index_stage, "languages": against}
    return [name for name in ANALYSES if name in config.evaluation.analysis or flagged.get(name)]


def _earlier(trained: Trained, stage: str) -> Trained | None:
    """The named stage, else the one before if there is one that is done."""
    directory, order = trained.directory, trained.config.stage_order
    if stage:
        choose(trained.config.stages, stage, "--index_stage")
        return load_trained(directory, stage)
    before = order[: order.index(trained.stage)][-1:]
    done = [
        name
        for name in before
        if checkpoint.is_done(workdir.stage_directory(directory, trained.config, name))
    ]
    return load_trained(directory, done[0]) if done else None


def _say(sections: Iterable[Section]) -> None:
    for section in sections:
        print(section.title, *section.said, sep="\n  ")


def _facts(trained: Trained, sources: Iterable[str], split: str) -> dict[str, str]:
    return {
        "data": ", ".join(sources),
        "split": split,
        "stage": trained.stage,
        "fusion": trained.config.model.nlu.fusion,
        "seed": str(trained.config.seed),
    }


def _sources(directory: Path, config: Config, dataset: str, split: str) -> dict[str, Source]:
    if dataset:
        source = open_by_config(config.data, dataset, split)
        return {source.name: source}
    if not config.evaluation.datasets:
        raise UserError("config.evaluation.datasets is empty; give --dataset=DATASET_DIR")
    return evaluation_sources(config, directory, config.evaluation.datasets, split)
