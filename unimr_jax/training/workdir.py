"""The run's directory: whose config it belongs to, its tokenizer, its labels, its stages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unimr_jax.config import Config, parse, to_dict
from unimr_jax.data.images import FITTING
from unimr_jax.data.labels import Labels
from unimr_jax.data.record import Record
from unimr_jax.data.sampling import sample
from unimr_jax.data.sources import Source
from unimr_jax.data.tokenizer import Prompts, TextTokenizer, train_tokenizer
from unimr_jax.data.transitions import Transitions
from unimr_jax.errors import UserError
from unimr_jax.whole import read_json, write_atomically

CONFIG = "config.json"
LABELS = "labels.json"
TRANSITIONS = "transitions.json"
TOKENIZER = "tokenizer"
COUNTED = 5000  # utterances tell well enough which tag follows which
RESTORE = "restore or remove it"  # what to do with a file of a run that is spoilt


def enter(workdir: Path, config: Config) -> None:
    """Makes the directory, unless it is there.

    Raises:
      UserError: it belongs to a run with another config, or cannot be made.
    """
    try:
        workdir.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise UserError(f"--workdir={workdir}: {error.strerror}; take another one") from error
    path = workdir / CONFIG
    if not path.exists():
        return
    # Parsed, so that a key which is younger than the run has its default there.
    both = (_whatever_the_mesh(each) for each in (read_config(workdir), config))
    for key, theirs, ours in _differences(*both):
        raise UserError(
            f"{path} belongs to another config: {key} is {theirs!r} there and {ours!r} here; "
            "take another --workdir, or that config to go on with it"
        )


def claim(workdir: Path, config: Config) -> None:
    """Writes config.json: from here on the directory belongs to this config."""
    path = workdir / CONFIG
    if not path.exists():
        write_atomically(path, json.dumps(_jsonable(config), indent=1) + "\n")


def check_shared(workdir: Path) -> None:
    """What the first process claimed must be claimed here.

    Raises:
      UserError: the processes do not see the same directory.
    """
    if not (workdir / CONFIG).exists():
        raise UserError(
            f"--workdir={workdir}: not what the first process sees under that name; take a "
            "directory that all of them share"
        )


def read_config(workdir: Path) -> Config:
    path = workdir / CONFIG
    if not path.exists():
        raise UserError(f"{path} is missing; --workdir must be the directory of a training run")
    written = read_json(path, RESTORE)
    try:
        return parse(written)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _whatever_the_mesh(config: Config) -> dict[str, Any]:
    """Nothing that a run leaves depends on its mesh, so it may go on with another."""
    return {key: value for key, value in _jsonable(config).items() if key != "mesh"}


def _jsonable(config: Config) -> dict[str, Any]:
    """As it comes back from config.json."""
    return json.loads(json.dumps(to_dict(config)))


def _differences(theirs: Any, ours: Any, key: str = "config") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() | ours.keys()):
            yield from _differences(theirs.get(name), ours.get(name), f"{key}.{name}")
    elif theirs != ours:
        yield key, theirs, ours


def tokenizer(workdir: Path, config: Config, sources: Mapping[str, Source]) -> TextTokenizer:
    """The run's tokenizer: as saved, else loaded by name, else trained on the train split."""
    directory = workdir / TOKENIZER
    if not directory.exists():
        partial = directory.with_suffix(".tmp")  # renamed as a whole: no run finds half of it
        _make_tokenizer(partial, config, sources)
        partial.rename(directory)
    return TextTokenizer.load(directory)


def _make_tokenizer(directory: Path, config: Config, sources: Mapping[str, Source]) -> None:
    if config.tokenizer.name:
        TextTokenizer.load(config.tokenizer.name).save(directory)
    else:
        texts = _texts(sources, config.tokenizer.max_records)
        train_tokenizer(texts, config.tokenizer.vocab_size, directory)


def _texts(sources: Mapping[str, Source], max_records: int) -> Iterator[str]:
    """Of every data set's records, or of `max_records` of them."""
    for source in sources.values():
        for record in (source[i] for i in sample(len(source), max_records)):
            yield record.text
            if record.positive:
                yield record.positive


def labels(workdir: Path, sources: Mapping[str, Source]) -> Labels:
    """The run's intents and slot labels: as saved, else those of the train split."""
    path = workdir / LABELS
    if path.exists():
        return Labels.from_dict(read_json(path, RESTORE))
    _must_be_training(path, sources)
    found = Labels.from_records(
        source[i] for source in sources.values() for i in source.rows("nlu")
    )
    write_atomically(path, json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n")
    return found


def transitions(
    workdir: Path,
    config: Config,
    sources: Mapping[str, Source],
    tokenizer: TextTokenizer,
    labels: Labels,
) -> Transitions:
    """How the run's slots follow words: as saved, else as counted on the train split."""
    path = workdir / TRANSITIONS
    if path.exists():
        return Transitions(np.array(read_json(path, RESTORE)["counts"], np.int64))
    _must_be_training(path, sources)
    records = _some_of_nlu(list(sources.values()), COUNTED)
    length, prompt = config.evaluation.max_length, config.tokenizer.query_prompt
    found = Transitions.count(records, tokenizer, labels, length, prompt)
    write_atomically(path, json.dumps({"counts": found.counts.tolist()}) + "\n")
    return found


def _some_of_nlu(sources: Sequence[Source], most: int) -> list[Record]:
    """Rows with an intent, drawn before they are read: there may be millions of them."""
    rows = [source.rows("nlu") for source in sources]
    of_source = np.repeat(np.arange(len(rows)), [len(own) for own in rows])  # [all rows]
    place = np.concatenate(rows)
    return [sources[of_source[i]][place[i]] for i in sample(len(place), most)]


def _must_be_training(path: Path, sources: Mapping[str, Source]) -> None:
    if not sources:
        raise UserError(f"{path} is missing; run train on {path.parent} first")


def preprocessing(
    workdir: Path, config: Config, labels: Labels, transitions: Transitions
) -> dict[str, Any]:
    """All that turns raw text and pictures into the model's input: part of every checkpoint."""
    files = sorted((workdir / TOKENIZER).iterdir())
    return {
        "tokenizer": {file.name: file.read_text(encoding="utf-8") for file in files},
        "prompts": Prompts.of(config.tokenizer)._asdict(),
        "labels": labels.to_dict(),
        "transitions": transitions.counts.tolist(),
        "image": {"size": config.model.image.size, "fit": config.data.fit},
        "data": {name: getattr(config.data, name) for name in FITTING},
        "model": _jsonable(config)["model"],
    }


def stage_directory(workdir: Path, config: Config, stage: str) -> Path:
    number = config.stage_order.index(stage) + 1
    return workdir / "stages" / f"{number:02d}_{stage}"
