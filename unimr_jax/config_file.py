"""Loading a config file, its variant and the overrides given as flags."""

from __future__ import annotations

import ast
import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from unimr_jax import config as config_lib
from unimr_jax.errors import UserError

FLAG = "--config."


def load(spec: str, overrides: Sequence[str] = ()) -> config_lib.Config:
    """Reads "FILE.py:variant" and applies overrides "--config.a.b=value", checked as a whole.

    Raises:
      UserError: no such file or variant, an error in the file, a malformed override, or what
        `config.parse` finds.
    """
    path, _, variant = spec.partition(":")
    values = _values(path, variant)
    for override in overrides:
        _apply(values, override)
    return config_lib.parse(values)


def sweep_of(spec: str) -> dict[str, Any]:
    """What the get_sweep(variant) of "FILE.py:variant" returns; {} where the file has none.

    Raises:
      UserError: no such file or variant, or an error in the file.
    """
    path, _, variant = spec.partition(":")
    with _errors_of(path):
        defined = _defined(path)
        values = defined["get_sweep"](variant) if "get_sweep" in defined else {}
        if not isinstance(values, dict):
            raise UserError(f"get_sweep must return a dictionary, found {values!r}")
        return values


def unknown_variant(variant: str, known: Sequence[str]) -> UserError:
    """What a config file raises for a variant that it does not have."""
    return UserError(f"no such variant {variant!r}{config_lib.suggestion(variant, known)}")


def _values(path: str, variant: str) -> dict[str, Any]:
    """What the file's get_config returns, as plain dictionaries."""
    with _errors_of(path):
        defined = _defined(path)
        if "get_config" not in defined:
            raise UserError("the file must define get_config(variant)")
        values = _plain(defined["get_config"](variant))
    if not isinstance(values, dict):
        raise UserError(f"--config={path}: get_config must return a ConfigDict, found {values!r}")
    return values


def _defined(path: str) -> dict[str, Any]:
    """What the file defines, by name."""
    with _importing_from(os.path.dirname(os.path.abspath(path))):
        return runpy.run_path(path)


@contextmanager
def _errors_of(path: str) -> Iterator[None]:
    """Raises what goes wrong in the file as UserError, with the line."""
    if not os.path.isfile(path):
        raise UserError(f"--config={path}: no such file; see configs/ for examples")
    try:
        yield
    except UserError as error:
        raise UserError(f"--config={path}: {error}") from error
    except Exception as error:
        raise UserError(f"--config={path}: {_described(error, path)}; mend the file") from error


@contextmanager
def _importing_from(directory: str) -> Iterator[None]:
    """A config file may build on another beside it: `import base`."""
    sys.path.insert(0, directory)
    try:
        yield
    finally:
        sys.path.remove(directory)


def _described(error: Exception, path: str) -> str:
    """The error and the last line of the file that took part in it."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return f"line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == path]
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}: {' '.join(str(error).split())}"


def _plain(values: Any) -> Any:
    """A ConfigDict as plain dictionaries, all the way down."""
    return values.to_dict() if hasattr(values, "to_dict") else values


def _apply(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.removeprefix(FLAG).partition("=")
    if not override.startswith(FLAG) or not equals or not key:
        raise UserError(f"{override}: expected --config.KEY=VALUE")
    *parents, name = key.split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise UserError(f"{override}: {parent!r} holds a value, not keys of its own")
    is_text = config_lib.type_of(key.split(".")) is str
    values[name] = text if is_text else _literal(text)


def _literal(text: str) -> Any:
    """Numbers, tuples, True, None … as Python writes them; anything else is a string."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):  # the last of {[1]: 2}
        return text
