"""Ordered regex rules over parameter paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from unimr_jax.errors import UserError


def match(patterns: Sequence[str], paths: Iterable[str], key: str) -> dict[str, int]:
    """For every path the index of the first pattern that matches all of it.

    Raises:
      UserError: a path without a rule, a rule that no path uses, or a broken regex; `key` names
        the place in the config.
    """
    paths = list(paths)
    found = match_some(patterns, paths, key)
    for path in paths:
        if path not in found:
            raise UserError(
                f"{key}: no rule covers the parameter {path!r}; end with a rule for '.*'"
            )
    return found


def match_some(
    patterns: Sequence[str], paths: Iterable[str], key: str, kind: str = "parameter"
) -> dict[str, int]:
    """As `match`, but leaves out the paths without a rule; `kind` is of what they lead to."""
    compiled = [_compile(pattern, f"{key}[{i}]") for i, pattern in enumerate(patterns)]
    first = {path: _first(compiled, path) for path in paths}
    found = {path: i for path, i in first.items() if i is not None}
    for i, pattern in enumerate(patterns):
        if i not in found.values():
            raise UserError(f"{key}[{i}]: no {kind} is left for {pattern!r}; delete the rule")
    return found


def _compile(pattern: str, key: str) -> re.Pattern:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UserError(f"{key}: {pattern!r} is not a regular expression: {error}") from None


def _first(patterns: Sequence[re.Pattern], path: str) -> int | None:
    return next((i for i, pattern in enumerate(patterns) if pattern.fullmatch(path)), None)
