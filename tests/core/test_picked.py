"""Turns that are picked: whoever was on duty least since the quarter began."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rotation.core.changes import void
from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    Doing,
    Every,
    Group,
    GroupId,
    Hours,
    Later,
    Person,
    PersonId,
    Phone,
    Pick,
    Roster,
    Season,
    Shift,
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
    assert whose(desk(who=picked("ana dora"), late="chen"), range(2), hour=20) == "chen chen"


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
    assert whose(roster, range(3), 12) == "ana dora ana", "of noon it is whose the day is"
    assert whose(roster, range(3, 6), 11) == "ana ana dora", "dora has had 12 hours of two nights"


def overlapping(*changes: Change, hours: Hours, unit: Every = Every.DAY) -> Roster:
    """A shift whose occurrence is still under way when the next one begins."""
    roster = desk(*changes, who=picked("ana ben chen", unit))
    return replace(roster, shifts={DAY: replace(roster.shifts[DAY], hours=hours)})


def begun(roster: Roster, days: range) -> str:
    """Whose the occurrences are that begin on these days, an instant after they did."""
    found = Timeline(roster).spans(DESK, at(0), at(days.stop))
    keys = [f"{DAY}/{at(n).date()}/0" for n in days]
    return " ".join("+".join(s.person for s in found if s.key == key) for key in keys)


def test_a_turn_that_is_still_under_way_when_the_next_begins_counts_in_whole() -> None:
    an_hour_more = overlapping(hours=Hours(540, 600, 1))
    assert begun(an_hour_more, range(7)) == "ana ben chen ana ben chen ana"
    weeks = overlapping(hours=Hours(540, 600, 1), unit=Every.WEEK)
    assert begun(weeks, range(0, 35, 7)) == "ana ben chen ana ben"
    assert begun(overlapping(hours=Hours(540, 541, 3)), range(7)) == "ana ben chen ana ben chen ana"


def test_what_is_left_of_a_turn_counts_as_it_is_known_when_the_next_begins() -> None:
    long = Hours(540, 541, 2)
    cover = Change(Doing.COVER, BEN, CHEN, **on(1))
    assert begun(overlapping(cover, hours=long), range(5)) == "ana chen ben ana chen"
    told = replace(cover, made_at=at(2, 8))
    assert begun(overlapping(told, hours=long), range(5)) == "ana ben+chen ben chen ana"
    late = replace(cover, made_at=at(2, 9))
    assert begun(overlapping(late, hours=long), range(3)) == "ana ben+chen chen"
    undone = replace(cover, made_at=at(2, 7), ended_at=at(2, 8))
    assert begun(overlapping(undone, hours=long), range(3)) == "ana ben+chen+ben chen"
    undone_later = replace(undone, ended_at=at(2, 10))
    assert begun(overlapping(undone_later, hours=long), range(3)) == "ana ben+chen+ben ben"


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


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.lists(commanded(), min_size=1, max_size=4),
    st.integers(1, 2),
    st.sampled_from([Hours(480, 960), Hours(480, 540, 1), Hours(480, 481, 3)]),
)
def test_no_command_alters_whose_turn_it_has_been(
    changes: list[Change], on_duty: int, hours: Hours
) -> None:
    *before, last = sorted(changes, key=lambda c: c.made_at or at(0))
    who = picked("ana ben chen", on_duty=on_duty)
    rosters = (desk(*some, who=who) for some in (before, [*before, last]))
    without, made = (
        Timeline(replace(r, shifts={DAY: replace(r.shifts[DAY], hours=hours)})) for r in rosters
    )
    for hour in range(8, 7 * 24):
        if last.made_at is not None and at(0, hour) < last.made_at:
            now = at(0, hour)
            assert without.on_duty(DESK, now) == made.on_duty(DESK, now), hour


def of_days_that_overlap() -> Timeline:
    """Of three days and a minute each, on Sundays, Mondays and Tuesdays: eleven to April.

    Once only what had been until a turn began was counted. Whoever had just begun seemed to have
    been on duty least, and was picked again: one had five of these turns, the others three each.
    """
    who = replace(turns("a b c"), anchor=date(2026, 3, 9))
    shift = Shift(ShiftId("s0"), "UTC", Hours(540, 541, 3), frozenset({0, 1, 6}), who)
    people = {p: Person(p, p, Phone("+351910000000")) for p in who.order}
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), (shift.id,))
    return Timeline(Roster(people, {shift.id: shift}, {DESK: group}))


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@example(of_days_that_overlap(), 0, 1)
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
