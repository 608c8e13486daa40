"""A ledger copied into another database: everything and proven, or nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine

from rotation.core.facts import Attempt
from rotation.core.roster import Roster
from rotation.ledger import (
    RESTORED_AT,
    Books,
    Ledger,
    LedgerHeld,
    LedgerTrouble,
    NotEmpty,
    UnknownSchema,
    current,
    file_lock,
    move,
)

Open = Callable[..., Ledger]


@pytest.fixture
def to(kind: str, postgres: Any, tmp_path: Path) -> Any:  # noqa: ANN401 - a fixture of the tests' own
    """The URL of a database in which there is nothing yet."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    with postgres.database(template="template0") as url:
        yield url


def record(books: Books, now: datetime, text: str) -> None:
    books.audit.append(
        at=now, kind="test", group=None, person=None, reason=None, origin=text, detail={}
    )


def open_at(url: str) -> Ledger:
    ledger = Ledger(url)
    ledger.require_schema()
    return ledger


@pytest.mark.promise("P-copy")
def test_the_copy_goes_on_where_the_file_ended(
    open_file: Open,
    file_url: str,
    to: str,
    now: datetime,
    roster: Callable[..., Roster],
    begin: Callable[..., Attempt],
) -> None:
    old = open_file()
    with old.writing() as books:
        books.rosters.adopt(roster(ana="+351911111111"), "3f9c", now, "2026b")
        books.rosters.adopt(roster(ben="+351911111111"), "4a0d", now, "2026b")
        stranger = books.people.stranger(None, "123456789", now)
        last = begin(books, person="ben")
        record(books, now, "there")
        before = books.audit.head()
    told: list[tuple[str, int]] = []
    moved = move(file_url, to, now, lambda table, count: told.append((table, count)))
    assert moved.last == before
    assert moved.broken is None
    assert dict(told)["attempts"] == moved.rows["attempts"] == 1
    new = open_at(to)
    with new.writing() as books, old.reading() as was:
        assert books.rosters.in_force() == was.rosters.in_force()
        assert books.people.all() == was.people.all()
        assert books.people.stranger(None, "123456789", now) == stranger
        assert begin(books).id == last.id + 1
        record(books, now, "here")
        assert books.audit.verify() is None
        assert [r.origin for r in books.audit.list()] == ["here", "there"]
        assert books.meta.get(RESTORED_AT) is None
    new.close()
    with old.reading() as books:
        assert books.meta.get(RESTORED_AT) is not None


@pytest.mark.promise("P-copy", "A5")
def test_a_copy_of_what_is_left_is_proven_from_where_it_begins(
    open_file: Open, file_url: str, to: str, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with open_file().writing() as books:
        for text in ("one", "two"):
            record(books, now, text)
        books.retention.let_go(later, later, 1, "keep 1 days")
        cut = books.audit.cut()
    assert move(file_url, to, now).broken is None
    new = open_at(to)
    with new.writing() as books:
        record(books, now, "here")
        assert [r.seq for r in books.audit.list()] == [4, 3, 2]
        assert books.audit.cut() == cut
        assert books.audit.verify() is None
    new.close()


@pytest.mark.promise("P-copy")
def test_a_ledger_that_was_written_to_is_never_copied_over(
    open_file: Open, file_url: str, to: str, now: datetime
) -> None:
    with open_file().writing() as books:
        record(books, now, "there")
    move(file_url, to, now)
    with pytest.raises(NotEmpty, match=r"in use: its table `audit` has rows"):
        move(file_url, to, now)
    new = open_at(to)
    with new.reading() as books:
        assert [r.origin for r in books.audit.list()] == ["there"]
    new.close()


@pytest.mark.promise("P-copy")
def test_nothing_is_copied_while_a_daemon_runs_on_either(
    file_url: str, to: str, now: datetime
) -> None:
    with file_lock(file_url), pytest.raises(LedgerHeld):
        move(file_url, to, now)
    assert current(to) is None
    move(file_url, to, now)
    with file_lock(to), pytest.raises(LedgerHeld):
        move(file_url, to, now)


def test_a_file_that_is_no_ledger_of_this_version_is_not_copied(
    tmp_path: Path, to: str, now: datetime
) -> None:
    with pytest.raises(UnknownSchema, match="there is no ledger"):
        move(f"sqlite:///{tmp_path / 'none.db'}", to, now)
    assert current(to) is None


@pytest.mark.promise("P-copy")
def test_a_copy_that_breaks_off_leaves_an_empty_ledger(
    open_file: Open, file_url: str, to: str, now: datetime
) -> None:
    with open_file().writing() as books:
        record(books, now, "there")

    def breaks(table: str, _count: int) -> None:
        if table == "audit":
            raise LedgerTrouble("the machine went away")

    with pytest.raises(LedgerTrouble, match="went away"):
        move(file_url, to, now, breaks)
    assert move(file_url, to, now).rows["audit"] == 1


@pytest.mark.promise("P-copy")
def test_a_flaw_in_the_audit_is_copied_and_told(
    open_file: Open, file_url: str, to: str, now: datetime
) -> None:
    with open_file().writing() as books:
        for text in ("one", "two"):
            record(books, now, text)
    with create_engine(file_url, poolclass=NullPool).begin() as by_hand:
        by_hand.exec_driver_sql("DROP TRIGGER audit_is_written_once")
        by_hand.exec_driver_sql("UPDATE audit SET origin = 'another' WHERE seq = 2")
    moved = move(file_url, to, now)
    assert moved.broken is not None
    assert moved.broken.seq == 2
