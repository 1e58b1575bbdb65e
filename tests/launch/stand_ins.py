"""Stand-ins for commands of other machines, and scripts run against them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.runs import PATIENCE, ROOT

LAUNCH = ROOT / "launch"


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def environment(bin_directory: Path, **more: str) -> dict[str, str]:
    """This process's, with the stand-ins in front."""
    return os.environ | {"PATH": f"{bin_directory}:{os.environ['PATH']}"} | more


def run(script: Path, *flags: str, env: dict[str, str] | None = None, cwd: Path = ROOT):
    return subprocess.run(
        ["bash", str(script), *flags],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
