"""A tower's parameters from pretrained weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from flax.traverse_util import flatten_dict

from unimr_jax.errors import UserError
from unimr_jax.interop.families import ACTIVATIONS, FAMILIES, Family
from unimr_jax.interop.tensors import Computed, Index, Stacked, Tensor, Transposed
from unimr_jax.interop.weights import Weights
from unimr_jax.models.image_tower import resample
from unimr_jax.models.pooling import heads_of_64
from unimr_jax.models.positions import RESAMPLINGS
from unimr_jax.models.stack import STACK

Flat = dict[str, Any]  # parameters or their shapes, by path
SHOWN = 5  # names in a message
PADDING = 1024  # vectors, at most, that a table may have beyond the tokenizer's tokens
VOCABULARY, POSITIONS = "embedding/embedding", "positions"


# ---- which family ------------------------------------------------------------------------------


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


def tower_settings(weights: Weights, family: Family) -> dict[str, Any]:
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
    if family.tower == "text":
        settings["pooling"] = weights.pooling
    return nested(settings)


def settings_from(family: Family, config: Mapping[str, Any]) -> dict[str, Any]:
    """A tower's settings, by dotted path; raises KeyError for an entry that config.json lacks."""
    settings = dict(family.constants)
    for name, setting in family.settings.items():
        value = _at(config, setting.entry)
        if value is None:
            raise KeyError(setting.entry)
        settings[name] = setting.ours(value, config)
    return settings


# Of a tower's settings those that do not say what it computes, or that its processor has.
FREE = ("dropout", "scan_layers", "remat", "stem_channels", "mean", "deviation")


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
      needed: settings as `tower_settings` gives them.
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


def _check_required(weights: Weights, family: Family, config: Mapping[str, Any]) -> None:
    wrong = {
        entry: found
        for entry, value in family.required.items()
        if (found := _at(config, entry)) is not None and found != value
    }
    for setting in family.settings.values():
        if setting.entry in ("hidden_act", "hidden_activation"):
            name = config[setting.entry]
            wrong |= {} if name in ACTIVATIONS else {setting.entry: name}
    if wrong:
        raise UserError(
            f"{weights.directory / 'config.json'}: "
            + ", ".join(f"{entry}={value!r}" for entry, value in wrong.items())
            + " is not supported; take another model of the family"
        )


def _at(config: Mapping[str, Any], path: str) -> Any:
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


# ---- parameters --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """The tensors of a tower's parameters, and what did not come out even."""

    tensors: dict[str, Tensor]  # by path in the tower
    missing: list[str]  # parameters of ours without a tensor
    left_over: list[str]  # tensors that became no parameter
    misshapen: list[str]


def match(weights: Weights, family: Family, shapes: Mapping[str, tuple[int, ...]]) -> Found:
    """Finds a tensor for every parameter of a tower, given by path and shape."""
    depth = _at(config_of_tower(weights, family), family.settings["depth"].entry)
    reader = _Reader(weights.tensors, family)
    found, missing, misshapen = {}, [], []
    for path, shape in shapes.items():
        try:
            tensor = reader.tensor(path, depth)
        except KeyError as error:
            missing.append(f"{path} ({error.args[0]})")
            continue
        if path == VOCABULARY and 0 < tensor.shape[0] - shape[0] <= PADDING:
            tensor = _FirstRows(tensor, shape[0])  # a table padded beyond the tokenizer's tokens
        if path == POSITIONS and tensor.shape[-1] == shape[-1]:
            tensor = _at_size(tensor, shape, family)
        if tensor.shape != shape:
            of_vocabulary = " for the tokenizer's tokens" if path == VOCABULARY else ""
            sizes = f"is {list(tensor.shape)} and should be {list(shape)}{of_vocabulary}"
            misshapen.append(f"{path} ({sizes})")
        found[path] = tensor
    return Found(found, missing, reader.left_over(), misshapen)


def _at_size(table: Tensor, shape: tuple[int, ...], family: Family) -> Tensor:
    """Positions [grid, grid, width] for pictures of another size than trained on."""
    weights = RESAMPLINGS[family.constants["resampling"]]
    rows, columns, _ = shape
    return Computed(lambda table: np.asarray(resample(table, rows, columns, weights)), [table])


@dataclass(frozen=True)
class _FirstRows:
    of: Tensor
    rows: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.rows, *self.of.shape[1:])

    def __getitem__(self, index: Index) -> np.ndarray:
        return self.of[index]


