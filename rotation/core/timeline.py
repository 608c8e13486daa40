"""A roster on the line of real time: who is on duty when, in UTC. The only reader of wall clocks.

Rules of time, each stated once here:
- A span is half-open: at the boundary the incoming are on and the outgoing are off.
- One resolver reads starts and ends alike: a repeated wall time is its first occurrence, a missing
  one is the first instant after the jump. So neighbouring shifts stay joined.
- An occurrence belongs to the local date it starts on; `served` says which dates those are.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import pendulum

from rotation.core.changes import Changes
from rotation.core.roster import Change, GroupId, Hours, PersonId, Roster, Season, ShiftId
from rotation.core.served import Served

MOMENT = timedelta(microseconds=1)
"""The smallest step of time: `[at, at + MOMENT)` asks about one instant."""
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MOST_DAYS = 1 << 13
"""Dates that a timeline keeps; with more all are laid out anew."""
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LOOK_AHEAD = tuple(timedelta(days=n) for n in (3, 30, 400))


class Span(NamedTuple):
    """One person's duty in one occurrence of a shift, `[starts, ends)` in UTC.

    `key` names the occurrence for ever: shift, local date it starts on, and its number on that
    date. Everybody on duty in it shares the key. `moved` says that one of its wall times did not
    exist that day, so that the span begins or ends at the jump instead. `change` is what put the
    person on duty, where it was not their turn.
    """

    key: str
    shift: ShiftId
    person: PersonId
    starts: datetime
    ends: datetime
    moved: bool
    change: Change | None = None


class ClockChange(NamedTuple):
    """An instant at which clocks in `zone` are set forward by `by`; a negative one is back."""

    at: datetime
    zone: str
    by: timedelta


@dataclass(frozen=True, slots=True)
class Vanished:
    """An occurrence that has no length, because all of it lies in an hour the clocks skip."""

    key: str
    shift: ShiftId
    at: datetime


@dataclass(frozen=True, slots=True)
class Replaced:
    """The usual hours of a shift on a date on which a season stands in their place."""

    shift: ShiftId
    season: Season
    starts: datetime
    ends: datetime


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
        self._days: dict[tuple[tuple[ShiftId, ...], int], _Day] = {}
        self._served: dict[tuple[ShiftId, ...], tuple[tuple[Served, ...], int]] = {}

    @property
    def roster(self) -> Roster:
        return self._roster

    def spans(self, group: GroupId, since: datetime, until: datetime) -> tuple[Span, ...]:
        """Every span that shares time with `[since, until)`, whole, by start, shift and turn."""
        found = [s for day in self._around(group, since, until) for s in day.within(since, until)]
        place = {shift: n for n, shift in enumerate(self._roster.groups[group].shifts)}
        found.sort(key=lambda span: (span.starts, place[span.shift]))
        return tuple(found)

    def all_spans(
        self, since: datetime, until: datetime
    ) -> dict[tuple[ShiftId, ...], tuple[Span, ...]]:
        """The spans of every set of shifts that groups have: those of the same have the same."""
        groups = {group.shifts: group.id for group in self._roster.groups.values()}
        return {shifts: self.spans(group, since, until) for shifts, group in groups.items()}

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
                day = self._days[names, date_] = _day(shifts, date_, self._changed_by)
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


def instant(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show `minute` minutes after midnight of `day`.

    `minute` runs to 1440, the next day's 00:00. A repeated time is its first occurrence, a missing
    time the first instant after the jump.
    """
    return _instant(day.toordinal(), minute * _MINUTE, zone)[0]


def stretch_at(hours: Hours, zone: str, at: datetime) -> tuple[datetime, datetime] | None:
    """The stretch of some hours of every day, by clocks in `zone`, that holds `at`, half-open."""
    today = local_date(at, zone).toordinal()
    for day in (today - 1, today):
        starts, _ = _instant(day, hours.starts * _MINUTE, zone)
        ends, _ = _instant(day + hours.days_later, hours.ends * _MINUTE, zone)
        if starts <= at < ends:
            return starts, ends
    return None


