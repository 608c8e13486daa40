"""Whose time on duty moves when one roster takes another's place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import Timeline


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
