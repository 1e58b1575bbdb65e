"""mmBERT base for texts and SigLIP 2 B/16 NaFlex for pictures of any shape, in one space.

    python -m unimr_jax train --config=configs/mmbert_siglip2.py --config.data.root=DATA \
        --workdir=runs/mmbert_siglip2

As configs/xlmr_siglip2.py, with an encoder that reads long texts (rotary positions; two of three
layers see 64 tokens on either side) in 1,800 languages, and pictures that keep their shape.

A step of the text stage by `bench --compile_only --topology=8 --stage=text
--config.tokenizer.name= --config.tokenizer.vocab_size=256000`, by XLA's plan for 8 CPU devices:
27.2 GB a device, 186 GB received, 850 T matrix FLOPs; so 50,000 steps are 4.3e19 FLOPs, 30 hours
on one device that does 4e14 a second. Without a scan over layers that plan keeps far more than
configs/xlmr_siglip2.py's: lower the microbatches where it does not fit. It has not been trained.

Variants: `smoke` (tiny towers of the same kinds, random weights, the embedded data set).
"""

import ml_collections
import xlmr_siglip2

from unimr_jax.config_file import unknown_variant

TEXTS, PICTURES = "jhu-clsp/mmBERT-base", "google/siglip2-base-patch16-naflex"


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = xlmr_siglip2.get_config()
    config.tokenizer = {"name": TEXTS}
    config.data.update({"fit": "naflex", "interpolation": "bilinear", "max_patches": 256})
    config.model.text.update(text_tower())
    config.model.image.resampling = "bilinear"
    config.model.nlu.layer = 21
    # 256,000 tokens.
    config.mesh.overrides = (("text/embedding/embedding", ("fsdp", None)),)
    xlmr_siglip2.start_from(config, f"{TEXTS},{PICTURES}")
    if variant == "smoke":
        smoke(config)
    elif variant:
        raise unknown_variant(variant, ["smoke"])
    return config


def text_tower() -> dict:
    """As `import` prints it. Layers differ, so that none scans them."""
    return {
        "depth": 22,
        "mlp_ratio": 1.5,
        "positions": "rotary",
        "max_positions": 8192,
        "rotary_base": 160_000.0,
        "local_rotary_base": 160_000.0,
        "window": 64,
        "global_every": 3,
        "embedding_norm": True,
        "scan_layers": False,
        "block": {
            "norm_order": "pre",
            "norm_epsilon": 1e-5,
            "norm_bias": False,
            "unnormed_first": True,
            "bias": False,
            "activation": "gelu",
            "gated_mlp": True,
        },
    }


def smoke(config: ml_collections.ConfigDict) -> None:
    xlmr_siglip2.smoke(config)
    config.data.update({"fit": "naflex", "interpolation": "bilinear", "max_patches": 16})
    config.model.image.patch = 16
    config.model.text.update({"depth": 4, "window": 4})
    config.model.nlu.layer = 3
