"""XLM-R large for texts and SigLIP 2 So400m/14 at 384 pixels for pictures, in one space.

    python -m unimr_jax train --config=configs/large.py --config.data.root=DATA \
        --workdir=runs/large

As configs/xlmr_siglip2.py, one size up: for pods, where the batch is cut over more devices.

A step by `bench --compile_only --topology=8 --config.tokenizer.name=
--config.tokenizer.vocab_size=250002`, by XLA's plan for 8 CPU devices, which computes bfloat16 in
float32:

                      text      joint     joint of `lora`
    memory/device     4.8 GB    13.6 GB   11.6 GB
    received/device   144 GB    157 GB    119 GB
    matrix FLOPs      4,570 T   10,800 T  8,910 T

So the text stage's 50,000 steps are 2.3e20 FLOPs: a week on one device that does 4e14 a second. It
has not been trained.

Variants: `lora` (towers stand still in bfloat16, adapters of rank 16 beside their linear layers
train) and `smoke` (tiny towers of the same kinds, random weights, the embedded data set).
"""

import ml_collections
import xlmr_siglip2

from unimr_jax.config_file import unknown_variant

TEXTS, PICTURES = "FacebookAI/xlm-roberta-large", "google/siglip2-so400m-patch14-384"


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = xlmr_siglip2.get_config()
    config.tokenizer = {"name": TEXTS}
    config.model.embed_dim = 1152
    config.model.text.update({"width": 1024, "depth": 24, "heads": 16})
    config.model.image.update(image_tower())
    config.model.nlu.update({"layer": 23, "heads": 16})
    xlmr_siglip2.start_from(config, f"{TEXTS},{PICTURES}")
    if variant in VARIANTS:
        VARIANTS[variant](config)
    elif variant:
        raise unknown_variant(variant, list(VARIANTS))
    return config


def image_tower() -> dict:
    return {
        "size": 384,
        "patch": 14,
        "width": 1152,
        "depth": 27,
        "heads": 16,
        "mlp_ratio": 4304 / 1152,
        "pooling_heads": 16,
    }


def lora(config: ml_collections.ConfigDict) -> None:
    config.model.adapters = ((r"(image|text)/blocks/.*", 16),)
    for stage in (config.stages.text, config.stages.joint):
        stage.frozen_dtype = "bfloat16"
        stage.optimizer.learning_rate = 2e-4
    rest = ((r"(image|text)/.*", 0.0, 0.0), (".*", 1.0, 1.0))
    adapters = (r".*/lora_[ab]", 1.0, 0.0)
    config.stages.text.rules = (("(nlu|fuse|films)/.*", 0.0, 0.0), adapters, *rest)
    config.stages.joint.rules = (adapters, *rest)


def smoke(config: ml_collections.ConfigDict) -> None:
    xlmr_siglip2.smoke(config)
    config.model.image.mlp_ratio = 4.0


VARIANTS = {"lora": lora, "smoke": smoke}
