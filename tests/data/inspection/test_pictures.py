from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from unimr_jax.data.inspection import duplicates
from unimr_jax.data.inspection.duplicates import look_alikes, repeated_pictures, shared_pictures
from unimr_jax.data.inspection.lengths import BINS, histogram, spread
from unimr_jax.data.inspection.pictures import Broken, Look, look_at_all, thumb


def look(digest: bytes, level: int, corner: int = 0) -> Look:
    thumb = np.full((8, 8, 3), level, np.uint8)
    thumb[0, 0] += np.uint8(corner)
    return Look(digest, thumb, (9, 9))


def test_thumb_is_the_mean_of_squares():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:8, :4] = 100
    small = thumb(pixels)
    assert small.shape == (8, 8, 3) and small[0, 0].tolist() == [50, 50, 50] and small.sum() == 150


def test_look_alikes_have_the_nearest_one():
    looks = {
        "train": [None, look(b"1", 100), look(b"2", 97)],
        "test": [look(b"3", 99), look(b"4", 110), look(b"5", 96, corner=8), None],
    }
    (shared,) = look_alikes(looks)
    assert (shared.count, shared.examples) == (2, [(1, 0), (2, 2)])


def test_equal_bytes_are_no_look_alikes():
    looks = {"train": [look(b"1", 100)], "test": [look(b"1", 100), None]}
    assert look_alikes(looks) == []
    assert shared_pictures(looks)[0].examples == [(0, 0)]


@given(
    arrays(np.uint8, (5, 6)).map(lambda own: own.astype(np.float32) - 128),
    arrays(np.uint8, (7, 6)).map(lambda own: own.astype(np.float32) - 128),
)
def test_nearest_is_what_all_distances_say(ours, theirs):
    distances = np.sqrt(((ours[:, None] - theirs) ** 2).mean(axis=-1))  # [ours, theirs]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_BLOCK", 2)
        nearest, distance = duplicates._nearest(ours, theirs)
    np.testing.assert_allclose(distance, distances.min(axis=0), atol=0.05)
    np.testing.assert_allclose(
        distances[nearest, np.arange(len(theirs))], distances.min(axis=0), atol=0.05
    )


def test_repeated_pictures_and_broken_ones(tmp_path, draw_image):
    for name in ("a", "b", "c"):
        draw_image(tmp_path / f"{name}.png", (5, 5, 5 if name == "c" else 9))
    (tmp_path / "d.png").write_bytes((tmp_path / "a.png").read_bytes()[:50])
    names = ["a.png", "b.png", "c.png", "d.png", "e", ".", "long" * 200]
    *whole, cut, gone, folder, too_long = look_at_all([tmp_path / name for name in names])
    assert repeated_pictures(whole) == 1 and whole[0].size == (20, 16)
    assert "cannot be decoded" in cut.found and "does not exist" in gone.found
    assert isinstance(folder, Broken) and isinstance(too_long, Broken)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_a_broken_picture(tmp_path, monkeypatch):
    Image.new("1", (3000, 3000)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    (look,) = look_at_all([tmp_path / "bomb.png"])
    assert "decompression bomb" in look.found


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=300))
def test_histogram_counts_all(values):
    lengths = np.array(values, np.int32)
    bars = histogram(lengths)
    assert sum(bars.counts) == len(values) and len(bars.counts) <= BINS + 1
    assert len(bars.edges) == len(bars.counts) + 1
    assert spread(lengths).longest == max(values)
