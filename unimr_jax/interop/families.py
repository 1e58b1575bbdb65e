"""The encoders of Hugging Face's transformers that our towers can be, each as a table of names.

A family says which modules a tower's parameters come from (`names`; "{i}" counts layers), which
entries of its config.json are settings of ours (`settings`), which of ours it always has
(`constants`), and what is left out of it (`ignored`). The tables are read in both directions, to
import and to export; a family of the same blocks is one more of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unimr_jax.interop.names import (
    Entry,
    Grid,
    Norm,
    PackedKeyValue,
    Patches,
    Places,
    Probe,
    Table,
    dense,
)
from unimr_jax.models.stack import STACK

Settings = Mapping[str, Any]  # of ours or in a config.json, by dotted path


@dataclass(frozen=True)
class Setting:
    """An entry of config.json as a setting of ours, and back: each of its value and all others."""

    entry: str
    ours: Callable[[Any, Settings], Any] = lambda value, theirs: value
    theirs: Callable[[Any, Settings], Any] = lambda value, ours: value


ACTIVATIONS = {  # ours by theirs
    "gelu": "gelu",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_new": "gelu_tanh",
    "quick_gelu": "quick_gelu",
    "silu": "silu",
    "relu": "relu",
}


def activation(entry: str) -> Setting:
    names = {ours: name for name, ours in reversed(ACTIVATIONS.items())}
    return Setting(entry, lambda name, _: ACTIVATIONS[name], lambda name, _: names[name])


@dataclass(frozen=True)
class Family:
    tower: str  # "text" or "image"
    model_type: str  # as it is written
    model_types: tuple[str, ...]  # that it is read from; of a dual tower "vision_config" counts
    architecture: str  # the class that loads what is written
    settings: Mapping[str, Setting]
    names: Mapping[str, Entry]
    constants: Mapping[str, Any] = field(default_factory=dict)
    # Values that config.json must have where it has the entry: what our blocks cannot do.
    required: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)  # into config.json, besides
    ignored: str = ""  # regex over tensors that are no part of the tower
    prefixes: tuple[str, ...] = ("",)  # of the names, in the order they are looked for
    projection: str = ""  # a linear layer without bias behind the pooling
    patches: bool = False  # takes pictures of any shape as patches, not squares

    def entry(self, module: str) -> tuple[Entry | None, str]:
        """The table's line for a module of ours, and the number of its layer, if it is in one."""
        number = re.match(rf"{STACK}_(\d+)/", module)
        if number is None:
            return self.names.get(module), ""
        return self.names.get(module.replace(number[0], f"{STACK}_{{i}}/")), number[1]


SIZES = {
    "width": Setting("hidden_size"),
    "depth": Setting("num_hidden_layers"),
    "heads": Setting("num_attention_heads"),
    "mlp_ratio": Setting(
        "intermediate_size",
        lambda hidden, theirs: hidden / theirs["hidden_size"],
        lambda ratio, ours: round(ratio * ours["width"]),
    ),
}

# ---- text --------------------------------------------------------------------------------------

_BERT_BLOCKS = {
    "embedding": Table("embeddings.word_embeddings"),
    "embedded": Norm("embeddings.LayerNorm"),
    "blocks_{i}/attention/qkv": dense(
        "encoder.layer.{i}.attention.self.query",
        "encoder.layer.{i}.attention.self.key",
        "encoder.layer.{i}.attention.self.value",
    ),
    "blocks_{i}/attention/out": dense("encoder.layer.{i}.attention.output.dense"),
    "blocks_{i}/attention_norm": Norm("encoder.layer.{i}.attention.output.LayerNorm"),
    "blocks_{i}/mlp/up": dense("encoder.layer.{i}.intermediate.dense"),
    "blocks_{i}/mlp/down": dense("encoder.layer.{i}.output.dense"),
    "blocks_{i}/mlp_norm": Norm("encoder.layer.{i}.output.LayerNorm"),
}
_BERT_POSITIONS = "embeddings.position_embeddings", "embeddings.token_type_embeddings"
_BERT_SETTINGS = SIZES | {
    "max_positions": Setting("max_position_embeddings"),
    "block.norm_epsilon": Setting("layer_norm_eps"),
    "block.activation": activation("hidden_act"),
}
_BERT_CONSTANTS = {"positions": "learned", "embedding_norm": True, "block.norm_order": "post"}
_BERT_HEADS = r"(pooler|cls|lm_head|classifier|qa_outputs)\..*|embeddings\.position_ids"
_UNUSED = 2  # of RoBERTa, the rows of positions before the first token's
_FULL, _LOCAL = "full_attention", "sliding_attention"  # ModernBERT's layers

