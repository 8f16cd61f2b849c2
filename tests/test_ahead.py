"""Parts of a chain side by side: order, bounds, ends."""

import threading
import time

import pytest

from cartoonize.ahead import ahead


def test_order_is_kept_and_the_work_is_done_elsewhere():
    workers = set()

    def items():
        for number in range(200):
            workers.add(threading.current_thread())
            yield number

    assert list(ahead(items(), size=3)) == list(range(200))
    assert len(workers) == 1 and threading.current_thread() not in workers
    assert not workers.pop().is_alive()


def test_it_runs_no_further_ahead_than_asked():
    made = 0

    def items():
        nonlocal made
        for number in range(50):
            made += 1
            yield number

    chain = ahead(items(), size=2)
    next(chain)
    time.sleep(0.1)
    assert made <= 1 + 2 + 1  # taken, waiting, in the maker's hands
    chain.close()


def test_it_does_run_ahead():
    second_made = threading.Event()

    def items():
        yield 1
        second_made.set()
        yield 2

    chain = ahead(items(), size=1)
    assert next(chain) == 1
    assert second_made.wait(5)
    assert list(chain) == [2]


def test_a_failure_comes_after_the_items_before_it():
    def items():
        yield 1
        yield 2
        raise ValueError("three")

    got = []
    with pytest.raises(ValueError, match="three"):
        for item in ahead(ahead(items(), size=1), size=1):
            got.append(item)
    assert got == [1, 2]


@pytest.mark.parametrize("size", [1, 8])
def test_a_consumer_that_stops_closes_the_whole_chain(size):
    closed = []

    def items():
        try:
            yield from range(10**9)
        finally:
            closed.append(threading.current_thread())

    def doubled(numbers):
        for number in numbers:
            yield 2 * number

    n_threads = threading.active_count()
    chain = ahead(doubled(ahead(items(), size=size)), size=size)
    assert [next(chain) for _ in range(3)] == [0, 2, 4]
    chain.close()
    assert len(closed) == 1 and closed[0] is not threading.current_thread()
    assert threading.active_count() == n_threads


def test_nothing_starts_before_it_is_asked_for():
    n_threads = threading.active_count()
    ahead(range(3), size=1)
    assert threading.active_count() == n_threads
