"""MIRACL (Zhang et al. 2022, arXiv 2210.09984): questions, passages that answer, hard negatives.

Topics, judgements and passages as the makers lay them out: tab-separated topics and qrels, and
corpora of gzipped JSON lines. Passages that were judged and found wanting are the hard negatives.
The corpora are large (English: 66 files): choose --languages. Their number of files is that of the
makers' loading script. The hub may ask for consent first; then download by hand. No checksums are
published; not tried here against the network.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from unimr_jax.data.public.archives import lines, parsed
from unimr_jax.data.public.download import File
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "https://huggingface.co/datasets/miracl"
SPLITS = {"train": "train", "validation": "dev"}  # the judgements of the tests are not public
# Files of the corpora.
CORPORA = {
    "ar": 5, "bn": 1, "de": 32, "en": 66, "es": 21, "fa": 5, "fi": 4, "fr": 30, "hi": 2, "id": 3,
    "ja": 14, "ko": 3, "ru": 20, "sw": 1, "te": 2, "th": 2, "yo": 1, "zh": 10,
}  # fmt: skip
WITHOUT_TRAIN = ("de", "yo")


class Judged(NamedTuple):
    """A question, and the ids of the passages that answer it and that do not."""

    id: str
    text: str
    right: list[str]
    wrong: list[str]


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    return {split: _split(raw, languages, own) for split, own in SPLITS.items()}


def _split(raw: Raw, languages: Sequence[str], own: str) -> Iterator[Row]:
    for tag in languages:
        if own == "train" and tag in WITHOUT_TRAIN:
            continue
        questions = _questions(raw, tag, own)
        wanted = {id for one in questions for id in (*one.right, *one.wrong)}
        passages = _passages(raw, tag, wanted)
        yield from _rows(tag, questions, passages)


def _questions(raw: Raw, tag: str, own: str) -> list[Judged]:
    topics = dict(_table(_get(raw, tag, "topics", own), 2))
    judged: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for id, _, passage, relevance in _table(_get(raw, tag, "qrels", own), 4):
        judged[id][0 if relevance != "0" else 1].append(passage)
    return [Judged(id, text.strip(), *judged[id]) for id, text in topics.items() if id in judged]


def _get(raw: Raw, tag: str, kind: str, own: str) -> Path:
    name = f"{kind}.miracl-v1.0-{tag}-{own}.tsv"
    url = f"{BASE}/miracl/resolve/main/miracl-v1.0-{tag}/{kind}/{name}"
    return raw.get(File(name, url))


def _table(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(lines(path), 1):
        cells = line.split("\t")
        if len(cells) != columns:
            raise UserError(f"{path}:{number}: {len(cells)} columns, not {columns}; another file")
        yield cells


def _passages(raw: Raw, tag: str, wanted: Set[str]) -> dict[str, str]:
    """Title and text of the wanted passages, by id."""
    found = {}
    for shard in range(CORPORA[tag]):
        url = f"{BASE}/miracl-corpus/resolve/main/miracl-corpus-v1.0-{tag}/docs-{shard}.jsonl.gz"
        path = raw.get(File(f"miracl-corpus-v1.0-{tag}-docs-{shard}.jsonl.gz", url))
        for number, line in enumerate(lines(path), 1):
            passage = _passage(line, f"{path}:{number}")
            if passage["docid"] in wanted:
                found[passage["docid"]] = f"{passage['title']}\n{passage['text']}".strip()
    return found


def _passage(line: str, where: str) -> dict:
    try:
        passage = parsed(line)
        if all(isinstance(passage[key], str) for key in ("docid", "title", "text")):
            return passage
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{where}: no passage of MIRACL; it is another file")


def _rows(tag: str, questions: Sequence[Judged], passages: Mapping[str, str]) -> Iterator[Row]:
    """A row for each passage that answers; all rows of a question have its negatives."""
    for own in questions:
        negatives = [passages[id] for id in own.wrong if id in passages]
        for id in own.right:
            if id in passages:
                yield {
                    "id": f"{tag}/{own.id}/{id}",
                    "lang": tag,
                    "text": own.text,
                    "positive": passages[id],
                    "positive_lang": tag,
                    "negatives": negatives,
                }


MIRACL = PublicSet(
    description="Questions by native speakers, passages of Wikipedia that answer, hard negatives.",
    licence="Apache-2.0 (questions and judgements); CC BY-SA (passages, Wikipedia)",
    source="https://github.com/project-miracl/miracl",
    languages=tuple(CORPORA),
    read=_read,
)
