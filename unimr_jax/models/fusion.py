"""How NLU features enter the query embedding.

Every fusion maps (pooled states [rows, texts, width], token states [rows, length, width], mask
[rows, texts, length], NLU output) to pooled states of the same shape, and starts as the identity,
exactly: what it adds is scaled by parameters that begin at 0.
"""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from unimr_jax.models.attention import MASKED, Array, attention
from unimr_jax.models.blocks import Dtype, dense, merge_heads, partitioned, split_heads
from unimr_jax.models.nlu import NLUOutput
from unimr_jax.models.pooling import heads_of_64, uniform_weights

ZEROS = nn.initializers.zeros


def focus_weights(focus: Array, mask: Array) -> Array:
    """Softmax over a text's tokens of their focus [rows, length]: [rows, texts, length]."""
    return nn.softmax(jnp.where(mask, focus[:, None], MASKED))


def reweighted_mean(pooled: Array, states: Array, mask: Array, focus: Array) -> Array:
    """Moves pooled states from the plain mean of tokens towards the mean of those in focus.

    At focus 0 the two weightings are equal to the bit, and so is the result to `pooled`. Where no
    text is, it always is.
    """
    change = (focus_weights(focus, mask) - uniform_weights(mask)) * mask
    return pooled + jnp.einsum("rld,rtl->rtd", states, change.astype(states.dtype))


def slot_mean(states: Array, mask: Array, inside: Array) -> Array:
    """The mean of token states weighted by their slot posterior: [rows, texts, width]."""
    weights = inside[:, None] * mask
    weights = weights / jnp.maximum(weights.sum(axis=-1, keepdims=True), 1e-6)
    return jnp.einsum("rld,rtl->rtd", states, weights.astype(states.dtype))


class NoFusion(nn.Module):
    """The pooled state as it is."""

    dtype: Dtype

    def __call__(self, pooled: Array, states: Array, mask: Array, nlu: NLUOutput) -> Array:
        return pooled


class GateFusion(nn.Module):
    """p̃ + σ(W_g [p̃; n]) ⊙ U n, with p̃ the slot-reweighted mean and n the intent feature.

    Each slot has a strength of its own: a colour may say what to look for, and a time nothing.
    """

    dtype: Dtype

    @nn.compact
    def __call__(self, pooled: Array, states: Array, mask: Array, nlu: NLUOutput) -> Array:
        width, focused = pooled.shape[-1], pooled
        if nlu.slots.shape[-1]:  # data without slots leave nothing to focus on
            strength = self.param("strength", partitioned(ZEROS, None), nlu.slots.shape[-1:])
            focus = nlu.slots @ strength
            focused = reweighted_mean(pooled, states, mask, focus)
            self.sow("intermediates", "token_weights", focus_weights(focus, mask))
        both = jnp.concatenate([focused, nlu.feature], axis=-1)
        gate = jax.nn.sigmoid(dense(width, ("mlp", "embed"), self.dtype, name="gate")(both))
        update = dense(
            width, ("mlp", "embed"), self.dtype, name="update", use_bias=False, kernel_init=ZEROS
        )
        return focused + gate * update(nlu.feature)


class ConcatFusion(nn.Module):
    """p + W [p; slot mean; n]"""

    dtype: Dtype

    @nn.compact
    def __call__(self, pooled: Array, states: Array, mask: Array, nlu: NLUOutput) -> Array:
        parts = [pooled, slot_mean(states, mask, nlu.inside), nlu.feature]
        update = dense(
            pooled.shape[-1], ("mlp", "embed"), self.dtype, name="update", kernel_init=ZEROS
        )
        return pooled + update(jnp.concatenate(parts, axis=-1))


class CrossAttentionFusion(nn.Module):
    """p + W attend(query = [p; n], keys = token states scaled by their slot posterior)"""

    dtype: Dtype

    @nn.compact
    def __call__(self, pooled: Array, states: Array, mask: Array, nlu: NLUOutput) -> Array:
        width = pooled.shape[-1]
        heads = heads_of_64(width)
        both = jnp.concatenate([pooled, nlu.feature], axis=-1)  # [rows, texts, 2 · width]
        query = dense(width, ("mlp", "heads"), self.dtype, name="query")(both)
        tokens = states * nlu.inside[..., None].astype(states.dtype)
        key_value = dense(2 * width, ("embed", "heads"), self.dtype, name="key_value")(tokens)
        key, value = jnp.split(key_value, 2, axis=-1)
        mixed = attention(*(split_heads(part, heads) for part in (query, key, value)), mask)
        update = dense(width, ("heads", "embed"), self.dtype, name="update", kernel_init=ZEROS)
        return pooled + update(merge_heads(mixed))


class FilmFusion(NoFusion):
    """The intent feature has already modulated the upper layers (arXiv 1709.07871): see `Films`."""


class Films(nn.Module):
    """Scale and shift [rows, length, width] for each of `layers` upper blocks, from the intent
    feature of the text that a token belongs to.
    """

    layers: int
    dtype: Dtype

    @nn.compact
    def __call__(self, feature: Array, mask: Array) -> list[tuple[Array, Array]]:
        width = feature.shape[-1]
        update = dense(
            2 * self.layers * width, ("embed", "mlp"), self.dtype, name="update", kernel_init=ZEROS
        )
        of_tokens = jnp.einsum("rtd,rtl->rld", update(feature), mask.astype(feature.dtype))
        parts = jnp.split(of_tokens, 2 * self.layers, axis=-1)
        return list(zip(parts[::2], parts[1::2], strict=True))


FUSIONS = {
    "none": NoFusion,  # and the NLU losses stop at the head
    "loss_only": NoFusion,  # the NLU losses shape the encoder, its features are not used
    "gate": GateFusion,
    "concat": ConcatFusion,
    "cross_attention": CrossAttentionFusion,
    "film": FilmFusion,
}