BERT = Family(
    tower="text",
    model_type="bert",
    model_types=("bert",),
    architecture="BertModel",
    settings=_BERT_SETTINGS,
    names=_BERT_BLOCKS | {"places": Places(*_BERT_POSITIONS)},
    constants=_BERT_CONSTANTS,
    required={"position_embedding_type": "absolute", "is_decoder": False},
    written={"type_vocab_size": 1},
    ignored=_BERT_HEADS,
    prefixes=("bert.", ""),
)
XLM_ROBERTA = Family(
    tower="text",
    model_type="xlm-roberta",
    model_types=("xlm-roberta", "roberta", "camembert"),
    architecture="XLMRobertaModel",
    settings=_BERT_SETTINGS
    | {
        "max_positions": Setting(
            "max_position_embeddings", lambda n, _: n - _UNUSED, lambda n, _: n + _UNUSED
        )
    },
    names=_BERT_BLOCKS | {"places": Places(*_BERT_POSITIONS, unused=_UNUSED)},
    constants=_BERT_CONSTANTS,
    # Positions are counted from the padding token's number on.
    required={"position_embedding_type": "absolute", "is_decoder": False, "pad_token_id": 1},
    written={"type_vocab_size": 1},
    ignored=_BERT_HEADS,
    prefixes=("roberta.", ""),
)


def _global_every(types: list[str], theirs: Settings) -> int:
    """After how many layers one with full attention comes again."""
    return next((i for i, kind in enumerate(types) if i and kind == _FULL), len(types))


def _layer_types(every: int, ours: Settings) -> list[str]:
    """Without a window every layer sees all."""
    return [_LOCAL if ours["window"] and i % every else _FULL for i in range(ours["depth"])]


