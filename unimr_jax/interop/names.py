"""What a line of a name map says: how parameters of ours are made of another model's tensors.

Every entry stands at a path of ours and reads the parameters under it (`read`, by their last name)
from tensors opened by name, and turns them back into tensors (`write`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from unimr_jax.interop.tensors import Computed, Joined, Rows, Scaled, Tensor, Transposed

Open = Callable[[str], Tensor]  # by name; raises KeyError
Read = dict[str, Callable[[Open], Tensor]]  # by the last name of a parameter
Arrays = dict[str, np.ndarray]


class Entry(Protocol):
    def read(self) -> Read: ...

    def write(self, params: Arrays) -> Arrays: ...


@dataclass(frozen=True)
class Dense:
    """A linear layer, of one module or of several side by side (query, key, value)."""

    modules: tuple[str, ...]
    scale: str = ""  # the tensor that the layer's outputs are multiplied by

    def read(self) -> Read:
        return {"kernel": self._kernel, "bias": self._bias}

    def _kernel(self, open_: Open) -> Tensor:
        parts = [Transposed(open_(f"{module}.weight")) for module in self.modules]
        return self._scaled(Joined(parts), open_)

    def _bias(self, open_: Open) -> Tensor:
        parts = [open_(f"{module}.bias") for module in self.modules]
        return self._scaled(Joined(parts), open_)

    def _scaled(self, joined: Tensor, open_: Open) -> Tensor:
        return Scaled(joined, open_(self.scale)) if self.scale else joined

    def write(self, params: Arrays) -> Arrays:
        written = {}
        for name, suffix in (("kernel", "weight"), ("bias", "bias")):
            if name in params:
                parts = np.split(params[name], len(self.modules), axis=-1)
                written |= {f"{m}.{suffix}": x.T for m, x in zip(self.modules, parts)}
        if self.scale:  # it is in the kernel already
            written[self.scale] = np.ones(params["kernel"].shape[-1], np.float32)
        return written


def dense(*modules: str, scale: str = "") -> Dense:
    return Dense(modules, scale)


@dataclass(frozen=True)
class Norm:
    module: str

    def read(self) -> Read:
        return {
            "scale": lambda open_: open_(f"{self.module}.weight"),
            "bias": lambda open_: open_(f"{self.module}.bias"),
        }

    def write(self, params: Arrays) -> Arrays:
        names = {"scale": "weight", "bias": "bias"}
        return {f"{self.module}.{names[name]}": x for name, x in params.items()}


@dataclass(frozen=True)
class Table:
    """Vectors by number: a vocabulary."""

    module: str

    def read(self) -> Read:
        return {"embedding": lambda open_: open_(f"{self.module}.weight")}

    def write(self, params: Arrays) -> Arrays:
        return {f"{self.module}.weight": params["embedding"]}


@dataclass(frozen=True)
class Places:
    """Positions of tokens; to each is added the vector of the first token type, which every token
    of ours has. The first `unused` rows are for padding (RoBERTa).
    """

    module: str
    types: str
    unused: int = 0

    def read(self) -> Read:
        return {"embedding": self._embedding}

    def _embedding(self, open_: Open) -> Tensor:
        inputs = Rows(open_(f"{self.module}.weight"), self.unused), open_(f"{self.types}.weight")
        return Computed(lambda positions, types: positions + types[0], inputs)

    def write(self, params: Arrays) -> Arrays:
        table = params["embedding"]
        blank = np.zeros((self.unused, table.shape[1]), np.float32)
        return {
            f"{self.module}.weight": np.concatenate([blank, table]),
            f"{self.types}.weight": np.zeros((1, table.shape[1]), np.float32),
        }


@dataclass(frozen=True)
class Patches:
    """The linear layer over a patch's pixels, given as a convolution or as it is."""

    module: str
    convolution: bool = True

    def read(self) -> Read:
        return {"kernel": self._kernel, "bias": lambda open_: open_(f"{self.module}.bias")}

    def _kernel(self, open_: Open) -> Tensor:
        weight = open_(f"{self.module}.weight")
        return Computed(_from_convolution, [weight]) if self.convolution else Transposed(weight)

    def write(self, params: Arrays) -> Arrays:
        kernel = params["kernel"]
        weight = _to_convolution(kernel) if self.convolution else kernel.T
        biases = {f"{self.module}.bias": params["bias"]} if "bias" in params else {}
        return {f"{self.module}.weight": weight} | biases


