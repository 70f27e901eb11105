"""The crew: order of results, who works, and what happens when a block fails."""

import threading
import time

import pytest

from cat2vec.kernels.threads import workers


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
