"""Several processes that train one model: who does what alone, and where they wait for another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import jax
import numpy as np
import orbax.checkpoint as ocp
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding

from unimr_jax.errors import UserError
from unimr_jax.training.partitioning import BATCH

PATIENCE_MS = 3_600_000  # while process 0 draws data or trains a tokenizer


def join(
    distributed: str, coordinator_address: str, num_processes: int | None, process_id: int | None
) -> None:
    """Makes this process one of those that train together; before anything else asks JAX.

    Args:
      distributed: "auto": as the cluster says that JAX finds (TPU pods, Slurm and more), one
        process where it finds none; "off": one process.
      coordinator_address: HOST:PORT of process 0, given with the other two; empty: see above.

    Raises:
      UserError: one of the three is missing or does not fit the others.
    """
    if coordinator_address or num_processes is not None or process_id is not None:
        _check_explicit(distributed, coordinator_address, num_processes, process_id)
        jax.distributed.initialize(coordinator_address, num_processes, process_id)
    elif distributed == "auto":
        _join_cluster()
    if jax.process_count() > 1 and jax.default_backend() == "cpu":
        # A program over several CPU processes that is read back can hang, as over fake devices.
        jax.config.update("jax_enable_compilation_cache", False)


def _check_explicit(distributed: str, address: str, count: int | None, index: int | None) -> None:
    if distributed == "off" or not address or count is None or index is None:
        raise UserError(
            "--coordinator_address, --num_processes and --process_id go together, and without "
            "--distributed=off"
        )
    if ":" not in address:
        raise UserError(f"--coordinator_address={address} must be HOST:PORT of process 0")
    if not 0 <= index < count:
        raise UserError(f"--process_id={index} must lie between 0 and {count - 1}, its last one")


def _join_cluster() -> None:
    try:
        jax.distributed.initialize()
    except ValueError as error:
        if "coordinator_address" not in str(error):  # which JAX says where it finds no cluster
            raise


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


def check_alike(digests: Mapping[str, bytes], mend: str) -> None:
    """Together in all processes: finds what they do not have alike.

    Args:
      digests: by name, of equal lengths; the names are the same in every process.
      mend: what to do about it.

    Raises:
      UserError: in every process, of the first that differs.
    """
    if jax.process_count() == 1:
        return
    own = np.stack([np.frombuffer(digest, np.uint32) for digest in digests.values()])
    found = multihost_utils.process_allgather(own)  # [processes, names, words]
    for i, name in enumerate(digests):
        others = np.flatnonzero((found[:, i] != found[0, i]).any(axis=1))
        if others.size:
            numbers = ", ".join(map(str, others))
            raise UserError(f"{name}: not the same in process 0 and in {numbers}; {mend}")


def rows_of_batch(mesh: Mesh, batch_size: int) -> np.ndarray:
    """Indices into a global batch of the examples that this process's devices hold, ascending.

    Processes whose devices share examples (along `tensor`) hold the same ones.
    """
    rows = np.arange(batch_size)
    places = NamedSharding(mesh, BATCH).addressable_devices_indices_map((batch_size,))
    return np.unique(np.concatenate([rows[place] for place in places.values()]))
