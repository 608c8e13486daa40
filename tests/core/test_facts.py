"""What moments, subscriptions and the names of groups say of themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rotation.core.facts import LISTED, Moment, Subscription, in_no_roster
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


def test_whoever_comes_back_when_the_boot_clock_shows_something_does_not_come_too_soon() -> None:
    now = Moment(NOW, "boot", 1799791089.61)
    due = 1799791089.6100001  # less than a microsecond later
    then = now.when(due)
    assert timedelta(0) < then - NOW < timedelta(milliseconds=1)
    assert now.uptime + (then - NOW).total_seconds() >= due
    assert now.when(now.uptime - 2) == NOW - timedelta(seconds=2)


def test_a_group_that_only_an_account_lists_is_known_by_its_name() -> None:
    assert in_no_roster(GroupId(f"{LISTED}120363000000000001"))
    assert not in_no_roster(GroupId("desk"))
