"""Whose time on duty moves when one roster takes another's place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rotation.core.roster import DutyOf, GroupId, Person, PersonId
from rotation.core.timeline import Timeline, local

_MOST_TOLD = 6
"""Stretches that one person is told of; of more, how many there are."""


@dataclass(frozen=True, slots=True)
class Move:
    """In `[starts, ends)` other people are on duty: `off` were, `on` are instead."""

    starts: datetime
    ends: datetime
    off: frozenset[PersonId]
    on: frozenset[PersonId]


@dataclass(frozen=True, slots=True)
class Shifted:
    """What it comes to for one person: how much duty goes and comes, and when that begins."""

    person: PersonId
    loses: timedelta
    gains: timedelta
    first: datetime


def moves(
    before: Timeline, after: Timeline, group: GroupId, since: datetime, until: datetime
) -> tuple[Move, ...]:
    """Every stretch of `[since, until)` in which the group has others on duty, in order.

    Where a roster does not know the group, nobody is.
    """
    old, new = _on_duty(before, group, since, until), _on_duty(after, group, since, until)
    found: list[Move] = []
    cuts = [*sorted(old.keys() | new.keys()), until]
    was = now = frozenset[PersonId]()
    for starts, ends in pairwise(cuts):
        was, now = old.get(starts, was), new.get(starts, now)
        move = Move(starts, ends, was - now, now - was)
        last = found[-1] if found else None
        if last is not None and (last.ends, last.off, last.on) == (starts, move.off, move.on):
            found[-1] = Move(last.starts, ends, move.off, move.on)
        elif move.off or move.on:
            found.append(move)
    return tuple(found)


def of_groups(
    before: Timeline, after: Timeline, since: datetime, until: datetime
) -> dict[GroupId, tuple[Move, ...]]:
    """The groups in which duty moves in `[since, until)`, and how."""
    known: dict[tuple[DutyOf | None, ...], tuple[Move, ...]] = {}
    found: dict[GroupId, tuple[Move, ...]] = {}
    old, new = before.roster.groups, after.roster.groups
    for group in sorted(old.keys() | new.keys()):
        duty = tuple(g[group].duty_of if group in g else None for g in (old, new))
        if duty not in known:
            known[duty] = moves(before, after, group, since, until)
        if known[duty]:
            found[group] = known[duty]
    return found


def news(
    people: Mapping[PersonId, Person], found: Mapping[GroupId, tuple[Move, ...]], what: str
) -> Iterator[tuple[PersonId, str]]:
    """What each person whose duty moves is told, by their own clocks; the soonest first."""
    stretches = list(dict.fromkeys(m for theirs in found.values() for m in theirs))
    stretches.sort(key=lambda move: (move.starts, move.ends))
    for one in shifted(tuple(found.values())):
        zone = people[one.person].zone or "UTC"
        theirs = [m for m in stretches if one.person in m.off | m.on]
        lines = [_told(one.person, move, people, zone) for move in theirs[:_MOST_TOLD]]
        if len(theirs) > _MOST_TOLD:
            lines.append(f"... and {len(theirs) - _MOST_TOLD} more")
        yield one.person, "\n".join([f"Your duty has changed ({what}):", *lines])


def _told(person: PersonId, move: Move, people: Mapping[PersonId, Person], zone: str) -> str:
    day, starts, clock = local(move.starts, zone).split()[:3]
    until = local(move.ends, zone).split()
    ends = until[2] if until[1] == starts else " ".join(until[:3])
    when = f"{day} {starts} {clock} to {ends} ({zone})"
    mine, others = ("off", move.on) if person in move.off else ("on", move.off)
    names = ", ".join(sorted(people[p].name for p in others if p in people))
    instead = {"off": f"; {names or 'nobody'} instead", "on": f", for {names}" if names else ""}
    return f"- {mine}: {when}{instead[mine]}"


def _on_duty(
    timeline: Timeline, group: GroupId, since: datetime, until: datetime
) -> dict[datetime, frozenset[PersonId]]:
    """Who is on duty from which instant on."""
    if group not in timeline.roster.groups:
        return {since: frozenset()}
    changes = {h.at: h.on_duty for h in timeline.handovers(group, since, until) if h.at < until}
    return {since: timeline.on_duty(group, since), **changes}


def shifted(of_groups: tuple[tuple[Move, ...], ...]) -> tuple[Shifted, ...]:
    """What moves come to for each person, the soonest first; in many groups at once it is once."""
    theirs: dict[PersonId, dict[bool, set[tuple[datetime, datetime]]]] = {}
    for move in (move for one in of_groups for move in one):
        for people, gains in ((move.off, False), (move.on, True)):
            for person in people:
                both = theirs.setdefault(person, {False: set(), True: set()})
                both[gains].add((move.starts, move.ends))
    told = (
        Shifted(
            person,
            _length(both[False]),
            _length(both[True]),
            min(starts for starts, _ in both[False] | both[True]),
        )
        for person, both in theirs.items()
    )
    return tuple(sorted(told, key=lambda one: (one.first, one.person)))


def _length(stretches: set[tuple[datetime, datetime]]) -> timedelta:
    """How long they are together, counted once where they lie over each other."""
    total, reached = timedelta(0), None
    for starts, ends in sorted(stretches):
        begins = starts if reached is None else max(starts, reached)
        total += max(ends - begins, timedelta(0))
        reached = ends if reached is None else max(reached, ends)
    return total
