"""The clocks of a zone as a calendar carries them, for applications that know no zones.

A change that comes back is written as a rule, since Outlook reads nothing else: given the single
dates it shows every entry an hour off. Only what no rule says stands as a change of its own.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from rotation.core.timeline import MOMENT, clock_changes

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time, as calendars write it


class _Kind(NamedTuple):
    """What the changes that a rule might say have in common."""

    before: timedelta
    after: timedelta
    name: str
    time: str
    month: int
    weekday: int


def clocks(zone: str, since: datetime, until: datetime) -> Timezone:
    """The zone's clocks, right from a year before `since` to a year after `until`."""
    years = range(since.year - 1, until.year + 2)
    begins, ends = (datetime(year, 1, 1, tzinfo=UTC) for year in (years[0], years[-1] + 1))
    found = Timezone()
    found.add("tzid", zone)
    alike: dict[_Kind, list[datetime]] = defaultdict(list)
    for change in clock_changes(zone, begins, ends):
        kind, wall = _read(change.at, zone)
        alike[kind].append(wall)
    rules = {kind: rule for kind, walls in alike.items() if (rule := _rule(walls, years))}
    if not alike or rules.keys() != alike.keys():
        kind, wall = _read(begins, zone)
        steady = kind._replace(before=kind.after)
        found.add_component(_observance(steady, wall if alike else _LONG_AGO))
    for kind, walls in alike.items():
        for wall in walls[:1] if kind in rules else walls:
            found.add_component(_observance(kind, wall, rules.get(kind)))
    return found


def _read(at: datetime, zone: str) -> tuple[_Kind, datetime]:
    """What a change at this instant is, and what the clocks showed just as they were set."""
    there = ZoneInfo(zone)
    before = (at - MOMENT).astimezone(there).utcoffset() or timedelta(0)
    after = at.astimezone(there)
    wall = (at + before).replace(tzinfo=None)
    kind = _Kind(
        before, after.utcoffset() or timedelta(0), after.tzname() or zone,
        f"{wall:%H%M%S}", wall.month, wall.weekday(),
    )  # fmt: skip
    return kind, wall


def _rule(walls: Sequence[datetime], years: range) -> dict[str, object] | None:
    """The rule by which a change comes back in each of these years, on a weekday of a month."""
    if [wall.year for wall in walls] != list(years):
        return None
    places = {(wall.day - 1) // 7 + 1 for wall in walls}
    if all(wall.day + 7 > monthrange(wall.year, wall.month)[1] for wall in walls):
        places = {-1}
    if len(places) > 1:
        return None
    day = f"{places.pop()}{_DAYS[walls[0].weekday()]}"
    return {"freq": "yearly", "bymonth": walls[0].month, "byday": day}


def _observance(
    kind: _Kind, wall: datetime, rule: dict[str, object] | None = None
) -> TimezoneStandard | TimezoneDaylight:
    made = TimezoneDaylight() if kind.after > kind.before else TimezoneStandard()
    made.add("dtstart", wall)
    made.add("tzoffsetfrom", kind.before)
    made.add("tzoffsetto", kind.after)
    made.add("tzname", kind.name)
    if rule is not None:
        made.add("rrule", rule)
    return made
