"""What the batches of a task are mixed from, and in which shares."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

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
    found = {part.language for part in parts}
    _check_languages("language_weights", language_weights, found, found, task)
    parts = [part for part in parts if part.weight > 0]
    if not parts:
        raise _no_rows(task, sources, languages)
    _check_languages("languages", languages, found, _languages(sources, task), task)
    total = sum(part.weight for part in parts)
    return [part._replace(weight=part.weight / total) for part in parts]


def _weight(weights: Mapping[str, Weight], name: str) -> float:
    if name not in weights or np.min(weights[name]) < 0:
        raise UserError(f"data set {name!r} has no weight; give it one that is 0 or more")
    return float(np.mean(weights[name]))


def _check_languages(
    key: str, named: Iterable[str], found: Collection[str], others: Collection[str], task: str
) -> None:
    """`others` are those that could stand there instead."""
    if unknown := sorted(set(named) - set(found)):
        raise UserError(
            f"task {task}: {key} has {', '.join(map(repr, unknown))}, of which no data set has "
            f"rows; leave it out, or take one of {', '.join(sorted(others)) or '(none)'}"
        )


def _languages(sources: Mapping[str, Source], task: str) -> set[str]:
    """Of all rows that serve the task."""
    return {
        source.languages[number]
        for source in sources.values()
        for number in np.unique(source.language_ids[source.rows(task)])
    }


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
) -> Callable[[int], list[Place]]:
    """The rows of batch i of a task's endless stream.

    Every row of a part comes once before any comes again, in an order new each time. Where weights
    change, those of step i hold for batch i; past the last step they begin anew.
    """
    orders = [Shuffled(len(part.rows), part_seed(part, seed)) for part in parts]
    in_turn = _in_turn(parts, weights, batch_size)

    def batch(number: int) -> list[Place]:
        part, place = in_turn(number)
        rows = np.empty_like(place)
        for own in np.unique(part):
            rows[part == own] = orders[own][place[part == own]]
        return [Place(*each) for each in zip(part.tolist(), rows.tolist())]

    return batch


Turns = tuple[np.ndarray, np.ndarray]  # whose each is, and its place in that one's own stream


def _in_turn(
    parts: Sequence[Part], weights: Mapping[str, Weight], batch_size: int
) -> Callable[[int], Turns]:
    """Part and place of every row of batch i: int64 [batch_size] each."""
    names = datasets(parts)
    if not any(np.ndim(weights[name]) for name in names):
        proportions = [part.weight for part in parts]
        within = np.arange(batch_size)
        return lambda number: interleaved(number * batch_size + within, proportions)
    scheduled = Scheduled(shares(parts, weights), batch_size)
    own = [[number for number, part in enumerate(parts) if part.dataset == n] for n in names]

    def of_data_sets(number: int) -> Turns:
        dataset, place = scheduled[number]
        part = np.empty_like(place)
        for each in np.unique(dataset):
            here = dataset == each
            nth, place[here] = interleaved(place[here], [parts[i].weight for i in own[each]])
            part[here] = np.take(own[each], nth)
        return part, place

    return of_data_sets


def interleaved(places: np.ndarray, proportions: Sequence[float]) -> Turns:
    """Which of several streams gives each place [n] of their mixture, and from which of its own.

    As grain's `MapDataset.mix` has it, which takes a place at a time: a stream takes its share of
    what those before it left, rounded down, so that all of them are spread evenly.
    """
    scale = 100 / min(proportions)
    wholes = [int(scale * each) for each in proportions]
    rest = sum(wholes)
    # What is left up to the place and up to the next; of exact integers where 64 bits are too few.
    left = np.stack([places, places + 1]).astype(np.int64 if rest < 2**31 else object)
    stream, own = np.zeros((2, *places.shape), np.int64)
    open_ = np.ones(places.shape, bool)
    for number, whole in enumerate(wholes):
        laps, within = left // rest, left % rest
        after = laps * (rest - whole) + within * (rest - whole) // rest
        given = left - after
        ours = open_ & (given[0] != given[1])
        stream[ours], own[ours] = number, given[0][ours]
        open_ &= ~ours
        left, rest = after, rest - whole
    return stream, own


def part_seed(part: Part, seed: int) -> int:
    return stable_id(str(seed), part.source.name, part.language)


class Scheduled:
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
        places = np.arange(batch_size)
        self._places = places * _coprime_stride(batch_size) % batch_size

    def __getitem__(self, batch: int) -> Turns:
        """Data set and place in its own stream of every row of the batch: int64 [batch_size]."""
        lap, step = divmod(batch, len(self._ends))
        dataset = np.searchsorted(self._ends[step], self._places, side="right")
        first = np.append(0, self._ends[step])[dataset]
        before = lap * self._before[-1] + self._before[step]  # [data sets]
        return dataset, before[dataset] + self._places - first


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
