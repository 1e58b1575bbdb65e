"""A trained model as ONNX graphs, which run without Python.

A directory holds

  encode_image.onnx, encode_document.onnx, encode_query.onnx
  tokenizer.json, …   as Hugging Face's tokenizers read it
  settings.json       labels, prompts, how to fit pictures: `unimr_torch/configuration_unimr.py`

Batch and length are free, and so is the number of patches of fit "naflex"; other pictures are of
the one size. Every graph has weights of its own: documents and queries share a tower, which stands
in two files. What no graph holds: tokenizing, the fitting of pictures, the reading of slots off
their logits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unimr_jax.config import Config
from unimr_jax.data.labels import Labels
from unimr_jax.errors import UserError
from unimr_jax.interop.torch_export import model_settings, state_dict, write_tokenizer
from unimr_jax.whole import whole_directory, write_json

SETTINGS = "settings.json"  # no config.json, which would promise transformers a model
PACKAGES = ("torch", "onnx", "onnxscript", "onnxruntime")


def write_onnx(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
    prefixes: Sequence[int],
) -> None:
    """Writes the directory as a whole or not at all.

    Args:
      directory: must not hold anything yet.
      params: the model's, as nested dictionaries of arrays.
      config: the run's.
      tokenizer: the directory of the run's tokenizer.
      labels: the run's.
      prefixes: widths that were trained besides the full one, the narrowest first.

    Raises:
      UserError: a package is missing, or `directory` is taken or cannot be made.
    """
    _require_packages()
    from unimr_jax.interop import onnx_graphs

    tensors = state_dict(params)
    settings = model_settings(tensors, config, labels, prefixes)
    with whole_directory(directory) as draft:
        onnx_graphs.write(draft, settings, tensors)
        write_tokenizer(draft, tokenizer, config.evaluation.max_length)
        write_json(draft / SETTINGS, settings)


def _require_packages() -> None:
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise UserError(f"ONNX needs {', '.join(missing)}: run pip install {' '.join(missing)}")
