"""How long tests wait: bounds that a hang or a runaway cost reaches, and a loaded or slow machine does not.

No test may fail because other programs run beside it, so nothing here measures speed (`benchmarks/` does).
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HANG_S = 120  # seconds of the clock; what takes longer has stopped
CLOSED_PORT = 9  # of this machine: discard (RFC 863), which nobody runs; no client and no server is given it by chance
_TURN_S = 0.01  # seconds between two looks


@contextmanager
def within(seconds: int = HANG_S) -> Iterator[None]:
    """Fail instead of hanging: the block may take that many seconds of the clock. In the main thread only."""

    def stop(*_: object) -> None:
        raise AssertionError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def cost(seconds: float) -> Iterator[None]:
    """The block may take that many seconds of this process's own computing: ten times what it takes, or more.

    It finds work that grows with the square of its input, or that was not bounded; make the input large enough.
    """
    begun = time.process_time()
    yield
    spent = time.process_time() - begun
    assert spent < seconds, f"{spent:.2f} s of computing"


def until(holds: Callable[[], bool], seconds: float = HANG_S) -> None:
    """Wait until something that is sure to come has come."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"did not come within {seconds} s"
        time.sleep(_TURN_S)


def silent(_: object = None) -> bytes:
    """What a service says that takes longer than anyone waits: nothing."""
    time.sleep(HANG_S)
    return b""
