from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from unimr_jax.data.inspection.duplicates import look_alikes, repeated_pictures, shared_pictures
from unimr_jax.data.inspection.lengths import BINS, histogram, spread
from unimr_jax.data.inspection.pictures import Broken, Look, difference_hash, look_at_all


def test_hash_of_a_ramp():
    ramp = np.tile(np.arange(9.0), (9, 1))
    across, down = difference_hash(ramp)
    assert (int(across).bit_count(), int(down).bit_count()) == (64, 0)
    assert difference_hash(ramp.T).tolist() == [down, across]


@given(arrays(np.float64, (9, 9), elements=st.integers(0, 200)), st.integers(1, 50))
def test_hash_does_not_change_with_brightness(grey, brighter):
    assert (difference_hash(grey) == difference_hash(grey + brighter)).all()


def test_flat_pictures_are_not_look_alikes():
    def flat(digest: bytes) -> Look:
        return Look(digest, np.zeros(2, np.uint64), np.zeros(3, np.int16), (9, 9))

    looks = {"train": [flat(b"1")], "test": [flat(b"2"), None]}
    assert look_alikes(looks) == shared_pictures(looks) == []


def test_look_alikes_are_of_one_colour():
    def look(digest: bytes, red: int, bits: int = 0) -> Look:
        colour = np.array([red, 0, 0], np.int16)
        return Look(digest, np.array([2**63 + 2**bits - 1, 7], np.uint64), colour, (9, 9))

    looks = {
        "train": [look(b"1", 100)],
        "test": [look(b"2", 120), look(b"3", 104, 4), look(b"4", 100, 5)],
    }
    (shared,) = look_alikes(looks)
    assert (shared.count, shared.examples) == (1, [(0, 1)])


def test_repeated_pictures_and_broken_ones(tmp_path, draw_image):
    for name in ("a", "b", "c"):
        draw_image(tmp_path / f"{name}.png", (5, 5, 5 if name == "c" else 9))
    (tmp_path / "d.png").write_bytes((tmp_path / "a.png").read_bytes()[:50])
    *whole, cut, gone, folder = look_at_all(
        tmp_path, ["a.png", "b.png", "c.png", "d.png", "e", "."]
    )
    assert repeated_pictures(whole) == 1 and whole[0].size == (20, 16)
    assert "cannot be decoded" in cut.found and "does not exist" in gone.found
    assert isinstance(folder, Broken)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_a_broken_picture(tmp_path, monkeypatch):
    Image.new("1", (3000, 3000)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    (look,) = look_at_all(tmp_path, ["bomb.png"])
    assert "decompression bomb" in look.found


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=300))
def test_histogram_counts_all(values):
    lengths = np.array(values, np.int32)
    bars = histogram(lengths)
    assert sum(bars.counts) == len(values) and len(bars.counts) <= BINS + 1
    assert len(bars.edges) == len(bars.counts) + 1
    assert spread(lengths).longest == max(values)
