"""The breaker: how many removals one edit may cause."""

import pytest

from rotation.core.breaker import trips
from rotation.core.roster import GroupId, PersonId


def seats(count: int, since: int = 0) -> list[tuple[GroupId, PersonId]]:
    return [(GroupId("desk"), PersonId(f"p{n:03}")) for n in range(since, since + count)]


@pytest.mark.parametrize(
    ("newly", "memberships", "tripped"),
    [
        (5, 0, False),
        (6, 0, True),
        (5, 10, False),
        (6, 29, True),
        (6, 30, False),
        (7, 30, True),
        (20, 100, False),
        (21, 100, True),
    ],
)
def test_more_than_five_and_more_than_a_fifth_wait_for_a_person(
    newly: int, memberships: int, *, tripped: bool
) -> None:
    assert bool(trips((), seats(newly), memberships)) is tripped


def test_who_was_removable_before_is_no_doing_of_the_edit() -> None:
    assert trips(seats(50), seats(55), 50) == ()
    assert trips(seats(50), seats(56, since=20), 50) == tuple(seats(26, since=50))


def test_the_list_names_everybody_once_and_in_order() -> None:
    assert trips((), [*reversed(seats(8)), *seats(3)], 10) == tuple(seats(8))


def test_the_same_person_in_another_group_is_another_membership() -> None:
    elsewhere = [(GroupId("lab"), person) for _, person in seats(6)]
    assert trips(seats(6), elsewhere, 10) == tuple(elsewhere)
