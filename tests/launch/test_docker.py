"""The images hold what they say they do, in the versions that the requirements allow."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.launch.stand_ins import LAUNCH
from tests.runs import ROOT

FILES = sorted((LAUNCH / "docker").glob("*.Dockerfile"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
class TestEach:
    def test_copies_what_there_is(self, file):
        copied = re.findall(r"^COPY (.+) \S+$", file.read_text(), re.MULTILINE)
        sources = [source for line in copied for source in line.split()]
        assert {"requirements.txt", "pyproject.toml", "unimr_jax", "configs"} <= set(sources)
        assert all((ROOT / source).exists() for source in sources)

    def test_leaves_every_version_to_the_requirements(self, file):
        installs = re.findall(r"^RUN pip install (.+)$", file.read_text(), re.MULTILINE)
        assert "-r requirements.txt" in installs[0] and "jax[" in installs[0]
        assert not re.search(r"[<>=~]=?\d", " ".join(installs))

    def test_has_a_python_that_the_package_runs_on(self, file):
        version = re.search(r"^FROM python:3\.(\d+)-slim$", file.read_text(), re.MULTILINE)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        lowest = re.fullmatch(r">=3\.(\d+)", project["requires-python"])
        assert int(version[1]) >= int(lowest[1])
