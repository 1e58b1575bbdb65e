from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.data.public.layouts import tarred, zipped
from unimr_jax.data.public import emoji
from unimr_jax.data.public.emoji import emoji_of, parse_annotations, split_of
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
    for style, file in emoji.STYLES.items():
        monkeypatch.setitem(emoji.STYLES, style, file._replace(sha256=None))
    names = {
        "common/annotations/de.xml": LDML.format(tag="de"),
        "common/main/de.xml": "<ldml/>",
        "common/annotations/fr.xml": LDML.format(tag="fr"),
    }
    zipped(source / emoji.CLDR.name, names)
    noto = {f"noto-emoji-2.047/png/{size}/emoji_u2764.png": png() for size in (72, 128)}
    tarred(source / emoji.STYLES["noto"].name, noto)
    twemoji = {f"twemoji-17.0.3/assets/72x72/{name}.png": png() for name in ("2764", "1f44d")}
    tarred(source / emoji.STYLES["twemoji"].name, twemoji)
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
    tarred(files / emoji.STYLES["noto"].name, {"readme": b""})
    with pytest.raises(UserError, match="holds no drawings"):
        prepared("emoji", files, ["de"])


@pytest.mark.parametrize(
    "content",
    [
        b"<ldml>",
        b'<?xml version="1.0" encoding="utf-9" ?><ldml/>',
        b'<?xml version="1.0" encoding="utf-7" ?><ldml/>',
    ],
)
def test_no_xml(content):
    with pytest.raises(UserError, match="de.xml: no XML"):
        parse_annotations(content, "de.xml")


@pytest.mark.parametrize(
    ("style", "name", "emoji"),
    [
        ("noto", "noto-emoji-2.047/png/128/emoji_u00a9.png", (0xA9,)),
        ("noto", "png/128/emoji_u2764_200d_1f525.png", (0x2764, 0x200D, 0x1F525)),
        ("noto", "png/72/emoji_u2764.png", None),
        ("noto", "png/128/emoji_u2764.txt", None),
        ("twemoji", "assets/72x72/a9.png", (0xA9,)),
        ("twemoji", "assets/72x72/1f3f3-fe0f-200d-1f308.png", (0x1F3F3, 0x200D, 0x1F308)),
        ("twemoji", "assets/72x72/../../x.png", None),
    ],
)
def test_names_of_drawings(style, name, emoji):
    assert emoji_of(name, style) == emoji


def test_variants_of_an_emoji_share_a_split():
    man, woman, person, farms, cooks = 0x1F468, 0x1F469, 0x1F9D1, 0x1F33E, 0x1F373
    of_one = [(who, 0x200D, does) for who in (man, woman, person) for does in (farms, cooks)]
    assert len({split_of(own) for own in [*of_one, (man,), (woman,)]}) == 1
