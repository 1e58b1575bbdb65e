"""Rows as they should be, and the one line that every kind of broken row gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unimr_jax.data.record import BadRecord, Record, Slot, parse_record
from unimr_jax.data.tasks import FIELDS, TASKS, task_bit, task_mask
from unimr_jax.errors import UserError

WHERE = "toy/train.jsonl:3"
ROW = {"id": "a", "lang": "en", "text": "wake me at 7"}
TRIPLE = ROW | {
    "image": "images/a.png",
    "positive": "alarm",
    "positive_lang": "en",
    "negatives": ["clock", "radio"],
    "intent": "alarm",
    "slots": [{"start": 11, "end": 12, "label": "time"}],
}

BROKEN = {
    "id missing": ({"id": None}, "id"),
    "id empty": ({"id": ""}, "id"),
    "id number": ({"id": 7}, "id"),
    "lang missing": ({"lang": ...}, "lang"),
    "lang no tag": ({"lang": "en_US"}, "lang"),
    "text missing": ({"text": ...}, "text"),
    "text number": ({"text": 3.5}, "text"),
    "text empty": ({"text": ""}, "text"),
    "text blank": ({"text": " \u3000\n"}, "text"),
    "text with half a character": ({"text": "a\ud83d"}, "text"),
    "image number": ({"image": 1}, "image"),
    "image absolute": ({"image": "/etc/a.png"}, "image"),
    "image above": ({"image": "images/../../a.png"}, "image"),
    "image directory": ({"image": "."}, "image"),
    "positive alone": ({"positive": "b"}, "positive_lang"),
    "positive_lang alone": ({"positive_lang": "en"}, "positive"),
    "positive blank": ({"positive": " ", "positive_lang": "en"}, "positive"),
    "positive list": ({"positive": ["b"], "positive_lang": "en"}, "positive"),
    "negatives string": ({"negatives": "b"}, "negatives"),
    "negative number": ({"negatives": ["b", 2]}, "negatives[1]"),
    "intent number": ({"intent": 2}, "intent"),
    "intent blank": ({"intent": ""}, "intent"),
    "slots without intent": ({"slots": []}, "intent"),
    "slots object": ({"intent": "x", "slots": {}}, "slots"),
    "slot list": ({"intent": "x", "slots": [[0, 1, "y"]]}, "slots[0]"),
}


def slot(start, end, label="time"):
    return {"start": start, "end": end, "label": label}


BROKEN_SLOTS = {
    "start negative": ([slot(-1, 2)], "slots[0]"),
    "end out of range": ([slot(0, 1), slot(2, 13)], "slots[1]"),
    "empty": ([slot(2, 2)], "slots[0]"),
    "backwards": ([slot(3, 2)], "slots[0]"),
    "offset float": ([slot(0.0, 2)], "slots[0]"),
    "offset bool": ([slot(False, 2)], "slots[0]"),
    "offset missing": ([{"start": 0, "label": "x"}], "slots[0]"),
    "label missing": ([{"start": 0, "end": 1}], "slots[0]"),
    "label number": ([slot(0, 1, 5)], "slots[0]"),
    "overlap": ([slot(0, 4), slot(3, 6)], "slots"),
}


def broken(changes):
    return {name: value for name, value in (ROW | changes).items() if value is not ...}


class TestGoodRows:
    def test_the_smallest_row(self):
        assert parse_record(ROW, WHERE) == Record("a", "en", "wake me at 7")

    def test_a_row_with_everything(self):
        record = parse_record(TRIPLE, WHERE)
        assert record.image == "images/a.png"
        assert (record.positive, record.positive_lang) == ("alarm", "en")
        assert record.negatives == ("clock", "radio")
        assert (record.intent, record.slots) == ("alarm", (Slot(11, 12, "time"),))

    def test_unknown_fields_are_ignored(self):
        assert parse_record(ROW | {"licence": 1}, WHERE) == parse_record(ROW, WHERE)

    def test_null_counts_as_left_out(self):
        names = ("image", "positive", "positive_lang", "negatives", "intent", "slots")
        assert parse_record(ROW | dict.fromkeys(names), WHERE) == parse_record(ROW, WHERE)

    def test_slots_come_in_text_order_and_may_touch(self):
        row = ROW | {"intent": "x", "slots": [slot(2, 4, "b"), slot(0, 2, "a")]}
        assert parse_record(row, WHERE).slots == (Slot(0, 2, "a"), Slot(2, 4, "b"))

    @given(st.integers(0, 6), st.integers(1, 7))
    def test_slots_end_where_their_words_do(self, start, length):
        """A perfect tagger could not find the white space around them."""
        text = " a\u3000b  c "
        row = ROW | {"text": text, "intent": "x", "slots": [slot(start, start + length, "a")]}
        span = text[start : start + length]
        if start + length > len(text) or not span.strip():
            with pytest.raises(BadRecord, match=r"slots\[0\]': span .* (does not fit|is blank)"):
                parse_record(row, WHERE)
        else:
            (found,) = parse_record(row, WHERE).slots
            assert text[found.start : found.end] == span.strip()
            assert start <= found.start < found.end <= start + length

    def test_equal_images_get_equal_paths(self):
        assert parse_record(ROW | {"image": "./images//a.png"}, WHERE).image == "images/a.png"

    @pytest.mark.parametrize("tag", ["en", "zh-Hant", "pt-BR", "nso", "de-CH-1996", "x-klingon"])
    def test_language_tags(self, tag):
        assert parse_record(ROW | {"lang": tag}, WHERE).lang == tag


class TestBrokenRows:
    @pytest.mark.parametrize(("changes", "field"), BROKEN.values(), ids=BROKEN)
    def test_message_names_line_field_and_mend(self, changes, field):
        self.check(broken(changes), field)

    @pytest.mark.parametrize(("slots", "field"), BROKEN_SLOTS.values(), ids=BROKEN_SLOTS)
    def test_broken_slots(self, slots, field):
        self.check(ROW | {"intent": "x", "slots": slots}, field)

    @pytest.mark.parametrize("row", [None, 3, "text", [ROW]])
    def test_no_object(self, row):
        with pytest.raises(BadRecord, match=f"^{WHERE}: row: found .*; write one JSON object"):
            parse_record(row, WHERE)

    def test_a_huge_value_stays_one_short_line(self):
        with pytest.raises(BadRecord) as caught:
            parse_record(ROW | {"text": ["line\nline"] * 10_000}, WHERE)
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 200

    def check(self, row, field):
        with pytest.raises(UserError) as caught:
            parse_record(row, WHERE)
        message = str(caught.value)
        assert message.startswith(f"{WHERE}: field '{field}': ")
        found, mend = message.rsplit("; ", 1)
        assert found and mend and "\n" not in message

    @given(st.dictionaries(st.sampled_from(sorted(TRIPLE)), st.from_type(object) | st.none()))
    def test_any_value_is_read_or_refused(self, changes):
        try:
            record = parse_record(TRIPLE | changes, WHERE)
        except BadRecord as error:
            assert str(error).startswith(WHERE)
        else:
            assert record.text.strip()


class TestTasks:
    @pytest.mark.parametrize(
        ("fields", "tasks"),
        [
            ((), set()),
            (("image",), {"text_to_image"}),
            (("positive",), {"text_to_text"}),
            (("image", "positive"), {"text_to_image", "text_to_text"}),
            (("intent",), {"nlu"}),
            (("intent", "image"), {"nlu", "query_to_image"}),
            (("intent", "positive"), {"nlu", "query_to_text"}),
            (("intent", "image", "positive"), {"nlu", "query_to_image", "query_to_text"}),
        ],
    )
    def test_a_row_serves_the_tasks_of_its_fields(self, fields, tasks):
        fields = (*fields, "positive_lang") if "positive" in fields else fields
        record = parse_record(ROW | {name: TRIPLE[name] for name in fields}, WHERE)
        assert {name for name, serves in TASKS.items() if serves(record)} == tasks
        assert {name for name in TASKS if task_mask(record) & task_bit(name)} == tasks

    def test_every_task_says_which_fields_it_needs(self):
        assert list(FIELDS) == list(TASKS)
