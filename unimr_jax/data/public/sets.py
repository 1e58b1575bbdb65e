"""The public sets by name: a set is one module beside this one and one line below."""

from __future__ import annotations

from unimr_jax.data.public.coco_captions import COCO_CAPTIONS
from unimr_jax.data.public.crossmodal3600 import CROSSMODAL3600
from unimr_jax.data.public.emoji import EMOJI
from unimr_jax.data.public.massive import MASSIVE
from unimr_jax.data.public.miracl import MIRACL
from unimr_jax.data.public.multi30k import MULTI30K
from unimr_jax.data.public.public_set import PublicSet
from unimr_jax.data.public.tatoeba import TATOEBA
from unimr_jax.data.public.xquad import XQUAD
from unimr_jax.data.public.xtd10 import XTD10

PUBLIC: dict[str, PublicSet] = {
    "coco_captions": COCO_CAPTIONS,
    "multi30k": MULTI30K,
    "xtd10": XTD10,
    "crossmodal3600": CROSSMODAL3600,
    "massive": MASSIVE,
    "miracl": MIRACL,
    "xquad": XQUAD,
    "tatoeba": TATOEBA,
    "emoji": EMOJI,
}
