"""Deterministic, endless, resumable streams of batches, one per task."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import grain
import numpy as np

from unimr_jax.data.collate import Batch, Collate, Example, stable_id
from unimr_jax.data.images import AUGMENT_DRAWS
from unimr_jax.data.shuffle import Shuffled
from unimr_jax.data.sources import Source
from unimr_jax.data.tasks import FIELDS
from unimr_jax.errors import UserError


class Part(NamedTuple):
    """The rows of one data set in one language that serve a task, and their share of a batch."""

    source: Source
    language: str
    rows: np.ndarray  # [n] indices into source
    weight: float


def task_parts(
    sources: Mapping[str, Source],
    task: str,
    *,
    weights: Mapping[str, float],
    temperature: float = 1.0,
    languages: Collection[str] = (),
) -> list[Part]:
    """The parts that the task is mixed from; their weights sum to 1.

    A data set has its weight among the data sets that have rows for the task; inside it a
    language of n rows has a share proportional to n ** temperature (1: as the rows lie, 0: all
    languages alike). `languages`: these alone, or all.
    """
    parts = []
    for name, source in sources.items():
        wanted = [lang for lang in source.languages if not languages or lang in languages]
        rows = {language: source.rows(task, language) for language in wanted}
        shares = {lang: len(at) ** temperature for lang, at in rows.items() if len(at)}
        scale = _weight(weights, name) / sum(shares.values()) if shares else 0.0
        parts += [Part(source, lang, rows[lang], scale * share) for lang, share in shares.items()]
    parts = [part for part in parts if part.weight > 0]
    if not parts:
        raise _no_rows(task, sources, languages)
    total = sum(part.weight for part in parts)
    return [part._replace(weight=part.weight / total) for part in parts]


def _weight(weights: Mapping[str, float], name: str) -> float:
    if name not in weights or weights[name] < 0:
        raise UserError(f"data set {name!r} has no weight; give it one that is 0 or more")
    return weights[name]


def _no_rows(task: str, sources: Mapping[str, Source], languages: Collection[str]) -> UserError:
    of = f" in {', '.join(languages)}" if languages else ""
    needed = " and ".join(f"'{field}'" for field in FIELDS[task])
    without = "" if "intent" in FIELDS[task] else " and no 'intent'"
    return UserError(
        f"task {task}: no rows{of} in data sets {', '.join(sources) or '(none)'}; "
        f"give one that has rows with {needed}{without} and a weight above 0, or drop the task"
    )


def task_batches(
    sources: Mapping[str, Source],
    task: str,
    *,
    weights: Mapping[str, float],
    batch_size: int,
    temperature: float,
    seed: int,
    collate: Collate,
    languages: Collection[str] = (),
    share: np.ndarray | None = None,
) -> grain.MapDataset[Batch]:
    """Endless batches; batch i is a pure function of (seed, i).

    Every row of a part comes once before any comes again, in an order new each time. With several
    processes each reads and collates its `share` of the same global batch of `batch_size`
    examples, given as indices into it (None: all); so a position is the same for any number.
    """
    parts = task_parts(sources, task, weights=weights, temperature=temperature, languages=languages)
    streams = [_endless_rows(part, stable_id(str(seed), task)) for part in parts]
    rows = grain.MapDataset.mix(streams, [part.weight for part in parts])
    share = np.arange(batch_size) if share is None else share

    def read_and_collate(rows: Sequence[tuple[Source, int]], rng) -> Batch:
        draws = rng.random((batch_size, AUGMENT_DRAWS))  # for all processes alike
        examples = [Example(source, source[row]) for source, row in (rows[i] for i in share)]
        return collate(examples, draws[share])

    batches = rows.batch(batch_size, drop_remainder=True, batch_fn=list)
    return batches.random_map(read_and_collate, seed=stable_id(str(seed), task, "augment"))


def _endless_rows(part: Part, seed: int) -> grain.MapDataset[tuple[Source, int]]:
    source = part.source
    own_seed = stable_id(str(seed), source.name, part.language)
    rows = Shuffled(len(part.rows), own_seed)
    # A range, since grain weighs every element of a source, which takes longer than all the rest.
    return grain.MapDataset.range(sys.maxsize).map(lambda at: (source, part.rows[rows[at]]))


class TaskIterators:
    """One iterator per task, filled ahead by threads; its state is JSON-able and exact."""

    def __init__(
        self,
        batches: Mapping[str, grain.MapDataset[Batch]],
        *,
        threads: int = 2,
        buffer: int = 4,
    ):
        """Per task, `threads` make batches and at most `buffer` wait in memory."""
        options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=buffer)
        self._iterators = {
            task: iter(dataset.to_iter_dataset(options)) for task, dataset in batches.items()
        }

    def next_batches(self) -> dict[str, Batch]:
        return {task: next(iterator) for task, iterator in self._iterators.items()}

    def get_state(self) -> dict[str, dict]:
        """The position after the last batch handed out."""
        return {task: iterator.get_state() for task, iterator in self._iterators.items()}

    def set_state(self, state: Mapping[str, dict]) -> None:
        for task, iterator in self._iterators.items():
            iterator.set_state(state[task])

    def close(self) -> None:
        for iterator in self._iterators.values():
            iterator.close()
