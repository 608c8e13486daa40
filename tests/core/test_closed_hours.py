"""Hours that are closed on purpose: nobody is on duty, nobody is told, and people stay or go."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core import guard
from rotation.core.closed_hours import Closed, closed_hours, is_closed
from rotation.core.decide import CLOSED
from rotation.core.facts import Because, HandoverRow, Kind
from rotation.core.gaps import Kind as Of
from rotation.core.gaps import gaps
from rotation.core.reason import Reason
from rotation.core.roster import (
    ClosedHours,
    Goodbye,
    GroupId,
    Hours,
    PersonId,
    Roster,
    Season,
    Uncovered,
    WhenClosed,
)
from rotation.core.timeline import Timeline
from rotation.core.weekly import Move, Past, Week, week

Make: TypeAlias = Callable[..., Any]
"""A desk of conftest: one group and everything about it."""

DESK = GroupId("desk")
DAY = {"day": ("08:00-16:00", "ana"), "late": ("16:00-20:00", "ben")}
"""From 20:00 to 08:00 nobody is on duty."""
EVERY_DAY = frozenset(range(7))
NIGHT = ClosedHours(Hours(20 * 60, 8 * 60, 1), EVERY_DAY, "UTC", "night")
SUNDAY = ClosedHours(Hours(0, 0, 1), frozenset({6}), "Europe/Lisbon")
LATE_NIGHT = ClosedHours(Hours(22 * 60, 4 * 60, 1), EVERY_DAY, "UTC")


def at(clock: str, day: int = 5) -> datetime:
    hour, minute, second = (*clock.split(":"), "0")[:3]
    return datetime(2026, 1, day, int(hour), int(minute), int(second), tzinfo=UTC)


def told(found: tuple[Closed, ...]) -> list[str]:
    return [f"{c.starts:%d %H:%M}-{c.ends:%d %H:%M} {', '.join(c.why)}" for c in found]


def with_season(roster: Roster, shift: str, season: Season) -> Roster:
    changed = replace(roster.shifts[shift], seasons=(season,))
    return replace(roster, shifts={**roster.shifts, shift: changed})


EPIPHANY = Season(date(2026, 1, 6), date(2026, 1, 6), None, EVERY_DAY, "Epiphany")

# -- when it is closed ---------------------------------------------------------------------


def test_what_is_declared_is_closed_but_where_a_shift_is_served_all_the_same(desk: Make) -> None:
    all_night = replace(NIGHT, hours=Hours(18 * 60, 10 * 60, 1))
    a_desk = desk(shifts=DAY, closed=(all_night,))
    found = closed_hours(a_desk.timeline, a_desk.group, at("12:00"), at("12:00", 7))
    assert told(found) == ["05 20:00-06 08:00 night", "06 20:00-07 08:00 night"]
    assert not is_closed(a_desk.timeline, a_desk.group, at("19:59:59"))
    assert is_closed(a_desk.timeline, a_desk.group, at("20:00"))
    assert not is_closed(a_desk.timeline, a_desk.group, at("08:00", 6))


def test_a_season_that_does_not_serve_is_closed_and_joined_with_what_touches_it(
    desk: Make,
) -> None:
    a_desk = desk(shifts=DAY, closed=(NIGHT,))
    a_desk.roster = with_season(a_desk.roster, "day", EPIPHANY)
    found = closed_hours(a_desk.timeline, a_desk.group, at("21:00"), at("09:00", 6))
    assert told(found) == ["05 20:00-06 16:00 night, Epiphany"]


def test_a_season_without_a_reason_is_closed_too_and_one_with_hours_is_not(desk: Make) -> None:
    a_desk = desk(shifts=DAY)
    plain = replace(EPIPHANY, reason="")
    a_desk.roster = with_season(a_desk.roster, "day", plain)
    window = at("00:00", 6), at("00:00", 7)
    assert told(closed_hours(a_desk.timeline, a_desk.group, *window)) == [
        "06 08:00-06 16:00 a season"
    ]
    shorter = replace(EPIPHANY, hours=Hours(600, 720))
    a_desk.roster = with_season(a_desk.roster, "day", shorter)
    assert closed_hours(a_desk.timeline, a_desk.group, *window) == ()


def test_a_shift_within_closed_hours_cuts_them_in_two(desk: Make) -> None:
    a_desk = desk(shifts={"rounds": ("01:00-02:00", "ana")}, closed=(NIGHT,))
    found = closed_hours(a_desk.timeline, a_desk.group, at("20:00"), at("06:00", 6))
    assert told(found) == ["05 20:00-06 01:00 night", "06 02:00-06 08:00 night"]


def test_closed_hours_are_told_by_their_own_clocks_and_weekdays(desk: Make) -> None:
    a_desk = desk(shifts={}, closed=(SUNDAY,))
    assert closed_hours(a_desk.timeline, a_desk.group, at("00:00"), at("00:00", 20)) == ()
    a_desk = desk(shifts={"day": ("08:00-09:00", "ana")}, closed=(SUNDAY,))
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = closed_hours(a_desk.timeline, a_desk.group, spring, spring + timedelta(days=2))
    assert told(found) == [
        "29 00:00-29 08:00 closed hours", "29 09:00-29 23:00 closed hours",
    ]  # fmt: skip


# -- what is done --------------------------------------------------------------------------


@pytest.mark.promise("S3")
@pytest.mark.parametrize("uncovered", list(Uncovered))
def test_S_8_in_closed_hours_the_last_agents_stay_and_nobody_is_told(
    desk: Make, uncovered: Uncovered
) -> None:
    night = at("20:00:02")
    a_desk = desk("ben", shifts=DAY, closed=(NIGHT,), read_at=at("20:00"), uncovered=uncovered)
    (step,) = a_desk.decision(night).steps
    assert (step.kind, step.due, step.hold, step.detail) == (
        Kind.REMOVE, at("08:00", 6), None, CLOSED,
    )  # fmt: skip
    assert (a_desk.ready(night), a_desk.holds(night)) == ([], {})
    assert a_desk.seats["ben"].op is None, "no removal is open, so none is overdue"


@pytest.mark.promise("S3")
def test_S_8_in_closed_hours_the_group_empties_where_the_roster_says_so(desk: Make) -> None:
    a_desk = desk(
        "ben", shifts=DAY, closed=(NIGHT,), read_at=at("20:00"), when_closed=WhenClosed.EMPTY
    )
    done, _ = a_desk.settle(at("20:00:02"))
    assert done == [("remove", "ben")]


def test_S_8_outside_of_what_is_declared_a_gap_is_one_and_it_is_looked_again_at_each_edge(
    desk: Make,
) -> None:
    a_desk = desk("ben", shifts=DAY, closed=(LATE_NIGHT,), read_at=at("21:58"))
    assert a_desk.holds(at("21:59")) == {"ben": "uncovered"}
    assert a_desk.wanted(at("21:59")).changes_at == at("22:00")
    a_desk.read(at("22:00"))
    assert a_desk.holds(at("22:00:30")) == {}
    assert a_desk.wanted(at("22:00:30")).closed_until == at("04:00", 6)
    a_desk.read(at("04:00", 6))
    assert a_desk.holds(at("04:00:30", 6)) == {"ben": "uncovered"}


def test_when_it_opens_again_the_last_agents_go_once_those_on_duty_are_seen(desk: Make) -> None:
    a_desk = desk("ben", shifts=DAY, closed=(NIGHT,), read_at=at("20:00"))
    a_desk.decision(at("20:00:02"))
    a_desk.read(at("08:00", 6))
    assert a_desk.holds(at("08:00:02", 6)) == {"ben": "cover"}
    done, _ = a_desk.settle(at("08:00:02", 6))
    assert done == [("add", "ana"), ("remove", "ben")]


def test_somebody_on_duty_by_hand_in_closed_hours_relieves_the_last_agents(desk: Make) -> None:
    a_desk = desk("ben dora", shifts=DAY, closed=(NIGHT,), read_at=at("22:00"))
    a_desk.grant("dora", at("21:00"), at("23:00"), duty=True)
    assert a_desk.ready(at("22:00:02")) == [("remove", "ben")]


@pytest.mark.promise("S3")
def test_a_leaver_goes_in_closed_hours_as_at_any_time(desk: Make) -> None:
    a_desk = desk("ben", shifts=DAY, closed=(NIGHT,), read_at=at("20:00"))
    a_desk.wipe("ben", at("21:00"))
    a_desk.read(at("21:00:01"))
    assert a_desk.ready(at("21:00:02")) == [("remove", "ben")]
    assert a_desk.holds(at("21:00:02")) == {}, "nobody is on duty, and that is meant"


@pytest.mark.parametrize(
    ("when", "said"), [(WhenClosed.STAY, []), (WhenClosed.EMPTY, [("notice", "ben")])]
)
def test_goodbye_is_said_before_closed_hours_only_by_those_who_go(
    desk: Make, when: WhenClosed, said: list[tuple[str, str]]
) -> None:
    goodbye = Goodbye({("", ""): "bye"}, timedelta(minutes=5))
    a_desk = desk(
        "ben", shifts=DAY, closed=(NIGHT,), read_at=at("19:55"), goodbye=goodbye, when_closed=when
    )
    assert a_desk.ready(at("19:55:01")) == said


def test_whoever_may_be_empty_outside_of_closed_hours_stays_in_them_if_that_is_said(
    desk: Make,
) -> None:
    a_desk = desk(
        "ben", shifts=DAY, closed=(LATE_NIGHT,), read_at=at("21:00"), uncovered=Uncovered.EMPTY
    )
    assert a_desk.ready(at("21:00:02")) == [("remove", "ben")]
    a_desk.read(at("22:00"))
    assert a_desk.ready(at("22:00:02")) == []


@pytest.mark.promise("S3")
@pytest.mark.parametrize(("when", "broken"), [(WhenClosed.STAY, "S3"), (WhenClosed.EMPTY, None)])
def test_the_guard_lets_nobody_go_in_closed_hours_who_is_to_stay(
    desk: Make, when: WhenClosed, broken: str | None
) -> None:
    now = at("20:00:02")
    a_desk = desk("ben", shifts=DAY, closed=(NIGHT,), when_closed=when)
    a_desk.read(at("20:00:01"))
    a_desk.decision(now)
    why = Because(Reason.SHIFT_END, "late/2026-01-05/0", "r1", ends=at("20:00"))
    found = guard.check(Kind.REMOVE, PersonId("ben"), why, a_desk.evidence(now), now)
    assert (found and found.rule) == broken


# -- what is said of it --------------------------------------------------------------------


def test_closed_hours_are_no_gap_and_told_apart(desk: Make) -> None:
    a_desk = desk(shifts=DAY, closed=(replace(NIGHT, hours=Hours(21 * 60, 6 * 60, 1)),))
    found = gaps(a_desk.timeline, at("12:00"), at("12:00", 8))
    hours = timedelta(hours=1)
    assert [(one.kind, one.length / hours, len(one.stretches), one.why) for one in found] == [
        (Of.GAP, 1, 3, ()),
        (Of.CLOSED, 9, 3, ("night",)),
        (Of.GAP, 2, 3, ()),
    ]


def test_groups_of_the_same_shifts_that_are_closed_at_other_times_have_gaps_of_their_own(
    desk: Make,
) -> None:
    a_desk = desk(shifts=DAY, closed=(NIGHT,))
    group = a_desk.group
    other = replace(group, id=GroupId("b"), policy=replace(group.policy, closed=()))
    roster = replace(a_desk.roster, groups={DESK: group, other.id: other})
    found = gaps(Timeline(roster), at("12:00"), at("12:00", 8))
    assert [(one.kind, one.groups) for one in found] == [(Of.CLOSED, (DESK,)), (Of.GAP, ("b",))]


def the_week(a_desk: Any, rows: tuple[HandoverRow, ...], *moves: Move) -> Week:  # noqa: ANN401 - a desk of conftest
    return week(a_desk.timeline, [Past(DESK, rows, moves)], (), at("12:00", 8))


def test_the_week_names_neither_closed_hours_as_gaps_nor_who_stayed_in_them(desk: Make) -> None:
    ben = PersonId("ben")
    row = HandoverRow(DESK, at("20:00", 6), (), (ben,), "r1", "z", at("20:00", 6))
    gone = Move(at("08:03", 7), ben, is_in=False)
    a_desk = desk(shifts=DAY, closed=(NIGHT,))
    stays = the_week(a_desk, (row,), gone)
    assert stays.gaps.count == 0
    assert [(stay.starts, stay.ends) for stay in stays.stays.first] == [
        (at("08:00", 7), at("08:03", 7))
    ]
    goes = desk(shifts=DAY, closed=(NIGHT,), when_closed=WhenClosed.EMPTY)
    (stay,) = the_week(goes, (row,), gone).stays.first
    opens = replace(row, at=at("08:00", 7), incoming=(PersonId("ana"),), outgoing=())
    undone = [the_week(d, (row, opens), gone).undone.count for d in (a_desk, goes)]
    assert undone == [0, 1], "nobody had to go before it opened again"
    assert stay.starts == at("20:00", 6)