def _from_convolution(weight: np.ndarray) -> np.ndarray:
    """[out, channels, patch, patch] → [patch · patch · channels, out]"""
    return weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))


def _to_convolution(kernel: np.ndarray) -> np.ndarray:
    patch = math.isqrt(len(kernel) // 3)
    return kernel.reshape(patch, patch, 3, -1).transpose(3, 2, 0, 1)


@dataclass(frozen=True)
class Grid:
    """Positions of patches; the class token, where there is one, has the first of them."""

    positions: str
    token: str = ""
    leading: int = 0  # axes of 1 in front of positions; one more in front of the token

    def read(self) -> Read:
        read: Read = {"positions": self._positions}
        return read | {"class": self._class} if self.token else read

    def _positions(self, open_: Open) -> Tensor:
        return Computed(self._grid, [open_(self.positions)])

    def _grid(self, table: np.ndarray) -> np.ndarray:
        table = table.reshape(-1, table.shape[-1])[bool(self.token) :]
        side = math.isqrt(len(table))
        return table.reshape(side, side, -1)

    def _class(self, open_: Open) -> Tensor:
        inputs = open_(self.token), open_(self.positions)
        return Computed(lambda token, table: _rows(token) + _rows(table)[:1], inputs)

    def write(self, params: Arrays) -> Arrays:
        table = _rows(params["positions"])
        if not self.token:
            return {self.positions: table}
        table = np.concatenate([np.zeros_like(table[:1]), table])
        token = params["class"][0]
        return {
            self.positions: table.reshape(*[1] * self.leading, *table.shape),
            self.token: token.reshape(*[1] * (2 * self.leading), -1),
        }


def _rows(x: np.ndarray) -> np.ndarray:
    return x.reshape(-1, x.shape[-1])


@dataclass(frozen=True)
class Probe:
    """The attention of SigLIP's head. Its query is one learned vector behind a linear layer: one
    vector again, and so we have it.
    """

    module: str
    probe: str

    def read(self) -> Read:
        return {"probe": self._probe}

    def _probe(self, open_: Open) -> Tensor:
        names = self.probe, f"{self.module}.in_proj_weight", f"{self.module}.in_proj_bias"
        return Computed(_projected_probe, [open_(name) for name in names])

    def write(self, params: Arrays) -> Arrays:
        return {self.probe: params["probe"][None]}


def _projected_probe(probe: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    width = weight.shape[1]
    return _rows(probe) @ weight[:width].T + bias[:width]


@dataclass(frozen=True)
class PackedKeyValue:
    """Key and value of PyTorch's attention, which packs the query before them."""

    module: str

    def read(self) -> Read:
        return {"kernel": self._kernel, "bias": self._bias}

    def _kernel(self, open_: Open) -> Tensor:
        packed = open_(f"{self.module}.in_proj_weight")
        return Transposed(Rows(packed, packed.shape[1]))

    def _bias(self, open_: Open) -> Tensor:
        packed = open_(f"{self.module}.in_proj_bias")
        return Rows(packed, packed.shape[0] // 3)

    def write(self, params: Arrays) -> Arrays:
        """The query's layer is the identity: `Probe` is behind it already."""
        width = len(params["kernel"])
        identity, zeros = np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
        return {
            f"{self.module}.in_proj_weight": np.concatenate([identity, params["kernel"].T]),
            f"{self.module}.in_proj_bias": np.concatenate([zeros, params["bias"]]),
        }
