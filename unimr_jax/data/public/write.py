"""A public set as a data set directory."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.data.record import BadRecord, parse_record
from unimr_jax.errors import UserError
from unimr_jax.whole import write_atomically

DOWNLOADS = "downloads"  # under the data set's directory


def write_public_set(
    name: str, public: PublicSet, output: Path, languages: Sequence[str], source: Path | None = None
) -> dict[str, int]:
    """Fetches the set, unless `source` has its files, and writes it; dataset.json comes last.

    Returns:
      The number of rows of every split.

    Raises:
      UserError: `output` holds another set, or a file cannot be had or read.
    """
    chosen = _chosen(name, public, languages)
    made = {"name": name, "languages": list(chosen)}
    if (written := _already_there(output, made)) is not None:
        return written
    output.mkdir(parents=True, exist_ok=True)
    splits = public.read(Raw(output / DOWNLOADS, source), chosen, output)
    counts = _write_splits(output, splits)
    about = {
        "name": name,
        "description": public.description,
        "licence": public.licence,
        "source": public.source,
        "languages": list(chosen),
        "splits": counts,
        "prepared": made,
    }
    write_atomically(
        output / "dataset.json", json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    )
    return counts


def _chosen(name: str, public: PublicSet, languages: Sequence[str]) -> tuple[str, ...]:
    unknown = [tag for tag in languages if tag not in public.languages]
    if unknown:
        known = ", ".join(public.languages)
        raise UserError(f"--languages: {name} has no {unknown[0]!r}; choose from {known}")
    return tuple(languages) or public.languages


def _already_there(output: Path, made: dict) -> dict[str, int] | None:
    path = output / "dataset.json"
    if not path.exists():
        return None
    try:
        about = json.loads(path.read_text("utf-8"))
        if about["prepared"] == made:
            return about["splits"]
    except (ValueError, KeyError, TypeError):
        pass  # somebody else's
    raise UserError(
        f"{output}: already holds another data set; remove it or name another directory"
    )


def _write_splits(output: Path, splits: Splits) -> dict[str, int]:
    counts = {split: _write_rows(output / f"{split}.jsonl", rows) for split, rows in splits.items()}
    if not any(counts.values()):
        raise UserError(f"{output}: no row came out of the files; they are not what they should be")
    return {split: count for split, count in counts.items() if count}


def _write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Rows that the record format has no place for, such as blank captions, are left out."""
    count, left_out = 0, Counter()
    draft = path.with_name(path.name + ".draft")
    with draft.open("w", encoding="utf-8") as file:
        for row in rows:
            try:
                parse_record(row, f"{path.stem} {row.get('id')}")
            except BadRecord as error:
                left_out[error.subject] += 1
                continue
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    os.replace(draft, path)
    if not count:
        path.unlink()  # with what an attempt before may have left there
    for subject, number in left_out.items():
        print(f"{path.name}: left out {number:,} rows for their {subject}")
    return count
