"""What is counted for monitors: the same in both databases, and as quickly in an old ledger."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from rotation.core.facts import HandoverRow, HeldItem, Kind, Moment, Seat, Seen
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Books, Passed, SeatCount, in_memory
from rotation.ledger.groups import GroupState

MAIN, DESK, NIGHT = AccountId("main"), GroupId("desk"), GroupId("night")
ANA, BEN = PersonId("ana"), PersonId("ben")
A_MINUTE = timedelta(minutes=1)


def test_seats_are_counted_by_account_sight_and_what_is_open(books: Books, now: datetime) -> None:
    books.groups.save(GroupState(DESK, MAIN, due=now), GroupState(NIGHT, MAIN, due=now))
    books.seats.save(
        Seat(DESK, ANA, seen=Seen.IN),
        Seat(NIGHT, ANA, seen=Seen.IN),
        Seat(DESK, BEN, seen=Seen.IN, op=Kind.REMOVE, op_since=now),
        Seat(GroupId("of nobody"), ANA, seen=Seen.IN),
    )
    assert set(books.census.seats()) == {
        SeatCount(MAIN, Seen.IN, None, stranger=False, count=2),
        SeatCount(MAIN, Seen.IN, Kind.REMOVE, stranger=False, count=1),
    }


def test_removals_count_as_open_since_an_instant_and_the_first_of_them_is_told(
    books: Books, now: datetime
) -> None:
    leaving = Seat(DESK, ANA, seen=Seen.IN, op=Kind.REMOVE, op_since=now - A_MINUTE)
    books.seats.save(
        leaving,
        replace(leaving, person=BEN, op_since=now - 2 * A_MINUTE),
        replace(leaving, group=NIGHT, op=Kind.ADD),
        replace(leaving, group=NIGHT, person=BEN, op_since=now),
    )
    found = books.census.removals_open_since(now - A_MINUTE)
    assert found == {DESK: (2, now - 2 * A_MINUTE)}


def test_holds_in_force_are_counted_by_account_and_kind(books: Books, now: datetime) -> None:
    items = [HeldItem(Hold.REFUSED, MAIN, DESK, person) for person in (ANA, BEN)]
    books.holds.settle(MAIN, DESK, items, now)
    books.holds.settle(None, None, [HeldItem(Hold.ROSTER, None)], now)
    assert set(books.census.holds()) == {(MAIN, Hold.REFUSED, 2), (None, Hold.ROSTER, 1)}
    books.holds.settle(MAIN, DESK, [], now)
    assert books.census.holds() == [(None, Hold.ROSTER, 1)]


def test_boundaries_and_calls_are_counted_within_their_window(books: Books, now: datetime) -> None:
    rows = [
        HandoverRow(DESK, now + n * A_MINUTE, (ANA,), (BEN,), "r1", "2026a", now)
        for n in (-1, 0, 1)
    ]
    books.handovers.record(*rows)
    found = books.census.handovers(now, now + A_MINUTE)
    assert found == [Passed(DESK, now, now, None, missed=False)]
    for n in (-1, 0, 1):
        began = Moment(now + n * A_MINUTE, "boot", 0.0)
        books.reads.begin(MAIN, DESK, began, timedelta(seconds=20))
    assert books.census.calls(MAIN, now) == 2
    assert books.census.calls(AccountId("other"), now) == 0


def test_no_count_goes_through_a_history(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows for years is found by an index, whatever its length.

    Asked of SQLite: on a server the planner of an empty table takes the shortest way through it.
    """
    said: list[tuple[str, Any]] = []
    execute = Connection.execute

    def heard(conn: Connection, statement: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever is said
        said.append((str(statement.compile(dialect=conn.dialect)), statement.compile().params))
        return execute(conn, statement, *rest, **more)

    with in_memory().reading() as books:
        with monkeypatch.context() as listening:
            listening.setattr(Connection, "execute", heard)
            books.census.handovers(now, now)
            books.census.calls(MAIN, now)
            books.census.removals_open_since(now)
            books.census.holds()
        raw = books.census._conn.conn  # noqa: SLF001 - only the database itself knows its plan
        for text, params in said:
            marks = ["2026"] * len(params)
            plan = raw.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(marks)).all()
            steps = [row[-1] for row in plan]
            assert not [s for s in steps if s.startswith("SCAN") and "INDEX" not in s], text
    assert len(said) == 5
