"""What the device can do at most, measured here and now."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import jax
import numpy as np

SIDE, CPU_SIDE = 8192, 1024  # of the matrices
REPEATS = 20


def matrix_peak(dtype: str) -> float:
    """FLOP/s of a product of two large random square matrices of the type, on one device.

    Of `REPEATS` batches of products the fastest counts: others may share the machine.
    """
    side = CPU_SIDE if jax.devices()[0].platform == "cpu" else SIDE
    left, right = jax.random.normal(jax.random.key(0), (2, side, side), dtype)
    multiply = jax.jit(lambda x, y: x @ y)
    seconds = [_seconds(multiply, left, right) for _ in range(REPEATS + 1)][1:]
    return 2 * side**3 / min(seconds)


def _seconds(multiply: Callable, left: jax.Array, right: jax.Array, products: int = 4) -> float:
    """Of one product; several are dispatched together, so that the host is not timed."""
    jax.block_until_ready((left, right))
    began = time.perf_counter()
    results = [multiply(left, right) for _ in range(products)]
    jax.block_until_ready(results)
    return (time.perf_counter() - began) / products


def peak_bytes() -> tuple[int, str]:
    """The most memory that was taken up to now, and whose: a device's, or the process's."""
    stats = jax.local_devices()[0].memory_stats()
    if stats and "peak_bytes_in_use" in stats:
        return stats["peak_bytes_in_use"], "device"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "process"


def spread(seconds: np.ndarray) -> dict[str, float]:
    """Median and the tenth and ninetieth percentile, in milliseconds."""
    low, median, high = 1000 * np.percentile(seconds, (10, 50, 90))
    return {"median_ms": float(median), "p10_ms": float(low), "p90_ms": float(high)}
