"""A base-sized model for real data: ViT-B/16 at 256 pixels and a text encoder of XLM-R base's size.

    python -m unimr_jax bench --config=configs/base.py --compile_only --topology=8
    python -m unimr_jax train --config=configs/base.py --config.data.root=DATA --workdir=runs/base

DATA holds `captions` (pictures with captions), `passages` (text–text pairs) and `assistant`
(queries with intents, slots, and pictures) in the record format.

372.5 M parameters with 60 intents and 55 slots. By the first command, with XLA's plan for 8 CPU
devices, which computes bfloat16 in float32: an accelerator needs less.

    a step            text      nlu     joint
    memory/device     2.9 GB    0.5 GB  3.1 GB    of it parameters and optimizer state: up to 0.7 GB
    received/device   60.3 GB   0.4 GB  41.5 GB   weights and gradients, anew for every microbatch
    matrix FLOPs      1,380 T   5.7 T   966 T     on all devices, replays of microbatches included

It has not been trained. To fit smaller devices lower the microbatches, at more communication.

On one H200 with `scan_layers=False` and `remat="none"` in both towers, a joint step of 512
captions, 384 passages of 512 tokens and 256 queries at once took 0.63 s and 79 GB
(docs/benchmarks/2026-11-27-h200.md has the command).

Variants: `small` (fewer and narrower layers, 64,000 tokens) and `tiny` (on the embedded data set,
on a laptop's CPU; a check that everything runs, not a model).
"""

import ml_collections

from unimr_jax.config_file import unknown_variant


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"root": "data", "language_temperature": 0.5, "threads": 16}
    # A multiple of 16, so that any mesh axis divides it; XLM-R's own has 250,002.
    config.tokenizer = {"vocab_size": 250_000}
    config.model = model()
    # Parameters and optimizer state are cut over the devices, the vocabulary along with them.
    config.mesh = {
        "data": 1,
        "fsdp": -1,
        "overrides": (("text/embedding/embedding", ("fsdp", None)),),
    }
    config.stage_order = ("text", "nlu", "joint")
    config.stages = {"text": text_stage(), "nlu": nlu_stage(), "joint": joint_stage()}
    config.evaluation = {"datasets": ("captions", "passages", "assistant")}
    if variant in SHRINK:
        SHRINK[variant](config)
    elif variant:
        raise unknown_variant(variant, list(SHRINK))
    return config


def model() -> dict:
    # Of a block its input alone is kept: memory for larger microbatches, for a sixth more FLOPs.
    tower = {"width": 768, "depth": 12, "heads": 12, "scan_layers": True, "remat": "full"}
    sigmoid = {"init": 0.1, "bias": -10.0}
    return {
        "embed_dim": 768,
        "dtype": "bfloat16",
        "image": {**tower, "size": 256, "patch": 16, "pooling": "map"},
        "text": {**tower, "dropout": 0.1},
        "nlu": {"layer": 11, "depth": 0, "heads": 12},
        "temperatures": {
            "text_to_image": sigmoid,
            "text_to_text": {"init": 0.05},
            "query_to_image": sigmoid,
        },
    }


def task(dataset: str, batch_size: int, microbatch: int, losses: dict, **lengths) -> dict:
    return {
        "datasets": {dataset: 1.0},
        "batch_size": batch_size,
        "microbatch": microbatch,
        "losses": losses,
        **lengths,
    }


def stage(steps: int, learning_rate: float, rules: tuple, **tasks: dict) -> dict:
    return {
        "steps": steps,
        "tasks": tasks,
        "rules": rules,
        "optimizer": {
            "learning_rate": learning_rate,
            "warmup_steps": steps // 20,
            "b2": 0.95,  # SigLIP's, for stability at large batches
            "weight_decay": 0.05,
        },
        "log_every": 50,
        "checkpoint_every": 2000,
    }


def text_stage() -> dict:
    return stage(
        100_000,
        5e-4,
        (("(nlu|fuse|films)/.*", 0.0, 0.0), (".*", 1.0, 1.0)),
        text_to_image=task("captions", 4096, 256, {"sigmoid": 1.0}),
        text_to_text=task("passages", 1024, 256, {"softmax": 1.0}, positive_length=256),
    )


def nlu_stage() -> dict:
    return stage(
        5_000,
        1e-3,
        (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0)),
        nlu=task("assistant", 512, 0, {"intent": 1.0, "slot": 4.0}),
    )


def joint_stage() -> dict:
    return stage(
        20_000,
        1e-4,
        (("(image|image_projection)/.*", 0.1, 1.0), (".*", 1.0, 1.0)),
        text_to_image=task("captions", 2048, 256, {"sigmoid": 1.0}),
        text_to_text=task("passages", 512, 256, {"softmax": 1.0}, positive_length=256),
        query_to_image=task("assistant", 1024, 256, {"sigmoid": 1.0, "intent": 0.5, "slot": 2.0}),
    )


def small(config: ml_collections.ConfigDict) -> None:
    tower = {"width": 512, "depth": 8, "heads": 8}
    config.model.embed_dim = 512
    config.model.image.update({**tower, "size": 224})
    config.model.text.update(tower)
    config.model.nlu.update({"layer": 7, "heads": 8})
    config.tokenizer.vocab_size = 64_000


def tiny(config: ml_collections.ConfigDict) -> None:
    tower = {"width": 64, "depth": 2, "heads": 4}
    config.model.embed_dim = 64
    config.model.dtype = "float32"
    tower |= {"scan_layers": False, "remat": "none"}
    config.model.image.update({**tower, "size": 64})
    config.model.text.update(tower)
    config.model.nlu.update({"layer": 1, "heads": 4})
    config.tokenizer.vocab_size = 4096
    config.data = {"scenes_size": 200}
    config.evaluation = {"datasets": ("scenes",)}
    for each in config.stages.values():
        each.update({"steps": 4, "log_every": 2})
        each.optimizer.warmup_steps = 1
        for one in each.tasks.values():
            one.datasets = {"scenes": 1.0}
            one.update({"batch_size": 32, "microbatch": 16})


SHRINK = {"small": small, "tiny": tiny}
