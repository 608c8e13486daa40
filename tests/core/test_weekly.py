"""The week summed up: what was proven, who was alone, who stayed, and what comes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import HandoverRow
from rotation.core.roster import ChatId, GroupId, Mode, PersonId, Roster, Uncovered, Weekly
from rotation.core.timeline import Timeline
from rotation.core.weekly import Move, Past, Place, Week, latest, own_week, summed_up, week

MakeDesk: TypeAlias = Callable[..., Any]
DESK = GroupId("desk")
UNTIL = datetime(2026, 1, 12, 9, tzinfo=UTC)
"""A Monday in the midst of Ben's hours, 08:00 to 16:00; Ana has those before, Chen those after."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(clock: str, day: int = 8) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 1, day, hours, minutes, tzinfo=UTC)


def row(clock: str, into: str, out: str, proven: str | None = None, day: int = 8) -> HandoverRow:
    people = (tuple(PersonId(n) for n in names.split()) for names in (into, out))
    then = at(proven, day) if proven else None
    return HandoverRow(DESK, at(clock, day), *people, "r1", "2026f", at(clock, day), then)


def came(who: str, clock: str, day: int = 8) -> Move:
    return Move(at(clock, day), PersonId(who), is_in=True)


def went(who: str, clock: str, day: int = 8) -> Move:
    return Move(at(clock, day), PersonId(who), is_in=False)


def found(
    desk: Any,  # noqa: ANN401 - one of conftest's
    rows: tuple[HandoverRow, ...] = (),
    moves: tuple[Move, ...] = (),
    overdue: tuple[Place, ...] = (),
    until: datetime = UNTIL,
) -> Week:
    return week(Timeline(desk.roster), [Past(DESK, rows, moves)], overdue, until)


# ---- when


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-01-05T07:59", "2025-12-29T08:00"),
        ("2026-01-05T08:00", "2026-01-05T08:00"),
        ("2026-01-11T23:00", "2026-01-05T08:00"),
        ("2026-03-30T06:59", "2026-03-23T08:00"),
        ("2026-03-30T07:00", "2026-03-30T07:00"),
    ],
)
def test_the_week_ends_when_clocks_there_say_so_also_after_a_clock_change(
    now: str, last: str
) -> None:
    weekly = Weekly(0, 8 * 60, "Europe/Lisbon")
    moment, expected = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (now, last))
    assert latest(weekly, moment) == expected


def test_it_is_another_day_where_the_clocks_are_far_ahead() -> None:
    weekly = Weekly(0, 8 * 60, "Pacific/Auckland")
    assert latest(weekly, datetime(2026, 1, 11, 20, tzinfo=UTC)) == datetime(
        2026, 1, 11, 19, tzinfo=UTC
    )


# ---- how it went


def test_a_week_without_trouble_has_nobody_alone_and_nobody_past_the_end(desk: MakeDesk) -> None:
    made = found(
        desk(),
        (row("08:00", "ben", "ana", "08:01"), row("16:00", "chen", "ben", "16:02")),
        (came("ben", "07:50"), went("ana", "08:00"), came("chen", "16:00")),
    )
    assert (made.done, made.undone.count, made.alone.count, made.stays.count) == (2, 0, 0, 0)
    assert (made.since, made.until) == (UNTIL - timedelta(days=7), UNTIL)


def test_nobody_on_duty_is_in_until_the_first_of_them_is_seen(desk: MakeDesk) -> None:
    shifts = {"one": ("08:00-16:00", "ben cara"), "two": ("16:00-08:00", "ana")}
    made = found(
        desk(shifts=shifts),
        (row("08:00", "ben cara", "ana", "08:30"), row("16:00", "ana", "ben cara", "16:01")),
        (came("cara", "08:07"), came("ben", "08:12"), went("ana", "08:08"), came("ana", "15:59")),
    )
    assert made.alone.first == [Place(DESK, at("08:00"), at("08:07"))]


def test_who_stays_on_duty_over_the_boundary_leaves_nobody_alone(desk: MakeDesk) -> None:
    shifts = {"long": ("00:00-24:00", "ana"), "day": ("08:00-16:00", "ben")}
    assert found(desk(shifts=shifts), (row("08:00", "ben", "", "09:00"),)).alone.first == []


def test_a_boundary_after_which_nobody_is_due_leaves_nobody_alone(desk: MakeDesk) -> None:
    shifts = {"day": ("08:00-16:00", "ben")}
    assert found(desk(shifts=shifts), (row("16:00", "", "ben", "16:01"),)).alone.first == []


