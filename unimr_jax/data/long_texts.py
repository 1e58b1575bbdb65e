"""What training reads of texts of more tokens than it takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # configs are checked where no tokenizer is
    from unimr_jax.data.tokenizer import TextTokenizer

# tokenizer, texts, length, draws [n], prompt → texts
Rule = Callable[["TextTokenizer", Sequence[str], int, np.ndarray, str], Sequence[str]]

_SENTENCE_END = re.compile(
    r"""[.!?…؟۔।॥]["'”’»)\]]*\s+ | [。！？｡]["'”’」』）]*\s* | \n\s*""", re.VERBOSE
)
_WORD_START = re.compile(r"(?<=\s)\S")


def whole(
    tokenizer: TextTokenizer, texts: Sequence[str], length: int, draws: np.ndarray, prompt: str
) -> Sequence[str]:
    """All of them: the tokenizer truncates."""
    return texts


def windows(
    tokenizer: TextTokenizer, texts: Sequence[str], length: int, draws: np.ndarray, prompt: str
) -> Sequence[str]:
    """Of every text of more tokens than `length` a part that fills it, prompt included.

    It begins at one of the sentences that enough tokens follow, each alike likely, else at a word,
    else (where words are not set apart) at a token: draws [n], uniform in [0, 1), say at which.
    """
    room = length - int(tokenizer.lengths([prompt])[0])
    spans = tokenizer.spans(texts)
    return [
        _window(text, own, room, draw) if len(own) > room > 0 else text
        for text, own, draw in zip(texts, spans, draws, strict=True)
    ]


# Names of `config.Task.long_texts`.
LONG_TEXTS: dict[str, Rule] = {"truncate": whole, "chunk": windows}


def _window(text: str, spans: np.ndarray, room: int, draw: float) -> str:
    """`room` tokens of a text whose tokens have the spans [n, 2]."""
    starts = _starts(text, spans[: len(spans) - room + 1, 0])
    start = starts[int(draw * len(starts))]
    first = int(np.searchsorted(spans[:, 0], start))
    return text[start : spans[first + room - 1, 1]]


def _starts(text: str, tokens: np.ndarray) -> list[int]:
    """Where a window may begin: at sentences, or words, or tokens; tokens [n] are their starts."""
    for starts in (
        [match.end() for match in _SENTENCE_END.finditer(text)],
        [match.start() for match in _WORD_START.finditer(text)],
        [at for at in tokens.tolist() if not unicodedata.category(text[at]).startswith("M")],
    ):
        possible = sorted({tokens[0], *starts} & set(tokens.tolist()))
        if len(possible) > 1:
            break
    return possible
