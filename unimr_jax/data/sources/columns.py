"""Rows of foreign tables as rows of the record format."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from unimr_jax.data.record import Record, shown
from unimr_jax.errors import UserError

FIELDS = tuple(field.name for field in dataclasses.fields(Record) if field.compare)


class Columns:
    """What dataset.json's `fields` and `defaults` say."""

    def __init__(self, fields: Mapping[str, str], defaults: Mapping[str, Any], path: str):
        """`path` is dataset.json, for messages."""
        for key, names in (("fields", fields), ("defaults", defaults)):
            for name in names:
                if name not in FIELDS:
                    raise UserError(
                        f"{path}: {key!r} names {name!r}, which no record has; "
                        f"choose from {', '.join(FIELDS)}"
                    )
        for field, column in fields.items():
            if not isinstance(column, str):
                raise UserError(
                    f"{path}: 'fields' has {shown(column)} for {field!r}; write the name of one "
                    "column as a string"
                )
        self._fields, self._defaults, self._path = fields, defaults, path

    def column(self, field: str) -> str:
        return self._fields.get(field, field)

    def row(self, raw: object) -> object:
        """The same with the record's names; what is no table row is left to be refused as such."""
        if not (self._fields or self._defaults) or not isinstance(raw, Mapping):
            return raw
        row = {field: raw.get(self.column(field)) for field in FIELDS}
        return self._defaults | {field: value for field, value in row.items() if value is not None}

    def check(self, available: Iterable[str], file: str) -> None:
        """Raises UserError where the table lacks a column that rows need or `fields` names."""
        available = list(available)
        needed = {"text", "lang"} - self._defaults.keys() | self._fields.keys()
        for field in (name for name in FIELDS if name in needed):
            if self.column(field) not in available:
                raise UserError(
                    f"{file}: has no column {self.column(field)!r} for {field!r} "
                    f"(columns: {', '.join(map(str, available)) or 'none'}); "
                    f"name it in {self._path}: "
                    f'"fields": {{"{field}": "COLUMN"}}, or "defaults": {{"{field}": "VALUE"}}'
                )