def test_where_nothing_was_seen_a_proof_says_that_they_were_in_all_along(desk: MakeDesk) -> None:
    assert found(desk(), (row("08:00", "ben", "ana", "08:01"),)).alone.first == []


def test_who_never_came_was_missing_until_the_next_boundary(desk: MakeDesk) -> None:
    made = found(desk(), (row("08:00", "ben", "ana"), row("16:00", "chen", "ben", "16:01")))
    assert made.alone.first == [Place(DESK, at("08:00"), at("16:00"))]
    assert made.undone.first == [Place(DESK, at("08:00"), at("08:00"))]


def test_who_had_gone_before_the_boundary_was_missing_until_back(desk: MakeDesk) -> None:
    rows = (row("08:00", "ben", "ana", "09:00"), row("16:00", "chen", "ben", "16:00"))
    back = found(desk(), rows, (went("ben", "07:00"), came("ben", "08:20")))
    never = found(desk(), rows, (went("ben", "07:00"),))
    assert [p.length for p in back.alone.first] == [20 * MINUTE]
    assert [p.length for p in never.alone.first] == [8 * HOUR]


def test_the_newest_boundary_may_yet_be_proven_unless_nothing_ran_then(desk: MakeDesk) -> None:
    newest = row("08:00", "ben", "ana", day=12)
    assert found(desk(), (newest,)).undone.count == 0
    missed = found(desk(), (replace(newest, missed=True),))
    assert [p.starts for p in missed.undone.first] == [newest.at]


def test_the_longest_stay_is_counted_from_when_they_may_stay_to(desk: MakeDesk) -> None:
    rows = (row("08:00", "ben", "ana", "08:01"), row("16:00", "chen", "ben", "16:02"))
    moves = (went("ana", "08:20"), went("ben", "16:14"))
    made = found(desk(stay_late=15 * MINUTE), rows, moves)
    assert made.stays.first[0] == Place(DESK, at("08:15"), at("08:20"), PersonId("ana"))


def test_who_is_past_the_end_still_counts_from_then_on(desk: MakeDesk) -> None:
    late = Place(DESK, at("08:00"), UNTIL, PersonId("ana"))
    made = found(desk(), (row("16:00", "chen", "ben", "16:02"),), (went("ben", "17:00"),), (late,))
    assert made.stays.first[0] == late


def test_who_came_back_or_never_went_is_in_no_stay(desk: MakeDesk) -> None:
    rows = (row("08:00", "ben", "ana", "08:01"), row("16:00", "chen", "ben", "16:02"))
    assert found(desk(), rows, (came("ana", "09:00"),)).stays.count == 0


def test_groups_that_are_only_watched_are_left_out(desk: MakeDesk) -> None:
    made = found(desk(mode=Mode.WATCH), (row("08:00", "ben", "ana"),))
    assert (made.done, made.undone.count, made.alone.count, made.gaps.count) == (0, 0, 0, 0)


# ---- what comes


def test_times_with_nobody_on_duty_are_gaps_with_their_ends(desk: MakeDesk) -> None:
    shifts = {"early": ("06:00-12:00", "ana"), "late": ("12:00-22:00", "ben")}
    made = found(desk(shifts=shifts))
    assert made.gaps.first[0] == Place(DESK, at("22:00", 12), at("06:00", 13))
    assert made.gaps.count == 14
    assert [gap.starts.day for gap in made.gaps.first] == list(range(12, 22))


def test_a_gap_that_has_no_end_yet_runs_to_where_was_looked(desk: MakeDesk) -> None:
    shifts = {"day": ("08:00-16:00", "ana")}
    late = UNTIL + 8 * HOUR
    made = found(desk(shifts=shifts), until=late)
    assert (made.gaps.first[0].starts, made.gaps.length) == (late, 14 * 16 * HOUR)


def test_around_the_clock_there_is_no_gap(desk: MakeDesk) -> None:
    assert found(desk()).gaps.count == 0


def test_groups_of_the_same_shifts_have_the_same_week_each_under_its_own_name(
    desk: MakeDesk,
) -> None:
    roster = desk(shifts={"day": ("08:00-16:00", "ana")}).roster
    lab = replace(roster.groups[DESK], id=GroupId("a-lab"), chat=ChatId("lab@g.us"))
    both = Timeline(replace(roster, groups={**roster.groups, lab.id: lab}))
    pasts = [Past(group, (row("08:00", "ana", "", "08:01"),), ()) for group in (DESK, lab.id)]
    made = week(both, [*pasts, Past(GroupId("gone"), pasts[0].rows, ())], (), UNTIL)
    assert (made.done, made.gaps.count) == (2, 2 * 14)
    assert {gap.group for gap in made.gaps.first} == {lab.id}
    lines = own_week(both, PersonId("ana"), "UTC", UNTIL).splitlines()
    assert lines[1:3] == [f"{g}: you leave Mon 16:00, back Tue 08:00" for g in (lab.id, DESK)]


