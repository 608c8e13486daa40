"""What a valid roster will meet: gaps, more changes than the drip allows, shifts that vanish."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from rotation.core import budget
from rotation.core.gaps import UNCOVERED, gaps
from rotation.core.roster import AccountId, DutyOf, GroupId, Roster
from rotation.core.timeline import Handover, Timeline
from rotation.settings import Settings

RuleOf = Callable[[AccountId], budget.Rule]
"""The drip of each account."""
USUAL_DRIP = 8
_WEEKS = timedelta(days=15)
"""How far handovers are weighed: turns of two weeks show all there is to see."""
_MOST_SETS = 2000
_A_DAY = timedelta(days=1)
_A_YEAR = timedelta(days=400)


def drips(settings: Settings) -> RuleOf:
    """As it is set, and as usual for accounts that are not."""
    accounts = settings.accounts

    def of(account: AccountId) -> budget.Rule:
        known = accounts.get(account)
        if known is None:
            return budget.Rule(USUAL_DRIP)
        return budget.Rule(known.drip, known.pace == "paced")

    return of


def foreseen(roster: Roster, drip: RuleOf, daily: int, now: datetime) -> Iterator[str]:
    """Each thing to look at, in a sentence with what to do about it.

    `daily`: how many people an account may add and remove in any 24 hours.
    """
    timeline = Timeline(roster)
    yield from (one.said for one in too_short(roster, timeline, drip, now))
    yield from _too_many(roster, timeline, daily, now)
    yield from _vanishing(roster, timeline, now)
    yield from _open(roster, timeline, now)


@dataclass(slots=True)
class _Load:
    """What all groups of an account change at one instant."""

    adds: int = 0
    removals: int = 0
    again: list[tuple[Sequence[GroupId], datetime]] = field(default_factory=list)
    """When groups that hand over then do so the next time; those of the same shifts together."""

    def weigh(self, groups: Sequence[GroupId], handover: Handover, again: datetime) -> None:
        self.adds += len(groups) * len(handover.incoming)
        self.removals += len(groups) * len(handover.outgoing)
        self.again.append((groups, again))


@dataclass(frozen=True, slots=True)
class TooShort:
    """A group hands over at `at`, and `again` before the drip is through with that.

    What all groups of its account change at `at` `takes` so long, at `drip` a minute.
    """

    group: GroupId
    at: datetime
    again: datetime
    adds: int
    removals: int
    takes: timedelta
    drip: int

    @property
    def what(self) -> str:
        return (
            f"at {self.at:%Y-%m-%d %H:%M}Z the account has {self.adds} to add and {self.removals}"
            f" to remove, which takes about {_minutes(self.takes)} min at {self.drip} a minute, and"
            f" {self.group} hands over again after {_minutes(self.again - self.at)} min; whoever is"
            " not done by then is dropped"
        )

    @property
    def said(self) -> str:
        return f"{self.group}: {self.what}. {FIX}"


def is_much_to_weigh(roster: Roster) -> bool:
    """Whether it takes longer than a second or so; that is for a command."""
    return len({group.duty_of for group in roster.groups.values()}) > _MOST_SETS


FIX = "Make the shifts longer, or use fewer groups or people at one instant"


def too_short(
    roster: Roster, timeline: Timeline, drip: RuleOf, now: datetime
) -> Iterator[TooShort]:
    """The first such handover of each group, within two weeks."""
    alike: dict[tuple[AccountId, DutyOf], list[GroupId]] = defaultdict(list)
    for group in roster.groups.values():
        alike[group.account, group.duty_of].append(group.id)
    loads: dict[tuple[AccountId, datetime], _Load] = defaultdict(_Load)
    for (account, _), some in alike.items():
        for one, following in pairwise(timeline.handovers(some[0], now, now + _WEEKS)):
            loads[account, one.at].weigh(some, one, following.at)
    said, makespan = set[GroupId](), cache(budget.makespan)
    for (account, at), load in sorted(loads.items(), key=lambda item: item[0][1]):
        rule = drip(account)
        takes = makespan(load.adds, rule) + makespan(load.removals, rule)
        for groups, then in load.again:
            if then - at < takes and groups[0] not in said:
                said.add(groups[0])
                for name in groups:
                    yield TooShort(name, at, then, load.adds, load.removals, takes, rule.calls)


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
