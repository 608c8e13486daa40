"""What people are told, and what they are spared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.alarm import GATHER, MOST_PLACES, OVERDUE, Alarm, alarms, places, said
from rotation.core.facts import HeldItem, Kind, Seat, Seen
from rotation.core.holds import LASTING, MEANING, Hold
from rotation.core.roster import AccountId, GroupId, PersonId

Make: TypeAlias = Callable[..., Any]

NOW = datetime(2026, 1, 5, 16, 30, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MAIN, SPARE, DESK, BEN = AccountId("main"), AccountId("spare"), GroupId("desk"), PersonId("ben")
LEAVING = Seat(DESK, BEN, Seen.IN, op=Kind.REMOVE, op_since=NOW - 5 * MINUTE, tries=3)


def told(
    desk: Make,
    *held: HeldItem,
    lasting: timedelta = 5 * MINUTE,
    seats: tuple[Seat, ...] = (),
    ended: tuple[tuple[HeldItem, datetime], ...] = (),
) -> dict[str, str]:
    found = alarms([(item, NOW - lasting) for item in held], seats, desk().roster, NOW, ended)
    assert all(isinstance(a, Alarm) for a in found)
    return {a.key: a.text for a in found}


def test_a_hold_is_told_in_plain_words_with_what_to_do(desk: Make) -> None:
    item = HeldItem(Hold.COVER, MAIN, DESK, BEN, "waiting for chen")
    assert told(desk, item) == {
        "hold/cover/main/desk/ben": "Group desk, Ben: too few on-duty people are seen in the group"
        " (waiting for chen). To do: get the incoming agent into the group: check the number,"
        " send the invite, or name cover."
    }


@pytest.mark.parametrize(
    ("item", "place"),
    [
        (HeldItem(Hold.NOT_ADMIN, MAIN, DESK), "Group desk: "),
        (HeldItem(Hold.SESSION, MAIN), "Account main: "),
        (HeldItem(Hold.ROSTER), "Roster: "),
        (HeldItem(Hold.PROTECTED, MAIN, DESK, PersonId("zoe")), "Group desk, zoe: "),
    ],
)
def test_an_alarm_says_where(desk: Make, item: HeldItem, place: str) -> None:
    (text,) = told(desk, item).values()
    assert text.startswith(place)


@pytest.mark.parametrize(("ahead", "is_told"), [(61 * SECOND, True), (59 * SECOND, False)])
def test_a_hold_from_before_the_clock_was_put_back_is_told_at_once(
    desk: Make, ahead: timedelta, *, is_told: bool
) -> None:
    held = [(HeldItem(Hold.SESSION, MAIN), NOW + ahead)]
    found = alarms(held, (), desk().roster, NOW)
    assert [one.due for one in found] == [NOW] * is_told


def test_a_group_that_no_roster_names_is_called_as_its_members_call_it(desk: Make) -> None:
    item = HeldItem(Hold.NOT_ADMIN, MAIN, GroupId("~0a1b"))
    called = {GroupId("~0a1b"): "Old friends"}
    (alarm,) = alarms([(item, NOW - LASTING)], (), desk().roster, NOW, called=called)
    assert alarm.text.startswith("Group ~0a1b (Old friends): ")


@pytest.mark.promise("P-told")
def test_a_hold_that_ends_within_minutes_is_nobodys_business(desk: Make) -> None:
    """It comes on a little before it is told, so that what has the same cause is told with it."""
    item, comes_on = HeldItem(Hold.COVER, MAIN, DESK, BEN), LASTING - GATHER
    assert told(desk, item, lasting=comes_on - SECOND) == {}
    assert len(told(desk, item, lasting=comes_on)) == 1


@pytest.mark.parametrize("hold", [h for h in Hold if not MEANING[h].alarm])
def test_what_ends_by_itself_or_is_meant_is_not_told(desk: Make, hold: Hold) -> None:
    assert told(desk, HeldItem(hold, MAIN, DESK, BEN)) == {}


def test_every_hold_has_a_sentence() -> None:
    for hold in Hold:
        text = said(HeldItem(hold))
        assert text.startswith(MEANING[hold].cause)
        assert text.endswith(".")
        assert ". To do: " in text


@pytest.mark.promise("C4")
def test_an_overdue_removal_is_told_within_five_minutes(desk: Make) -> None:
    almost = replace(LEAVING, op_since=NOW - OVERDUE + GATHER + SECOND)
    assert told(desk, seats=(almost,)) == {}
    assert told(desk, seats=(LEAVING,)) == {
        "overdue/desk/ben": "Group desk: Ben should have left 5 min ago; tries so far: 3, more"
        " follow. To do: nothing unless it must be now; then remove them by hand."
    }


@pytest.mark.parametrize("op", [None, Kind.ADD])
def test_only_removals_are_overdue(desk: Make, op: Kind | None) -> None:
    assert told(desk, seats=(replace(LEAVING, op=op),)) == {}


@pytest.mark.parametrize(
    "item",
    [
        HeldItem(Hold.COVER, MAIN, DESK, BEN),
        HeldItem(Hold.NOT_ADMIN, MAIN, DESK),
        HeldItem(Hold.SESSION, MAIN),
    ],
)
def test_a_removal_that_a_hold_explains_is_not_told_twice(desk: Make, item: HeldItem) -> None:
    found = told(desk, item, seats=(LEAVING,))
    assert [key.partition("/")[0] for key in found] == ["hold"]


@pytest.mark.promise("C4", "P-told")
def test_a_hold_explains_no_removal_before_people_hear_of_it(desk: Make) -> None:
    item = HeldItem(Hold.COVER, MAIN, DESK, BEN)
    for lasting, is_told in ((2, True), (3, True), (4, False)):
        found = told(desk, item, lasting=lasting * MINUTE, seats=(LEAVING,))
        assert ("overdue/desk/ben" in found) is is_told
    just = replace(LEAVING, op_since=NOW - OVERDUE)
    assert "overdue/desk/ben" not in told(desk, item, lasting=LASTING - 20 * SECOND, seats=(just,))


@pytest.mark.promise("P-told")
def test_of_several_holds_the_oldest_explains(desk: Make) -> None:
    held = [(HeldItem(h, MAIN), NOW - n * MINUTE) for h, n in ((Hold.SPENT, 1), (Hold.RIVAL, 9))]
    for order in (held, held[::-1]):
        keys = [a.key for a in alarms(order, (LEAVING,), desk().roster, NOW)]
        assert keys == ["hold/rival/main//"]


@pytest.mark.promise("P-told")
def test_a_removal_is_not_overdue_at_once_when_the_hold_ends_that_explained_it(desk: Make) -> None:
    long = replace(LEAVING, op_since=NOW - 300 * MINUTE)
    item = HeldItem(Hold.COVER, MAIN, DESK, BEN)
    assert told(desk, seats=(long,), ended=((item, NOW - 300 * MINUTE),)) == {}
    assert len(told(desk, seats=(long,))) == 1


@pytest.mark.parametrize(
    "item",
    [
        HeldItem(Hold.COVER, MAIN, DESK, PersonId("chen")),
        HeldItem(Hold.NOT_ADMIN, MAIN, GroupId("lab")),
        HeldItem(Hold.SESSION, SPARE),
        HeldItem(Hold.ROSTER),
        HeldItem(Hold.THROTTLED, MAIN),
    ],
)
def test_a_hold_of_something_else_explains_nothing(desk: Make, item: HeldItem) -> None:
    assert "overdue/desk/ben" in told(desk, item, seats=(LEAVING,))


def test_an_overdue_removal_in_a_group_of_no_roster_is_told(desk: Make) -> None:
    elsewhere = replace(LEAVING, group=GroupId("gone"))
    assert "overdue/gone/ben" in told(desk, HeldItem(Hold.SESSION, MAIN), seats=(elsewhere,))


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ([], ""),
        (["Group desk"], "Group desk"),
        (["Group desk", "Group desk"], "Group desk"),
        (["Group desk", "Group night"], "Groups desk and night"),
        (["Group desk", "Group night", "Group vip"], "Groups desk, night and vip"),
        (["Group desk, Ben", "Group night, Chen"], "Groups desk, Ben and night, Chen"),
        (
            ["Group desk, Ben", "Group night", "Group vip"],
            "Groups desk, Ben; night and vip",
        ),
        (["Account main", "Group desk"], "Account main and Group desk"),
    ],
)
def test_what_is_wrong_in_several_places_names_them(where: list[str], named: str) -> None:
    assert places(where) == named


def test_what_is_wrong_in_very_many_places_names_a_few_and_counts_the_others() -> None:
    exactly = [f"Group g{n}" for n in range(MOST_PLACES)]
    assert places(exactly) == "Groups g0, g1, g2, g3 and g4"
    assert places([*exactly, "Group x"]) == "Groups g0, g1, g2, g3, g4 and 1 more"
    assert places([f"Group g{n}" for n in range(39)]) == "Groups g0, g1, g2, g3, g4 and 34 more"


def test_holds_of_one_kind_in_one_account_are_likely_to_have_one_cause(desk: Make) -> None:
    here, there = HeldItem(Hold.UNLISTED, MAIN, DESK), HeldItem(Hold.UNLISTED, MAIN, GroupId("b"))
    other, else_where = HeldItem(Hold.FULL, MAIN, DESK), HeldItem(Hold.UNLISTED, SPARE, DESK)
    items = [(item, NOW - 5 * MINUTE) for item in (here, there, other, else_where)]
    a, b, c, d = (found.cause for found in alarms(items, (), desk().roster, NOW))
    assert a == b
    assert len({a, c, d}) == 3
