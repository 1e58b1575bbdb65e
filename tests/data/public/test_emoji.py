from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.data.public.layouts import tarred, zipped
from unimr_jax.data.public import emoji
from unimr_jax.data.public.emoji import noto_name, parse_annotations, split_of, twemoji_names
from unimr_jax.errors import UserError

# As cldr-common has them, the document type included.
LDML = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE ldml SYSTEM "../../common/dtd/ldml.dtd">
<ldml>
\t<identity><version number="$Revision$"/><language type="{tag}"/></identity>
\t<annotations>
\t\t<annotation cp="🏻">Haut | hell</annotation>
\t\t<annotation cp="🏻" type="tts">helle Haut</annotation>
\t\t<annotation cp="❤">Herz | Liebe</annotation>
\t\t<annotation cp="❤" type="tts">rotes Herz</annotation>
\t\t<annotation cp="👍" type="tts">Daumen hoch</annotation>
\t\t<annotation cp="😀" type="tts">↑↑↑</annotation>
\t</annotations>
</ldml>
"""


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def files(source, monkeypatch):
    for name in ("NOTO", "TWEMOJI"):
        monkeypatch.setattr(emoji, name, getattr(emoji, name)._replace(sha256=None))
    names = {
        "common/annotations/de.xml": LDML.format(tag="de"),
        "common/main/de.xml": "<ldml/>",
        "common/annotations/fr.xml": LDML.format(tag="fr"),
    }
    zipped(source / emoji.CLDR.name, names)
    noto = {f"noto-emoji-2.047/png/{size}/emoji_u2764.png": png() for size in (72, 128)}
    tarred(source / emoji.NOTO.name, noto)
    twemoji = {f"twemoji-17.0.3/assets/72x72/{name}.png": png() for name in ("2764", "1f44d")}
    tarred(source / emoji.TWEMOJI.name, twemoji)
    return source


def test_rows(files, prepared):
    output, splits = prepared("emoji", files, ["de"])
    rows = {row.id: row for own in splits.values() for row in own}
    assert {id: row.text for id, row in rows.items()} == {
        "de/2764/noto": "rotes Herz",
        "de/2764/twemoji": "rotes Herz",
        "de/2764/keywords": "Herz, Liebe",
        "de/1f44d/twemoji": "Daumen hoch",
    }
    assert rows["de/2764/keywords"].image == "images/noto/2764.png"
    assert (output / "images/twemoji/1f44d.png").is_file()


def test_a_language_without_names(files, prepared):
    with pytest.raises(UserError, match="holds no names in fi"):
        prepared("emoji", files, ["fi"])


def test_another_archive(files, prepared):
    tarred(files / emoji.NOTO.name, {"readme": b""})
    with pytest.raises(UserError, match="holds no drawings under /png/128/"):
        prepared("emoji", files, ["de"])


def test_no_xml():
    with pytest.raises(UserError, match="de.xml: no XML"):
        parse_annotations(b"<ldml>", "de.xml")


def test_names_of_drawings():
    family = (0x1F468, 0x200D, 0x2764, 0x200D, 0x1F468)
    assert noto_name((0xA9,)) == "emoji_u00a9.png"
    assert noto_name(family) == "emoji_u1f468_200d_2764_200d_1f468.png"
    assert twemoji_names((0xA9,))[0] == "a9.png"
    assert "1f468-200d-2764-fe0f-200d-1f468.png" in twemoji_names(family)


def test_variants_of_an_emoji_share_a_split():
    farmers = [(0x1F468, 0x200D, 0x1F33E), (0x1F468,), (0x1F468, 0x200D, 0x1F373)]
    assert len({split_of(own) for own in farmers}) == 1
