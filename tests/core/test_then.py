"""Other turns from a date on: what starts before it stays as it was published."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.roster import (
    Change,
    Doing,
    Every,
    Everyone,
    GroupId,
    IfAddFails,
    Later,
    Roster,
    Shift,
    ShiftId,
    WhileOff,
)
from rotation.core.timeline import Span, Timeline
from tests.core.conftest import build, people_of
from tests.core.test_changes import DAY, MONDAY, at, desk, on, turns
from tests.core.test_timeline_laws import PEOPLE, all_turns, days, newest_zone_data, timelines

__all__ = ["newest_zone_data"]
pytestmark = pytest.mark.promise("P-effective")

DESK = GroupId("desk")
ANA, BEN, CHEN, DORA = people_of("ana ben chen dora")
EVERYONE = st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True).map(
    lambda found: Everyone(tuple(found))
)


def with_then(roster: Roster, *then: Later, shift: ShiftId = DAY) -> Roster:
    changed = replace(roster.shifts[shift], then=then)
    return replace(roster, shifts={**roster.shifts, shift: changed})


def whose(roster: Roster, first: int, last: int) -> str:
    line = Timeline(roster)
    told = (sorted(line.on_duty(DESK, at(n, 9))) for n in range(first, last))
    return " ".join("+".join(who) or "-" for who in told)


def test_from_the_date_on_the_other_order_counts_from_its_own_anchor() -> None:
    roster = with_then(
        desk(who=turns("ana ben chen")),
        Later(at(4).date(), replace(turns("dora ana"), anchor=at(4).date())),
        Later(at(7).date(), Everyone(people_of("ben chen"))),
    )
    assert whose(roster, 0, 9) == "ana ben chen ana dora ana dora ben+chen ben+chen"


def test_an_order_that_joins_somebody_may_go_on_counting_from_the_old_anchor() -> None:
    longer = replace(turns("ben dora chen ana"), anchor=at(1).date())
    roster = with_then(desk(who=turns("ana ben chen")), Later(at(2).date(), longer))
    assert whose(roster, 0, 6) == "ana ben dora chen ana ben"


def test_whoever_is_in_any_order_is_managed_and_has_a_load() -> None:
    roster = with_then(desk(who=turns("ana ben")), Later(at(90).date(), turns("ben dora")))
    assert roster.rostered(DESK) == {ANA, BEN, DORA}
    assert roster.shifts[DAY].people == (ANA, BEN, DORA)


def test_who_is_off_is_followed_by_the_next_of_the_order_of_that_date() -> None:
    later = Later(at(3).date(), replace(turns("ana dora"), anchor=at(3).date()))
    off = Change(Doing.OFF, ANA, **on(0, 9))
    roster = with_then(desk(off, who=turns("ana ben")), later)
    assert whose(roster, 0, 5) == "ben ben ben dora dora"


def test_a_turn_is_traded_within_its_own_order_only() -> None:
    """Ana's last turn before the edit could be traded with Ben's after it; Chen's comes first."""
    later = Later(at(4).date(), replace(turns("ben ana"), anchor=at(4).date()))
    swap = Change(Doing.OFF, ANA, turn=WhileOff.SWAP, **on(3))
    roster = with_then(desk(swap, who=turns("ana ben chen")), later)
    assert whose(roster, 0, 6) == "ana ben chen ben ben ana", (
        "nobody has a later turn in that order"
    )
    within = Change(Doing.OFF, BEN, turn=WhileOff.SWAP, **on(4))
    roster = with_then(desk(within, who=turns("ana ben chen")), later)
    assert whose(roster, 0, 6) == "ana ben chen ana ana ben"
    nobodys = Later(at(4).date(), Everyone(people_of("ben")))
    roster = with_then(desk(within, who=turns("ana ben chen")), nobodys)
    assert whose(roster, 3, 6) == "ana - ben"


def test_whoever_stands_in_for_somebody_refused_is_next_in_the_order_of_that_date() -> None:
    shifts = {"day": ("08:00-16:00", replace(turns("ana ben"), unit=Every.DAY))}
    a_desk = build(shifts=shifts, if_add_fails=(IfAddFails.NEXT,), others="chen dora")
    later = Later(MONDAY, turns("ana dora"))
    a_desk.roster = with_then(a_desk.roster, later, shift=ShiftId("day"))
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    a_desk.read(now)
    a_desk.refuse(now, "ana")
    assert a_desk.wanted(now).stand_ins == {DORA: ANA}


# -- the law -------------------------------------------------------------------------------


def starting(spans: tuple[Span, ...], shift: Shift, first: date, until: date) -> set[Span]:
    """Those of a shift whose local date is one of these."""
    return {
        s
        for s in spans
        if s.shift == shift.id and first <= date.fromisoformat(s.key.split("/")[1]) < until
    }


@given(timelines(), days, all_turns() | EVERYONE, st.integers(0, 400))
def test_what_starts_before_the_date_is_as_without_it_and_the_rest_as_with_it_alone(
    old: Timeline, near: date, other: Everyone, ahead: int
) -> None:
    shift = old.roster.shifts[ShiftId("s0")]
    first = near + timedelta(days=ahead)
    both = Timeline(with_then(old.roster, Later(first, other), shift=shift.id))
    alone = replace(shift, turns=other)
    new = Timeline(replace(old.roster, shifts={**old.roster.shifts, shift.id: alone}))
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    found, before, after = (
        line.spans(DESK, noon - timedelta(days=20), noon + timedelta(days=20))
        for line in (both, old, new)
    )
    assert starting(found, shift, date.min, first) == starting(before, shift, date.min, first)
    assert starting(found, shift, first, date.max) == starting(after, shift, first, date.max)
