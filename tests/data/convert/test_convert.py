"""`prepare convert`: equal records and pictures in every format, and whole shards or none."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import runs
from tests.data.sources.datasets_of_all_kinds import ROWS, contents, describe, picture, write_jsonl
from tests.data.sources.test_webdataset import write_tar
from unimr_jax.__main__ import main
from unimr_jax.data.convert.writers import WRITERS
from unimr_jax.data.prepare.convert import FORMATS
from unimr_jax.data.sources import open_split
from unimr_jax.data.sources.directory import WORKPLACE, LocalDirectory


@pytest.fixture
def source(tmp_path) -> Path:
    return write_jsonl(tmp_path / "source")


@pytest.fixture
def converted(tmp_path, capsys):
    """Runs the verb; returns its exit code and what it said on stderr."""

    def run(dataset: Path, to: str, output: str = "copy", *flags: str) -> tuple[int, str]:
        arguments = [f"--dataset={dataset}", f"--to={to}", f"--output={tmp_path / output}"]
        code = main(["prepare", "convert", *arguments, *flags])
        return code, capsys.readouterr().err

    return run


def files_in(directory: Path) -> dict[str, bytes]:
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def test_every_writer_can_be_chosen():
    assert list(FORMATS) == list(WRITERS)


class TestRoundTrip:
    @pytest.mark.parametrize("to", FORMATS)
    @pytest.mark.parametrize("through", FORMATS)
    def test_records_and_pictures_stay(self, converted, source, tmp_path, through, to):
        assert converted(source, through, "between") == (0, "")
        assert converted(tmp_path / "between", to) == (0, "")
        expected = contents(open_split(source, "train"))
        assert contents(open_split(tmp_path / "copy", "train")) == expected

    @pytest.mark.parametrize("kind", ["hf", "tfds"])
    def test_of_foreign_formats(self, converted, dataset_of, tmp_path, kind):
        assert converted(dataset_of(kind), "jsonl") == (0, "")
        expected = contents(open_split(dataset_of(kind), "train"))
        assert contents(open_split(tmp_path / "copy", "train")) == expected

    def test_equal_conversions_are_equal_to_the_byte(self, converted, source, tmp_path):
        for to in FORMATS:
            for output in ("one", "two"):
                assert converted(source, to, f"{to}-{output}") == (0, "")
            assert files_in(tmp_path / f"{to}-one") == files_in(tmp_path / f"{to}-two")

    def test_of_a_real_set(self, converted, shared_data, tmp_path):
        assert converted(shared_data / "photos-coco-cc", "array_record") == (0, "")
        expected = contents(open_split(shared_data / "photos-coco-cc", "validation"))
        assert contents(open_split(tmp_path / "copy", "validation")) == expected


class TestOutput:
    def test_shards_with_checksums(self, converted, source, tmp_path):
        describe(source, licence="CC0-1.0", fields={"text": "text"})
        assert converted(source, "parquet", "copy", "--shards=3") == (0, "")
        about = json.loads((tmp_path / "copy" / "dataset.json").read_text())
        assert about["licence"] == "CC0-1.0" and about["format"] == "parquet"
        assert about["splits"] == {"train": len(ROWS)} and "fields" not in about
        assert sum(facts["rows"] for facts in about["shards"].values()) == len(ROWS) + 2
        assert sorted(about["shards"]) == sorted(files_in(tmp_path / "copy").keys() - ABOUT)
        for name, facts in about["shards"].items():
            content = (tmp_path / "copy" / name).read_bytes()
            assert facts["bytes"] == len(content)
            assert facts["sha256"] == hashlib.sha256(content).hexdigest()

    def test_a_picture_of_many_rows_is_kept_once(self, converted, source, tmp_path):
        converted(source, "array_record")
        about = json.loads((tmp_path / "copy" / "dataset.json").read_text())
        assert about["shards"]["train-images-00000-of-00001.array_record"]["rows"] == 2

    def test_broken_rows_stop_or_are_skipped(self, converted, source, tmp_path):
        with (source / "train.jsonl").open("a") as file:
            file.write('{"id": "z"}\n')
        code, stderr = converted(source, "parquet")
        assert code == 2 and "train.jsonl:6: field 'text': missing" in stderr
        skip = "--on_bad_record=skip", "--max_bad_fraction=0.5"
        code, stderr = converted(source, "parquet", "copy", *skip)
        assert code == 0 and "skipped 1 of 6 rows" in stderr
        assert len(open_split(tmp_path / "copy", "train")) == len(ROWS)

    @pytest.mark.parametrize("image", ["dataset.json", "Train.jsonl", f"{WORKPLACE}/plan"])
    def test_a_picture_cannot_take_the_place_of_a_file(self, converted, tmp_path, image):
        row = {"lang": "en", "text": "x", "image": image}
        files = {"a.json": json.dumps(row).encode(), "a.png": picture((9, 9, 9), "PNG")}
        write_tar(tmp_path / "tar" / "train.tar", files)
        describe(tmp_path / "tar")
        code, stderr = converted(tmp_path / "tar", "jsonl")
        assert code == 2 and "has the name of another file of a data set" in stderr

    def test_names_that_no_directory_can_hold(self, converted, tmp_path):
        rows = [{"lang": "en", "text": "x", "image": image} for image in ("a", "a/b")]
        files = {}
        for number, row in enumerate(rows):
            files[f"{number}.json"] = json.dumps(row).encode()
            files[f"{number}.png"] = picture((9, 9, 9), "PNG")
        write_tar(tmp_path / "tar" / "train.tar", files)
        describe(tmp_path / "tar")
        code, stderr = converted(tmp_path / "tar", "jsonl")
        assert code == 2 and "image 'a/b' cannot be a file there" in stderr


ABOUT = {"dataset.json"}


class TestResume:
    def interrupted(self, converted, source, monkeypatch, after: int) -> None:
        """A conversion that stops in the shard after so many."""
        written = []

        def put(directory: LocalDirectory, file: Path, name: str, put=LocalDirectory.put) -> None:
            if name.endswith(".parquet"):
                written.append(name)
            if len(written) > after:
                raise KeyboardInterrupt
            put(directory, file, name)

        with monkeypatch.context() as patch:
            patch.setattr(LocalDirectory, "put", put)
            assert converted(source, "parquet", "copy", "--shards=2")[0] == 1

    @pytest.fixture
    def whole(self, converted, source, tmp_path):
        assert converted(source, "parquet", "whole", "--shards=2") == (0, "")
        return files_in(tmp_path / "whole")

    @pytest.mark.parametrize("after", range(4))
    def test_ends_like_one_that_was_not_interrupted(
        self, converted, source, tmp_path, monkeypatch, whole, after
    ):
        self.interrupted(converted, source, monkeypatch, after)
        assert not (tmp_path / "copy" / "dataset.json").exists()
        assert converted(source, "parquet", "copy", "--shards=2") == (0, "")
        assert files_in(tmp_path / "copy") == whole

    def test_finished_shards_are_kept(self, converted, source, tmp_path, monkeypatch, whole):
        self.interrupted(converted, source, monkeypatch, 2)
        kept = tmp_path / "copy" / "train-00000-of-00002.parquet"
        before = kept.stat().st_mtime_ns
        converted(source, "parquet", "copy", "--shards=2")
        assert kept.stat().st_mtime_ns == before

    def test_damaged_ones_are_written_again(self, converted, source, tmp_path, monkeypatch, whole):
        self.interrupted(converted, source, monkeypatch, 2)
        damaged = tmp_path / "copy" / "train-00000-of-00002.parquet"
        damaged.write_bytes(bytes(len(damaged.read_bytes())))
        assert converted(source, "parquet", "copy", "--shards=2") == (0, "")
        assert files_in(tmp_path / "copy") == whole

    def test_a_finished_one_is_left_alone(self, converted, source, tmp_path):
        converted(source, "jsonl")
        before = files_in(tmp_path / "copy")
        (tmp_path / "copy" / WORKPLACE).mkdir()  # killed before it was cleared away
        assert converted(source, "jsonl") == (0, "")
        assert files_in(tmp_path / "copy") == before
        assert not (tmp_path / "copy" / WORKPLACE).exists()

    def test_one_that_lost_a_picture_gets_it_again(self, converted, source, tmp_path):
        converted(source, "jsonl")
        before = files_in(tmp_path / "copy")
        next((tmp_path / "copy" / "images").iterdir()).unlink()
        assert converted(source, "jsonl") == (0, "")
        assert files_in(tmp_path / "copy") == before

    def test_other_pictures_are_another_conversion(self, converted, source):
        converted(source, "array_record")
        image = next((source / "images").iterdir())
        image.unlink()
        image.write_bytes(picture((1, 2, 3), "PNG") + bytes(9))
        code, stderr = converted(source, "array_record")
        assert code == 2 and "holds something else than this conversion" in stderr

    @pytest.mark.parametrize("harm", [Path.unlink, lambda path: os.truncate(path, 9)])
    def test_a_finished_one_is_made_whole_again(self, converted, source, tmp_path, whole, harm):
        converted(source, "parquet", "copy", "--shards=2")
        kept = tmp_path / "copy" / "train-00000-of-00002.parquet"
        before = kept.stat().st_mtime_ns
        harm(tmp_path / "copy" / "train-00001-of-00002.parquet")
        assert converted(source, "parquet", "copy", "--shards=2") == (0, "")
        assert files_in(tmp_path / "copy") == whole
        assert kept.stat().st_mtime_ns == before

    def test_a_shard_of_unknown_size_is_made_again(self, converted, source, tmp_path, whole):
        converted(source, "parquet", "copy", "--shards=2")
        path = tmp_path / "copy" / "dataset.json"
        about = json.loads(path.read_text())
        del about["shards"]["train-00001-of-00002.parquet"]["bytes"]
        path.write_text(json.dumps(about))
        assert converted(source, "parquet", "copy", "--shards=2") == (0, "")
        assert files_in(tmp_path / "copy") == whole

    def test_says_which_file_is_not_whole(self, source, tmp_path, capsys):
        arguments = ["prepare", "convert", f"--dataset={source}", "--to=jsonl"]
        arguments += [f"--output={tmp_path / 'copy'}"]
        main(arguments)
        (tmp_path / "copy" / "train.jsonl").unlink()
        capsys.readouterr()
        assert main(arguments) == 0
        assert "train.jsonl: missing or cut; converting it again" in capsys.readouterr().out

    def test_mending_can_be_interrupted(self, converted, source, tmp_path, monkeypatch, whole):
        converted(source, "parquet", "copy", "--shards=2")
        (tmp_path / "copy" / "train-00001-of-00002.parquet").unlink()
        self.interrupted(converted, source, monkeypatch, 0)
        assert not (tmp_path / "copy" / "dataset.json").exists()
        assert converted(source, "parquet", "copy", "--shards=2") == (0, "")
        assert files_in(tmp_path / "copy") == whole

    @pytest.mark.parametrize("finished", [True, False])
    def test_another_one_is_not_mixed_in(self, converted, source, tmp_path, monkeypatch, finished):
        if finished:
            converted(source, "parquet")
        else:
            self.interrupted(converted, source, monkeypatch, 1)
        before = files_in(tmp_path / "copy")
        code, stderr = converted(source, "parquet", "copy", "--shards=1")
        assert code == 2 and "something else than this conversion" in stderr
        assert files_in(tmp_path / "copy") == before

    def test_the_source_itself_is_no_output(self, converted, source):
        before = files_in(source)
        code, stderr = converted(source, "parquet", "source")
        assert code == 2 and files_in(source) == before

    def test_a_killed_process_leaves_whole_shards(self, tmp_path, whole):
        """SIGKILL at moments spread over a conversion; then it goes on."""
        source = tmp_path / "source"
        command = [sys.executable, "-m", "unimr_jax", "prepare", "convert", "--to=parquet"]
        command += [f"--dataset={source}", f"--output={tmp_path / 'copy'}", "--shards=2"]
        start = time.monotonic()
        subprocess.run(command, cwd=runs.ROOT, check=True, capture_output=True)
        seconds = time.monotonic() - start
        for moment in (0.8, 0.9):
            shutil.rmtree(tmp_path / "copy")
            process = subprocess.Popen(command, cwd=runs.ROOT, stdout=subprocess.DEVNULL)
            time.sleep(moment * seconds)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            (tmp_path / "copy").mkdir(exist_ok=True)
            left = files_in(tmp_path / "copy")
            assert all(whole[name] == left[name] for name in left.keys() & whole.keys())
            subprocess.run(command, cwd=runs.ROOT, check=True, capture_output=True)
            assert files_in(tmp_path / "copy") == whole


class TestFlags:
    @pytest.mark.parametrize("flag", ["--shards=0", "--shards=x", "--to=csv", "--on_bad_record=x"])
    def test_a_wrong_one_gets_one_line(self, source, tmp_path, capsys, flag):
        with pytest.raises(SystemExit) as end:
            main(
                ["prepare", "convert", f"--dataset={source}", "--to=jsonl", flag]
                + [f"--output={tmp_path / 'copy'}"]
            )
        assert end.value.code == 2 and capsys.readouterr().err.count("\n") == 1

    def test_shards_of_jsonl(self, converted, source):
        code, stderr = converted(source, "jsonl", "copy", "--shards=2")
        assert code == 2 and "jsonl has one file for each split" in stderr
