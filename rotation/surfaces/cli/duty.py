"""What `who` and `timeline` answer, worked out of a roster, and how it is shown to people."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.closed_hours import closed_hours
from rotation.core.roster import GroupId, PersonId, Roster, ShiftId
from rotation.core.timeline import MOMENT, Handover, Span, Timeline, Vanished, local
from rotation.surfaces.cli.output import heading, instant, say, table

_AROUND = timedelta(days=40)
"""How far a person's unbroken time on duty is followed; what goes on beyond counts as open."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An instant, and how the clocks of a zone show it."""

    at: datetime
    local: str


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Someone on duty. `since` and `until` are of their unbroken duty; None is beyond sight."""

    person: PersonId
    name: str
    shift: ShiftId
    since: Reading | None
    until: Reading | None


@dataclass(frozen=True, slots=True)
class Change:
    """A handover, with the names of who comes, who goes, and who is on duty then."""

    at: Reading
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    on_duty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Who:
    group: GroupId
    on_duty: tuple[OnDuty, ...]
    next: Change | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's time in one occurrence of a shift. `moved`: a wall time of it is missing.

    `season`: why the shift has other hours then; None where it has its usual ones.
    """

    key: str
    shift: ShiftId
    person: PersonId
    name: str
    starts: Reading
    ends: Reading
    moved: bool
    season: str | None


@dataclass(frozen=True, slots=True)
class NotServed:
    """The usual hours of a shift on a date on which it has none, and why."""

    shift: ShiftId
    starts: Reading
    ends: Reading
    reason: str


