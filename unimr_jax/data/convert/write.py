"""One shard of a plan, written: the unit of work of a machine, alone or among many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from unimr_jax.data.convert.plan import NO_PICTURE, PictureShard, RowShard, Shard
from unimr_jax.data.convert.writers import WRITERS, Picture, Row
from unimr_jax.data.loose_pictures import no_file, refuse_reserved
from unimr_jax.data.pictures import picture_bytes
from unimr_jax.data.record import as_row
from unimr_jax.data.sources import open_store
from unimr_jax.data.sources.directory import WORKPLACE, Directory, open_directory
from unimr_jax.data.sources.store import Store
from unimr_jax.whole import flush

Facts = dict[str, Any]  # rows, bytes, sha256 of a shard
Tick = Callable[[], Any]  # called for every row and picture


@dataclass(frozen=True)
class Conversion:
    """Addresses of the data set and of its copy, the copy's format, and the plan's digest."""

    source: str
    output: str
    to: str
    plan: str


def convert_shard(conversion: Conversion, shard: Shard, tick: Tick = lambda: None) -> Facts | None:
    """Writes the shard, unless it is there, whole; None of pictures that are files."""
    output = open_directory(conversion.output)
    store = _store(conversion, shard.split)
    if not shard.file:
        _write_loose(_pictures(store, shard, tick), output)
        return None
    facts = finished(output, shard.file, conversion.plan)
    if facts is None:
        facts = _write(conversion, store, shard, output, tick)
    return facts


@lru_cache(8)
def _store(conversion: Conversion, split: str) -> Store:
    """A process writes many shards of a split."""
    return open_store(conversion.source, split)


def _write(
    conversion: Conversion, store: Store, shard: Shard, output: Directory, tick: Tick
) -> Facts:
    writer = WRITERS[conversion.to]
    with output.scratch() as scratch:
        path = Path(scratch) / Path(shard.file).name
        if isinstance(shard, PictureShard):
            writer.pictures(path, _pictures(store, shard, tick))
        else:
            together = writer.pictures is None and not writer.loose
            beside = writer.pictures is not None
            writer.rows(path, _rows(store, shard, together, beside, tick))
        flush(path)
        facts = _facts(path, len(shard.places))
        output.put(path, shard.file)
        put_journal(output, Path(scratch), shard.file, facts, conversion.plan)
    return facts


def _rows(store: Store, shard: RowShard, together: bool, beside: bool, tick: Tick) -> Iterator[Row]:
    """With their pictures `together`, or with the numbers of those that lie `beside` them."""
    for number, (place, picture) in enumerate(
        zip(shard.places.tolist(), shard.pictures.tolist()), start=shard.start
    ):
        record = store.record(place)
        row = as_row(record)
        if beside and picture != NO_PICTURE:
            row["image_at"] = picture
        content = picture_bytes(store.picture(record)) if together and record.image else None
        yield Row(number, row, content)
        tick()


def _pictures(store: Store, shard: PictureShard, tick: Tick) -> Iterator[Picture]:
    for place in shard.places.tolist():
        record = store.record(place)
        yield Picture(record.image, picture_bytes(store.picture(record)))
        tick()


# ---- pictures as files -------------------------------------------------------------------------


def _write_loose(pictures: Iterator[Picture], output: Directory) -> None:
    with output.scratch() as scratch:
        for image, content in pictures:
            refuse_reserved(image, str(output))
            try:
                _put_bytes(output, Path(scratch) / "picture", image, content)
            except OSError as error:
                raise no_file(image, str(output), error) from error


def _put_bytes(output: Directory, path: Path, image: str, content: bytes) -> None:
    """Nothing where the same is there already."""
    if output.size(image) == len(content) and picture_bytes(output.picture(image)) == content:
        return
    path.write_bytes(content)
    output.put(path, image)


# ---- what is finished --------------------------------------------------------------------------


def finished(output: Directory, file: str, plan: str) -> Facts | None:
    """The facts of a shard that this conversion wrote and that is still as it was written."""
    journal = output.file(_journal(file))
    if not journal.is_file():
        return None
    facts = json.loads(journal.read_bytes())
    of_this = facts.pop("plan") == plan and output.size(file) == facts["bytes"]
    return facts if of_this and _facts(output.file(file), facts["rows"]) == facts else None


def _journal(file: str) -> str:
    return f"{WORKPLACE}/{file}.json"


def _facts(path: Path, rows: int) -> Facts:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"rows": rows, "bytes": path.stat().st_size, "sha256": digest}


def put_journal(output: Directory, scratch: Path, file: str, facts: Facts, plan: str) -> None:
    """Says of a shard what `finished` asks for."""
    put_text(output, scratch, _journal(file), json.dumps(dict(facts) | {"plan": plan}))


def put_text(output: Directory, scratch: Path, name: str, text: str) -> None:
    path = scratch / "text"
    path.write_text(text, encoding="utf-8")
    flush(path)
    output.put(path, name)
