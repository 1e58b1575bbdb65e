from __future__ import annotations

import numpy as np
import pytest

from unimr_jax.data.record import Record, Slot
from unimr_jax.evaluation.analysis.tokens import heated, share_on_slots, shares_by_language
from unimr_jax.evaluation.encoder import TokenWeights

# "red bricks": [CLS], red, bri, cks, [SEP]
TOKENS = TokenWeights(
    np.array([(0, 0), (0, 3), (4, 7), (7, 10), (0, 0)]), np.array([0.1, 0.5, 0.1, 0.2, 0.1])
)
RED = (Slot(0, 3, "colour"),)


def record(text: str, slots: tuple[Slot, ...], lang: str = "en") -> Record:
    return Record("1", lang, text, intent="find", slots=slots)


def test_share_of_the_weight_on_slots_and_of_the_tokens():
    assert share_on_slots(RED, TOKENS) == (pytest.approx(0.2), pytest.approx(0.5))
    both = (*RED, Slot(5, 10, "thing"))  # a token counts that overlaps a slot
    assert share_on_slots(both, TOKENS) == (pytest.approx(0.6), pytest.approx(0.8))


def test_shares_are_means_over_the_texts_of_a_language():
    records = [record("red bricks", RED), record("red bricks", ())]
    records.append(record("red bricks", (Slot(4, 10, "thing"),), lang="de"))
    shares = shares_by_language(records, [TOKENS] * 3)
    assert shares == {
        "en": (pytest.approx(0.1), pytest.approx(0.25)),
        "de": (pytest.approx(0.4), pytest.approx(0.3)),
    }


def test_words_are_hot_or_cold_as_their_tokens_weigh_beside_a_plain_mean():
    red, space, bricks, rest = heated(record("red bricks", RED), TOKENS)
    assert (red.text, space.text, bricks.text, rest.text) == ("red", " ", "bricks", "")
    assert (red.title, bricks.title) == ("2.50×", "0.75×")
    assert red.heat == pytest.approx(np.log2(2.5) / 3)
    assert bricks.heat == pytest.approx(np.log2(0.75) / 3)
    assert red.gold and not bricks.gold and space.heat == 0


def test_what_weighs_nothing_is_coldest():
    tokens = TokenWeights(np.array([(0, 3), (4, 7)]), np.array([0.0, 1.0]))
    cold, _, hot, _ = heated(record("red hot", ()), tokens)
    assert (cold.heat, hot.heat) == (-1, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("نجمة حمراء", [(0, 4), (5, 8), (8, 10)]),
        ("赤い星", [(0, 1), (1, 2), (2, 3)]),
        ("a 🦜.", [(0, 1), (2, 3), (2, 3), (2, 3), (3, 4)]),  # bytes of one character
        ("cut off", [(0, 3)]),
    ],
)
def test_pieces_put_the_text_back_together(text, offsets):
    tokens = TokenWeights(np.array(offsets), np.full(len(offsets), 1 / len(offsets)))
    pieces = heated(record(text, ()), tokens)
    assert "".join(piece.text for piece in pieces) == text
    assert {piece.title for piece in pieces} <= {"", "1.00×"}
