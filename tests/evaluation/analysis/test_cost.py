from __future__ import annotations

from itertools import count

import jax
import numpy as np
import pytest

from tests.helpers import apply, random_params, random_texts, tiny_model
from unimr_jax.evaluation.analysis.cost import PARTS, by_turns, encoders, parameters_by_part

TEXTS = random_texts()


@pytest.mark.parametrize("fusion", ["gate", "film"])
def test_every_parameter_is_of_a_part(fusion):
    params = random_params(tiny_model(fusion=fusion))
    parts = parameters_by_part(params)
    assert parts.keys() <= set(PARTS.values())
    assert sum(parts.values()) == sum(x.size for x in jax.tree.leaves(params))


def test_parts_are_added_up():
    kernel = {"kernel": np.zeros((2, 3))}
    params = {"image_projection": kernel, "text_projection": kernel, "nlu": {"a": kernel}}
    assert parameters_by_part(params) == {"projections": 12, "NLU head": 6}


def test_medians_of_runs_by_turns():
    """The clock ticks once at every look: a run takes a second, and the other two more."""
    ticks, order = count(), []
    clock = lambda: float(next(ticks))  # noqa: E731

    def other() -> None:
        order.append("other")
        next(ticks), next(ticks)

    assert by_turns(lambda: order.append("one"), other, clock) == (1.0, 3.0)
    assert order == ["one", "other"] * 5


def test_without_is_the_plain_document_though_documents_are_fused():
    model = tiny_model(fuse_documents=True)
    params = random_params(model)
    without, fused = (encode(params, *TEXTS) for encode in encoders(model))
    plain = apply(tiny_model(), params, "encode_document", *TEXTS)
    np.testing.assert_array_equal(without, plain)
    np.testing.assert_array_equal(fused, apply(model, params, "encode_query", *TEXTS).embedding)
