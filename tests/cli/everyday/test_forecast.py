"""The forecast against the engine itself: when the last change of a handover is proven."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rotation.core.budget import Rule, makespan
from rotation.core.facts import Kind
from rotation.core.roster import ChatId, Group, GroupId, Policy, Roster
from rotation.core.timeline import Timeline
from rotation.engine import AccountRules, view
from rotation.ledger import in_memory
from rotation.surfaces.forecast import Job, Pace, finish_times
from rotation.surfaces.plan import pace_of, plans
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

ONE_PER_CENT = 0.01


def many_groups(roster: Roster, count: int, policy: Policy) -> Roster:
    """So many groups that all hand over at once."""
    first = roster.groups[GroupId("acme")]

    def group(n: int) -> Group:
        chat = ChatId(f"1203630412345{n:05}@g.us")
        return replace(first, id=GroupId(f"g{n}"), chat=chat, policy=policy, always_in=())

    return replace(roster, groups={g.id: g for g in map(group, range(count))})


def foretold(desk: Roster, monday: datetime, latency: float = 0.0) -> tuple[Rehearsal, datetime]:
    """A day rehearsed until five minutes before 08:00, and when the plan says it will be done."""
    starts, day = monday + timedelta(hours=7), timedelta(days=1)
    world = world_for(desk, starts, instance=INSTANCE, token=TOKEN, length=day)
    world["settings"] = {"latency": latency}
    found = Rehearsal(world, starts, ledger=in_memory())
    found.adopt(desk, "d1")
    found.run(monday + timedelta(hours=7, minutes=55))
    with found.ledger.reading() as books:
        held = ("d1", desk, Timeline(desk))
        account = next(iter(desk.groups.values())).account
        views = [view(books, held, group, found.now) for group in desk.groups]
        pace = pace_of(books, account, AccountRules(), found.now)
    told = plans(views, {account: pace}, found.now)
    return found, max(one.next.done_at for one in told if one.next and one.next.done_at)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("groups", "latency", "goodbye"),
    [(1, 0.0, True), (10, 0.0, True), (18, 0.0, False), (10, 0.4, False)],
)
def test_the_forecast_is_right_within_one_per_cent_when_no_call_fails(
    roster: Roster, monday: datetime, groups: int, latency: float, *, goodbye: bool
) -> None:
    policy = replace(roster.groups[GroupId("bolt")].policy)
    policy = policy if goodbye else replace(policy, goodbye=None)
    found, forecast = foretold(many_groups(roster, groups, policy), monday, latency)
    before = found.now
    found.run(before + timedelta(hours=1))
    changes = [e.at for e in found.events if e.kind in ("added", "removed") and e.at > before]
    boundary = monday + timedelta(hours=8)
    truly, said = max(changes) - boundary, forecast - boundary
    assert len(changes) == 2 * groups
    assert abs(truly - said) <= max(truly * ONE_PER_CENT, timedelta(seconds=1))


def test_calls_made_a_moment_ago_delay_the_forecast() -> None:
    jobs = [Job(GroupId("a"), Kind.ADD)]
    free = Pace(Rule(8), Rule(60), Rule(20))
    busy = replace(free, adds=(10.0,) * 8)
    assert finish_times(jobs, free) == [2.0]
    assert finish_times(jobs, busy) == [52.05]


def test_nobody_is_forecast_to_leave_before_the_other_is_seen() -> None:
    jobs = [Job(GroupId("a"), Kind.REMOVE), Job(GroupId("a"), Kind.ADD)]
    assert finish_times(jobs, Pace(Rule(8), Rule(60), Rule(20))) == [4.0, 2.0]


@pytest.mark.slow
@pytest.mark.promise("S-10")
def test_a_hundred_groups_at_one_instant_add_first_and_end_when_foretold(
    roster: Roster, monday: datetime
) -> None:
    """No removal holds an addition up: 100 additions take as long as 100 additions must."""
    count, boundary = 100, monday + timedelta(hours=8)
    bare = replace(roster.groups[GroupId("bolt")].policy, goodbye=None)
    found, forecast = foretold(many_groups(roster, count, bare), monday)
    found.run(forecast + timedelta(seconds=30))
    changes = {k: [e for e in found.events if e.kind == k] for k in ("added", "removed")}
    added, removed = ({e.group: e.at for e in changes[k]} for k in ("added", "removed"))
    assert len(added) == len(removed) == count
    assert all(added[group] < removed[group] for group in added)
    shortest = makespan(count, Rule(8))
    assert max(added.values()) - boundary <= shortest * (1 + ONE_PER_CENT)
    truly, said = max(removed.values()) - boundary, forecast - boundary
    assert abs(truly - said) <= truly * ONE_PER_CENT
    counts = found.world.verdict()["counts"]
    assert isinstance(counts, dict)
    assert not any(counts.values())
