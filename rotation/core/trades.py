"""Whole turns that are traded, because somebody is off in theirs and has another's instead.

The trade is with the next in order who can: whoever has a later turn, is not off in the earlier one
and is no part of it, while the other is not off in theirs. Where nobody can there is no trade.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

from rotation.core.roster import Change, PersonId, Pick, Roster, ShiftId, Turns, WhileOff
from rotation.core.served import Served, block


class Trade(NamedTuple):
    """In a turn `to` is on duty for `of`."""

    of: PersonId
    to: PersonId
    change: Change


class _Turn(NamedTuple):
    """A turn, who has it by now, and the dates it is served on."""

    number: int
    people: tuple[PersonId, ...]
    days: tuple[int, ...]


_Key: TypeAlias = tuple[ShiftId, Turns, int]
Trades: TypeAlias = Mapping[_Key, Sequence[Trade]]
"""By shift, whose turns they are, and the number of the turn."""


def traded(roster: Roster, off: Iterable[Change]) -> Trades:
    """Every trade that these times off ask for (`WhileOff.SWAP`), the first made first."""
    found: dict[_Key, list[Trade]] = defaultdict(list)
    away: dict[PersonId, list[Change]] = defaultdict(list)
    asked = [change for change in off if change.turn is WhileOff.SWAP]
    for change in off if asked else ():
        away[change.person].append(change)
    for shift in roster.shifts.values() if asked else ():
        for turns, first, until in shift.orders():
            if isinstance(turns, Turns) and turns.pick is Pick.ORDER:
                dates = range(first.toordinal(), until.toordinal())
                trading = _Trading(Served.of(roster, shift.id), turns, dates, away, found)
                for change in asked:
                    if change.person in turns.order and change.shift in {None, shift.id}:
                        trading.trade(change)
    return dict(found)


def days_of(change: Change) -> range:
    """The dates it is about: local ones, or for an exact stretch those of UTC with one around."""
    if change.first is not None and change.last is not None:
        return range(change.first.toordinal(), change.last.toordinal() + 1)
    if change.starts is None or change.ends is None:
        return range(0)
    return range(change.starts.toordinal() - 1, change.ends.toordinal() + 2)


class _Trading(NamedTuple):
    """What is traded within one order, which holds on some `dates`; never across an edit of it."""

    served: Served
    turns: Turns
    dates: range
    away: Mapping[PersonId, list[Change]]
    found: dict[_Key, list[Trade]]

    def trade(self, change: Change) -> None:
        for number in self._numbers(change):
            mine = self._turn(number, near=min(days_of(change)))
            if change.person in mine.people and _asked_in_time(change, mine.days[0]):
                self._first_that_can(change, mine)

    def _first_that_can(self, change: Change, mine: _Turn) -> None:
        for number in range(mine.number + 1, mine.number + len(self.turns.order) + 1):
            theirs = self._turn(number, near=mine.days[-1])
            other = self._partner(change.person, mine, theirs)
            if other is not None:
                self.found[self._key(mine.number)].append(Trade(change.person, other, change))
                self.found[self._key(number)].append(Trade(other, change.person, change))
                return

    def _partner(self, person: PersonId, mine: _Turn, theirs: _Turn) -> PersonId | None:
        by = mine.days[0]
        if not theirs.days or person in theirs.people or self._is_away(person, theirs.days, by):
            return None
        can = (p for p in theirs.people if p not in mine.people)
        return next((p for p in can if not self._is_away(p, mine.days, by)), None)

    def _is_away(self, person: PersonId, days: Iterable[int], by: int) -> bool:
        """As far as it was known before the date `by`, on which the first of the turns begins."""
        known = (c for c in self.away.get(person, ()) if _asked_in_time(c, by))
        return any(day in days_of(change) for change in known for day in days)

    def _numbers(self, change: Change) -> list[int]:
        """The turns in which it is about a date that is served."""
        days = (date.fromordinal(d) for d in days_of(change) if self._is_served(d))
        return sorted({self._number(d) for d in days if d >= self.turns.anchor})

    def _turn(self, number: int, near: int) -> _Turn:
        """The turn of this number, which is not far from the date `near`."""
        people = list(block(self.turns, number))
        for trade in self.found.get(self._key(number), ()):
            people = [trade.to if p == trade.of else p for p in people]
        return _Turn(number, tuple(people), tuple(self._served(number, near)))

    def _served(self, number: int, near: int) -> list[int]:
        day = near
        while self._number(date.fromordinal(day)) >= number:
            day -= 1
        found = []
        while (at := self._number(date.fromordinal(day := day + 1))) <= number:
            if at == number and self._is_served(day):
                found.append(day)
        return found

    def _key(self, number: int) -> _Key:
        return self.served.shift.id, self.turns, number

    def _number(self, day: date) -> int:
        return self.served.turn(self.turns, day)

    def _is_served(self, day: int) -> bool:
        return day in self.dates and self.served.hours(day) is not None


def _asked_in_time(change: Change, first: int) -> bool:
    """A turn that has begun is not traded any more, nor is one traded back."""
    if change.made_at is not None and first <= change.made_at.toordinal():
        return False
    return change.ended_at is None or first <= change.ended_at.toordinal()
