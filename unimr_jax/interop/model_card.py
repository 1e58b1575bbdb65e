"""README.md of an exported model, with the header that the Hugging Face hub reads."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from unimr_jax.config import Config
from unimr_jax.data.tokenizer import Prompts
from unimr_jax.evaluation.analysis.matryoshka import trained_widths
from unimr_jax.evaluation.summary import ALL, metrics_of, score, tables, tasks_in
from unimr_jax.interop import card_facts, processors
from unimr_jax.interop.card_facts import Measured
from unimr_jax.training import workdir

CARD = "README.md"

MARKS = {  # a file by which a directory is known as one of a format, the more telling ones first
    "sentence-transformers": "modules.json",
    "stablehlo": "manifest.json",
    "onnx": "*.onnx",
    "whole": "modeling_unimr.py",
    "tower": "config.json",
}
LIBRARIES = {  # the hub's names, for what a reader would most likely load a model with
    "sentence-transformers": "sentence-transformers",
    "whole": "transformers",
    "tower": "transformers",
    "onnx": "onnx",
    "stablehlo": "jax",
}
TAGS = ("unimr_jax", "multilingual", "retrieval", "image-text-retrieval", "sentence-similarity")
KINDS = {"nlu": "token-classification"}  # of tasks, for the hub; all others are retrieval


class Format(NamedTuple):
    kind: str  # of MARKS
    where: str  # its directory below the card's; "." is that one


def write_model_card(
    directory: Path,
    run: Path,
    config: Config,
    stage: str,
    params: dict[str, Any],
    license: str = "",
) -> Path:
    """Writes README.md beside the formats that lie in `directory` or one level below.

    Args:
      directory: of the export.
      run: the workdir that the model comes from.
      config: the run's.
      stage: whose parameters were exported. The run's report is cited if it is one of this stage.
      params: arrays or shapes, for their number.
      license: of the weights, as the hub names licences; it is for the user to choose, and empty
        makes the card say that it is not stated.

    Raises:
      UserError: a file that the card draws on is broken.
    """
    path = directory / CARD
    path.write_text(render_card(directory, run, config, stage, params, license), encoding="utf-8")
    return path


def render_card(
    directory: Path,
    run: Path,
    config: Config,
    stage: str,
    params: dict[str, Any],
    license: str = "",
) -> str:
    """The card as Markdown. What is put into the template is escaped there, all but the header."""
    formats = formats_in(directory)
    stages = card_facts.stages(config, run, stage)
    data_sets = card_facts.data_sets(config, run, stages)
    languages = card_facts.languages(data_sets)
    measured = card_facts.measured(run, stage)
    name = run.absolute().name
    return _template().render(
        header=Markup(_header(name, formats, languages, license, measured)),
        name=name,
        model=config.model,
        vocabulary=params["text"]["embedding"]["embedding"].shape[0],
        labels=workdir.labels(run, {}),
        parameters=card_facts.sizes(params),
        matryoshka=trained_widths(config, stage),
        max_length=config.evaluation.max_length,
        data=config.data,
        departures=processors.departures(config.data),
        prompts=Prompts.of(config.tokenizer),
        stages=stages,
        stage=stage,
        data_sets=data_sets,
        languages=languages,
        measured=measured,
        tables=tables(measured.metrics) if measured else [],
        formats=formats,
        license=license,
    )


def formats_in(directory: Path) -> list[Format]:
    """What was exported into the directory itself and into those in it."""
    below = sorted(path for path in directory.iterdir() if path.is_dir())
    found = ((path, _kind(path)) for path in (directory, *below))
    return [Format(kind, path.relative_to(directory).as_posix()) for path, kind in found if kind]


def _kind(directory: Path) -> str | None:
    return next((kind for kind, mark in MARKS.items() if any(directory.glob(mark))), None)


# ---- the header --------------------------------------------------------------------------------


def _header(
    name: str, formats: list[Format], languages: list[str], license: str, measured: Measured | None
) -> str:
    """YAML. Our data sets are no names on the hub, so they stand in the text alone."""
    from huggingface_hub import ModelCardData

    kinds = {format.kind for format in formats}
    texts = "sentence-transformers" in kinds
    data = ModelCardData(
        # The hub knows languages by their first subtag.
        language=sorted({tag.split("-")[0] for tag in languages}),
        license=license or None,
        library_name=next((name for kind, name in LIBRARIES.items() if kind in kinds), None),
        pipeline_tag="sentence-similarity" if texts else "feature-extraction",
        tags=list(TAGS),
        model_name=name,
        eval_results=_results(measured) if measured else None,
    )
    return data.to_yaml()


def _results(measured: Measured) -> list:
    """The means over languages; the hub takes what differs in `task_name` alone for one."""
    from huggingface_hub import EvalResult

    metrics, data = measured.metrics, measured.facts["data"]
    return [
        EvalResult(
            task_type=KINDS.get(task, "information-retrieval"),
            task_name=task,
            dataset_type=data,
            dataset_name=data,
            dataset_config=task,
            dataset_split=measured.facts["split"],
            metric_type=metric,
            metric_name=f"{metric}, mean over languages",
            metric_value=metrics[f"{task}/{ALL}/{metric}"],
        )
        for task in tasks_in(metrics)
        for metric in metrics_of(task)
        if f"{task}/{ALL}/{metric}" in metrics
    ]


# ---- the text ----------------------------------------------------------------------------------


def _template() -> jinja2.Template:
    text = resources.files(__package__).joinpath("model_card_template.md").read_text("utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "literal": _literal,
        "quoted": _quoted,
        "grouped": _grouped,
        "percent": _percent,
    }
    environment.globals |= {"score": score}
    return environment.from_string(text)


def _shown(value: Any) -> str:
    """On one line, and Markdown and HTML in it as they stand."""
    if isinstance(value, Markup):
        return value
    return re.sub(r"([\\`*_{}\[\]<>()#|~&$!])", r"\\\1", " ".join(str(value).split()))


def _literal(text: str) -> Markup:
    """A string in a block of code."""
    return Markup(_quoted(text))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _grouped(number: int) -> str:
    return f"{number:,}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