MODERNBERT = Family(
    tower="text",
    model_type="modernbert",
    model_types=("modernbert",),
    architecture="ModernBertModel",
    settings=SIZES
    | {
        "max_positions": Setting("max_position_embeddings"),
        "block.norm_epsilon": Setting("norm_eps"),
        "block.norm_bias": Setting("norm_bias"),
        "block.activation": activation("hidden_activation"),
        "rotary_base": Setting("rope_parameters.full_attention.rope_theta"),
        "local_rotary_base": Setting("rope_parameters.sliding_attention.rope_theta"),
        "window": Setting("local_attention", lambda n, _: n // 2, lambda n, _: 2 * n),
        "global_every": Setting("layer_types", _global_every, _layer_types),
    },
    names={
        "embedding": Table("embeddings.tok_embeddings"),
        "embedded": Norm("embeddings.norm"),
        "blocks_{i}/attention/qkv": dense("layers.{i}.attn.Wqkv"),
        "blocks_{i}/attention/out": dense("layers.{i}.attn.Wo"),
        "blocks_{i}/attention_norm": Norm("layers.{i}.attn_norm"),
        "blocks_{i}/mlp/up": dense("layers.{i}.mlp.Wi"),
        "blocks_{i}/mlp/down": dense("layers.{i}.mlp.Wo"),
        "blocks_{i}/mlp_norm": Norm("layers.{i}.mlp_norm"),
        "norm": Norm("final_norm"),
    },
    constants={
        "positions": "rotary",
        "embedding_norm": True,
        "block.norm_order": "pre",
        "block.bias": False,
        "block.gated_mlp": True,
        "block.unnormed_first": True,
    },
    required={
        "attention_bias": False,
        "mlp_bias": False,
        "rope_parameters.full_attention.rope_type": "default",
        "rope_parameters.sliding_attention.rope_type": "default",
    },
    ignored=r"(head|decoder|classifier)\..*",
    prefixes=("model.", ""),
)

# ---- image -------------------------------------------------------------------------------------

_IMAGE_SETTINGS = SIZES | {
    "patch": Setting("patch_size"),
    "block.norm_epsilon": Setting("layer_norm_eps"),
    "block.activation": activation("hidden_act"),
}
_IMAGE_CONSTANTS = {"stem": "linear", "block.norm_order": "pre"}
_SIZE = {"size": Setting("image_size")}
_CLIP_BLOCKS = {
    "blocks_{i}/attention/qkv": dense(
        "encoder.layers.{i}.self_attn.q_proj",
        "encoder.layers.{i}.self_attn.k_proj",
        "encoder.layers.{i}.self_attn.v_proj",
    ),
    "blocks_{i}/attention/out": dense("encoder.layers.{i}.self_attn.out_proj"),
    "blocks_{i}/attention_norm": Norm("encoder.layers.{i}.layer_norm1"),
    "blocks_{i}/mlp/up": dense("encoder.layers.{i}.mlp.fc1"),
    "blocks_{i}/mlp/down": dense("encoder.layers.{i}.mlp.fc2"),
    "blocks_{i}/mlp_norm": Norm("encoder.layers.{i}.layer_norm2"),
    "norm": Norm("post_layernorm"),
}
# The text tower of a dual model, and its temperature.
_OTHER_TOWER = r"text_model\..*|text_projection\..*|logit_scale|logit_bias|.*\.position_ids"

CLIP = Family(
    tower="image",
    model_type="clip_vision_model",
    model_types=("clip", "clip_vision_model"),
    architecture="CLIPVisionModel",
    settings=_IMAGE_SETTINGS | _SIZE,
    names=_CLIP_BLOCKS
    | {
        "": Grid("embeddings.position_embedding.weight", "embeddings.class_embedding"),
        "stem/patches": Patches("embeddings.patch_embedding"),
        "embedding_norm": Norm("pre_layrnorm"),
    },
    constants=_IMAGE_CONSTANTS
    | {
        "stem_bias": False,
        "embedding_norm": True,
        "pooling": "cls",
        "resampling": "bicubic",
    },
    ignored=_OTHER_TOWER,
    prefixes=("vision_model.", ""),
    projection="visual_projection",
)

_SIGLIP_HEAD = {
    "pooling": Probe("head.attention", "head.probe"),
    "pooling/key_value": PackedKeyValue("head.attention"),
    "pooling/out": dense("head.attention.out_proj"),
    "pooling/norm": Norm("head.layernorm"),
    "pooling/mlp/up": dense("head.mlp.fc1"),
    "pooling/mlp/down": dense("head.mlp.fc2"),
}
_SIGLIP_SETTINGS = _IMAGE_SETTINGS | {"pooling_heads": Setting("num_attention_heads")}
_SIGLIP_CONSTANTS = _IMAGE_CONSTANTS | {
    "stem_bias": True,
    "embedding_norm": False,
    "pooling": "map",
}

SIGLIP = Family(
    tower="image",
    model_type="siglip_vision_model",
    model_types=("siglip", "siglip_vision_model"),
    architecture="SiglipVisionModel",
    settings=_SIGLIP_SETTINGS | _SIZE,
    names=_CLIP_BLOCKS
    | _SIGLIP_HEAD
    | {
        "": Grid("embeddings.position_embedding.weight"),
        "stem/patches": Patches("embeddings.patch_embedding"),
    },
    constants=_SIGLIP_CONSTANTS | {"resampling": "bicubic"},
    required={"vision_use_head": True},
    ignored=_OTHER_TOWER,
    prefixes=("vision_model.", ""),
)


# The side that the learned positions are for; config.json counts its patches.
_NAFLEX_SIZE = Setting(
    "num_patches",
    lambda patches, theirs: math.isqrt(patches) * theirs["patch_size"],
    lambda size, ours: (size // ours["patch"]) ** 2,
)

SIGLIP2 = Family(
    tower="image",
    model_type="siglip2_vision_model",
    model_types=("siglip2", "siglip2_vision_model"),
    architecture="Siglip2VisionModel",
    settings=_SIGLIP_SETTINGS | {"size": _NAFLEX_SIZE},
    names=_CLIP_BLOCKS
    | _SIGLIP_HEAD
    | {
        "": Grid("embeddings.position_embedding.weight"),
        "stem/patches": Patches("embeddings.patch_embedding", convolution=False),
    },
    constants=_SIGLIP_CONSTANTS | {"resampling": "bilinear"},
    required={"vision_use_head": True},
    ignored=_OTHER_TOWER,
    prefixes=("vision_model.", ""),
    patches=True,
)

_WHOLE_RATIO = Setting(
    "mlp_ratio", lambda ratio, theirs: float(ratio), lambda ratio, ours: round(ratio)
)
_DINO_LAYER = "encoder.layer.{i}"
_DINO_ATTENTION = f"{_DINO_LAYER}.attention.attention"
DINOV2 = Family(
    tower="image",
    model_type="dinov2",
    model_types=("dinov2",),
    architecture="Dinov2Model",
    settings=_IMAGE_SETTINGS | _SIZE | {"mlp_ratio": _WHOLE_RATIO},
    names={
        "": Grid("embeddings.position_embeddings", "embeddings.cls_token", leading=1),
        "stem/patches": Patches("embeddings.patch_embeddings.projection"),
        "blocks_{i}/attention/qkv": dense(
            f"{_DINO_ATTENTION}.query", f"{_DINO_ATTENTION}.key", f"{_DINO_ATTENTION}.value"
        ),
        "blocks_{i}/attention/out": dense(
            f"{_DINO_LAYER}.attention.output.dense", scale=f"{_DINO_LAYER}.layer_scale1.lambda1"
        ),
        "blocks_{i}/attention_norm": Norm(f"{_DINO_LAYER}.norm1"),
        "blocks_{i}/mlp/up": dense(f"{_DINO_LAYER}.mlp.fc1"),
        "blocks_{i}/mlp/down": dense(
            f"{_DINO_LAYER}.mlp.fc2", scale=f"{_DINO_LAYER}.layer_scale2.lambda1"
        ),
        "blocks_{i}/mlp_norm": Norm(f"{_DINO_LAYER}.norm2"),
        "norm": Norm("layernorm"),
    },
    constants=_IMAGE_CONSTANTS
    | {
        "stem_bias": True,
        "embedding_norm": False,
        "pooling": "cls",
        "resampling": "bicubic",
    },
    required={"use_swiglu_ffn": False, "qkv_bias": True},
    written={"use_mask_token": False},
    ignored=r"embeddings\.mask_token|classifier\..*",
    prefixes=("dinov2.", ""),
)

FAMILIES = (BERT, XLM_ROBERTA, MODERNBERT, CLIP, SIGLIP, SIGLIP2, DINOV2)
