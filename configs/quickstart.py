"""The main job, small: all three stages on the embedded data set, on a laptop's CPU.

    python -m unimr_jax train --config=configs/quickstart.py --workdir=runs/quickstart

Took 4 min on 2 CPU cores with AVX-512 with its evaluation. Scored on the test split, seed 0
(recall@1, means over 12 languages): text_to_image 0.928, text_to_text 0.908, query_to_image 0.780;
nlu exact_match 0.973.

Variants: `smoke` (a few steps of everything), and the fusions `none`, `loss_only`, `concat`,
`cross_attention`, `film` in place of the default, `gate`.
"""

import ml_collections

from unimr_jax.config_file import unknown_variant
from unimr_jax.models.fusion import FUSIONS

DATASETS = {"scenes": 1.0}


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {
        "scenes_size": 6000,
        "language_temperature": 0.0,
        "augment": {"shift": 0.03, "brightness": 0.03, "contrast": 0.05},
    }
    config.tokenizer = {"vocab_size": 8192, "max_records": 12_000}
    config.model = model()
    config.stage_order = ("text", "nlu", "joint")
    config.stages = {"text": text_stage(), "nlu": nlu_stage(), "joint": joint_stage()}
    config.evaluation = {
        "datasets": ("scenes",),
        "max_length": 192,
        # A CPU encodes 64 texts at a time, which its caches hold, in 0.6 of the time of 256.
        "batch_size": 64,
        # The others take longer: add `matryoshka` and `cost` for the rest of the picture.
        "analysis": ("tokens", "noise", "distractors", "languages", "old_index"),
    }
    if variant in FUSIONS:
        config.model.nlu.fusion = variant
        config.stages.joint.rules = joint_rules(variant)
    elif variant == "smoke":
        smoke(config)
    elif variant:
        raise unknown_variant(variant, [*FUSIONS, "smoke"])
    return config


def model() -> dict:
    return {
        "embed_dim": 128,
        "image": {
            "size": 64,
            "patch": 16,
            "stem": "convolutional",
            "width": 128,
            "depth": 2,
            "heads": 4,
            "pooling": "mean",
        },
        "text": {"width": 128, "depth": 3, "heads": 4},
        "nlu": {"layer": 0, "depth": 2, "heads": 4},
        "temperatures": {
            "text_to_image": {"init": 0.03},
            "text_to_text": {"init": 0.03},
            "query_to_image": {"init": 0.03},
        },
    }


def task(batch_size: int, losses: dict, **lengths) -> dict:
    return {"datasets": DATASETS, "batch_size": batch_size, "losses": losses, **lengths}


def optimizer(learning_rate: float) -> dict:
    return {
        "name": "muon",
        "learning_rate": learning_rate,
        "warmup_steps": 20,
        "b1": 0.85,
        "weight_decay": 0.01,
    }


def text_stage() -> dict:
    """Image–text and text–text together; the NLU head waits."""
    return {
        "steps": 150,
        "optimizer": optimizer(6e-3),
        "rules": (("(nlu|fuse|films)/.*", 0.0, 0.0), (".*", 1.0, 1.0)),
        "tasks": {
            "text_to_image": task(128, {"softmax": 1.0}, text_length=64, text_rows=54),
            # At full weight from the start, text–text pairs hold image–text back.
            "text_to_text": task(
                24,
                {"softmax": linear(0.1, 0.6, begin=60, steps=60)},
                text_length=64,
                text_rows=11,
                positive_length=96,
            ),
        },
    }


def linear(start: float, end: float, begin: int, steps: int) -> dict:
    """A loss weight that goes from `start` to `end` after `begin` steps."""
    return {
        "kind": "linear",
        "init_value": start,
        "end_value": end,
        "transition_begin": begin,
        "transition_steps": steps,
    }


def nlu_stage() -> dict:
    """Only the NLU head and its intent embeddings train: retrieval does not move."""
    return {
        "steps": 90,
        "optimizer": optimizer(1e-2),
        "rules": (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0)),
        "tasks": {"nlu": task(80, {"intent": 1.0, "slot": 4.0}, text_length=128, text_rows=36)},
    }


def joint_stage() -> dict:
    """Everything, all losses; requests come with captions of their pictures; the slot strength
    moves fast.
    """
    return {
        "steps": 260,
        "optimizer": optimizer(6e-3),
        "rules": joint_rules("gate"),
        "tasks": {
            "text_to_image": task(32, {"softmax": 1.0}, text_length=64, text_rows=14),
            "text_to_text": task(
                16, {"softmax": 0.4}, text_length=64, text_rows=8, positive_length=96
            ),
            "query_to_image": task(
                96,
                {"softmax": 1.5, "paraphrase": 0.5, "intent": 0.5, "slot": 2.0},
                text_length=128,
                text_rows=42,
                other_text=True,
                other_rows=20,
            ),
        },
    }


def joint_rules(fusion: str) -> tuple:
    """The strength is the gate's alone."""
    strength = (("fuse/strength", 30.0, 0.0),) if fusion == "gate" else ()
    return (*strength, (".*", 1.0, 1.0))


def smoke(config: ml_collections.ConfigDict) -> None:
    if config.data.get("scenes_size"):
        config.data.scenes_size = 200
    config.tokenizer.vocab_size = 2048
    for part in ("image", "text", "nlu"):
        config.model[part].depth = 1  # the fewer layers, the sooner compiled
    for stage in config.stages.values():
        stage.steps = 4
        stage.optimizer.warmup_steps = 1
        stage.log_every = 2
        for each in stage.tasks.values():
            each.batch_size = 16
            each.text_rows = 8
            if "other_rows" in each:
                each.other_rows = 8
