import pytest

from unimr_jax.data.queries.span import leading_span

KEPT = [
    ("red circle", "red circle", False),
    ("drapeau : Anguilla", "drapeau : Anguilla", True),
    ("The dog ran. It barked.", "The dog ran", True),
    ("Mr. Brown sat down.", "Mr. Brown sat down", True),
    ("„Was hast du getan?“, rief Vusi.", "Was hast du getan", True),
    ("« Oh, oh, » crièrent-ils.", "Oh, oh", True),
    ("木の下に猫がいる。犬もいる。", "木の下に猫がいる", True),
    ("version 2.5 of it", "version 2.5 of it", False),
]


@pytest.mark.parametrize(("caption", "text", "is_clause"), KEPT)
def test_first_part_without_its_marks(caption, text, is_clause):
    assert leading_span(caption) == (text, is_clause)


def test_a_long_sentence_gives_its_first_clauses():
    caption = "When the sun was up, the hen went out, " + "and she looked for food " * 6
    assert leading_span(caption).text == "When the sun was up, the hen went out"


@pytest.mark.parametrize("caption", ["word " * 40, "…", " ?! ", "字" * 90])
def test_nothing_to_quote(caption):
    assert leading_span(caption) is None
