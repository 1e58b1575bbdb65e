"""Negatives are near, of the right language, and none of them is right."""

from __future__ import annotations

import numpy as np

from unimr_jax.data.record import Record
from unimr_jax.retrieval.negatives import mine_negatives


class ByAngle:
    """A text is the unit vector at the angle that its last word says, in degrees."""

    def encode_documents(self, texts):
        angles = np.radians([float(text.split()[-1]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    embed_queries = encode_documents


def pair(text: str, positive: str | None, lang: str = "en", **more) -> Record:
    return Record(
        id=text, lang=lang, text=text, positive=positive, positive_lang=positive and "en", **more
    )


RECORDS = [
    pair("q 0", "p 10"),
    pair("q 0", "p 12"),  # the same query: both passages are right
    pair("r 30", "p 40"),
    pair("s 100", "p 90", intent="find"),
    pair("alone 0", None),
    Record(id="d", lang="de", text="de 0", positive="de 20", positive_lang="de"),
]


def test_the_nearest_that_are_wrong_come_first():
    mined = mine_negatives(ByAngle(), RECORDS, count=2, nearest=0.95)
    assert mined[0] == mined[1] == ("p 40", "p 90")
    assert mined[3] == ("p 40", "p 12")
    assert mined[4] == () and mined[5] == ()  # no passage of its own; no other one in German


def test_what_scores_like_the_positive_is_taken_to_be_right():
    (_, _, strict, *_) = mine_negatives(ByAngle(), RECORDS, count=9, nearest=0.95)
    (_, _, loose, *_) = mine_negatives(ByAngle(), RECORDS, count=9, nearest=1.0)
    # r at 30: p 40 has cos 10 = 0.985; 0.95 of it is 0.936; p 12 cos 18 = 0.951, p 10 0.940.
    assert strict == ("p 90",)
    assert loose == ("p 12", "p 10", "p 90")


def test_as_many_are_looked_at_as_are_asked_for():
    few = mine_negatives(ByAngle(), RECORDS, count=9, nearest=1.0, pool=1)
    assert few == mine_negatives(ByAngle(), RECORDS, count=9, nearest=1.0)


def test_at_most_so_many():
    assert len(mine_negatives(ByAngle(), RECORDS, count=1, nearest=1.0)[2]) == 1
