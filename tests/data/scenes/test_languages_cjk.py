"""Noun phrases of Chinese, Japanese and Korean, checked by hand."""

from __future__ import annotations

import pytest

from unimr_jax.data.scenes.languages import ja, ko, zh
from unimr_jax.data.scenes.scene import Group


def group(count: int, size: str | None, colour: str, shape: str) -> Group:
    return Group(shape=shape, colour=colour, count=count, size=size, position="top_left")


@pytest.mark.parametrize(
    ("wanted", "case", "parts"),
    [
        (
            group(2, "big", "red", "star"),
            "plain",
            (
                ("两颗", "count"),
                ("红色", "colour"),
                ("的", None),
                ("大", "size"),
                ("星星", "object"),
            ),
        ),
        (
            group(1, None, "brown", "house"),
            "plain",
            (("一座", "count"), ("棕色", "colour"), ("的", None), ("房子", "object")),
        ),
        (
            group(3, "small", "green", "tree"),
            "terse",
            (("三棵", "count"), ("绿色", "colour"), ("小", "size"), ("树", "object")),
        ),
        (
            group(4, None, "yellow", "flower"),
            "terse",
            (("四朵", "count"), ("黄色", "colour"), ("的", None), ("花", "object")),
        ),
        (
            group(2, None, "black", "cross"),
            "terse",
            (("两个", "count"), ("黑色", "colour"), ("十字", "object")),
        ),
    ],
)
def test_chinese(wanted, case, parts):
    assert zh.LANGUAGE.noun_phrase(wanted, case) == parts


@pytest.mark.parametrize(
    ("wanted", "case", "parts"),
    [
        (
            group(2, "big", "red", "star"),
            "plain",
            (
                ("二つ", "count"),
                ("の", None),
                ("大きな", "size"),
                ("赤い", "colour"),
                ("星", "object"),
            ),
        ),
        (
            group(1, None, "purple", "flower"),
            "plain",
            (("一輪", "count"), ("の", None), ("紫", "colour"), ("の", None), ("花", "object")),
        ),
        (
            group(3, "small", "blue", "house"),
            "ga",
            (
                ("小さな", "size"),
                ("青い", "colour"),
                ("家", "object"),
                ("が", None),
                ("三軒", "count"),
            ),
        ),
        (
            group(4, None, "green", "tree"),
            "wo",
            (("緑", "colour"), ("の", None), ("木", "object"), ("を", None), ("四本", "count")),
        ),
    ],
)
def test_japanese(wanted, case, parts):
    assert ja.LANGUAGE.noun_phrase(wanted, case) == parts


@pytest.mark.parametrize(
    ("wanted", "case", "parts"),
    [
        (
            group(2, "big", "red", "star"),
            "plain",
            (
                ("큰", "size"),
                (" ", None),
                ("빨간", "colour"),
                (" ", None),
                ("별", "object"),
                (" ", None),
                ("두 개", "count"),
            ),
        ),
        (
            group(1, None, "orange", "triangle"),
            "acc",
            (
                ("주황색", "colour"),
                (" ", None),
                ("삼각형", "object"),
                (" ", None),
                ("하나를", "count"),
            ),
        ),
        (
            group(1, None, "yellow", "flower"),
            "com",
            (
                ("노란", "colour"),
                (" ", None),
                ("꽃", "object"),
                (" ", None),
                ("한 송이와", "count"),
            ),
        ),
        (
            group(3, None, "blue", "house"),
            "nom_float",
            (("파란", "colour"), (" ", None), ("집이", "object"), (" ", None), ("세 채", "count")),
        ),
        (
            group(4, None, "green", "tree"),
            "acc_float",
            (
                ("초록색", "colour"),
                (" ", None),
                ("나무를", "object"),
                (" ", None),
                ("네 그루", "count"),
            ),
        ),
    ],
)
def test_korean(wanted, case, parts):
    assert ko.LANGUAGE.noun_phrase(wanted, case) == parts


@pytest.mark.parametrize(("word", "closed"), [("별", True), ("송이", False), ("하나", False)])
def test_korean_final_consonant(word, closed):
    assert ko.ends_in_consonant(word) is closed
