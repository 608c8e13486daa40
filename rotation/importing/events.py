"""Who is on duty when, as a calendar (RFC 5545) or PagerDuty's overrides tell it.

Only what can be read exactly is: a calendar of single events. A series is refused by its name,
since half of its rules are in whatever program made it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Never, TypeAlias

from icalendar import Calendar, vDDDTypes

from rotation.core.roster import Roster, ShiftId
from rotation.core.timeline import readings
from rotation.importing.found import Found, MisfitError, read
from rotation.importing.stretches import Stretch
from rotation.roster_file import forms
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError

_Event: TypeAlias = Any
"""One of icalendar's, whose properties are of many types."""
_MOST, _LONGEST_UID = 2000, 255
_BEGINS = re.compile(rb"^BEGIN:VEVENT\s*$", re.IGNORECASE | re.MULTILINE)
_CALENDAR = b"BEGIN:VCALENDAR"
_SERIES = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_SINGLE = "Export it as single events, or write turns"
_STUMBLES = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""How the parser fails over some nonsense. To whoever brings it they are one thing."""
_A_DAY = timedelta(days=1)


def stretches_in(name: str, content: bytes, zone: str | None) -> list[Stretch] | None:
    """The stretches of a calendar or of overrides; None where it is neither.

    `zone` is that of times that name none; None where nobody knows. Raises RosterErrors.
    """
    begins = _beginning(content)
    try:
        if begins == _CALENDAR:
            return calendar(name, content, zone, few=1)
        if begins[:1] == b"{":
            return _overrides(name, content)
    except MisfitError as wrong:
        raise RosterErrors([wrong.problem(name)]) from None
    if begins[:1] == b"<":
        raise RosterErrors([Problem(name, 0, 0, "this is a web page", "Copy the file behind it")])
    return None


def zone_of(roster: Roster, shifts: Sequence[ShiftId]) -> str | None:
    """By which clocks times without a zone are read; None where that could be several."""
    zones = {roster.shifts[one].zone for one in shifts or roster.shifts}
    return zones.pop() if len(zones) == 1 else None


def _beginning(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[: len(_CALENDAR)].upper()


# -- overrides ----------------------------------------------------------------------------


def _overrides(name: str, content: bytes) -> list[Stretch]:
    """As `GET /schedules/ID/overrides` gives them, or the schedule itself."""
    whole = read(name, content)
    if whole.has("schedule"):
        below = whole.at("schedule").at("overrides_subschedule").at("rendered_schedule_entries")
    else:
        below = whole.at("overrides")
    return [_override(one) for one in below.items(some=True)]


def _override(one: Found) -> Stretch:
    who = one.at("user").at("summary").text()
    return Stretch(one.where, who, one.at("start").instant(), one.at("end").instant())


# -- calendars ----------------------------------------------------------------------------


def calendar(name: str, content: bytes, zone: str | None, few: int = 0) -> list[Stretch]:
    """The events of a calendar that are not cancelled, each once; at least `few` have to be there.

    Raises RosterErrors, which name each that cannot be read exactly.
    """
    if _beginning(content) != _CALENDAR:
        raise RosterErrors([Problem(name, 0, 0, "this is no calendar", "Export it as .ics")])
    try:
        found = Calendar.from_ical(content)
        events: list[_Event] = list(found.walk("VEVENT"))
    except _STUMBLES as wrong:
        told = " ".join(str(wrong).split())[:120]
        problem = Problem(name, 0, 0, f"this is no calendar: {told}", "Export it again, whole")
        raise RosterErrors([problem]) from None
    if not few <= len(events) <= _MOST:
        text = f"the calendar has {len(events)} events"
        raise RosterErrors([Problem(name, 0, 0, text, f"Give {few} to {_MOST}")])
    problems, stretches = [], []
    for uid, line, event in _newest(name, events, _lines(content, len(events))):
        try:
            stretches.append(replace(_stretch(event, zone), uid=uid, line=line))
        except MisfitError as wrong:
            problems.append(wrong.problem(name, line))
    if problems:
        raise RosterErrors(problems)
    return stretches


def has_events(content: bytes) -> bool:
    return _BEGINS.search(content) is not None


def _lines(content: bytes, events: int) -> list[int]:
    """Where each event begins; 0 where that cannot be said."""
    found = [content.count(b"\n", 0, one.start()) + 1 for one in _BEGINS.finditer(content)]
    return found if len(found) == events else [0] * events


def _newest(name: str, events: list[_Event], lines: list[int]) -> Iterator[tuple[str, int, _Event]]:
    """Each event once, as it was said last, with its UID and line; none that is cancelled."""
    by_uid: dict[str, tuple[int, _Event]] = {}
    for line, event in zip(lines, events, strict=True):
        uid = _uid(event)
        _, other = by_uid.get(uid, (0, None))
        if other is None or _sequence(event) > _sequence(other):
            by_uid[uid] = line, event
        elif _sequence(event) == _sequence(other) and event.to_ical() != other.to_ical():
            told = f"{_told(event)}: two events have the same UID and say different things"
            raise RosterErrors([Problem(name, line, int(line > 0), told, "Export it again")])
    for uid, (line, event) in by_uid.items():
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield uid, line, event


def _uid(event: _Event) -> str:
    """What the calendar calls it; what it says, where it has no name or one of unusual length."""
    uid = " ".join(str(event.get("UID", "")).split())
    said = uid.encode() if uid else event.to_ical()
    return uid if 0 < len(uid) <= _LONGEST_UID else f"~{sha256(said).hexdigest()[:32]}"


def _sequence(event: _Event) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _told(event: _Event) -> str:
    """How people know an event: what it says, and when it begins by the clocks it is written in."""
    start = event.get("DTSTART")
    begins = start.dt if isinstance(start, vDDDTypes) else None
    is_time, is_date = isinstance(begins, datetime), isinstance(begins, date)
    when = f"{begins:%Y-%m-%d %H:%M}" if is_time else f"{begins:%Y-%m-%d}" if is_date else ""
    return f"{str(event.get('SUMMARY', 'an event'))[:60]} {when}".strip()


def _refuse(event: _Event, why: str, fix: str) -> Never:
    raise MisfitError(_told(event), why, fix)


def _stretch(event: _Event, zone: str | None) -> Stretch:
    _refuse_what_is_not_read(event)
    who, begins = str(event["SUMMARY"]).strip(), event["DTSTART"]
    if not isinstance(begins.dt, datetime):
        return Stretch(_told(event), who, first=begins.dt, end=_last(event, begins.dt))
    starts = _instant(event, begins, zone)
    if "DTEND" in event:
        return Stretch(_told(event), who, starts, _instant(event, event["DTEND"], zone))
    length = event["DURATION"].dt if "DURATION" in event else None
    if not isinstance(length, timedelta):
        _refuse(event, "it does not say when it ends", "Export it again, whole")
    return Stretch(_told(event), who, starts, starts + length)


def _refuse_what_is_not_read(event: _Event) -> None:
    for key in _SERIES:
        if key in event:
            _refuse(event, f"it is a series ({key}), which is not read", _SINGLE)
    if event.errors:
        key, why = event.errors[0]
        _refuse(event, f"{key}: {why}", "Export it again, whole")
    if not str(event.get("SUMMARY", "")).strip():
        _refuse(event, "it says nothing (SUMMARY), so nobody is named", "Name one person in each")
    times = [event[key] for key in ("DTSTART", "DTEND", "DURATION") if key in event]
    if "DTSTART" not in event or not all(hasattr(one, "dt") for one in times):
        _refuse(event, "it does not say, once, when it begins and ends", "Export it again, whole")


def _last(event: _Event, first: date) -> date:
    """The date on which it is over: that of an event of dates is no part of it."""
    if "DTEND" in event:
        ends = event["DTEND"].dt
        if isinstance(ends, datetime) or not isinstance(ends, date):
            _refuse(event, "it begins on a date and ends at a time", "Mend it where it is from")
        return ends
    length = event["DURATION"].dt if "DURATION" in event else _A_DAY
    return first + (length if isinstance(length, timedelta) else _A_DAY)


def _instant(event: _Event, told: Any, zone: str | None) -> datetime:  # noqa: ANN401 - a property of icalendar
    """The one instant that a time of an event means."""
    at = told.dt
    if not isinstance(at, datetime):
        _refuse(event, "it begins at a time and ends on a date", "Mend it where it is from")
    named = str(told.params.get("TZID", ""))
    if named:
        try:
            return _wall(event, at, forms.zone(named))
        except UnreadableError:
            return _by_its_own_zone(event, at, named)
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    if zone is None:
        _refuse(event, "its times name no zone", "Say of which shift it is: its clocks are meant")
    return _wall(event, at, zone)


def _wall(event: _Event, at: datetime, zone: str) -> datetime:
    meant = readings(at.date(), at.hour * 60 + at.minute, zone)
    if len(meant) != 1:
        how = "comes twice" if meant else "never comes, since clocks jump over it"
        _refuse(event, f"{at:%Y-%m-%d %H:%M} {how} in {zone}", "Write it in UTC there")
    return meant[0] + timedelta(seconds=at.second, microseconds=at.microsecond)


def _by_its_own_zone(event: _Event, at: datetime, named: str) -> datetime:
    """A zone that the calendar itself describes (VTIMEZONE)."""
    if at.tzinfo is None:
        _refuse(event, f"there is no zone `{named[:60]}`, here or in the calendar",
                "Write it in UTC there")  # fmt: skip
    first, second = (at.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        _refuse(event, f"{at:%Y-%m-%d %H:%M} comes twice or never in `{named[:60]}`",
                "Write it in UTC there")  # fmt: skip
    return first
