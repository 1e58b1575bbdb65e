"""Public sets whose files are broken: a UserError or rows left out, and nothing else written."""

from __future__ import annotations

import bz2
import gzip
import json
import re
import shutil
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.public.layouts import jpeg, tarred, zipped
from tests.data.public.test_emoji import LDML
from tests.data.sources.corruption import Corruption, corruptions
from unimr_jax.data.public import coco_captions, crossmodal3600, emoji, massive, multi30k
from unimr_jax.data.public.sets import PUBLIC
from unimr_jax.data.public.write import write_public_set
from unimr_jax.errors import UserError

INPUTS = 25  # of each set

Files = Mapping[str, bytes]  # in an archive, by name
ROW = {"id": "0", "partition": "test", "intent": "alarm", "annot_utt": "um [time : fünf]"}
COCO = {
    "images": [{"id": 1, "file_name": "01.jpg"}],
    "annotations": [{"image_id": 1, "id": 10, "caption": "A dog"}],
}
SQUAD = {"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "1", "question": "q"}]}]}]}
KEYED = {"image/key": "00ff", "en": {"caption": ["A cake."]}, "de": {"caption": ["Kuchen."]}}
PASSAGE = {"docid": "39#0", "title": "Albedo", "text": "Ni uwezo wa uso."}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


# Plain files as they are, archives by what lies in them.
SETS: dict[str, dict[str, bytes | Files]] = {
    "massive": {massive.ARCHIVE.name: {"1.0/data/de-DE.jsonl": _json(ROW)}},
    "coco_captions": {
        coco_captions.ANNOTATIONS.name: {
            f"annotations/captions_{own}.json": _json(COCO) for own in coco_captions.SPLITS.values()
        },
        **{f"{own}.zip": {f"{own}/01.jpg": jpeg()} for own in coco_captions.SPLITS.values()},
    },
    "multi30k": {
        multi30k.PHOTOS: {"flickr30k-images/1.jpg": jpeg()},
        **{f"{own}.txt": b"1.jpg\n" for own in multi30k.SPLITS.values()},
        **{f"{own}.en.gz": b"A dog.\n" for own in multi30k.SPLITS.values()},
        **{f"{own}.de.gz": b"Ein Hund.\n" for own in multi30k.SPLITS.values()},
    },
    "xtd10": {
        "test_image_names.txt": b"COCO_val2014_000000000042.jpg\n",
        "test_1kcaptions_de.txt": b"Ein Hund\n",
        "images.tar.gz": {"images/COCO_val2014_000000000042.jpg": jpeg()},
    },
    "crossmodal3600": {
        crossmodal3600.CAPTIONS.name: {"captions.jsonl": _json(KEYED)},
        crossmodal3600.IMAGES.name: {"./00ff.jpg": jpeg()},
    },
    "miracl": {
        "miracl-corpus-v1.0-sw-docs-0.jsonl.gz": _json(PASSAGE),
        **{f"topics.miracl-v1.0-sw-{own}.tsv": b"q1\tAlbedo?\n" for own in ("train", "dev")},
        **{f"qrels.miracl-v1.0-sw-{own}.tsv": b"q1\tQ0\t39#0\t1\n" for own in ("train", "dev")},
    },
    "xquad": {"xquad.de.json": _json(SQUAD)},
    "tatoeba": {
        "eng_sentences.tsv.bz2": b"1\teng\tLet's try.\n",
        "deu_sentences.tsv.bz2": b"10\tdeu\tLos!\n",
        "deu-eng_links.tsv.bz2": b"10\t1\n",
    },
    "emoji": {
        emoji.CLDR.name: {"common/annotations/de.xml": LDML.format(tag="de").encode()},
        emoji.STYLES["noto"].name: {"noto/png/128/emoji_u2764.png": jpeg()},
        emoji.STYLES["twemoji"].name: {"twemoji/assets/72x72/2764.png": jpeg()},
    },
}


# What JSON can hold in place of any string, and what a file name or a text cannot be.
ODD = [b"3", b"null", b"[]", b'["a"]', b'{"a": 1}', b'"\\ud800"', b'"a\\u0000b"', b'".."', b'""']
ODD += [b'"' + b"a" * 300 + b'"', b"[" * 100_000, b"1" * 5000]


@st.composite
def changes(draw: st.DrawFn) -> Corruption:
    """Bytes gone wrong, or another value in place of a quoted one."""
    if draw(st.booleans()):
        return draw(corruptions())
    at, odd = draw(st.integers(0, 30)), draw(st.sampled_from(ODD))

    def change(content: bytes) -> bytes:
        quoted = list(re.finditer(rb'"[^"]*"', content))
        if not quoted:
            return content
        start, end = quoted[at % len(quoted)].span()
        return content[:start] + odd + content[end:]

    return change


@pytest.fixture(autouse=True)
def any_archive(monkeypatch):
    """Ours do not have the checksums of the published ones."""
    for module in (massive, coco_captions, crossmodal3600):
        for name in {"ARCHIVE", "ANNOTATIONS", "CAPTIONS", "IMAGES"} & vars(module).keys():
            monkeypatch.setattr(module, name, getattr(module, name)._replace(sha256=None))
    for style, file in emoji.STYLES.items():
        monkeypatch.setitem(emoji.STYLES, style, file._replace(sha256=None))


def packed(name: str, content: bytes | Files, folder: Path) -> bytes:
    if isinstance(content, bytes):
        return {".gz": gzip.compress, ".bz2": bz2.compress}.get(Path(name).suffix, bytes)(content)
    path = folder / "packed"
    (zipped if name.endswith(".zip") else tarred)(path, content)
    return path.read_bytes()


def test_each_is_tried():
    assert SETS.keys() == PUBLIC.keys()


@pytest.mark.parametrize("name", SETS)
def test_corrupted_bytes(name, tmp_path):
    """Of a file as it is, or of what an archive holds."""
    language = [{"coco_captions": "en", "miracl": "sw"}.get(name, "de")]
    source, scratch = tmp_path / "inside" / "source", tmp_path / "inside" / "scratch"
    source.mkdir(parents=True)
    scratch.mkdir()
    whole = {file: packed(file, content, scratch) for file, content in SETS[name].items()}
    for file, content in whole.items():
        (source / file).write_bytes(content)
    assert prepare(name, source, tmp_path / "inside" / "set", language)

    @settings(max_examples=INPUTS, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.data(), st.sampled_from(sorted(whole)), changes(), st.booleans())
    def check(data, file, corrupt, inside):
        content = SETS[name][file]
        if not inside:
            broken = corrupt(whole[file])
        elif isinstance(content, bytes):
            broken = packed(file, corrupt(content), scratch)
        else:
            part = data.draw(st.sampled_from(sorted(content)))
            broken = packed(file, {**content, part: corrupt(content[part])}, scratch)
        (source / file).write_bytes(broken)
        before = set(tmp_path.rglob("*"))
        try:
            prepare(name, source, tmp_path / "inside" / "set", language)
        finally:
            (source / file).write_bytes(whole[file])
        assert set(tmp_path.rglob("*")) == before

    check()


def prepare(name: str, source: Path, output: Path, languages: list[str]) -> bool:
    """Whether it came to an end; raises nothing but what is no UserError."""
    with suppress(UserError), redirect_stdout(None), redirect_stderr(None):
        try:
            return bool(write_public_set(name, PUBLIC[name], output, languages, source))
        finally:
            shutil.rmtree(output, ignore_errors=True)
    return False
