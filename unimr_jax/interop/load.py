"""A tower's parameters from pretrained weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from unimr_jax.errors import UserError
from unimr_jax.interop.families import Family
from unimr_jax.interop.tensors import Computed, Index, Stacked, Tensor, Transposed
from unimr_jax.interop.tower_settings import config_of_tower, entry_at, family_of
from unimr_jax.interop.weights import Weights
from unimr_jax.models.image_tower import resample
from unimr_jax.models.positions import RESAMPLINGS
from unimr_jax.models.stack import STACK

Flat = dict[str, Any]  # parameters or their shapes, by path
SHOWN = 5  # names in a message
PADDING = 1024  # vectors, at most, that a table may have beyond the tokenizer's tokens
VOCABULARY, POSITIONS = "embedding/embedding", "positions"


@dataclass(frozen=True)
class Found:
    """The tensors of a tower's parameters, and what did not come out even."""

    tensors: dict[str, Tensor]  # by path in the tower
    missing: list[str]  # parameters of ours without a tensor
    left_over: list[str]  # tensors that became no parameter
    misshapen: list[str]


def match(weights: Weights, family: Family, shapes: Mapping[str, tuple[int, ...]]) -> Found:
    """Finds a tensor for every parameter of a tower, given by path and shape."""
    depth = entry_at(config_of_tower(weights, family), family.settings["depth"].entry)
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
            continue
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
        entry, layer = self._family.entry(module)
        reads = entry.read() if entry else {}
        if name not in reads:
            raise KeyError("no line of the table has it")
        return reads[name](lambda theirs: self._open(theirs.replace("{i}", layer)))

    def _open(self, name: str) -> Tensor:
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
        "has modules that would be left out:": weights.other_modules,
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
