"""Who may be in a group when: the timeline and the group's policy, laid out as plain calendars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from rotation.core.closed_hours import closed_hours
from rotation.core.roster import (
    Change,
    Doing,
    Group,
    GroupId,
    IfAddFails,
    Mode,
    PersonId,
    Roster,
    Uncovered,
    WhenClosed,
)
from rotation.core.timeline import Timeline
from rotation.sandbox.calendar import Calendar, Span
from rotation.wiring.oracles.standing_by import standing_by

HOLDS = timedelta(days=3)
"""How far beyond its stretch a right is laid out on both sides; shifts that reach in are whole."""


CLOSED = "closed"
"""Who holds in the calendar of closed hours."""
Stretch: TypeAlias = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Right:
    """One group's rights, by number: on duty, allowed to be in, and entitled to be added.

    In `closed` hours, which nobody holds but `CLOSED`, nobody is on duty on purpose.

    `managed` are the people the roster manages here, `kept` those nobody may touch. `stood_in`:
    whoever the turns of a shift name may stand in for another of them (`if_add_fails: next`).
    """

    group: Group
    duty: Calendar
    allowed: Calendar
    entitled: Calendar
    managed: frozenset[str]
    kept: frozenset[str]
    stood_in: bool
    closed: Calendar

    @property
    def is_watched(self) -> bool:
        return self.group.mode is Mode.WATCH

    @property
    def is_strict(self) -> bool:
        return self.group.mode is Mode.STRICT

    def empties(self, at: datetime) -> bool:
        """Whether the group may be left empty while nobody is on duty."""
        if self.closed.at(at):
            return self.group.policy.when_closed is WhenClosed.EMPTY
        return self.group.policy.uncovered is Uncovered.EMPTY or not self.group.shifts

    def past(self, phone: str, since: datetime, until: datetime) -> list[Stretch]:
        """When somebody has to be out: not allowed, nor among those who stay where it is closed."""
        gaps = self.allowed.gap_of(phone, since, until)
        if self.group.policy.when_closed is WhenClosed.EMPTY:
            return gaps
        return [open_ for gap in gaps for open_ in self.closed.gap_of(CLOSED, *gap)]

    def need(self, duty: frozenset[str]) -> int:
        return min(self.group.policy.keep_at_least, len(duty))


def rights(roster: Roster, since: datetime, until: datetime) -> dict[str, Right]:
    """The rights in every group of `roster`, by chat, from `since` to `until`."""
    timeline = Timeline(roster)
    stretch = since - HOLDS, until + HOLDS
    return {g.chat: _right(roster, timeline, g, *stretch) for g in roster.groups.values()}


def _right(
    roster: Roster, timeline: Timeline, group: Group, since: datetime, until: datetime
) -> Right:
    early, late = group.policy.join_early, group.policy.stay_late
    phones = {p: str(who.phone) for p, who in roster.people.items()}
    shut = [
        Span(CLOSED, one.starts, one.ends) for one in closed_hours(timeline, group, since, until)
    ]
    by_shift = [(s.person, s.starts, s.ends) for s in timeline.of_shifts(group.id, since, until)]
    covered = Calendar([*shut, *(Span(phones[p], *when) for p, *when in by_shift)])
    held = [*by_shift, *standing_by(roster, group, covered, since, until)]
    pins = [Span(phones[p], since, until) for p in group.pins]
    by_turn = (p for s in group.shifts for p in roster.shifts[s].people)
    managed = {*by_turn, *group.fallback}
    for (
        change
    ) in roster.changes:  # whoever is named here is of the team, though another has the duty
        managed |= _put_in_by(change, group, managed)
    managed |= {*group.pins, *(person for person, *_ in held)}
    return Right(
        group=group,
        duty=Calendar(Span(phones[p], starts, ends) for p, starts, ends in held),
        allowed=Calendar(
            [*pins, *(Span(phones[p], starts - early, ends + late) for p, starts, ends in held)]
        ),
        entitled=Calendar(
            [*pins, *(Span(phones[p], starts - early, ends) for p, starts, ends in held)]
        ),
        managed=frozenset(phones[p] for p in managed - set(group.always_in)),
        kept=frozenset(phones[p] for p in group.always_in),
        stood_in=IfAddFails.NEXT in group.policy.if_add_fails,
        closed=Calendar(shut),
    )


def _put_in_by(change: Change, group: Group, team: set[PersonId]) -> set[PersonId]:
    """Whom a change of duty names for a group of which these are the team."""
    match change.kind:
        case Doing.EXTRA if change.shift in group.shifts:
            return {change.person}
        case Doing.COVER if change.other is not None:
            of_here = change.shift in group.shifts if change.shift else change.person in team
            return {change.other} if of_here else set()
        case Doing.SWAP if change.other is not None:
            gets = {change.occurrence: change.other, change.for_occurrence: change.person}
            return {who for key, who in gets.items() if key.rsplit("/", 2)[0] in group.shifts}
        case _:
            return set()


@dataclass(frozen=True, slots=True)
class Names:
    """Numbers as people and groups are called; a number nobody goes by is somebody."""

    people: Mapping[str, PersonId]
    groups: Mapping[str, GroupId]

    @classmethod
    def of(cls, roster: Roster) -> "Names":
        return cls(
            {str(who.phone): p for p, who in roster.people.items()},
            {str(g.chat): g.id for g in roster.groups.values()},
        )

    def person(self, phone: str) -> str:
        return str(self.people.get(phone, "somebody")) if phone else ""

    def everyone(self, phones: Iterable[str]) -> list[str]:
        return sorted(self.person(phone) for phone in phones)
