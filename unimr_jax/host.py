"""What training on a CPU needs of this process, to get its memory from the kernel only once."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jax import Device

# Parameters of mallopt, from glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
LARGEST = 2**31 - 1

_ASYNC_DISPATCH = "jax_cpu_enable_async_dispatch"


def keep_freed_memory() -> None:
    """Leaves freed memory with the process; does nothing where the C library is not glibc.

    On a CPU, XLA takes the arrays of a step from malloc, and glibc hands large ones back to the
    kernel when the step is over, to get them anew, page by page and zeroed, in the next.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(M_MMAP_MAX, 0)  # all from the heap …
    mallopt(M_TRIM_THRESHOLD, LARGEST)  # … which is not cut back
    mallopt(M_TOP_PAD, 2**28)


def tokenize_in_the_calling_threads(threads: int) -> None:
    """For as many threads as there are cores, since tokenizers' own would only be in their way.

    Not where the environment says what tokenizers shall do.
    """
    if threads >= os.cpu_count():
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def compute_in_the_calling_thread() -> None:
    """For a CPU alone; to be called before jax looks for devices.

    Only the main thread's heap grows beyond 64 MiB: what a step asks for in a thread of XLA's own
    is mapped and unmapped in spite of `keep_freed_memory`. Accelerators, and a CPU that plays
    several devices, compute beside the calling thread as ever.
    """
    import jax

    jax.config.update(_ASYNC_DISPATCH, False)


def computes_in_the_calling_thread(devices: Iterable[Device]) -> bool:
    """Whether a step on these devices does, once all its arguments are at hand."""
    import jax

    platforms = [device.platform for device in devices]
    return not jax.config.values[_ASYNC_DISPATCH] and platforms == ["cpu"]
