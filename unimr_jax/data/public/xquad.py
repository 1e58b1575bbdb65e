"""XQuAD (Artetxe et al. 2020, arXiv 1910.11856): questions and the paragraphs that answer them.

SQuAD's own JSON, one file per language. The makers publish no checksums; not tried here against
the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from unimr_jax.data.public.download import File
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "https://raw.githubusercontent.com/google-deepmind/xquad/master"
LANGUAGES = ["ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"]


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    """All of it is a test set; the paragraphs are in the language of the question."""
    files = {
        tag: raw.get(File(f"xquad.{tag}.json", f"{BASE}/xquad.{tag}.json")) for tag in languages
    }
    return {"test": (row for tag, path in files.items() for row in _rows(tag, path))}


def _rows(tag: str, path: Path) -> Iterator[Row]:
    for context, question in _questions(path):
        yield {
            "id": f"{tag}/{question['id']}",
            "lang": tag,
            "text": question["question"].strip(),
            "positive": context.strip(),
            "positive_lang": tag,
        }


def _questions(path: Path) -> list[tuple[str, dict]]:
    try:
        articles = json.loads(path.read_text("utf-8"))["data"]
        paragraphs = [own for article in articles for own in article["paragraphs"]]
        found = [(own["context"], question) for own in paragraphs for question in own["qas"]]
        _ = [(context.strip, own["id"], own["question"].strip) for context, own in found]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: no SQuAD file ({error!r}); remove it and start again") from error
    return found


XQUAD = PublicSet(
    description="1,190 questions on 240 paragraphs of Wikipedia, translated into 11 languages.",
    licence="CC BY-SA 4.0",
    source="https://github.com/google-deepmind/xquad",
    languages=tuple(LANGUAGES),
    read=_read,
)
