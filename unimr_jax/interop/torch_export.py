"""A trained model as directories that transformers and sentence-transformers load.

Either holds our model whole, in PyTorch: both towers, the NLU head and its fusion, in float32. What
it cannot hold: the transitions by which `retrieval/encoder.py` reads slots off their logits.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax.traverse_util import flatten_dict

from unimr_jax.config import Config, to_dict
from unimr_jax.data.labels import Labels
from unimr_jax.errors import UserError
from unimr_jax.models import adapters
from unimr_jax.models.stack import STACK, is_stacked

CODE = Path(__file__).parent / "unimr_torch"  # its files are copied into every export
PROMPTS = {"query": "", "document": ""}  # what sentence-transformers puts before texts
OF_THE_MACHINE = ("dtype", "attention", "adapters")  # of config.model: no part of the function


def write_torch_model(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
) -> None:
    """Writes what `AutoModel.from_pretrained(directory, trust_remote_code=True)` loads.

    Args:
      directory: a new one; it appears when it is whole.
      params: the model's, as nested dictionaries of arrays.
      config: the run's.
      tokenizer: the directory of the run's tokenizer.
      labels: the run's.

    Raises:
      UserError: the directory is there already or cannot be made, or the tokenizer is not there.
    """
    with whole_directory(directory) as partial:
        _write_model(partial, params, config, tokenizer, labels)


def write_sentence_transformer(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
    prompts: Mapping[str, str] = PROMPTS,
) -> None:
    """The same, which `SentenceTransformer(directory, trust_remote_code=True)` loads, too.

    Its `encode` and `encode_document` are our `encode_document`, its `encode_query` ours; pictures
    go through any of them.
    """
    with whole_directory(directory) as partial:
        _write_model(partial, params, config, tokenizer, labels)
        module = {"idx": 0, "name": "0", "path": "", "type": "sentence_unimr.UniMRSentence"}
        _write_json(partial / "modules.json", [module])
        _write_json(partial / "config_sentence_transformers.json", _sentence_settings(prompts))


@contextmanager
def whole_directory(directory: Path) -> Iterator[Path]:
    """A directory to fill, which takes this name when that is done and is gone when it fails.

    Raises:
      UserError: it is there already, or cannot be made.
    """
    if directory.exists():
        raise UserError(f"{directory} is there already; remove it or take another --output")
    partial = directory.with_name(f"{directory.name}.{os.getpid()}.tmp")
    try:
        partial.mkdir(parents=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise UserError(f"{directory}: {error.strerror}; take another --output") from error
    try:
        yield partial
        partial.rename(directory)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_model(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
) -> None:
    from safetensors.numpy import save_file

    tensors = state_dict(params)
    save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(directory, tokenizer, config.evaluation.max_length)
    for file in CODE.glob("*_*.py"):
        shutil.copy(file, directory)
    _write_json(directory / "config.json", model_settings(tensors, config, labels))


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_tokenizer(directory: Path, source: Path, max_length: int) -> None:
    """Loaded by anyone it cuts and pads as ours does, and reads "[SEP]" as five characters."""
    from unimr_jax.data.tokenizer import TextTokenizer

    TextTokenizer.load(source).save(directory)
    path = directory / "tokenizer_config.json"
    ours = {
        "model_max_length": max_length,
        "model_input_names": ["input_ids", "attention_mask"],
        "split_special_tokens": True,
        "padding_side": "right",
        "truncation_side": "right",
    }
    _write_json(path, json.loads(path.read_text(encoding="utf-8")) | ours)


# ---- parameters --------------------------------------------------------------------------------


def state_dict(params: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Parameters as `UniMRModel` names and lays them out: float32, adapters merged."""
    merged = flatten_dict(jax.device_get(adapters.merge(params)), sep="/")
    layers = (layer for path, x in merged.items() for layer in _unstacked(path, x))
    return dict(_as_torch_has_it(path, np.asarray(x, np.float32)) for path, x in layers)


def _unstacked(path: str, x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Of a scan every layer under a name of its own."""
    if not is_stacked(path):
        yield path, x
        return
    for i, layer in enumerate(x):
        yield path.replace(f"/{STACK}/", f"/{STACK}_{i}/"), layer


# The last part of a path → its name there, and for each number of axes their order.
LAYOUTS: dict[str, tuple[str, dict[int, tuple[int, ...]]]] = {
    "kernel": ("weight", {2: (1, 0), 4: (3, 2, 0, 1)}),
    "scale": ("weight", {1: (0,)}),
    "embedding": ("weight", {2: (0, 1)}),
}


def _as_torch_has_it(path: str, x: np.ndarray) -> tuple[str, np.ndarray]:
    *modules, last = path.split("/")
    if last in LAYOUTS:
        last, orders = LAYOUTS[last]
        x = x.transpose(orders[x.ndim])
    name = re.sub(r"\b(blocks?)_(\d+)\b", r"\1.\2", ".".join([*modules, last]))
    # Contiguous, since safetensors writes the bytes as they lie; `ascontiguousarray` is the same
    # but for scalars, which it makes vectors.
    return name, np.asarray(x, order="C")


# ---- settings ----------------------------------------------------------------------------------


def model_settings(
    tensors: Mapping[str, np.ndarray], config: Config, labels: Labels
) -> dict[str, Any]:
    """What `config.json` holds: `UniMRConfig`."""
    model = to_dict(config.model)
    # A model without intents has one all the same, and a name for it.
    intents = dict(enumerate(labels.intents or ("",)))
    return {
        "architectures": ["UniMRModel"],
        "model_type": "unimr",
        "auto_map": {
            "AutoConfig": "configuration_unimr.UniMRConfig",
            "AutoModel": "modeling_unimr.UniMRModel",
        },
        "dtype": "float32",
        **{name: value for name, value in model.items() if name not in OF_THE_MACHINE},
        "vocab_size": len(tensors["text.embedding.weight"]),
        "id2label": intents,
        "label2id": {name: i for i, name in intents.items()},
        "bio_labels": labels.bio,
        "preprocessing": {"image": {"size": config.model.image.size, "fit": config.data.fit}},
        "max_seq_length": config.evaluation.max_length,
        "matryoshka_dimensions": matryoshka_dimensions(config),
    }


def matryoshka_dimensions(config: Config) -> list[int]:
    """Widths of embeddings that were trained, the full one last."""
    tasks = (task for stage in config.stages.values() for task in stage.tasks.values())
    prefixes = {width for task in tasks for width in task.matryoshka}
    return sorted(prefixes | {config.model.embed_dim})


def _sentence_settings(prompts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "model_type": "SentenceTransformer",
        "prompts": dict(prompts),
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
        "requirements": {"sentence-transformers": ">=6"},
    }
