"""A roster on the line of real time: who is on duty when, in UTC.

Rules of time, each stated once here:
- A span is half-open: at the boundary the incoming are on and the outgoing are off.
- Wall clocks are read by one resolver (`clocks`), so that neighbouring shifts stay joined.
- An occurrence belongs to the local date it starts on; `served` says which dates those are.
- Whoever is on duty while nobody has a shift (`fallback`) has spans like everybody else.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import accumulate

from rotation.core.changes import Changes, Piece
from rotation.core.clocks import (
    MOMENT,
    ClockChange,
    clock_changes,
    clock_time,
    forget_zones,
    instant,
    is_jump,
    local,
    local_date,
    minute_of_day,
    readings,
    resolved,
    stretch_at,
)
from rotation.core.declared import Closed, Replaced, declared
from rotation.core.fallback import FALLBACK, Uncovered, uncovered
from rotation.core.occurrence import Span, changed, occurrence
from rotation.core.picked import Picks, picking
from rotation.core.roster import (
    DutyOf,
    Group,
    GroupId,
    PersonId,
    Roster,
    Season,
    ShiftId,
)
from rotation.core.served import Served

__all__ = [
    "MOMENT", "ClockChange", "Duty", "Handover", "Replaced", "Span", "Timeline", "Vanished",
    "clock_changes", "clock_time", "forget_zones", "instant", "is_jump", "local", "local_date",
    "minute_of_day", "readings", "stretch_at",
]  # fmt: skip
_MOST_DAYS = 1 << 13
"""Dates that a timeline keeps; with more all are laid out anew."""
_LOOK_AHEAD = tuple(timedelta(days=n) for n in (3, 30, 400))


@dataclass(frozen=True, slots=True)
class Vanished:
    """An occurrence that has no length, because all of it lies in an hour the clocks skip."""

    key: str
    shift: ShiftId
    at: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's unbroken time on duty, over as many shifts as touch or overlap."""

    person: PersonId
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """An instant at which the set of people on duty changes. Who stays is in neither side."""

    group: GroupId
    at: datetime
    incoming: frozenset[PersonId]
    outgoing: frozenset[PersonId]
    on_duty: frozenset[PersonId]


