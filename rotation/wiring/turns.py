"""How long a thread that computes keeps all others waiting.

Python lets one thread compute at a time and asks it to give way after 5 ms. What a webhook or the
first call after a boundary needs is a few turns of well below a millisecond, each of which had to
wait for that, behind a tick and two pages one after the other: 15 ms in the middle and 160 at the
longest, where it is 6 and 45 now. Giving way more often costs nothing that could be measured.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TURN = 0.0005
"""Seconds."""
FIRST = 0.025
"""Seconds from its beginning for which a tick goes first: by then its call has left."""


def take_short_turns() -> None:
    sys.setswitchinterval(TURN)


class RightOfWay:
    """Ticks go first: a page or an answer begins once none is at its beginning.

    Nothing is lost to either, for they would only take turns; but after each statement and each
    write of its own a tick would have to wait for another turn. `steady` is a clock that nobody
    sets.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic, first: float = FIRST) -> None:
        self._steady = steady
        self._first = first
        self._turn = threading.Lock()
        self._ticks = 0
        self._until = 0.0
        self._is_free = threading.Event()
        self._is_free.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A tick is under way."""
        with self._turn:
            self._ticks += 1
            self._until = self._steady() + self._first
            self._is_free.clear()
        try:
            yield
        finally:
            with self._turn:
                self._ticks -= 1
                if not self._ticks:
                    self._is_free.set()

    def give(self) -> None:
        """Wait until no tick is under way, or has been for long: never longer than `first` (s)."""
        left = self._until - self._steady()
        if left > 0:
            self._is_free.wait(left)
