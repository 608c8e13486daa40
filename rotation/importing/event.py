"""One event of a calendar: who is on duty from when until when, or why that cannot be said."""

from datetime import date, datetime, timedelta
from typing import Any, Never, TypeAlias

from icalendar import vDDDTypes

from rotation.importing.found import MisfitError
from rotation.importing.stretches import Stretch
from rotation.importing.walls import Clocks

Event: TypeAlias = Any
"""One of icalendar's, whose properties are of many types."""
EXPORT = "Export it again, whole"
MEND = "Mend it where it is from"
UNTOLD = "it does not say, once, when it begins and ends"
_A_DAY = timedelta(days=1)


def is_cancelled(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def told(event: Event, begins: object = None) -> str:
    """How people know an event: what it says, and when it begins by the clocks it is written in."""
    start = event.get("DTSTART")
    begins = start.dt if begins is None and isinstance(start, vDDDTypes) else begins
    is_time, is_date = isinstance(begins, datetime), isinstance(begins, date)
    when = f"{begins:%Y-%m-%d %H:%M}" if is_time else f"{begins:%Y-%m-%d}" if is_date else ""
    return f"{str(event.get('SUMMARY', 'an event'))[:60]} {when}".strip()


def refuse(event: Event, why: str, fix: str) -> Never:
    """Raises MisfitError, always."""
    raise MisfitError(told(event), why, fix)


def stretch(event: Event, zone: str | None) -> Stretch:
    """When it is; of a series, its first. `zone`: of times that name none. Raises MisfitError."""
    _refuse_what_is_not_read(event)
    who, begins = str(event["SUMMARY"]).strip(), event["DTSTART"]
    if not isinstance(begins.dt, datetime):
        return Stretch(told(event), who, first=begins.dt, end=_last(event, begins.dt))
    starts = _instant(event, begins, zone)
    if "DTEND" in event:
        return Stretch(told(event), who, starts, _instant(event, event["DTEND"], zone))
    length = event["DURATION"].dt if "DURATION" in event else None
    if not isinstance(length, timedelta):
        refuse(event, "it does not say when it ends", EXPORT)
    return Stretch(told(event), who, starts, starts + length)


def _refuse_what_is_not_read(event: Event) -> None:
    if event.errors:
        key, why = event.errors[0]
        refuse(event, f"{key}: {why}", EXPORT)
    if not str(event.get("SUMMARY", "")).strip():
        refuse(event, "it says nothing (SUMMARY), so nobody is named", "Name one person in each")
    times = [event[key] for key in ("DTSTART", "DTEND", "DURATION") if key in event]
    if "DTSTART" not in event or not all(hasattr(one, "dt") for one in times):
        refuse(event, UNTOLD, EXPORT)


def _last(event: Event, first: date) -> date:
    """The date on which it is over: that of an event of dates is no part of it."""
    if "DTEND" in event:
        ends = event["DTEND"].dt
        if isinstance(ends, datetime) or not isinstance(ends, date):
            refuse(event, "it begins on a date and ends at a time", MEND)
        return ends
    length = event["DURATION"].dt if "DURATION" in event else _A_DAY
    return first + (length if isinstance(length, timedelta) else _A_DAY)


def _instant(event: Event, time: Any, zone: str | None) -> datetime:  # noqa: ANN401 - a property of icalendar
    """The one instant that a time of an event means."""
    if not isinstance(time.dt, datetime):
        refuse(event, "it begins at a time and ends on a date", MEND)
    return Clocks.of(time, zone).instant(time.dt.replace(tzinfo=None), told(event))
