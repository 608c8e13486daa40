"""Rows that somebody damaged by hand, in either database: named, and no obstacle to the others."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from rotation.core.facts import Attempt, GroupState, HandoverRow, Kind, Seat
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Ledger, Unreadable

MAIN, DESK, OTHER = AccountId("main"), GroupId("desk"), GroupId("other")
ANA, BEN = PersonId("ana"), PersonId("ben")


@pytest.fixture
def kept(url: str, now: datetime) -> Iterator[Ledger]:
    """Two groups, which are due, with two people to be removed from each."""
    ledger = Ledger(url)
    with ledger.writing() as books:
        for group in (DESK, OTHER):
            books.groups.save(GroupState(group, MAIN, due=now))
            books.seats.save(*(Seat(group, who, op=Kind.REMOVE) for who in (ANA, BEN)))
            row = HandoverRow(group, now, (ANA,), (BEN,), "r1", "2026a", now)
            books.handovers.record(row)
    yield ledger
    ledger.close()


@pytest.mark.promise("F34")
def test_a_damaged_seat_is_named_and_the_others_are_read(
    kept: Ledger, by_hand: Connection, now: datetime
) -> None:
    by_hand.exec_driver_sql(
        "UPDATE seats SET seen = 'inside' WHERE \"group\" = 'desk' AND person = 'ana'"
    )
    with kept.writing() as books:
        with pytest.raises(Unreadable, match=r"seats\.seen"):
            books.seats.of(DESK)
        assert set(books.seats.of(OTHER)) == {ANA, BEN}
        assert len(books.seats.all()) == len(books.seats.open(Kind.REMOVE)) == 3
        assert books.damage.of_group(DESK, now) == "seats group desk, person ana: seen"
        assert books.damage.of_group(OTHER, now) == ""
        assert books.damage.of_account(MAIN) == ""


@pytest.mark.promise("F34")
def test_a_damaged_group_comes_next_as_damaged_and_hides_none_beside_it(
    kept: Ledger, by_hand: Connection, now: datetime
) -> None:
    by_hand.exec_driver_sql("UPDATE groups SET hold = 'whatever' WHERE \"group\" = 'desk'")
    with kept.writing() as books:
        found = {s.group: s.hold for s in books.groups.next(MAIN, now, 10)}
        assert found == {DESK: Hold.DAMAGED, OTHER: None}
        assert [s.group for s in books.groups.all()] == [OTHER]
        assert books.damage.of_group(DESK, now) == "groups group desk: hold"
        later = now + timedelta(minutes=1)
        books.groups.put_off(DESK, later)
        assert books.groups.next(MAIN, now, 1)[0].group == OTHER
        with pytest.raises(Unreadable, match=r"groups\.hold"):
            books.groups.state(DESK)


@pytest.mark.promise("F34")
@pytest.mark.parametrize("text", ["{", '"ana"', '{"ana": 1}', "[[]"])
def test_a_list_that_is_none_is_not_taken_for_one(
    kept: Ledger, by_hand: Connection, now: datetime, text: str
) -> None:
    by_hand.exec_driver_sql(f"UPDATE handovers SET incoming = '{text}' WHERE \"group\" = 'desk'")  # noqa: S608 - a text of our own
    with kept.writing() as books:
        with pytest.raises(Unreadable, match=r"handovers\.incoming"):
            books.handovers.newest(DESK)
        assert books.handovers.newest(OTHER) is not None
        assert books.damage.of_group(DESK, now).endswith(": incoming")


@pytest.mark.promise("F34")
@pytest.mark.parametrize(("change", "wrong"), [
    ("outcome = 'lost'", "outcome"),
    ("outcome = 'refused', refusal = NULL", "refusal"),
    ("reason = 'whim'", "reason"),
])  # fmt: skip
def test_an_attempt_that_says_nothing_we_know_is_named_and_still_counts_for_the_drip(
    kept: Ledger,
    unguarded: Connection,
    begin: Callable[..., Attempt],
    now: datetime,
    change: str,
    wrong: str,
) -> None:
    with kept.writing() as books:
        made = begin(books)
        books.attempts.end(made.id, Accepted(), now, 0.5)
    unguarded.exec_driver_sql(f"UPDATE attempts SET {change}")  # noqa: S608 - a text of our own
    with kept.writing() as books:
        with pytest.raises(Unreadable, match=rf"attempts\.{wrong}"):
            books.attempts.tried(DESK, now)
        assert books.damage.of_group(DESK, now) == f"attempts id {made.id}: {wrong}"
        assert books.attempts.calls(MAIN, [made.kind], 5) == [(made.boot, made.uptime, True, 0.5)]


@pytest.mark.promise("F34", "S7")
def test_a_call_whose_time_is_damaged_counts_as_one_of_another_boot(
    file_url: str, begin: Callable[..., Attempt], now: datetime
) -> None:
    ledger = Ledger(file_url)
    with ledger.writing() as books:
        made = begin(books)
    with closing(sqlite3.connect(Path(file_url.removeprefix("sqlite:///")))) as found:
        found.execute("DROP TRIGGER attempts_are_written_once")
        found.execute("UPDATE attempts SET uptime = 'noon'")
        found.commit()
    with ledger.reading() as books:
        assert books.attempts.calls(MAIN, [made.kind], 5) == [("", 0.0, False, None)]
        assert books.attempts.changes(MAIN, now) == 1
    ledger.close()
