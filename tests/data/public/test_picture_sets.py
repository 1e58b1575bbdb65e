"""COCO, Multi30k, XTD10, Crossmodal-3600: captions of photos."""

from __future__ import annotations

import json

import pytest

from tests.data.public.layouts import compressed, jpeg, tarred, zipped
from unimr_jax.data.public import coco_captions, crossmodal3600, multi30k
from unimr_jax.errors import UserError

DEEP = pytest.param("[" * 100_000, id="deep")


@pytest.fixture(autouse=True)
def any_archive(monkeypatch):
    """Ours do not have the checksums of the published ones."""
    for module, name in (
        (coco_captions, "ANNOTATIONS"),
        (crossmodal3600, "CAPTIONS"),
        (crossmodal3600, "IMAGES"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name)._replace(sha256=None))


class TestCoco:
    @pytest.fixture
    def files(self, source):
        """The published layout, with one photo a split."""
        captions = {}
        for number, split in enumerate(("train2017", "val2017"), 1):
            name = f"{number:012d}.jpg"
            captions[f"annotations/captions_{split}.json"] = json.dumps(
                {
                    "info": {"year": 2017},
                    "images": [{"id": number, "file_name": name, "height": 8, "width": 12}],
                    "annotations": [
                        {"image_id": number, "id": 10 * number + i, "caption": f"A dog\nno. {i}. "}
                        for i in range(2)
                    ],
                }
            )
            zipped(source / f"{split}.zip", {f"{split}/{name}": jpeg()})
        zipped(source / "annotations_trainval2017.zip", captions)
        return source

    def test_rows(self, files, prepared):
        output, splits = prepared("coco_captions", files, ["en"])
        train, validation = splits["train"], splits["validation"]
        assert [(row.id, row.text) for row in train] == [
            ("10", "A dog no. 0."),
            ("11", "A dog no. 1."),
        ]
        assert {row.image for row in validation} == {"images/val2017/000000000002.jpg"}
        assert (output / "images/val2017/000000000002.jpg").read_bytes() == jpeg()

    def test_photos_may_be_unpacked(self, files, prepared):
        (files / "val2017.zip").unlink()
        (files / "val2017").mkdir()
        (files / "val2017" / "000000000002.jpg").write_bytes(jpeg())
        assert len(prepared("coco_captions", files, ["en"])[1]["validation"]) == 2

    def test_a_photo_is_missing(self, files, prepared):
        zipped(files / "val2017.zip", {"val2017/000000000009.jpg": jpeg()})
        with pytest.raises(UserError, match=r"val2017.zip: lacks 1 of 1 pictures, 000000000002"):
            prepared("coco_captions", files, ["en"])

    def test_an_archive_is_missing(self, files, prepared):
        (files / "val2017.zip").unlink()
        with pytest.raises(
            UserError, match=r"holds no val2017.zip; download it from http://images"
        ):
            prepared("coco_captions", files, ["en"])

    def test_a_photo_that_no_file_can_be_called(self, files, prepared):
        """It would be the folder above."""
        name = "annotations/captions_train2017.json"
        caption = {"image_id": 1, "id": 2, "caption": "A dog."}
        found = {"images": [{"id": 1, "file_name": ".."}], "annotations": [caption]}
        zipped(files / "annotations_trainval2017.zip", {name: json.dumps(found)})
        zipped(files / "train2017.zip", {"train2017/..": jpeg()})
        with pytest.raises(UserError, match=r"train2017/..': cannot be written"):
            prepared("coco_captions", files, ["en"])

    @pytest.mark.parametrize("content", ["[", "{}", DEEP, '{"images": [3], "annotations": []}'])
    def test_another_file(self, files, prepared, content):
        names = ("captions_train2017.json", "captions_val2017.json")
        zipped(files / "annotations_trainval2017.zip", {f"annotations/{n}": content for n in names})
        with pytest.raises(UserError, match=r"captions_train2017.json: no COCO captions"):
            prepared("coco_captions", files, ["en"])


