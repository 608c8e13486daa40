"""Rows that somebody damaged by hand, in either database: named, and no obstacle to the others."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from rotation.core.facts import GroupState, HandoverRow, Kind, Seat
from rotation.core.holds import Hold
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
