"""dataset.json: what a data set says of itself, and how foreign columns become fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unimr_jax.data.record import shown
from unimr_jax.data.sources.columns import Columns
from unimr_jax.data.sources.directory import Directory
from unimr_jax.errors import UserError

FILE = "dataset.json"
# Its keys that speak of the files: another copy of the data set has its own.
OF_FILES = ("format", "fields", "defaults", "shards", "splits", "conversion")


@dataclass(frozen=True)
class Description:
    """A data set's directory and dataset.json.

    The keys that a reader needs, each optional: `format` (else found from the files), `fields`
    ({record field: column} where names differ), `defaults` ({record field: value} for rows
    without it), `shards` ({file: {rows, bytes, sha256}}).
    """

    directory: Directory
    content: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"{self.directory}/{FILE}"

    @property
    def format(self) -> str | None:
        return self.content.get("format")

    @cached_property
    def columns(self) -> Columns:
        fields, defaults = (self._object(key) for key in ("fields", "defaults"))
        return Columns(fields, defaults, self.path)

    @property
    def shards(self) -> Mapping[str, Mapping[str, Any]]:
        return self._object("shards")

    def _object(self, key: str) -> Mapping[str, Any]:
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            raise UserError(f"{self.path}: {key!r} is {shown(value)}; write a JSON object")
        return value


def read_description(directory: Directory) -> Description:
    """Raises UserError where there is no data set."""
    if not directory.exists():
        raise UserError(
            f"{directory}: no such data set directory; correct the path, which for train and "
            "evaluate is --config.data.root=… and a data set's name"
        )
    path = directory.file(FILE)
    if not path.is_file():
        raise UserError(
            f"{directory}/{FILE}: missing, so this is no data set; "
            "add it or correct the path, which for train and evaluate is --config.data.root=… and "
            "a data set's name"
        )
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{directory}/{FILE}: not JSON ({error}); mend the file") from error
    if not isinstance(content, dict):
        raise UserError(f"{directory}/{FILE}: found {shown(content)}; write a JSON object")
    return Description(directory, content)