@dataclass(frozen=True, slots=True)
class Shut:
    """Nobody is on duty, on purpose."""

    starts: Reading
    ends: Reading
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A group over a stretch of time. `vanished` names occurrences that a clock jump swallows."""

    group: GroupId
    turns: tuple[Turn, ...]
    handovers: tuple[Change, ...]
    vanished: tuple[Vanished, ...]
    not_served: tuple[NotServed, ...]
    closed: tuple[Shut, ...]


def who(roster: Roster, group: GroupId, at: datetime) -> Who:
    line = Timeline(roster)
    unbroken = {
        duty.person: duty
        for duty in line.duty_spans(group, at - _AROUND, at + _AROUND)
        if duty.starts <= at < duty.ends
    }
    on_duty: dict[PersonId, OnDuty] = {}
    for span in line.spans(group, at, at + MOMENT):
        zone, duty = span.zone, unbroken[span.person]
        on_duty[span.person] = OnDuty(
            span.person,
            roster.people[span.person].name,
            span.shift,
            since=_read(duty.starts, zone) if duty.starts > at - _AROUND else None,
            until=_read(duty.ends, zone) if duty.ends < at + _AROUND else None,
        )
    coming = line.next_handover(group, at)
    change = None if coming is None else _change(roster, line, coming)
    return Who(group, tuple(on_duty.values()), change)


def stretch(roster: Roster, group: GroupId, since: datetime, until: datetime) -> Stretch:
    line = Timeline(roster)
    return Stretch(
        group,
        tuple(_turn(roster, line, span) for span in line.spans(group, since, until)),
        tuple(_change(roster, line, h) for h in line.handovers(group, since, until)),
        line.vanished(group, since, until),
        tuple(_not_served(roster, line, group, since, until)),
        tuple(_closed(roster, line, group, since, until)),
    )


def show_who(found: Who) -> None:
    heading(found.group)
    if found.on_duty:
        rows = [
            (one.name, one.shift, _told(one.since, "before that"), _told(one.until, "open"))
            for one in found.on_duty
        ]
        table(("ON DUTY", "SHIFT", "SINCE", "UNTIL"), rows)
    else:
        say("nobody is on duty")
    if found.next is None:
        say("next: no handover within 400 days")
    else:
        say(f"next: {_both(found.next.at)}: {_moves(found.next)}")
    say()


def show_stretch(found: Stretch) -> None:
    heading(found.group)
    table(
        ("SHIFT", "ON DUTY", "STARTS", "ENDS", ""),
        ((t.shift, t.name, _both(t.starts), _both(t.ends), _remark(t)) for t in found.turns),
    )
    say()
    table(("HANDOVER", "WHO"), ((_both(c.at), _moves(c)) for c in found.handovers))
    for gone in found.vanished:
        say(f"{gone.key} vanishes: at {instant(gone.at)} the clocks jump over all of it")
    for away in found.not_served:
        why = f": {away.reason}" if away.reason else ""
        say(f"{away.shift} is not served from {_both(away.starts)} to {_both(away.ends)}{why}")
    for shut in found.closed:
        say(f"closed from {_both(shut.starts)} to {_both(shut.ends)}: {', '.join(shut.why)}")
    say()


def _remark(turn: Turn) -> str:
    season = None if turn.season is None else turn.season or "a season"
    return ", ".join(filter(None, (season, "moved by a clock jump" * turn.moved)))


def _told(reading: Reading | None, otherwise: str) -> str:
    return otherwise if reading is None else _both(reading)


def _both(reading: Reading) -> str:
    """`2027-01-05 08:00Z (Tue 17:00 Tokyo)`: the date is UTC's, the weekday the zone's."""
    weekday, _date, clock, _offset, zone = reading.local.split()
    there = (
        "" if zone == "UTC" else f" ({weekday} {clock} {zone.rpartition('/')[2].replace('_', ' ')})"
    )
    return f"{reading.at:%Y-%m-%d %H:%M}Z{there}"


def _moves(change: Change) -> str:
    come = [f"{name} comes" for name in change.incoming]
    go = [f"{name} goes" for name in change.outgoing]
    left = [] if change.on_duty else ["nobody is on duty then"]
    return ", ".join(come + go + left)


def _read(at: datetime, zone: str) -> Reading:
    return Reading(at, local(at, zone))


def _not_served(
    roster: Roster, line: Timeline, group: GroupId, since: datetime, until: datetime
) -> Iterator[NotServed]:
    for away in line.replaced(group, since, until):
        if away.season.hours is None:
            zone = roster.shifts[away.shift].zone
            starts, ends = _read(away.starts, zone), _read(away.ends, zone)
            yield NotServed(away.shift, starts, ends, away.season.reason)


def _closed(
    roster: Roster, line: Timeline, group: GroupId, since: datetime, until: datetime
) -> Iterator[Shut]:
    """As clocks in the zone of the group's first shift show it."""
    for one in closed_hours(line, roster.groups[group], since, until):
        zone = roster.shifts[roster.groups[group].shifts[0]].zone
        yield Shut(_read(one.starts, zone), _read(one.ends, zone), one.why)


def _turn(roster: Roster, line: Timeline, span: Span) -> Turn:
    zone, season = span.zone, line.season(span)
    return Turn(
        span.key,
        span.shift,
        span.person,
        roster.people[span.person].name,
        _read(span.starts, zone),
        _read(span.ends, zone),
        span.moved,
        None if season is None else season.reason,
    )


def _change(roster: Roster, line: Timeline, handover: Handover) -> Change:
    def names(people: frozenset[PersonId]) -> tuple[str, ...]:
        return tuple(sorted(roster.people[p].name for p in people))

    return Change(
        _read(handover.at, _zone_at(line, handover)),
        names(handover.incoming),
        names(handover.outgoing),
        names(handover.on_duty),
    )


def _zone_at(line: Timeline, handover: Handover) -> str:
    """Where the handover is read: in the zone of the shift that begins or, failing that, ends."""
    at = handover.at
    touching = line.spans(handover.group, at - MOMENT, at + MOMENT)
    begins = [s for s in touching if s.starts == at] or [s for s in touching if s.ends == at]
    return begins[0].zone
