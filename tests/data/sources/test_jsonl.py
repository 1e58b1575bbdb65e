"""Opening a split: what is refused, what is skipped, what is read back."""

from __future__ import annotations

import json
import os
import shutil
import threading

import numpy as np
import pytest

from unimr_jax.data.record import BadRecord
from unimr_jax.data.sources import jsonl, open_split
from unimr_jax.data.tasks import TASKS
from unimr_jax.errors import UserError


def row(number, **fields):
    return {"id": f"r{number}", "lang": "en", "text": f"text {number}", **fields}


GOOD = [row(0), row(1, lang="de"), row(2, intent="x", slots=[]), row(3, text="größer 円 😀")]

BROKEN_LINES = {
    "not JSON": ('{"id": "b", "lang": ', "JSON", "write one JSON object"),
    "no object": ("[1, 2]", "row", "write one JSON object"),
    "not UTF-8": (b'{"id": "b", "lang": "en", "text": "gr\xf6\xdfe"}', "encoding", "UTF-8"),
    "duplicate id": (row(0), "field 'id'", "id of its own"),
    "missing field": ({"id": "b", "text": "x"}, "field 'lang'", "add it"),
    "wrong type": (row(20, text=5), "field 'text'", "write a string"),
    "offsets": (
        row(21, intent="x", slots=[{"start": 0, "end": 99, "label": "y"}]),
        "field 'slots[0]'",
        "count characters",
    ),
    "image absent": (row(22, image="images/absent.png"), "field 'image'", "add the file"),
    "image no file's name": (row(25, image="a caption " * 99), "field 'image'", "add the file"),
    "image a directory": (row(23, image="images"), "field 'image'", "add the file"),
    "image no picture": (row(24, image="dataset.json"), "field 'image'", "replace the file"),
    "deep nesting": ("[" * 100_000, "JSON", "write one JSON object"),
}


class TestStop:
    @pytest.mark.parametrize(("line", "subject", "mend"), BROKEN_LINES.values(), ids=BROKEN_LINES)
    def test_a_broken_row_stops_with_one_line(self, make_dataset, line, subject, mend):
        directory = make_dataset([*GOOD, line, row(10)])
        (directory / "images").mkdir()
        with pytest.raises(BadRecord) as caught:
            open_split(directory, "train")
        message = str(caught.value)
        assert message.startswith(f"{directory}/train.jsonl:5: {subject}: ")
        assert mend in message.rsplit("; ", 1)[1] and "\n" not in message

    def test_a_truncated_picture(self, make_dataset, draw_image):
        directory = make_dataset([row(0, image="a.png")])
        path = draw_image(directory / "a.png", size=(200, 200))
        path.write_bytes(path.read_bytes()[:-60])
        with pytest.raises(BadRecord, match=r"train.jsonl:1: field 'image': .*cannot be decoded"):
            open_split(directory, "train")

    def test_pictures_are_not_opened_when_not_asked(self, make_dataset):
        directory = make_dataset([row(0, image="absent.png")])
        assert len(open_split(directory, "train", check_images=False)) == 1


class TestSkip:
    def open(self, directory, **options):
        return open_split(directory, "train", on_bad_record="skip", **options)

    def test_counts_and_reports(self, make_dataset, capsys):
        lines = [line for line, *_ in BROKEN_LINES.values()]
        source = self.open(make_dataset([*GOOD, *lines]), max_bad_fraction=0.9)
        assert [source[i].id for i in range(len(source))] == ["r0", "r1", "r2", "r3"]
        report = capsys.readouterr().err
        assert f"skipped {len(lines)} of {len(lines) + 4} rows" in report
        assert "4 × field 'image'" in report and "2 × JSON" in report
        assert "the first: " in report and report.count("\n") == 1

    def test_stops_past_the_fraction(self, make_dataset):
        directory = make_dataset([*GOOD, "{"])
        with pytest.raises(UserError, match=r"1 of 5 rows .*data.max_bad_fraction=0.1"):
            self.open(directory, max_bad_fraction=0.1)
        assert len(self.open(directory, max_bad_fraction=0.2)) == 4

    def test_good_data_says_nothing(self, make_dataset, capsys):
        self.open(make_dataset(GOOD))
        assert capsys.readouterr().err == ""


class TestMissing:
    def test_directory(self, tmp_path):
        with pytest.raises(UserError, match=r"nowhere: .*--config.data.root="):
            open_split(tmp_path / "nowhere", "train")

    def test_description(self, tmp_path):
        with pytest.raises(UserError, match=r"dataset.json: missing"):
            open_split(tmp_path, "train")

    @pytest.mark.parametrize("text", ["{", "[]"])
    def test_broken_description(self, make_dataset, text):
        directory = make_dataset(GOOD)
        (directory / "dataset.json").write_text(text)
        with pytest.raises(UserError, match=r"dataset.json: (not JSON|found \[\])"):
            open_split(directory, "train")

    def test_split_names_those_that_exist(self, make_dataset):
        make_dataset(GOOD, "train")
        directory = make_dataset(GOOD, "validation")
        with pytest.raises(UserError, match=r"test.jsonl: no such split; .* train, validation"):
            open_split(directory, "test")

    def test_empty_split(self, make_dataset):
        with pytest.raises(UserError, match="no rows"):
            open_split(make_dataset([]), "train")

    def test_unknown_policy(self, make_dataset):
        with pytest.raises(UserError, match="on_bad_record='ignore'.*stop or skip"):
            open_split(make_dataset(GOOD), "train", on_bad_record="ignore")

    @pytest.mark.parametrize("format", ["jsnol", 3, []])
    def test_unknown_format(self, make_dataset, format):
        directory = make_dataset(GOOD)
        (directory / "dataset.json").write_text(json.dumps({"format": format}))
        with pytest.raises(UserError, match=r"dataset.json: 'format'=.* is not known; "):
            open_split(directory, "train")


