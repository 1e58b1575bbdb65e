"""Loading a config file, its variant and the overrides given as flags."""

from __future__ import annotations

import ast
import os
import runpy
from collections.abc import Sequence
from typing import Any

from unimr_jax import config as config_lib
from unimr_jax.errors import UserError

FLAG = "--config."


def load(spec: str, overrides: Sequence[str] = ()) -> config_lib.Config:
    """Reads "FILE.py:variant" and applies overrides "--config.a.b=value", checked as a whole.

    Raises:
      UserError: no such file or variant, a malformed override, or what `config.parse` finds.
    """
    path, _, variant = spec.partition(":")
    values = _plain(_run(path)(variant))
    for override in overrides:
        _apply(values, override)
    return config_lib.parse(values)


def unknown_variant(variant: str, known: Sequence[str]) -> UserError:
    """What a config file raises for a variant that it does not have."""
    return UserError(f"no such variant {variant!r}{config_lib.suggestion(variant, known)}")


def _run(path: str):
    if not os.path.isfile(path):
        raise UserError(f"--config={path}: no such file; see configs/ for examples")
    try:
        return runpy.run_path(path)["get_config"]
    except KeyError:
        raise UserError(f"--config={path}: the file must define get_config(variant)") from None
    except SyntaxError as error:
        raise UserError(f"--config={path}: line {error.lineno}: {error.msg}") from None


def _plain(values: Any) -> Any:
    """ConfigDicts as plain dictionaries, all the way down."""
    if hasattr(values, "to_dict"):
        return values.to_dict()
    return values


def _apply(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.removeprefix(FLAG).partition("=")
    if not override.startswith(FLAG) or not equals or not key:
        raise UserError(f"{override}: expected --config.KEY=VALUE")
    *parents, name = key.split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise UserError(f"{override}: {parent!r} holds a value, not keys of its own")
    values[name] = _literal(text, values.get(name))


def _literal(text: str, previous: Any) -> Any:
    """Numbers, tuples, True, None … as Python writes them; anything else is a string."""
    if isinstance(previous, str):
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
