"""On which local dates a shift is served, with which hours, and in whose turn.

Seasons and public holidays are looked up by bisection and turns are counted by arithmetic, so that
a roster of twenty years and a hundred seasons costs what a new one costs.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from math import lcm
from operator import itemgetter
from typing import TypeAlias, assert_never

from rotation.core.roster import (
    Every,
    Everyone,
    Hours,
    OnHolidays,
    PersonId,
    Pick,
    Roster,
    Season,
    Shift,
    ShiftId,
    Turns,
)

_NEVER: frozenset[int] = frozenset()
_A_DAY = timedelta(days=1)
_Blocks: TypeAlias = tuple[tuple[PersonId, ...], ...]
_Named: TypeAlias = tuple[tuple[date, str], ...]


class Dates:
    """The hours of every date, with seasons and holidays; shifts that are alike share them.

    A date is its ordinal, as `date.toordinal` gives it.
    """

    def __init__(self, usual: Hours, weekdays: frozenset[int], seasons: tuple[Season, ...]) -> None:
        self.seasons = seasons
        others = (s.hours.days_later for s in seasons if s.hours)
        self.days_later = max((usual.days_later, *others))
        """How many dates after the one it starts on an occurrence ends at most."""
        self._usual, self._weekdays = usual, weekdays
        self._firsts = [season.first.toordinal() for season in seasons]
        self._lasts = [season.last.toordinal() for season in seasons]
        more = (self._more(at, last + 1) for at, last in enumerate(self._lasts))
        self._more_by = list(accumulate(more, initial=0))
        """By how many dates the seasons before each change how often it is served."""
        self._anchored: dict[int, int] = {}
        """How many dates are served before an anchor."""

    def season(self, day: int) -> Season | None:
        """The season that the date lies in."""
        at = bisect_right(self._firsts, day) - 1
        return self.seasons[at] if at >= 0 and day <= self._lasts[at] else None

    def hours(self, day: int) -> Hours | None:
        """The hours of the occurrence that starts on the date; None where none does."""
        season = self.season(day) if self.seasons else None
        if season is not None:
            return season.hours if (day - 1) % 7 in season.weekdays else None
        return self._usual if (day - 1) % 7 in self._weekdays else None

    def before(self, day: int) -> int:
        """How many dates there are before this one on which it is served."""
        found = _dates(self._weekdays, day)
        begun = bisect_left(self._firsts, day)
        if begun:
            at = begun - 1
            found += self._more_by[at] + self._more(at, min(day, self._lasts[at] + 1))
        return found

    def since(self, anchor: int, day: int) -> int:
        """How many there are from an anchor on; less than none before it."""
        before = self._anchored.get(anchor)
        if before is None:
            before = self._anchored[anchor] = self.before(anchor)
        return self.before(day) - before

    def _more(self, at: int, until: int) -> int:
        """By how many dates before `until` a season changes how often it is served."""
        season, first, usual = self.seasons[at], self._firsts[at], self._weekdays
        other = season.weekdays if season.hours is not None else _NEVER
        return (_dates(other, until) - _dates(other, first)) - (
            _dates(usual, until) - _dates(usual, first)
        )


class Served:
    """The dates of one shift, and whose they are; `holidays` are those of the calendar it keeps."""

    __slots__ = ("_always", "_around", "_rule", "dates", "shift")

    def __init__(self, shift: Shift, holidays: _Named = ()) -> None:
        self.shift = shift
        alike = shift.hours, shift.weekdays, shift.seasons, shift.holidays
        self.dates = _laid_out(*alike, holidays)
        turns, self._rule = shift.turns, None
        is_fixed = isinstance(turns, Everyone) and not shift.then
        self._always = shift.people if is_fixed else None
        self._around = () if shift.then else _once_around(turns)
        if self._around and isinstance(turns, Turns):
            rule = turns.unit, turns.count, turns.anchor, len(self._around)
            self._rule = _ruled(self.dates, *rule)

    @classmethod
    def of(cls, roster: Roster, name: ShiftId) -> "Served":
        shift = roster.shifts[name]
        if shift.holidays is None:
            return cls(shift)
        return cls(shift, roster.holidays[shift.holidays.calendar].days)

    def season(self, day: int) -> Season | None:
        """The season that the date lies in; a public holiday is one too."""
        return self.dates.season(day)

    def hours(self, day: int) -> Hours | None:
        """The hours of the occurrence that starts on the date; None where none does."""
        return self.dates.hours(day)

    def replaced(self, first: int, last: int) -> Iterator[tuple[int, Season]]:
        """The dates on which a season stands in the place of the usual hours, to `last`.

        Not before there is anybody's turn.
        """
        for day in range(first, last + 1) if self.dates.seasons else ():
            season = self.dates.season(day) if (day - 1) % 7 in self.shift.weekdays else None
            if season is not None and self.on_turn(date.fromordinal(day)):
                yield day, season

    def on_turn(self, day: date) -> tuple[PersonId, ...]:
        """Whose turn the occurrence is that starts on the date. Before the anchor: no one.

        Blocks of `on_duty` people follow each other through the order and wrap: of a, b, c two at a
        time come a b, then c a, then b c. Where turns are picked it is whoever may be: all of them.
        """
        turns = self.shift.turns_on(day)
        if isinstance(turns, Everyone):
            return turns.people
        if day < turns.anchor:
            return ()
        if turns.pick is not Pick.ORDER:
            return turns.order
        return block(turns, self.turn(turns, day))

    def whose(self, days: tuple[int, ...]) -> Sequence[tuple[PersonId, ...]]:
        """`on_turn` of each of these dates, which are ordinals in order."""
        if self._always is not None:
            return (self._always,) * len(days)
        if self._rule is None or not days or days[0] < self._rule.since:
            return [self.on_turn(date.fromordinal(day)) for day in days]
        return _finder(self._rule, days)(self._around)

    def turn(self, turns: Turns, day: date) -> int:
        """The number of the turn that the date is in, from 0 at the anchor."""
        (units,) = _units(self.dates, turns.unit, turns.anchor, (day.toordinal(),))
        return units // turns.count


class _Rule:
    """All of turns by one order but whose they are; after `around` of them they come again."""

    __slots__ = ("anchor", "around", "count", "dates", "since", "unit")

    def __init__(self, dates: Dates, unit: Every, count: int, anchor: date, around: int) -> None:
        self.dates, self.unit, self.count, self.anchor = dates, unit, count, anchor
        self.since, self.around = anchor.toordinal(), around


_ruled = lru_cache(maxsize=1 << 12)(_Rule)
"""Alike are one: so it is quick to say which it is."""
_Finder: TypeAlias = Callable[[_Blocks], _Blocks]


@lru_cache(maxsize=1 << 11)
def _finder(rule: _Rule, days: tuple[int, ...]) -> _Finder:
    """What finds the block of each of these dates among those that take turns, once around.

    Kept, since it is the same for all that have the same rule.
    """
    units = _units(rule.dates, rule.unit, rule.anchor, days)
    places = [number // rule.count % rule.around for number in units]
    if len(places) == 1:  # `itemgetter` gives one as it is
        return lambda blocks: (blocks[places[0]],)
    return itemgetter(*places)


def _units(dates: Dates, unit: Every, anchor: date, days: Iterable[int]) -> list[int]:
    """How many whole days served, weeks or months lie between the anchor and each date."""
    since = anchor.toordinal()
    match unit:
        case Every.DAY:
            return [dates.since(since, day) for day in days]
        case Every.WEEK:
            return [(day - since) // 7 for day in days]
        case Every.MONTH:
            return [_months(anchor, date.fromordinal(day)) for day in days]
        case _:
            assert_never(unit)


def _once_around(turns: Turns | Everyone) -> _Blocks:
    """The blocks of people, until the first has a turn again; none where it is not by order."""
    if isinstance(turns, Everyone) or turns.pick is not Pick.ORDER:
        return ()
    size, together = len(turns.order), turns.on_duty
    around = iter(turns.order * (lcm(size, together) // size))
    return tuple(zip(*[around] * together, strict=True))


def block(turns: Turns, number: int) -> tuple[PersonId, ...]:
    """Who has the turn of this number."""
    order, first = turns.order, number * turns.on_duty
    return tuple([order[(first + n) % len(order)] for n in range(turns.on_duty)])


@lru_cache(maxsize=1 << 12)
def _laid_out(
    usual: Hours,
    weekdays: frozenset[int],
    seasons: tuple[Season, ...],
    rule: OnHolidays | None,
    days: _Named,
) -> Dates:
    """Kept, since a country's holidays are many, and many shifts keep them alike."""
    if rule is not None:
        seasons = _with_holidays(seasons, [Season(d, d, rule.hours, weekdays, n) for d, n in days])
    return Dates(usual, weekdays, tuple(sorted(seasons, key=lambda season: season.first)))