class TestCut:
    @pytest.fixture
    def opened(self, make_dataset, capsys):
        """Opens four rows of a data set that says more of itself; returns what stderr shows."""

        def opened(**about) -> str:
            directory = make_dataset(GOOD)
            (directory / "dataset.json").write_text(json.dumps(about))
            assert len(open_split(directory, "train")) == len(GOOD)
            return capsys.readouterr().err

        return opened

    def test_a_file_of_another_size_than_its_writer_says(self, opened):
        cut = {"train.jsonl": {"rows": 4, "bytes": 9999, "sha256": ""}}
        message = r"train.jsonl: has \d+ bytes, but 9999 by .*take its entry out of 'shards'"
        with pytest.raises(UserError, match=message):
            opened(shards=cut)

    def test_fewer_lines_than_the_count_get_a_warning(self, opened):
        stderr = opened(splits={"train": 1200, "test": 5})
        assert "train.jsonl: has 4 lines, but 1,200 rows by " in stderr
        assert "copy the file again if it was cut" in stderr and stderr.count("\n") == 1

    @pytest.mark.parametrize("splits", [{"train": 4}, {"train": 3}, {"test": 9}, ["train"], None])
    def test_other_counts_get_none(self, opened, splits):
        assert opened(splits=splits) == ""


class TestProgress:
    @pytest.mark.parametrize("patience", [0.0, 60.0])
    def test_every_picture_is_checked_with_and_without_a_bar(
        self, make_dataset, draw_image, monkeypatch, patience
    ):
        monkeypatch.setattr("unimr_jax.data.progress.PATIENCE", patience)
        directory = make_dataset([row(i, image=f"{i}.png") for i in range(12)])
        for i in range(11):
            draw_image(directory / f"{i}.png")
        with pytest.raises(BadRecord, match=r"train.jsonl:12: .*11.png does not exist"):
            open_split(directory, "train")


@pytest.fixture(params=[jsonl.KEPT, 0], ids=["in memory", "from the file"])
def kept(request, monkeypatch) -> int:
    monkeypatch.setattr(jsonl, "KEPT", request.param)
    return request.param


@pytest.mark.usefixtures("kept")
class TestAccess:
    def test_rows_come_back_in_any_order(self, make_dataset):
        source = open_split(make_dataset(["", *GOOD, "  "]), "train")
        assert [source[i].text for i in (3, 0, 2)] == ["größer 円 😀", "text 0", "text 2"]

    def test_rows_by_task_and_language(self, make_dataset):
        rows = [
            row(0, positive="p", positive_lang="en"),
            row(1, lang="de", positive="p", positive_lang="en"),
            row(2, intent="x"),
        ]
        source = open_split(make_dataset(rows), "train")
        assert source.languages == ("en", "de")
        assert source.rows("text_to_text").tolist() == [0, 1]
        assert source.rows("text_to_text", "de").tolist() == [1]
        assert source.rows("nlu", "en").tolist() == [2]
        assert source.rows("text_to_image").tolist() == []

    def test_a_file_without_a_last_newline(self, make_dataset):
        directory = make_dataset(GOOD)
        path = directory / "train.jsonl"
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
        assert open_split(directory, "train")[3].text == "größer 円 😀"

    def test_threads_read_together(self, make_dataset):
        source = open_split(make_dataset([row(i) for i in range(300)]), "train")
        seen = {}

        def read(part):
            seen.update({i: source[i].id for i in range(part, 300, 4)})

        threads = [threading.Thread(target=read, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == {i: f"r{i}" for i in range(300)}

    def test_a_file_that_is_cut_off_under_a_reader(self, make_dataset, kept):
        directory = make_dataset(GOOD)
        source = open_split(directory, "train")
        os.truncate(directory / "train.jsonl", 5)
        if kept:
            assert source[2].text == "text 2"
        else:
            with pytest.raises(BadRecord, match="train.jsonl:3: JSON"):
                source[2]

    def test_picture(self, make_dataset, draw_image):
        directory = make_dataset([row(0, image="images/a.png")])
        draw_image(directory / "images" / "a.png")
        source = open_split(directory, "train")
        assert source.picture(source[0]) == directory / "images" / "a.png"


class TestRealData:
    @pytest.mark.parametrize(
        ("name", "tasks"),
        [
            ("storybook", {"text_to_image", "text_to_text"}),
            ("xsid", {"nlu"}),
            ("pictograms", {"text_to_image"}),
            ("xquad", {"text_to_text"}),
        ],
    )
    def test_validation_split(self, shared_data, name, tasks):
        source = open_split(shared_data / name, "validation")
        assert {task for task in TASKS if len(source.rows(task))} == tasks
        counts = np.bincount(source.language_ids, minlength=len(source.languages))
        assert counts.sum() == len(source) and counts.all()

    def test_one_broken_row_among_thousands(self, shared_data, tmp_path):
        directory = shutil.copytree(shared_data / "tatoeba", tmp_path / "tatoeba")
        lines = (directory / "train.jsonl").read_bytes().splitlines()
        lines[9999] = lines[9999].replace(b'"text": ', b'"texts": ')
        (directory / "train.jsonl").chmod(0o644)
        (directory / "train.jsonl").write_bytes(b"\n".join(lines))
        with pytest.raises(BadRecord, match=r"train.jsonl:10000: field 'text': missing; add it"):
            open_split(directory, "train")
        skipped = open_split(directory, "train", on_bad_record="skip")
        assert len(skipped) == len(lines) - 1
