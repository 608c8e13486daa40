"""On which local dates a shift is served, with which hours, and in whose turn.

Seasons are looked up by bisection and turns are counted by arithmetic, so that a roster of twenty
years and a hundred seasons costs what a new one costs.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import date
from itertools import accumulate
from typing import assert_never

from rotation.core.roster import Every, Everyone, Hours, PersonId, Season, Shift, Turns

_NEVER: frozenset[int] = frozenset()


class Served:
    """The dates of one shift. A date is its proleptic ordinal, as `date.toordinal` gives it."""

    def __init__(self, shift: Shift) -> None:
        self.shift = shift
        self.seasons = tuple(sorted(shift.seasons, key=lambda season: season.first))
        self._firsts = [season.first.toordinal() for season in self.seasons]
        self._lasts = [season.last.toordinal() for season in self.seasons]
        hours = (shift.hours, *(s.hours for s in self.seasons if s.hours is not None))
        self.days_later = max(one.days_later for one in hours)
        more = (self._more(at, last + 1) for at, last in enumerate(self._lasts))
        self._more_by = list(accumulate(more, initial=0))
        """By how many dates the seasons before each change how often it is served."""
        anchor = shift.turns.anchor if isinstance(shift.turns, Turns) else date.min
        self._anchored = self.before(anchor.toordinal())

    def season(self, day: int) -> Season | None:
        """The season that the date lies in."""
        at = bisect_right(self._firsts, day) - 1
        return self.seasons[at] if at >= 0 and day <= self._lasts[at] else None

    def hours(self, day: int) -> Hours | None:
        """The hours of the occurrence that starts on the date; None where none does."""
        shift: Shift | Season = self.shift
        if self._firsts:
            shift = self.season(day) or shift
        return shift.hours if (day - 1) % 7 in shift.weekdays else None

    def before(self, day: int) -> int:
        """How many dates there are before this one on which it is served."""
        found = _dates(self.shift.weekdays, day)
        begun = bisect_left(self._firsts, day)
        if begun:
            at = begun - 1
            found += self._more_by[at] + self._more(at, min(day, self._lasts[at] + 1))
        return found

    def _more(self, at: int, until: int) -> int:
        """By how many dates before `until` a season changes how often it is served."""
        season, first, usual = self.seasons[at], self._firsts[at], self.shift.weekdays
        other = season.weekdays if season.hours is not None else _NEVER
        return (_dates(other, until) - _dates(other, first)) - (
            _dates(usual, until) - _dates(usual, first)
        )

    def replaced(self, day: int) -> Season | None:
        """The season without which the shift would have its usual hours on the date."""
        return self.season(day) if (day - 1) % 7 in self.shift.weekdays else None

    def on_turn(self, day: date) -> tuple[PersonId, ...]:
        """Whose turn the occurrence is that starts on the date. Before the anchor: no one.

        Blocks of `on_duty` people follow each other through the order and wrap: of a, b, c two at a
        time come a b, then c a, then b c.
        """
        turns = self.shift.turns
        if isinstance(turns, Everyone):
            return turns.people
        if day < turns.anchor:
            return ()
        first = self._units(turns, day) // turns.count * turns.on_duty
        return tuple(turns.order[(first + n) % len(turns.order)] for n in range(turns.on_duty))

    def _units(self, turns: Turns, day: date) -> int:
        """How many whole days served, weeks or months lie between the anchor and `day`."""
        match turns.unit:
            case Every.DAY:
                return self.before(day.toordinal()) - self._anchored
            case Every.WEEK:
                return (day - turns.anchor).days // 7
            case Every.MONTH:
                return _months(turns.anchor, day)
            case _:
                assert_never(turns.unit)


def _dates(weekdays: frozenset[int], day: int) -> int:
    """How many dates before `day` are on these weekdays. Ordinal 1 is a Monday."""
    weeks, rest = divmod(day - 1, 7)
    return weeks * len(weekdays) + sum(n in weekdays for n in range(rest))


def _months(anchor: date, day: date) -> int:
    """Counted from the anchor, never from the last turn: a 31st does not drift to the 28th."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    turn_day = min(anchor.day, monthrange(day.year, day.month)[1])
    return months if day.day >= turn_day else months - 1
