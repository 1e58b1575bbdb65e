"""Real data, 47 languages: emoji names and keywords with their drawings, sentences with their
translations, and assistant utterances with intents and slots.

    python -m unimr_jax train --config=configs/emoji.py --config.data.root=DATA --workdir=runs/emoji

DATA holds the data sets `emoji`, `pictograms`, `photos-grocery`, `tatoeba`, `storybook`, `injongo`
and `xsid` in the record format. Variants: `smoke` (a few steps of everything).

Trained in 12 min 56 s on 2 CPU cores. Scored on validation, seed 0, means over languages:
text_to_image recall@10 0.372 (chance 0.037), image_to_text recall@10 0.377 (chance 0.038); on
`injongo` after the NLU stage intent accuracy 0.713, slot F1 0.141. What was tried:
docs/experiments.md, entry 7.
"""

import ml_collections

from unimr_jax.config_file import unknown_variant


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {
        "root": "data",
        "language_temperature": 0.5,
        "augment": {"shift": 0.1, "scale": 0.3, "brightness": 0.1, "contrast": 0.25},
    }
    config.tokenizer = {"vocab_size": 24576}
    config.model = model()
    config.stage_order = ("text", "nlu", "joint")
    config.stages = {"text": text_stage(), "nlu": nlu_stage(), "joint": joint_stage()}
    config.evaluation = {
        "datasets": ("emoji", "tatoeba", "injongo"),
        "split": "validation",
        "max_length": 64,
    }
    if variant == "smoke":
        smoke(config)
    elif variant:
        raise unknown_variant(variant, ["smoke"])
    return config


def model() -> dict:
    return {
        "embed_dim": 256,
        "image": {
            "size": 48,
            "patch": 16,
            "stem": "convolutional",
            "stem_channels": 24,
            "width": 128,
            "depth": 2,
            "heads": 4,
            "pooling": "mean",
            "dropout": 0.1,
        },
        "text": {
            "width": 192,
            "depth": 1,
            "heads": 6,
            "dropout": 0.1,
            "embedding_deviation": 0.1,
        },
        "nlu": {"layer": 0, "depth": 2, "heads": 6},
        "temperatures": {
            "text_to_image": {"init": 0.05, "minimum": 0.04},
            "text_to_text": {"init": 0.03},
        },
    }


PICTURES = {"emoji": 0.9, "pictograms": 0.07, "photos-grocery": 0.03}
SENTENCES = {"tatoeba": 0.7, "storybook": 0.3}
UTTERANCES = {"injongo": 0.7, "xsid": 0.3}


def task(datasets: dict, batch_size: int, losses: dict, **lengths) -> dict:
    return {"datasets": datasets, "batch_size": batch_size, "losses": losses, **lengths}


def optimizer(learning_rate: float, weight_decay: float = 0.1) -> dict:
    return {
        "name": "muon",
        "learning_rate": learning_rate,
        "warmup_steps": 50,
        "b1": 0.85,
        "weight_decay": weight_decay,
    }


def text_stage() -> dict:
    """Names with pictures and sentences with translations; the NLU head waits."""
    return {
        "steps": 2900,
        "optimizer": optimizer(1.2e-2, 0.4),
        "rules": (("(nlu|fuse)/.*", 0.0, 0.0), (".*", 1.0, 1.0)),
        "tasks": {
            "text_to_image": names_and_pictures(),
            "text_to_text": translations(16, 0.05),
        },
    }


def names_and_pictures() -> dict:
    losses = {"softmax": 1.0, "paraphrase": 0.7}
    return task(PICTURES, 256, losses, text_length=32, text_rows=88, other_text=True, other_rows=88)


def translations(batch_size: int, weight: float) -> dict:
    rows = batch_size * 11 // 16
    return task(
        SENTENCES,
        batch_size,
        {"softmax": weight},
        text_length=32,
        text_rows=rows,
        positive_length=32,
        positive_rows=rows,
    )


def utterances(batch_size: int, losses: dict) -> dict:
    return task(UTTERANCES, batch_size, losses, text_length=32, text_rows=batch_size * 5 // 8)


def nlu_stage() -> dict:
    """Only the NLU head and its intent embeddings train: retrieval does not move."""
    return {
        "steps": 1000,
        "optimizer": optimizer(4e-3),
        "rules": (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0)),
        "tasks": {"nlu": utterances(64, {"intent": 1.0, "slot": 2.0})},
    }


def joint_stage() -> dict:
    """Everything, all losses; the image tower moves slowly."""
    return {
        "steps": 60,
        "optimizer": optimizer(2e-4),
        "rules": (
            ("(image|image_projection)/.*", 0.3, 1.0),
            ("fuse/.*", 0.0, 0.0),  # no utterance here has a picture to be fused for
            (".*", 1.0, 1.0),
        ),
        "tasks": {
            "text_to_image": names_and_pictures(),
            "text_to_text": translations(32, 0.3),
            "nlu": utterances(32, {"intent": 0.5, "slot": 1.0}),
        },
    }


def smoke(config: ml_collections.ConfigDict) -> None:
    config.tokenizer.vocab_size = 4096
    for stage in config.stages.values():
        stage.steps = 4
        stage.optimizer.warmup_steps = 1
        stage.log_every = 2
        for each in stage.tasks.values():
            each.batch_size = 16
            each.text_rows = 8
            if "other_rows" in each:
                each.other_rows = 8
