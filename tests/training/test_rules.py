"""Regex rules over parameter paths."""

from __future__ import annotations

import pytest

from unimr_jax.errors import UserError
from unimr_jax.training.rules import match, match_some

PATHS = ("image/norm/scale", "text/blocks_0/mlp/up/kernel", "text/norm/scale", "nlu/norm/scale")


def test_the_first_match_wins():
    found = match(("text/norm/.*", "text/.*", ".*"), PATHS, "rules")
    assert found == dict(zip(PATHS, (2, 1, 0, 2)))


def test_a_rule_must_match_the_whole_path():
    with pytest.raises(UserError, match="no parameter is left for 'text/norm'"):
        match(("text/norm", ".*"), PATHS, "rules")


def test_an_unused_rule_is_an_error_that_names_it():
    message = r"config\.rules\[1\]: no parameter is left for 'images/\.\*'; delete the rule"
    with pytest.raises(UserError, match=message):
        match(("image/.*", "images/.*", ".*"), PATHS, "config.rules")


def test_a_rule_that_earlier_ones_leave_nothing_for_is_unused():
    with pytest.raises(UserError, match=r"rules\[1\]: no parameter is left for 'text/\.\*'"):
        match((".*", "text/.*"), PATHS, "rules")


def test_a_parameter_without_a_rule_is_an_error_that_names_it():
    with pytest.raises(UserError, match="config.rules: no rule covers the parameter 'nlu/norm/sc"):
        match(("image/.*", "text/.*"), PATHS, "config.rules")


def test_a_broken_regex_is_an_error_that_names_its_place():
    with pytest.raises(UserError, match=r"config\.rules\[1\]: '\(text' is not a regular expre"):
        match((".*", "(text"), PATHS, "config.rules")


def test_match_some_leaves_out_what_no_rule_covers():
    assert match_some(("text/norm/.*", "text/.*"), PATHS, "rules") == {PATHS[1]: 1, PATHS[2]: 0}
    with pytest.raises(UserError, match=r"rules\[0\]: no parameter is left for 'txt/\.\*'"):
        match_some(("txt/.*",), PATHS, "rules")
