"""When the occurrences of shifts are, laid out once for all shifts with the same hours.

Whose they are is all that differs between a thousand desks from nine to five, so that neither a
thousand of them nor a year costs more than to say whose. Kept are the stretches asked for last.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import Generic, NamedTuple, Protocol, TypeVar

from rotation.core import clocks
from rotation.core.clocks import resolved
from rotation.core.roster import Hours
from rotation.core.served import Dates

DATES = 64
"""Dates of UTC in a stretch."""
_MOST_KEPT = 1 << 11
"""Stretches: a year of 290 different hours, and no more than some 25 MiB."""
_LAST = date.max.toordinal()


class When(NamedTuple):
    """When one occurrence is, in UTC. `day` is the local date it starts on, as an ordinal.

    `moved` says that one of its wall times did not exist that day, so that it begins or ends at the
    jump instead. `dated` ends its key, after the shift's name.
    """

    day: int
    starts: datetime
    ends: datetime
    moved: bool
    dated: str


class _Lasting(Protocol):
    @property
    def starts(self) -> datetime: ...
    @property
    def ends(self) -> datetime: ...


_T = TypeVar("_T", bound=_Lasting)
by_start = attrgetter("starts")


class Stretch(Generic[_T]):
    """What shares time with `DATES` dates of UTC, by its start, else as it was given."""

    __slots__ = ("_begun", "_ended", "_starts", "found")

    def __init__(self, number: int, found: Iterable[_T]) -> None:
        since, until = bounds(number)
        self.found = sorted(
            (one for one in found if one.starts < until and one.ends > since),
            key=by_start,
        )
        self._starts = [one.starts for one in self.found]
        self._ended = list(accumulate((one.ends for one in self.found), max))
        """By when each and all before it have ended."""
        self._begun = bisect_left(self._starts, since)
        """How many began before it."""

    def within(self, since: datetime, until: datetime) -> list[_T]:
        """What of it shares time with `[since, until)`."""
        first, last = bisect_right(self._ended, since), bisect_left(self._starts, until)
        begun = min(bisect_left(self._starts, since, first), last)
        under_way = [one for one in self.found[first:begun] if one.ends > since]
        return under_way + self.found[begun:last]

    def at(self, at: datetime) -> list[_T]:
        """What of it holds an instant."""
        first, last = bisect_right(self._ended, at), bisect_right(self._starts, at)
        if first >= last:
            return []
        return [one for one in self.found[first:last] if one.ends > at]

    def begun(self, until: datetime) -> list[_T]:
        """What of it begins in it, and before `until`."""
        return self.found[self._begun : bisect_left(self._starts, until)]


class _Laid(Stretch[When]):
    """A stretch of occurrences: those that begin in it, their dates, and those without length."""

    __slots__ = ("days", "own", "swallowed")

    def __init__(self, number: int, whens: Sequence[When]) -> None:
        super().__init__(number, [one for one in whens if one.starts < one.ends])
        since, until = bounds(number)
        self.own = tuple(self.begun(until))
        self.days = tuple(one.day for one in self.own)
        gone = (one for one in whens if one.starts >= one.ends)
        self.swallowed = tuple(one for one in gone if since <= one.starts < until)


def number_of(at: datetime) -> int:
    """The number of the stretch that holds an instant of UTC."""
    return at.toordinal() // DATES


def bounds(number: int) -> tuple[datetime, datetime]:
    """The instants between which a stretch lies, half-open."""
    days = (min(max(n * DATES, 1), _LAST) for n in (number, number + 1))
    first, last = map(date.fromordinal, days)
    return datetime.combine(first, time.min, UTC), datetime.combine(last, time.min, UTC)


def joined(stretches: Sequence[Stretch[_T]], since: datetime, until: datetime) -> list[_T]:
    """What shares time with `[since, until)`, of stretches one after the other."""
    found = stretches[0].within(since, until)
    for stretch in stretches[1:]:
        found += stretch.begun(until)
    return found


def within(
    dates: Dates, zone: str, since: datetime, until: datetime
) -> Iterator[tuple[Sequence[When], tuple[int, ...]]]:
    """The occurrences that share time with `[since, until)`, by start, and beside each its date.

    In pieces, so that what is shared is not copied.
    """
    first, last = number_of(since), number_of(until)
    for number in range(first, last + 1):
        stretch = _stretch(dates, zone, number)
        if first < number < last:
            yield stretch.own, stretch.days
        else:
            found = stretch.within(since, until) if number == first else stretch.begun(until)
            yield found, tuple([one.day for one in found])


def at(dates: Dates, zone: str, instant: datetime) -> list[When]:
    """The occurrences that hold an instant."""
    return _stretch(dates, zone, number_of(instant)).at(instant)


def swallowed(dates: Dates, zone: str, number: int) -> tuple[When, ...]:
    """The occurrences of a stretch that have no length: they lie in an hour that clocks skip."""
    return _stretch(dates, zone, number).swallowed


def when(day: int, hours: Hours, zone: str) -> When:
    """The occurrence of these hours that starts on a local date; it may have no length."""
    starts, start_moved = resolved(day, hours.starts, zone)
    ends, end_moved = resolved(day + hours.days_later, hours.ends, zone)
    # A shift has one set of hours on a date, so it starts once on it, and that is number 0.
    dated = f"/{date.fromordinal(day).isoformat()}/0"
    return When(day, starts, ends, start_moved or end_moved, dated)


def forget_zones() -> None:
    """Make every zone be read anew. For whoever changes the zone data in force."""
    clocks.forget_zones()
    _stretch.cache_clear()


@lru_cache(maxsize=_MOST_KEPT)
def _stretch(dates: Dates, zone: str, number: int) -> _Laid:
    # A local date and the UTC date of the same instant differ by at most one.
    first, last = number * DATES - dates.days_later - 1, (number + 1) * DATES
    days = ((day, dates.hours(day)) for day in range(max(first, 1), last + 1))
    return _Laid(number, [when(day, hours, zone) for day, hours in days if hours is not None])
