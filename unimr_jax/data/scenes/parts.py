"""The one thing every language that writes spaces needs: words set apart from each other."""

from __future__ import annotations

from unimr_jax.data.scenes.language import Part, Parts


def spaced(*words: Part | None) -> Parts:
    """The words that are there, with an unlabelled space between each two."""
    present = [word for word in words if word is not None]
    return tuple(part for word in present for part in ((" ", None), word))[1:]
