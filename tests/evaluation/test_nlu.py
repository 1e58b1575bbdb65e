from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score

from unimr_jax.data.record import Slot
from unimr_jax.evaluation.nlu import Judged, Reading, intent_confusion, nlu_metrics, slot_f1

WORD = 5  # characters of every word, counting the space

tags = st.sampled_from(["O", "B-time", "I-time", "B-place", "I-place"])
sentences = st.lists(
    st.integers(1, 9).flatmap(lambda n: st.tuples(*[st.lists(tags, min_size=n, max_size=n)] * 2)),
    min_size=1,
    max_size=6,
)


def spans(bio: list[str]) -> tuple[Slot, ...]:
    """BIO tags of words as character spans; an I- that continues nothing begins a span."""
    found: list[Slot] = []
    before = "O"
    for word, tag in enumerate(bio):
        start, end = word * WORD, (word + 1) * WORD - 1
        if tag.startswith("I-") and before[2:] == tag[2:]:
            found[-1] = Slot(found[-1].start, end, tag[2:])
        elif tag != "O":
            found.append(Slot(start, end, tag[2:]))
        before = tag
    return tuple(found)


@given(sentences)
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore")  # seqeval warns where there is nothing to count
def test_span_f1_is_seqevals(pairs):
    gold, predicted = zip(*pairs, strict=True)
    texts = [Judged(Reading("", spans(g)), Reading("", spans(p))) for g, p in pairs]
    expected = f1_score([list(own) for own in gold], [list(own) for own in predicted])
    assert slot_f1(texts) == pytest.approx(expected)


TIME, PLACE = Slot(0, 4, "time"), Slot(5, 9, "place")


def test_metrics_by_hand():
    metrics = nlu_metrics(
        [
            Judged(Reading("find", (TIME, PLACE)), Reading("find", (PLACE, TIME))),
            Judged(Reading("find", (TIME,)), Reading("find", (Slot(0, 3, "time"),))),
            Judged(Reading("open", ()), Reading("find", ())),
            Judged(Reading("open", ()), Reading("open", ())),
        ]
    )
    assert metrics == {"intent_accuracy": 3 / 4, "exact_match": 2 / 4, "slot_f1": 2 * 2 / 6}


def test_label_and_bounds_must_be_right():
    for wrong in (Slot(0, 4, "place"), Slot(1, 4, "time"), Slot(0, 5, "time")):
        assert slot_f1([Judged(Reading("", (TIME,)), Reading("", (wrong,)))]) == 0


def test_the_same_span_in_another_text_is_not_right():
    texts = [
        Judged(Reading("", (TIME,)), Reading("", ())),
        Judged(Reading("", ()), Reading("", (TIME,))),
    ]
    assert slot_f1(texts) == 0


def test_slot_f1_is_left_out_only_where_neither_side_has_spans():
    none, some = Reading("find", ()), Reading("find", (TIME,))
    assert "slot_f1" not in nlu_metrics([Judged(none, none)])
    assert nlu_metrics([Judged(none, some)])["slot_f1"] == 0
    assert nlu_metrics([Judged(some, none)])["slot_f1"] == 0


def test_confusion_counts_gold_down_and_predicted_across():
    pairs = [("open", "find"), ("open", "open"), ("open", "find"), ("find", "stop")]
    texts = [Judged(Reading(gold, ()), Reading(predicted, ())) for gold, predicted in pairs]
    confusion = intent_confusion(texts)
    assert confusion.intents == ("find", "open", "stop")
    assert confusion.counts.tolist() == [[0, 0, 1], [2, 1, 0], [0, 0, 0]]
