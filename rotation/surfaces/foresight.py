"""What a valid roster will meet: gaps, more changes than the drip allows, shifts that vanish."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from rotation.core import budget
from rotation.core.gaps import UNCOVERED, gaps
from rotation.core.roster import AccountId, GroupId, Roster
from rotation.core.timeline import Handover, Timeline

_WEEKS = timedelta(days=15)
"""How far handovers are weighed: turns of two weeks show all there is to see."""
_A_DAY = timedelta(days=1)
_A_YEAR = timedelta(days=400)


def foreseen(roster: Roster, drip: budget.Rule, daily: int, now: datetime) -> Iterator[str]:
    """Each thing to look at, in a sentence with what to do about it.

    `daily`: how many people an account may add and remove in any 24 hours.
    """
    timeline = Timeline(roster)
    yield from (told for _, told in too_short(roster, timeline, drip, now))
    yield from _too_many(roster, timeline, daily, now)
    yield from _vanishing(roster, timeline, now)
    yield from _open(roster, timeline, now)


@dataclass(slots=True)
class _Load:
    """What all groups of an account change at one instant."""

    adds: int = 0
    removals: int = 0
    again: dict[GroupId, datetime] = field(default_factory=dict)
    """When each of the groups that hand over then does so the next time."""


def too_short(
    roster: Roster, timeline: Timeline, drip: budget.Rule, now: datetime
) -> Iterator[tuple[GroupId, str]]:
    """Groups that hand over again before the drip is through with it, within two weeks."""
    loads: dict[tuple[AccountId, datetime], _Load] = defaultdict(_Load)
    for group in roster.groups.values():
        found = timeline.handovers(group.id, now, now + _WEEKS)
        for one, following in pairwise(found):
            _weigh(loads[group.account, one.at], one, following.at)
    said: set[GroupId] = set()
    for (_, at), load in sorted(loads.items(), key=lambda item: item[0][1]):
        takes = budget.makespan(load.adds, drip) + budget.makespan(load.removals, drip)
        for name, then in load.again.items():
            if then - at < takes and name not in said:
                said.add(name)
                yield name, _said(name, at, then, load, drip, takes)


def _too_many(roster: Roster, timeline: Timeline, daily: int, now: datetime) -> Iterator[str]:
    """The first day on which an account has more to change than it may."""
    changes: dict[AccountId, list[tuple[datetime, int]]] = defaultdict(list)
    for group in roster.groups.values():
        for one in timeline.handovers(group.id, now, now + _WEEKS):
            size = len(one.incoming) + len(one.outgoing)
            changes[group.account].append((one.at, size))
    for account, made in sorted(changes.items()):
        found = _overfull(sorted(made), daily)
        if found is not None:
            at, total = found
            yield (
                f"account {account}: in the day to {at:%Y-%m-%d %H:%M}Z there are {total} people to"
                f" add and remove, and it may make {daily} changes in 24 hours; the others wait."
                " Raise `changes_per_day` if so many are meant, or use another account"
            )


def _overfull(made: Iterable[tuple[datetime, int]], most: int) -> tuple[datetime, int] | None:
    """When the changes of 24 hours are more than `most` for the first time, and how many."""
    window: deque[tuple[datetime, int]] = deque()
    total = 0
    for at, size in made:
        window.append((at, size))
        total += size
        while window[0][0] <= at - _A_DAY:
            total -= window.popleft()[1]
        if total > most:
            return at, total
    return None


def _weigh(load: _Load, handover: Handover, again: datetime) -> None:
    load.adds += len(handover.incoming)
    load.removals += len(handover.outgoing)
    load.again[handover.group] = again


def _said(
    group: GroupId, at: datetime, then: datetime, load: _Load, drip: budget.Rule, takes: timedelta
) -> str:
    return (
        f"{group}: at {at:%Y-%m-%d %H:%M}Z the account has {load.adds} to add and {load.removals}"
        f" to remove, which takes about {_minutes(takes)} min at {drip.calls} a minute, and"
        f" {group} hands over again after {_minutes(then - at)} min; whoever is not done by then"
        " is dropped. Make the shifts longer, or use fewer groups or people at one instant"
    )


def _minutes(length: timedelta) -> int:
    return round(length / timedelta(minutes=1))


def _vanishing(roster: Roster, timeline: Timeline, now: datetime) -> Iterator[str]:
    different = {group.shifts: group.id for group in roster.groups.values()}
    swallowed = {
        gone.key: (gone, roster.shifts[gone.shift])
        for group in different.values()
        for gone in timeline.vanished(group, now, now + _A_YEAR)
    }
    if not swallowed:
        return
    yield (
        f"shifts that vanish within {_A_YEAR.days} days: {len(swallowed)}, as clocks jump over"
        " all of their hours; nobody is added or removed for them. Move their hours if that matters"
    )
    for key, (gone, shift) in sorted(swallowed.items()):
        yield f"{key} vanishes: at {gone.at:%Y-%m-%d %H:%M}Z clocks in {shift.zone} jump over it"


def _open(roster: Roster, timeline: Timeline, now: datetime) -> Iterator[str]:
    found = [one for one in gaps(timeline, now, now + _A_YEAR) if one.kind in UNCOVERED]
    if not found:
        return
    groups = len({group for one in found for group in one.groups})
    first, at = found[0].groups[0], found[0].stretches[0][0]
    yield (
        f"groups that are uncovered at times within {_A_YEAR.days} days: {groups} of"
        f" {len(roster.groups)}, first {first} at {at:%Y-%m-%d %H:%M}Z; `rotation gaps` says when,"
        " how long and why"
    )
