"""Transformer parts that every tower is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "gelu": F.gelu,
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),  # CLIP's
    "silu": F.silu,
    "relu": F.relu,
}


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax attention; all [batch, heads, length, head_width].

    The mask [batch, query_length or 1, key_length] says which keys a query sees; one that sees
    none takes the mean of all.
    """
    bias = None
    if mask is not None:
        masked = torch.finfo(query.dtype).min / 2
        bias = torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, masked)[:, None]
    return F.scaled_dot_product_attention(query, key, value, bias)


def visible(mask: Tensor, window: int) -> Tensor:
    """Mask of tokens [batch, length] → which of them see one another [batch, length, length].

    A window lets a token see so many on either side; 0: all of them.
    """
    seen = mask[:, :, None] == mask[:, None, :]
    if not window:
        return seen
    places = torch.arange(mask.shape[1], device=mask.device)
    return seen & ((places[:, None] - places).abs() <= window)


def rotary(x: Tensor, base: float) -> Tensor:
    """Rotates queries or keys [batch, heads, length, head_width] by position (RoFormer, 3.2)."""
    half = x.shape[-1] // 2
    count = partial(torch.arange, dtype=torch.float32, device=x.device)
    angles = count(x.shape[-2])[:, None] * base ** (-count(half) / half)  # [length, half]
    sin, cos = angles.sin().to(x.dtype), angles.cos().to(x.dtype)
    left, right = x[..., :half], x[..., half:]
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[batch, length, width] → [batch, heads, length, width / heads]"""
    return x.unflatten(-1, (heads, x.shape[-1] // heads)).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """[batch, heads, length, head_width] → [batch, length, heads · head_width]"""
    return x.transpose(1, 2).flatten(2)


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int, rotary_base: float, bias: bool):
        super().__init__()
        self.heads, self.rotary_base = heads, rotary_base
        self.qkv = nn.Linear(width, 3 * width, bias)
        self.out = nn.Linear(width, width, bias)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        query, key, value = (split_heads(part, self.heads) for part in self.qkv(x).chunk(3, -1))
        if self.rotary_base:
            query, key = rotary(query, self.rotary_base), rotary(key, self.rotary_base)
        return self.out(merge_heads(attention(query, key, value, mask)))


class MLP(nn.Module):
    """Gated: the activation of one half times the other (GLU, arXiv 2002.05202)."""

    def __init__(
        self,
        width: int,
        ratio: float,
        activation: str = "gelu_tanh",
        gated: bool = False,
        bias: bool = True,
    ):
        super().__init__()
        hidden = round(width * ratio)
        self.gated, self.activate = gated, ACTIVATIONS[activation]
        self.up = nn.Linear(width, hidden * (1 + gated), bias)
        self.down = nn.Linear(hidden, width, bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.up(x)
        if self.gated:
            y, gate = y.chunk(2, -1)
            return self.down(self.activate(y) * gate)
        return self.down(self.activate(y))


class Block(nn.Module):
    """Transformer block; `film` = (scale, shift), each [batch, length or 1, width], modulates its
    input.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
        rotary_base: float = 0.0,
        window: int = 0,
        norm_order: str = "pre",  # "post": after the residual sum (BERT)
        norm_epsilon: float = 1e-6,
        norm_bias: bool = True,
        normed_input: bool = False,  # the input needs no norm before attention
        bias: bool = True,
        activation: str = "gelu_tanh",
        gated_mlp: bool = False,
    ):
        super().__init__()
        self.window = window
        self.post, self.normed_input = norm_order == "post", normed_input
        self.attention = SelfAttention(width, heads, rotary_base, bias)
        self.mlp = MLP(width, mlp_ratio, activation, gated_mlp, bias)
        if self.post or not normed_input:
            self.attention_norm = nn.LayerNorm(width, norm_epsilon, bias=norm_bias)
        self.mlp_norm = nn.LayerNorm(width, norm_epsilon, bias=norm_bias)
        self.drop = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,  # [batch, length, width]
        mask: Tensor | None = None,  # [batch, length, length], of this block's window
        film: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        if film is not None:
            x = x * (1 + film[0]) + film[1]
        if self.post:
            x = self.attention_norm(x + self.drop(self.attention(x, mask)))
            return self.mlp_norm(x + self.drop(self.mlp(x)))
        y = x if self.normed_input else self.attention_norm(x)
        x = x + self.drop(self.attention(y, mask))
        return x + self.drop(self.mlp(self.mlp_norm(x)))


def unit(x: Tensor) -> Tensor:
    """Unit vectors along the last axis, in float32; a zero vector stays zero."""
    x = x.float()
    return x * torch.rsqrt((x * x).sum(-1, keepdim=True).clamp(min=1e-12))
