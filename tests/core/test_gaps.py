"""What a roster leaves open, told before it happens: which stretches, how often, and why."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rotation.core.gaps import Found, Kind, gaps
from rotation.core.roster import (
    AccountId,
    ChatId,
    Everyone,
    Group,
    GroupId,
    Hours,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Uncovered,
)
from rotation.core.timeline import Timeline

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW_YEAR, NEXT = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
EVERY_DAY = frozenset(range(7))
FOLLOWED = {
    "A": ("Australia/Sydney 9-17", "Europe/London 6-14", "America/New_York 9-17"),
    "B": ("Asia/Manila 8-16", "Europe/Warsaw 9-17", "America/Bogota 11-19"),
    "C": ("Asia/Kolkata 6-14", "Europe/London 8-16", "America/New_York 11-20"),
}
"""Desks that follow the sun without a gap in winter, and what a year of clocks does to them."""


def shift(text: str, *people: str, days: frozenset[int] = EVERY_DAY) -> Shift:
    """`Europe/London 6-14`: the zone, and from which hour to which, by default for itself."""
    zone, hours = text.split()
    starts, ends = (int(hour) for hour in hours.split("-"))
    name = zone.rpartition("/")[2].lower()
    on_duty = Everyone(tuple(PersonId(p) for p in people or (name,)))
    later = int(ends <= starts)
    return Shift(ShiftId(name), zone, Hours(starts * 60, ends * 60, later), days, on_duty)


def group(name: str, *shifts: Shift, policy: Policy | None = None) -> Group:
    names = tuple(one.id for one in shifts)
    return Group(
        GroupId(name), AccountId("main"), ChatId(f"{name}@g.us"), names, policy=policy or Policy()
    )


def roster(*groups: Group, shifts: tuple[Shift, ...]) -> Roster:
    people = {p: Person(p, p.title(), Phone("+351912345601")) for s in shifts for p in s.people}
    return Roster(people, {s.id: s for s in shifts}, {g.id: g for g in groups})


def desk(*texts: str) -> Roster:
    shifts = tuple(map(shift, texts))
    return roster(group("desk", *shifts), shifts=shifts)


def found(
    roster: Roster, since: datetime = NEW_YEAR, until: datetime = NEXT, rest: timedelta = 0 * HOUR
) -> list[Found]:
    return gaps(Timeline(roster), since, until, rest)


def minutes_of_days(some: list[Found], kind: Kind) -> Counter[date]:
    """How many minutes of each UTC day."""
    days: Counter[date] = Counter()
    for one in some:
        for starts, ends in one.stretches:
            if one.kind is kind:
                assert starts.date() == ends.date()
                days[starts.date()] += round((ends - starts) / MINUTE)
    return days


@pytest.mark.parametrize(
    ("which", "first", "last", "gap", "overlap"),
    [
        ("A", "2027-01-01", "2027-03-13", 0, 0),
        ("A", "2027-03-14", "2027-04-02", 60, 60),
        ("A", "2027-04-03", "2027-04-03", 120, 60),
        ("A", "2027-04-04", "2027-10-01", 120, 120),
        ("A", "2027-10-02", "2027-10-02", 60, 120),
        ("A", "2027-10-03", "2027-11-06", 60, 60),
        ("A", "2027-11-07", "2027-12-31", 0, 0),
        ("B", "2027-01-01", "2027-03-27", 0, 0),
        ("B", "2027-03-28", "2027-10-30", 60, 60),
        ("B", "2027-10-31", "2027-12-31", 0, 0),
        ("C", "2027-01-01", "2027-03-13", 0, 60),
        ("C", "2027-03-15", "2027-11-06", 30, 90),
        ("C", "2027-11-08", "2027-12-31", 0, 60),
    ],
)
def test_a_desk_that_follows_the_sun_leaks_when_clocks_change_and_each_range_is_found(
    which: str, first: str, last: str, gap: int, overlap: int
) -> None:
    everything = found(desk(*FOLLOWED[which]))
    open_, twice = (minutes_of_days(everything, kind) for kind in (Kind.GAP, Kind.OVERLAP))
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        assert (open_[day], twice[day]) == (gap, overlap), day
        day += DAY


def test_what_comes_back_day_after_day_is_one_thing_and_says_between_which_shifts() -> None:
    some = [one for one in found(desk(*FOLLOWED["A"])) if one.kind is Kind.GAP]
    assert [(one.shifts, one.length, len(one.stretches)) for one in some] == [
        (("new_york", "sydney"), HOUR, 20),
        (("new_york", "sydney"), 2 * HOUR, 182),
        (("new_york", "sydney"), HOUR, 36),
    ]
    assert some[0].stretches[0][0] == datetime(2027, 3, 14, 21, tzinfo=UTC)
    assert some[0].total == 20 * HOUR


def test_the_clocks_that_were_set_just_before_are_told_and_when_the_others_are() -> None:
    first, second, third = (o for o in found(desk(*FOLLOWED["A"])) if o.kind is Kind.GAP)
    assert [(c.zone, f"{c.at:%m-%d %H}", c.by) for c in first.clocks] == [
        ("America/New_York", "03-14 07", HOUR),
        ("Australia/Sydney", "04-03 16", -HOUR),
    ]
    assert second.clocks[0].zone == "Australia/Sydney"
    assert [(c.zone, c.by) for c in third.clocks] == [
        ("Australia/Sydney", HOUR),
        ("America/New_York", -HOUR),
    ]
    assert [c.zone for one in found(desk(*FOLLOWED["B"])) for c in one.clocks] == [
        "Europe/Warsaw",
        "Europe/Warsaw",
    ]  # Manila and Bogotá set theirs never


def test_clocks_that_are_set_together_moved_nothing() -> None:
    everything = found(desk("Europe/Lisbon 8-12", "Europe/London 14-18"))
    assert {one.clocks for one in everything} == {()}


def test_a_gap_that_was_there_before_the_clocks_were_set_is_not_theirs() -> None:
    some = found(desk("Europe/London 0-23"), datetime(2027, 3, 29, tzinfo=UTC))
    assert {one.clocks for one in some} == {()}
    assert some[0].kind is Kind.GAP


def test_a_group_that_may_be_empty_has_no_gap_and_one_without_shifts_neither() -> None:
    day = shift("UTC 8-16")
    empty = Policy(uncovered=Uncovered.EMPTY, keep_at_least=2)
    groups = group("closed", day, policy=empty), group("pinned")
    assert found(roster(*groups, shifts=(day,))) == []


def test_fewer_than_have_to_stay_is_told_apart_from_nobody() -> None:
    day, night = (
        shift("UTC 8-20", "ana", "ben"),
        replace(shift("UTC 20-8", "cho"), id=ShiftId("night")),
    )
    two = group("two", day, night, policy=Policy(keep_at_least=2))
    one = group("one", day, night)
    (short,) = found(roster(two, one, shifts=(day, night)))
    assert (short.kind, short.groups, short.shifts, short.length) == (
        Kind.FEW, ("two",), ("night",), 12 * HOUR,
    )  # fmt: skip


def test_groups_of_the_same_shifts_are_told_together() -> None:
    day = shift("UTC 8-16")
    (gap,) = found(roster(*(group(name, day) for name in ("x", "y", "z")), shifts=(day,)))
    assert gap.groups == ("x", "y", "z")
    assert gap.length == 16 * HOUR


def test_somebody_on_two_shifts_at_once_is_found_across_groups_however_seldom() -> None:
    desk_, sundays = shift("UTC 8-16", "ana"), frozenset({6})
    launch = replace(shift("UTC 15-17", "ana", days=sundays), id=ShiftId("launch"))
    empty = Policy(uncovered=Uncovered.EMPTY)
    groups = group("one", desk_, policy=empty), group("two", launch, policy=empty)
    (twice,) = found(roster(*groups, shifts=(desk_, launch)))
    assert (twice.kind, twice.groups, twice.person, twice.length) == (Kind.TWICE, (), "ana", HOUR)
    assert len(twice.stretches) == 52


def test_a_rest_shorter_than_asked_for_is_found_and_the_night_between_shifts_is_not() -> None:
    late = replace(shift("UTC 14-22", "ana"), id=ShiftId("late"), weekdays=frozenset({0}))
    early = replace(shift("UTC 6-14", "ana"), id=ShiftId("early"), weekdays=frozenset({1, 2}))
    empty = Policy(uncovered=Uncovered.EMPTY)
    planned = roster(group("desk", late, early, policy=empty), shifts=(late, early))
    (short,) = found(planned, rest=11 * HOUR)
    assert (short.kind, short.person, short.length, short.shifts) == (
        Kind.REST, "ana", 8 * HOUR, ("late", "early"),
    )  # fmt: skip
    assert found(planned) == []


def test_what_lies_across_an_edge_of_the_time_looked_at_is_seen_whole() -> None:
    planned = desk("UTC 8-16")
    noon = datetime(2027, 5, 4, 18, tzinfo=UTC)
    (gap,) = found(planned, noon, noon + DAY)
    assert [(f"{a:%d %H}", f"{b:%d %H}") for a, b in gap.stretches] == [
        ("04 16", "05 08"),
        ("05 16", "06 08"),
    ]


def test_nothing_is_found_where_nobody_is_missing() -> None:
    assert found(desk("UTC 0-24")) == []
