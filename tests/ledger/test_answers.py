"""What was answered once is known until somebody writes: it is asked for again only then."""

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import pytest

import rotation.ledger
from rotation.core.facts import Effect, GroupState, Leaver, Seat
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Books, Ledger, LedgerUnavailable
from rotation.ledger.transaction import Answers, Query, Words

Open: TypeAlias = Callable[..., Ledger]

_K = TypeVar("_K")

DESK, ANA, BEN = GroupId("desk"), PersonId("ana"), PersonId("ben")


class Stop(Exception):  # noqa: N818 - no error: it only ends a transaction
    pass


def mark_and_stop(books: Books, now: datetime) -> None:
    books.leavers.mark(ANA, "mara", "left", now)
    assert list(books.leavers.everywhere()) == [ANA]
    raise Stop


def mark_and_spoil(books: Books, now: datetime) -> None:
    """Leave behind a row that no commit takes."""
    books.leavers.mark(ANA, "mara", "left", now)
    assert list(books.leavers.everywhere()) == [ANA]
    raw = driver(books)
    raw.execute("PRAGMA defer_foreign_keys=ON")
    raw.execute("INSERT INTO notices VALUES ('notice', 'desk', 'ana', '', 99, '', '', '')")


def driver(books: Books) -> sqlite3.Connection:
    """The SQLite connection behind `books`."""
    found = books.meta._conn.conn.connection.driver_connection  # noqa: SLF001 - no verb shows it
    assert isinstance(found, sqlite3.Connection)
    return found


@contextmanager
def listening(books: Books) -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []
    driver(books).set_trace_callback(said.append)
    yield said
    driver(books).set_trace_callback(None)


def test_what_was_answered_is_not_asked_for_again(open_file: Open) -> None:
    ledger = open_file()
    with ledger.writing() as books:
        books.seats.save(Seat(DESK, ANA))
        assert list(books.seats.of(DESK)) == [ANA]
    with ledger.writing() as books, listening(books) as said:
        assert list(books.seats.of(DESK)) == [ANA]
        assert books.leavers.everywhere() == {}
        assert books.leavers.everywhere() == {}
    assert [statement.split()[0] for statement in said] == ["SELECT"]
    assert "leavers" in said[0]


