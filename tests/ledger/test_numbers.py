"""Numbers and LIDs stand in one table: canaries are planted and looked for everywhere else."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection, MetaData, Table, text

from rotation.core.facts import AccountState, Attempt, Kind, Seat, Seen
from rotation.core.outcome import Accepted
from rotation.core.roster import AccountId, GroupId, PersonId, Phone, Roster
from rotation.ledger import Ledger

CANARIES = {
    "ana": "+351900000001",
    "ana's next": "+351900000002",
    "held": "+351900000003",
    "stranger": "+351900000004",
    "ours": "+351900000005",
    "lid": "900000000000006@lid",
    "stranger's lid": "900000000000007@lid",
}


def tables(conn: Connection) -> Iterator[tuple[str, Table]]:
    """All there are in the database, whatever the code knows of."""
    found = MetaData()
    found.reflect(conn)
    yield from found.tables.items()


@pytest.mark.promise("S14")
def test_no_number_stands_outside_the_identity_table(
    open_ledger: Callable[[], Ledger],
    by_hand: Connection,
    roster: Callable[..., Roster],
    begin: Callable[..., Attempt],
    now: datetime,
) -> None:
    ana, desk = PersonId("ana"), GroupId("desk")
    with open_ledger().writing() as books:
        books.rosters.adopt(roster(ana=CANARIES["ana"]), "one", now, "2026b")
        books.people.learn_lid(ana, CANARIES["lid"], now)
        books.seats.save(Seat(desk, ana, Seen.IN, managed_since=now))
        books.rosters.adopt(roster(ana=CANARIES["ana's next"]), "two", now, "2026b")
        books.rosters.hold_back(roster(zoe=CANARIES["held"]), "three", now, "2026b", "too much")
        who = books.people.stranger(Phone(CANARIES["stranger"]), CANARIES["stranger's lid"], now)
        books.seats.save(Seat(desk, who, Seen.IN))
        own = frozenset({CANARIES["ours"]})
        books.accounts.save(AccountState(AccountId("main"), own=own, own_checked_at=now))
        attempt = begin(books, Kind.REMOVE, person=who)
        books.attempts.end(attempt.id, Accepted(), now)
        books.leavers.mark(who, "mara", "left", now)
        books.audit.append(
            at=now, kind="removed", group=desk, person=who, reason=None, origin="mara", detail={}
        )

    rows = {name: by_hand.execute(table.select()).all() for name, table in tables(by_hand)}
    identities = "\n".join(map(str, rows.pop("identities")))
    elsewhere = "\n".join(map(str, rows.values()))
    assert rows["seats"]
    for canary in CANARIES.values():
        assert canary in identities
        assert canary.strip("+").removesuffix("@lid") not in elsewhere


@pytest.mark.parametrize(("end", "left"), [("released", 1), ("set aside", 0)])
def test_numbers_of_a_version_held_back_wait_only_as_long_as_it_does(
    open_ledger: Callable[[], Ledger],
    by_hand: Connection,
    roster: Callable[..., Roster],
    now: datetime,
    end: str,
    left: int,
) -> None:
    held, zoe = roster(zoe=CANARIES["held"]), PersonId("zoe")
    with open_ledger().writing() as books:
        books.rosters.hold_back(held, "held", now, "2026b", "why")
        waiting = books.rosters.held()
        assert waiting is not None
        assert waiting[1].people[zoe].phone == CANARIES["held"]
        assert books.people.find(Phone(CANARIES["held"])) is None
        if end == "released":
            books.rosters.release("held", now)
        else:
            books.rosters.adopt(roster(ana=CANARIES["ana"]), "one", now, "2026b")
    query = text("SELECT count(*) FROM identities WHERE value = :held")
    assert by_hand.execute(query, {"held": CANARIES["held"]}).scalar() == left
