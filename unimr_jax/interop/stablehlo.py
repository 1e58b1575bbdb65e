"""Trained models as StableHLO, by `jax.export`: one artifact for CPU, CUDA and TPU.

Batch and length of texts are left open. A directory holds

  encode_image.bin, encode_patches.bin, encode_document.bin, encode_query.bin
  parameters.safetensors   by path
  tokenizer/               as Hugging Face's tokenizers read it
  manifest.json            inputs, outputs, labels, how to prepare pictures, SHA-256 of the files

Parameters are an argument of the functions and no constants in them: documents and queries share a
tower, and pictures and patches another, which would stand in two artifacts each. So an artifact is
small, and the arrays lie on the device once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jax import export
from safetensors.numpy import save_file

from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.interop.stablehlo_loader import MANIFEST, PARAMETERS, require_flatbuffers, sha256
from unimr_jax.models.attention import Array
from unimr_jax.models.image_tower import Patches
from unimr_jax.models.unimr import UniMR
from unimr_jax.whole import whole_directory

PLATFORMS = ("cpu", "cuda", "tpu")
TOKENIZER = "tokenizer"

MEANINGS = {
    "images": "RGB, rows from the top; the model normalises them",
    "pixels": "patches of pictures of any shape, row by row, each [rows, columns, RGB] flattened",
    "grid": "rows and columns of patches; those after them are padding",
    "tokens": "as the tokenizer gives them, its special ones included",
    "mask": "false at padding",
    "embedding": "unit vectors",
    "intent_logits": "in the order of preprocessing.labels.intents",
    "slot_logits": "O, then B- and I- of each of preprocessing.labels.slots",
}


class Function(NamedTuple):
    """What becomes an artifact."""

    run: Callable[..., dict[str, Array]]  # of the model, its variables and the inputs
    inputs: Mapping[str, tuple[str, str]]  # name → type, shape
    modules: frozenset[str]  # whose parameters it reads
    limits: Mapping[str, int]  # of the open sizes


def write_stablehlo(
    directory: Path,
    model: UniMR,
    params: dict[str, Any],
    tokenizer: TextTokenizer,
    preprocessing: Mapping[str, Any],
    max_length: int,
) -> None:
    """Writes the directory as a whole or not at all; `stablehlo_loader` reads it.

    Args:
      directory: must not hold anything yet.
      model: its attention kernel does not matter: each machine gets the one that all have.
      params: a tree of arrays.
      tokenizer: the model's.
      preprocessing: what else turns texts, pictures and logits into what they stand for, as
        `training.workdir.preprocessing` gives it; for the manifest, as it is.
      max_length: tokens that the model was evaluated with.

    Raises:
      UserError: flatbuffers is not installed, or `directory` cannot be made.
    """
    require_flatbuffers()
    portable = with_attention(model, "einsum")
    flat = flatten_dict(params, sep="/")
    with whole_directory(directory) as draft:
        functions = {
            name: _write_function(draft / f"{name}.bin", portable, function, flat)
            for name, function in functions_of(portable).items()
        }
        _write_params(draft / PARAMETERS, flat, functions)
        tokenizer.save(draft / TOKENIZER)
        _write_manifest(
            draft,
            {
                "embed_dim": model.embed_dim,
                "max_length": max_length,
                "functions": functions,
                "preprocessing": {k: v for k, v in preprocessing.items() if k != TOKENIZER},
            },
        )


def _write_manifest(directory: Path, about: Mapping[str, Any]) -> None:
    """Comes last: it has the digests of all other files."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    manifest = {
        "jax": jax.__version__,
        "platforms": PLATFORMS,
        "tokenizer": TOKENIZER,
        "parameters": PARAMETERS,
        **about,
        "files": {path.relative_to(directory).as_posix(): sha256(path) for path in files},
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def with_attention(model: UniMR, kernel: str) -> UniMR:
    """The same model, with this one of `attention.KERNELS` in all its parts."""
    parts = {
        name: getattr(model, name).clone(attention=kernel) for name in ("image", "text", "nlu")
    }
    return model.clone(**parts)


# ---- what is exported --------------------------------------------------------------------------

OF_IMAGES = frozenset({"image", "image_projection"})
OF_DOCUMENTS = frozenset({"text", "text_projection"})
OF_QUERIES = OF_DOCUMENTS | {"nlu", "fuse", "films"}


