"""Tensors that are read when and where they are needed: a slice at a time.

A `Tensor` has a shape and gives the part that a tuple of slices names, in float32. Big ones are
read by slices all the way down to the file, so that a process holds no more than its devices do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

Index = tuple[slice, ...]  # of every axis, with a start and a stop


class Tensor(Protocol):
    shape: tuple[int, ...]

    def __getitem__(self, index: Index) -> np.ndarray: ...


def whole(tensor: Tensor) -> np.ndarray:
    return tensor[tuple(slice(0, size) for size in tensor.shape)]


@dataclass(frozen=True)
class Stored:
    """In a safetensors file, in whatever floating-point type."""

    view: Any  # safetensors' slice of it

    @cached_property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.view.get_shape())

    def __getitem__(self, index: Index) -> np.ndarray:
        return np.asarray(self.view[index] if index else self.view[...]).astype(np.float32)


@dataclass(frozen=True)
class Transposed:
    """Of a matrix: PyTorch's [out, in] as [in, out]."""

    of: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        return self.of.shape[::-1]

    def __getitem__(self, index: Index) -> np.ndarray:
        return self.of[index[::-1]].T


@dataclass(frozen=True)
class Joined:
    """One behind the other along the last axis: query, key and value."""

    parts: Sequence[Tensor]

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.parts[0].shape[:-1], sum(part.shape[-1] for part in self.parts))

    def __getitem__(self, index: Index) -> np.ndarray:
        *others, last = index
        found, start = [], 0
        for part in self.parts:
            size = part.shape[-1]
            inside = slice(max(last.start - start, 0), min(last.stop - start, size))
            if inside.start < inside.stop:
                found.append(part[(*others, inside)])
            start += size
        return np.concatenate(found, axis=-1)


@dataclass(frozen=True)
class Rows:
    """Without those before `start`."""

    of: Tensor
    start: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.of.shape[0] - self.start, *self.of.shape[1:])

    def __getitem__(self, index: Index) -> np.ndarray:
        first, *others = index
        return self.of[(slice(first.start + self.start, first.stop + self.start), *others)]


@dataclass(frozen=True)
class Scaled:
    """Every output multiplied by its own factor (LayerScale, arXiv 2103.17239)."""

    of: Tensor
    factors: Tensor  # [outputs]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.of.shape

    def __getitem__(self, index: Index) -> np.ndarray:
        return self.of[index] * self.factors[index[-1:]]


@dataclass(frozen=True)
class Stacked:
    """Layers along a new first axis, as a scan has them."""

    layers: Sequence[Tensor]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.layers), *self.layers[0].shape)

    def __getitem__(self, index: Index) -> np.ndarray:
        return np.stack([layer[index[1:]] for layer in self.layers[index[0]]])


@dataclass(frozen=True)
class Computed:
    """A small one, made of others that are read whole."""

    function: Callable[..., np.ndarray]
    inputs: Sequence[Tensor]

    @cached_property
    def _value(self) -> np.ndarray:
        return self.function(*map(whole, self.inputs))

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape

    def __getitem__(self, index: Index) -> np.ndarray:
        return self._value[index]
