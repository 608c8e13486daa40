"""Somebody is forgotten: nothing leads to them any more, and what was done stays provable."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from rotation.core.facts import Identity, Subscription
from rotation.core.roster import EMPTY, GroupId, Person, PersonId, Phone, Roster
from rotation.ledger import FORGOTTEN, Books, LastActive, Ledger
from rotation.ledger.tables import metadata

ANA, BEN, DESK = PersonId("ana"), PersonId("ben"), GroupId("desk")
NAME, PHONE, NEW, LID = "Ana Canário", Phone("+351910000077"), Phone("+351910000078"), "77@lid"
KEY = "crm-canary-77"
CANARIES = (NAME, "Canário", PHONE, NEW, LID, KEY, "Lisbon", "pt-PT", "0000077", "0000078")
DAY = timedelta(days=1)


def known(phone: Phone = PHONE) -> Roster:
    ana = Person(ANA, NAME, phone, zone="Europe/Lisbon", language="pt-PT", role="canary")
    ben = Person(BEN, "Ben", Phone("+351910000001"))
    return replace(EMPTY, people={ANA: ana, BEN: ben})


def lived(books: Books, now: datetime) -> None:
    """Ana was in two rosters, under two numbers, subscribed, heard, wiped and told about."""
    books.rosters.adopt(known(), "one", now, "2026c")
    books.people.learn_lid(ANA, LID, now)
    books.rosters.adopt(known(NEW), "two", now + DAY, "2026c")
    one = Subscription(KEY, DESK, ANA, now + DAY, now + DAY, "crm", now, 0)
    books.subscriptions.save(one)
    books.grants.subscribe([one], "bought", now)
    books.activity.note([LastActive(DESK, ANA, "message", now)])
    books.alarms.settle({"late": f"Group desk: {NAME} should have left"}, now)
    books.tokens.make(f"{NAME}'s telephone", "otto", now)
    books.tokens.make("Canário's calendar", "otto", now, calendar="people/ana")
    books.rosters.adopt(replace(known(), people={BEN: known().people[BEN]}), "three", now, "2026c")


def everything(books: Books) -> str:
    """All that stands in the ledger, as text."""
    conn: Connection = books._conn.conn  # noqa: SLF001 - what a stranger with the file would read
    rows = (row for table in metadata.sorted_tables for row in conn.execute(select(table)).all())
    return "\n".join(str(tuple(row)) for row in rows)


@pytest.mark.promise("P-forget", "S14", "A5")
def test_nothing_of_who_they_were_is_left_and_what_was_done_stays_proven(
    books: Books, now: datetime
) -> None:
    lived(books, now)
    assert {c for c in CANARIES if c in everything(books)} == set(CANARIES)
    found = books.forgetting.forget(ANA, now + DAY, "mara", "asked for it")
    assert (found.people, found.ids, found.hashed, found.rosters) == ((ANA, "ana~1"), 3, 0, 2)
    assert [c for c in CANARIES if c in everything(books)] == []
    assert books.people.all()[ANA] == Identity(ANA, None)
    assert books.people.find(PHONE) is None
    assert [(t.name, t.ended_at) for t in books.tokens.all()] == [
        ("ana's telephone", None), ("people/ana", now + DAY),
    ]  # fmt: skip
    assert books.audit.verify() is None
    (record,) = books.audit.list(kind=FORGOTTEN)
    assert (record.person, record.origin, record.detail["why"]) == (
        ANA, "mara by hand", "asked for it",
    )  # fmt: skip
    one = books.rosters.in_force(now + DAY)
    assert one is not None
    assert books.people.all()[BEN].phone == "+351910000001", "nobody else is forgotten"


@pytest.mark.promise("P-forget")
def test_to_forget_again_is_no_error_and_erases_what_is_new(books: Books, now: datetime) -> None:
    lived(books, now)
    books.forgetting.forget(ANA, now, "mara", "asked for it")
    assert books.forgetting.forget(ANA, now, "mara", "again").ids == 0


def leaver_is_forgotten(books: Books, now: datetime) -> None:
    lived(books, now)
    books.leavers.mark(ANA, "mara", "left", now)
    assert books.forgetting.forget(ANA, now + DAY, "mara", "asked for it").hashed == 3


@pytest.mark.promise("P-forget", "S5")
def test_a_leaver_is_known_again_by_a_number_of_which_only_a_hash_was_kept(
    books: Books, now: datetime
) -> None:
    leaver_is_forgotten(books, now)
    assert [c for c in CANARIES if c in everything(books)] == []
    assert books.people.all()[ANA] == Identity(ANA, None, hashed=False)
    assert books.people.all()[PersonId("ana~1")].hashed, "their hidden id was the old number's"
    assert books.people.forgotten(NEW, None)
    assert not books.people.forgotten(Phone("+351910000099"), "99@lid")
    assert (books.people.find(NEW), books.people.find(PHONE)) == (ANA, "ana~1")
    assert books.people.stranger(NEW, None, now) == ANA
    assert books.people.all()[ANA].phone == NEW
    assert books.people.guest(PHONE, "A guest", now) == "ana~1"
    books.forgetting.forget(ANA, now + DAY, "mara", "and again")
    assert [c for c in CANARIES if c in everything(books)] == []
    assert books.people.find(NEW) == ANA


@pytest.mark.promise("P-forget", "S5")
def test_a_roster_that_names_a_forgotten_leaver_anew_names_a_leaver(
    books: Books, now: datetime
) -> None:
    leaver_is_forgotten(books, now)
    anna = Person(PersonId("anna"), "Anna", NEW)
    books.rosters.adopt(replace(EMPTY, people={anna.id: anna}), "four", now + DAY, "2026c")
    assert anna.id in books.leavers.everywhere()
    assert books.people.all()[anna.id].phone == NEW


def test_whom_another_ledger_forgot_is_forgotten_here_if_they_are_known(
    books: Books, now: datetime
) -> None:
    lived(books, now)
    assert books.forgetting.again(now, {ANA: "asked", PersonId("zoe"): "asked"}, "mara") == 1
    assert [c for c in CANARIES if c in everything(books)] == []


@pytest.fixture
def file(file_url: str) -> Iterator[tuple[Ledger, Path]]:
    with closing(Ledger(file_url)) as ledger:
        yield ledger, Path(file_url.removeprefix("sqlite:///"))


@pytest.mark.promise("P-forget", "S14")
def test_the_file_and_the_log_beside_it_are_written_over(
    file: tuple[Ledger, Path], now: datetime
) -> None:
    ledger, path = file
    with ledger.writing() as books:
        lived(books, now)
    with ledger.writing() as books:
        books.forgetting.forget(ANA, now + DAY, "mara", "asked for it")
    ledger.scrub()
    bytes_ = b"".join(p.read_bytes() for p in path.parent.glob(f"{path.name}*"))
    assert [c for c in CANARIES if c.encode() in bytes_] == []
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
