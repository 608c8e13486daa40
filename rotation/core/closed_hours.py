"""Time that is closed on purpose: nobody is on duty then, and nobody is to be.

Declared by a season or a holiday without hours, or by the group's own `closed`. Where a shift is
served all the same, it is not closed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rotation.core.roster import ClosedHours, Group
from rotation.core.timeline import MOMENT, Span, Timeline, instant

_A_DAY = timedelta(days=1)


class Closed(NamedTuple):
    """Nobody is on duty in `[starts, ends)`, and `why` says by whose words."""

    starts: datetime
    ends: datetime
    why: tuple[str, ...]


def closed_hours(
    timeline: Timeline, group: Group, since: datetime, until: datetime
) -> tuple[Closed, ...]:
    """The closed stretches that share time with `[since, until)`, in order.

    Each is whole as far as what declares it shares time with that, too.
    """
    if not group.shifts:
        return ()
    declared = sorted([*_unserved(timeline, group, since, until), *_own(group, since, until)])
    if not declared:
        return ()
    spans = timeline.spans(group.id, declared[0].starts, max(one.ends for one in declared))
    free = (left for one in _joined(declared) for left in _without(one, spans))
    return tuple(one for one in free if one.starts < until and one.ends > since)


def is_closed(timeline: Timeline, group: Group, at: datetime) -> bool:
    return bool(closed_hours(timeline, group, at, at + MOMENT))


def _unserved(
    timeline: Timeline, group: Group, since: datetime, until: datetime
) -> Iterator[Closed]:
    for usual in timeline.replaced(group.id, since, until):
        if usual.season.hours is None and usual.starts < usual.ends:
            yield Closed(usual.starts, usual.ends, (usual.season.reason or "a season",))


def _own(group: Group, since: datetime, until: datetime) -> Iterator[Closed]:
    for told in group.policy.closed:
        later = told.hours.days_later
        for number in range(since.toordinal() - later - 1, until.toordinal() + 2):
            day = date.fromordinal(number)
            found = _occurrence(told, day) if day.weekday() in told.weekdays else None
            if found is not None and found.starts < until and found.ends > since:
                yield found


def _occurrence(told: ClosedHours, day: date) -> Closed:
    starts = instant(day, told.hours.starts, told.zone)
    ends = instant(day + told.hours.days_later * _A_DAY, told.hours.ends, told.zone)
    return Closed(starts, ends, (told.reason or "closed hours",))


def _joined(declared: Iterable[Closed]) -> list[Closed]:
    """Those that touch or overlap are one."""
    found: list[Closed] = []
    for one in declared:
        last = found[-1] if found else None
        if last is None or one.starts > last.ends:
            found.append(one)
        else:
            why = tuple(dict.fromkeys((*last.why, *one.why)))
            found[-1] = Closed(last.starts, max(last.ends, one.ends), why)
    return found


def _without(one: Closed, spans: Iterable[Span]) -> Iterator[Closed]:
    """What spans, which are by start, leave of it."""
    starts = one.starts
    for span in spans:
        if span.starts >= one.ends:
            break
        if span.starts > starts:
            yield one._replace(starts=starts, ends=span.starts)
        starts = max(starts, span.ends)
    if starts < one.ends:
        yield one._replace(starts=starts)
