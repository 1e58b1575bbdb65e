"""Programs that do the same work in turns: each has a process, which waits while others work."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

# Does so many pieces; what one took: seconds, and whatever else was measured.
Work = Callable[[int], float | tuple[float, ...]]
Make = Callable[[Any], tuple[Work, dict[str, Any]]]  # of flags: the work, and facts about it

WARM_UP = 3  # pieces
QUANTILES = {"p10": 10, "median": 50, "p90": 90}


class Side:
    def __init__(self, make: Make, flags: Any):
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, flags, theirs))
        self._process.start()
        theirs.close()

    def wait(self) -> dict[str, Any]:
        """Until it has compiled; what it tells of itself."""
        return self._connection.recv()

    def work(self, count: int) -> float | tuple[float, ...]:
        self._connection.send(count)
        return self._connection.recv()

    def close(self) -> None:
        self._connection.send(0)
        self._process.join()


def _serve(make: Make, flags: Any, connection: Connection) -> None:
    """Does as many pieces as it is asked for, until it is asked for none."""
    work, facts = make(flags)
    work(WARM_UP)
    connection.send(facts)
    while count := connection.recv():
        connection.send(work(count))


def in_turns(
    makes: Mapping[str, Make], flags: Any, turns: int, pieces: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What each side tells of itself, and what its pieces took: [turns], or [turns, measures]."""
    sides = {name: Side(make, flags) for name, make in makes.items()}
    facts = {name: side.wait() for name, side in sides.items()}
    taken = [{name: side.work(pieces) for name, side in sides.items()} for _ in range(turns)]
    for side in sides.values():
        side.close()
    return facts, {name: np.array([turn[name] for turn in taken]) for name in sides}


def quantiles(ratios: np.ndarray) -> dict[str, float]:
    return {key: float(np.percentile(ratios, q)) for key, q in QUANTILES.items()}


def ratio(theirs: np.ndarray, ours: np.ndarray) -> str:
    """Median and spread over turns."""
    low, median, high = quantiles(theirs / ours).values()
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


def core_seconds() -> float:
    """Of this process and its workers, as Linux counts them."""
    workers = [child.pid for child in multiprocessing.active_children()]
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in workers]
    ticks = sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")
