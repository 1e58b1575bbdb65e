"""The same dual tower and training step in PyTorch, as one would write it there to be fast.

Fused attention (SDPA), fused query, key and value, patches cut by a convolution over channels-last
pictures, float32 parameters under bfloat16 autocast on a GPU, fused AdamW, compiled blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

Batch = Mapping[str, Any]


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, rotary_base: float):
        super().__init__()
        self.heads, self.rotary_base = heads, rotary_base
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # [batch, heads, length, head_width]
        if self.rotary_base:
            query, key = rotary(query, self.rotary_base), rotary(key, self.rotary_base)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


def rotary(x: Tensor, base: float) -> Tensor:
    """[batch, heads, length, head_width]; the halves of a head are turned together."""
    half, length = x.shape[-1] // 2, x.shape[-2]
    steps = torch.arange(half, device=x.device, dtype=torch.float32) / half
    angles = torch.arange(length, device=x.device)[:, None] * base**-steps
    sin, cos = angles.sin().to(x.dtype), angles.cos().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Block(nn.Module):
    def __init__(self, width: int, heads: int, mlp_ratio: float, rotary_base: float = 0.0):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, rotary_base)
        self.up = nn.Linear(width, round(mlp_ratio * width))
        self.down = nn.Linear(round(mlp_ratio * width), width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x + self.attention(self.attention_norm(x), mask)
        return x + self.down(F.gelu(self.up(self.mlp_norm(x)), approximate="tanh"))


class MapPooling(nn.Module):
    """One learned query attends to all patches; an MLP follows (SigLIP's head)."""

    def __init__(self, width: int, mlp_ratio: float):
        super().__init__()
        self.heads = max(1, width // 64)
        self.probe = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.out, self.norm = nn.Linear(width, width), nn.LayerNorm(width)
        hidden = round(mlp_ratio * width)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        split = (self.heads, width // self.heads)
        query = self.query(self.probe).expand(batch, 1, width).view(batch, 1, *split)
        key, value = self.key_value(x).view(batch, length, 2, *split).unbind(dim=2)
        states = (part.transpose(1, 2) for part in (query, key, value))
        pooled = self.out(F.scaled_dot_product_attention(*states).reshape(batch, width))
        return pooled + self.down(F.gelu(self.up(self.norm(pooled)), approximate="tanh"))


class ImageTower(nn.Module):
    def __init__(self, image: Mapping[str, Any]):
        super().__init__()
        width, patch = image["width"], image["patch"]
        self.patches = nn.Conv2d(3, width, patch, stride=patch)
        self.positions = nn.Parameter(0.02 * torch.randn((image["size"] // patch) ** 2, width))
        sizes = width, image["heads"], image["mlp_ratio"]
        self.blocks = nn.ModuleList(Block(*sizes) for _ in range(image["depth"]))
        self.norm, self.pooling = nn.LayerNorm(width), MapPooling(width, image["mlp_ratio"])

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 [batch, 3, height, width], channels last → [batch, width]"""
        x = self.patches(pixels.to(self.patches.weight.dtype) / 127.5 - 1)
        x = x.flatten(2).transpose(1, 2) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.pooling(self.norm(x))


class TextTower(nn.Module):
    def __init__(self, text: Mapping[str, Any], vocab_size: int):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, text["width"])
        sizes = text["width"], text["heads"], text["mlp_ratio"], text["rotary_base"]
        self.blocks = nn.ModuleList(Block(*sizes) for _ in range(text["depth"]))
        self.norm = nn.LayerNorm(text["width"])

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Tokens and mask [batch, length] → the mean of token states [batch, width]."""
        x, seen = self.embedding(tokens), mask[:, None, None, :]
        for block in self.blocks:
            x = block(x, seen)
        weights = mask[..., None].to(x.dtype)
        return (self.norm(x) * weights).sum(dim=1) / weights.sum(dim=1)


class DualTower(nn.Module):
    def __init__(self, model: Mapping[str, Any], vocab_size: int, tasks: list[str]):
        super().__init__()
        self.image = ImageTower(model["image"])
        self.text = TextTower(model["text"], vocab_size)
        self.image_projection = nn.Linear(model["image"]["width"], model["embed_dim"])
        self.text_projection = nn.Linear(model["text"]["width"], model["embed_dim"])
        scale = {task: nn.Parameter(torch.tensor(0.07).log().neg()) for task in tasks}
        self.log_scale = nn.ParameterDict(scale)

    def encode_text(self, tokens: Tensor, mask: Tensor) -> Tensor:
        return F.normalize(self.text_projection(self.text(tokens, mask)).float(), dim=-1)

    def forward(self, batches: Mapping[str, Batch]) -> Tensor:
        """The sum over tasks of InfoNCE in both directions."""
        losses = []
        for task, batch in batches.items():
            queries = self.encode_text(batch["text_tokens"], batch["text_mask"])
            if task == "text_to_image":
                pictures = self.image_projection(self.image(batch["image"]))
                targets = F.normalize(pictures.float(), dim=-1)
            else:
                targets = self.encode_text(batch["positive_tokens"], batch["positive_mask"])
            logits = self.log_scale[task].exp() * queries @ targets.T
            right = torch.arange(len(logits), device=logits.device)
            losses.append((F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2)
        return torch.stack(losses).sum()


def on_device(batches: Mapping[str, Batch], device: str) -> dict[str, dict[str, Tensor]]:
    """Of NumPy batches, what the model reads."""

    def moved(name: str, x: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(x)).to(device)
        if name == "image":
            return tensor.permute(0, 3, 1, 2)  # channels last in memory, as they come
        return tensor

    wanted = ("image", "text_tokens", "text_mask", "positive_tokens", "positive_mask")
    return {
        task: {name: moved(name, batch[name]) for name in wanted if name in batch}
        for task, batch in batches.items()
    }


def compile_blocks(model: nn.Module) -> None:
    """Nearly all of the time is spent in them; all in one graph compile for minutes."""
    for module in model.modules():
        if isinstance(module, Block):
            module.compile(dynamic=False)


def make_step(
    model: DualTower, dtype: str, device: str, compiled: bool
) -> Callable[[Mapping[str, Batch]], Tensor]:
    """A training step, as a function of batches on the device."""
    model.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    if compiled:
        compile_blocks(model)

    def step(batches: Mapping[str, Batch]) -> Tensor:
        with torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16"):
            loss = model(batches)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    return step