def test_what_we_write_is_in_the_next_answer(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        assert books.leavers.everywhere() == {}
        books.leavers.mark(ANA, "mara", "left", now)
        assert books.leavers.everywhere() == {ANA: Leaver(ANA, now, "mara", "left")}
    with ledger.writing() as books:
        assert list(books.leavers.everywhere()) == [ANA]
        books.leavers.reinstate(ANA, "mara", "came back", now)
        assert books.leavers.everywhere() == {}


def test_what_others_committed_is_in_the_next_answer(open_ledger: Open, now: datetime) -> None:
    ours, theirs = open_ledger(), open_ledger()
    for who in (ANA, BEN):
        with ours.writing() as books:
            before = books.leavers.everywhere()
        with theirs.writing() as books:
            books.leavers.mark(who, "mara", "left", now)
        with ours.writing() as books:
            assert books.leavers.everywhere().keys() == {*before, who}


def test_a_look_asks_nothing_that_the_look_before_was_told(open_file: Open) -> None:
    ledger = open_file()
    with ledger.writing() as books:
        books.seats.save(Seat(DESK, ANA))
    with ledger.reading() as books:
        assert list(books.seats.of(DESK)) == [ANA]
    with ledger.reading() as books, listening(books) as said:
        assert list(books.seats.of(DESK)) == [ANA]
    assert said == []


@pytest.mark.parametrize("by_others", [False, True])
def test_a_look_shows_all_that_was_committed_before_it_and_nothing_after(
    open_ledger: Open, *, by_others: bool
) -> None:
    ledger = open_ledger()
    writer = open_ledger() if by_others else ledger
    with ledger.reading() as books:
        assert books.seats.of(DESK) == {}
        with writer.writing() as others:
            others.seats.save(Seat(DESK, ANA))
        assert books.seats.of(DESK) == {}
        assert books.leavers.everywhere() == {}
    with ledger.reading() as books:
        assert list(books.seats.of(DESK)) == [ANA]


def test_what_is_too_much_to_keep_is_not_kept() -> None:
    answers = Answers(most=2, rows=10)
    answers.keep("much", "told", 11, frozenset())
    assert answers.get("much") is None
    answers.keep("some", "told", 6, frozenset())
    assert answers.get("some") == ("told",)
    answers.keep("more", "told", 5, frozenset())
    assert (answers.get("some"), answers.get("more")) == (None, ("told",))


def test_what_came_to_nothing_is_in_no_answer(ledger: Ledger, now: datetime) -> None:
    with pytest.raises(Stop), ledger.writing() as books:
        mark_and_stop(books, now)
    with ledger.writing() as books:
        assert books.leavers.everywhere() == {}


def test_a_commit_that_fails_leaves_no_answer(open_file: Open, now: datetime) -> None:
    ledger = open_file()
    with pytest.raises(LedgerUnavailable, match="FOREIGN KEY"), ledger.writing() as books:
        mark_and_spoil(books, now)
    with ledger.writing() as books:
        assert books.leavers.everywhere() == {}


def test_an_answer_is_nobodys_to_change(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        books.seats.save(Seat(DESK, ANA))
        books.seats.of(DESK).clear()
        books.seats.all().clear()
        books.leavers.everywhere().clear()
        assert list(books.seats.of(DESK)) == [ANA]
        assert books.seats.all() == [Seat(DESK, ANA)]


def test_grants_that_ended_are_left_out_to_the_second(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        books.grants.make(
            group=DESK, person=ANA, effect=Effect.IN, starts=now, until=now.replace(minute=30),
            duty=True, reason="", author="mara", now=now,
        )  # fmt: skip
        assert books.grants.of(DESK, since=now.replace(minute=30)) != []
        assert books.grants.of(DESK, since=now.replace(minute=30, second=1)) == []


def module_level(kind: type[_K]) -> Iterator[_K]:
    for found in pkgutil.iter_modules(rotation.ledger.__path__, "rotation.ledger."):
        if found.name.rsplit(".")[-1] in {"postgresql", "session", "inspection", "migrations"}:
            continue
        for thing in vars(importlib.import_module(found.name)).values():
            if isinstance(thing, kind):
                yield thing


def queries() -> Iterator[Query[Any]]:
    return module_level(Query)


def test_an_answer_depends_on_each_table_that_its_question_names() -> None:
    found = list(queries())
    assert len(found) >= 20
    for query in found:
        named = set(re.findall(r"(?:FROM|JOIN) (\w+)", str(query.statement)))
        assert {table.name for table in query.tables} == named, str(query.statement)


def test_what_is_written_about_one_group_is_known_and_so_is_all_of_the_others(
    open_file: Open, now: datetime
) -> None:
    ledger, other = open_file(), GroupId("other")
    with ledger.writing() as books:
        assert (books.seats.of(DESK), books.seats.of(other)) == ({}, {})
        assert books.groups.state(DESK) is None
        with listening(books) as said:
            books.seats.save(Seat(DESK, ANA), Seat(DESK, BEN))
            books.seats.save(Seat(DESK, ANA, seen_at=now))
            books.groups.save(GroupState(DESK, AccountId("main"), due=now))
            assert books.seats.of(DESK) == {
                ANA: Seat(DESK, ANA, seen_at=now), BEN: Seat(DESK, BEN)
            }  # fmt: skip
            assert books.seats.of(other) == {}
            assert books.groups.state(DESK) == GroupState(DESK, AccountId("main"), due=now)
    assert [statement.split()[0] for statement in said if statement.startswith("SELECT")] == []


def test_whatever_is_known_of_one_group_is_asked_for_and_written_by_its_name() -> None:
    of_one = [query for query in queries() if query.is_of_group]
    assert len(of_one) >= 8
    for query in of_one:
        assert '"group" = :group_is' in str(query.statement)
    about = [words for words in module_level(Words) if words.whose is not None]
    assert len(about) >= 4
    for words in about:
        text = str(words.statement)
        assert '"group" = :group_is' in text or words.whose == "group", text
        assert not re.search(r'SET .*"group"=', text)
