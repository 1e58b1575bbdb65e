"""The C library's allocator, told to keep what is freed."""

from __future__ import annotations

import ctypes

# Parameters of mallopt, from glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
LARGEST = 2**31 - 1


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
