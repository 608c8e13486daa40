"""Who is on duty when, as a calendar (RFC 5545) or PagerDuty's overrides tell it.

Only what can be read exactly is: a calendar of single events. A series is refused by its name,
since half of its rules are in whatever program made it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Never, TypeAlias

from icalendar import Calendar

from rotation.core.timeline import readings
from rotation.importing.found import Found, MisfitError, read
from rotation.importing.stretches import Stretch
from rotation.roster_file import forms
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError

_Event: TypeAlias = Any
"""One of icalendar's, whose properties are of many types."""
_MOST = 2000
_SERIES = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_SINGLE = "Export it as single events, or write turns"
_STUMBLES = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""How the parser fails over some nonsense. To whoever brings it they are one thing."""
_A_DAY = timedelta(days=1)


def stretches_in(name: str, content: bytes, zone: str | None) -> list[Stretch] | None:
    """The stretches of a calendar or of overrides; None where it is neither.

    `zone` is that of times that name none; None where nobody knows. Raises RosterErrors.
    """
    begins = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper()
    try:
        if begins == b"BEGIN:VCALENDAR":
            return _of_calendar(name, content, zone)
        if begins[:1] == b"{":
            return _overrides(name, content)
    except MisfitError as wrong:
        raise RosterErrors([wrong.problem(name)]) from None
    if begins[:1] == b"<":
        raise RosterErrors([Problem(name, 0, 0, "this is a web page", "Copy the file behind it")])
    return None


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


def _of_calendar(name: str, content: bytes, zone: str | None) -> list[Stretch]:
    try:
        found = Calendar.from_ical(content)
        events: list[_Event] = list(found.walk("VEVENT"))
    except _STUMBLES as wrong:
        told = " ".join(str(wrong).split())[:120]
        problem = Problem(name, 0, 0, f"this is no calendar: {told}", "Export it again, whole")
        raise RosterErrors([problem]) from None
    if not events or len(events) > _MOST:
        text = f"the calendar has {len(events)} events"
        raise RosterErrors([Problem(name, 0, 0, text, f"Give 1 to {_MOST}")])
    problems, stretches = [], []
    for event in _newest(name, events):
        try:
            stretches.append(_stretch(event, zone))
        except MisfitError as wrong:
            problems.append(wrong.problem(name))
    if problems:
        raise RosterErrors(problems)
    return stretches


def _newest(name: str, events: list[_Event]) -> Iterator[_Event]:
    """Each event once, as it was said last; none that is cancelled."""
    by_uid: dict[str, _Event] = {}
    for number, event in enumerate(events):
        uid = str(event.get("UID", "")) or f"~{number}"
        other = by_uid.get(uid)
        if other is None or _sequence(event) > _sequence(other):
            by_uid[uid] = event
        elif _sequence(event) == _sequence(other) and event.to_ical() != other.to_ical():
            told = f"{_told(event)}: two events have the same UID and say different things"
            raise RosterErrors([Problem(name, 0, 0, told, "Export it again")])
    for event in by_uid.values():
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield event


def _sequence(event: _Event) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _told(event: _Event) -> str:
    """How people know an event: what it says, and when it begins as it is written."""
    begins = event.get("DTSTART")
    when = begins.to_ical().decode() if begins is not None and hasattr(begins, "to_ical") else ""
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
