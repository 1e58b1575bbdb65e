"""A trained model as directories that transformers and sentence-transformers load.

Either holds our model whole, in PyTorch: both towers, the NLU head and its fusion, in float32. What
it cannot hold: the transitions by which `retrieval/encoder.py` reads slots off their logits.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unimr_jax.config import Config, to_dict
from unimr_jax.data.images import FITTING
from unimr_jax.data.labels import Labels
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.interop.parameters import by_layer, write_tensors
from unimr_jax.whole import whole_directory, write_json

CODE = Path(__file__).parent / "unimr_torch"  # its files are copied into every export
OF_THE_MACHINE = ("dtype", "attention", "adapters")  # of config.model: no part of the function


def write_torch_model(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
    prefixes: Sequence[int],
) -> None:
    """Writes what `AutoModel.from_pretrained(directory, trust_remote_code=True)` loads.

    Args:
      directory: must not hold anything yet; it is written as a whole or not at all.
      params: the model's, as nested dictionaries of arrays.
      config: the run's.
      tokenizer: the directory of the run's tokenizer.
      labels: the run's.
      prefixes: widths that were trained besides the full one, the narrowest first.

    Raises:
      UserError: `directory` is taken or cannot be made, or the tokenizer cannot be loaded.
    """
    with whole_directory(directory) as draft:
        _write_model(draft, params, config, tokenizer, labels, prefixes)


def write_sentence_transformer(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
    prefixes: Sequence[int],
) -> None:
    """The same, which `SentenceTransformer(directory, trust_remote_code=True)` loads, too.

    Its `encode` and `encode_document` are our `encode_document`, its `encode_query` ours; pictures
    go through any of them.
    """
    with whole_directory(directory) as draft:
        _write_model(draft, params, config, tokenizer, labels, prefixes)
        module = {"idx": 0, "name": "0", "path": "", "type": "sentence_unimr.UniMRSentence"}
        write_json(draft / "modules.json", [module])
        settings = _sentence_settings(Prompts.of(config.tokenizer))
        write_json(draft / "config_sentence_transformers.json", settings)


def _write_model(
    directory: Path,
    params: Mapping[str, Any],
    config: Config,
    tokenizer: Path,
    labels: Labels,
    prefixes: Sequence[int],
) -> None:
    tensors = state_dict(params)
    write_tensors(directory / "model.safetensors", tensors)
    write_tokenizer(directory, tokenizer, config.evaluation.max_length)
    for file in CODE.glob("*unimr*.py"):
        shutil.copy(file, directory)
    write_json(directory / "config.json", model_settings(tensors, config, labels, prefixes))


def write_tokenizer(directory: Path, source: Path, max_length: int) -> None:
    """Loaded by anyone it cuts and pads as ours does, and reads "[SEP]" as five characters."""
    TextTokenizer.load(source).save(directory)
    path = directory / "tokenizer_config.json"
    ours = {
        "model_max_length": max_length,
        "model_input_names": ["input_ids", "attention_mask"],
        "split_special_tokens": True,
        "padding_side": "right",
        "truncation_side": "right",
    }
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | ours)


# ---- parameters --------------------------------------------------------------------------------


def state_dict(params: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Parameters as `UniMRModel` names and lays them out: float32, adapters merged."""
    return dict(_as_torch_has_it(path, x) for path, x in by_layer(params).items())


# The last part of a path → its name there, and for each number of axes their order.
LAYOUTS: dict[str, tuple[str, dict[int, tuple[int, ...]]]] = {
    "kernel": ("weight", {2: (1, 0), 4: (3, 2, 0, 1)}),
    "scale": ("weight", {1: (0,)}),
    "embedding": ("weight", {2: (0, 1)}),
    "class": ("class_token", {2: (0, 1)}),  # which must be a name in Python
}


def _as_torch_has_it(path: str, x: np.ndarray) -> tuple[str, np.ndarray]:
    *modules, last = path.split("/")
    if last in LAYOUTS:
        last, orders = LAYOUTS[last]
        x = x.transpose(orders[x.ndim])
    return re.sub(r"\b(blocks?)_(\d+)\b", r"\1.\2", ".".join([*modules, last])), x


# ---- settings ----------------------------------------------------------------------------------


def model_settings(
    tensors: Mapping[str, np.ndarray], config: Config, labels: Labels, prefixes: Sequence[int]
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
        "fitting": _fitting(config),
        "prompts": Prompts.of(config.tokenizer)._asdict(),
        "max_seq_length": config.evaluation.max_length,
        "matryoshka_dimensions": [*prefixes, config.model.embed_dim],
    }


def _fitting(config: Config) -> dict[str, Any]:
    """How pictures are brought to their shape: `Fitting`."""
    sides = {"size": config.model.image.size, "patch": config.model.image.patch}
    return sides | {name: getattr(config.data, name) for name in FITTING}


def _sentence_settings(prompts: Prompts) -> dict[str, Any]:
    return {
        "model_type": "SentenceTransformer",
        "prompts": prompts._asdict(),
        "default_prompt_name": "document" if prompts.document else None,
        "similarity_fn_name": "cosine",
        "requirements": {"sentence-transformers": ">=6"},
    }
