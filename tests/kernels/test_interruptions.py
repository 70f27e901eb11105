"""Ctrl-C waits for what is being compiled, or loaded: LLVM would lose it, or crash."""

import signal
import threading

import numba
import pytest
from numba.core import event

from cat2vec.kernels.compiling import njit, uninterrupted

compiled_only = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")


def interrupt():
    signal.raise_signal(signal.SIGINT)


@compiled_only
def test_a_function_is_compiled_to_its_end_and_then_ctrl_c_is_heard():
    class Interrupting(event.Listener):
        def on_start(self, _event):
            interrupt()

        def on_end(self, _event):
            pass

    @njit()
    def next_of(number):
        return number + 1

    usual, listener = signal.getsignal(signal.SIGINT), Interrupting()
    event.register("numba:compile", listener)
    try:
        with pytest.raises(KeyboardInterrupt):
            next_of(1)
    finally:
        event.unregister("numba:compile", listener)
    assert len(next_of.signatures) == 1
    assert next_of(1) == 2
    assert len(next_of.signatures) == 1
    assert signal.getsignal(signal.SIGINT) == usual


def test_ctrl_c_in_one_inside_another_is_heard_once_at_the_end():
    steps = []

    def inner():
        interrupt()
        interrupt()
        steps.append("inner")

    def outer():
        uninterrupted(inner)()
        steps.append("outer")

    with pytest.raises(KeyboardInterrupt):
        uninterrupted(outer)()
    assert steps == ["inner", "outer"]
    assert uninterrupted(len)("abc") == 3


def test_an_error_is_told_where_nobody_interrupts():
    with pytest.raises(ZeroDivisionError):
        uninterrupted(lambda: 1 / 0)()


def test_who_ignores_ctrl_c_or_works_in_another_thread_is_left_alone():
    found = []
    thread = threading.Thread(target=lambda: found.append(uninterrupted(lambda: 1)()))
    thread.start()
    thread.join()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        found.append(uninterrupted(lambda: signal.getsignal(signal.SIGINT))())
    finally:
        signal.signal(signal.SIGINT, before)
    assert found == [1, signal.SIG_IGN]
