"""Order, limits and ends of work in threads."""

import threading
import time

import pytest

from cartoonize.prefetch import map_parallel, prefetch


def test_order_is_kept_and_the_work_is_done_in_another_thread():
    workers = set()

    def items():
        for number in range(200):
            workers.add(threading.current_thread())
            yield number

    assert list(prefetch(items(), size=3)) == list(range(200))
    assert len(workers) == 1 and threading.current_thread() not in workers
    assert not workers.pop().is_alive()


def test_it_runs_ahead_up_to_the_limit():
    made = 0

    def items():
        nonlocal made
        for number in range(50):
            made += 1
            yield number

    chain = prefetch(items(), size=2)
    next(chain)
    time.sleep(0.1)
    assert made <= 1 + 2 + 1  # taken, waiting, being computed
    chain.close()


def test_it_does_run_ahead():
    second_made = threading.Event()

    def items():
        yield 1
        second_made.set()
        yield 2

    chain = prefetch(items(), size=1)
    assert next(chain) == 1
    assert second_made.wait(5)
    assert list(chain) == [2]


def test_an_exception_comes_after_the_items_before_it():
    def items():
        yield 1
        yield 2
        raise ValueError("three")

    got = []
    with pytest.raises(ValueError, match="three"):
        for item in prefetch(prefetch(items(), size=1), size=1):
            got.append(item)
    assert got == [1, 2]


@pytest.mark.parametrize("size", [1, 8])
def test_a_consumer_that_stops_closes_all_iterators(size):
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
    chain = prefetch(doubled(prefetch(items(), size=size)), size=size)
    assert [next(chain) for _ in range(3)] == [0, 2, 4]
    chain.close()
    assert len(closed) == 1 and closed[0] is not threading.current_thread()
    assert threading.active_count() == n_threads


def test_nothing_starts_before_the_first_item_is_requested():
    n_threads = threading.active_count()
    prefetch(range(3), size=1)
    assert threading.active_count() == n_threads


def test_results_come_in_order_even_if_the_first_takes_longest():
    others_done = threading.Event()

    def work(number):
        if number == 0:
            assert others_done.wait(5)
        if number == 2:
            others_done.set()
        return 10 * number

    assert list(map_parallel(work, range(6), n_threads=3)) == [0, 10, 20, 30, 40, 50]


def test_the_number_of_concurrent_and_of_taken_items_is_limited():
    at_once, most, taken = 0, 0, []
    lock = threading.Lock()

    def work(number):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1
        return number

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    done = map_parallel(work, items(), n_threads=3)
    for number in done:
        assert len(taken) <= number + 4
    assert most == 3


def test_every_thread_begins_once():
    begun = []

    def begin():
        begun.append(threading.current_thread())

    assert list(map_parallel(lambda number: number, range(50), n_threads=2, begin=begin)) == list(range(50))
    assert 1 <= len(begun) == len(set(begun)) <= 2


@pytest.mark.parametrize("where", ["work", "items"])
def test_an_exception_comes_in_order_and_ends_the_work(where):
    done = []

    def failing(number):
        if number == 5:
            raise ValueError("five")
        return number

    n_threads = threading.active_count()
    work, items = (failing, range(100)) if where == "work" else (int, map(failing, range(100)))
    with pytest.raises(ValueError, match="five"):
        for number in map_parallel(work, items, n_threads=3):
            done.append(number)
    assert done == list(range(5 if where == "work" else len(done))) and len(done) <= 5
    assert threading.active_count() == n_threads


def test_waiting_work_is_cancelled_if_the_consumer_stops():
    begun = []

    def work(number):
        begun.append(number)
        time.sleep(0.01)
        return number

    n_threads = threading.active_count()
    results = map_parallel(work, range(10**9), n_threads=2)
    assert next(results) == 0
    results.close()
    assert len(begun) <= 3 and threading.active_count() == n_threads
