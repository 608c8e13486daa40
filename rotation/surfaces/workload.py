"""How the work of a roster is shared out, in hours, for a command and a page alike."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from rotation.core.roster import Roster
from rotation.core.workload import Load
from rotation.surfaces.masking import masked

COLUMNS = ("person", "name", "hours", "night_hours", "weekend_hours", "shifts", "holiday_hours")
_HOUR = timedelta(hours=1)


def cells(roster: Roster, loads: Iterable[Load]) -> Iterator[tuple[object, ...]]:
    """A row of each person's, as `COLUMNS` names them."""
    for one in loads:
        name = masked(roster.people[one.person].name)
        duty, nights, weekends = map(_hours, (one.duty, one.nights, one.weekends))
        yield one.person, name, duty, nights, weekends, one.shifts, _hours(one.holidays)


def as_object(
    rows: Iterable[tuple[object, ...]], since: datetime, until: datetime
) -> dict[str, object]:
    """All of it, for programs."""
    people = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return {"from": since, "until": until, "people": people}


def _hours(part: timedelta) -> float:
    return round(part / _HOUR, 2)