def functions_of(model: UniMR) -> dict[str, Function]:
    """The functions of a model by name; patches only where its stem takes them."""
    size, patch = model.image.size, model.image.patch
    images = {"images": ("uint8", f"batch, {size}, {size}, 3")}
    pixels = "uint8", f"batch, patches, {3 * patch**2}"
    patches = {"pixels": pixels, "grid": ("int32", "batch, 2")}
    texts = {"tokens": ("int32", "batch, length"), "mask": ("bool", "batch, length")}
    of_documents = OF_QUERIES if model.fuse_documents else OF_DOCUMENTS
    learned = model.text.positions == "learned"
    limits = {"length": model.text.max_positions} if learned else {}
    functions = {
        "encode_image": Function(_encode_image, images, OF_IMAGES, {}),
        "encode_patches": Function(_encode_patches, patches, OF_IMAGES, {}),
        "encode_document": Function(_encode_document, texts, of_documents, limits),
        "encode_query": Function(_encode_query, texts, OF_QUERIES, limits),
    }
    if model.image.stem != "linear":
        del functions["encode_patches"]
    return functions


def _encode_image(model: UniMR, variables: dict, images: Array | Patches) -> dict[str, Array]:
    return {"embedding": model.apply(variables, images, method=model.encode_image)}


def _encode_patches(model: UniMR, variables: dict, pixels: Array, grid: Array) -> dict[str, Array]:
    return _encode_image(model, variables, Patches(pixels, grid))


def _encode_document(model: UniMR, variables: dict, tokens: Array, mask: Array) -> dict[str, Array]:
    return {"embedding": model.apply(variables, tokens, mask, method=model.encode_document)}


def _encode_query(model: UniMR, variables: dict, tokens: Array, mask: Array) -> dict[str, Array]:
    query = model.apply(variables, tokens, mask, method=model.encode_query)
    logits = {name: getattr(query.nlu, name) for name in ("intent_logits", "slot_logits")}
    return {"embedding": query.embedding} | logits


# ---- artifacts ---------------------------------------------------------------------------------


def _write_function(
    path: Path, model: UniMR, function: Function, flat: Mapping[str, Array]
) -> dict[str, Any]:
    """Writes the artifact; returns what the manifest says of it."""
    read = {path: x for path, x in flat.items() if path.split("/")[0] in function.modules}
    inputs = _specs(function)

    def run(params: dict[str, Array], *inputs: Array) -> dict[str, Array]:
        return function.run(model, {"params": unflatten_dict(params, sep="/")}, *inputs)

    params = {path: jax.ShapeDtypeStruct(x.shape, x.dtype) for path, x in read.items()}
    with _source_without_directories():
        exported = export.export(jax.jit(run), platforms=PLATFORMS)(params, *inputs.values())
    path.write_bytes(exported.serialize())
    outputs = jax.tree.unflatten(exported.out_tree, exported.out_avals)
    return {
        "file": path.name,
        "inputs": {name: _described(name, x) for name, x in inputs.items()},
        "limits": function.limits,
        "outputs": {name: _described(name, x) for name, x in outputs.items()},
        "parameters": list(params),
    }


def _specs(function: Function) -> dict[str, jax.ShapeDtypeStruct]:
    limits = [f"{size} <= {limit}" for size, limit in function.limits.items()]
    scope = export.SymbolicScope(limits)
    return {
        name: jax.ShapeDtypeStruct(export.symbolic_shape(shape, scope=scope), dtype)
        for name, (dtype, shape) in function.inputs.items()
    }


def _described(name: str, x: jax.ShapeDtypeStruct) -> dict[str, Any]:
    shape = [size if isinstance(size, int) else str(size) for size in x.shape]
    return {"dtype": x.dtype.name, "shape": shape, "meaning": MEANINGS[name]}


@contextmanager
def _source_without_directories() -> Iterator[None]:
    """An artifact names the source of its operations, and need not tell where that lay."""
    name = "jax_hlo_source_file_canonicalization_regex"
    before = getattr(jax.config, name)
    jax.config.update(name, ".*/")
    try:
        yield
    finally:
        jax.config.update(name, before)


def _write_params(path: Path, flat: Mapping[str, Array], functions: Mapping[str, Any]) -> None:
    """Those that a function reads; safetensors would take other than C order for it."""
    read = {name for function in functions.values() for name in function["parameters"]}
    arrays = jax.device_get({name: flat[name] for name in sorted(read)})
    save_file({name: np.asarray(x, order="C") for name, x in arrays.items()}, path)
    path.chmod(path.parent.stat().st_mode & 0o666)  # safetensors lets the owner alone read
