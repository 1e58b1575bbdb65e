"""What runs ahead stays in order and within bounds, and what is read late is read."""

from __future__ import annotations

import time

import pytest

from unimr_jax.retrieval.overlap import ahead, read_late, threads


@pytest.fixture
def pool():
    with threads(3) as pool:
        yield pool


@pytest.mark.parametrize("items, count", [(0, 2), (1, 2), (2, 2), (50, 1), (50, 7)])
def test_everything_in_order(pool, items, count):
    assert list(ahead(pool, lambda x: x * x, range(items), count)) == [x * x for x in range(items)]


def test_no_more_is_taken_than_shall_be_ahead(pool):
    taken = []
    squares = ahead(pool, lambda x: x * x, (taken.append(x) or x for x in range(50)), 4)
    assert next(squares) == 0 and taken == [0, 1, 2, 3, 4]
    assert next(squares) == 1 and len(taken) == 6


def test_an_error_comes_where_its_item_would(pool):
    results = ahead(pool, lambda x: 1 // (3 - x), range(9), 4)
    assert [next(results) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_after_an_error_nothing_new_is_begun():
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        time.sleep(0.02)
        assert item

    with pytest.raises(AssertionError), threads(2) as pool:
        list(ahead(pool, work, range(200), 100))
    assert len(begun) < 20


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_batch_is_read_once_the_next_is_under_way(count):
    log = []

    def batch(number: int):
        log.append(f"begin {number}")
        return lambda: log.append(f"read {number}") or number

    assert list(read_late(map(batch, range(count)))) == list(range(count))
    if count == 4:
        assert log == [
            *("begin 0", "begin 1", "read 0", "begin 2"),
            *("read 1", "begin 3", "read 2", "read 3"),
        ]
