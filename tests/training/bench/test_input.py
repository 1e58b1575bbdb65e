"""Input is timed as training reads it, and its parts add up."""

from __future__ import annotations

import json

from tests import runs
from unimr_jax.training.bench.input import PARTS, bench_input
from unimr_jax.training.run import Run


def test_every_task_has_a_rate_and_parts(scenes_root, trained, tmp_path, capsys):
    with runs.one_device():
        run = Run(runs.tiny_config(scenes_root), trained.workdir)
    file = tmp_path / "input.json"
    figures = bench_input(run, 2, "text", file)
    assert json.loads(file.read_text()) == figures
    assert set(figures) == {"text: text_to_image", "text: text_to_text"}
    pictures, texts = figures.values()
    for one in (pictures, texts):
        assert one["examples_per_second"] > 0 and tuple(one["ms_per_example"]) == (*PARTS, "batch")
        for part in ("read", "tokenise", "batch"):
            assert one["ms_per_example"][part] > 0
    assert texts["ms_per_example"]["decode"] == texts["ms_per_example"]["augment"] == 0
    assert "text: text_to_image" in capsys.readouterr().out
