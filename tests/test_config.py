"""A config's dictionary is checked key by key, and comes back from JSON as it was."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest

from unimr_jax.config import Config, choose, parse, suggestion, to_dict, type_of
from unimr_jax.errors import UserError

TASK = {"datasets": {"scenes": 1.0}, "batch_size": 8, "losses": {"softmax": 1.0}}
VALUES = {
    "stage_order": ("text", "joint"),
    "stages": {
        "text": {"steps": 10, "tasks": {"text_to_image": TASK}},
        "joint": {"steps": 5, "tasks": {"text_to_image": TASK}},
    },
    "model": {"temperatures": {"text_to_image": {"init": 0.1}}},
}


def changed(key: str, value: object) -> dict:
    """VALUES with another value at a dotted key."""
    values = copy.deepcopy(VALUES)
    *parents, name = key.split(".")
    section = values
    for parent in parents:
        section = section.setdefault(parent, {})
    section[name] = value
    return values


def complaint(values: object) -> str:
    with pytest.raises(UserError) as error:
        parse(values)
    message = str(error.value)
    assert "\n" not in message
    return message


class TestParse:
    def test_fills_in_defaults(self):
        config = parse(VALUES)
        assert config.stages["text"].optimizer.name == "adamw"
        assert config.model.temperatures["text_to_image"].minimum == 0.01
        assert config.stages["text"].rules == ((".*", 1.0, 1.0),)

    def test_is_frozen(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            parse(VALUES).seed = 1

    @pytest.mark.parametrize(
        "key, value",
        [
            ("model.image.mlp_ratio", 2),
            ("stages.text.tasks.text_to_image.losses.softmax", 1),
            ("model.temperatures.text_to_image.bias", -10),
        ],
    )
    def test_a_whole_number_will_do_for_a_float(self, key, value):
        config = parse(changed(key, value))
        for name in key.split("."):
            config = config[name] if isinstance(config, dict) else getattr(config, name)
        assert config == value and isinstance(config, float)

    def test_a_list_will_do_for_a_tuple(self):
        config = parse(changed("stages.text.rules", [["a/.*", 0, 0], [".*", 1, 1]]))
        assert config.stages["text"].rules == (("a/.*", 0.0, 0.0), (".*", 1.0, 1.0))

    def test_a_weight_may_be_a_schedule(self):
        spec = {"kind": "linear", "init_value": 0.0, "end_value": 1.0, "transition_steps": 5}
        config = parse(changed("stages.text.tasks.text_to_image.losses", {"softmax": spec}))
        assert config.stages["text"].tasks["text_to_image"].losses["softmax"] == spec

    def test_none_where_it_is_allowed(self):
        config = parse(changed("model.temperatures.text_to_image.bias", None))
        assert config.model.temperatures["text_to_image"].bias is None


class TestComplaints:
    @pytest.mark.parametrize(
        "key, suggested",
        [
            ("modle", "model"),
            ("stages.joint.stepz", "steps"),
            ("stages.text.tasks.text_to_image.batchsize", "batch_size"),
            ("model.temperatures.text_to_image.biass", "bias"),
        ],
    )
    def test_an_unknown_key_is_suggested_the_nearest(self, key, suggested):
        message = complaint(changed(key, 3))
        assert message == f"unknown key config.{key}; did you mean {suggested!r}?"

    def test_an_unknown_key_like_no_other_is_shown_all(self):
        message = complaint(changed("mesh.qqq", 3))
        assert message == "unknown key config.mesh.qqq; choose from: data, fsdp, tensor, overrides"

    @pytest.mark.parametrize("key", ["stages", "stage_order"])
    def test_a_missing_section(self, key):
        values = {name: x for name, x in VALUES.items() if name != key}
        assert complaint(values) == f"config.{key} is missing; it has no default"

    def test_a_missing_key_deep_inside(self):
        incomplete = {"steps": 3, "tasks": {"nlu": {"batch_size": 3, "losses": {}}}}
        message = complaint(changed("stages.text", incomplete))
        assert message == "config.stages.text.tasks.nlu.datasets is missing; it has no default"

    @pytest.mark.parametrize(
        "key, value, said",
        [
            ("seed", "0", "config.seed must be int, found '0'"),
            ("seed", 1.5, "config.seed must be int, found 1.5"),
            ("seed", True, "config.seed must be int, found True"),
            ("seed", None, "config.seed must be int, found None"),
            ("data.fit", 3, "config.data.fit must be str, found 3"),
            ("data.augment.flip", 1, "config.data.augment.flip must be bool, found 1"),
            ("data.augment.flip", "true", "config.data.augment.flip must be bool, found 'true'"),
            ("model.image.mlp_ratio", "2", "config.model.image.mlp_ratio must be float, found '2'"),
            ("model", 3, "config.model must hold keys of its own, found 3"),
            ("stages", 3, "config.stages must hold keys of its own, found 3"),
            ("stages.text", 3, "config.stages.text must hold keys of its own, found 3"),
            ("stage_order", "text", "config.stage_order must be a tuple, found 'text'"),
            ("evaluation.datasets", (3,), "config.evaluation.datasets[0] must be str, found 3"),
            (
                "stages.text.rules",
                ((".*", 1.0),),
                "config.stages.text.rules[0] must have 3 entries, found ('.*', 1.0)",
            ),
            (
                "stages.text.tasks.text_to_image.losses.softmax",
                "high",
                "config.stages.text.tasks.text_to_image.losses.softmax must be float, found 'high'",
            ),
        ],
    )
    def test_a_wrong_type(self, key, value, said):
        assert complaint(changed(key, value)) == said

    def test_something_that_is_no_dictionary(self):
        assert complaint(3) == "config must hold keys of its own, found 3"

    @pytest.mark.parametrize(
        "order", [("text",), ("text", "joint", "nlu"), ("text", "text"), ("joint", "jiont")]
    )
    def test_a_stage_order_that_does_not_name_each_stage_once(self, order):
        message = complaint(changed("stage_order", order))
        assert message == (
            f"config.stage_order={order} must name each of config.stages once: text, joint"
        )

    def test_a_misspelt_stage_is_told_apart_from_an_incomplete_one(self):
        message = complaint(changed("stages.jiont", {"steps": 3}))
        assert message.endswith("must name each of config.stages once: text, joint, jiont")


def test_comes_back_from_json():
    spec = {"kind": "constant", "value": 2.0}
    config = parse(changed("stages.text.tasks.text_to_image.losses.softmax", spec))
    assert parse(json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize(
    "key, expected",
    [
        ("seed", int),
        ("tokenizer.name", str),
        ("data.fit", str),
        ("stages.joint.optimizer.learning_rate", float),
        ("stages.any_name.tasks.nlu.batch_size", int),
        ("stages.joint", parse(VALUES).stages["text"].__class__),
        ("seed.deeper", None),
        ("nothing", None),
        ("model.nothing", None),
    ],
)
def test_type_of(key, expected):
    assert type_of(key.split(".")) is expected


class TestChoose:
    def test_gives_the_value(self):
        assert choose({"a": 1}, "a", "config.x") == 1

    def test_names_key_and_nearest(self):
        with pytest.raises(UserError, match="^config.x='mena' is not known; did you mean 'mean'"):
            choose({"mean": 1, "map": 2}, "mena", "config.x")

    def test_lists_all_where_nothing_is_near(self):
        assert suggestion("qqq", ["mean", "map"]) == "; choose from: mean, map"


def test_every_default_is_of_its_type():
    """So that a config that spells a default out is accepted."""
    config = parse(VALUES)
    assert parse(to_dict(config)) == config and isinstance(config, Config)
