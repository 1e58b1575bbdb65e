"""XLM-R base for texts and SigLIP 2 B/16 at 256 pixels for pictures, brought into one space.

    python -m unimr_jax train --config=configs/xlmr_siglip2.py --config.data.root=DATA \
        --workdir=runs/xlmr_siglip2

The data sets, tasks and batches are those of configs/base.py; weights, tokenizer and the way
pictures are resized come from the hub (0.4 GB and 1.1 GB are read of it). First the text tower
learns to meet the pictures, whose tower stands still; then the NLU head learns; then all of them
together, the image tower at a tenth of the rate. Pretrained weights do not decay.

A step by `bench --compile_only --topology=8 --config.tokenizer.name=
--config.tokenizer.vocab_size=250002` (which spares it the hub), by XLA's plan for 8 CPU devices:

                      text      nlu     joint
    memory/device     2.7 GB    0.4 GB  3.1 GB
    received/device   39.0 GB   0.3 GB  38.7 GB
    matrix FLOPs      709 T     5.7 T   986 T

So the text stage's 50,000 steps are 3.5e19 FLOPs: a day on one device that does 4e14 a second. It
has not been trained.

Variants: `smoke` (tiny towers of the same kinds, random weights, the embedded data set).
"""

import base
import ml_collections

from unimr_jax.config_file import unknown_variant

TEXTS, PICTURES = "FacebookAI/xlm-roberta-base", "google/siglip2-base-patch16-256"


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = base.get_config()
    config.tokenizer = {"name": TEXTS}
    config.data.update({"fit": "stretch", "interpolation": "bilinear"})
    config.model.text.update(text_tower())
    config.model.image.update(image_tower())
    # XLM-R's 250,002 tokens divide by no mesh; of their vectors each device has some features.
    config.mesh.overrides = (("text/embedding/embedding", (None, "fsdp")),)
    start_from(config, f"{TEXTS},{PICTURES}")
    if variant == "smoke":
        smoke(config)
    elif variant:
        raise unknown_variant(variant, ["smoke"])
    return config


def text_tower() -> dict:
    """As `import` prints it."""
    return {
        "positions": "learned",
        "embedding_norm": True,
        "block": {"norm_order": "post", "norm_epsilon": 1e-5, "activation": "gelu"},
    }


def image_tower() -> dict:
    return {"pooling_heads": 12, "resampling": "bicubic"}


def start_from(config: ml_collections.ConfigDict, weights: str) -> None:
    """Rates, decay and what stands still, for towers that know their trade already."""
    stages = config.stages
    stages.text.init_from = weights
    stages.text.rules = (
        ("(nlu|fuse|films)/.*", 0.0, 0.0),
        ("(image|image_projection)/.*", 0.0, 0.0),
        ("text/.*", 1.0, 0.0),
        (".*", 1.0, 1.0),
    )
    stages.text.frozen_dtype = "bfloat16"
    stages.text.steps, stages.text.optimizer.learning_rate = 50_000, 1e-4
    stages.joint.rules = (
        ("image/.*", 0.1, 0.0),
        ("text/.*", 1.0, 0.0),
        (".*", 1.0, 1.0),
    )
    stages.joint.optimizer.learning_rate = 2e-5


def smoke(config: ml_collections.ConfigDict) -> None:
    base.tiny(config)
    config.tokenizer.name = ""
    config.data.update({"fit": "stretch", "interpolation": "bilinear"})
    config.stages.text.init_from = ""
    config.mesh.overrides = ()
    config.model.image.pooling_heads = config.model.image.heads
