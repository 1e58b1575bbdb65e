"""A few rows of every language, drawn with equal chances in one pass."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

from unimr_jax.data.record import Record

PER_LANGUAGE = 4  # of each split


class Samples:
    """Reservoirs of PER_LANGUAGE rows (Vitter 1985, algorithm R); equal rows give equal samples."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, list[Record]] = defaultdict(list)
        self._seen: Counter[str] = Counter()
        self._random = random.Random(0)

    def offer(self, record: Record) -> None:
        kept = self.rows[record.lang]
        self._seen[record.lang] += 1
        if len(kept) < PER_LANGUAGE:
            kept.append(record)
            return
        place = self._random.randrange(self._seen[record.lang])
        if place < PER_LANGUAGE:
            kept[place] = record
