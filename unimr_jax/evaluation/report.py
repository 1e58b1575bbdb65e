"""The evaluation as files: metrics.json for programs, index.html for people."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from PIL import Image

from unimr_jax.data.images import decode_image
from unimr_jax.data.pictures import Picture
from unimr_jax.evaluation import plots
from unimr_jax.evaluation.analysis.section import Section, percent, spoken
from unimr_jax.evaluation.curves import loss_curves, stages_of
from unimr_jax.evaluation.evaluate import Evaluation
from unimr_jax.evaluation.examples import Example
from unimr_jax.evaluation.nlu import Reading
from unimr_jax.evaluation.summary import by_language, metrics_of, score, tables, tasks_in
from unimr_jax.whole import write_atomically

THUMBNAIL = 112  # pixels; smaller pictures keep their own
SLOT_COLOURS = 8  # in the page's style sheet


class Piece(NamedTuple):
    """A stretch of a text; `label` is its slot, if any."""

    text: str
    label: str | None


class Thumbnail(NamedTuple):
    """A picture as a data: address; `enlarged` where the page shows it larger than it is."""

    source: str
    enlarged: bool


def write_report(
    directory: Path,
    evaluation: Evaluation,
    history: Sequence[Mapping],
    title: str,
    facts: Mapping[str, str],
    sections: Mapping[str, Section],
) -> Path:
    """Writes metrics, facts and analyses as JSON, and a page that needs nothing but itself.

    Returns the path of the page.

    Args:
        directory: made if need be.
        evaluation: what to report.
        history: the lines of metrics.jsonl, in order; may be empty.
        title: of the page.
        facts: what the reader should know of the run, by name: data set, split, stage, size …
        sections: what the analyses found, by name.
    """
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / "metrics.json", _json(evaluation.metrics))
    write_atomically(
        directory / "facts.json", _json(facts)
    )  # without them nobody knows what was measured
    found = {name: section.values for name, section in sections.items()}
    write_atomically(directory / "analysis.json", _json(found))
    page = directory / "index.html"
    write_atomically(page, render_page(evaluation, history, title, facts, sections))
    return page


def render_page(
    evaluation: Evaluation,
    history: Sequence[Mapping],
    title: str,
    facts: Mapping[str, str],
    sections: Mapping[str, Section],
) -> str:
    """The page as HTML; everything but the figures is escaped by the templates."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"percent": percent, "spoken": spoken}
    return environment.get_template("report_template.html").render(
        title=title,
        facts=facts,
        metrics=evaluation.metrics,
        tasks=tasks_in(evaluation.metrics),
        tables=tables(evaluation.metrics),
        metrics_of=metrics_of,
        score=score,
        bars=_bars(evaluation.metrics),
        confusion=_confusion(evaluation),
        losses=_losses(history),
        sections=sections.values(),
        examples=evaluation.examples,
        thumbnail=thumbnail,
        pieces=pieces,
        colour=_slot_colours(evaluation.examples),
    )


def pieces(text: str, reading: Reading) -> Iterator[Piece]:
    """The text cut at its slots. A slot that overlaps one before it is left out."""
    position = 0
    for slot in sorted(reading.slots, key=lambda slot: slot.start):
        if slot.start < position:
            continue
        yield Piece(text[position : slot.start], None)
        yield Piece(text[slot.start : slot.end], slot.label)
        position = slot.end
    yield Piece(text[position:], None)


def thumbnail(picture: Picture) -> Thumbnail:
    """Decoded as the model sees it: upright, transparent parts white."""
    small = decode_image(picture, enough=2 * THUMBNAIL)
    enlarged = max(small.size) < THUMBNAIL
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True)
    encoded = base64.b64encode(file.getvalue()).decode()
    return Thumbnail(f"data:image/png;base64,{encoded}", enlarged)


def _bars(metrics: Mapping[str, float]) -> dict[tuple[str, str], str]:
    """A figure per task and headline metric, over its languages."""
    figures = {}
    for task in tasks_in(metrics):
        for metric in metrics_of(task) if task == "nlu" else ("recall@1",):
            if values := by_language(metrics, task, metric):
                mean = metrics[f"{task}/all/{metric}"]
                figures[task, metric] = plots.language_bars(values, mean)
    return figures


def _confusion(evaluation: Evaluation) -> str | None:
    confusion = evaluation.confusion
    return plots.confusion_map(confusion) if confusion.intents else None


def _losses(history: Sequence[Mapping]) -> dict[str, str]:
    """A figure per task that was trained."""
    stages = stages_of(history)
    curves = loss_curves(history)
    return {task: plots.loss_curve(own, stages) for task, own in curves.items()}


def _slot_colours(examples: Iterable[Example]) -> dict[str, int]:
    """A colour number for every slot label in sight, the same in all examples."""
    readings = [reading for own in examples for reading in own.judged or ()]
    labels = sorted({slot.label for reading in readings for slot in reading.slots})
    return {label: number % SLOT_COLOURS for number, label in enumerate(labels)}


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
