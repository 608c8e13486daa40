"""Turns that are picked: each is of whoever was on duty least since the quarter began.

Counted are the hours in the shift itself and in those whose turns go by order, as changes of duty
have made them, from the first turn of a calendar quarter until the turn begins. So a pick follows
from what was before it, and a quarter is all that is ever walked through.

Where occurrences of the shift overlap, as for an hour in which one tells the next, a turn before is
still under way then. What is left of it counts already, as far as is known: else whoever is on duty
would seem to have been less than the others, and be picked again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import repeat
from typing import NamedTuple

from rotation.core.changes import Changes, is_picked
from rotation.core.laid import when
from rotation.core.occurrence import Span, as_changed, by_turns
from rotation.core.pieces import Piece, whole
from rotation.core.roster import PersonId, Roster, ShiftId, Turns
from rotation.core.served import Served

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


def picking(roster: Roster) -> bool:
    """Whether any turns of it are picked."""
    shifts = roster.shifts.values()
    return any(is_picked(s.turns) or any(is_picked(one.turns) for one in s.then) for s in shifts)


class _Part(NamedTuple):
    """The dates `[first, until)` of one order in one quarter; it began on `since`."""

    served: Served
    turns: Turns
    since: date
    first: date
    until: date

    def number(self, day: date) -> int:
        return self.served.turn(self.turns, day)

    def is_served(self, day: date) -> bool:
        return self.served.hours(day.toordinal()) is not None


class Picks:
    """The picks of a roster; each quarter is worked out once."""

    def __init__(self, roster: Roster, changes: Changes | None) -> None:
        self._roster, self._changes = roster, changes
        self._known: dict[tuple[ShiftId, date], Mapping[int, tuple[PersonId, ...]]] = {}
        self._laid: dict[tuple[ShiftId, tuple[int, int]], list[Span]] = {}

    def on_turn(self, served: Served, day: date) -> tuple[PersonId, ...]:
        """Whose the turn is of a date that is served, picked or not."""
        for turns, first, until in served.shift.orders():
            if first <= day < until and isinstance(turns, Turns) and is_picked(turns):
                since = max(first, turns.anchor)
                whole = _Part(served, turns, since, since, until)
                return self._picked(whole, day) if since <= day else ()
        return served.on_turn(day)

    def _picked(self, whole: _Part, day: date) -> tuple[PersonId, ...]:
        quarter = _quarter(_begins(whole, day))
        part = whole._replace(
            first=max(whole.since, quarter),
            until=min(whole.until, _quarter(quarter + 100 * _DAY)),
        )
        key = whole.served.shift.id, part.first
        if key not in self._known:
            self._known[key] = self._of_part(part)
        return self._known[key][whole.number(day)]

    def _of_part(self, part: _Part) -> dict[int, tuple[PersonId, ...]]:
        """By its number, whose each turn is that begins in this time."""
        found: dict[int, tuple[PersonId, ...]] = {}
        duty = _Duty(self._others(part))
        begun: list[tuple[int, Span, tuple[PersonId, ...]]] = []
        for number, days in _turns_of(part):
            shift, first = part.served.shift, part.turns.order[:1]
            whens = [when(day, hours, shift.zone)
                     for day in days if (hours := part.served.hours(day)) is not None]  # fmt: skip
            whole = by_turns(shift, whens, repeat(first, len(whens)))
            stretch = at, _ = whole[0].starts, max(span.ends for span in whole)
            begun = [one for one in begun if one[1].ends > at]
            left = (piece for one in begun for piece in self._left(part.served, *one, at))
            people = found[number] = self._least(part, number, duty.until(at, left), stretch)
            begun += [(day, span, people) for day, span in zip(days, whole, strict=True)]
            for day in days:
                duty.add(self._spans(part.served, day, people))
        return found

    def _left(
        self, served: Served, day: int, span: Span, people: tuple[PersonId, ...], at: datetime
    ) -> Sequence[Piece]:
        """An occurrence that is under way at an instant, by what is known then."""
        if self._changes is None:
            return whole(people, span.starts, span.ends)
        return self._changes.foreseen(served, day, span.key, (people, span.starts, span.ends), at)

    def _least(
        self,
        part: _Part,
        number: int,
        ranks: Mapping[PersonId, "_Rank"],
        stretch: tuple[datetime, datetime],
    ) -> tuple[PersonId, ...]:
        """Those with the least load who are not off; of equals whoever was on duty longest ago.

        Of those who were not on duty at all it is the one whom the order would have.
        """
        turns, shift = part.turns, part.served.shift
        here = number * turns.on_duty % len(turns.order)
        order = (*turns.order[here:], *turns.order[:here])

        def rank(person: PersonId) -> tuple[bool, "_Rank"]:
            is_off = self._changes is not None and self._changes.is_known_off(
                person, shift.id, *stretch, shift.zone
            )
            return is_off, ranks.get(person, _FRESH)

        return tuple(sorted(order, key=rank)[: turns.on_duty])

    def _others(self, part: _Part) -> Iterator[Span]:
        """Duty in the shifts by order that have any of the same people."""
        dates = part.first.toordinal(), part.until.toordinal()
        for name, shift in self._roster.shifts.items():
            by_order = not any(is_picked(turns) for turns, _, _ in shift.orders())
            if by_order and not self._roster.served_by(name).isdisjoint(part.turns.order):
                if (name, dates) not in self._laid:
                    self._laid[name, dates] = list(self._of_dates(name, *dates))
                yield from self._laid[name, dates]

    def _of_dates(self, name: ShiftId, first: int, until: int) -> Iterator[Span]:
        served = Served.of(self._roster, name)
        for day in range(first - served.dates.days_later - 2, until + 2):
            if people := served.on_turn(date.fromordinal(day)):
                yield from self._spans(served, day, people)

    def _spans(self, served: Served, day: int, people: tuple[PersonId, ...]) -> Iterator[Span]:
        hours, changes = served.hours(day), self._changes
        at = None if hours is None else when(day, hours, served.shift.zone)
        if at is None or at.starts >= at.ends:
            return
        if changes is None:
            yield from by_turns(served.shift, [at], [people])
        else:
            yield from as_changed(served, [at], [people], changes)


class _Rank(NamedTuple):
    """How long somebody was on duty, and until when last."""

    load: timedelta
    last: datetime


_FRESH = _Rank(_NOTHING, datetime.min.replace(tzinfo=UTC))


class _Duty:
    """Everybody's duty since the first instant that is asked about, told in order of time."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._ahead = [(span.ends, span.starts, span.person) for span in spans]
        heapify(self._ahead)
        self._over: dict[PersonId, _Rank] = {}
        self._since: datetime | None = None

    def add(self, spans: Iterable[Span]) -> None:
        for span in spans:
            heappush(self._ahead, (span.ends, span.starts, span.person))

    def until(self, at: datetime, left: Iterable[Piece]) -> Mapping[PersonId, _Rank]:
        """What was until an instant, and with it what is left of turns that are under way."""
        self._since = self._since or at
        while self._ahead and self._ahead[0][0] <= at:
            _count(self._over, heappop(self._ahead), self._since, at)
        found = dict(self._over)
        for one in self._ahead:
            if one[1] < at:
                _count(found, one, self._since, at)
        for person, starts, ends, _, _ in left:
            _count(found, (ends, starts, person), at, ends)
        return found


