"""Where this user's machine keeps what can be fetched or made again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def cache_directory() -> Path:
    """By the XDG base directory specification."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unimr_jax"


def digest(text: str) -> str:
    """A name for what the text describes."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
