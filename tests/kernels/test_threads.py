"""The crew: order of results, who works, what happens when a block fails, and who limits BLAS."""

import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles
from cat2vec.kernels import threads
from cat2vec.kernels.threads import workers


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def two_blas_threads():
    """BLAS with two threads, so that a limit can be seen on every machine."""
    with threadpool_limits(2, user_api="blas"):
        assert blas_threads() == {2}
        yield


@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_results_stand_in_the_order_of_the_blocks(n_jobs):
    def late(number):
        time.sleep(0.002 * (number % 3))
        return number * number

    with workers(n_jobs) as crew:
        assert crew.map(late, range(40)) == [number * number for number in range(40)]
        assert crew.map(late, []) == []


def test_as_many_threads_work_as_were_asked_for_and_the_caller_is_one():
    met = threading.Barrier(3, timeout=20)

    def who(_):
        met.wait()  # ends only if three blocks are worked on at the same time
        return threading.get_ident()

    with workers(3) as crew:
        found = crew.map(who, range(3))
    assert len(set(found)) == 3
    assert threading.get_ident() in found


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_block_that_fails_stops_those_that_wait(n_jobs):
    done = []

    def work(number):
        if number == 3:
            raise KeyboardInterrupt
        time.sleep(0.001)
        done.append(number)

    with workers(n_jobs) as crew:
        with pytest.raises(KeyboardInterrupt):
            crew.map(work, range(1000))
        # were none stopped, all others would be done, which takes a second
        assert len(done) < 999
        assert crew.map(abs, [-1]) == [1]


def test_blas_is_limited_by_whichever_thread_comes_first_and_freed_by_the_last(two_blas_threads):
    with workers(1):  # a thread that limits it before
        assert blas_threads() == {1}
    first, second = workers(1), workers(1)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        one.submit(first.__enter__).result()
        assert blas_threads() == {1}
        other.submit(second.__enter__).result()
        one.submit(first.__exit__, None, None, None).result()
        assert blas_threads() == {1}
        other.submit(second.__exit__, None, None, None).result()
        assert blas_threads() == {2}
    with threadpool_limits(3, user_api="blas"):  # others can limit it afterwards
        assert blas_threads() == {3}


def test_a_thread_trains_to_the_same_bits_as_the_main_one(two_blas_threads):
    table = load_vehicles().drop(columns="example")

    def matrix():
        model = Cat2Vec(6, regularization="auto", columns={"wheels": "numeric"}).fit(table)
        return model.vectors_.matrix.tobytes()

    expected = matrix()
    with ThreadPoolExecutor(2) as pool:
        assert {pool.submit(matrix).result() for _ in range(2)} == {expected}
    assert matrix() == expected


def _blas_inside_and_after(found):
    with workers(1):
        found.put(blas_threads())
    found.put(blas_threads())


@pytest.mark.skipif(not hasattr(threads.os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_process_forked_while_a_thread_limits_blas_goes_on(two_blas_threads):
    context = multiprocessing.get_context("fork")
    found = context.Queue()
    process = context.Process(target=_blas_inside_and_after, args=(found,))
    with workers(1), threads._one_blas_thread._lock:
        process.start()
    process.join(60)
    if process.is_alive():
        process.kill()
        raise AssertionError("the process waits for a thread that is not in it")
    assert [found.get(timeout=10), found.get(timeout=10)] == [{1}, {2}]
