"""Spans to tags and back, in many scripts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from tests.data.many_scripts import TEXTS
from unimr_jax.data.bio import bio_to_spans, spans_to_bio
from unimr_jax.data.labels import Labels
from unimr_jax.data.record import Record, Slot
from unimr_jax.data.sources import open_split
from unimr_jax.errors import UserError

LABELS = Labels(("i",), ("what", "when"))
SENTENCES = [
    "wake me at 7 tomorrow",
    "re\u0301veille-moi a\u0300 7h demain matin",
    "разбуди меня завтра в 7 часов",
    "أيقظني غدًا الساعة ٧",
    "मुझे कल सुबह 7 बजे जगाओ",
    "내일 아침 7시에 깨워 줘 \u1100\u1161\u11a8",
    "明天早上七点叫醒我",
    "明日の朝7時に起こしてｶﾞ",
    "ปลุกฉันพรุ่งนี้ตอน 7 โมงเช้า",
    "😀 call 👩\u200d🚀 at 𒀀 7",
]
texts = st.sampled_from(SENTENCES) | TEXTS


def tags(names):
    return np.array([-1 if name is None else LABELS.bio.index(name) for name in names], np.int32)


def offsets(*spans):
    return np.array(spans, np.int32)


def units(offsets):
    """The spans that tokens cut a text into; byte pieces of one character are one unit."""
    merged = []
    for start, end in offsets[offsets[:, 0] < offsets[:, 1]].tolist():
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    return merged


@st.composite
def aligned(draw):
    """A text, a length, and slots that start and end where tokens do."""
    text, length = draw(texts), draw(st.integers(3, 64))
    cuts = draw(st.lists(st.integers(0, 40), max_size=8, unique=True).map(sorted))
    labels = draw(st.lists(st.sampled_from(LABELS.slots), min_size=4, max_size=4))
    return text, length, list(zip(cuts[::2], cuts[1::2], labels))


class TestRoundTrip:
    @settings(max_examples=400)
    @given(aligned())
    def test_exact_where_slots_align_with_tokens(self, tokenizer, case):
        text, length, cuts = case
        encoded = tokenizer.encode([text], length)
        pieces = units(encoded.offsets[0])
        slots = tuple(
            Slot(pieces[first][0], pieces[min(last, len(pieces)) - 1][1], label)
            for first, last, label in cuts
            if first < len(pieces)
        )
        ids = spans_to_bio(slots, encoded.offsets[0], encoded.mask[0], LABELS)
        assert bio_to_spans(ids, encoded.offsets[0], LABELS) == slots

    @settings(max_examples=400)
    @given(texts, st.integers(0, 40), st.integers(1, 40), st.integers(3, 64))
    def test_else_snapped_outwards(self, tokenizer, text, start, size, length):
        slot = Slot(start, start + size, "when")
        encoded = tokenizer.encode([text], length)
        ids = spans_to_bio([slot], encoded.offsets[0], encoded.mask[0], LABELS)
        touched = [u for u in units(encoded.offsets[0]) if u[0] < slot.end and u[1] > slot.start]
        expected = (Slot(touched[0][0], touched[-1][1], "when"),) if touched else ()
        assert bio_to_spans(ids, encoded.offsets[0], LABELS) == expected

    @pytest.mark.parametrize("text", SENTENCES)
    def test_every_word_of_real_sentences(self, tokenizer, text):
        encoded = tokenizer.encode([text], 96)
        start = 0
        for word in text.split():
            slot = Slot(text.index(word, start), text.index(word, start) + len(word), "what")
            start = slot.end
            ids = spans_to_bio([slot], encoded.offsets[0], encoded.mask[0], LABELS)
            assert bio_to_spans(ids, encoded.offsets[0], LABELS) == (slot,)

    def test_touching_slots_of_one_label_stay_two(self):
        spans = offsets((0, 1), (1, 2), (2, 3))
        slots = (Slot(0, 1, "what"), Slot(1, 3, "what"))
        ids = spans_to_bio(slots, spans, np.ones(3, bool), LABELS)
        assert ids.tolist() == tags(["B-what", "B-what", "I-what"]).tolist()
        assert bio_to_spans(ids, spans, LABELS) == slots


class TestSpansToBio:
    def test_special_tokens_and_padding_are_ignored(self):
        spans = offsets((0, 0), (0, 2), (3, 4), (0, 0), (0, 0))
        mask = np.array([True, True, True, True, False])
        ids = spans_to_bio([Slot(3, 4, "when")], spans, mask, LABELS)
        assert ids.dtype == np.int32
        assert ids.tolist() == tags([None, "O", "B-when", None, None]).tolist()

    def test_pieces_of_one_character(self):
        spans = offsets((0, 1), (0, 1), (0, 1))
        ids = spans_to_bio([Slot(0, 1, "what")], spans, np.ones(3, bool), LABELS)
        assert ids.tolist() == tags(["B-what", "I-what", "I-what"]).tolist()

    def test_a_token_over_two_slots_goes_to_the_first(self):
        spans = offsets((0, 4), (4, 6))
        slots = [Slot(0, 2, "what"), Slot(2, 6, "when")]
        ids = spans_to_bio(slots, spans, np.ones(2, bool), LABELS)
        assert ids.tolist() == tags(["B-what", "B-when"]).tolist()

    def test_a_slot_beyond_the_truncation_is_lost(self):
        ids = spans_to_bio([Slot(5, 9, "what")], offsets((0, 4)), np.ones(1, bool), LABELS)
        assert ids.tolist() == [0]

    def test_a_label_the_model_does_not_know(self):
        with pytest.raises(UserError, match="slot label 'who' is not one of the 2"):
            spans_to_bio([Slot(0, 1, "who")], offsets((0, 4)), np.ones(1, bool), LABELS)


class TestBioToSpans:
    SPANS = offsets((0, 1), (2, 3), (4, 5), (6, 7))

    @pytest.mark.parametrize(
        ("names", "spans"),
        [
            (["I-what", "I-what", "O", "I-what"], [(0, 3, "what"), (6, 7, "what")]),
            (["B-what", "I-when", "I-when", "O"], [(0, 1, "what"), (2, 5, "when")]),
            (["B-what", None, "I-what", "O"], [(0, 5, "what")]),
            (["B-what", "B-what", "O", "O"], [(0, 1, "what"), (2, 3, "what")]),
            (["O", "O", "O", "O"], []),
        ],
    )
    def test_lenient(self, names, spans):
        assert bio_to_spans(tags(names), self.SPANS, LABELS) == tuple(Slot(*s) for s in spans)

    @given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
    def test_as_seqeval_reads_them(self, ids):
        spans = offsets(*((i, i + 1) for i in range(len(ids))))
        found = bio_to_spans(np.array(ids), spans, LABELS)
        expected = get_entities([LABELS.bio[i] for i in ids])
        assert [(s.label, s.start, s.end - 1) for s in found] == expected

    @given(texts, st.lists(st.integers(0, 4), min_size=48, max_size=48))
    def test_any_tags_give_spans_in_order_and_apart(self, tokenizer, text, ids):
        encoded = tokenizer.encode([text], 48)
        spans = bio_to_spans(np.array(ids), encoded.offsets[0], LABELS)
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges) and all(s.start < s.end for s in spans)


class TestLabels:
    def test_from_records(self):
        rows = [
            Record("1", "en", "t", intent="z", slots=(Slot(0, 1, "b"),)),
            Record("2", "en", "t", intent="a", slots=(Slot(0, 1, "a"),)),
            Record("3", "en", "t"),
        ]
        labels = Labels.from_records(rows)
        assert labels == Labels(("a", "z"), ("a", "b"))
        assert labels.bio == ("O", "B-a", "I-a", "B-b", "I-b")
        assert [labels.bio[labels.begin_id(slot)] for slot in labels.slots] == ["B-a", "B-b"]
        assert Labels.from_dict(labels.to_dict()) == labels

    def test_an_intent_the_model_does_not_know(self):
        with pytest.raises(UserError, match="intent 'j' is not one of the 1"):
            LABELS.intent_id("j")


class TestRealData:
    @pytest.mark.parametrize("name", ["xsid", "injongo"])
    def test_slots_of_whole_words_come_back(self, shared_data, tokenizer, name):
        source = open_split(shared_data / name, "validation")
        records = [source[i] for i in range(0, len(source), 5)]
        labels = Labels.from_records(records)
        encoded = tokenizer.encode([record.text for record in records], 256)
        exact = total = 0
        for record, spans, mask in zip(records, encoded.offsets, encoded.mask):
            ids = spans_to_bio(record.slots, spans, mask, labels)
            found = bio_to_spans(ids, spans, labels)
            exact += len(set(found) & set(record.slots))
            total += len(record.slots)
        assert exact / total > 0.98
