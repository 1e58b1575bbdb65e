"""StableHLO directories as functions again: all that this needs is jax, numpy and safetensors.

`manifest.json` says what `stablehlo.write_stablehlo` put beside it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import export
from safetensors.numpy import load_file

from unimr_jax.errors import UserError

MANIFEST = "manifest.json"
PARAMETERS = "parameters.safetensors"


class StableHLO(NamedTuple):
    """`functions[name](*inputs)` gives outputs by name; shapes and types stand in the manifest."""

    functions: Mapping[str, Callable[..., dict[str, jax.Array]]]
    manifest: Mapping[str, Any]


def load_stablehlo(directory: Path) -> StableHLO:
    """What `write_stablehlo` wrote, compiled for this machine at the first call of each shape.

    Raises:
      UserError: a file is missing or not the one that was written, flatbuffers is not installed,
        or this jax cannot read what another wrote.
    """
    require_flatbuffers()
    manifest = _read_manifest(directory / MANIFEST)
    for name, digest in manifest["files"].items():
        _check(directory / name, digest)
    params = jax.device_put(load_file(directory / PARAMETERS))
    functions = {
        name: _function(directory, name, manifest, params) for name in manifest["functions"]
    }
    return StableHLO(functions, manifest)


def _function(
    directory: Path, name: str, manifest: Mapping[str, Any], params: Mapping[str, jax.Array]
) -> Callable[..., dict[str, jax.Array]]:
    about = manifest["functions"][name]
    run = jax.jit(_deserialized(directory / about["file"], manifest["jax"]).call)
    own = {path: params[path] for path in about["parameters"]}

    def call(*inputs: jax.typing.ArrayLike) -> dict[str, jax.Array]:
        _check_limits(name, about, inputs)
        return run(own, *inputs)

    return call


def _deserialized(path: Path, writer: str) -> export.Exported:
    try:
        return export.deserialize(bytearray(path.read_bytes()))
    except ValueError as error:
        raise UserError(
            f"{path}: jax {jax.__version__} cannot read what jax {writer} wrote; install that one, "
            "or export again"
        ) from error


def _check_limits(name: str, about: Mapping[str, Any], inputs: Sequence[Any]) -> None:
    """XLA would refuse them as well, without a word of what is wrong."""
    for (argument, spec), x in zip(about["inputs"].items(), inputs, strict=True):
        for size, found in zip(spec["shape"], np.shape(x)):
            limit = about["limits"].get(size, found)
            if found > limit:
                raise UserError(
                    f"{name}: {argument} has {size} {found}, and the model takes {limit} at most; "
                    "cut it"
                )


def require_flatbuffers() -> None:
    """`jax.export` (de)serialises by it, and jax does not install it."""
    if importlib.util.find_spec("flatbuffers") is None:
        raise UserError("StableHLO needs flatbuffers: run pip install flatbuffers")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path}: missing, so this is no StableHLO export") from error
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); copy or export it again") from error


def _check(path: Path, digest: str) -> None:
    if not path.is_file():
        raise UserError(f"{path}: missing; copy or export it again")
    if sha256(path) != digest:
        raise UserError(f"{path}: not as it was written (SHA-256 differs); copy or export it again")
