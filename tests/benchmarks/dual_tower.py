"""The work that `against_torch.py` times: pairs of pictures and captions, of texts and passages.

The sizes are those of `configs/base.py` and its variants; a batch fits the machine that a variant
is for. Every text is as long as it may be. Only the contrastive losses train: PyTorch's side has no
NLU head. `large_batch` is for `loss_share.py`.
"""

import ml_collections

from configs import base
from unimr_jax.config_file import unknown_variant

# image–text pairs, text–text pairs, tokens of a text, tokens of a passage
SIZES = {
    "tiny": (32, 0, 64, 0),
    "small": (16, 0, 64, 0),
    "base": (96, 48, 64, 512),
    "large_batch": (32768, 0, 64, 0),  # as large as `base`, encoded piece by piece
}
MICROBATCH = 1024  # pairs in a piece


def get_config(variant: str = "tiny") -> ml_collections.ConfigDict:
    if variant not in SIZES:
        raise unknown_variant(variant, list(SIZES))
    is_base = variant in ("base", "large_batch")
    config = base.get_config("" if is_base else variant)
    config.model.text.dropout = 0.0
    if not is_base:
        config.model.dtype = "float32"
    for tower in (config.model.image, config.model.text):
        tower.update({"scan_layers": False, "remat": "none"})
    config.model.temperatures = {task: {"init": 0.07} for task in ("text_to_image", "text_to_text")}
    config.stage_order = ("pairs",)
    config.stages = {"pairs": pairs(*SIZES[variant])}
    if variant == "large_batch":
        config.stages.pairs.tasks.text_to_image.microbatch = MICROBATCH
    return config


def pairs(pictures: int, passages: int, text_length: int, positive_length: int) -> dict:
    tasks = {"text_to_image": task(pictures, text_length)}
    if passages:
        tasks["text_to_text"] = task(passages, text_length, positive_length=positive_length)
    return {
        "steps": 1000,
        "tasks": tasks,
        "rules": (("(nlu|fuse|films)/.*", 0.0, 0.0), (".*", 1.0, 1.0)),
        "optimizer": {"name": "adamw", "learning_rate": 1e-4, "schedule": "constant"},
    }


def task(batch_size: int, text_length: int, **lengths: int) -> dict:
    return {
        "datasets": {"none": 1.0},
        "batch_size": batch_size,
        "losses": {"softmax": 1.0},
        "text_length": text_length,
        **lengths,
    }
