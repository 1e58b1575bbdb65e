"""The rows of configs/storybook.py: little of them is padding, and little of its data is cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from configs.storybook import get_config
from unimr_jax.config import Task, parse
from unimr_jax.data.collate import Example
from unimr_jax.data.datasets import training_sources
from unimr_jax.data.packing import Rows, pack
from unimr_jax.data.pipeline import task_batches
from unimr_jax.training import workdir

BATCHES = 100
# At most, of all tokens. A text in a row of its own of 64, 48, 128 and 40 tokens would lose 0.19,
# 0.22, 0.45 and 0.003 of them, with padding of more than half.
CUT = {
    "text_to_image": {"text": 0.2},
    "text_to_text": {"text": 0.1, "positive": 0.35},
    "nlu": {"text": 0.01},
}
LONGEST = 1024  # tokens, of which nearly no text has more
# A task that two stages have in common gives the same batches in both, and is looked at in one.
TASKS = {
    (name, str(task)): (stage, name)
    for stage, settings in get_config().stages.items()
    for name, task in settings.tasks.items()
}.values()


@pytest.fixture(scope="module")
def config(shared_data):
    recipe = get_config()
    recipe.data.root = str(shared_data)
    return parse(recipe.to_dict())


@pytest.fixture(scope="module")
def sources(config, tmp_path_factory):
    return training_sources(config, tmp_path_factory.mktemp("none"))


@pytest.fixture(scope="module")
def tokenizer(config, sources, tmp_path_factory):
    return workdir.tokenizer(tmp_path_factory.mktemp("run"), config, sources)


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "name"), TASKS)
def test_packs_its_texts_tightly(config, sources, tokenizer, stage, name):
    task = config.stages[stage].tasks[name]

    def lengths(examples: Sequence[Example], _) -> dict[str, np.ndarray]:
        texts = {field: [getattr(e.record, field) for e in examples] for field in CUT[name]}
        return {field: tokenizer.tokens(t, LONGEST)[1].sum(axis=1) for field, t in texts.items()}

    batches = task_batches(
        {name: sources[name] for name in task.datasets},
        name,
        weights=task.datasets,
        batch_size=task.batch_size,
        temperature=config.data.language_temperature,
        seed=0,
        collate=lengths,
    )
    batches = [batches[i] for i in range(BATCHES)]
    for field, most in CUT[name].items():
        padding, cut = wasted(task, field, np.stack([batch[field] for batch in batches]))
        assert padding <= 0.15 and cut <= most, (field, padding, cut)


def wasted(task: Task, field: str, lengths: np.ndarray) -> tuple[float, float]:
    """Shares of padding in batches, and of what is cut of texts of `lengths` [batches, texts]."""
    number, length = getattr(task, f"{field}_rows"), getattr(task, f"{field}_length")
    rows = Rows.of(task.batch_size, number, length)
    kept = sum(pack(of_batch, rows).length.sum() for of_batch in lengths)
    return 1 - kept / (len(lengths) * number * length), 1 - kept / lengths.sum()
