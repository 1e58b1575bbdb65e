"""Tags that follow the habits of the train split."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimr_jax.data.bio import IGNORED
from unimr_jax.data.labels import Labels
from unimr_jax.data.record import Record, Slot
from unimr_jax.data.transitions import Transitions, continues_word

LABELS = Labels(("find",), ("time", "place"))
OUT, B_TIME, I_TIME = range(3)


def spans(text: str, *pieces: str) -> np.ndarray:
    """Offsets [1, tokens + 2, 2] of the pieces, one behind the other; special tokens around."""
    offsets, end = [(0, 0)], 0
    for piece in pieces:
        start = text.index(piece, end)
        end = start + len(piece)
        offsets.append((start, end))
    return np.array([[*offsets, (0, 0)]])


class TestContinuesWord:
    @pytest.mark.parametrize(
        ("text", "pieces", "expected"),
        [
            ("at Christmas", ["at", "Christ", "mas"], [0, 0, 1]),
            ("the dentist's", ["the", "dentist", "'", "s"], [0, 0, 0, 0]),
            ("नमस्ते जी", ["नम", "स्ते", "जी"], [0, 1, 0]),
            ("배경에 별", ["배경", "에", "별"], [0, 1, 0]),
            ("上周五见", ["上", "周", "五", "见"], [0, 0, 0, 0]),
            ("オフィスで", ["オフ", "ィス", "で"], [0, 1, 0]),
            ("7pm.", ["7", "pm", "."], [0, 1, 0]),
        ],
    )
    def test_pieces_of_words(self, text, pieces, expected):
        actual = continues_word([text], spans(text, *pieces))
        np.testing.assert_array_equal(actual, [[0, *expected, 0]])

    def test_bytes_of_one_letter_stay_with_it(self):
        offsets = np.array([[(0, 0), (0, 1), (0, 1), (1, 2), (0, 0)]])
        np.testing.assert_array_equal(continues_word(["ʘa"], offsets), [[0, 0, 0, 1, 0]])

    def test_tokens_apart_do_not_join(self):
        """What a tokenizer leaves out between two letters keeps them apart."""
        assert not continues_word(["a-b"], np.array([[(0, 1), (2, 3)]])).any()


def best_by_trying(scores: np.ndarray, logits: np.ndarray, inside: np.ndarray) -> tuple:
    """The best tags of one text by trying all of them."""

    def value(tags: tuple) -> float:
        steps = zip(inside, (0, *tags), tags)
        return sum(scores[step] for step in steps) + sum(x[tag] for x, tag in zip(logits, tags))

    return max(product(range(logits.shape[1]), repeat=len(logits)), key=value)


class TestDecode:
    @given(st.integers(0, 2**32 - 1), st.booleans())
    def test_finds_the_best_of_all_sequences(self, seed, one_word):
        rng = np.random.default_rng(seed)
        transitions = Transitions(rng.integers(0, 20, (2, 3, 3)))
        text, pieces = ("abcd", "abcd") if one_word else ("a b c d", "abcd")
        logits = rng.standard_normal((1, 6, 3))  # of [CLS], four tokens and [SEP]
        tags = transitions.decode(logits, spans(text, *pieces), [text])[0]
        inside = [0] + [int(one_word)] * 3
        expected = best_by_trying(transitions.scores, logits[0, 1:5], inside)
        np.testing.assert_array_equal(tags, [IGNORED, *expected, IGNORED])

    def test_a_word_is_labelled_as_a_whole_where_the_train_split_does_so(self, tokenizer):
        records = [
            Record(str(i), "en", "call tomorrow", intent="find", slots=(Slot(5, 13, "time"),))
            for i in range(50)
        ]
        transitions = Transitions.count(records, tokenizer, LABELS, 32)
        text = "see tomorrow"
        logits = np.zeros((1, 5, 5))
        logits[0, 1, OUT] = logits[0, 2, B_TIME] = 3.0
        logits[0, 3, OUT] = 1.0  # of its own, the word's end would rather be outside
        tags = transitions.decode(logits, spans(text, "see", "tomo", "rrow"), [text])[0]
        np.testing.assert_array_equal(tags, [IGNORED, OUT, B_TIME, I_TIME, IGNORED])


class TestCount:
    def test_counts_what_follows_what_by_its_place_in_a_word(self, tokenizer):
        text = "a bb"  # every character is known by its bytes at least
        record = Record("1", "en", text, intent="find", slots=(Slot(2, 4, "time"),))
        counts = Transitions.count([record], tokenizer, LABELS, 32).counts
        tokens = tokenizer.encode([text], 32).mask.sum() - 2
        assert counts.sum() == tokens
        assert counts[0, OUT, B_TIME] == 1 and counts[0, OUT, OUT] >= 1
        assert counts[1, :, OUT].sum() == counts[1, OUT].sum()  # no slot ends inside a word

    @pytest.mark.parametrize("prompt", ["query: ", "wake up: "])
    def test_the_prompt_has_no_part_in_it(self, tokenizer, prompt):
        record = Record("1", "en", "call tomorrow", intent="find", slots=(Slot(5, 13, "time"),))
        bare, prompted = (
            Transitions.count([record], tokenizer, LABELS, 32, before).counts
            for before in ("", prompt)
        )
        assert bare.any() and (bare == prompted).all()
        cut = Transitions.count([record], tokenizer, LABELS, 6, prompt).counts
        assert cut.sum() < bare.sum()  # the prompt takes its part of the length

    def test_a_text_without_tokens_of_its_own_counts_nothing(self, tokenizer):
        record = Record("1", "en", " ", intent="find", slots=())
        assert not Transitions.count([record], tokenizer, LABELS, 8).counts.any()
