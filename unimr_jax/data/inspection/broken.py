"""Broken rows by reason, none of which ends an inspection."""

from __future__ import annotations

from collections import Counter

from unimr_jax.data.record import BadRecord


class BrokenRows:
    """Counts by reason, and the first row of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def add(self, error: BadRecord) -> None:
        self.counts[error.subject] += 1
        self.first.setdefault(error.subject, str(error))
