"""A roster on the line of real time: who is on duty when, in UTC.

Rules of time, each stated once here:
- A span is half-open: at the boundary the incoming are on and the outgoing are off.
- Wall clocks are read by one resolver (`clocks`), so that neighbouring shifts stay joined.
- An occurrence belongs to the local date it starts on; `served` says which dates those are.
- Whoever is on duty while nobody has a shift (`fallback`) has spans like everybody else.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from rotation.core import laid
from rotation.core.changes import Changes
from rotation.core.clocks import (
    MOMENT,
    ClockChange,
    clock_changes,
    clock_time,
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
from rotation.core.laid import Stretch, When, by_start, forget_zones, joined
from rotation.core.occurrence import Span, as_changed, by_turns
from rotation.core.picked import Picks, picking
from rotation.core.pieces import Piece, whole
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
_MOST_KEPT = 1 << 15
"""Spans that a timeline keeps, some 8 MiB; with more all are laid out anew."""
_FEW = 2
"""Stretches: what shares time with more of them is asked for once, and not kept."""
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


class Handover(NamedTuple):
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
        self._kept: dict[tuple[tuple[ShiftId, ...], int], Stretch[Span]] = {}
        self._duty: dict[tuple[GroupId, int], _OnDuty] = {}
        self._gone: dict[tuple[tuple[ShiftId, ...], int], tuple[Vanished, ...]] = {}
        self._keeps = 0
        self._served: dict[tuple[ShiftId, ...], tuple[Served, ...]] = {}
        self._seasonal: dict[tuple[ShiftId, ...], tuple[Served, ...]] = {}

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
        names = self._roster.groups[group].shifts
        numbers = range(laid.number_of(since), laid.number_of(until) + 1)
        if not numbers:  # a clock that was set back asks from later to earlier
            return ()
        if len(numbers) <= _FEW:
            kept = [self._stretch(names, number) for number in numbers]
            return tuple(joined(kept, since, until))
        found = self._spans(names, since, until)
        found.sort(key=by_start)
        if self._changed_by is None:
            return tuple(found)
        # Of what changes have made of an occurrence not every piece need share time with it.
        first, last = (bisect_left(found, at, key=by_start) for at in (since, until))
        return (*(span for span in found[:first] if span.ends > since), *found[first:last])

    def occurrences(
        self, group: GroupId, since: datetime, until: datetime
    ) -> Iterator["Occurrences"]:
        """Every occurrence that shares time with `[since, until)`, and whose turn it is.

        Spans are made of them, shift by shift: these, each with its people, as changes made it.
        """
        return self._occurrences(self._roster.groups[group].shifts, since, until)

    def all_spans(self, since: datetime, until: datetime) -> dict[DutyOf, tuple[Span, ...]]:
        """The spans of groups; those that are alike have the same."""
        groups = {group.duty_of: group.id for group in self._roster.groups.values()}
        return {duty: self.spans(group, since, until) for duty, group in groups.items()}

    def declared(self, group: Group, since: datetime, until: datetime) -> list[Closed]:
        """What is declared closed and shares time with `[since, until)`, whoever is on duty."""
        return declared(group, self.replaced(group.id, since, until), since, until)

    def vanished(self, group: GroupId, since: datetime, until: datetime) -> tuple[Vanished, ...]:
        """The occurrences in `[since, until)` that a clock change swallows whole."""
        names = self._roster.groups[group].shifts
        numbers = range(laid.number_of(since), laid.number_of(until) + 1)
        found = (gone for number in numbers for gone in self._swallowed(names, number))
        return tuple(gone for gone in found if since <= gone.at < until)

    def replaced(self, group: GroupId, since: datetime, until: datetime) -> tuple[Replaced, ...]:
        """The usual hours that share time with `[since, until)` and that a season took away.

        Where it puts others in their place, some of that time may be served all the same.
        """
        names = self._roster.groups[group].shifts
        shifts = self._seasonal.get(names)
        if shifts is None:
            shifts = tuple(shift for shift in self._shifts(names) if shift.dates.seasons)
            self._seasonal[names] = shifts
        later = max((shift.dates.days_later for shift in shifts), default=0)
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
        return Served.of(self._roster, ShiftId(shift)).season(date.fromisoformat(day).toordinal())

    def on_duty(self, group: GroupId, at: datetime) -> frozenset[PersonId]:
        number = at.toordinal() // laid.DATES
        kept = self._duty.get((group, number))
        if kept is None:
            found = self._roster.groups[group]
            is_by_turns = self._changed_by is None and not found.policy.fallback
            if is_by_turns and (found.shifts, number) not in self._kept:
                return self._by_turns(found, at)
            kept = self._on_duty(group, number)
        changing, people = kept
        return people[bisect_right(changing, at)]

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
            for person, starts, ends, _, change in self._standing_by(group, one, zone):
                if starts < until and ends > since:
                    yield Span(one.key, FALLBACK, person, starts, ends, False, change, zone)

    def _standing_by(self, group: Group, one: Uncovered, zone: str) -> Iterable[Piece]:
        if self._changed_by is None:
            return whole(group.fallback, *one)
        people = self._roster.people
        return self._changed_by.of_fallback(group.fallback, *one, lambda p: people[p].zone or zone)

    def _taken(
        self, group: Group, since: datetime, until: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        yield from ((s.starts, s.ends) for s in self.of_shifts(group.id, since, until))
        yield from ((c.starts, c.ends) for c in self.declared(group, since, until))

    def _by_turns(self, group: Group, at: datetime) -> frozenset[PersonId]:
        found: list[PersonId] = []
        for served in self._shifts(group.shifts):
            if holding := laid.at(served.dates, served.shift.zone, at):
                for people in self._whose(served, tuple([when.day for when in holding])):
                    found += people
        return frozenset(found)

    def _on_duty(self, group: GroupId, number: int) -> "_OnDuty":
        """Kept, for whoever asks about one instant asks about those around it."""
        since, until = laid.bounds(number)
        changing = list(_changing(self.spans(group, since, until), since, until))
        self._keep(len(changing))
        found = [at for at, _ in changing], [frozenset(), *(people for _, people in changing)]
        self._duty[group, number] = found
        return found

    def _swallowed(self, names: tuple[ShiftId, ...], number: int) -> tuple[Vanished, ...]:
        """Kept, because every look at a group asks, and there are none but twice a year."""
        kept = self._gone.get((names, number))
        if kept is None:
            kept = tuple(
                Vanished(one.shift.id + gone.dated, one.shift.id, gone.starts)
                for one in self._shifts(names)
                for gone in laid.swallowed(one.dates, one.shift.zone, number)
                if self._whose(one, (gone.day,))[0]
            )
            self._keep(1 + len(kept))
            self._gone[names, number] = kept
        return kept

    def _stretch(self, names: tuple[ShiftId, ...], number: int) -> Stretch[Span]:
        """Its spans are kept, because the same dates are asked about all day long."""
        kept = self._kept.get((names, number))
        if kept is None:
            kept = Stretch(number, self._spans(names, *laid.bounds(number)))
            self._keep(len(kept.found))
            self._kept[names, number] = kept
        return kept

    def _keep(self, more: int) -> None:
        self._keeps += more
        if self._keeps > _MOST_KEPT:
            self._kept.clear()
            self._duty.clear()
            self._gone.clear()
            self._keeps = more

    def _spans(self, names: tuple[ShiftId, ...], since: datetime, until: datetime) -> list[Span]:
        """Those of occurrences that share time with `[since, until)`; some changes need not."""
        changes, found = self._changed_by, list[Span]()
        for served, whens, whose in self._occurrences(names, since, until):
            if changes is None:
                found += by_turns(served.shift, whens, whose)
            else:
                found += as_changed(served, whens, whose, changes)
        return found

    def _occurrences(
        self, names: tuple[ShiftId, ...], since: datetime, until: datetime
    ) -> Iterator["Occurrences"]:
        for served in self._shifts(names):
            whose = served.whose if self._picks is None else partial(self._whose, served)
            for whens, days in laid.within(served.dates, served.shift.zone, since, until):
                yield served, whens, whose(days)

    def _whose(self, served: Served, days: tuple[int, ...]) -> Sequence[tuple[PersonId, ...]]:
        picks = self._picks
        if picks is None:
            return served.whose(days)
        return [picks.on_turn(served, date.fromordinal(day)) for day in days]

    def _shifts(self, names: tuple[ShiftId, ...]) -> tuple[Served, ...]:
        found = self._served.get(names)
        if found is None:
            found = self._served[names] = tuple(Served.of(self._roster, name) for name in names)
        return found

    def _changes(self, group: GroupId, since: datetime, until: datetime) -> Iterator[Handover]:
        before: frozenset[PersonId] = frozenset()
        moves: dict[tuple[frozenset[PersonId], frozenset[PersonId]], _Move] = {}
        spans = self.spans(group, since, until + MOMENT)
        if not any(since < s.starts <= until or since < s.ends <= until for s in spans):
            return  # as mostly, where it is asked what has passed since a moment ago
        for at, after in _changing(spans, since, until):
            if after != before and at > since:
                move = moves.get((before, after))
                if move is None:
                    move = moves[before, after] = after - before, before - after, after
                yield Handover(group, at, *move)
            before = after


Occurrences: TypeAlias = tuple[Served, Sequence[When], Sequence[tuple[PersonId, ...]]]
"""Occurrences of one shift in a row, and beside each of them whose turn it is."""
_OnDuty: TypeAlias = tuple[list[datetime], list[frozenset[PersonId]]]
"""Instants, and who is on duty before the first, and from each on."""


_Move: TypeAlias = tuple[frozenset[PersonId], frozenset[PersonId], frozenset[PersonId]]
_AT = itemgetter(0)


def _changing(
    spans: Sequence[Span], since: datetime, until: datetime
) -> Iterator[tuple[datetime, frozenset[PersonId]]]:
    """Who is on duty from each instant on at which a span begins or ends, up to `until`.

    What began before `since` begins then.
    """
    edges = [(max(since, span.starts), 1, span.person) for span in spans]
    edges += [(span.ends, -1, span.person) for span in spans]
    edges.sort(key=_AT)
    # A person may be held by several spans at once, so they are counted, not flagged.
    held: dict[PersonId, int] = {}
    known: dict[frozenset[PersonId], frozenset[PersonId]] = {}
    for at, those in groupby(edges, key=_AT):
        if at > until:
            return
        for _, more, person in those:
            count = held.get(person, 0) + more
            if count:
                held[person] = count
            else:
                del held[person]
        now = frozenset(held)
        yield at, known.setdefault(now, now)


def _replaced(served: Served, first: int, last: int) -> Iterator[Replaced]:
    shift, hours = served.shift, served.shift.hours
    for day, season in served.replaced(first, last):
        starts, _ = resolved(day, hours.starts, shift.zone)
        ends, _ = resolved(day + hours.days_later, hours.ends, shift.zone)
        yield Replaced(shift.id, season, starts, ends)
