"""Host and device at work at the same time, and results in the order of what was given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, pairwise
from typing import Any, TypeVar

T = TypeVar("T")
Unread = Callable[[], T]  # waits for the device and returns what it computed


@contextmanager
def threads(count: int) -> Iterator[Executor]:
    """Where the block fails, what has not begun is not waited for."""
    with ThreadPoolExecutor(count) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def ahead(pool: Executor, function: Callable[[Any], T], items: Iterable, count: int) -> Iterator[T]:
    """`map` in the pool's threads, which work on `count` items before they are asked for."""
    begun: deque[Future[T]] = deque()
    for item in items:
        begun.append(pool.submit(function, item))
        if len(begun) > count:
            yield begun.popleft().result()
    yield from (each.result() for each in begun)


def read_late(batches: Iterable[Unread[T]]) -> Iterator[T]:
    """What every batch returns, waited for once the next one is under way."""
    for read, _ in pairwise(chain(batches, [None])):
        yield read()
