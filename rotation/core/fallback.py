"""When a group's fallback people are on duty: whenever no shift is, and it is not closed either."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

from rotation.core.clocks import MOMENT
from rotation.core.roster import ShiftId

FALLBACK = ShiftId("(fallback)")
"""What stands in the place of a shift; no shift of a file can be called so."""
_DAY = timedelta(days=1)


class Uncovered(NamedTuple):
    """Nobody has a shift in `[starts, ends)`, and it is not closed. Instants are UTC."""

    starts: datetime
    ends: datetime

    @property
    def key(self) -> str:
        """Its name for ever, like that of an occurrence: the UTC date and time it starts at."""
        return f"{FALLBACK}/{self.starts:%Y-%m-%d/%H%M%S}"


Taken: TypeAlias = Callable[[datetime, datetime], Iterable[tuple[datetime, datetime]]]
"""Every stretch in which somebody has a shift, or it is closed, that shares time with a window."""


def uncovered(taken: Taken, since: datetime, until: datetime) -> Iterator[Uncovered]:
    """What is left that shares time with `[since, until)`, in order.

    Each is whole, however little of it is asked about, so that its name is always the same; but
    none is longer than four years: where a leap year begins, by UTC, another begins.
    """
    leap = range(since.year - since.year % 4, until.year + 5, 4)
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in leap]
    low, high = _back(taken, since, years[0]), _ahead(taken, until, years[-1])
    cuts = [(at, at) for at in (*years, high) if low < at <= high]
    reached = low
    for starts, ends in sorted([*taken(low, high), *cuts]):
        if reached < starts and reached < until and starts > since:
            yield Uncovered(reached, starts)
        reached = max(reached, ends)


def _back(taken: Taken, at: datetime, first: datetime) -> datetime:
    """`at` where that is covered, else since when it is not; `first` where it never was."""
    if any(True for _ in taken(at, at + MOMENT)):
        return at
    low, step = at, _DAY
    while low > first:
        low, step = max(first, low - step), 2 * step
        ended = max((ends for _, ends in taken(low, at)), default=None)
        if ended is not None:
            return max(first, ended)
    return low


def _ahead(taken: Taken, at: datetime, last: datetime) -> datetime:
    """`at` where it is covered until then, else until when it is not; at most `last`."""
    if any(True for _ in taken(at - MOMENT, at)):
        return at
    high, step = at, _DAY
    while high < last:
        high, step = min(last, high + step), 2 * step
        begun = min((starts for starts, _ in taken(at, high)), default=None)
        if begun is not None:
            return begun
    return high
