"""Time that is declared closed: nobody is on duty then, unless a shift is served all the same.

By a season or a holiday without hours, which takes them from a shift, or by a group's own `closed`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from rotation.core.clocks import resolved
from rotation.core.roster import ClosedHours, Group, Season, ShiftId


class Closed(NamedTuple):
    """Nobody is on duty in `[starts, ends)`, and `why` says by whose words."""

    starts: datetime
    ends: datetime
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The usual hours of a shift on a date on which a season stands in their place."""

    shift: ShiftId
    season: Season
    starts: datetime
    ends: datetime


def declared(
    group: Group, replaced: Iterable[Replaced], since: datetime, until: datetime
) -> list[Closed]:
    """The stretches that share time with `[since, until)`, in order; `replaced` is of the same."""
    if not group.shifts:
        return []
    return _joined(sorted([*_unserved(replaced), *_own(group, since, until)]))


def _unserved(replaced: Iterable[Replaced]) -> Iterator[Closed]:
    for usual in replaced:
        if usual.season.hours is None and usual.starts < usual.ends:
            yield Closed(usual.starts, usual.ends, (usual.season.reason or "a season",))


def _own(group: Group, since: datetime, until: datetime) -> Iterator[Closed]:
    for told in group.policy.closed:
        later = told.hours.days_later
        for number in range(since.toordinal() - later - 1, until.toordinal() + 2):
            weekday = date.fromordinal(number).weekday()
            found = _occurrence(told, number) if weekday in told.weekdays else None
            if found is not None and found.starts < until and found.ends > since:
                yield found


def _occurrence(told: ClosedHours, day: int) -> Closed:
    starts, _ = resolved(day, told.hours.starts, told.zone)
    ends, _ = resolved(day + told.hours.days_later, told.hours.ends, told.zone)
    return Closed(starts, ends, (told.reason or "closed hours",))


def _joined(some: Iterable[Closed]) -> list[Closed]:
    """Those that touch or overlap are one."""
    found: list[Closed] = []
    for one in some:
        last = found[-1] if found else None
        if last is None or one.starts > last.ends:
            found.append(one)
        else:
            why = tuple(dict.fromkeys((*last.why, *one.why)))
            found[-1] = Closed(last.starts, max(last.ends, one.ends), why)
    return found
