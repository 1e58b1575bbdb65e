"""Pretrained weights as they lie in a directory or on the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.errors import UserError
from unimr_jax.interop.tensors import Stored, Tensor
from unimr_jax.whole import read_json

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "spiece.model")
# What is fetched of a hub repository.
WANTED = ("*.json", "*.safetensors", "*.txt", "*.model", "*/config.json")


@dataclass(frozen=True)
class Weights:
    """A directory in the layout of transformers."""

    directory: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """config.json as today's transformers reads it, older entries renamed."""
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(self.directory).to_dict()
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(
                f"{self.directory / 'config.json'}: cannot be read ({reason}); "
                "give a directory as transformers saves it"
            ) from error

    @cached_property
    def tensors(self) -> Mapping[str, Tensor]:
        """By name, from one file or from all that the index lists."""
        found: dict[str, Tensor] = {}
        for file in _files(self.directory):
            found |= _tensors(file)
        return {_name_of_today(name): tensor for name, tensor in found.items()}

    def tokenizer(self) -> TextTokenizer:
        """Raises UserError where there is none: transformers would make up an empty one."""
        if not any((self.directory / name).exists() for name in TOKENIZERS):
            raise UserError(
                f"{self.directory}: has no tokenizer ({', '.join(TOKENIZERS)}); copy it there"
            )
        return TextTokenizer.load(self.directory)

    @property
    def pooling(self) -> str | None:
        """As a sentence-transformers module beside the weights says, if there is one."""
        path = self.directory / "1_Pooling" / "config.json"
        if not path.exists():
            return None
        config = read_json(path)
        mode = config.get("pooling_mode") or next(
            (name for name, entry in _POOLING_FLAGS.items() if config.get(entry)), None
        )
        if mode not in _POOLING_FLAGS:
            raise UserError(f"{path}: pooling {mode!r} is not known; mean, cls or max it must be")
        return mode

    @property
    def other_modules(self) -> list[str]:
        """Of a sentence-transformers model, what follows the pooling and changes its vectors."""
        path = self.directory / "modules.json"
        modules = read_json(path) if path.exists() else []
        try:
            types = {entry["path"]: entry["type"].rpartition(".")[2] for entry in modules}
        except (KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{path}: expected a list of modules with path and type; copy it again"
            ) from error
        return [f"{path} ({kind})" for path, kind in types.items() if kind not in _MODULES]

    @property
    def prompts(self) -> dict[str, str]:
        """What stood before texts in training, as sentence-transformers notes it, by our names."""
        path = self.directory / "config_sentence_transformers.json"
        found = read_json(path) if path.exists() else {}
        given = (found.get("prompts") or {}) if isinstance(found, dict) else found
        if not isinstance(given, dict):
            raise UserError(f"{path}: expected prompts by name; copy it again")
        return {_PROMPTS[name]: text for name, text in given.items() if name in _PROMPTS and text}


_PROMPTS = {
    "query": "query_prompt",
    "document": "document_prompt",
    "passage": "document_prompt",
}
_MODULES = ("Transformer", "Pooling", "Normalize")  # that our encoder has as well
_POOLING_FLAGS = {
    "mean": "pooling_mode_mean_tokens",
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
}


def find(name_or_directory: str) -> Weights:
    """A local directory, or what the hub has under that name, downloaded once.

    Raises:
      UserError: neither is there, or the hub cannot be reached.
    """
    if Path(name_or_directory).is_dir():
        return Weights(Path(name_or_directory))
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Weights(Path(snapshot_download(name_or_directory, allow_patterns=WANTED)))
    except (OSError, HfHubHTTPError, HFValidationError, ValueError) as error:
        raise UserError(
            f"{name_or_directory!r} is no directory, and the Hugging Face hub gives nothing of "
            f"that name ({type(error).__name__}); check the name and the network, or give a "
            "directory with config.json and model.safetensors"
        ) from error


def _name_of_today(name: str) -> str:
    """BERT's own files have TensorFlow's names for what layer normalisation learns."""
    for old, new in (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")):
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def _files(directory: Path) -> list[Path]:
    if (directory / WEIGHTS).exists():
        return [directory / WEIGHTS]
    index = directory / INDEX
    if not index.exists():
        raise UserError(
            f"{directory}: neither {WEIGHTS} nor {INDEX} is there; save the model with "
            "save_pretrained, which writes safetensors"
        )
    listed = read_json(index)
    if not isinstance(listed, dict) or not isinstance(listed.get("weight_map"), dict):
        raise UserError(f"{index}: has no weight_map; download or copy it again")
    names = set(listed["weight_map"].values())
    missing = sorted(name for name in names if not (directory / name).exists())
    if missing:
        raise UserError(f"{index}: lists {', '.join(missing)}, not there; copy the rest")
    return [directory / name for name in sorted(names)]


def _tensors(file: Path) -> dict[str, Tensor]:
    import ml_dtypes  # noqa: F401  without which safetensors cannot give bfloat16 to numpy
    from safetensors import SafetensorError, safe_open

    try:
        opened = safe_open(file, framework="numpy")
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"{file}: is no whole safetensors file ({error}); download or copy it again"
        ) from error
    return {name: Stored(opened.get_slice(name)) for name in opened.keys()}  # noqa: SIM118
