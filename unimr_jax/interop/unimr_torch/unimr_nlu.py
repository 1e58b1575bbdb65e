"""Intent and slots of a text, and how they enter the query embedding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from .unimr_blocks import Block, attention, merge_heads, split_heads, visible
from .unimr_convolution import ConvolutionBlock
from .unimr_pooling import POOLINGS, heads_of_64

MASKED = -1e9


class Reading(NamedTuple):
    """What the head makes of texts."""

    intent_logits: Tensor  # [batch, intents]
    slot_logits: Tensor  # [batch, length, 1 + 2 · slots]: O first
    feature: Tensor  # [batch, width]: intent embeddings weighted by their probabilities
    slots: Tensor  # [batch, length, slots]: posterior that a token is inside a slot

    @property
    def inside(self) -> Tensor:
        """Posterior that a token is inside any slot: [batch, length]."""
        return self.slots.sum(-1)


class NLUHead(nn.Module):
    def __init__(
        self,
        read_width: int,
        intents: int,
        bio_labels: int,
        dropout: float,
        settings: Mapping[str, Any],  # `nlu` of the model's config
    ):
        super().__init__()
        width = settings["width"] or read_width
        self.narrow = nn.Linear(read_width, width) if settings["width"] else nn.Identity()
        build = HEAD_BLOCKS[settings["block"]]
        self.block = nn.ModuleList(
            build(width, dropout, settings, i) for i in range(settings["depth"])
        )
        self.norm = nn.LayerNorm(width, 1e-6)
        self.pooling = POOLINGS[settings["pooling"]](width)
        self.intent, self.slot = nn.Linear(width, intents), nn.Linear(width, bio_labels)
        self.intent_embeddings = nn.Parameter(torch.zeros(intents, read_width))

    def forward(self, states: Tensor, mask: Tensor) -> Reading:
        """Token states [batch, length, width] of the chosen layer, mask [batch, length]."""
        states = self.narrow(states)
        for block in self.block:
            states = block(states, mask)
        states = self.norm(states)
        intent_logits = self.intent(self.pooling(states, mask))
        slot_logits = self.slot(states)
        feature = intent_logits.softmax(-1) @ self.intent_embeddings
        return Reading(intent_logits, slot_logits, feature, _posterior(slot_logits))


class AttentionBlock(Block):
    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """[batch, length, width], mask [batch, length] → as the first"""
        return super().forward(x, visible(mask, self.window))


def _attention_block(
    width: int, dropout: float, settings: Mapping[str, Any], i: int
) -> AttentionBlock:
    return AttentionBlock(width, settings["heads"], dropout=dropout, rotary_base=10_000.0)


def _convolution_block(
    width: int, dropout: float, settings: Mapping[str, Any], i: int
) -> ConvolutionBlock:
    return ConvolutionBlock(width, settings["reach"], 2**i, dropout)


HEAD_BLOCKS: dict[str, Callable[..., nn.Module]] = {
    "attention": _attention_block,
    "convolution": _convolution_block,
}


def _posterior(slot_logits: Tensor) -> Tensor:
    """Of every slot, whether the token begins it or continues it: [batch, length, slots]."""
    tags = slot_logits.softmax(-1)
    return tags[..., 1::2] + tags[..., 2::2]


# ---- fusions: (pooled states [batch, width], token states, mask, reading) → pooled states ------


class NoFusion(nn.Module):
    """The pooled state as it is."""

    def __init__(self, width: int, slots: int):
        super().__init__()

    def forward(self, pooled: Tensor, states: Tensor, mask: Tensor, nlu: Reading) -> Tensor:
        return pooled


class GateFusion(nn.Module):
    """p̃ + σ(W_g [p̃; n]) ⊙ U n, with p̃ the slot-reweighted mean and n the intent feature."""

    def __init__(self, width: int, slots: int):
        super().__init__()
        self.focuses = slots > 0  # data without slots leave nothing to focus on
        if self.focuses:
            self.strength = nn.Parameter(torch.zeros(slots))
        self.gate = nn.Linear(2 * width, width)
        self.update = nn.Linear(width, width, bias=False)

    def forward(self, pooled: Tensor, states: Tensor, mask: Tensor, nlu: Reading) -> Tensor:
        focused = pooled
        if self.focuses:
            focused = reweighted_mean(pooled, states, mask, nlu.slots @ self.strength)
        gate = self.gate(torch.cat([focused, nlu.feature], dim=-1)).sigmoid()
        return focused + gate * self.update(nlu.feature)


class ConcatFusion(nn.Module):
    """p + W [p; slot mean; n]"""

    def __init__(self, width: int, slots: int):
        super().__init__()
        self.update = nn.Linear(3 * width, width)

    def forward(self, pooled: Tensor, states: Tensor, mask: Tensor, nlu: Reading) -> Tensor:
        parts = [pooled, slot_mean(states, mask, nlu.inside), nlu.feature]
        return pooled + self.update(torch.cat(parts, dim=-1))


class CrossAttentionFusion(nn.Module):
    """p + W attend(query = [p; n], keys = token states scaled by their slot posterior)"""

    def __init__(self, width: int, slots: int):
        super().__init__()
        self.heads = heads_of_64(width)
        self.query = nn.Linear(2 * width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.update = nn.Linear(width, width)

    def forward(self, pooled: Tensor, states: Tensor, mask: Tensor, nlu: Reading) -> Tensor:
        query = self.query(torch.cat([pooled, nlu.feature], dim=-1))[:, None]
        key, value = self.key_value(states * nlu.inside[..., None]).chunk(2, -1)
        parts = (split_heads(part, self.heads) for part in (query, key, value))
        return pooled + self.update(merge_heads(attention(*parts, mask[:, None])))[:, 0]


class FilmFusion(NoFusion):
    """The intent feature has already modulated the upper layers (arXiv 1709.07871): see `Films`."""


class Films(nn.Module):
    """Scale and shift [batch, length, width] for each of `layers` upper blocks."""

    def __init__(self, layers: int, width: int):
        super().__init__()
        self.layers = layers
        self.update = nn.Linear(width, 2 * layers * width)

    def forward(self, feature: Tensor, mask: Tensor) -> list[tuple[Tensor, Tensor]]:
        of_tokens = self.update(feature)[:, None] * mask[..., None]
        parts = of_tokens.chunk(2 * self.layers, -1)
        return list(zip(parts[::2], parts[1::2], strict=True))


FUSIONS: dict[str, type[nn.Module]] = {
    "none": NoFusion,
    "loss_only": NoFusion,
    "gate": GateFusion,
    "concat": ConcatFusion,
    "cross_attention": CrossAttentionFusion,
    "film": FilmFusion,
}


def reweighted_mean(pooled: Tensor, states: Tensor, mask: Tensor, focus: Tensor) -> Tensor:
    """Moves pooled states from the plain mean of tokens towards the mean of those in focus."""
    change = _focus_weights(focus, mask) - _focus_weights(torch.zeros_like(focus), mask)
    return pooled + (states * change[..., None]).sum(1)


def _focus_weights(focus: Tensor, mask: Tensor) -> Tensor:
    """Softmax over a text's tokens of their focus: [batch, length]."""
    return torch.where(mask, focus.float(), MASKED).softmax(-1).to(focus.dtype)


def slot_mean(states: Tensor, mask: Tensor, inside: Tensor) -> Tensor:
    """The mean of token states weighted by their slot posterior: [batch, width]."""
    weights = inside * mask
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-6)
    return (states * weights[..., None]).sum(1)