class _Reader:
    """Opens tensors by the family's names and remembers which were of use."""

    def __init__(self, tensors: Mapping[str, Tensor], family: Family):
        self._tensors, self._family = tensors, family
        self._prefix = next(p for p in (*family.prefixes, "") if _has_prefix(tensors, p))
        self._used: set[str] = set()

    def tensor(self, path: str, depth: int) -> Tensor:
        """Raises KeyError with the name that is not there."""
        module, _, name = path.rpartition("/")
        if not module.startswith(f"{STACK}/"):
            return self._read(module, name)
        layer = module.removeprefix(f"{STACK}/")
        return Stacked([self._read(f"{STACK}_{i}/{layer}", name) for i in range(depth)])

    def _read(self, module: str, name: str) -> Tensor:
        number = re.match(rf"{STACK}_(\d+)/", module)
        pattern = module.replace(number[0], f"{STACK}_{{i}}/") if number else module
        entry = self._family.names.get(pattern)
        reads = entry.read() if entry else {}
        if name not in reads:
            raise KeyError("no line of the table has it")
        return reads[name](lambda theirs: self._open(theirs, number and number[1]))

    def _open(self, name: str, layer: str | None) -> Tensor:
        name = name.replace("{i}", layer or "{i}")
        full = self._prefix + name if self._prefix + name in self._tensors else name
        if full not in self._tensors:
            raise KeyError(self._prefix + name)
        self._used.add(full)
        return self._tensors[full]

    def left_over(self) -> list[str]:
        projection = self._family.projection
        ignored = rf"({self._family.ignored})" + (rf"|{projection}\..*" if projection else "")
        names = {name: name.removeprefix(self._prefix) for name in self._tensors}
        return [
            name
            for name, short in names.items()
            if name not in self._used
            and not re.fullmatch(ignored, name)
            and not re.fullmatch(ignored, short)
        ]


def _has_prefix(names: Iterable[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)


def check(found: Found, weights: Weights, ignore: str) -> None:
    """Raises UserError for all that did not come out even, unless `ignore` (a regex) names it."""
    problems = {
        "has nothing for": found.missing,
        "has another shape for": found.misshapen,
        "has tensors that are of no use here:": found.left_over,
    }
    for problem, names in problems.items():
        names = [name for name in names if not re.fullmatch(ignore, name.split(" (")[0])]
        if names:
            shown = ", ".join(names[:SHOWN])
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise UserError(
                f"{weights.directory}: {problem} {shown}{more}; take settings that fit (import "
                "prints them), or name what to leave out as a regex in ignore"
            )


def embedding_width(weights: Weights, family: Family) -> int:
    """Of the vectors that the weights were trained to give."""
    layer = weights.tensors.get(f"{family.projection}.weight")
    width = config_of_tower(weights, family)[family.settings["width"].entry]
    return layer.shape[0] if family.projection and layer else width


def projection(weights: Weights, family: Family, shape: tuple[int, int]) -> Tensor | None:
    """What follows the pooling [width, embed_dim]: the family's layer, or nothing, which is the
    identity; None where the embedding's width leaves room for neither.
    """
    name = f"{family.projection}.weight"
    if family.projection and name in weights.tensors:
        tensor = Transposed(weights.tensors[name])
        return tensor if tensor.shape == shape else None
    if shape[0] != shape[1]:
        return None
    return Computed(lambda: np.eye(shape[0], dtype=np.float32), [])


def load_tower(weights: Weights, like: Mapping[str, Any], ignore: str = "") -> Flat:
    """The parameters of a tower and its projection, each read onto the devices that hold it.

    Args:
      weights: of a family whose tower `like` has.
      like: parameters or shapes with shardings, by path: those under "text/" or "image/", and
        the projection.
      ignore: regex over parameters of ours that may be missing (they are left out), and over
        tensors that may be left over.

    Raises:
      UserError: weights and tower do not fit one another, or a file is broken.
    """
    tower = "image" if any(path.startswith("image/") for path in like) else "text"
    family = family_of(weights, tower)
    of_tower = {
        p.removeprefix(f"{tower}/"): x for p, x in like.items() if p.startswith(f"{tower}/")
    }
    found = match(weights, family, {path: x.shape for path, x in of_tower.items()})
    check(found, weights, ignore)
    params = {f"{tower}/{path}": placed(t, of_tower[path]) for path, t in found.tensors.items()}
    return params | _projection_params(weights, family, tower, like)


def _projection_params(
    weights: Weights, family: Family, tower: str, like: Mapping[str, Any]
) -> Flat:
    kernel, bias = (f"{tower}_projection/{name}" for name in ("kernel", "bias"))
    if kernel not in like:
        return {}
    tensor = projection(weights, family, like[kernel].shape)
    if tensor is None:
        return {}
    zeros = Computed(lambda: np.zeros(like[bias].shape, np.float32), [])
    return {kernel: placed(tensor, like[kernel]), bias: placed(zeros, like[bias])}


def placed(tensor: Tensor, like: Any) -> jax.Array:
    """Reads of a tensor what this process's devices hold of it."""

    def read(index: tuple[slice, ...]) -> np.ndarray:
        bounds = (s.indices(n)[:2] for s, n in zip(index, like.shape, strict=True))
        return np.ascontiguousarray(tensor[tuple(slice(*b) for b in bounds)], like.dtype)

    return jax.make_array_from_callback(like.shape, like.sharding, read)
