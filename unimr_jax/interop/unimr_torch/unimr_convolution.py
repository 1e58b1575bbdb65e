"""Convolutions over a text's tokens: what lies near, at a fraction of attention's cost."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ConvolutionBlock(nn.Module):
    """Conformer's convolution module (arXiv 2005.08100, 2.2), dilated (arXiv 1702.02098).

    Each token sees `reach` others on either side, `dilation` tokens apart.
    """

    def __init__(self, width: int, reach: int, dilation: int, dropout: float):
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(width, 1e-6)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.taps = nn.Parameter(torch.zeros(2 * reach + 1, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """[batch, length, width], mask [batch, length] → as the first"""
        y = F.glu(self.up(self.norm(x)), -1)
        return x + self.drop(self.down(F.silu(self._depthwise(y * mask[..., None]))))

    def _depthwise(self, x: Tensor) -> Tensor:
        """Every feature by itself: [batch, length, width]."""
        taps, width = self.taps.shape
        edge = taps // 2 * self.dilation
        mixed = F.conv1d(
            x.transpose(1, 2),
            self.taps.T[:, None],
            padding=edge,
            dilation=self.dilation,
            groups=width,
        )
        return mixed.transpose(1, 2)
