from __future__ import annotations

from pathlib import Path

import pytest

from unimr_jax.errors import UserError
from unimr_jax.whole import whole_directory, whole_file


def test_has_its_name_when_all_is_written(tmp_path):
    with whole_directory(tmp_path / "a" / "b") as draft:
        (draft / "file").write_text("x")
        assert not (tmp_path / "a" / "b").exists()
    assert [path.name for path in (tmp_path / "a").rglob("*")] == ["b", "file"]


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), whole_directory(tmp_path / "a") as draft:
        (draft / "file").write_text("x")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_overwritten(tmp_path):
    (tmp_path / "a.tmp").mkdir()
    (tmp_path / "a.tmp" / "half").write_text("x")
    with whole_directory(tmp_path / "a"):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]


def test_an_empty_directory_is_taken(tmp_path):
    (tmp_path / "a").mkdir()
    with whole_directory(tmp_path / "a") as draft:
        (draft / "file").write_text("x")
    assert (tmp_path / "a" / "file").exists()


def test_the_empty_directory_that_one_is_in_is_taken(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    with whole_directory(Path(".")) as draft:
        (draft / "file").write_text("x")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "file"]


def test_a_link_to_an_empty_directory_stays_one(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    with whole_directory(tmp_path / "link") as draft:
        (draft / "file").write_text("x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "a" / "file").exists()


def test_a_directory_without_a_name(monkeypatch):
    monkeypatch.setattr(Path, "iterdir", lambda path: iter(()))
    with pytest.raises(UserError, match="/: has no name"), whole_directory(Path("/")):
        pass


@pytest.mark.parametrize("name", ["file", "file/below", "full"])
def test_what_is_there_stays(tmp_path, name):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    with pytest.raises(UserError, match=name), whole_directory(tmp_path / name):
        pass
    assert (tmp_path / "file").read_text() == (tmp_path / "full" / "file").read_text() == "x"


def test_files_of_one_name_may_be_written_at_once(tmp_path):
    """By threads, or by machines that share a disk."""
    with whole_file(tmp_path / "a") as one, whole_file(tmp_path / "a") as other:
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "a").read_text() == "one"  # whose block ended last
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
