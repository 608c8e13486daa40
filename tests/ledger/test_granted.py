"""Tickets, subscriptions, and whoever is let in without a roster, in either database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from rotation.core.facts import Closing, Effect, Identity, Subscription, Ticket
from rotation.core.roster import GroupId, PersonId, Phone, Roster
from rotation.ledger import Books, Ledger, Unreadable

DESK, LAB = GroupId("desk"), GroupId("lab")
ZOE, AL = Phone("+4915110000001"), Phone("+4915110000002")
DAY = timedelta(days=1)


def subscription(now: datetime, key: str = "M-1", **more: object) -> Subscription:
    known = Subscription(key, DESK, PersonId("x-1"), now + DAY, now + DAY, "mara", now)
    return replace(known, **more)


def test_a_ticket_is_open_until_it_is_resolved_and_again_once_it_is_reopened(
    books: Books, now: datetime
) -> None:
    books.tickets.open("OPS-7", DESK, "mara", now)
    opened = Ticket("OPS-7", DESK, now, "mara")
    assert books.tickets.get("OPS-7") == opened
    assert books.tickets.unswept() == []
    assert books.tickets.resolve("OPS-7", "otto", "fixed", "expert", now + DAY)
    assert not books.tickets.resolve("OPS-7", "otto", "again", "expert", now + 2 * DAY)
    resolved = replace(
        opened, resolved_at=now + DAY, resolved_by="otto", why="fixed", role="expert"
    )
    assert books.tickets.unswept() == [resolved]
    books.tickets.swept("OPS-7", now + DAY)
    assert books.tickets.unswept() == []
    books.tickets.reopen("OPS-7")
    assert books.tickets.all() == [opened]
    assert books.tickets.get("OPS-8") is None


def test_grants_are_found_by_ticket_and_by_whom_they_let_in(books: Books, now: datetime) -> None:
    facts = {
        "group": DESK, "person": PersonId("x-1"), "effect": Effect.IN, "starts": now,
        "until": None, "duty": False, "reason": "", "author": "mara", "now": now,
    }  # fmt: skip
    for_ticket = books.grants.make(**facts, ticket="OPS-7")
    by_hand = books.grants.make(**facts)
    assert books.grants.under("OPS-7") == [for_ticket]
    assert books.grants.ended_of(DESK, PersonId("x-1")) == [for_ticket, by_hand]
    assert books.grants.ended_of(LAB, PersonId("x-1")) == []


def test_a_subscription_comes_back_as_it_was_kept_and_lets_its_person_in(
    books: Books, now: datetime
) -> None:
    one = subscription(now, warn_at=now, warn_days=1, language="pt")
    other = subscription(now, "M-2", person=PersonId("x-2"), group=LAB)
    books.subscriptions.save(one, other)
    books.grants.subscribe([one, other], "paid", now)
    assert books.subscriptions.all() == {"M-1": one, "M-2": other}
    assert books.subscriptions.get("M-1") == one
    assert books.subscriptions.members(DESK) == {PersonId("x-1")}
    assert books.subscriptions.members(GroupId("hall")) == frozenset()
    made = books.grants.all(active_at=now)
    assert [(g.person, g.until, g.subscription, g.duty) for g in made] == [
        ("x-1", now + DAY, "M-1", False), ("x-2", now + DAY, "M-2", False),
    ]  # fmt: skip
    books.grants.unsubscribe(["M-1"], now)
    books.subscriptions.end([one], now)
    assert [g.subscription for g in books.grants.all(active_at=now)] == ["M-2"]
    assert books.subscriptions.get("M-1") == replace(one, ended_at=now, warn_at=None)


def test_warnings_come_in_the_order_they_are_due_and_once(books: Books, now: datetime) -> None:
    books.subscriptions.save(
        subscription(now, "M-1", warn_at=now + DAY),
        subscription(now, "M-2", warn_at=now),
        subscription(now, "M-3"),
    )
    assert [one.key for one in books.subscriptions.to_warn()] == ["M-2", "M-1"]
    books.subscriptions.warned("M-2")
    assert [one.key for one in books.subscriptions.to_warn()] == ["M-1"]
    books.subscriptions.warn_again("M-2", now + 2 * DAY)
    assert [one.key for one in books.subscriptions.to_warn()] == ["M-1", "M-2"]


def test_guests_are_known_by_name_and_by_number_and_are_no_strangers(
    books: Books, now: datetime
) -> None:
    met = books.people.stranger(ZOE, "111", now)
    found = books.people.guests({ZOE: "Zoe", AL: "Al"}, now)
    assert found[ZOE] == met
    known = books.people.all()
    assert known[met] == Identity(met, ZOE, frozenset({"111"}), "Zoe")
    assert known[found[AL]] == Identity(found[AL], AL, frozenset(), "Al")
    assert books.people.guest(ZOE, "", now) == met
    assert books.people.all()[met].name == "Zoe"
    assert books.people.by_id() == {ZOE: met, "111": met, AL: found[AL]}


def test_who_is_named_by_a_roster_later_keeps_ticket_and_subscription(
    books: Books, roster: Callable[..., Roster], now: datetime
) -> None:
    guest = books.people.guest(ZOE, "Zoe", now)
    one = subscription(now, person=guest)
    books.subscriptions.save(one)
    books.grants.subscribe([one], "paid", now)
    books.rosters.adopt(roster(zoe=ZOE), "3f9c", now, "2026b")
    zoe = PersonId("zoe")
    assert books.subscriptions.members(DESK) == {zoe}
    assert [g.person for g in books.grants.of(DESK)] == [zoe]
    assert books.people.guest(ZOE, "", now) == zoe


def test_a_group_is_closed_until_it_is_opened_again(books: Books, now: datetime) -> None:
    assert books.closings.of(DESK) is None
    over = Closing(DESK, "Thank you.", everyone=True, author="mara", why="over", closed_at=now)
    books.closings.close(over)
    books.closings.said(DESK, now + DAY)
    books.closings.done(DESK, now + 2 * DAY)
    done = replace(over, said_at=now + DAY, done_at=now + 2 * DAY)
    assert books.closings.all() == {DESK: done}
    assert books.closings.of(LAB) is None
    books.closings.reopen(DESK)
    assert books.closings.all() == {}


@pytest.mark.promise("F34")
def test_a_damaged_subscription_is_named_by_its_key(
    url: str, by_hand: Connection, now: datetime
) -> None:
    ledger = Ledger(url)
    with ledger.writing() as books:
        books.subscriptions.save(subscription(now))
    by_hand.exec_driver_sql("UPDATE grants SET duty = duty")
    with ledger.writing() as books:
        assert books.damage.of_group(DESK, now) == ""
    if by_hand.dialect.name == "sqlite":  # a server lets nothing else stand there
        by_hand.exec_driver_sql("UPDATE subscriptions SET until = 'soon'")
        with ledger.writing() as books:
            assert books.damage.of_group(DESK, now) == "subscriptions key M-1: until"
            with pytest.raises(Unreadable, match=r"subscriptions\.until"):
                books.subscriptions.get("M-1")
    ledger.close()
