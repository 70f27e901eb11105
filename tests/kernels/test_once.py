"""Properties that are kept once computed: one object, and nobody waits for another thread."""

import threading

from cat2vec.kernels.once import cached_property


class Slow:
    """Holds a number that is computed when it is let."""

    def __init__(self):
        self.begun, self.let = threading.Event(), threading.Event()

    @cached_property
    def number(self):
        self.begun.set()
        assert self.let.wait(20)
        return [7]


def test_objects_of_a_class_do_not_wait_for_each_other():
    slow, fast = Slow(), Slow()
    fast.let.set()
    thread = threading.Thread(target=lambda: slow.number)
    thread.start()
    try:
        assert slow.begun.wait(20)
        found = []
        other = threading.Thread(target=lambda: found.append(fast.number), daemon=True)
        other.start()
        other.join(5)
        assert found == [[7]]
    finally:
        slow.let.set()
        thread.join()


def test_threads_that_compute_at_once_get_one_object():
    box, found = Slow(), []
    threads = [threading.Thread(target=lambda: found.append(box.number)) for _ in range(3)]
    for thread in threads:
        thread.start()
    box.let.set()
    for thread in threads:
        thread.join()
    assert all(number is box.number for number in found)
    assert len(found) == 3
    assert isinstance(Slow.number, cached_property)
