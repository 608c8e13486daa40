"""The soonest boundary of an account: what wakes the daemon whatever its ticks made of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

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
from rotation.ledger import Ledger, in_memory
from rotation.surfaces.boundaries import NONE_IN_SIGHT, Boundaries

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
MAIN, OTHER, LONELY = AccountId("main"), AccountId("other"), AccountId("lonely")
HOURS = {"early": (6, 14), "late": (14, 22), "office": (9, 17), "always": (0, 24)}
SHIFTS = {
    ShiftId(name): Shift(
        ShiftId(name), "UTC", Hours(starts * 60, ends * 60), frozenset(range(7)),
        Everyone((PersonId(name),)),
    )
    for name, (starts, ends) in HOURS.items()
}  # fmt: skip


def group(name: str, account: AccountId, *shifts: str) -> Group:
    return Group(GroupId(name), account, ChatId(f"{name}@g.us"), tuple(map(ShiftId, shifts)))


GROUPS = (
    group("desk", MAIN, "early", "late"),
    group("den", MAIN, "early", "late"),
    group("shop", MAIN, "office"),
    group("lab", OTHER, "office"),
    group("hall", LONELY, "always"),
)
ROSTER = Roster(
    people={
        PersonId(who): Person(PersonId(who), who.title(), Phone(f"+35191000000{n}"))
        for n, who in enumerate(HOURS)
    },
    shifts=SHIFTS,
    groups={g.id: g for g in GROUPS},
)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    found = in_memory()
    adopt(found, ROSTER, "d1")
    yield found
    found.close()


def adopt(ledger: Ledger, roster: Roster, digest: str) -> None:
    with ledger.writing() as books:
        books.rosters.adopt(roster, digest, MONDAY, "2026a")


def hours(boundaries: Boundaries, account: AccountId, *at: int) -> list[int]:
    """The hour of the boundary that is next at each of these hours."""
    asked = (boundaries.soonest(account, MONDAY.replace(hour=hour)) for hour in at)
    return [found.hour for found in asked if found is not None]


def test_the_soonest_of_all_groups_of_the_account_is_next_and_then_the_one_after(
    ledger: Ledger,
) -> None:
    boundaries = Boundaries(ledger)
    assert hours(boundaries, MAIN, 1, 5, 6, 9, 13, 16, 20, 22) == [6, 6, 9, 14, 14, 17, 22, 6]
    assert hours(boundaries, OTHER, 1, 9, 17) == [9, 17, 9]


def test_a_clock_that_was_put_back_brings_boundaries_back(ledger: Ledger) -> None:
    assert hours(Boundaries(ledger), MAIN, 20, 1, 20) == [22, 6, 22]


def test_another_roster_in_force_has_other_boundaries(ledger: Ledger) -> None:
    boundaries = Boundaries(ledger)
    assert hours(boundaries, OTHER, 1) == [9]
    moved = group("lab", OTHER, "late")
    adopt(ledger, replace(ROSTER, groups={**ROSTER.groups, moved.id: moved}), "d2")
    assert hours(boundaries, OTHER, 1) == [14]


def test_groups_of_which_nobody_ever_changes_are_looked_at_again_some_day(ledger: Ledger) -> None:
    assert Boundaries(ledger).soonest(LONELY, MONDAY) == MONDAY + NONE_IN_SIGHT


def test_without_a_roster_or_without_groups_there_is_no_boundary(ledger: Ledger) -> None:
    assert Boundaries(in_memory()).soonest(MAIN, MONDAY) is None
    assert Boundaries(ledger).soonest(AccountId("unknown"), MONDAY + timedelta(days=1)) is None
