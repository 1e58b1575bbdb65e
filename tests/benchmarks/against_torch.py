"""A training step of ours and one of PyTorch's, in turns, on the same numbers.

    python -m tests.benchmarks.against_torch small
    python -m tests.benchmarks.against_torch base   # one GPU

Each side has a process of its own, which waits while the other works. PyTorch runs eagerly on a CPU
and compiled on a GPU (`--compiled` and `--no-compiled` say otherwise). Keys of the config are set
as everywhere, with --config.KEY=VALUE. Needs torch: tests/benchmarks/requirements.txt. A ratio
above 1 means that ours is faster.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.benchmarks.sides import QUANTILES, in_turns, quantiles

CONFIG = "tests/benchmarks/dual_tower.py"
Steps = Callable[[int], float]  # trains so many steps; seconds of one


def ours(flags: argparse.Namespace) -> tuple[Steps, dict[str, Any]]:
    from unimr_jax.host import compute_in_the_calling_thread, keep_freed_memory

    keep_freed_memory()
    compute_in_the_calling_thread()
    import jax

    from unimr_jax.training.bench import model_flops
    from unimr_jax.training.bench.peak import matrix_peak
    from unimr_jax.training.stage_step import StageStep, init_params

    run = synthetic_run(flags)
    step = StageStep(run.stage_run("pairs"), init_params(run.model, run.stage_shapes("pairs"), 0))
    batch = run.batches("pairs").next_batches()
    state = step.state

    def steps(count: int) -> float:
        nonlocal state
        began = time.perf_counter()
        for _ in range(count):
            state, metrics = step(state, batch)
        jax.block_until_ready((state, metrics))
        return (time.perf_counter() - began) / count

    stage = run.config.stages["pairs"]
    facts = {
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
        "parameters": sum(x.size for x in jax.tree.leaves(step.shapes.params)),
        "flops": model_flops.counted(run.config, stage, run.model, step, batch),
        "peak": matrix_peak(run.config.model.dtype),
    }
    return steps, facts


def synthetic_run(flags: argparse.Namespace) -> Any:
    from unimr_jax import config_file
    from unimr_jax.training.bench.synthetic import SyntheticRun

    return SyntheticRun(config_file.load(f"{CONFIG}:{flags.variant}", flags.overrides), 1, 1)


def of_torch(flags: argparse.Namespace) -> tuple[Steps, dict[str, Any]]:
    os.environ["JAX_PLATFORMS"] = "cpu"  # which makes the numbers, and no more
    import torch

    from tests.benchmarks import peer_torch
    from unimr_jax.config import to_dict
    from unimr_jax.training.bench.synthetic import synthetic_batch

    config = synthetic_run(flags).config
    tasks, vocab = config.stages["pairs"].tasks, config.tokenizer.vocab_size
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = peer_torch.DualTower(to_dict(config.model), vocab, list(tasks))
    compiled = flags.compiled if flags.compiled is not None else device == "cuda"
    step = peer_torch.make_step(model, config.model.dtype, device, compiled)
    limits = {"tokens": vocab}
    batches = {name: synthetic_batch(config, name, task, limits) for name, task in tasks.items()}
    batches = peer_torch.on_device(batches, device)
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def steps(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            loss = step(batches)
        float(loss)
        wait()
        return (time.perf_counter() - began) / count

    parameters = sum(x.numel() for x in model.parameters())
    return steps, {"torch": torch.__version__, "compiled": compiled, "parameters": parameters}


def compare(flags: argparse.Namespace) -> dict[str, Any]:
    makes = {"ours": ours, "torch": of_torch}
    facts, seconds = in_turns(makes, flags, flags.turns, flags.steps)
    median = {name: float(np.median(times)) for name, times in seconds.items()}
    peak = facts["ours"]["flops"] / facts["ours"]["peak"]
    return {
        "variant": flags.variant,
        "facts": facts,
        "step_ms": {name: 1000 * time for name, time in median.items()},
        "share_of_matrix_peak": {name: peak / time for name, time in median.items()},
        "ratio": quantiles(seconds["torch"] / seconds["ours"]),
    }


def table(result: dict[str, Any]) -> Table:
    low, median, high = (result["ratio"][key] for key in QUANTILES)
    title = f"{result['variant']}, {result['facts']['ours']['device']}: ratio {median:.2f}"
    table = Table("", "step", "of the matrix peak", title=f"{title} ({low:.2f} to {high:.2f})")
    for name, step in result["step_ms"].items():
        share = result["share_of_matrix_peak"][name]
        table.add_row(name, f"{step:.1f} ms", f"{100 * share:.1f} %")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variant", choices=("tiny", "small", "base"))
    parser.add_argument("--steps", type=int, default=3, help="in a turn")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--compiled", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--json", type=Path)
    flags, flags.overrides = parser.parse_known_args()
    result = compare(flags)
    Console().print(table(result))
    if flags.json:
        flags.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
