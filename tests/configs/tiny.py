"""All three stages in a few seconds; data.root is given by an override."""

import ml_collections

from unimr_jax.config_file import unknown_variant
from unimr_jax.models.fusion import FUSIONS

FUSED = "(nlu|fuse|films)/.*"


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.tokenizer = {"vocab_size": 600}
    config.model = model()
    config.data = {"threads": 1, "prefetch": 1, "augment": {"shift": 0.05}}
    config.stage_order = ("text", "nlu", "joint")
    config.stages = {"text": text_stage(), "nlu": nlu_stage(), "joint": joint_stage()}
    config.evaluation = {
        "datasets": ("scenes",),
        "batch_size": 64,
        "max_length": 32,
        "analysis": (),
    }
    if variant in FUSIONS:
        config.model.nlu.fusion = variant
    elif variant:
        raise unknown_variant(variant, list(FUSIONS))
    return config


def model() -> dict:
    tower = {"width": 16, "depth": 1, "heads": 2, "mlp_ratio": 2.0}
    return {
        "embed_dim": 16,
        "image": {**tower, "size": 16, "patch": 8, "pooling": "mean"},
        "text": {**tower, "dropout": 0.1},
        "nlu": {"layer": 0, "depth": 0, "heads": 2},
        "temperatures": {
            task: {"init": 0.07} for task in ("text_to_image", "text_to_text", "query_to_image")
        },
    }


def stage(rules: tuple, **tasks: dict) -> dict:
    return {
        "steps": 4,
        "rules": rules,
        "tasks": tasks,
        "optimizer": {"learning_rate": 1e-2, "warmup_steps": 1},
        "log_every": 2,
    }


def task(**losses: float) -> dict:
    lengths = {"text_length": 16, "positive_length": 16}
    return {"datasets": {"scenes": 1.0}, "batch_size": 8, "losses": losses, **lengths}


def text_stage() -> dict:
    rules = ((FUSED, 0.0, 0.0), (".*", 1.0, 1.0))
    return stage(rules, text_to_image=task(softmax=1.0), text_to_text=task(softmax=1.0))


def nlu_stage() -> dict:
    rules = (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0))
    return stage(rules, nlu=task(intent=1.0, slot=4.0))


def joint_stage() -> dict:
    rules = ((".*", 1.0, 1.0),)
    return stage(rules, query_to_image=task(softmax=1.0, intent=0.2, slot=1.0))
