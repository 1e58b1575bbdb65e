"""`prepare convert`: a data set in another format, in shards; begun again, it goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from unimr_jax.data.convert.plan import Plan, Shard, make_plan
from unimr_jax.data.convert.write import (
    Conversion,
    Facts,
    convert_shard,
    put_journal,
    put_text,
)
from unimr_jax.data.convert.writers import WRITERS
from unimr_jax.data.progress import progress_bar
from unimr_jax.data.sources.description import FILE, OF_FILES, read_description
from unimr_jax.data.sources.directory import WORKPLACE, Directory, open_directory
from unimr_jax.errors import UserError
from unimr_jax.whole import flush

_PLAN = f"{WORKPLACE}/plan"

# Writes all shards, in any order; yields each file's name and facts.
Run = Callable[[Conversion, Sequence[Shard]], Iterable[tuple[str, Facts]]]


def convert(dataset: str, output: str, to: str, shards: int, run: Run, **options: Any) -> None:
    """Writes the data set at `output`, in the format `to`, and prints what it wrote.

    Shards that an earlier, interrupted call left are verified and kept, and so are those of a
    finished one that has lost others; dataset.json comes last, so that what is not whole is no
    data set.

    Args:
      dataset, output: paths or addresses.
      shards: of every split, and as many of its pictures; 0: by size.
      run: who writes them: `write_here`, or many machines.
      options: those of `Source`.

    Raises:
      UserError: no data set, broken rows, or `output` holds something else.
    """
    if shards and WRITERS[to].loose:
        raise UserError(f"--shards={shards}: {to} has one file for each split; leave it out")
    source, target = open_directory(dataset), open_directory(output)
    about = read_description(source).content
    plan = make_plan(source, to, shards, **options)
    if _is_done(target, plan):
        target.remove(WORKPLACE)  # of one that was killed when all was written
        print(f"{target}: is there already, whole")
        return
    conversion = Conversion(str(source), str(target), to, plan.digest)
    facts = dict(run(conversion, plan.shards))
    _write_metadata(target, about, to, plan)
    _describe(target, about, to, plan, facts)
    rows = ", ".join(f"{split} {count:,}" for split, count in plan.splits.items())
    print(f"{target}: {to}, {len(facts)} shards; rows: {rows}")


def write_here(conversion: Conversion, shards: Sequence[Shard]) -> Iterator[tuple[str, Facts]]:
    total = sum(len(shard.places) for shard in shards)
    with progress_bar() as bar:
        task = bar.add_task("converting", total=total)
        done = 0
        for shard in shards:
            facts = convert_shard(conversion, shard, lambda: bar.advance(task))
            done += len(shard.places)
            bar.update(task, completed=done)  # also of a shard that was there
            if facts is not None:
                print(f"{shard.file}: {facts['rows']:,} rows, {facts['bytes'] / 1e6:,.1f} MB")
                yield shard.file, facts


# ---- the output --------------------------------------------------------------------------------


def _is_done(target: Directory, plan: Plan) -> bool:
    """Makes the output this conversion's; raises UserError where it is something else's."""
    begun = target.file(_PLAN)
    if target.exists() and target.size(FILE) is not None:
        found = read_description(target).content.get("conversion", "none")
    elif begun.is_file():
        found = begun.read_text("utf-8")
    else:
        found = "files" if any(map(target.names, ("*", "*/*"))) else None
    if found is None:
        with target.scratch() as scratch:
            put_text(target, Path(scratch), _PLAN, plan.digest)
    elif found != plan.digest:
        raise UserError(
            f"{target}: holds something else than this conversion; "
            "remove it or choose another --output"
        )
    return target.size(FILE) is not None and _is_whole(target, plan)


def _is_whole(target: Directory, plan: Plan) -> bool:
    """Where a shard or a picture is missing, the conversion is as one that was interrupted."""
    shards = read_description(target).shards
    harmed = {file for file, facts in shards.items() if target.size(file) != facts.get("bytes")}
    for file in sorted(harmed):
        print(f"{target}/{file}: missing or cut; converting it again")
    lost = [image for image in plan.loose if target.size(image) is None]
    if lost:
        print(f"{target}: lacks {len(lost):,} pictures, {lost[0]} first; copying them again")
    if harmed or lost:
        _reopen(target, {file: shards[file] for file in shards.keys() - harmed}, plan)
    return not (harmed or lost)


def _reopen(target: Directory, kept: Mapping[str, Facts], plan: Plan) -> None:
    """dataset.json goes last: until then the next call finds all that this one did."""
    with target.scratch() as scratch:
        put_text(target, Path(scratch), _PLAN, plan.digest)
        for file, facts in kept.items():
            put_journal(target, Path(scratch), file, facts, plan.digest)
    target.remove(FILE)


def _write_metadata(target: Directory, about: Mapping[str, Any], to: str, plan: Plan) -> None:
    """What else the format asks for beside the shards."""
    write = WRITERS[to].metadata
    if write is None:
        return
    with target.scratch() as scratch:
        write(Path(scratch), plan.lengths, plan.has_pictures, about)
        for file in sorted(Path(scratch).iterdir()):
            flush(file)
            target.put(file, file.name)


def _describe(
    target: Directory, about: Mapping[str, Any], to: str, plan: Plan, facts: dict[str, Facts]
) -> None:
    """Says of the copy what the data set said of itself."""
    kept = {key: value for key, value in about.items() if key not in OF_FILES}
    own = {"format": to, "splits": plan.splits, "conversion": plan.digest}
    shards = {shard.file: facts[shard.file] for shard in plan.shards if shard.file}
    text = json.dumps(kept | own | {"shards": shards}, ensure_ascii=False, indent=1)
    with target.scratch() as scratch:
        put_text(target, Path(scratch), FILE, text + "\n")
    target.remove(WORKPLACE)
