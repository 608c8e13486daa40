"""How much each person is on duty, and how much of that at night, on weekends and on holidays.

Whoever is on two shifts or in many groups at once works once. Nights and weekends are those of the
clocks a person lives by, else of the shift's: the hours from 23:00 to 06:00, which is night time in
the EU's working time directive (2003/88/EC, article 2, where the law of a country sets no other),
and Saturday and Sunday. Public holidays are those that the shift keeps, by the dates of its zone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rotation.core.roster import PersonId, Shift
from rotation.core.timeline import Span, Timeline, instant, local_date

_DAY = timedelta(days=1)
_NIGHT_FROM, _NIGHT_TO, _MIDNIGHT = 23 * 60, 6 * 60, 24 * 60
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Load:
    """One person's time on duty in a stretch of time. `shifts`: occurrences that lie in it.

    `holidays` are public ones.
    """

    person: PersonId
    duty: timedelta
    nights: timedelta
    weekends: timedelta
    shifts: int
    holidays: timedelta = timedelta(0)


def workload(timeline: Timeline, since: datetime, until: datetime) -> list[Load]:
    """The load of everybody who has a shift or could have one, in `[since, until)`, most first."""
    theirs: dict[PersonId, dict[tuple[str, datetime], Span]] = defaultdict(dict)
    for spans in timeline.all_spans(since, until).values():
        for span in spans:
            theirs[span.person][span.key, span.starts] = span
    roster = timeline.roster
    could = {person for shift in roster.shifts.values() for person in shift.people}
    could.update(person for group in roster.groups.values() for person in group.fallback)
    people = could.union(theirs)  # whoever stands in for somebody may be on no shift
    holidays = {name: {day for day, _ in kept.days} for name, kept in roster.holidays.items()}
    loads = [_load(timeline, p, theirs[p].values(), (since, until), holidays) for p in people]
    return sorted(loads, key=lambda load: (-load.duty, load.person))


def _load(
    timeline: Timeline,
    person: PersonId,
    spans: Collection[Span],
    window: tuple[datetime, datetime],
    holidays: Mapping[str, Collection[date]],
) -> Load:
    duty = nights = weekends = on_holidays = timedelta(0)
    own, shifts = timeline.roster.people[person].zone, timeline.roster.shifts
    worked_until, until = window
    for span in sorted(spans, key=lambda s: s.starts):
        starts, ends = max(span.starts, worked_until), min(span.ends, until)
        if starts < ends:
            zone = own or span.zone
            duty += ends - starts
            nights += _within(starts, ends, _nights(starts, ends, zone))
            weekends += _within(starts, ends, _weekend_days(starts, ends, zone))
            if span.shift in shifts:
                kept = _holidays(starts, ends, shifts[span.shift], holidays)
                on_holidays += _within(starts, ends, kept)
            worked_until = ends
    number = len({span.key for span in spans})
    return Load(person, duty, nights, weekends, number, on_holidays)


def _within(
    starts: datetime, ends: datetime, windows: Iterable[tuple[datetime, datetime]]
) -> timedelta:
    """How much of `[starts, ends)` lies in windows that do not overlap."""
    parts = ((max(starts, opens), min(ends, closes)) for opens, closes in windows)
    return sum((ends - starts for starts, ends in parts if starts < ends), timedelta(0))


def _dates(starts: datetime, ends: datetime, zone: str) -> Iterator[date]:
    day, last = local_date(starts, zone), local_date(ends, zone)
    while day <= last:
        yield day
        day += _DAY


def _nights(starts: datetime, ends: datetime, zone: str) -> Iterator[tuple[datetime, datetime]]:
    for day in _dates(starts, ends, zone):
        yield instant(day, 0, zone), instant(day, _NIGHT_TO, zone)
        yield instant(day, _NIGHT_FROM, zone), instant(day, _MIDNIGHT, zone)


def _weekend_days(
    starts: datetime, ends: datetime, zone: str
) -> Iterator[tuple[datetime, datetime]]:
    for day in _dates(starts, ends, zone):
        if day.weekday() >= _SATURDAY:
            yield instant(day, 0, zone), instant(day, _MIDNIGHT, zone)


def _holidays(
    starts: datetime, ends: datetime, shift: Shift, holidays: Mapping[str, Collection[date]]
) -> Iterator[tuple[datetime, datetime]]:
    if shift.holidays is not None:
        for day in _dates(starts, ends, shift.zone):
            if day in holidays[shift.holidays.calendar]:
                yield instant(day, 0, shift.zone), instant(day, _MIDNIGHT, shift.zone)
