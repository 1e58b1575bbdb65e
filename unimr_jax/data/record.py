"""One record, any subset of supervision (DESIGN 3.1), and the message a broken row gets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from unimr_jax.errors import UserError

_BCP47 = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Slot:
    """A labelled span of the text: characters [start, end)."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a data set; a field that the row leaves out is None or empty."""

    id: str
    lang: str
    text: str
    image: str | None = None
    positive: str | None = None
    positive_lang: str | None = None
    negatives: tuple[str, ...] = ()
    intent: str | None = None
    slots: tuple[Slot, ...] = ()
    # Where an archive keeps the picture; None: in a file. No part of what the row says.
    image_at: int | None = field(default=None, compare=False, repr=False)


def as_row(record: Record) -> dict[str, Any]:
    """What `parse_record` reads the same record from."""
    row = {name: getattr(record, name) for name in ("id", "lang", "text")}
    for name in ("image", "positive", "positive_lang", "intent"):
        if (value := getattr(record, name)) is not None:
            row[name] = value
    if record.negatives:
        row["negatives"] = list(record.negatives)
    if record.intent is not None:
        row["slots"] = [{"start": s.start, "end": s.end, "label": s.label} for s in record.slots]
    return row


class BadRecord(UserError):
    """A row that breaks the record format: where it is, what was found, how to mend it."""

    def __init__(self, where: str, subject: str, found: str, mend: str):
        """`subject` is what is wrong ("field 'text'", "JSON"): skipped rows are counted by it."""
        super().__init__(f"{where}: {subject}: {found}; {mend}")
        self.subject = subject


def field_error(where: str, field: str, found: str, mend: str) -> BadRecord:
    return BadRecord(where, f"field '{field}'", found, mend)


def parse_record(row: object, where: str) -> Record:
    """Checks one decoded JSON value against the record format.

    `where` is "file:line". Unknown fields are ignored; an optional field that is null counts as
    left out, since tables export missing values that way. Raises BadRecord.
    """
    if not isinstance(row, Mapping):
        raise BadRecord(where, "row", f"found {shown(row)}", "write one JSON object per line")
    text = _string(row, "text", where)
    return Record(
        id=_string(row, "id", where),
        lang=_language(row, "lang", where),
        text=text,
        image=_image(row, where),
        negatives=_negatives(row, where),
        **_positive(row, where),
        **_understanding(row, text, where),
    )


def shown(value: object) -> str:
    """The value as a short piece of one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _string(row: Mapping, field: str, where: str) -> str:
    if field not in row:
        raise field_error(where, field, "missing", "add it as a string that is not blank")
    return _checked_string(row[field], field, where)


def _checked_string(value: object, field: str, where: str) -> str:
    if not isinstance(value, str):
        raise field_error(where, field, f"found {shown(value)}", "write a string")
    if not value or value.isspace():
        raise field_error(where, field, "is blank", "fill it in or remove the row")
    if not value.isascii():
        _reject_lone_surrogates(value, field, where)
    return value


def _reject_lone_surrogates(value: str, field: str, where: str) -> None:
    """JSON can spell half a character (\\ud83d), which no UTF-8 text can hold."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        found = f"character {error.start} is half of a surrogate pair"
        raise field_error(where, field, found, "write the whole character") from error


def _language(row: Mapping, field: str, where: str) -> str:
    tag = _string(row, field, where)
    if not _is_tag(tag):
        raise field_error(
            where, field, f"{shown(tag)} is no BCP-47 tag", "write a tag such as en or zh-Hant"
        )
    return tag


@lru_cache
def _is_tag(text: str) -> bool:
    return bool(_BCP47.fullmatch(text))


def _image(row: Mapping, where: str) -> str | None:
    """The image path in its shortest spelling, so that equal images have equal paths."""
    if row.get("image") is None:
        return None
    path = posixpath.normpath(_checked_string(row["image"], "image", where))
    if path.startswith(("/", "../")) or path in (".", "..") or "\0" in path:
        found = f"{shown(row['image'])} does not lie in the data set directory"
        raise field_error(where, "image", found, "write a path relative to that directory")
    return path


def _positive(row: Mapping, where: str) -> dict:
    has_text = row.get("positive") is not None
    has_lang = row.get("positive_lang") is not None
    if has_text and not has_lang:
        raise field_error(where, "positive_lang", "missing", "add the language of 'positive'")
    if has_lang and not has_text:
        raise field_error(where, "positive", "missing", "add it or remove 'positive_lang'")
    if not has_text:
        return {}
    return {
        "positive": _string(row, "positive", where),
        "positive_lang": _language(row, "positive_lang", where),
    }


def _negatives(row: Mapping, where: str) -> tuple[str, ...]:
    negatives = row.get("negatives")
    if negatives is None:
        return ()
    if not isinstance(negatives, list):
        raise field_error(where, "negatives", f"found {shown(negatives)}", "write a list")
    return tuple(
        _checked_string(text, f"negatives[{i}]", where) for i, text in enumerate(negatives)
    )


def _understanding(row: Mapping, text: str, where: str) -> dict:
    slots = row.get("slots")
    if row.get("intent") is None:
        if slots is None:
            return {}
        raise field_error(where, "intent", "missing beside 'slots'", "add it or remove 'slots'")
    intent = _string(row, "intent", where)
    if slots is None:
        return {"intent": intent}
    if not isinstance(slots, list):
        raise field_error(where, "slots", f"found {shown(slots)}", "write a list of objects")
    parsed = tuple(_slot(slot, i, text, where) for i, slot in enumerate(slots))
    return {"intent": intent, "slots": _without_overlap(parsed, where)}


def _slot(slot: object, number: int, text: str, where: str) -> Slot:
    field = f"slots[{number}]"
    if not isinstance(slot, Mapping):
        raise field_error(where, field, f"found {shown(slot)}", "write {start, end, label}")
    label = slot.get("label")
    if not isinstance(label, str) or not label.strip():
        raise field_error(where, field, f"label is {shown(label)}", "write the label's name")
    _reject_lone_surrogates(label, field, where)
    start, end = (_offset(slot, name, field, where) for name in ("start", "end"))
    if not 0 <= start < end <= len(text):
        found = f"span [{start}, {end}) does not fit the {len(text)} characters of 'text'"
        raise field_error(where, field, found, "count characters, with start < end")
    return Slot(*_tight(start, end, text, field, where), label)


def _tight(start: int, end: int, text: str, field: str, where: str) -> tuple[int, int]:
    """Without white space at the ends, which no token owns: it could not be predicted."""
    span = text[start:end]
    if not span.strip():
        found = f"span [{start}, {end}) is blank"
        raise field_error(where, field, found, "mark the words, or remove the slot")
    return start + len(span) - len(span.lstrip()), end - len(span) + len(span.rstrip())


def _offset(slot: Mapping, name: str, field: str, where: str) -> int:
    value = slot.get(name)
    if type(value) is not int:  # bool is an int to isinstance
        raise field_error(where, field, f"{name} is {shown(value)}", "write a whole number")
    return value


def _without_overlap(slots: Sequence[Slot], where: str) -> tuple[Slot, ...]:
    """The slots in order of their place in the text."""
    ordered = sorted(slots, key=lambda slot: slot.start)
    for before, after in zip(ordered, ordered[1:]):
        if after.start < before.end:
            found = f"spans [{before.start}, {before.end}) and [{after.start}, {after.end}) overlap"
            raise field_error(where, "slots", found, "keep one of the two")
    return tuple(ordered)
