"""Turns that are picked: whoever was on duty least since the quarter began."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.changes import void
from rotation.core.roster import (
    Change,
    Doing,
    Every,
    GroupId,
    Hours,
    Later,
    PersonId,
    Pick,
    Roster,
    Season,
    ShiftId,
    Turns,
    WhileOff,
)
from rotation.core.served import Served
from rotation.core.timeline import Span, Timeline
from tests.core.conftest import people_of
from tests.core.test_changes import DAY, at, commanded, desk, on, turns
from tests.core.test_timeline_laws import newest_zone_data, timelines

__all__ = ["newest_zone_data"]
pytestmark = pytest.mark.promise("P-least-loaded")

DESK = GroupId("desk")
ANA, BEN, CHEN = people_of("ana ben chen")


def picked(order: str, unit: Every = Every.DAY, on_duty: int = 1) -> Turns:
    return replace(turns(order, unit, on_duty), pick=Pick.LEAST_LOADED)


def whose(roster: Roster, days: range, hour: int = 9) -> str:
    line = Timeline(roster)
    told = (sorted(line.on_duty(DESK, at(n, hour))) for n in days)
    return " ".join("+".join(who) or "-" for who in told)


def test_where_turns_are_equally_long_they_go_by_order() -> None:
    assert (
        whose(desk(who=picked("ana ben chen")), range(-1, 7)) == "- ana ben chen ana ben chen ana"
    )
    pairs = desk(who=picked("ana ben chen", on_duty=2))
    assert whose(pairs, range(3)) == whose(desk(who=turns("ana ben chen", on_duty=2)), range(3))


def test_whoever_stood_in_has_fewer_turns_later_and_whom_they_stood_in_for_has_more() -> None:
    cover = Change(Doing.COVER, ANA, BEN, **on(0))
    assert whose(desk(cover, who=picked("ana ben chen")), range(7)) == (
        "ben chen ana ben chen ana ben"
    )


def test_a_long_day_counts_for_as_long_as_it_is() -> None:
    roster = desk(who=picked("ana ben chen"))
    shift = roster.shifts[DAY]
    today = at(0).date()
    long = Season(today, today, replace(shift.hours, ends=1440), frozenset(range(7)))
    roster = replace(roster, shifts={DAY: replace(shift, seasons=(long,))})
    assert whose(roster, range(7)) == "ana ben chen ben chen ana ben"


def test_whoever_is_off_in_a_turn_is_not_picked_for_it_and_makes_up_for_it() -> None:
    away = Change(Doing.OFF, ANA, **on(0, 2))
    assert whose(desk(away, who=picked("ana ben chen")), range(8)) == (
        "ben chen ben ana chen ana ben chen"
    )
    all_ = [Change(Doing.OFF, p, turn=WhileOff.HOLD, **on(0)) for p in (ANA, BEN, CHEN)]
    assert whose(desk(*all_, who=picked("ana ben chen")), range(1)) == "-"


def test_duty_in_other_shifts_that_go_by_order_counts_too() -> None:
    assert whose(desk(who=picked("ana dora"), late="dora"), range(5)) == "ana ana ana ana ana"
    assert whose(desk(who=picked("ana dora"), late="chen"), range(4)) == "ana dora ana dora"


def test_a_night_that_reaches_into_a_turn_counts_for_what_was_till_then() -> None:
    roster = desk(who=picked("ana dora"))
    day = roster.shifts[DAY]
    weekly = replace(turns("dora", Every.WEEK), anchor=at(2).date())
    night = replace(day, id=ShiftId("night"), hours=Hours(22 * 60, 10 * 60, 1), turns=weekly,
                    weekdays=frozenset({2, 3}))  # fmt: skip
    noon = replace(day, id=ShiftId("noon"), hours=Hours(720, 780))
    group = replace(roster.groups[DESK], shifts=(DAY, noon.id, night.id))
    shifts = {DAY: day, noon.id: noon, night.id: night}
    roster = replace(roster, shifts=shifts, groups={DESK: group})
    assert whose(roster, range(3), 11) == "ana dora ana"
    assert whose(roster, range(3, 6), 11) == "ana ana dora", "dora has had 12 hours of two nights"


def test_a_turn_that_lies_across_a_quarter_is_of_the_one_it_begins_in() -> None:
    cover = Change(Doing.COVER, ANA, BEN, first=date(2026, 1, 5), last=date(2026, 1, 11))
    line = Timeline(desk(cover, who=picked("ana ben chen", Every.WEEK)))
    mondays = [date(2026, 3, 23) + n * timedelta(days=7) for n in range(4)]
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in mondays]
    theirs = [line.on_duty(DESK, noon) for noon in noons]
    assert all(line.on_duty(DESK, noon + timedelta(days=6)) == who
               for noon, who in zip(noons, theirs, strict=True))  # fmt: skip
    fresh = Timeline(desk(who=turns("ana ben chen", Every.WEEK)))
    assert theirs[2:] == [fresh.on_duty(DESK, noon) for noon in noons[2:]], "April begins anew"


def test_dates_that_are_not_served_pick_nobody_and_a_later_order_counts_from_its_own_date() -> None:
    roster = desk(who=picked("ana ben"))
    closed = Season(at(1).date(), at(2).date(), None, frozenset(range(7)))
    later = Later(at(5).date(), replace(picked("ben dora"), anchor=at(5).date()))
    shift = replace(roster.shifts[DAY], seasons=(closed,), then=(later,))
    roster = replace(roster, shifts={DAY: shift})
    assert whose(roster, range(9)) == "ana - - ben ana ben dora ben dora"
    gone = Timeline(roster).replaced(DESK, at(0), at(4))
    assert [one.starts for one in gone] == [at(1, 8), at(2, 8)]


def test_nobody_can_swap_or_trade_what_is_picked() -> None:
    swap = Change(Doing.SWAP, ANA, BEN, occurrence="day/2026-01-05/0",
                  for_occurrence="day/2026-01-06/0")  # fmt: skip
    roster = desk(swap, who=picked("ana ben"))
    assert void(roster, swap) == "whose turn it is in day is picked by load, so nobody can swap it"
    assert whose(roster, range(2)) == "ana ben"
    traded = Change(Doing.OFF, ANA, turn=WhileOff.SWAP, made_at=at(0, 10), **on(0))
    assert whose(desk(traded, who=picked("ana ben")), range(1), 11) == "ben"


# -- laws ----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(commanded(), min_size=1, max_size=4), st.integers(1, 2))
def test_no_command_alters_whose_turn_it_has_been(changes: list[Change], on_duty: int) -> None:
    *before, last = sorted(changes, key=lambda c: c.made_at or at(0))
    who = picked("ana ben chen", on_duty=on_duty)
    without, made = (Timeline(desk(*some, who=who)) for some in (before, [*before, last]))
    for hour in range(8, 7 * 24):
        if last.made_at is not None and at(0, hour) < last.made_at:
            now = at(0, hour)
            assert without.on_duty(DESK, now) == made.on_duty(DESK, now), hour


@settings(max_examples=20, deadline=None)
@given(timelines(), st.integers(0, 400), st.integers(1, 60))
def test_it_is_the_same_from_wherever_one_looks_and_fair_within_each_quarter(
    drawn: Timeline, begins: int, reach: int
) -> None:
    shift = drawn.roster.shifts[ShiftId("s0")]
    known = shift.turns if isinstance(shift.turns, Turns) else turns("a b c")
    mine = replace(known, pick=Pick.LEAST_LOADED, on_duty=1)
    one = replace(shift, turns=mine)
    group = replace(drawn.roster.groups[DESK], shifts=(one.id,))
    roster = replace(drawn.roster, shifts={one.id: one}, groups={DESK: group})
    since = datetime(mine.anchor.year, mine.anchor.month, mine.anchor.day, tzinfo=UTC)
    whole = Timeline(roster).spans(DESK, since, since + timedelta(days=480))
    first, last = since + timedelta(days=begins), since + timedelta(days=begins + reach)
    some = Timeline(roster).spans(DESK, first, last)
    assert set(some) == {s for s in whole if s.starts < last and s.ends > first}
    for loads, longest in quarters(Served.of(roster, one.id), mine, whole):
        assert max(loads.values()) - min(loads.values()) <= longest


def quarters(
    served: Served, mine: Turns, spans: Sequence[Span]
) -> Iterator[tuple[dict[PersonId, timedelta], timedelta]]:
    """What everybody's turns that begin in one quarter come to, and the longest turn of these."""
    lengths: dict[int, timedelta] = {}
    begun: dict[int, tuple[date, PersonId]] = {}
    for span in spans:
        day = date.fromisoformat(span.key.split("/")[1])
        number = served.turn(mine, day)
        begun.setdefault(number, (day, span.person))
        lengths[number] = lengths.get(number, timedelta()) + (span.ends - span.starts)
    by_quarter: dict[tuple[int, int], dict[PersonId, timedelta]] = {}
    for number, (day, person) in begun.items():
        of = by_quarter.setdefault((day.year, (day.month - 1) // 3), dict.fromkeys(
            mine.order, timedelta()))  # fmt: skip
        of[person] += lengths[number]
    yield from ((loads, max(lengths.values())) for loads in by_quarter.values())