def _with_holidays(seasons: tuple[Season, ...], holidays: list[Season]) -> tuple[Season, ...]:
    """A holiday stands above a season, unless that serves nothing or is for the one date alone."""
    firm = [s for s in seasons if s.hours is None or s.first == s.last]
    above = [h for h in holidays if not any(s.first <= h.first <= s.last for s in firm)]
    around = (piece for season in seasons if season not in firm for piece in _around(season, above))
    return (*firm, *above, *(piece for piece in around if piece.first <= piece.last))


def _around(season: Season, holidays: list[Season]) -> Iterator[Season]:
    """What holidays leave of a season."""
    first = season.first
    for holiday in holidays:
        if first <= holiday.first <= season.last:
            yield replace(season, first=first, last=holiday.first - _A_DAY)
            first = holiday.first + _A_DAY
    yield replace(season, first=first)


def _dates(weekdays: frozenset[int], day: int) -> int:
    """How many dates before `day` are on these weekdays. Ordinal 1 is a Monday."""
    weeks, rest = divmod(day - 1, 7)
    return weeks * len(weekdays) + sum(n in weekdays for n in range(rest))


def _months(anchor: date, day: date) -> int:
    """Counted from the anchor, never from the last turn: a 31st does not drift to the 28th."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    turn_day = min(anchor.day, monthrange(day.year, day.month)[1])
    return months if day.day >= turn_day else months - 1