class TestMulti30k:
    @pytest.fixture
    def files(self, source):
        for split in multi30k.SPLITS.values():
            (source / f"{split}.txt").write_text("1000092795.jpg\n10002456.jpg#2\n")
            compressed(source / f"{split}.en.gz", "Two men.\nA dog.\n")
            compressed(source / f"{split}.de.gz", "Zwei Männer.\nEin Hund.\n")
        return source

    def test_with_photos(self, files, prepared):
        photos = {f"flickr30k-images/{n}.jpg": jpeg() for n in ("1000092795", "10002456", "3")}
        tarred(files / "flickr30k-images.tar.gz", photos)
        output, splits = prepared("multi30k", files, ["en", "de"])
        assert splits.keys() == {"train", "validation", "test"}
        english, _, german, dog = splits["test"]
        assert (english.text, english.image, english.positive) == (
            "Two men.",
            "images/1000092795.jpg",
            None,
        )
        assert (german.id, german.text, german.positive) == (
            "de/1000092795",
            "Zwei Männer.",
            "Two men.",
        )
        assert dog.image == "images/10002456.jpg"
        assert not (output / "images/3.jpg").exists()

    def test_without_photos(self, files, prepared, capsys):
        _, splits = prepared("multi30k", files, ["en", "de"])
        assert [(row.lang, row.image, row.positive) for row in splits["train"]] == [
            ("de", None, "Two men."),
            ("de", None, "A dog."),
        ]
        assert "no flickr30k-images.tar.gz there" in capsys.readouterr().out

    def test_lines_that_do_not_fit(self, files, prepared):
        compressed(files / "train.de.gz", "Zwei Männer.\n")
        with pytest.raises(UserError, match=r"train.de.gz: 1 lines for 2 photos"):
            prepared("multi30k", files, ["de"])


class TestXtd10:
    @pytest.fixture
    def files(self, source):
        names = ["COCO_val2014_000000000042.jpg", "COCO_train2014_000000000007.jpg"]
        (source / "test_image_names.txt").write_text("\n".join(names) + "\n")
        (source / "test_1kcaptions_jp.txt").write_text("犬が走る\n赤い家\n")
        (source / "test_1kcaptions_en.txt").write_text("A dog runs\nA red house\n")
        for name in names:
            (source / name).write_bytes(jpeg())
        return source

    @pytest.mark.parametrize("archived", [False, True])
    def test_rows(self, files, prepared, archived):
        if archived:
            photos = {f"images/{own.name}": own.read_bytes() for own in files.glob("*.jpg")}
            tarred(files / "images.tar.gz", photos)
            for own in files.glob("*.jpg"):
                own.unlink()
        _, splits = prepared("xtd10", files, ["ja", "en"])
        assert [(row.lang, row.text, row.image) for row in splits["test"]] == [
            ("ja", "犬が走る", "images/COCO_val2014_000000000042.jpg"),
            ("ja", "赤い家", "images/COCO_train2014_000000000007.jpg"),
            ("en", "A dog runs", "images/COCO_val2014_000000000042.jpg"),
            ("en", "A red house", "images/COCO_train2014_000000000007.jpg"),
        ]

    def test_names_lead_nowhere_else(self, files, prepared):
        (files / "test_image_names.txt").write_text("a.jpg\n../../b.jpg\n")
        with pytest.raises(UserError, match="no name of a COCO photo"):
            prepared("xtd10", files, ["en"])


class TestCrossmodal3600:
    ROW = {
        "image/key": "000411001ff7dd4f",
        "image/locale": "fi",
        "en": {"caption": ["A cake.", "A big cake. "], "caption/tokenized": ["A cake .", "…"]},
        "fi": {"caption": ["Kakku."], "caption/tokenized": ["Kakku ."]},
    }

    def write(self, source, row: dict) -> None:
        zipped(source / "captions.zip", {"captions.jsonl": json.dumps(row) + "\n"})
        tarred(source / "images.tgz", {"./000411001ff7dd4f.jpg": jpeg(), "./other.jpg": b"-"})

    def test_rows(self, source, prepared):
        self.write(source, self.ROW)
        output, splits = prepared("crossmodal3600", source, ["en", "fi", "ar"])
        assert [(row.id, row.lang, row.text) for row in splits["test"]] == [
            ("en/000411001ff7dd4f/0", "en", "A cake."),
            ("en/000411001ff7dd4f/1", "en", "A big cake."),
            ("fi/000411001ff7dd4f/0", "fi", "Kakku."),
        ]
        assert [own.name for own in (output / "images").iterdir()] == ["000411001ff7dd4f.jpg"]

    @pytest.mark.parametrize("english", [3, [], {"caption": 3}, {"caption": [None]}])
    def test_captions_that_are_none(self, source, prepared, english):
        self.write(source, self.ROW | {"en": english})
        with pytest.raises(UserError, match="captions.jsonl:1: no image/key with captions"):
            prepared("crossmodal3600", source, ["fi"])

    def test_keys_lead_nowhere_else(self, source, prepared):
        self.write(source, self.ROW | {"image/key": "../a"})
        with pytest.raises(UserError, match="captions.jsonl:1: no image/key"):
            prepared("crossmodal3600", source, ["en"])
