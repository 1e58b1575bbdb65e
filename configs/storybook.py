"""Real data, 38 languages: picture-book pages and their texts, translations and whole stories.

    python -m unimr_jax train --config=configs/storybook.py --config.data.root=DATA \
        --workdir=runs/storybook

DATA holds the data sets `storybook`, `photos-grocery`, `pictograms`, `tatoeba`, `xquad`, `injongo`
and `xsid` in the record format. Pages narrate and only loosely describe their pictures, and there
are few of them: a relative benchmark. It has not been trained to its end.

Of each batch 9 to 13% are padding (tests/data/test_storybook.py). Texts that do not fit are cut:
18% of the tokens of pages, 28% of those of passages, 4% of those of titles and questions.

Variants: `smoke` (a few steps of everything).
"""

import ml_collections

from unimr_jax.config_file import unknown_variant

PICTURES = {"storybook": 0.7, "photos-grocery": 0.15, "pictograms": 0.15}
PASSAGES = {"storybook": 0.5, "tatoeba": 0.3, "xquad": 0.2}
UTTERANCES = {"injongo": 0.7, "xsid": 0.3}


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {
        "root": "data",
        "language_temperature": 0.5,
        "augment": {"shift": 0.06, "scale": 0.15, "brightness": 0.05, "contrast": 0.1},
    }
    config.tokenizer = {"vocab_size": 24576}
    config.model = model()
    config.stage_order = ("text", "nlu", "joint")
    config.stages = {"text": text_stage(), "nlu": nlu_stage(), "joint": joint_stage()}
    config.evaluation = {
        "datasets": ("storybook", "injongo"),
        "split": "validation",
        "max_length": 256,
    }
    if variant == "smoke":
        smoke(config)
    elif variant:
        raise unknown_variant(variant, ["smoke"])
    return config


def model() -> dict:
    return {
        "embed_dim": 256,
        "image": {"size": 96, "patch": 12, "width": 128, "depth": 4, "heads": 4, "pooling": "map"},
        "text": {"width": 192, "depth": 3, "heads": 6},
        "nlu": {"layer": 2, "depth": 1, "heads": 6},
        "temperatures": {
            "text_to_image": {"init": 0.05},
            "text_to_text": {"init": 0.03},
        },
    }


def task(datasets: dict, batch_size: int, losses: dict, **lengths) -> dict:
    return {"datasets": datasets, "batch_size": batch_size, "losses": losses, **lengths}


def optimizer(learning_rate: float) -> dict:
    return {
        "name": "muon",
        "learning_rate": learning_rate,
        "warmup_steps": 50,
        "b1": 0.95,
        "weight_decay": 0.02,
    }


def retrieval_tasks() -> dict:
    return {
        "text_to_image": task(PICTURES, 128, {"softmax": 1.0}, text_length=200, text_rows=18),
        "text_to_text": task(
            PASSAGES,
            48,
            {"softmax": 1.0},
            text_length=192,
            text_rows=8,
            positive_length=416,
            positive_rows=8,
        ),
    }


def utterances(batch_size: int, losses: dict) -> dict:
    return task(UTTERANCES, batch_size, losses, text_length=72, text_rows=batch_size // 4)


def text_stage() -> dict:
    """Pages with pictures, sentences with translations, titles with stories."""
    return {
        "steps": 600,
        "optimizer": optimizer(6e-3),
        "rules": (("(nlu|fuse)/.*", 0.0, 0.0), (".*", 1.0, 1.0)),
        "tasks": retrieval_tasks(),
    }


def nlu_stage() -> dict:
    """Only the NLU head and its intent embeddings train: retrieval does not move."""
    return {
        "steps": 400,
        "optimizer": optimizer(4e-3),
        "rules": (("nlu/.*", 1.0, 1.0), (".*", 0.0, 0.0)),
        "tasks": {"nlu": utterances(128, {"intent": 1.0, "slot": 2.0})},
    }


def joint_stage() -> dict:
    """Everything, all losses; the image tower moves slowly."""
    return {
        "steps": 200,
        "optimizer": optimizer(2e-3),
        "rules": (
            ("(image|image_projection)/.*", 0.3, 1.0),
            ("fuse/.*", 0.0, 0.0),  # no utterance here has a picture to be fused for
            (".*", 1.0, 1.0),
        ),
        "tasks": retrieval_tasks() | {"nlu": utterances(64, {"intent": 0.5, "slot": 1.0})},
    }


def smoke(config: ml_collections.ConfigDict) -> None:
    config.tokenizer.vocab_size = 4096
    for stage in config.stages.values():
        stage.steps = 4
        stage.optimizer.warmup_steps = 1
        stage.log_every = 2
        for each in stage.tasks.values():
            each.batch_size = 16
            each.text_rows = 4
