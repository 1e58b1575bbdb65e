"""The dual tower: pictures on one side, every kind of text on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import ModelOutput

from .configuration_unimr import UniMRConfig
from .unimr_blocks import unit
from .unimr_images import Fitting, Picture, read
from .unimr_nlu import FUSIONS, Films, NLUHead
from .unimr_towers import ImageTower, TextTower


class Query(NamedTuple):
    embedding: Tensor  # [batch, embed_dim], unit vectors
    intent_logits: Tensor  # [batch, intents]
    slot_logits: Tensor  # [batch, length, bio_labels]


@dataclass
class UniMROutput(ModelOutput):
    text_embeds: Tensor | None = None  # [batch, embed_dim], unit vectors
    image_embeds: Tensor | None = None  # of the same space
    intent_logits: Tensor | None = None  # of queries alone, as those of slots
    slot_logits: Tensor | None = None


class UniMRModel(PreTrainedModel):
    """Unit vectors of pictures, documents and queries, which are compared by their products."""

    config_class = UniMRConfig

    def __init__(self, config: UniMRConfig):
        super().__init__(config)
        width, nlu = config.text["width"], config.nlu
        bio_labels = len(config.bio_labels)
        self.image = ImageTower(config.image)
        self.text = TextTower(config.vocab_size, config.text)
        intents, dropout = len(config.id2label), config.text["dropout"]
        self.nlu = NLUHead(width, intents, bio_labels, dropout, nlu)
        self.fuse = FUSIONS[nlu["fusion"]](width, bio_labels // 2)
        if nlu["fusion"] == "film":
            self.films = Films(config.text["depth"] - nlu["layer"], width)
        self.image_projection = nn.Linear(config.image["width"], config.embed_dim)
        self.text_projection = nn.Linear(width, config.embed_dim)
        self.scales = Scales(config.temperatures)
        self.post_init()

    def read_images(self, pictures: Sequence[Picture]) -> dict[str, Tensor]:
        """Paths, or PIL's pictures → what `encode_image` takes."""
        found = read(pictures, Fitting(**self.config.fitting))
        return {name: x.to(self.device) for name, x in found.items()}

    def encode_image(self, pixels: Tensor, grid: Tensor | None = None) -> Tensor:
        """uint8 [batch, height, width, 3], or patches [batch, patches, 3 · patch²] and the rows and
        columns of each picture [batch, 2] → [batch, embed_dim]
        """
        return unit(self.image_projection(self.image(pixels, grid)))

    def encode_document(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Captions and passages, both [batch, length] → [batch, embed_dim]"""
        if self.config.nlu["fuse_documents"]:
            return self.encode_query(input_ids, attention_mask).embedding
        mask = attention_mask.bool()
        x = self.text.layers(self.text.embed(input_ids, mask), mask, 0, len(self.text.blocks))
        return self._text_embedding(self.text.finish(x, mask)[1])

    def encode_query(self, input_ids: Tensor, attention_mask: Tensor) -> Query:
        """Intent-rich queries: NLU features fused in."""
        layer, fusion = self.config.nlu["layer"], self.config.nlu["fusion"]
        mask = attention_mask.bool()
        x = self.text.layers(self.text.embed(input_ids, mask), mask, 0, layer)
        nlu = self.nlu(x.detach() if fusion == "none" else x, mask)
        films = self.films(nlu.feature, mask) if fusion == "film" else None
        x = self.text.layers(x, mask, layer, len(self.text.blocks), films)
        states, pooled = self.text.finish(x, mask)
        fused = self.fuse(pooled, states, mask, nlu)
        return Query(self._text_embedding(fused), nlu.intent_logits, nlu.slot_logits)

    def _text_embedding(self, pooled: Tensor) -> Tensor:
        return unit(self.text_projection(pooled))

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        pixels: Tensor | None = None,
        grid: Tensor | None = None,
        task: str = "document",
    ) -> UniMROutput:
        """Texts, pictures or both; `task="query"` reads texts as queries."""
        found = {} if pixels is None else {"image_embeds": self.encode_image(pixels, grid)}
        if input_ids is not None:
            mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
            found |= self._encode_texts(input_ids, mask, task)
        return UniMROutput(**found)

    def _encode_texts(self, tokens: Tensor, mask: Tensor, task: str) -> dict[str, Tensor]:
        if task != "query":
            return {"text_embeds": self.encode_document(tokens, mask)}
        query = self.encode_query(tokens, mask)._asdict()
        return {"text_embeds": query.pop("embedding"), **query}


class Scales(nn.Module):
    """Logarithm of 1 / temperature of each contrastive task, and the sigmoid loss's bias."""

    def __init__(self, temperatures: dict[str, dict]):
        super().__init__()
        for task, settings in temperatures.items():
            self.register_parameter(f"{task}_log_scale", nn.Parameter(torch.zeros(())))
            if settings["bias"] is not None:
                self.register_parameter(f"{task}_bias", nn.Parameter(torch.zeros(())))
