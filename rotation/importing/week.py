"""The minutes of a week on clocks: which of them are served, and the pieces they fall into."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from rotation.core.roster import MINUTES_A_DAY

WEEK = 7 * MINUTES_A_DAY
Minutes: TypeAlias = frozenset[int]
"""Minutes after Monday's midnight, on a week's round."""

ALL: Minutes = frozenset(range(WEEK))


def stretch(starts: int, length: int) -> Minutes:
    """The minutes from `starts` on; what passes Sunday's midnight goes on with Monday."""
    return frozenset(minute % WEEK for minute in range(starts, starts + length))


def pieces(minutes: Minutes, cuts: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Every unbroken stretch between two cuts, as start and length; a week without an end has none.

    Also cut where a day and no more begins off midnight, because such hours cannot be written for
    several weekdays together.
    """
    edges = frozenset(cuts)
    for start in sorted(minutes):
        if start not in edges and (start - 1) % WEEK in minutes:
            continue
        end = start + 1
        while end - start < WEEK and end % WEEK in minutes and end % WEEK not in edges:
            end += 1
        before_midnight = -start % MINUTES_A_DAY
        if end - start == MINUTES_A_DAY and before_midnight:
            yield start, before_midnight
            yield (start + before_midnight) % WEEK, MINUTES_A_DAY - before_midnight
        else:
            yield start, end - start
