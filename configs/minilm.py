"""A small pretrained sentence encoder, trained further on text–text pairs of your own.

    python -m unimr_jax train --config=configs/minilm.py --config.data.root=DATA \
        --workdir=runs/minilm
    python -m unimr_jax evaluate --workdir=runs/minilm --dataset=DATA/xquad

DATA holds the data sets `xquad` (questions and the paragraphs that answer them) and `tatoeba`
(sentences and their English translations) in the record format, split into train and validation.
The makers' XQuAD, as `prepare xquad` writes it, is all test: for the figures it was split by
article, in 8 languages. Weights and tokenizer are all-MiniLM-L6-v2's (BERT, 22.7 M parameters,
English), from the hub; without network give a directory:
`--config.stages.text.init_from=DIR --config.tokenizer.name=DIR`.

100 steps took 7 min 37 s on 2 CPU cores that a compilation shared. Validation, text_to_text
recall@1, as it comes and trained: xquad English 0.895 and 0.904, mean of 8 languages 0.415 and
0.560; tatoeba, mean of 42 languages, 0.029 and 0.081.

Variants: `zero_shot` (the weights as they come, to compare with) and `smoke` (random weights).
"""

import ml_collections

from unimr_jax.config_file import unknown_variant

MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"root": "data", "language_temperature": 0.5}
    config.tokenizer = {"name": MODEL}
    config.model = {
        "embed_dim": 384,
        "text": text_tower(),
        "nlu": {"layer": 6, "depth": 0, "heads": 12},
        "temperatures": {"text_to_text": {"init": 0.05}},
    }
    config.stage_order = ("text",)
    config.stages = {"text": text_stage()}
    config.evaluation = {
        "datasets": ("xquad", "tatoeba"),
        "split": "validation",
        "max_length": 256,
        "batch_size": 32,
    }
    if variant in VARIANTS:
        VARIANTS[variant](config)
    elif variant:
        raise unknown_variant(variant, list(VARIANTS))
    return config


def text_tower() -> dict:
    """As `import` prints it."""
    return {
        "width": 384,
        "depth": 6,
        "heads": 12,
        "positions": "learned",
        "embedding_norm": True,
        "block": {"norm_order": "post", "norm_epsilon": 1e-12, "activation": "gelu"},
    }


def text_stage() -> dict:
    return {
        "steps": 100,
        "init_from": MODEL,
        "optimizer": {
            "learning_rate": 1e-4,
            "warmup_steps": 15,
            "b2": 0.98,
            "weight_decay": 0.01,
        },
        # What it was not trained for stays out of the way.
        "rules": (("(image|image_projection|nlu|fuse)/.*", 0.0, 0.0), (".*", 1.0, 0.0)),
        "tasks": {
            "text_to_text": {
                "datasets": {"xquad": 0.5, "tatoeba": 0.5},
                "batch_size": 32,
                "losses": {"softmax": 1.0},
                "text_length": 96,
                "text_rows": 12,
                "positive_length": 224,
                "positive_rows": 16,
            },
        },
    }


def zero_shot(config: ml_collections.ConfigDict) -> None:
    config.stages.text.steps = 0


def smoke(config: ml_collections.ConfigDict) -> None:
    config.tokenizer = {"name": "", "vocab_size": 2048}
    config.stages.text.update({"init_from": "", "steps": 2, "log_every": 1})
    config.stages.text.optimizer.warmup_steps = 1
    config.stages.text.tasks.text_to_text.update(
        {"batch_size": 8, "text_rows": 4, "positive_rows": 4}
    )


VARIANTS = {"zero_shot": zero_shot, "smoke": smoke}
