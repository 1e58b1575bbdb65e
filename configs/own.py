"""Pictures with captions of your own, and the requests that `prepare queries` makes of them.

    python -m unimr_jax train --config=configs/own.py --config.data.root=DATA --workdir=runs/own

DATA holds `queries`, written `--with_captions`. The model and the stages are those of
`configs/quickstart.py` without text–text pairs: minutes on a laptop's CPU, from scratch. For a
model that has read the web start from pretrained towers, as `configs/xlmr_siglip2.py` does, which
reads below DATA `captions` (such as `prepare table` writes), `passages` (rows with `positive`, such
as of `prepare tatoeba`) and `assistant` (such as `prepare queries` or `massive` writes).

On 1,950 English and German names of emoji it trained in 6 min 50 s on 2 CPU cores, before requests
came with captions. Scored on test (114 pictures never seen): text_to_image recall@1 0.193,
recall@10 0.430; query_to_image 0.158 and 0.377, with wordings never seen; intent accuracy 0.605.

Variants: `smoke` (a few steps of everything).
"""

import ml_collections
import quickstart

from unimr_jax.config_file import unknown_variant


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    if variant not in ("", "smoke"):
        raise unknown_variant(variant, ["smoke"])
    config = quickstart.get_config(variant)
    config.data.scenes_size = 0
    config.data.root = "data"
    config.data.augment.update({"shift": 0.1, "scale": 0.25})
    for stage in config.stages.values():
        if "text_to_text" in stage.tasks:
            del stage.tasks["text_to_text"]
        for task in stage.tasks.values():
            task.datasets = {"queries": 1.0}
    config.evaluation.datasets = ("queries",)
    return config
