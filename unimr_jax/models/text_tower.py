"""One bidirectional encoder for captions, passages and queries: pre-norm, rotary positions."""

from __future__ import annotations

import flax.linen as nn
import jax

from unimr_jax.models.attention import Array, segments_of
from unimr_jax.models.blocks import POOLINGS, Block, Dtype, layer_norm, partitioned
from unimr_jax.models.stack import STACK, block_type, init_stack, scan_stack


class TextTower(nn.Module):
    """Split at any layer, so that an NLU head can read, and modulate, in one pass.

    A row holds one text or several: mask [rows, texts, length] says which tokens each consists of.
    """

    vocab_size: int
    width: int
    depth: int
    heads: int
    mlp_ratio: float
    pooling: str
    dropout: float
    scan_layers: bool
    remat: str
    attention: str = "auto"
    dtype: Dtype = "float32"

    def setup(self):
        # Vocabulary over `tensor`, embedding whole: sharding the other way makes XLA
        # rematerialise the table for every lookup.
        self.embedding = nn.Embed(
            self.vocab_size,
            self.width,
            dtype=self.dtype,
            embedding_init=partitioned(nn.initializers.normal(1.0), "vocab", None),
        )
        if self.scan_layers:
            self.stack = self.param(STACK, init_stack, self._block(), self.depth, self.width)
        else:
            self.blocks = [self._block().copy() for _ in range(self.depth)]
        self.norm = layer_norm(self.dtype)
        self.pooler = POOLINGS[self.pooling](self.dtype)

    def _block(self) -> Block:
        """Of nobody's yet."""
        return block_type(self.remat, self.scan_layers)(
            self.heads,
            self.mlp_ratio,
            self.dropout,
            rotary=True,
            kernel=self.attention,
            dtype=self.dtype,
            parent=None,
        )

    def embed(self, tokens: Array) -> Array:
        """[rows, length] → [rows, length, width]"""
        return self.embedding(tokens)

    def layers(
        self,
        x: Array,
        mask: Array,
        start: int,
        stop: int,
        deterministic: bool,
        films: list[tuple[Array, Array]] | None = None,
    ) -> Array:
        """Runs blocks start … stop-1; `films` has one modulation for each of them."""
        segments = segments_of(mask)
        if self.scan_layers:
            params = jax.tree.map(lambda x: x[start:stop], self.stack)
            dropout = None if deterministic else self.make_rng("dropout")
            return scan_stack(self._block(), params, x, segments, dropout, films)
        for i in range(start, stop):
            x = self.blocks[i](x, segments, deterministic, films[i - start] if films else None)
        return x

    def finish(self, x: Array, mask: Array) -> tuple[Array, Array]:
        """Final token states [rows, length, width], pooled states [rows, texts, width]."""
        states = self.norm(x)
        return states, self.pooler(states, mask)
