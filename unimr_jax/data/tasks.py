"""Which tasks a row serves follows from its fields."""

from __future__ import annotations

from collections.abc import Callable

from unimr_jax.data.record import Record

# The fields that a row of the task has. The text_* tasks are for rows without an intent.
FIELDS: dict[str, tuple[str, ...]] = {
    "text_to_image": ("image",),
    "text_to_text": ("positive",),
    "query_to_image": ("intent", "image"),
    "query_to_text": ("intent", "positive"),
    "nlu": ("intent",),
}

TASKS: dict[str, Callable[[Record], bool]] = {
    "text_to_image": lambda row: row.image is not None and row.intent is None,
    "text_to_text": lambda row: row.positive is not None and row.intent is None,
    "query_to_image": lambda row: row.image is not None and row.intent is not None,
    "query_to_text": lambda row: row.positive is not None and row.intent is not None,
    "nlu": lambda row: row.intent is not None,
}


def task_mask(record: Record) -> int:
    """Bit i is set when the record serves the i-th task of TASKS."""
    return sum(1 << bit for bit, serves in enumerate(TASKS.values()) if serves(record))


def task_bit(task: str) -> int:
    return 1 << list(TASKS).index(task)
