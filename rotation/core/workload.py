"""How much each person is on duty, and how much of that at night and on weekends.

Whoever is on two shifts or in many groups at once works once. Nights and weekends are those of the
clocks a person lives by, else of the shift's: the hours from 23:00 to 06:00, which is night time in
the EU's working time directive (2003/88/EC, article 2, where the law of a country sets no other),
and Saturday and Sunday.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rotation.core.roster import PersonId
from rotation.core.timeline import Span, Timeline, instant, local_date

_DAY = timedelta(days=1)
_NIGHT_FROM, _NIGHT_TO, _MIDNIGHT = 23 * 60, 6 * 60, 24 * 60
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Load:
    """One person's time on duty in a stretch of time. `shifts`: occurrences that lie in it."""

    person: PersonId
    duty: timedelta
    nights: timedelta
    weekends: timedelta
    shifts: int


def workload(timeline: Timeline, since: datetime, until: datetime) -> list[Load]:
    """The load of everybody who has a shift or could have one, in `[since, until)`, most first."""
    theirs: dict[PersonId, dict[str, Span]] = defaultdict(dict)
    for spans in timeline.all_spans(since, until).values():
        for span in spans:
            theirs[span.person][span.key] = span
    could = {person for shift in timeline.roster.shifts.values() for person in shift.people}
    people = could.union(theirs)  # whoever stands in for somebody may be on no shift
    loads = [_load(timeline, p, theirs[p].values(), since, until) for p in people]
    return sorted(loads, key=lambda load: (-load.duty, load.person))


def _load(
    timeline: Timeline, person: PersonId, spans: Iterable[Span], since: datetime, until: datetime
) -> Load:
    duty = nights = weekends = timedelta(0)
    own, shifts = timeline.roster.people[person].zone, timeline.roster.shifts
    number, worked_until = 0, since
    for span in sorted(spans, key=lambda s: s.starts):
        number += 1
        starts, ends = max(span.starts, worked_until), min(span.ends, until)
        if starts < ends:
            zone = own or shifts[span.shift].zone
            duty += ends - starts
            nights += _within(starts, ends, _nights(starts, ends, zone))
            weekends += _within(starts, ends, _weekend_days(starts, ends, zone))
            worked_until = ends
    return Load(person, duty, nights, weekends, number)


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
