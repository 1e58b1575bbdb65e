"""The model as the one module of a SentenceTransformer, for texts and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from sentence_transformers.base.modules import InputModule
from torch import Tensor
from transformers import AutoTokenizer

from .modeling_unimr import UniMRModel

Input = str | Path | Image.Image | dict[str, Any]


class UniMRSentence(InputModule):
    """`encode_query` fuses what the model understands of a query; `encode` and `encode_document`
    embed texts as captions and passages. Pictures are PIL's or a `pathlib.Path`: a string is
    always a text.
    """

    forward_kwargs = {"task"}
    modalities = ["text", "image"]

    def __init__(self, model: UniMRModel, tokenizer: Any):
        super().__init__()
        self.model, self.tokenizer = model, tokenizer

    @property
    def max_seq_length(self) -> int:
        return self.model.config.max_seq_length

    @max_seq_length.setter
    def max_seq_length(self, tokens: int) -> None:
        self.model.config.max_seq_length = tokens

    def get_embedding_dimension(self) -> int:
        return self.model.config.embed_dim

    def preprocess(
        self, inputs: Sequence[Input], prompt: str | None = None, **_: Any
    ) -> dict[str, Tensor]:
        """Texts as `input_ids` and `attention_mask`, pictures as `read_images` has them; `places`
        says which row of the two together each input is.
        """
        items = [_item(x) for x in inputs]
        texts = [i for i, item in enumerate(items) if isinstance(item, str)]
        pictures = [i for i, item in enumerate(items) if not isinstance(item, str)]
        features = {"places": torch.tensor(texts + pictures).argsort()}
        if texts:
            features |= self._tokens([(prompt or "") + items[i] for i in texts])
        if pictures:
            features |= self.model.read_images([items[i] for i in pictures])
        return features

    def _tokens(self, texts: list[str]) -> dict[str, Tensor]:
        cut = {"truncation": True, "max_length": self.max_seq_length}
        return dict(self.tokenizer(texts, padding=True, return_tensors="pt", **cut))

    def forward(self, features: dict[str, Tensor], task: str | None = None) -> dict[str, Any]:
        """Adds `sentence_embedding` [inputs, embed_dim] and, of queries, the logits of intents and
        slots.
        """
        names = "input_ids", "attention_mask", "pixels", "grid"
        inputs = {name: features[name] for name in names if name in features}
        output = self.model(**inputs, task=task or "document")
        kinds = [x for x in (output.text_embeds, output.image_embeds) if x is not None]
        features["sentence_embedding"] = torch.cat(kinds)[features["places"]]
        if output.intent_logits is not None:
            features |= {name: output[name] for name in ("intent_logits", "slot_logits")}
        return features

    @classmethod
    def load(
        cls,
        model_name_or_path: str,
        subfolder: str = "",
        token: bool | str | None = None,
        cache_folder: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        processor_kwargs: dict[str, Any] | None = None,
        **_: Any,
    ) -> UniMRSentence:
        where = {
            "subfolder": subfolder,
            "token": token,
            "cache_dir": cache_folder,
            "revision": revision,
            "local_files_only": local_files_only,
        }
        model = UniMRModel.from_pretrained(model_name_or_path, **where, **(model_kwargs or {}))
        # With the config at hand, which else would be loaded anew, and ask whether to trust it.
        options = {"config": model.config, **where, **(processor_kwargs or {})}
        tokenizer = AutoTokenizer.from_pretrained(model_name_or_path, **options)
        return cls(model, tokenizer)

    def save(self, output_path: str, *_: Any, **options: Any) -> None:
        self.model.save_pretrained(output_path)
        self.tokenizer.save_pretrained(output_path)


def _item(x: Input) -> str | Path | Image.Image:
    """The text or picture itself, of an input that may say which it is: {"image": …}."""
    if not isinstance(x, dict):
        return x
    ((kind, value),) = x.items()
    return Path(value) if kind == "image" and isinstance(value, str) else value
