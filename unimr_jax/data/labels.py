"""The intents and slot labels that a model knows, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property

from unimr_jax.data.record import Record
from unimr_jax.errors import UserError


@dataclass(frozen=True)
class Labels:
    """Intent i is row i of the intent logits; BIO tag j is column j of the slot logits."""

    intents: tuple[str, ...]
    slots: tuple[str, ...]

    @cached_property
    def bio(self) -> tuple[str, ...]:
        """('O', 'B-x', 'I-x', 'B-y', 'I-y', …)."""
        return ("O", *(f"{prefix}-{slot}" for slot in self.slots for prefix in "BI"))

    def intent_id(self, intent: str) -> int:
        return _lookup(self._intent_ids, intent, "intent")

    def intent_of(self, row: int) -> str:
        """The intent of a row of the logits; "" where the model knows none."""
        return self.intents[row] if self.intents else ""

    def begin_id(self, slot: str) -> int:
        """The id of 'B-slot'; 'I-slot' is the next."""
        return 1 + 2 * _lookup(self._slot_ids, slot, "slot label")

    @cached_property
    def _intent_ids(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.intents)}

    @cached_property
    def _slot_ids(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.slots)}

    @classmethod
    def from_records(cls, records: Iterable[Record]) -> Labels:
        """Every intent and slot label of the records, sorted."""
        intents, slots = set(), set()
        for record in records:
            if record.intent is not None:
                intents.add(record.intent)
                slots.update(slot.label for slot in record.slots)
        return cls(tuple(sorted(intents)), tuple(sorted(slots)))

    def to_dict(self) -> dict[str, list[str]]:
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, list[str]]) -> Labels:
        return cls(tuple(values["intents"]), tuple(values["slots"]))


def _lookup(ids: dict[str, int], name: str, kind: str) -> int:
    if name not in ids:
        raise UserError(
            f"{kind} {name!r} is not one of the {len(ids)} the model was made for; "
            "train on data that has it or drop the rows"
        )
    return ids[name]
