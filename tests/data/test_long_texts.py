"""Windows of texts of more tokens than a task takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.many_scripts import MANY_SCRIPTS
from unimr_jax.data.long_texts import windows

LENGTH = 12


def window(tokenizer, text, draw, prompt=""):
    return windows(tokenizer, [text], LENGTH, np.array([draw]), prompt)[0]


def starts(tokenizer, text):
    """Every place that a window begins at."""
    found = (window(tokenizer, text, draw) for draw in np.linspace(0, 0.999, 300))
    return sorted({text.index(part) for part in found})


SENTENCES = [f"Sentence {word} has these words{end}" for word, end in zip("abcdefg", ".!?.”.…")]


class TestWindows:
    def test_begin_at_sentences(self, tokenizer):
        text = " ".join(SENTENCES)
        found = starts(tokenizer, text)
        expected = [text.index(sentence) for sentence in SENTENCES]
        assert len(found) > 3 and set(found) <= set(expected)

    @pytest.mark.parametrize(
        ("word", "end"),
        [("猫", "。"), ("एक ", "। "), ("what ", "?! "), ("one ", "\n"), ("قط", "؟ ")],
    )
    def test_sentences_of_other_scripts(self, tokenizer, word, end):
        text = "".join(f"{word}{i}{end}" for i in range(20))
        before = [text[:start] for start in starts(tokenizer, text)]
        assert len(before) > 5
        assert all(part.endswith(end) or not part for part in before)

    def test_else_at_words(self, tokenizer):
        words = [f"word{i}" for i in range(40)]
        text = " ".join(words)
        found = starts(tokenizer, text)
        assert len(found) > 10 and set(found) <= {text.index(word) for word in words}

    def test_else_at_tokens(self, tokenizer):
        assert len(starts(tokenizer, "".join(map(chr, range(0x4E00, 0x4E40))))) > 10

    @settings(max_examples=50)
    @given(st.lists(st.sampled_from(MANY_SCRIPTS), min_size=1, max_size=6), st.floats(0, 0.999))
    def test_are_parts_that_fill_the_length(self, tokenizer, texts, draw):
        text = " ".join(texts)
        part = window(tokenizer, text, draw)
        assert part in text
        whole, found = tokenizer.lengths([text, part])
        assert found >= min(whole, LENGTH - 1)  # a token cut from its word may be two, or one
        if whole <= LENGTH:
            assert part == text

    def test_leave_room_for_the_prompt(self, tokenizer):
        text, prompt = " ".join(SENTENCES), "passage: "
        room = LENGTH - tokenizer.lengths([prompt])[0]
        part = window(tokenizer, text, 0.9, prompt)
        assert tokenizer.lengths([part])[0] - tokenizer.lengths([""])[0] == room
        assert window(tokenizer, text, 0.9, prompt * 9) == text  # no window helps there
