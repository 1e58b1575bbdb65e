from __future__ import annotations

import json

import pytest

from unimr_jax.__main__ import main
from unimr_jax.data.prepare import PREPARE
from unimr_jax.data.prepare.public import HELP
from unimr_jax.data.public import download, xquad
from unimr_jax.data.public.public_set import PublicSet
from unimr_jax.data.public.sets import PUBLIC
from unimr_jax.data.public.write import write_public_set
from unimr_jax.errors import UserError


def rows(*texts: str):
    return ({"id": str(i), "lang": "en", "text": text} for i, text in enumerate(texts))


def made_of(**splits) -> PublicSet:
    return PublicSet("A set.", "CC0", "here", ("en", "de"), lambda *_: splits)


def test_a_set(tmp_path):
    own = made_of(train=rows("a", "b"), test=rows("c"), validation=rows())
    assert write_public_set("own", own, tmp_path / "set", ["en"]) == {"train": 2, "test": 1}
    about = json.loads((tmp_path / "set/dataset.json").read_text())
    assert (about["licence"], about["splits"]) == ("CC0", {"train": 2, "test": 1})
    files = {path.name for path in (tmp_path / "set").iterdir()}
    assert files == {"dataset.json", "train.jsonl", "test.jsonl"}


def test_rows_without_a_place_in_the_format_are_counted(tmp_path, capsys):
    own = made_of(train=rows("a", " ", ""))
    assert write_public_set("own", own, tmp_path / "set", []) == {"train": 1}
    assert "train.jsonl: left out 2 rows for their field 'text'" in capsys.readouterr().out


def test_done_is_done(tmp_path):
    write_public_set("own", made_of(train=rows("a")), tmp_path / "set", [])
    again = made_of(train=rows("b", "c"))
    assert write_public_set("own", again, tmp_path / "set", []) == {"train": 1}


def test_another_set_is_in_the_way(tmp_path):
    write_public_set("own", made_of(train=rows("a")), tmp_path / "set", [])
    with pytest.raises(UserError, match="already holds another data set"):
        write_public_set("own", made_of(train=rows("a")), tmp_path / "set", ["de"])


def test_nothing_came_out(tmp_path):
    with pytest.raises(UserError, match="no row came out"):
        write_public_set("own", made_of(train=rows()), tmp_path / "set", [])
    assert not list((tmp_path / "set").iterdir())


def test_a_split_of_an_attempt_before_does_not_stay(tmp_path):
    """Of other languages, say, until it was interrupted."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train.jsonl").write_text("rows of then\n")
    own = made_of(train=rows(), test=rows("a"))
    assert write_public_set("own", own, tmp_path / "set", []) == {"test": 1}
    assert not (tmp_path / "set" / "train.jsonl").exists()


def test_unknown_language(tmp_path):
    with pytest.raises(UserError, match="--languages: own has no 'fr'; choose from en, de"):
        write_public_set("own", made_of(), tmp_path / "set", ["fr"])


def test_no_such_source(tmp_path):
    with pytest.raises(UserError, match="--source=.*nothing: no such folder"):
        write_public_set("own", made_of(), tmp_path / "set", [], tmp_path / "nothing")


class TestCommand:
    ARTICLE = {"paragraphs": [{"context": "Es ist so.", "qas": [{"id": "1", "question": "Wie?"}]}]}

    @pytest.fixture
    def prepare(self, site, tmp_path, monkeypatch):
        """`prepare xquad` from a server on this machine."""
        monkeypatch.setattr(xquad, "BASE", site.address)
        monkeypatch.setattr(download, "ATTEMPTS", 1)
        site.files["xquad.de.json"] = json.dumps({"data": [self.ARTICLE]}).encode()
        return lambda: main(["prepare", "xquad", f"--output={tmp_path / 'set'}", "--languages=de"])

    def test_from_the_network(self, prepare, capsys, tmp_path):
        assert prepare() == 0
        shown = capsys.readouterr().out
        assert "licence: CC BY-SA 4.0" in shown and "set: test 1 rows" in shown
        (row,) = (tmp_path / "set/test.jsonl").read_text().splitlines()
        assert json.loads(row)["positive"] == "Es ist so."

    def test_the_same_command_goes_on(self, prepare, site, capsys, tmp_path):
        site.cuts = [20]
        assert prepare() == 2
        assert "start the same command again to go on" in capsys.readouterr().err
        assert not (tmp_path / "set/dataset.json").exists()
        assert prepare() == 0
        assert site.asked == [None, "bytes=20-"]


def test_every_set_can_be_prepared():
    assert PUBLIC.keys() == HELP.keys() and HELP.keys() < PREPARE.keys()