def _count(
    ranks: dict[PersonId, _Rank], one: tuple[datetime, datetime, PersonId], since: datetime,
    until: datetime,
) -> None:  # fmt: skip
    ends, starts, person = min(one[0], until), max(one[1], since), one[2]
    if starts < ends:
        load, last = ranks.get(person, _FRESH)
        ranks[person] = _Rank(load + (ends - starts), max(last, ends))


def _turns_of(part: _Part) -> Iterator[tuple[int, list[int]]]:
    """The turns that begin on these dates, each with those it is served on."""
    before = _under_way(part, part.first - _DAY)
    days: dict[int, list[int]] = {}
    for ordinal in range(part.first.toordinal(), part.until.toordinal()):
        day = date.fromordinal(ordinal)
        if part.is_served(day) and (number := part.number(day)) != before:
            days.setdefault(number, []).append(ordinal)
    yield from days.items()


def _begins(part: _Part, day: date) -> date:
    """The first date on which the turn of a date is served."""
    number, found = part.number(day), day
    while day > part.since and part.number(day - _DAY) == number:
        day -= _DAY
        found = day if part.is_served(day) else found
    return found


def _under_way(part: _Part, day: date) -> int | None:
    """The number of the turn that was served by a date and goes on after it."""
    if day < part.since:
        return None
    number = part.number(day + _DAY)
    began = _begins(part, day) if part.number(day) == number else day + _DAY
    return number if began <= day and part.is_served(began) else None


def _quarter(day: date) -> date:
    """The first date of the calendar quarter that it lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
