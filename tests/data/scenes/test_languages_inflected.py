"""Noun phrases of the languages that inflect most, checked by hand."""

from __future__ import annotations

import pytest

from unimr_jax.data.scenes.languages import ar, fi, hi, ru, tr
from unimr_jax.data.scenes.scene import Group


def group(count: int, size: str | None, colour: str, shape: str) -> Group:
    return Group(shape, colour, count, size, "top_left")


def text(language, case: str, *described) -> str:
    parts = language.LANGUAGE.noun_phrase(group(*described), case)
    return "".join(part for part, _ in parts)


@pytest.mark.parametrize(
    ("case", "described", "expected"),
    [
        ("acc", (1, "small", "red", "star"), "маленькую красную звезду"),
        ("nom", (2, "big", "blue", "moon"), "две большие синие луны"),
        ("nom", (3, "big", "blue", "heart"), "три больших синих сердца"),
        ("gen", (4, None, "green", "tree"), "четырёх зелёных деревьев"),
        ("ins", (2, "small", "black", "flower"), "двумя маленькими чёрными цветами"),
        ("about", (1, None, "orange", "house"), "об оранжевом доме"),
        ("about", (2, None, "orange", "house"), "о двух оранжевых домах"),
    ],
)
def test_russian_numerals_govern_and_adjectives_agree(case, described, expected):
    assert text(ru, case, *described) == expected


@pytest.mark.parametrize(
    ("case", "described", "expected"),
    [
        ("acc", (1, "big", "red", "heart"), "قلبًا أحمر كبيرًا"),
        ("acc", (1, None, "brown", "house"), "بيتًا بنيًا"),
        ("nom", (2, "small", "red", "star"), "نجمتان اثنتان حمراوان صغيرتان"),
        ("gen", (2, None, "purple", "square"), "مربعين اثنين بنفسجيين"),
        ("nom", (3, "big", "blue", "moon"), "ثلاثة أقمار زرقاء كبيرة"),
        ("nom", (4, None, "black", "tree"), "أربع شجرات سوداء"),
    ],
)
def test_arabic_has_a_dual_and_opposite_genders_after_three(case, described, expected):
    assert text(ar, case, *described) == expected


@pytest.mark.parametrize(
    ("case", "described", "expected"),
    [
        ("obl", (1, "small", "yellow", "star"), "एक छोटे पीले तारे"),
        ("dir", (3, "big", "red", "heart"), "तीन बड़े लाल दिल"),
        ("obl", (4, None, "black", "star"), "चार काले तारों"),
        ("is", (1, "big", "orange", "tree"), "एक बड़ा नारंगी पेड़ है"),
        ("is", (2, None, "blue", "star"), "दो नीले तारे हैं"),
    ],
)
def test_hindi_has_oblique_forms_and_a_copula_in_number(case, described, expected):
    assert text(hi, case, *described) == expected


@pytest.mark.parametrize(
    ("case", "described", "expected"),
    [
        ("nom", (1, "big", "red", "star"), "büyük kırmızı bir yıldız"),
        ("acc", (3, "small", "blue", "heart"), "üç küçük mavi kalbi"),
        ("gen", (2, None, "black", "tree"), "iki siyah ağacın"),
        ("abl", (4, None, "yellow", "flower"), "dört sarı çiçekten"),
        ("ins", (1, None, "purple", "square"), "mor bir kareyle"),
    ],
)
def test_turkish_keeps_the_singular_and_its_vowel_harmony(case, described, expected):
    assert text(tr, case, *described) == expected


@pytest.mark.parametrize(
    ("case", "described", "expected"),
    [
        ("nom", (2, "small", "red", "star"), "kaksi pientä punaista tähteä"),
        ("acc", (1, "big", "black", "flower"), "ison mustan kukan"),
        ("acc", (4, None, "blue", "heart"), "neljä sinistä sydäntä"),
        ("par", (3, "small", "purple", "moon"), "kolmea pientä violettia kuuta"),
        ("ela", (2, None, "green", "triangle"), "kahdesta vihreästä kolmiosta"),
    ],
)
def test_finnish_numerals_take_the_partitive_and_are_inflected(case, described, expected):
    assert text(fi, case, *described) == expected


def test_words_are_labelled_and_what_stands_between_them_is_not():
    assert ru.LANGUAGE.noun_phrase(group(1, None, "red", "star"), "about") == (
        ("о", None), (" ", None), ("красной", "colour"), (" ", None), ("звезде", "object"),
    )  # fmt: skip
    assert ar.LANGUAGE.noun_phrase(group(2, "big", "green", "circle"), "nom") == (
        ("دائرتان", "object"), (" ", None), ("اثنتان", "count"), (" ", None),
        ("خضراوان", "colour"), (" ", None), ("كبيرتان", "size"),
    )  # fmt: skip
    assert hi.LANGUAGE.noun_phrase(group(1, None, "red", "house"), "is") == (
        ("एक", "count"), (" ", None), ("लाल", "colour"), (" ", None), ("घर", "object"),
        (" ", None), ("है", None),
    )  # fmt: skip
