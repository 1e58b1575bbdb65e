"""Each tower's part of a step is all that this tower gives to the losses."""

from __future__ import annotations

import jax
import pytest

from unimr_jax.losses import Outputs
from unimr_jax.losses.contrastive import Pairs
from unimr_jax.training.bench.parts import TOWERS

PAIRS = Pairs("queries", "targets", (), scale=None, negatives="negatives")
OUTPUTS = Outputs(
    PAIRS,
    others="others",
    other_targets="other targets",
    intent_logits="intent",
    slot_logits="slot",
)
READ = {"queries", "intent", "slot"}


@pytest.mark.parametrize(
    "task, images, texts",
    [
        ("query_to_image", {"targets", "other targets"}, READ | {"others"}),
        ("query_to_text", set(), READ | {"targets", "negatives", "others"}),
    ],
)
def test_of_a_task(task, images, texts):
    wanted = {name: set(jax.tree.leaves(part(task, OUTPUTS))) for name, part in TOWERS.items()}
    assert wanted == {"image tower": images, "text tower, NLU": texts}
