"""What a roster says of itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rotation.core.roster import AccountId, GroupId


def test_groups_belong_to_accounts(desk: Callable[..., Any]) -> None:
    roster = desk().roster
    here = roster.groups[GroupId("desk")]
    there = replace(here, id=GroupId("other"), account=AccountId("second"))
    both = replace(roster, groups={here.id: here, there.id: there})
    assert both.groups_of(AccountId("second")) == (there,)
    assert both.groups_of(AccountId("main")) == (here,)
    assert both.groups_of(AccountId("third")) == ()


def test_rostered_are_those_on_shifts_and_pinned_but_never_the_always_in(
    desk: Callable[..., Any],
) -> None:
    roster = desk(always_in="ana", pins="dora").roster
    assert roster.rostered(GroupId("desk")) == {"ben", "chen", "dora"}