def readings(day: date, minute: int, zone: str) -> tuple[datetime, ...]:
    """Every instant at which clocks in `zone` show the time: two where it repeats, none in a gap.

    `minute` runs to 1440. For what one person types once; rosters are read by `instant`.
    """
    clock, days = _zone(zone), minute // (24 * 60)
    wall = time(minute // 60 % 24, minute % 60)
    local_day = date.fromordinal(day.toordinal() + days)
    first, second = (
        datetime.combine(local_day, wall.replace(fold=fold), clock).astimezone(UTC)
        for fold in (0, 1)
    )
    if first > second:
        return ()
    return (first,) if first == second else (first, second)


def is_jump(at: datetime, zone: str) -> bool:
    """Whether clocks in `zone` change at this very instant."""
    clock = _zone(zone)
    return (at - MOMENT).astimezone(clock).utcoffset() != at.astimezone(clock).utcoffset()


def clock_changes(zone: str, since: datetime, until: datetime) -> Iterator[ClockChange]:
    """Every change of clocks in `zone` with `since < at <= until`, but not two in one day."""
    clock = _zone(zone)
    while since < until:
        then = min(since + _DAY, until)
        before, after = since.astimezone(clock).utcoffset(), then.astimezone(clock).utcoffset()
        if before is not None and after is not None and before != after:
            yield ClockChange(_jump(clock, since, then), zone, after - before)
        since = then


def local(at: datetime, zone: str) -> str:
    """`at` as people in `zone` read it: `Mon 2026-03-30 08:00 +01:00 Europe/Lisbon`."""
    weekday, told = _wall(at, zone)
    return f"{weekday} {told[:10]} {told[11:16]} {told[16:22]} {zone}"


def clock_time(at: datetime, zone: str) -> str:
    """`at` as one says it to somebody in `zone`: `Tue 08:00`."""
    weekday, told = _wall(at, zone)
    return f"{weekday} {told[11:16]}"


def _wall(at: datetime, zone: str) -> tuple[str, str]:
    """A weekday in short, and `2026-03-30T08:00+01:00`: a page says hundreds of them."""
    wall = at.astimezone(_zone(zone))
    return _WEEKDAYS[wall.weekday()], wall.isoformat(timespec="minutes")


def local_date(at: datetime, zone: str) -> date:
    """The date people in `zone` have at `at`."""
    return at.astimezone(_zone(zone)).date()


def minute_of_day(at: datetime, zone: str) -> int:
    """The minutes after midnight that clocks in `zone` show at `at`."""
    wall = at.astimezone(_zone(zone))
    return wall.hour * 60 + wall.minute


def forget_zones() -> None:
    """Make every zone be read anew. For whoever changes the zone data in force."""
    pendulum.Timezone.clear_cache()
    _zone.cache_clear()
    _steady_midnight.cache_clear()


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


def _day(shifts: Iterable[Served], day: int, changes: Changes | None) -> _Day:
    spans: list[Span] = []
    vanished: list[Vanished] = []
    for served in shifts:
        hours = served.hours(day)
        if hours is None or not (people := served.on_turn(date.fromordinal(day))):
            continue
        found = _occurrence(served, day, hours, people)
        if found[0].starts >= found[0].ends:
            vanished.append(Vanished(found[0].key, served.shift.id, found[0].starts))
        elif changes is None:
            spans += found
        else:
            spans += _changed(found, served, day, changes)
    return _Day(spans, vanished)


def _changed(found: list[Span], served: Served, day: int, changes: Changes) -> Iterable[Span]:
    """An occurrence as changes of duty have made it: other people, for all of it or a part."""
    key, shift, _, starts, ends, moved, _ = found[0]
    people = tuple([span.person for span in found])
    pieces = changes.applied(served, day, key, (people, starts, ends))
    if pieces is None:
        return found
    return [Span(key, shift, p.person, p.starts, p.ends, moved, p.change) for p in pieces]


def _occurrence(served: Served, day: int, hours: Hours, people: tuple[PersonId, ...]) -> list[Span]:
    """The spans of one occurrence, one for each of its people."""
    shift = served.shift
    starts, start_moved = _instant(day, hours.starts * _MINUTE, shift.zone)
    ends, end_moved = _instant(day + hours.days_later, hours.ends * _MINUTE, shift.zone)
    # A shift has one set of hours on a date, so it starts once on it, and that is number 0.
    key = f"{shift.id}/{date.fromordinal(day).isoformat()}/0"
    moved = start_moved or end_moved
    return [Span(key, shift.id, person, starts, ends, moved) for person in people]


def _replaced(served: Served, first: int, last: int) -> Iterator[Replaced]:
    shift, hours = served.shift, served.shift.hours
    for day, season in served.replaced(first, last):
        starts, _ = _instant(day, hours.starts * _MINUTE, shift.zone)
        ends, _ = _instant(day + hours.days_later, hours.ends * _MINUTE, shift.zone)
        yield Replaced(shift.id, season, starts, ends)


def _instant(day: int, after: timedelta, zone: str) -> tuple[datetime, bool]:
    """The resolver: the instant, and whether the wall time is missing and so had to be moved."""
    midnight = _steady_midnight(day, zone)
    if midnight is not None:
        return midnight + after, False
    days, rest = divmod(after, _DAY)
    hour, minute = divmod(rest // _MINUTE, 60)
    return _resolved(date.fromordinal(day + days), time(hour, minute), zone)


def _resolved(day: date, wall: time, zone: str) -> tuple[datetime, bool]:
    clock = _zone(zone)
    first, second = (
        datetime.combine(day, wall.replace(fold=fold), clock).astimezone(UTC) for fold in (0, 1)
    )
    # fold=0 reads with the offset before a change and fold=1 with the one after it. Only where
    # clocks jump forward is the reading before the change the later instant.
    if first <= second:
        return first, False
    return _jump(clock, second, first), True


def _jump(clock: pendulum.Timezone, before: datetime, after: datetime) -> datetime:
    """The first instant with the offset of `after`; both, and changes, are whole seconds."""
    offset = after.astimezone(clock).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(clock).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


@cache
def _zone(name: str) -> pendulum.Timezone:
    return pendulum.Timezone(name)


@lru_cache(maxsize=1 << 16)
def _steady_midnight(day: int, zone: str) -> datetime | None:
    """UTC of local midnight, if the offset is the same at both ends of the local day.

    On such a day wall times are plain arithmetic; the few others are resolved one by one. The
    second midnight is read with fold=1, so that a change at or across it does not count as steady.
    """
    clock = _zone(zone)
    first = datetime.combine(date.fromordinal(day), time.min, clock)
    last = datetime.combine(date.fromordinal(day + 1), time(fold=1), clock)
    return first.astimezone(UTC) if first.utcoffset() == last.utcoffset() else None
