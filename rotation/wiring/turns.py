"""How long a thread that computes keeps all others waiting.

Python lets one thread compute at a time and asks it to give way after 5 ms. What a webhook or the
first call after a boundary needs is a few turns of well below a millisecond, each of which had to
wait for that, behind a tick and two pages one after the other: 15 ms in the middle and 160 at the
longest, where it is 6 and 45 now. Giving way more often costs nothing that could be measured.
"""

import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from math import inf

TURN = 0.0005
"""Seconds."""
FIRST = 0.025
"""Seconds from its beginning for which a tick goes first: by then its call has left."""

AHEAD = 0.002
"""Seconds before an alarm from which on nobody begins anything: what was begun is done by then."""


def take_short_turns() -> None:
    sys.setswitchinterval(TURN)


class RightOfWay:
    """Ticks go first: a page or an answer begins once none is at its beginning, or about to begin.

    Nothing is lost to either, for they would only take turns; but after each statement and each
    write of its own a tick would have to wait for another turn. So would the alarm clock that
    begins it. `steady` is a clock that nobody sets.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic, first: float = FIRST) -> None:
        self._steady = steady
        self._first = first
        self._turn = threading.Lock()
        self._ticks = 0
        self._until = 0.0
        self._is_free = threading.Event()
        self._is_free.set()
        self._rings: dict[Hashable, float] = {}
        self._soonest = inf

    def rings(self, what: Hashable, seconds: float) -> None:
        """In so many seconds an alarm begins a tick; of each `what` the last one said counts."""
        with self._turn:
            self._rings[what] = self._steady() + seconds - AHEAD
            self._soonest = min(self._rings.values())

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A tick is under way."""
        with self._turn:
            self._ticks += 1
            now = self._steady()
            self._until = now + self._first
            self._is_free.clear()
            self._have_rung(now)
        try:
            yield
        finally:
            with self._turn:
                self._ticks -= 1
                if not self._ticks:
                    self._is_free.set()

    def give(self) -> None:
        """Wait until no tick is under way or about to begin: never longer than `first` (s)."""
        if (left := self._left()) > 0:
            self._is_free.wait(left)

    def is_free(self) -> bool:
        """Whether nobody would wait now."""
        return self._left() <= 0 or self._is_free.is_set()

    def _left(self) -> float:
        """Seconds for which ticks go first, if one is at work until then."""
        now = self._steady()
        if now >= self._soonest:
            self._rang(now)
        return self._until - now

    def _rang(self, now: float) -> None:
        with self._turn:
            if now >= self._soonest:
                self._until = max(self._until, self._soonest + self._first)
                self._is_free.clear()
                self._have_rung(now)

    def _have_rung(self, now: float) -> None:
        self._rings = {what: at for what, at in self._rings.items() if at > now}
        self._soonest = min(self._rings.values(), default=inf)
