"""Leases in either database: one holder in one term, and nothing written without it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection

from rotation.core.roster import AccountId
from rotation.ledger import NOBODY, Books, Lease, LeaseLost, Ledger, Replica, UnknownSchema

MAIN = AccountId("main")


def taken(ledger: Ledger, holder: str, now: datetime) -> tuple[int, str]:
    """The lease of `main` is this holder's from now on: its term, and the server's history."""
    with ledger.writing() as books:
        timeline = books.leases.timeline()
        books.leases.add([MAIN], timeline, now)
        (lease,) = books.leases.all()
        return books.leases.take(lease, holder, timeline, now), timeline


def refused(books: Books, holder: str, term: int, timeline: str) -> None:
    books.meta.put("kept", "no")
    books.leases.require(MAIN, holder, term, timeline)


def replica(name: str, now: datetime) -> Replica:
    return Replica(name, "here", "1", "2026a", (MAIN,), "3f9c", "", 1, now, now)


@pytest.mark.promise("S9")
def test_only_the_holder_of_this_term_writes(ledger: Ledger, now: datetime) -> None:
    term, timeline = taken(ledger, "a", now)
    with ledger.writing() as books:
        books.leases.require(MAIN, "a", term, timeline)
        books.meta.put("kept", "yes")
    later, _ = taken(ledger, "b", now)
    assert later == term + 1
    for holder, told in (("a", term), ("b", term), ("a", later)):
        with pytest.raises(LeaseLost), ledger.writing() as books:
            refused(books, holder, told, timeline)
    with pytest.raises(LeaseLost), ledger.writing() as books:
        books.leases.require(AccountId("other"), "b", later, timeline)
    with ledger.reading() as books:
        assert books.meta.get("kept") == "yes"


@pytest.mark.promise("S9")
def test_a_lease_of_another_history_of_the_server_is_not_believed(
    ledger: Ledger, now: datetime
) -> None:
    term, timeline = taken(ledger, "a", now)
    with pytest.raises(LeaseLost), ledger.writing() as books:
        books.leases.require(MAIN, "a", term, f"{timeline}0")


def test_renewing_counts_up_and_giving_up_leaves_nobody(ledger: Ledger, now: datetime) -> None:
    term, timeline = taken(ledger, "a", now)
    with ledger.writing() as books:
        books.leases.renew([MAIN])
        books.leases.renew([])
        assert books.leases.all() == [Lease(MAIN, "a", term, 2, timeline, now)]
        books.leases.give_up([MAIN], now)
        assert books.leases.all() == [Lease(MAIN, NOBODY, term, 2, timeline, now)]
        books.leases.add([MAIN], "other", now)
        assert books.leases.all() == [Lease(MAIN, NOBODY, term, 2, timeline, now)]


def test_replicas_sign_again_and_again_until_they_are_struck(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        books.leases.sign(replica("a", now))
        books.leases.sign(replica("b", now))
        books.leases.sign(replica("a", now))
        assert books.leases.replicas() == [replica("a", now), replica("b", now)]
        books.leases.strike(["a"])
        assert books.leases.replicas() == [replica("b", now)]


def test_after_a_migration_the_fence_refuses_an_older_rotation(
    open_ledger: Callable[[], Ledger], by_hand: Connection, now: datetime
) -> None:
    ledger = open_ledger()
    term, timeline = taken(ledger, "a", now)
    by_hand.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UnknownSchema, match="made by a newer rotation"), ledger.writing() as books:
        books.leases.require(MAIN, "a", term, timeline)
    with pytest.raises(UnknownSchema), ledger.writing() as books:
        books.leases.timeline()


def test_others_hear_of_what_is_written_unless_it_is_nobody_elses_business(
    server_url: str,
) -> None:
    own, another = Ledger(server_url), Ledger(server_url)
    with psycopg.connect(server_url, autocommit=True) as ears:
        ears.execute("LISTEN rotation")
        for ledger, heard in ((own, True), (own, False), (another, True)):
            with ledger.writing() as books:
                books.heard(by_others=heard)
                books.meta.put("kept", "yes")
        who = [said.payload for said in ears.notifies(timeout=240, stop_after=2)]
    assert who[0] != who[1]
    own.close()
    another.close()


def test_a_server_names_its_history(server_url: str, postgres: Any) -> None:  # noqa: ANN401 - of the tests' own
    ledger = Ledger(server_url)
    with ledger.writing() as books:
        assert books.leases.timeline() == "00000001"
    ledger.close()


@pytest.mark.promise("F4")
def test_a_server_tells_what_time_it_is_by_now_and_a_file_has_no_clock(ledger: Ledger) -> None:
    with ledger.writing() as books:
        on_server = books.leases.timeline() != "1"
        told = [books.leases.clock(), books.leases.clock()]
    if not on_server:
        assert told == [None, None]
        return
    first, second = (at for at in told if at is not None)
    assert first < second, "not when the transaction began"
    assert first.utcoffset() == timedelta(0)
