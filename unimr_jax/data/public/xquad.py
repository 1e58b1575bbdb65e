"""XQuAD (Artetxe et al. 2020, arXiv 1910.11856): questions and the paragraphs that answer them.

SQuAD's own JSON, one file per language. The makers publish no checksums; not tried here against
the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from unimr_jax.data.public.archives import parsed
from unimr_jax.data.public.download import File
from unimr_jax.data.public.public_set import PublicSet, Row, Splits
from unimr_jax.data.public.raw import Raw
from unimr_jax.errors import UserError

BASE = "https://raw.githubusercontent.com/google-deepmind/xquad/master"
LANGUAGES = (
    "ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh",
)  # fmt: skip


def _read(raw: Raw, languages: Sequence[str], output: Path) -> Splits:
    """All of it is a test set; the paragraphs are in the language of the question."""
    names = {tag: f"xquad.{tag}.json" for tag in languages}
    paths = {tag: raw.get(File(name, f"{BASE}/{name}")) for tag, name in names.items()}
    return {"test": (row for tag, path in paths.items() for row in _rows(tag, path))}


def _rows(tag: str, path: Path) -> Iterator[Row]:
    for id, question, context in _questions(path):
        yield {
            "id": f"{tag}/{id}",
            "lang": tag,
            "text": question,
            "positive": context,
            "positive_lang": tag,
        }


def _questions(path: Path) -> list[tuple[str, str, str]]:
    """Id, question and paragraph."""
    try:
        articles = parsed(path.read_bytes())["data"]
        paragraphs = [own for article in articles for own in article["paragraphs"]]
        return [
            (question["id"], question["question"].strip(), own["context"].strip())
            for own in paragraphs
            for question in own["qas"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: no SQuAD file ({error!r}); remove it and start again") from error


XQUAD = PublicSet(
    description="1,190 questions on 240 paragraphs of Wikipedia, translated into 11 languages.",
    licence="CC BY-SA 4.0",
    source="https://github.com/google-deepmind/xquad",
    languages=LANGUAGES,
    read=_read,
)
