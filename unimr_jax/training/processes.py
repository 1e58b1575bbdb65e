"""Several processes that train one model: who does what alone, and where they wait for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import orbax.checkpoint as ocp

PATIENCE_MS = 3_600_000  # while process 0 draws data or trains a tokenizer


def is_first() -> bool:
    """True for the process that writes what a run has once: logs, config, tokenizer, report."""
    return jax.process_index() == 0


@contextmanager
def first_alone(what: str) -> Iterator[None]:
    """Process 0 goes in alone; the others follow when it is out, to find what it made.

    They follow as well when it failed, to fail alike and not to wait for ever.
    """
    if not is_first():
        meet(what)
    try:
        yield
    finally:
        if is_first():
            meet(what)


def meet(where: str) -> None:
    """Returns once every process is there; at once where there is one."""
    ocp.multihost.get_barrier_sync_fn()(key=where, timeout_ms=PATIENCE_MS)
