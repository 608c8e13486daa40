"""A calendar as RFC 5545 wants it. The same roster makes the same bytes: no clock is read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar as Written
from icalendar import Event, vText

from rotation.core.roster import GroupId
from rotation.core.timeline import Span
from rotation.surfaces.calendars.clocks import clocks
from rotation.surfaces.calendars.entries import Calendar, Entry, said
from rotation.surfaces.calendars.whose import Of
from rotation.surfaces.saying import stretch_said

_EVERY = timedelta(hours=1)
"""How often applications are asked to look again; many take their own time."""
_FIRST, _MINUTE = datetime(2020, 1, 1, tzinfo=UTC), timedelta(minutes=1)
_NAMED, _LISTED = 3, 20
"""Groups that an entry names in its title, and below it."""


def as_ical(calendar: Calendar, stamp: datetime) -> bytes:
    """The text of a calendar whose roster is of `stamp`: what is later replaces what is earlier."""
    made = Written()
    for name, value in (("prodid", "-//rotation//duty//EN"), ("version", "2.0")):
        made.add(name, value)
    for name in ("name", "x-wr-calname"):
        made.add(name, vText(calendar.title))
    made.add("refresh-interval", _EVERY, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vText("PT1H"))
    zones = {entry.zone for entry in calendar.entries if not _is_in_utc(entry)}
    for zone in sorted(zones):
        made.add_component(clocks(zone, calendar.since, calendar.until))
    for entry in calendar.entries:
        made.add_component(_event(entry, calendar.of, stamp))
    content: bytes = made.to_ical()
    return content


def _event(entry: Entry, of: Of | None, stamp: datetime) -> Event:
    made, personal = Event(), of is Of.PEOPLE
    zone = UTC if _is_in_utc(entry) else ZoneInfo(entry.zone)
    where = _some(entry.groups, _NAMED)
    shift = said(entry.span.shift)
    made.add("uid", entry.uid)
    made.add("dtstart", entry.span.starts.astimezone(zone))
    made.add("dtend", entry.span.ends.astimezone(zone))
    made.add("dtstamp", stamp)
    made.add("last-modified", stamp)
    made.add("sequence", max(0, (stamp - _FIRST) // _MINUTE))
    made.add("summary", f"{shift}: {where}" if personal else f"{entry.name} ({shift})")
    made.add("description", "\n".join(_described(entry)))
    made.add("location", where)
    made.add("categories", [shift])
    made.add("transp", "OPAQUE" if personal else "TRANSPARENT")
    made.add("x-microsoft-cdo-busystatus", vText("BUSY" if personal else "FREE"))
    return made


def _is_in_utc(entry: Entry) -> bool:
    """Whether it is told in UTC: a wall time that comes twice means the first, never the second."""
    if entry.zone == "UTC":
        return True
    zone, span = ZoneInfo(entry.zone), entry.span
    return any(at.astimezone(zone).fold for at in (span.starts, span.ends))


def _described(entry: Entry) -> list[str]:
    span: Span = entry.span
    return [
        f"{entry.name}: {said(span.shift)}, {stretch_said(span.starts, span.ends, entry.zone)}",
        f"Groups: {_some(entry.groups, _LISTED)}",
        *(["A change of duty put them here, not their turn."] if span.change else []),
        *(["Clocks are set in it: a wall time of it does not exist."] if span.moved else []),
    ]


def _some(groups: Sequence[GroupId], most: int) -> str:
    more = [f"{len(groups) - most} more"] if len(groups) > most else []
    return ", ".join([*map(said, groups[:most]), *more])