def test_a_group_that_may_be_empty_or_has_no_shifts_has_no_gaps(desk: MakeDesk) -> None:
    shifts = {"day": ("08:00-16:00", "ana")}
    assert found(desk(shifts=shifts, uncovered=Uncovered.EMPTY)).gaps.count == 0
    assert found(desk(shifts={}, pins="ana")).gaps.count == 0


# ---- in words


def said(
    made: Week, roster: Roster, on_duty: tuple[tuple[GroupId, str], ...] = (), held: int = 0
) -> list[str]:
    return summed_up(made, on_duty, roster, "Europe/Lisbon", held).splitlines()


def test_a_quiet_week_is_said_in_six_lines(desk: MakeDesk) -> None:
    made = desk()
    quiet = found(made, (row("08:00", "ben", "ana", "08:01"),))
    assert said(quiet, made.roster, ((DESK, "Ben"),)) == [
        "The week to Mon 09:00 (Europe/Lisbon)",
        "On duty now in desk: Ben",
        "1 handover proven",
        "Somebody on duty was in all the time",
        "Nobody stayed past the end",
        "No gap in the coming 14 days",
    ]  # fmt: skip


def test_a_bad_week_is_said_with_where_and_for_how_long(desk: MakeDesk) -> None:
    shifts = {"day": ("08:00-20:00", "ben"), "night": ("21:00-08:00", "ana")}
    made = desk(shifts=shifts)
    bad = found(
        made,
        (row("08:00", "ben", "ana", day=7), row("21:00", "ana", "ben", "21:10", day=7),
         row("08:00", "ben", "ana", "08:20")),
        (came("ana", "21:05", 7), came("ben", "08:00", 8), went("ana", "08:31")),
    )  # fmt: skip
    lines = said(bad, made.roster, held=1)
    assert lines[1] == "2 handovers proven; never seen done: desk Wed 08:00"
    assert (
        lines[2] == "Nobody on duty was in for 785 min altogether; longest desk Wed 08:00, 780 min"
    )
    assert lines[3] == "Longest stay past the end: Ana in desk, 31 min"
    assert lines[4] == "Nobody on duty in desk: 12 Jan Mon 20:00 to 12 Jan Mon 21:00"
    assert lines[-2:] == ["... and 4 more gaps", "1 thing waits for a person"]


def test_many_things_are_counted_and_people_of_old_rosters_have_no_name(desk: MakeDesk) -> None:
    made = desk()
    rows = tuple(row("08:00", "ben", "ana", day=d) for d in range(1, 13))
    stay = Place(DESK, at("08:00"), at("08:30"), PersonId("gone"))
    many = tuple((GroupId(f"g{n:02}"), "Ben") for n in range(12))
    lines = said(found(made, rows, (), (stay,)), made.roster, many, held=2)
    assert "... and 2 more groups" in lines
    assert any(line.endswith("desk Sat 08:00 and 1 more") for line in lines)
    assert "Longest stay past the end: somebody in desk, 30 min" in lines
    assert lines[-1] == "2 things wait for a person"


def test_an_agent_hears_when_they_leave_and_are_back_by_their_own_clock(desk: MakeDesk) -> None:
    timeline = Timeline(desk().roster)
    assert own_week(timeline, PersonId("ben"), "Asia/Tokyo", UNTIL).splitlines() == [
        "Your week",
        "desk: you leave Tue 01:00, back Tue 17:00",
        "56 h in seven days",
    ]


def test_an_agent_who_is_not_on_duty_hears_when_they_come(desk: MakeDesk) -> None:
    timeline = Timeline(desk().roster)
    line = own_week(timeline, PersonId("chen"), "UTC", UNTIL).splitlines()[1]
    assert line == "desk: you come Mon 16:00, leave Tue 00:00, back Tue 16:00"


def test_an_agent_who_is_not_back_soon_or_on_no_shift_hears_that(
    desk: MakeDesk, turns: Callable[..., Any]
) -> None:
    order = "ben " + " ".join(f"p{n}" for n in range(30))
    timeline = Timeline(desk(shifts={"day": ("08:00-16:00", turns(order))}).roster)
    first = datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert own_week(timeline, PersonId("ben"), "UTC", first).splitlines()[1:] == [
        "desk: you leave Mon 16:00",
        "7 h in seven days",
    ]
    assert own_week(timeline, PersonId("ben"), "UTC", UNTIL) == (
        "You are on no shift in the coming 14 days"
    )
