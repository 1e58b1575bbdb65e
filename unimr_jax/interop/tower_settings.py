"""Which family pretrained weights are of, and the settings of a tower that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flax.traverse_util import flatten_dict

from unimr_jax.errors import UserError
from unimr_jax.interop.families import ACTIVATIONS, FAMILIES, Family
from unimr_jax.interop.weights import Weights
from unimr_jax.models.pooling import heads_of_64


def family_of(weights: Weights, tower: str) -> Family:
    """Raises UserError where no table says what the weights mean, or not for this tower."""
    model_type = weights.config.get("model_type", "")
    for family in FAMILIES:
        if model_type in family.model_types and family.tower == tower:
            return family
    if any(model_type in family.model_types for family in FAMILIES):
        other = "image" if tower == "text" else "text"
        raise UserError(
            f"{weights.directory}: {model_type!r} has no {tower} tower for us; "
            f"it can be read with --tower={other}"
        )
    known = sorted({t for f in FAMILIES if f.tower == tower for t in f.model_types})
    raise UserError(
        f"{weights.directory / 'config.json'}: model_type {model_type!r} is of no family with a "
        f"table in interop/families.py; of {tower} towers there are {', '.join(known)}"
    )


def tower_of(weights: Weights) -> str:
    """The tower that the weights can be: families have one each."""
    model_type = weights.config.get("model_type", "")
    return next((f.tower for f in FAMILIES if model_type in f.model_types), "text")


def config_of_tower(weights: Weights, family: Family) -> dict[str, Any]:
    """config.json's part for the tower."""
    part = weights.config.get("vision_config") if family.tower == "image" else None
    return part or weights.config


def needed(weights: Weights, family: Family) -> dict[str, Any]:
    """What `config.model.text` or `config.model.image` has to be for these weights.

    Raises:
      UserError: config.json asks for what our blocks cannot do.
    """
    config = config_of_tower(weights, family)
    _check_required(weights, family, config)
    try:
        settings = settings_from(family, config)
    except KeyError as error:
        path = weights.directory / "config.json"
        raise UserError(f"{path}: {error.args[0]} is missing") from None
    if family.tower == "text" and weights.pooling:
        settings["pooling"] = weights.pooling
    return nested(settings)


def settings_from(family: Family, config: Mapping[str, Any]) -> dict[str, Any]:
    """A tower's settings, by dotted path; raises KeyError for an entry that config.json lacks."""
    settings = dict(family.constants)
    for name, setting in family.settings.items():
        value = entry_at(config, setting.entry)
        if value is None:
            raise KeyError(setting.entry)
        settings[name] = setting.ours(value, config)
    return settings


# Of a tower's settings those that do not say what it computes, or that its processor has.
FREE = (
    "dropout",
    "scan_layers",
    "remat",
    "stem_channels",
    "mean",
    "deviation",
    "embedding_deviation",
)


def what_counts(settings: Mapping[str, Any], tower: str) -> dict[str, Any]:
    """By dotted path the settings that decide what a tower makes of its parameters.

    How states of texts are pooled is no part of a text tower, in transformers' sense.
    """
    flat = flatten_dict(dict(settings), sep=".")
    if tower == "text":
        del flat["pooling"]
    elif flat["pooling"] == "map":
        flat["pooling_heads"] = flat["pooling_heads"] or heads_of_64(flat["width"])
    else:
        del flat["pooling_heads"]
    return {name: value for name, value in flat.items() if name not in FREE}


def check_settings(
    where: str, tower: str, needed: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    """Weights compute something else under other settings, and nothing would say so.

    Args:
      where: the weights, for messages.
      needed: settings as `needed` gives them.
      given: the tower's section of `config.model`.

    Raises:
      UserError: they differ in more than the size of pictures, which positions are resampled for.
    """
    ours, theirs = what_counts(given, tower), flatten_dict(dict(needed), sep=".")
    wrong = {n: v for n, v in theirs.items() if n != "size" and ours.get(n, v) != v}
    if wrong:
        listed = ", ".join(f"{name}={ours[name]!r} should be {v!r}" for name, v in wrong.items())
        raise UserError(
            f"config.model.{tower}: {listed} for the weights in {where}; `import` prints what "
            "they need"
        )


def departures(
    tower: str, needed: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Keys of `config.model` that are not as the weights had them, (key, theirs, ours), but may be
    on purpose: how texts are pooled, and how pictures are normalised.
    """
    for name in ("pooling", "mean", "deviation"):
        theirs, ours = (settings.get(name) for settings in (needed, given))
        if theirs is not None and _as_list(theirs) != _as_list(ours):
            yield f"config.model.{tower}.{name}", theirs, ours


def _as_list(value: Any) -> Any:
    """JSON has no tuples."""
    return list(value) if isinstance(value, tuple) else value


def _check_required(weights: Weights, family: Family, config: Mapping[str, Any]) -> None:
    wrong = {
        entry: found
        for entry, value in family.required.items()
        if (found := entry_at(config, entry)) is not None and found != value
    }
    for setting in family.settings.values():
        if setting.entry in ("hidden_act", "hidden_activation"):
            name = entry_at(config, setting.entry)
            if name is not None and name not in ACTIVATIONS:
                wrong[setting.entry] = name
    if wrong:
        raise UserError(
            f"{weights.directory / 'config.json'}: "
            + ", ".join(f"{entry}={value!r}" for entry, value in wrong.items())
            + " is not supported; take another model of the family"
        )


def entry_at(config: Mapping[str, Any], path: str) -> Any:
    """By dotted path; None where there is nothing."""
    for part in path.split("."):
        config = config.get(part) if isinstance(config, Mapping) else None
    return config


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """{"block.bias": x} → {"block": {"bias": x}}"""
    tree: dict[str, Any] = {}
    for path, value in settings.items():
        *parents, last = path.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return tree
