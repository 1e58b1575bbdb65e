"""A small data set in every format, made once."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.data.sources.datasets_of_all_kinds import WRITE


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch, tmp_path_factory):
    """Nothing of a test stays in the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def dataset_of(tmp_path_factory) -> Callable[[str], Path]:
    """The directory of the data set in a format. Look, do not touch."""

    @cache
    def make(kind: str) -> Path:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return WRITE[kind](tmp_path_factory.mktemp(kind) / "toy")

    return make
