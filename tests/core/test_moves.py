"""Whose duty moves between two rosters: as a watch on the wall would tell, hour by hour."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from rotation.core.moves import Move, Shifted, moves, news, of_groups, shifted
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
    Roster,
    Shift,
    ShiftId,
)
from rotation.core.timeline import Timeline

Drawn: TypeAlias = tuple[int, int, list[PersonId]]
HOUR, DAY, NONE = timedelta(hours=1), timedelta(days=1), timedelta(0)
MONDAY = datetime(2027, 3, 22, tzinfo=UTC)
ANA, BEN, CHEN = map(PersonId, ("ana", "ben", "chen"))
DESK, OTHER, NONE_AT_ALL = map(GroupId, ("desk", "other", "pinned"))


def desk(*shifts: tuple[int, int, Iterable[PersonId]], name: str = "desk") -> Timeline:
    """A group with shifts from one full hour to another, in UTC, every day."""
    made = {
        ShiftId(f"s{n}"): Shift(
            ShiftId(f"s{n}"), "UTC", Hours(starts * 60, ends * 60, int(ends <= starts)),
            frozenset(range(7)), Everyone(tuple(who)),
        )
        for n, (starts, ends, who) in enumerate(shifts)
    }  # fmt: skip
    people = {p: Person(p, p.title(), Phone("+351912345601")) for p in (ANA, BEN, CHEN)}
    group = Group(GroupId(name), AccountId("main"), ChatId("1@g.us"), tuple(made))
    return Timeline(Roster(people, made, {group.id: group}))


def test_the_same_written_in_another_way_moves_nothing() -> None:
    whole, halves = desk((8, 16, [ANA])), desk((8, 12, [ANA]), (12, 16, [ANA]))
    assert moves(whole, halves, DESK, MONDAY, MONDAY + 7 * DAY) == ()


def test_whoever_takes_over_earlier_moves_by_just_that() -> None:
    before = desk((8, 16, [ANA]), (16, 20, [BEN]))
    after = desk((8, 15, [ANA]), (15, 20, [BEN]))
    found = moves(before, after, DESK, MONDAY, MONDAY + DAY)
    at = MONDAY + 15 * HOUR
    assert found == (Move(at, at + HOUR, frozenset({ANA}), frozenset({BEN})),)
    assert shifted((found, found)) == (
        Shifted(ANA, HOUR, NONE, at), Shifted(BEN, NONE, HOUR, at),
    )  # fmt: skip


def test_a_stretch_goes_on_over_handovers_that_both_have() -> None:
    before = desk((8, 16, [ANA]), (8, 12, [CHEN]))
    after = desk((8, 16, [BEN]), (8, 12, [CHEN]))
    (one,) = moves(before, after, DESK, MONDAY, MONDAY + DAY)
    assert (one.starts, one.ends) == (MONDAY + 8 * HOUR, MONDAY + 16 * HOUR)


def test_a_group_that_one_of_them_does_not_know_has_nobody_on_duty_there() -> None:
    known, other = desk((8, 16, [ANA])), desk((8, 16, [ANA]), name="other")
    gone = Move(MONDAY + 8 * HOUR, MONDAY + 16 * HOUR, frozenset({ANA}), frozenset())
    assert moves(known, other, DESK, MONDAY, MONDAY + DAY) == (gone,)
    assert moves(other, known, DESK, MONDAY, MONDAY + DAY)[0].on == {ANA}


def test_hours_that_lie_over_each_other_are_counted_once() -> None:
    def move(starts: int, ends: int) -> Move:
        return Move(MONDAY + starts * HOUR, MONDAY + ends * HOUR, frozenset({ANA}), frozenset())

    (one,) = shifted(((move(8, 12),), (move(10, 11), move(11, 14), move(20, 21))))
    assert one == Shifted(ANA, 7 * HOUR, NONE, MONDAY + 8 * HOUR)


SHIFTS = st.lists(
    st.tuples(
        st.integers(0, 23), st.integers(0, 24),
        st.lists(st.sampled_from([ANA, BEN, CHEN]), min_size=1, unique=True),
    ).filter(lambda one: one[0] != one[1] and (one[1] or one[0])),
    min_size=1, max_size=3,
)  # fmt: skip


@given(SHIFTS, SHIFTS)
def test_every_hour_is_as_both_rosters_have_it(old: list[Drawn], new: list[Drawn]) -> None:
    before, after = desk(*old), desk(*new)
    found = moves(before, after, DESK, MONDAY, MONDAY + 2 * DAY)
    for hour in range(48):
        at = MONDAY + (hour + 0.5) * HOUR
        was, now = before.on_duty(DESK, at), after.on_duty(DESK, at)
        sides = [(one.off, one.on) for one in found if one.starts <= at < one.ends]
        assert sides == ([(was - now, now - was)] if was != now else [])
    assert all(a.ends <= b.starts for a, b in pairwise(found))


def test_groups_of_the_same_shifts_move_alike_and_one_that_nothing_moves_in_is_left_out() -> None:
    before, after = desk((8, 16, [ANA])), desk((8, 16, [BEN]))
    both = [
        replace(
            line.roster, groups={**line.roster.groups, OTHER: replace(
                line.roster.groups[DESK], id=OTHER), NONE_AT_ALL: replace(
                line.roster.groups[DESK], id=NONE_AT_ALL, shifts=())},
        )
        for line in (before, after)
    ]  # fmt: skip
    found = of_groups(Timeline(both[0]), Timeline(both[1]), MONDAY, MONDAY + DAY)
    assert list(found) == [DESK, OTHER]
    assert found[DESK] is found[OTHER]


def test_each_is_told_of_their_own_by_their_clocks_the_soonest_first() -> None:
    before, after = desk((8, 16, [ANA])), desk((8, 10, [ANA]), (10, 16, [BEN]), (20, 22, [CHEN]))
    found = of_groups(before, after, MONDAY, MONDAY + DAY)
    people = {**after.roster.people, BEN: replace(after.roster.people[BEN], zone="Asia/Tokyo")}
    told, said = dict(news(people, found, "an edit")), "Your duty has changed (an edit):\n"
    assert told == {
        ANA: f"{said}- off: Mon 2027-03-22 10:00 to 16:00 (UTC); Ben instead",
        BEN: f"{said}- on: Mon 2027-03-22 19:00 to Tue 2027-03-23 01:00 (Asia/Tokyo), for Ana",
        CHEN: f"{said}- on: Mon 2027-03-22 20:00 to 22:00 (UTC)",
    }


def test_of_many_stretches_the_first_are_told_and_how_many_more() -> None:
    before, after = desk((8, 16, [ANA])), desk((8, 16, [BEN]))
    found = of_groups(before, after, MONDAY, MONDAY + 9 * DAY)
    lines = dict(news(after.roster.people, found, "x"))[ANA].splitlines()
    assert (len(lines), lines[-1]) == (8, "... and 3 more")
    nobody = of_groups(before, desk((9, 10, [ANA])), MONDAY, MONDAY + DAY)
    assert "nobody instead" in dict(news(after.roster.people, nobody, "x"))[ANA]
