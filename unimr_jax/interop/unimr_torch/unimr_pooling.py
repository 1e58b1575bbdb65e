"""From the states of tokens or patches to one state.

States [batch, length, width] and mask [batch, length] give [batch, width].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .unimr_blocks import MLP, attention, merge_heads, split_heads


def uniform_weights(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Weights [batch, length] of a mean over the tokens of each text."""
    return mask.to(dtype) / mask.sum(-1, keepdim=True).clamp(min=1)


def heads_of_64(width: int) -> int:
    """As many heads as divide the width, none of them under 64 features wide if it has as many."""
    return next(heads for heads in range(max(1, width // 64), 0, -1) if width % heads == 0)


class Pooling(nn.Module):
    """What poolings take; those without parameters read none of it."""

    def __init__(
        self,
        width: int,
        heads: int = 0,  # 0: of 64 features
        mlp_ratio: float = 4.0,
        activation: str = "gelu_tanh",
        norm_epsilon: float = 1e-6,
    ):
        super().__init__()


class MeanPooling(Pooling):
    """The mean over a text's tokens."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        return (states * uniform_weights(mask, states.dtype)[..., None]).sum(1)


class FirstPooling(Pooling):
    """The state of a text's first token, [CLS]."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        first = mask.int().argmax(-1)[:, None, None].expand(-1, 1, states.shape[-1])
        return states.gather(1, first)[:, 0]


class MaxPooling(Pooling):
    """The largest value of every feature over a text's tokens."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        lowest = torch.finfo(states.dtype).min
        largest = states.masked_fill(~mask[..., None], lowest).argmax(1, keepdim=True)
        return states.gather(1, largest)[:, 0]


class MapPooling(Pooling):
    """Attention by one learned query over all tokens, then an MLP (SigLIP's head)."""

    def __init__(
        self,
        width: int,
        heads: int = 0,
        mlp_ratio: float = 4.0,
        activation: str = "gelu_tanh",
        norm_epsilon: float = 1e-6,
    ):
        super().__init__(width)
        self.heads = heads or heads_of_64(width)
        self.probe = nn.Parameter(torch.zeros(1, width))
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, norm_epsilon)
        self.mlp = MLP(width, mlp_ratio, activation)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        query = self.probe.expand(states.shape[0], 1, -1)
        parts = (query, *self.key_value(states).chunk(2, -1))
        mixed = attention(*(split_heads(part, self.heads) for part in parts), mask[:, None])
        pooled = self.out(merge_heads(mixed))[:, 0]
        return pooled + self.mlp(self.norm(pooled))


POOLINGS: dict[str, type[Pooling]] = {
    "mean": MeanPooling,
    "max": MaxPooling,
    "cls": FirstPooling,
    "map": MapPooling,
}
