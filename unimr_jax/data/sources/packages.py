"""Packages that only some formats need."""

from __future__ import annotations

import importlib
from types import ModuleType

from unimr_jax.errors import UserError


def package(module: str, name: str, needed_for: str) -> ModuleType:
    """The module, imported; raises UserError with the command that installs the package."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing_package(name, needed_for) from error


def missing_package(name: str, needed_for: str) -> UserError:
    return UserError(
        f"{needed_for}: needs the package {name}; "
        f"pip install {name} (or all: pip install -r requirements-data.txt)"
    )
