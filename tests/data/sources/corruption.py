"""Bytes gone wrong, as disks, networks and people make them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

Corruption = Callable[[bytes], bytes]

_RUBBISH = st.one_of(
    st.binary(min_size=1, max_size=16),
    st.sampled_from([b"\0" * 64, b"\xff" * 64, b"\xed\xa0\xbd", b"\n", b"../../", b'"' * 9]),
)


def _apply(content: bytes, kind: str, at: float, length: int, rubbish: bytes) -> bytes:
    start = int(at * len(content))
    end = start + length
    return {
        "cut": content[:start],
        "lose": content[:start] + content[end:],
        "overwrite": content[:start] + rubbish + content[start + len(rubbish) :],
        "insert": content[:start] + rubbish + content[start:],
        "repeat": content[:end] + content[start:],
        "flip": content[:start] + bytes([content[start] ^ 1 << length % 8]) + content[start + 1 :]
        if start < len(content)
        else content,
    }[kind]


@st.composite
def corruptions(draw: st.DrawFn) -> Corruption:
    """One to three changes to a file."""
    kinds = st.sampled_from(["cut", "lose", "overwrite", "insert", "repeat", "flip", "flip"])
    change = st.tuples(kinds, st.floats(0, 1), st.integers(1, 600), _RUBBISH)
    changes = draw(st.lists(change, min_size=1, max_size=3))

    def corrupt(content: bytes) -> bytes:
        for each in changes:
            content = _apply(content, *each)
        return content

    return corrupt
