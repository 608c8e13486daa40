"""What a subscription says of itself, and a group's name of where it comes from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rotation.core.facts import LISTED, Subscription, in_no_roster
from rotation.core.roster import GroupId, PersonId

NOW, DAY = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
ZOE = Subscription("M-1", GroupId("desk"), PersonId("x-1"), NOW, NOW, "mara", NOW - DAY)


def test_a_subscription_covers_until_its_end_or_until_it_was_ended() -> None:
    assert ZOE.covers(NOW - timedelta(seconds=1))
    assert not ZOE.covers(NOW)
    ended = replace(ZOE, ended_at=NOW - DAY)
    assert not ended.covers(NOW - DAY)
    assert ended.covers(NOW - 2 * DAY)


def test_a_subscription_is_extended_while_it_lasts_longer_than_was_agreed() -> None:
    assert not ZOE.is_extended
    assert replace(ZOE, until=NOW + DAY).is_extended


def test_a_group_that_only_an_account_lists_is_known_by_its_name() -> None:
    assert in_no_roster(GroupId(f"{LISTED}120363000000000001"))
    assert not in_no_roster(GroupId("desk"))
