"""Parameters as exports take them, and tensors in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax.traverse_util import flatten_dict

from unimr_jax.models import adapters
from unimr_jax.models.stack import STACK, is_stacked


def by_layer(params: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """By path, in float32: adapters merged, and of a scan every layer under a name of its own."""
    merged = flatten_dict(jax.device_get(adapters.merge(dict(params))), sep="/")
    layers = (layer for path, x in merged.items() for layer in _unstacked(path, x))
    return {path: np.asarray(x, np.float32) for path, x in layers}


def _unstacked(path: str, x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    if not is_stacked(path):
        yield path, x
        return
    for i, layer in enumerate(x):
        yield path.replace(f"/{STACK}/", f"/{STACK}_{i}/"), layer


def write_tensors(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """As safetensors, which transformers takes for PyTorch's."""
    from safetensors.numpy import save_file

    # It would write the bytes of other layouts as they lie. `ascontiguousarray` would do, too, but
    # makes vectors of scalars.
    whole = {name: np.asarray(x, order="C") for name, x in tensors.items()}
    save_file(whole, path, metadata={"format": "pt"})
    path.chmod(path.parent.stat().st_mode & 0o666)  # safetensors lets the owner alone read
