"""Who is on duty when, as a calendar (RFC 5545) or PagerDuty's overrides tell it.

What can be read exactly is read, each occurrence of a series as an event of its own; the rest is
refused by its name.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from icalendar import Calendar

from rotation.core.roster import Roster, ShiftId
from rotation.importing.event import EXPORT, Event, told
from rotation.importing.found import Found, MisfitError, read
from rotation.importing.recurring import LONGEST_UID, Family, Reader, digest
from rotation.importing.stretches import LONGEST, Stretch
from rotation.roster_file.problems import Problem, RosterErrors

_MOST = 2000
_BEGINS = re.compile(rb"^BEGIN:VEVENT\s*$", re.IGNORECASE | re.MULTILINE)
_CALENDAR = b"BEGIN:VCALENDAR"
_STUMBLES = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
"""How the parser fails over some nonsense. To whoever brings it they are one thing."""


def stretches_in(
    name: str, content: bytes, zone: str | None, now: datetime
) -> list[Stretch] | None:
    """The stretches of a calendar or of overrides; None where it is neither.

    `zone` is that of times that name none; None where nobody knows. Of a series it is those around
    the UTC instant `now`, as in `calendar`. Raises RosterErrors.
    """
    begins = _beginning(content)
    try:
        if begins == _CALENDAR:
            return calendar(name, content, zone, now, few=1)
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


def calendar(
    name: str, content: bytes, zone: str | None, now: datetime, few: int = 0
) -> list[Stretch]:
    """The events of a calendar that are not cancelled, each once; at least `few` have to be there.

    Of a series it is what may be under way at the UTC instant `now`, what begins within LONGEST
    from then, and the next one after, each under a name that it keeps. Raises RosterErrors, which
    name each event that cannot be read exactly.
    """
    if _beginning(content) != _CALENDAR:
        raise RosterErrors([Problem(name, 0, 0, "this is no calendar", "Export it as .ics")])
    try:
        found = Calendar.from_ical(content)
        events: list[Event] = list(found.walk("VEVENT"))
    except _STUMBLES as wrong:
        why = " ".join(str(wrong).split())[:120]
        problem = Problem(name, 0, 0, f"this is no calendar: {why}", EXPORT)
        raise RosterErrors([problem]) from None
    if not few <= len(events) <= _MOST:
        text = f"the calendar has {len(events)} events"
        raise RosterErrors([Problem(name, 0, 0, text, f"Give {few} to {_MOST}")])
    problems, stretches, reader = list[Problem](), list[Stretch](), Reader(zone, now)
    for family in _families(name, events, _lines(content, len(events))):
        try:
            stretches += reader.stretches(family)
        except MisfitError as wrong:
            problems.append(wrong.problem(name, reader.line))
    if problems:
        raise RosterErrors(problems)
    if len(stretches) > _MOST:
        text = f"its series come to {len(stretches)} events within {LONGEST.days} days"
        raise RosterErrors([Problem(name, 0, 0, text, f"At most {_MOST} are read")])
    return stretches


def has_events(content: bytes) -> bool:
    return _BEGINS.search(content) is not None


def _lines(content: bytes, events: int) -> list[int]:
    """Where each event begins; 0 where that cannot be said."""
    found = [content.count(b"\n", 0, one.start()) + 1 for one in _BEGINS.finditer(content)]
    return found if len(found) == events else [0] * events


def _families(name: str, events: list[Event], lines: list[int]) -> list[Family]:
    """Each event once, as it was said last."""
    found: dict[str, Family] = {}
    for line, event in zip(lines, events, strict=True):
        uid = _uid(event)
        family = found.setdefault(uid, Family(uid))
        of = _text(event, "RECURRENCE-ID")
        _, other = (family.instead.get(of) if of else family.event) or (0, None)
        if other is not None and _sequence(event) == _sequence(other):
            if event.to_ical() != other.to_ical():
                why = f"{told(event)}: two events have the same UID and say different things"
                raise RosterErrors([Problem(name, line, int(line > 0), why, "Export it again")])
        elif other is None or _sequence(event) > _sequence(other):
            if of:
                family.instead[of] = line, event
            else:
                family.event = line, event
    return list(found.values())


def _text(event: Event, key: str) -> str:
    """What it says there; empty where it says nothing."""
    found = event.get(key)
    return "" if found is None else str(getattr(found, "to_ical", found.__repr__)())


def _uid(event: Event) -> str:
    """What the calendar calls it; what it says, where it has no name or one of unusual length."""
    uid = " ".join(str(event.get("UID", "")).split())
    said = uid.encode() if uid else event.to_ical()
    return uid if 0 < len(uid) <= LONGEST_UID else digest(said)


def _sequence(event: Event) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0
