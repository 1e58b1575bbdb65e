"""Deterministic, endless, resumable streams of batches, one per task."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence

import grain
import numpy as np

from unimr_jax.data.collate import DRAWS, OF_CHOICES, Batch, Collate, Example, stable_id
from unimr_jax.data.distinct import Distinct
from unimr_jax.data.mixture import ALIKE, Part, Place, Weight, mixed, task_parts
from unimr_jax.data.picture_texts import PictureTexts
from unimr_jax.data.sources import Source
from unimr_jax.host import tokenize_in_the_calling_threads


def task_batches(
    sources: Mapping[str, Source],
    task: str,
    *,
    weights: Mapping[str, Weight],
    batch_size: int,
    temperature: float,
    seed: int,
    collate: Collate,
    languages: Collection[str] = (),
    language_weights: Mapping[str, float] = ALIKE,
    no_duplicates: bool = False,
    other_text: bool = False,
    other_image: bool = False,
    share: np.ndarray | None = None,
) -> grain.MapDataset[Batch]:
    """Endless batches; batch i is a pure function of (seed, i).

    They are mixed as `task_parts` and `mixed` say and, with `no_duplicates`, made as `Distinct`
    says; with `other_text` every example has a caption of its picture beside it, and with
    `other_image` another picture, as `PictureTexts` says, and pictures of one title are one item.
    With several processes each reads and collates its `share` of the same global batch of
    `batch_size` examples, given as indices into it (None: all); so a position is the same for any
    number.
    """
    parts = task_parts(
        sources,
        task,
        weights=weights,
        temperature=temperature,
        languages=languages,
        language_weights=language_weights,
    )
    share = np.arange(batch_size) if share is None else share
    accompanied = _companions(parts, other_text, other_image)

    def read_and_collate(places: Sequence[Place], rng: np.random.Generator) -> Batch:
        draws = _draws(batch_size, rng)[share]  # for all processes alike
        own = [places[i] for i in share]
        choices = draws[:, OF_CHOICES]
        return collate([accompanied(*chosen) for chosen in zip(own, choices, strict=True)], draws)

    order = stable_id(str(seed), task)
    batches = grain.MapDataset.range(sys.maxsize // batch_size)
    batches = batches.map(mixed(parts, weights, batch_size, order))
    if no_duplicates:
        batches = batches.map_with_index(Distinct(task, parts, weights, order))
    return batches.random_map(read_and_collate, seed=stable_id(str(seed), task, "augment"))


def _companions(
    parts: Sequence[Part], other_text: bool, other_image: bool
) -> Callable[[Place, np.ndarray], Example]:
    """What makes the example of a place, with another text and another picture if they are asked
    for, of which two draws choose one each.
    """

    def example(place: Place, draws: np.ndarray) -> Example:
        part = parts[place.part]
        return Example(part.source, part.source[part.rows[place.row]])

    def accompanied(place: Place, draws: np.ndarray) -> Example:
        of_text, of_image = draws
        return example(place, draws)._replace(
            other=texts.other(place, of_text) if other_text else None,
            other_image=texts.other_picture(place, of_image) if other_image else None,
            title=texts.title(place),
        )

    if not (other_text or other_image):
        return example
    texts = PictureTexts(parts)
    return accompanied


def _draws(batch_size: int, rng: np.random.Generator) -> np.ndarray:
    """[batch, sum(DRAWS)], block by block: a block more leaves those before it as they were."""
    return np.concatenate([rng.random((batch_size, columns)) for columns in DRAWS], axis=1)


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
        tokenize_in_the_calling_threads(threads)
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
