"""Who is on duty by a roster, and its shifts and handovers over a stretch of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.closed_hours import closed_hours
from rotation.core.roster import GroupId, PersonId, Roster, ShiftId
from rotation.core.timeline import MOMENT, Duty, Handover, Span, Timeline, Vanished, local

_NEAR, _AROUND = timedelta(days=3), timedelta(days=40)
"""How far a person's unbroken time on duty is followed; what goes on beyond counts as open. Most of
it ends nearby, and need not be laid out any further."""


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


def who(line: Timeline, group: GroupId, at: datetime) -> Who:
    """Who is on duty at the UTC instant `at`, and the handover after it."""
    roster = line.roster
    unbroken = _unbroken(line, group, at)
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


def _unbroken(line: Timeline, group: GroupId, at: datetime) -> dict[PersonId, Duty]:
    """The duty of whoever has it at `at`, followed as far as it goes, or as far as is looked."""
    found: list[Duty] = []
    for around in (_NEAR, _AROUND):
        since, until = at - around, at + around
        found = [d for d in line.duty_spans(group, since, until) if d.starts <= at < d.ends]
        if all(since < duty.starts and duty.ends < until for duty in found):
            break
    return {duty.person: duty for duty in found}


def stretch(line: Timeline, group: GroupId, since: datetime, until: datetime) -> Stretch:
    """Everything in `[since, until)`, both in UTC."""
    roster = line.roster
    return Stretch(
        group,
        tuple(_turn(roster, line, span) for span in line.spans(group, since, until)),
        tuple(_change(roster, line, h) for h in line.handovers(group, since, until)),
        line.vanished(group, since, until),
        tuple(_not_served(roster, line, group, since, until)),
        tuple(_closed(roster, line, group, since, until)),
    )


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
