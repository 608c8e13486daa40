"""Which kinds of work are short, as is learnt from how long they took."""

from collections.abc import Callable, Hashable
from time import perf_counter
from typing import TypeVar

from rotation.wiring.turns import AHEAD

T = TypeVar("T")

SHORT = AHEAD
"""Seconds. What is shorter and begins before an alarm is about to ring is done when it rings."""
IN_A_ROW = 16
"""So many have to be short before their kind is: one that was not costs the next ones a thread."""


class Short:
    """Told of work of each kind, on the loop and in threads alike.

    Two that end at the same instant may be counted as one; what is not short is noticed again.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._in_a_row: dict[Hashable, int] = {}

    def knows(self, kind: Hashable) -> bool:
        """Whether each of the last ones of this kind was short."""
        return self._in_a_row.get(kind, 0) >= IN_A_ROW

    def timed(self, kind: Hashable, work: Callable[[], T]) -> T:
        """What `work` returns or raises, and its kind is known a little better."""
        began = self._clock()
        try:
            return work()
        finally:
            is_short = self._clock() - began < SHORT
            self._in_a_row[kind] = self._in_a_row.get(kind, 0) + 1 if is_short else 0
