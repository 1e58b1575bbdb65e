"""Natural language understanding: one intent per text, one BIO label per token."""

from __future__ import annotations

import flax.linen as nn
from flax import struct

from unimr_jax.models.attention import Array, segments_of
from unimr_jax.models.blocks import Block, Dtype, dense, layer_norm, partitioned
from unimr_jax.models.convolution import ConvolutionBlock
from unimr_jax.models.pooling import POOLINGS


@struct.dataclass
class NLUOutput:
    intent_logits: Array  # [rows, texts, intents]
    slot_logits: Array  # [rows, length, 1 + 2 · slots]: O first
    feature: Array  # [rows, texts, width]: intent embeddings weighted by their probabilities
    slots: Array  # [rows, length, slots]: posterior that a token is inside a slot

    @property
    def inside(self) -> Array:
        """Posterior that a token is inside any slot: [rows, length]."""
        return self.slots.sum(axis=-1)


class NLUHead(nn.Module):
    intents: int
    bio_labels: int
    depth: int
    heads: int
    pooling: str
    dropout: float
    width: int  # of its own states; 0: as wide as what it reads
    block: str  # of HEAD_BLOCKS
    reach: int  # of the first convolution: tokens on either side
    attention: str = "auto"
    dtype: Dtype = "float32"

    @nn.compact
    def __call__(self, states: Array, mask: Array, deterministic: bool = True) -> NLUOutput:
        """Token states [rows, length, width] of the chosen layer, mask [rows, texts, length]."""
        width = states.shape[-1]
        if self.width:
            states = dense(self.width, ("embed", "joint"), self.dtype, name="narrow")(states)
        for i in range(self.depth):
            block = HEAD_BLOCKS[self.block](self, i)
            states = block(states, segments_of(mask), deterministic)
        states = layer_norm(self.dtype, name="norm")(states)
        pooled = POOLINGS[self.pooling](self.dtype, name="pooling")(states, mask)
        intent_logits = self._classify(pooled, self.intents, "intent")
        slot_logits = self._classify(states, self.bio_labels, "slot")
        return NLUOutput(
            intent_logits,
            slot_logits,
            self._intent_feature(intent_logits, width),
            _posterior(slot_logits),
        )

    def _classify(self, states: Array, classes: int, name: str) -> Array:
        return dense(classes, ("embed", "classes"), "float32", name=name)(states)

    def _intent_feature(self, logits: Array, width: int) -> Array:
        table = self.param(
            "intent_embeddings",
            partitioned(nn.initializers.normal(1.0), "classes", None),
            (self.intents, width),
        )
        return (nn.softmax(logits) @ table).astype(self.dtype)


def _posterior(slot_logits: Array) -> Array:
    """Of every slot, whether the token begins it or continues it: [rows, length, slots]."""
    tags = nn.softmax(slot_logits)
    return tags[..., 1::2] + tags[..., 2::2]


def _attention_block(head: NLUHead, i: int) -> Block:
    options = {"dropout": head.dropout, "kernel": head.attention, "dtype": head.dtype}
    return Block(head.heads, rotary_base=10_000.0, **options, name=f"block_{i}")


def _convolution_block(head: NLUHead, i: int) -> ConvolutionBlock:
    return ConvolutionBlock(head.reach, 2**i, head.dropout, head.dtype, name=f"block_{i}")


HEAD_BLOCKS = {"attention": _attention_block, "convolution": _convolution_block}
