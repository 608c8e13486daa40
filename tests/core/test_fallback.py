"""Fallback people: on duty while nobody has a shift, and it is not closed."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core import guard
from rotation.core.closed_hours import closed_hours
from rotation.core.facts import Kind
from rotation.core.fallback import FALLBACK, Uncovered, uncovered
from rotation.core.gaps import Kind as Of
from rotation.core.gaps import gaps
from rotation.core.moves import of_groups
from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    ClosedHours,
    Doing,
    Everyone,
    Group,
    GroupId,
    Hours,
    IfAddFails,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Season,
    Shift,
    ShiftId,
    WhileOff,
)
from rotation.core.timeline import MOMENT, Span, Timeline
from rotation.core.weekly import week
from rotation.core.workload import workload

pytestmark = pytest.mark.promise("P-fallback")
Make: TypeAlias = Callable[..., Any]
"""A desk of conftest: one group and everything about it."""

DESK = GroupId("desk")
ANA, BEN, DORA, MARA = map(PersonId, ("ana", "ben", "dora", "mara"))
DAY = {"day": ("08:00-16:00", "ana"), "late": ("16:00-20:00", "ben")}
"""From 20:00 to 08:00 nobody has a shift."""
EVERY_DAY = frozenset(range(7))
NIGHT = ClosedHours(Hours(22 * 60, 4 * 60, 1), EVERY_DAY, "UTC", "night")
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def at(clock: str, day: int = 5) -> datetime:
    hour, minute, second = (*clock.split(":"), "0")[:3]
    return datetime(2026, 1, day, int(hour), int(minute), int(second), tzinfo=UTC)


def filled(timeline: Timeline, since: datetime, until: datetime) -> list[str]:
    spans = [s for s in timeline.spans(DESK, since, until) if s.is_fallback]
    return [f"{s.person} {s.starts:%d %H:%M}-{s.ends:%d %H:%M}" for s in spans]


def with_changes(a_desk: Any, *changes: Change) -> Timeline:  # noqa: ANN401 - a desk of conftest
    a_desk.roster = replace(a_desk.roster, changes=changes)
    return Timeline(a_desk.roster)


# -- when they are on duty -----------------------------------------------------------------


def test_all_of_them_are_on_duty_from_when_the_last_shift_ends_until_the_next_begins(
    desk: Make,
) -> None:
    line = desk(shifts=DAY, fallback=(MARA, DORA)).timeline
    assert filled(line, at("12:00"), at("12:00", 6)) == [
        "mara 05 20:00-06 08:00", "dora 05 20:00-06 08:00",
    ]  # fmt: skip
    assert line.on_duty(DESK, at("19:59:59")) == {BEN}
    assert line.on_duty(DESK, at("20:00")) == {MARA, DORA}
    assert line.on_duty(DESK, at("08:00", 6)) == {ANA}
    first, second = line.handovers(DESK, at("16:00"), at("12:00", 6))
    assert (first.at, first.incoming, first.outgoing) == (at("20:00"), {MARA, DORA}, {BEN})
    assert (second.at, second.incoming, second.outgoing) == (at("08:00", 6), {ANA}, {MARA, DORA})


def test_they_have_nothing_to_do_where_somebody_always_has_a_shift(desk: Make) -> None:
    assert filled(desk(fallback=(MARA,)).timeline, at("00:00"), at("00:00", 9)) == []


def test_a_group_without_shifts_has_nobody_missing(desk: Make) -> None:
    a_desk = desk(shifts={}, pins="dora", fallback=(MARA,))
    assert a_desk.timeline.spans(DESK, at("00:00"), at("00:00", 9)) == ()
    assert a_desk.roster.rostered(DESK) == {DORA}


def test_closed_hours_stay_empty_and_what_is_left_of_a_night_is_filled(desk: Make) -> None:
    a_desk = desk(shifts=DAY, fallback=(MARA,), closed=(NIGHT,))
    assert filled(a_desk.timeline, at("12:00"), at("12:00", 6)) == [
        "mara 05 20:00-05 22:00", "mara 06 04:00-06 08:00",
    ]  # fmt: skip
    shut = closed_hours(a_desk.timeline, a_desk.group, at("12:00"), at("12:00", 6))
    assert [(c.starts, c.ends) for c in shut] == [(at("22:00"), at("04:00", 6))]


def test_a_season_without_hours_is_closed_and_one_with_shorter_hours_is_filled(desk: Make) -> None:
    a_desk = desk(shifts={"all": ("00:00-24:00", "ana")}, fallback=(MARA,))
    for hours, told in ((None, []), (Hours(480, 960), ["mara 06 00:00-06 08:00",
                                                       "mara 06 16:00-07 00:00"])):  # fmt: skip
        day = Season(date(2026, 1, 6), date(2026, 1, 6), hours, EVERY_DAY)
        shift = replace(a_desk.roster.shifts["all"], seasons=(day,))
        line = Timeline(replace(a_desk.roster, shifts={"all": shift}))
        assert filled(line, at("00:00"), at("00:00", 9)) == told


def test_before_anybody_has_a_turn_they_are_on_duty_for_four_years_at_a_time(
    desk: Make, turns: Make
) -> None:
    line = desk(shifts={"day": ("08:00-16:00", turns("ana"))}, fallback=(MARA,)).timeline
    first, last, eve = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2024, 2023))
    spans = line.spans(DESK, eve, at("00:00", 2))
    assert [(s.starts, s.ends) for s in spans] == [(first, last), (last, at("08:00"))]
    assert line.handovers(DESK, eve, at("00:00", 2)) == (), "nobody comes or goes at New Year"
    long_before, since, until = (datetime(year, 1, 1, tzinfo=UTC) for year in (2010, 2008, 2012))
    (early,) = line.spans(DESK, long_before, long_before + MOMENT)
    assert (early.starts, early.ends) == (since, until)


def test_to_find_a_night_no_more_is_asked_about_than_the_days_around_it() -> None:
    asked: set[datetime] = set()

    def taken(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """From eight to eight."""
        asked.update((since, until))
        days = (since.replace(hour=8, minute=0) + timedelta(days=n) for n in range(-1, 5))
        spans = ((starts, starts + timedelta(hours=12)) for starts in days)
        return [span for span in spans if span[0] < until and span[1] > since]

    found = list(uncovered(taken, at("23:00"), at("23:30")))
    assert found == [Uncovered(at("20:00"), at("08:00", day=6))]
    assert min(asked) >= at("23:00", day=4)
    assert max(asked) <= at("23:30", day=6)


def test_a_stretch_has_one_name_for_ever_and_for_everybody_in_it(desk: Make) -> None:
    line = desk(shifts=DAY, fallback=(MARA, DORA)).timeline
    keys = {s.key for s in line.spans(DESK, at("02:00", 6), at("02:01", 6))}
    assert keys == {f"{FALLBACK}/2026-01-05/200000"}
    (span, _) = line.spans(DESK, at("02:00", 6), at("02:01", 6))
    assert (span.zone, line.season(span)) == ("UTC", None)


# -- changes of duty -----------------------------------------------------------------------


def test_R_9_when_everybody_of_a_shift_is_off_fallback_people_are_on_duty(desk: Make) -> None:
    off = Change(Doing.OFF, ANA, first=date(2026, 1, 6), last=date(2026, 1, 6), turn=WhileOff.HOLD)
    line = with_changes(desk(shifts=DAY, fallback=(MARA,)), off)
    assert filled(line, at("21:00"), at("20:00", 6)) == ["mara 05 20:00-06 16:00"]


def test_whoever_of_them_is_off_is_not_on_duty_and_a_cover_is_in_their_place(desk: Make) -> None:
    a_desk = desk(shifts=DAY, fallback=(MARA, DORA))
    off = Change(Doing.OFF, DORA, starts=at("22:00"), ends=at("23:00"))
    cover = Change(Doing.COVER, MARA, BEN, starts=at("23:00"), ends=at("23:30"), id=4)
    line = with_changes(a_desk, off, cover)
    assert filled(line, at("21:00"), at("02:00", 6)) == [
        "mara 05 20:00-05 23:00", "dora 05 20:00-05 22:00", "ben 05 23:00-05 23:30",
        "dora 05 23:00-06 08:00", "mara 05 23:30-06 08:00",
    ]  # fmt: skip
    (span,) = (s for s in line.spans(DESK, at("21:00"), at("02:00", 6)) if s.change)
    assert span.change == cover, "what put them on duty is told as it was made"
    assert a_desk.roster.rostered(DESK) == {ANA, BEN, DORA, MARA}
    assert filled(line, at("23:10"), at("23:20")) == [
        "ben 05 23:00-05 23:30", "dora 05 23:00-06 08:00",
    ], "what of a night lies elsewhere is not of what was asked about"  # fmt: skip


def test_a_date_off_is_one_by_the_clocks_that_a_person_lives_by(desk: Make) -> None:
    a_desk = desk(shifts=DAY, fallback=(MARA,))
    tokyo = replace(a_desk.roster.people[MARA], zone="Asia/Tokyo")
    a_desk.roster = replace(a_desk.roster, people={**a_desk.roster.people, MARA: tokyo})
    off = Change(Doing.OFF, MARA, first=date(2026, 1, 7), last=date(2026, 1, 7))
    line = with_changes(a_desk, off)
    assert filled(line, at("12:00"), at("19:00", 7)) == [
        "mara 05 20:00-06 08:00", "mara 07 20:00-08 08:00",
    ][:1]  # fmt: skip
    assert filled(line, at("19:00", 7), at("21:00", 7)) == ["mara 07 20:00-08 08:00"]


def test_time_off_from_one_shift_says_nothing_of_them(desk: Make) -> None:
    off = Change(Doing.OFF, MARA, shift=ShiftId("day"), starts=at("20:00"), ends=at("22:00"))
    line = with_changes(desk(shifts=DAY, fallback=(MARA,)), off)
    assert filled(line, at("21:00"), at("22:00")) == ["mara 05 20:00-06 08:00"]


def test_when_all_of_them_are_off_it_is_a_gap(desk: Make) -> None:
    off = Change(Doing.OFF, MARA, starts=at("22:00"), ends=at("23:00"))
    a_desk = desk("mara", shifts=DAY, fallback=(MARA,), read_at=at("22:00"))
    line = with_changes(a_desk, off)
    found = gaps(line, at("21:00"), at("02:00", 6))
    assert [(one.kind, one.stretches) for one in found] == [
        (Of.FALLBACK, ((at("20:00"), at("22:00")),)),
        (Of.GAP, ((at("22:00"), at("23:00")),)),
        (Of.FALLBACK, ((at("23:00"), at("08:00", 6)),)),
    ]
    assert a_desk.holds(at("22:00:30")) == {"mara": "uncovered"}


# -- what is found -------------------------------------------------------------------------


def test_what_they_fill_is_told_as_filled_and_too_few_remains_too_few(desk: Make) -> None:
    a_desk = desk(shifts=DAY, fallback=(MARA,))
    (one,) = gaps(a_desk.timeline, at("00:00"), at("00:00", 20))
    assert (one.kind, one.shifts, one.length) == (Of.FALLBACK, ("late", "day"), 12 * HOUR)
    assert one.groups == (DESK,)
    few = desk(shifts={"day": ("08:00-20:00", "ana ben")}, fallback=(MARA,), keep_at_least=2)
    kinds = [found.kind for found in gaps(few.timeline, at("00:00"), at("00:00", 20))]
    assert sorted(kinds) == [Of.FALLBACK, Of.FEW]
    assert week(few.timeline, (), (), at("00:00", 20)).gaps.count == 0


def test_to_stand_by_for_many_groups_is_not_to_be_on_twice_but_beside_a_shift_it_is(
    desk: Make,
) -> None:
    a_desk = desk(shifts=DAY, fallback=(MARA,))
    own, late = a_desk.group, Shift(ShiftId("till ten"), "UTC", Hours(480, 1320), EVERY_DAY,
                                    Everyone((ANA,)))  # fmt: skip
    beside = replace(own, id=GroupId("beside"), shifts=(late.id,), chat=ChatId("2@g.us"))
    roster = replace(
        a_desk.roster,
        groups={DESK: own, beside.id: beside},
        shifts={**a_desk.roster.shifts, late.id: late},
    )
    found = gaps(Timeline(roster), at("00:00"), at("00:00", 20))
    twice = [(one.person, set(one.shifts)) for one in found if one.kind is Of.TWICE]
    assert twice == [(ANA, {"day", "till ten"})]
    standing = replace(own, policy=replace(own.policy, fallback=(ANA,)))
    roster = replace(roster, groups={DESK: standing, beside.id: beside})
    found = gaps(Timeline(roster), at("00:00"), at("00:00", 20))
    assert (ANA, {"till ten", FALLBACK}) in [
        (one.person, set(one.shifts)) for one in found if one.kind is Of.TWICE
    ]


def test_their_hours_are_worked_and_those_who_never_had_to_stand_by_have_none(desk: Make) -> None:
    line = desk(shifts=DAY, fallback=(MARA,), closed=(NIGHT,)).timeline
    loads = {load.person: load for load in workload(line, at("00:00"), at("00:00", 6))}
    assert loads[MARA].duty == 6 * HOUR
    assert loads[MARA].nights == 2 * HOUR
    never = desk(fallback=(MARA,)).timeline
    assert {x.person: x.duty for x in workload(never, at("00:00"), at("00:00", 6))}[
        MARA
    ] == 0 * HOUR


def test_writing_them_down_moves_duty_in_their_group_alone(desk: Make) -> None:
    a_desk = desk(shifts=DAY)
    other = replace(a_desk.group, id=GroupId("other"), chat=ChatId("2@g.us"))
    named = replace(a_desk.group, policy=Policy(fallback=(MARA,)))
    before = replace(a_desk.roster, groups={DESK: a_desk.group, other.id: other})
    after = replace(a_desk.roster, groups={DESK: named, other.id: other})
    found = of_groups(Timeline(before), Timeline(after), at("12:00"), at("12:00", 6))
    assert {g: [(m.on, m.off) for m in moved] for g, moved in found.items()} == {
        DESK: [({MARA}, set())]
    }


# -- what is done --------------------------------------------------------------------------


@pytest.mark.promise("S3")
def test_S_8_they_come_at_the_boundary_and_leave_the_ordinary_way_when_a_shift_is_back(
    desk: Make,
) -> None:
    a_desk = desk("ben", shifts=DAY, fallback=(MARA,), read_at=at("20:00"))
    add = a_desk.steps(at("20:00:01"))["add", "mara"]
    assert add.because.key == f"{FALLBACK}/2026-01-05/200000"
    now = at("20:00:02")
    assert guard.check(Kind.ADD, MARA, add.because, a_desk.evidence(now), now) is None
    done, _ = a_desk.settle(at("20:00:02"))
    assert done == [("add", "mara"), ("remove", "ben")]
    a_desk.read(at("08:00", 6))
    assert a_desk.holds(at("08:00:02", 6)) == {"mara": "cover"}, "nobody goes before ana is in"
    done, _ = a_desk.settle(at("08:00:02", 6))
    assert done == [("add", "ana"), ("remove", "mara")]


def test_nobody_stands_in_for_one_of_them_who_is_refused_as_all_of_them_are_asked_for(
    desk: Make,
) -> None:
    a_desk = desk(
        "dora", shifts=DAY, fallback=(MARA, DORA), read_at=at("20:00"),
        if_add_fails=(IfAddFails.NEXT,),
    )  # fmt: skip
    a_desk.refuse(at("20:00:01"), "mara")
    assert a_desk.wanted(at("20:00:02")).stand_ins == {}
    assert a_desk.holds(at("20:00:02"))["mara"] == "refused"


def test_somebody_taken_out_by_hand_leaves_nobody_in_their_place(desk: Make) -> None:
    a_desk = desk("mara", shifts=DAY, fallback=(MARA,), read_at=at("21:00"))
    a_desk.grant("mara", at("21:00"), at("22:00"), out=True)
    assert a_desk.wanted(at("21:00:01")).on_duty == frozenset()
    assert Kind.ADD not in {step.kind for step in a_desk.decision(at("21:00:01")).steps}


# -- laws ----------------------------------------------------------------------------------

ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
FIRST = datetime(2027, 3, 26, tzinfo=UTC)
"""Days around which clocks in Lisbon change."""
minutes = st.integers(0, 95).map(lambda n: n * 15)
some_days = st.frozensets(st.integers(0, 6), min_size=1)


@st.composite
def all_hours(draw: st.DrawFn) -> Hours:
    starts, ends = draw(minutes), draw(minutes)
    return Hours(starts, ends, int(ends <= starts))


@st.composite
def all_rosters(draw: st.DrawFn) -> Roster:
    shifts = [
        Shift(ShiftId(f"s{n}"), draw(st.sampled_from(ZONES)), draw(all_hours()), draw(some_days),
              Everyone((PersonId(f"p{n}"),)))
        for n in range(draw(st.integers(1, 2)))
    ]  # fmt: skip
    shut = st.builds(ClosedHours, all_hours(), some_days, st.sampled_from(ZONES))
    fallback = (MARA, DORA)[: draw(st.integers(1, 2))]
    policy = Policy(fallback=fallback, closed=tuple(draw(st.lists(shut, max_size=2))))
    group = Group(DESK, AccountId("m"), ChatId("1@g.us"), tuple(s.id for s in shifts),
                  policy=policy)  # fmt: skip
    zones = {p: draw(st.sampled_from((None, *ZONES))) for p in (MARA, DORA, BEN)}
    people = {p: Person(p, p, Phone(f"+1555000{n}"), zones.get(p))
              for n, p in enumerate((MARA, DORA, BEN, PersonId("p0"), PersonId("p1")))}  # fmt: skip
    changes = tuple(draw(st.lists(all_changes(), max_size=3)))
    return Roster(people, {s.id: s for s in shifts}, {DESK: group}, changes=changes)


@st.composite
def all_changes(draw: st.DrawFn) -> Change:
    person, begins = draw(st.sampled_from((MARA, DORA))), draw(st.integers(0, 300))
    starts, ends = (FIRST + n * QUARTER for n in (begins, begins + draw(st.integers(1, 100))))
    made = draw(st.sampled_from((None, FIRST + 120 * QUARTER)))
    when: dict[str, Any] = {"starts": starts, "ends": ends}
    if draw(st.booleans()):
        when = {"first": starts.date(), "last": max(starts.date(), ends.date())}
    if draw(st.booleans()):
        return Change(Doing.OFF, person, made_at=made, **when)
    return Change(Doing.COVER, person, draw(st.sampled_from((BEN, DORA))), made_at=made, **when)


def covers(roster: Roster, change: Change, instant: datetime) -> bool:
    """By what clocks show, which is told anew for each instant."""
    if change.made_at is not None and instant < change.made_at:
        return False
    if change.first is None or change.last is None:
        return bool(change.starts and change.ends and change.starts <= instant < change.ends)
    zone = roster.people[change.person].zone or next(iter(roster.shifts.values())).zone
    return change.first <= instant.astimezone(ZoneInfo(zone)).date() <= change.last


def expected(roster: Roster, line: Timeline, instant: datetime) -> set[PersonId]:
    """Who is on duty, from who has a shift, what is closed, and a walk through the changes."""
    shifts = {s.person for s in line.of_shifts(DESK, instant, instant + QUARTER / 15)}
    group = roster.groups[DESK]
    if shifts or any(is_shut(one, instant) for one in group.policy.closed):
        return shifts
    places = [[person] for person in group.policy.fallback]
    for change in roster.changes:
        if covers(roster, change, instant):
            for place in list(places):
                if change.kind is Doing.OFF and place[-1] == change.person:
                    places.remove(place)
                elif change.kind is Doing.COVER and change.person in place and change.other:
                    place.append(change.other)
    return {place[-1] for place in places}


def is_shut(one: ClosedHours, instant: datetime) -> bool:
    """Whether its clocks went past its start, of today or of yesterday, and not past its end."""
    today = instant.astimezone(ZoneInfo(one.zone)).date()
    for day in (today - timedelta(days=1), today):
        if day.weekday() not in one.weekdays:
            continue
        starts = _first_at(one.zone, day, one.hours.starts)
        ends = _first_at(one.zone, day + timedelta(days=one.hours.days_later), one.hours.ends)
        if starts <= instant < ends:
            return True
    return False


@cache
def _first_at(zone: str, day: date, minute: int) -> datetime:
    """The first quarter of an hour in which clocks show the time, or have passed it."""
    told = datetime(day.year, day.month, day.day, tzinfo=UTC)
    wall = told.replace(tzinfo=None) + timedelta(minutes=minute)
    now = told - timedelta(hours=16)
    while now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
        now += QUARTER
    return now


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(all_rosters())
def test_at_every_instant_they_are_on_duty_exactly_when_nobody_has_a_shift_and_it_is_not_closed(
    roster: Roster,
) -> None:
    line = Timeline(roster)
    for n in range(0, 4 * 24 * 4, 3):
        instant = FIRST + n * QUARTER
        assert line.on_duty(DESK, instant) == expected(roster, line, instant), instant


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(all_rosters(), st.integers(0, 300), st.integers(1, 100))
def test_however_little_is_asked_about_their_stretches_are_whole_and_the_same(
    roster: Roster, begins: int, length: int
) -> None:
    all_ = Timeline(roster).spans(DESK, FIRST - 20 * HOUR, FIRST + timedelta(days=6))
    since, until = (FIRST + n * QUARTER for n in (begins, begins + length))
    some = Timeline(roster).spans(DESK, since, until)

    def around(spans: tuple[Span, ...]) -> set[Span]:
        return {s for s in spans if s.starts < until and s.ends > since}

    assert around(all_) == set(some)
    assert list(some) == sorted(some, key=lambda s: s.starts)
