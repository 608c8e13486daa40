"""Who may be in a group when: the timeline and the group's policy, laid out as plain calendars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.roster import Group, GroupId, IfAddFails, Mode, PersonId, Roster, Uncovered
from rotation.core.timeline import Timeline
from rotation.sandbox.calendar import Calendar, Span

HOLDS = timedelta(days=30)
"""How far beyond its stretch a right is laid out on both sides, for shifts that reach in."""


@dataclass(frozen=True, slots=True)
class Right:
    """One group's rights, by number: on duty, allowed to be in, and entitled to be added.

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

    @property
    def is_watched(self) -> bool:
        return self.group.mode is Mode.WATCH

    @property
    def is_strict(self) -> bool:
        return self.group.mode is Mode.STRICT

    @property
    def empties(self) -> bool:
        """Whether the group may be left empty while nobody is on duty."""
        return self.group.policy.uncovered is Uncovered.EMPTY or not self.group.shifts

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
    spans = timeline.spans(group.id, since, until)
    pins = [Span(phones[p], since, until) for p in group.pins]
    by_turn = (p for s in group.shifts for p in roster.shifts[s].people)
    managed = {*group.pins, *by_turn, *(s.person for s in spans)}
    return Right(
        group=group,
        duty=Calendar(Span(phones[s.person], s.starts, s.ends) for s in spans),
        allowed=Calendar(
            [*pins, *(Span(phones[s.person], s.starts - early, s.ends + late) for s in spans)]
        ),
        entitled=Calendar(
            [*pins, *(Span(phones[s.person], s.starts - early, s.ends) for s in spans)]
        ),
        managed=frozenset(phones[p] for p in managed - set(group.always_in)),
        kept=frozenset(phones[p] for p in group.always_in),
        stood_in=IfAddFails.NEXT in group.policy.if_add_fails,
    )


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
