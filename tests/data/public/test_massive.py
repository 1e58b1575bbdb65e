from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.public.layouts import tarred
from unimr_jax.data.public import massive
from unimr_jax.data.public.massive import LANGUAGES, MASSIVE, Annotated, parse_annotation
from unimr_jax.data.record import Slot, parse_record
from unimr_jax.errors import UserError

# As the README of MASSIVE has them.
GERMAN = {
    "id": "0",
    "locale": "de-DE",
    "partition": "test",
    "scenario": "alarm",
    "intent": "alarm_set",
    "utt": "weck mich diese woche um fünf uhr morgens auf",
    "annot_utt": "weck mich [date : diese woche] um [time : fünf uhr morgens] auf",
    "worker_id": "8",
    "slot_method": [{"slot": "time", "method": "translation"}],
}
ENGLISH = {
    "id": "0",
    "locale": "en-US",
    "partition": "train",
    "scenario": "alarm",
    "intent": "alarm_set",
    "utt": "wake me up at five am this week",
    "annot_utt": "wake me up at [time : five am] [date : this week]",
    "worker_id": "1",
}


def jsonl(*rows: dict) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@pytest.fixture(autouse=True)
def any_archive(monkeypatch):
    """Ours does not have the checksum of the published one."""
    monkeypatch.setattr(massive, "ARCHIVE", massive.ARCHIVE._replace(sha256=None))


@pytest.fixture
def archive(source):
    def write(german: bytes, english: bytes = jsonl(ENGLISH)):
        files = {"1.0/LICENSE": b"CC", "1.0/data/de-DE.jsonl": german}
        return tarred(source / massive.ARCHIVE.name, files | {"1.0/data/en-US.jsonl": english})

    return write


def test_rows(archive, source, prepared):
    archive(jsonl(GERMAN, GERMAN | {"id": "1", "partition": "dev", "annot_utt": "hallo"}))
    _, splits = prepared("massive", source, ["de", "en"])
    (german,) = splits["test"]
    assert (german.id, german.lang, german.intent) == ("de/0", "de", "alarm_set")
    assert german.text == GERMAN["utt"]
    assert [german.text[slot.start : slot.end] for slot in german.slots] == [
        "diese woche",
        "fünf uhr morgens",
    ]
    assert [row.text for row in splits["train"]] == [ENGLISH["utt"]]
    assert [row.text for row in splits["validation"]] == ["hallo"]


def test_languages_not_asked_for_are_left_out(archive, source, prepared):
    archive(jsonl(GERMAN))
    _, splits = prepared("massive", source, ["en"])
    assert splits.keys() == {"train"}


def test_brackets_that_do_not_fit_are_left_out(archive, source, prepared, capsys):
    archive(jsonl(GERMAN, GERMAN | {"id": "1", "annot_utt": "auf [time : fünf"}))
    _, splits = prepared("massive", source, ["de"])
    assert [row.id for row in splits["test"]] == ["de/0"]
    assert "test: left out 1 rows whose brackets do not fit" in capsys.readouterr().out


@pytest.mark.parametrize("broken", [b"{\n", b"[]\n", b'{"id": 3}\n'])
def test_another_file(archive, source, prepared, broken):
    archive(jsonl(GERMAN) + broken)
    with pytest.raises(UserError, match=r"de-DE.jsonl:2: no row of MASSIVE"):
        prepared("massive", source, ["de"])


def test_the_published_archive_has_a_checksum(archive, source, prepared, monkeypatch):
    monkeypatch.undo()
    archive(jsonl(GERMAN))
    with pytest.raises(UserError, match="sha256 is .* and should be 7df623fd"):
        prepared("massive", source, ["de"])


def test_languages():
    assert len(LANGUAGES) == 51 == len(MASSIVE.languages)
    assert LANGUAGES["zh"] == "zh-CN" and LANGUAGES["zh-Hant"] == "zh-TW"


class TestParseAnnotation:
    def test_a_value_may_hold_colons(self):
        assert parse_annotation("at [time : 5:30 pm]") == Annotated(
            "at 5:30 pm", [{"start": 3, "end": 10, "label": "time"}]
        )

    @pytest.mark.parametrize("broken", ["[time : five", "five]", "[time : ]", "[ : a]", "[a] b"])
    def test_brackets_that_do_not_fit(self, broken):
        assert parse_annotation(broken) is None

    @given(st.text(st.one_of(st.sampled_from("[]: a"), st.characters(exclude_categories=("Cs",)))))
    def test_anything_is_a_record_or_nothing(self, annotated):
        found = parse_annotation(annotated)
        if found is not None and found.text.strip() and max(found.text) < "\ud800":
            row = {"id": "1", "lang": "en", "text": found.text, "intent": "i", "slots": found.slots}
            parse_record(row, "here")

    PLAIN = st.text(
        st.characters(exclude_categories=("Cs",), exclude_characters="[]:"), min_size=1
    ).filter(lambda text: text == text.strip())

    @given(st.lists(st.tuples(PLAIN, st.one_of(st.none(), PLAIN)), min_size=1))
    def test_exact_offsets(self, stretches):
        """Stretches with a label or none, written as MASSIVE writes them and read back."""
        written = " ".join(f"[{label} : {text}]" if label else text for text, label in stretches)
        found = parse_annotation(written)
        assert found.text == " ".join(text for text, _ in stretches)
        slots = [Slot(**slot) for slot in found.slots]
        read = [(found.text[slot.start : slot.end], slot.label) for slot in slots]
        assert read == [(text, label) for text, label in stretches if label]
