"""Attention kernels on this machine: how far from the einsums' float32, and how fast.

    python -m tests.benchmarks.kernels

Value and gradient at base size (12 heads of 64 features, bfloat16), for rows that are whole, padded
or packed with several texts, and for a window. Errors are relative, of all gradients together.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table

from unimr_jax.models.attention import KERNELS, Segments, obstacle, segments_of

Array = jax.Array
HEADS, HEAD_WIDTH, TURNS = 12, 64, 20


def padded(batch: int, length: int) -> Segments:
    ends = jnp.linspace(length // 2, length, batch).astype(jnp.int32)
    return segments_of((jnp.arange(length) < ends[:, None])[:, None])


def packed(batch: int, length: int) -> Segments:
    ids = jnp.broadcast_to(1 + jnp.arange(length) // 32, (batch, length))
    return Segments(jnp.where(jnp.arange(length) < length - 8, ids, 0))


# name → (rows, tokens, which tokens see one another, window)
CASES: dict[str, tuple[int, int, Callable | None, int]] = {
    "pictures": (256, 256, None, 0),
    "captions, padded": (256, 64, padded, 0),
    "passages, padded": (64, 512, padded, 0),
    "passages, packed": (64, 512, packed, 0),
    "passages, window 64": (64, 512, padded, 64),
}


def value_and_gradients(kernel: str, segments: Segments | None, window: int) -> Callable:
    """Of states that somebody reads: padding is left out."""

    def total(states: tuple[Array, ...], directions: Array) -> Array:
        mixed = KERNELS[kernel](*states, segments, window).astype(jnp.float32)
        if segments is not None:
            mixed = jnp.where((segments.ids > 0)[:, None, :, None], mixed, 0.0)
        return (mixed * directions).sum()

    return jax.jit(jax.value_and_grad(total))


def measure(kernel: str, case: str) -> tuple[float, float] | str:
    """(milliseconds, relative error of the gradients), or why the kernel cannot run."""
    batch, length, make, window = CASES[case]
    segments = make(batch, length) if make else None
    shape = batch, HEADS, length, HEAD_WIDTH
    *states, directions = jax.random.normal(jax.random.key(0), (4, *shape))
    half = tuple(x.astype(jnp.bfloat16) for x in states)
    if reason := obstacle(kernel, half[0], segments):
        return reason
    run = value_and_gradients(kernel, segments, window)
    gradients = jax.block_until_ready(run(half, directions))[1]
    few = slice(0, 4)  # rows whose float32 logits fit anywhere
    some = segments and segments.replace(ids=segments.ids[few])
    exact = value_and_gradients("einsum", some, window)
    with jax.default_matmul_precision("highest"):
        expected = exact(tuple(x[few].astype(jnp.float32) for x in half), directions[few])[1]
    return _milliseconds(run, half, directions), _error([x[few] for x in gradients], expected)


def _milliseconds(run: Callable, *inputs: object) -> float:
    began = time.perf_counter()
    jax.block_until_ready([run(*inputs) for _ in range(TURNS)])
    return 1000 * (time.perf_counter() - began) / TURNS


def _error(found: list[Array], expected: tuple[Array, ...]) -> float:
    pairs = [(np.asarray(a, np.float64), np.asarray(b)) for a, b in zip(found, expected)]
    missed = sum(((a - b) ** 2).sum() for a, b in pairs)
    return float(np.sqrt(missed / sum((b**2).sum() for _, b in pairs)))


def main() -> None:
    table = Table("", "kernel", "value and gradient", "error", title=jax.devices()[0].device_kind)
    for case in CASES:
        for kernel in ("einsum", "cudnn"):
            found = measure(kernel, case)
            shown = (
                (found, "") if isinstance(found, str) else (f"{found[0]:.2f} ms", f"{found[1]:.1e}")
            )
            table.add_row(case, kernel, *shown)
    Console().print(table)


if __name__ == "__main__":
    main()
