"""What a roster leaves open, in words, for a command and a page alike."""

from datetime import timedelta

from rotation.core.gaps import NOTHING, UNCOVERED, Found, Kind
from rotation.core.roster import Roster
from rotation.core.timeline import ClockChange, local_date
from rotation.surfaces.counting import counted
from rotation.surfaces.saying import city

MINUTE = timedelta(minutes=1)
_LATER = {Kind.FALLBACK: 2, Kind.CLOSED: 3}
_SHORT = 120
"""Below so many minutes a length is told in minutes."""


def rank(one: Found) -> int:
    """What is open first, and last what somebody saw to: by fallback people, and by closing."""
    return 0 if one.kind in UNCOVERED else _LATER.get(one.kind, 1)


def what_said(roster: Roster, found: Found) -> str:
    length, shifts = long_said(found.length), " and ".join(found.shifts)
    who = roster.people[found.person].name if found.person is not None else ""
    match found.kind:
        case Kind.GAP | Kind.FALLBACK:
            filled = "nobody" if found.kind is Kind.GAP else "fallback"
            return f"{filled} for {length}" + (f" between {shifts}" if shifts else "")
        case Kind.CLOSED:
            return f"closed for {length}: {', '.join(found.why)}"
        case Kind.FEW:
            return f"too few for {length} in {shifts}"
        case Kind.OVERLAP:
            return f"{shifts} together for {length}"
        case Kind.TWICE:
            return f"{who} is on {shifts} at once for {length}"
        case Kind.REST:
            return f"{who} rests only {length} between {shifts}"


def clocks_said(change: ClockChange) -> str:
    """`New York forward 60 min on 2027-03-14`, which is the date there."""
    way = "forward" if change.by > NOTHING else "back"
    on = local_date(change.at, change.zone)
    return f"{city(change.zone)} {way} {long_said(abs(change.by))} on {on}"


def long_said(length: timedelta) -> str:
    minutes = round(length / MINUTE)
    days, rest = divmod(minutes, 24 * 60)
    if minutes < _SHORT:
        return f"{minutes} min"
    hours = f"{rest // 60} h" + (f" {rest % 60} min" if rest % 60 else "") if rest else ""
    return " ".join(part for part in (counted(days, "day") if days else "", hours) if part)


def as_data(found: Found) -> dict[str, object]:
    """For programs; lengths in minutes."""
    return {
        "kind": found.kind,
        "groups": found.groups,
        "shifts": found.shifts,
        "person": found.person,
        "first": found.stretches[0][0],
        "last": found.stretches[-1][0],
        "times": len(found.stretches),
        "minutes": round(found.length / MINUTE),
        "minutes_altogether": round(found.total / MINUTE),
        "clocks": [
            {"at": c.at, "zone": c.zone, "minutes": round(c.by / MINUTE)} for c in found.clocks
        ],
        "why": found.why,
    }
