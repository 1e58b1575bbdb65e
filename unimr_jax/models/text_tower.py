"""One bidirectional encoder for captions, passages and queries.

As it stands it is trained from scratch: pre-norm, rotary positions. Its options make it any of the
published encoders that `interop/families.py` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flax.linen as nn
import jax

from unimr_jax.models.attention import Array, segments_of
from unimr_jax.models.blocks import Block, Dtype, layer_norm, partitioned
from unimr_jax.models.pooling import POOLINGS
from unimr_jax.models.positions import places_in_texts
from unimr_jax.models.stack import block_type, scan_stack, stacked_params

POSITIONS = ("rotary", "learned")


class TextTower(nn.Module):
    """Split at any layer, so that an NLU head can read, and modulate, in one pass.

    A row holds one text or several: mask [rows, texts, length] says which tokens each consists of.
    """

    vocab_size: int
    width: int
    depth: int
    heads: int
    mlp_ratio: float
    block: Mapping[str, Any]  # how blocks are built, as in `Block`
    positions: str
    max_positions: int
    rotary_base: float
    local_rotary_base: float
    window: int
    global_every: int
    embedding_norm: bool
    pooling: str
    dropout: float
    scan_layers: bool
    remat: str
    embedding_deviation: float
    attention: str = "auto"
    dtype: Dtype = "float32"

    def setup(self):
        # Vocabulary over `tensor`, embedding whole: sharding the other way makes XLA
        # rematerialise the table for every lookup.
        self.embedding = self._table(self.vocab_size, self.embedding_deviation, "vocab")
        if self.positions == "learned":
            self.places = self._table(self.max_positions, 0.02, None)
        if self.embedding_norm:
            self.embedded = self._norm()
        if self.scan_layers:
            self.stack = stacked_params(self, self._block(0), self.depth, self.width)
        else:
            self.blocks = [self._block(i).copy() for i in range(self.depth)]
        if self.block["norm_order"] == "pre":
            self.norm = self._norm()
        self.pooler = POOLINGS[self.pooling](self.dtype)

    def _table(self, rows: int, deviation: float, axis: str | None) -> nn.Embed:
        initializer = partitioned(nn.initializers.normal(deviation), axis, None)
        return nn.Embed(rows, self.width, dtype=self.dtype, embedding_init=initializer)

    def _norm(self) -> nn.LayerNorm:
        return layer_norm(self.dtype, self.block["norm_epsilon"], self.block["norm_bias"])

    def _block(self, i: int) -> Block:
        """Layer i, of nobody's yet. In a scan all are as the first is."""
        everywhere = not self.window or i % self.global_every == 0
        base = self.rotary_base if everywhere else self.local_rotary_base
        options = dict(self.block)
        unnormed_first = options.pop("unnormed_first")
        return block_type(self.remat, self.scan_layers)(
            self.heads,
            self.mlp_ratio,
            self.dropout,
            rotary_base=base if self.positions == "rotary" else 0.0,
            window=0 if everywhere else self.window,
            normed_input=unnormed_first and i == 0,
            **options,
            kernel=self.attention,
            dtype=self.dtype,
            parent=None,
        )

    def embed(self, tokens: Array, mask: Array) -> Array:
        """[rows, length], mask [rows, texts, length] → [rows, length, width]"""
        x = self.embedding(tokens)
        if self.positions == "learned":
            x = x + self.places(places_in_texts(mask))
        return self.embedded(x) if self.embedding_norm else x

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
            return scan_stack(self._block(0), params, x, segments, dropout, films)
        for i in range(start, stop):
            x = self.blocks[i](x, segments, deterministic, films[i - start] if films else None)
        return x

    def finish(self, x: Array, mask: Array) -> tuple[Array, Array]:
        """Final token states [rows, length, width], pooled states [rows, texts, width]."""
        states = self.norm(x) if self.block["norm_order"] == "pre" else x
        return states, self.pooler(states, mask)
