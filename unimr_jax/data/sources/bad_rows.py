"""What becomes of broken rows: the first one stops everything, or they are counted."""

from __future__ import annotations

import sys
from collections import Counter

from unimr_jax.data.record import BadRecord
from unimr_jax.errors import UserError

POLICIES = ("stop", "skip")


class BadRows:
    """The broken rows of one split, by `data.on_bad_record`."""

    def __init__(self, of: str, on_bad_record: str):
        """`of` is the file or the split that messages name."""
        if on_bad_record not in POLICIES:
            raise UserError(f"data.on_bad_record={on_bad_record!r} is unknown; use stop or skip")
        self._of, self._stop = of, on_bad_record == "stop"
        self._counts: Counter[str] = Counter()
        self._first: BadRecord | None = None

    def add(self, error: BadRecord) -> None:
        if self._stop:
            raise error
        self._first = self._first or error
        self._counts[error.subject] += 1

    def report(self, *, kept: int, max_fraction: float) -> None:
        """Says on stderr what was skipped and why; raises UserError where that was too much."""
        bad = self._counts.total()
        if bad > max_fraction * (kept + bad):
            raise UserError(
                f"{self._summary(kept)}; more than data.max_bad_fraction={max_fraction}: "
                "mend the rows or raise it"
            )
        if bad:
            print(f"skipped {self._summary(kept)}", file=sys.stderr)
        if not kept:
            raise UserError(f"{self._of}: no rows; fill the file or choose another split")

    def _summary(self, kept: int) -> str:
        bad = self._counts.total()
        reasons = ", ".join(f"{n} × {subject}" for subject, n in self._counts.most_common())
        return f"{bad} of {kept + bad} rows of {self._of} ({reasons}); the first: {self._first}"