class Timeline:
    """What a roster says about every instant. Instants taken and given are UTC.

    Made anew when the zone data in force are other ones: what follows from it is remembered.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._changed_by = Changes(roster) if roster.changes else None
        self._picks = Picks(roster, self._changed_by) if picking(roster) else None
        self._days: dict[tuple[tuple[ShiftId, ...], int], _Day] = {}
        self._served: dict[tuple[ShiftId, ...], tuple[tuple[Served, ...], int]] = {}

    @property
    def roster(self) -> Roster:
        return self._roster

    def spans(self, group: GroupId, since: datetime, until: datetime) -> tuple[Span, ...]:
        """Every span that shares time with `[since, until)`, whole, by start, shift and turn."""
        found = self.of_shifts(group, since, until)
        if not self._roster.groups[group].fallback:
            return found
        filled = self._filled(self._roster.groups[group], since, until)
        return tuple(sorted((*found, *filled), key=lambda span: span.starts))

    def of_shifts(self, group: GroupId, since: datetime, until: datetime) -> tuple[Span, ...]:
        """Those of `spans` that belong to shifts."""
        found = [s for day in self._around(group, since, until) for s in day.within(since, until)]
        place = {shift: n for n, shift in enumerate(self._roster.groups[group].shifts)}
        found.sort(key=lambda span: (span.starts, place[span.shift]))
        return tuple(found)

    def all_spans(self, since: datetime, until: datetime) -> dict[DutyOf, tuple[Span, ...]]:
        """The spans of groups; those that are alike have the same."""
        groups = {group.duty_of: group.id for group in self._roster.groups.values()}
        return {duty: self.spans(group, since, until) for duty, group in groups.items()}

    def declared(self, group: Group, since: datetime, until: datetime) -> list[Closed]:
        """What is declared closed and shares time with `[since, until)`, whoever is on duty."""
        return declared(group, self.replaced(group.id, since, until), since, until)

    def vanished(self, group: GroupId, since: datetime, until: datetime) -> tuple[Vanished, ...]:
        """The occurrences in `[since, until)` that a clock change swallows whole."""
        return tuple(
            gone
            for day in self._around(group, since, until)
            for gone in day.vanished
            if since <= gone.at < until
        )

    def replaced(self, group: GroupId, since: datetime, until: datetime) -> tuple[Replaced, ...]:
        """The usual hours that share time with `[since, until)` and that a season took away.

        Where it puts others in their place, some of that time may be served all the same.
        """
        shifts, later = self._shifts(self._roster.groups[group].shifts)
        return tuple(
            found
            for shift in shifts
            for found in _replaced(shift, since.toordinal() - later - 1, until.toordinal() + 1)
            if found.starts < until and found.ends > since
        )

    def season(self, span: Span) -> Season | None:
        """The season that the occurrence lies in."""
        if span.is_fallback:
            return None
        shift, day, _ = span.key.rsplit("/", 2)
        (served,), _ = self._shifts((ShiftId(shift),))
        return served.season(date.fromisoformat(day).toordinal())

    def on_duty(self, group: GroupId, at: datetime) -> frozenset[PersonId]:
        return frozenset(s.person for s in self.spans(group, at, at + MOMENT))

    def duty_spans(self, group: GroupId, since: datetime, until: datetime) -> tuple[Duty, ...]:
        """Each person's unbroken time on duty, joined from the spans of this window, by start."""
        joined: list[Duty] = []
        latest: dict[PersonId, int] = {}
        for span in self.spans(group, since, until):
            place = latest.get(span.person)
            if place is not None and span.starts <= joined[place].ends:
                ends = max(joined[place].ends, span.ends)
                joined[place] = Duty(span.person, joined[place].starts, ends)
            else:
                latest[span.person] = len(joined)
                joined.append(Duty(span.person, span.starts, span.ends))
        return tuple(joined)

    def handovers(self, group: GroupId, since: datetime, until: datetime) -> tuple[Handover, ...]:
        """Every change of the set on duty with `since < at <= until`, in order.

        Boundaries that fall on one instant are one handover; one that changes nobody is none.
        """
        return tuple(self._changes(group, since, until))

    def next_handover(self, group: GroupId, after: datetime) -> Handover | None:
        """The first handover later than `after`, or None if there is none within 400 days."""
        since = after
        for reach in _LOOK_AHEAD:
            until = after + reach
            for found in self._changes(group, since, until):
                return found
            since = until
        return None

    def _filled(self, group: Group, since: datetime, until: datetime) -> Iterator[Span]:
        """The spans of fallback people."""
        zone = self._roster.shifts[group.shifts[0]].zone
        for one in uncovered(partial(self._taken, group), since, until):
            for piece in self._standing_by(group, one, zone):
                if piece.starts < until and piece.ends > since:
                    yield Span(one.key, FALLBACK, *piece[:3], False, piece.change, zone)

    def _standing_by(self, group: Group, one: Uncovered, zone: str) -> Iterable[Piece]:
        if self._changed_by is None:
            return [Piece(person, *one) for person in group.fallback]
        people = self._roster.people
        return self._changed_by.of_fallback(group.fallback, *one, lambda p: people[p].zone or zone)

    def _taken(
        self, group: Group, since: datetime, until: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        yield from ((s.starts, s.ends) for s in self.of_shifts(group.id, since, until))
        yield from ((c.starts, c.ends) for c in self.declared(group, since, until))

    def _around(self, group: GroupId, since: datetime, until: datetime) -> Iterator["_Day"]:
        """The local dates whose occurrences might share time with `[since, until]`, or some more.

        A local date and the UTC date of the same instant differ by at most one. What a date holds
        is kept, because the same dates are asked about all day long.
        """
        names = self._roster.groups[group].shifts
        shifts, later = self._shifts(names)
        for date_ in range(since.toordinal() - later - 1, until.toordinal() + 2):
            day = self._days.get((names, date_))
            if day is None:
                if len(self._days) >= _MOST_DAYS:
                    self._days.clear()
                day = self._days[names, date_] = _day(shifts, date_, self._changed_by, self._picks)
            yield day

    def _shifts(self, names: tuple[ShiftId, ...]) -> tuple[tuple[Served, ...], int]:
        """These shifts, and how many dates later an occurrence of theirs ends at most."""
        found = self._served.get(names)
        if found is None:
            shifts = tuple(Served.of(self._roster, name) for name in names)
            later = max((shift.days_later for shift in shifts), default=0)
            found = self._served[names] = shifts, later
        return found

    def _changes(self, group: GroupId, since: datetime, until: datetime) -> Iterator[Handover]:
        # A person may be held by several spans at once, so they are counted, not flagged.
        held: Counter[PersonId] = Counter()
        edges: dict[datetime, list[tuple[PersonId, int]]] = {}
        for span in self.spans(group, since, until + MOMENT):
            if span.starts <= since:
                held[span.person] += 1
            else:
                edges.setdefault(span.starts, []).append((span.person, 1))
            if span.ends <= until:
                edges.setdefault(span.ends, []).append((span.person, -1))
        before = frozenset(held)
        for at in sorted(edges):
            for person, change in edges[at]:
                held[person] += change
            after = frozenset(+held)
            if after != before:
                yield Handover(group, at, after - before, before - after, after)
            before = after


class _Day:
    """What begins on one local date: the spans, and the occurrences that have no length."""

    def __init__(self, spans: Iterable[Span], vanished: Iterable[Vanished]) -> None:
        self._spans = sorted(spans, key=lambda span: span.starts)
        self._starts = [span.starts for span in self._spans]
        self._ended = list(accumulate((span.ends for span in self._spans), max))
        """By when each and all before it have ended."""
        self.vanished = tuple(vanished)

    def within(self, since: datetime, until: datetime) -> Iterator[Span]:
        """The spans that share time with `[since, until)`, by start, else as they were given."""
        first, last = bisect_right(self._ended, since), bisect_left(self._starts, until)
        return (span for span in self._spans[first:last] if span.ends > since)


def _day(shifts: Iterable[Served], day: int, changes: Changes | None, picks: Picks | None) -> _Day:
    spans: list[Span] = []
    vanished: list[Vanished] = []
    for served in shifts:
        hours = served.hours(day)
        if hours is None:
            continue
        on = date.fromordinal(day)
        people = served.on_turn(on) if picks is None else picks.on_turn(served, on)
        if not people:
            continue
        found = occurrence(served, day, hours, people)
        if found[0].starts >= found[0].ends:
            vanished.append(Vanished(found[0].key, served.shift.id, found[0].starts))
        elif changes is None:
            spans += found
        else:
            spans += changed(found, people, served, day, changes)
    return _Day(spans, vanished)


def _replaced(served: Served, first: int, last: int) -> Iterator[Replaced]:
    shift, hours = served.shift, served.shift.hours
    for day, season in served.replaced(first, last):
        starts, _ = resolved(day, hours.starts, shift.zone)
        ends, _ = resolved(day + hours.days_later, hours.ends, shift.zone)
        yield Replaced(shift.id, season, starts, ends)
