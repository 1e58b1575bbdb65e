"""What the batches of a task are mixed from, and in which shares."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import grain
import numpy as np

from unimr_jax.data.collate import stable_id
from unimr_jax.data.shuffle import Shuffled
from unimr_jax.data.sources import Source
from unimr_jax.data.tasks import FIELDS
from unimr_jax.errors import UserError

Weight = float | np.ndarray  # of a data set: the same all along, or [steps]
ALIKE: Mapping[str, float] = MappingProxyType({})  # every language has weight 1
GOLDEN = (math.sqrt(5) - 1) / 2


class Part(NamedTuple):
    """The rows of one data set in one language that serve a task, and their share of a batch."""

    dataset: str  # by the name that weights have for it
    source: Source
    language: str
    rows: np.ndarray  # [n] indices into source
    weight: float


class Place(NamedTuple):
    """A row of a mixture."""

    part: int
    row: int  # index into the part's rows


def task_parts(
    sources: Mapping[str, Source],
    task: str,
    *,
    weights: Mapping[str, Weight],
    temperature: float = 1.0,
    languages: Collection[str] = (),
    language_weights: Mapping[str, float] = ALIKE,
) -> list[Part]:
    """The parts that the task is mixed from; their weights sum to 1.

    A data set has its weight among the data sets that have rows for the task (of one that changes,
    the mean); inside it a language of n rows has a share proportional to n ** temperature (1: as
    the rows lie, 0: all languages alike) times its own weight, 1 unless `language_weights` has
    another. `languages`: these alone, or all.
    """
    parts = []
    for name, source in sources.items():
        wanted = [lang for lang in source.languages if not languages or lang in languages]
        rows = {language: source.rows(task, language) for language in wanted}
        shares = {
            lang: len(at) ** temperature * language_weights.get(lang, 1.0)
            for lang, at in rows.items()
            if len(at)
        }
        total = sum(shares.values())
        scale = _weight(weights, name) / total if total else 0.0
        parts += [Part(name, source, lang, rows[lang], scale * s) for lang, s in shares.items()]
    _check_languages(language_weights, {part.language for part in parts}, task)
    parts = [part for part in parts if part.weight > 0]
    if not parts:
        raise _no_rows(task, sources, languages)
    total = sum(part.weight for part in parts)
    return [part._replace(weight=part.weight / total) for part in parts]


def _weight(weights: Mapping[str, Weight], name: str) -> float:
    if name not in weights or np.min(weights[name]) < 0:
        raise UserError(f"data set {name!r} has no weight; give it one that is 0 or more")
    return float(np.mean(weights[name]))


def _check_languages(weights: Mapping[str, float], found: Collection[str], task: str) -> None:
    if unknown := sorted(weights.keys() - found):
        raise UserError(
            f"task {task}: language_weights has {', '.join(map(repr, unknown))}, of which no data "
            f"set has rows; leave it out, or take one of {', '.join(sorted(found)) or '(none)'}"
        )


def _no_rows(task: str, sources: Mapping[str, Source], languages: Collection[str]) -> UserError:
    of = f" in {', '.join(languages)}" if languages else ""
    needed = " and ".join(f"'{field}'" for field in FIELDS[task])
    without = "" if "intent" in FIELDS[task] else " and no 'intent'"
    return UserError(
        f"task {task}: no rows{of} in data sets {', '.join(sources) or '(none)'}; "
        f"give one that has rows with {needed}{without} and a weight above 0, or drop the task"
    )


def shares(parts: Sequence[Part], weights: Mapping[str, Weight]) -> np.ndarray:
    """Of the data sets that the parts come from, in their order: float64 [steps, data sets].

    Rows sum to 1; where no weight changes there is one.

    Raises:
      UserError: a step at which all weights are 0.
    """
    names = datasets(parts)
    of_each = (np.atleast_1d(np.asarray(weights[name], np.float64)) for name in names)
    table = np.stack(np.broadcast_arrays(*of_each), axis=1)
    totals = table.sum(axis=1, keepdims=True)
    if not totals.all():
        raise UserError(
            f"data sets {', '.join(names)}: all weights are 0 at step {int(totals.argmin())}; "
            "have one of them above 0 at every step"
        )
    return table / totals


def datasets(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(part.dataset for part in parts))


def mixed(
    parts: Sequence[Part], weights: Mapping[str, Weight], batch_size: int, seed: int
) -> grain.MapDataset[Place]:
    """The endless stream of a task's rows, of which a batch takes the next `batch_size`.

    Every row of a part comes once before any comes again, in an order new each time. Where weights
    change, those of step i hold for batch i; past the last step they begin anew.
    """
    streams = [_endless_rows(number, part, seed) for number, part in enumerate(parts)]
    if not any(np.ndim(weights[part.dataset]) for part in parts):
        return grain.MapDataset.mix(streams, [part.weight for part in parts])
    of_each = []
    for name in datasets(parts):
        own = [number for number, part in enumerate(parts) if part.dataset == name]
        proportions = [parts[number].weight for number in own]
        of_each.append(grain.MapDataset.mix([streams[number] for number in own], proportions))
    schedule = Scheduled(shares(parts, weights), batch_size)
    return grain.MapDataset.select_from_datasets(of_each, schedule)


def _endless_rows(number: int, part: Part, seed: int) -> grain.MapDataset[Place]:
    rows = Shuffled(len(part.rows), part_seed(part, seed))
    # A range, since grain weighs every element of a source, which takes longer than all the rest.
    return grain.MapDataset.range(sys.maxsize).map(lambda place: Place(number, rows[place]))


def part_seed(part: Part, seed: int) -> int:
    return stable_id(str(seed), part.source.name, part.language)


class Scheduled(grain.transforms.DatasetSelectionMap):
    """Which data set each place of the stream has, by shares that change from batch to batch.

    What a batch rounds, the next ones make up for. Neighbours in a batch come from all data sets,
    so that no process or microbatch has one of them to itself.
    """

    def __init__(self, shares: np.ndarray, batch_size: int):
        """`shares` [steps, data sets], rows that sum to 1."""
        counts = apportioned(shares, batch_size)
        self._ends = np.cumsum(counts, axis=1)  # [steps, data sets]
        # Rows that each data set gave before a step: [steps + 1, data sets].
        self._before = np.pad(np.cumsum(counts, axis=0), ((1, 0), (0, 0)))
        self._batch_size, self._stride = batch_size, _coprime_stride(batch_size)

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, index: int) -> tuple[int, int]:
        """(data set, place in its own stream)"""
        batch, place = divmod(index, self._batch_size)
        lap, step = divmod(batch, len(self._ends))
        place = place * self._stride % self._batch_size
        dataset = int(np.searchsorted(self._ends[step], place, side="right"))
        first = self._ends[step, dataset - 1] if dataset else 0
        before = lap * self._before[-1, dataset] + self._before[step, dataset]
        return dataset, int(before + place - first)


def apportioned(shares: np.ndarray, batch_size: int) -> np.ndarray:
    """Rows that every data set gives to every batch: int64 [steps, data sets], none without share.

    One data set after the other gets its share of what those before it left, with the rounding of
    all batches so far taken into account.
    """
    left = np.full(len(shares), batch_size)
    counts = np.zeros(shares.shape, np.int64)
    rest = np.cumsum(shares[:, ::-1], axis=1)[:, ::-1]  # of a data set and those after it
    for i, (own, all_left) in enumerate(zip(shares.T, rest.T)):
        fraction = np.divide(own, all_left, out=np.zeros_like(own), where=all_left > 0)
        whole = np.floor(np.cumsum(left * fraction) + 0.5)
        rounded = np.diff(whole, prepend=0).astype(np.int64)
        counts[:, i] = np.where(fraction == 1, left, np.minimum(rounded, left))
        left = left - counts[:, i]
    return counts


def _coprime_stride(size: int) -> int:
    """Goes through all places of a batch, and near the golden ratio evenly."""
    return next(n for n in range(max(1, round(GOLDEN * size)), size + 1) if math.gcd(n, size) == 1)
