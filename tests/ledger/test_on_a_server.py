"""What is so of a ledger in PostgreSQL only: its server, its sessions, and the words for both."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from rotation.core.facts import Role, Seat
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import (
    Books,
    Ledger,
    LedgerUnavailable,
    UnknownSchema,
    current,
    file_lock,
    head,
    upgrade,
)
from rotation.ledger.identities import Form, Identities
from rotation.ledger.postgresql import Server
from rotation.ledger.tables import metadata

DESK, ANA = GroupId("desk"), PersonId("ana")
END_ALL = """
    SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
END_LISTENER = f"{END_ALL} AND application_name LIKE '%listening'"


def asked(url: str, statement: str) -> Any:  # noqa: ANN401 - whatever the answer is
    with psycopg.connect(url, autocommit=True) as session:
        row = session.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def done(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        for statement in statements:
            session.execute(statement.encode())


@contextmanager
def opened(url: str, **how: Any) -> Iterator[Ledger]:  # noqa: ANN401 - passed on
    found = Ledger(url, **how)
    yield found
    found.close()


@pytest.fixture
def empty(postgres: Any) -> Iterator[str]:  # noqa: ANN401 - a fixture of the tests' own
    """The URL of a database in which nothing is."""
    with postgres.database("template1") as found:
        yield found


# -- the schema ----------------------------------------------------------------------------------


def test_an_empty_database_is_no_ledger_yet_and_becomes_one(empty: str) -> None:
    assert current(empty) is None
    with opened(empty) as ledger:
        with pytest.raises(UnknownSchema, match=r"no ledger at postgresql://.*rotation db upgrade"):
            ledger.require_schema()
        assert upgrade(empty) == head() == current(empty)
        ledger.require_schema()


@pytest.mark.process
def test_a_ledger_made_aside_is_the_same_ledger(empty: str) -> None:
    assert upgrade(empty, aside=True) == head() == current(empty)
    with create_engine(empty, poolclass=NullPool).connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


@pytest.mark.process
def test_a_migration_that_is_stopped_leaves_nothing_behind(empty: str) -> None:
    done(empty, "CREATE TABLE seats (ours text)")
    for aside in (False, True):
        with pytest.raises(LedgerUnavailable, match='"seats" already exists'):
            upgrade(empty, aside=aside)
        assert asked(empty, "SELECT string_agg(relname, ' ') FROM pg_stat_user_tables") == "seats"
    assert current(empty) is None


def test_names_sort_by_their_code_points_whatever_the_servers_language(server_url: str) -> None:
    names = ["Zoe", "ana", "ben-2", "ben1", "\N{LATIN SMALL LETTER A WITH DIAERESIS}nne"]
    with opened(server_url) as ledger, ledger.writing() as books:
        books.seats.save(*(Seat(DESK, PersonId(name)) for name in reversed(names)))
        assert [seat.person for seat in books.seats.all()] == names
    query = """
        SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        CROSS JOIN unnest(i.indcollation) AS used JOIN pg_collation l ON l.oid = used
        WHERE c.relnamespace = 'public'::regnamespace
            AND l.collname <> 'C' AND c.relname <> 'alembic_version_pkc'
    """
    assert asked(server_url, query) == 0


def test_two_ledgers_in_two_schemas_of_one_database_share_nothing(server_url: str) -> None:
    done(server_url, "CREATE SCHEMA other")
    other = f"{server_url}&options=-csearch_path%3Dother"
    upgrade(other)
    soon = timedelta(milliseconds=50)
    with (
        opened(server_url) as ours,
        opened(other, patience=soon) as theirs,
        file_lock(server_url),
        file_lock(other),
        ours.writing() as books,
        theirs.writing() as beside,
    ):
        books.seats.save(Seat(DESK, ANA))
        assert beside.seats.all() == []


# -- transactions --------------------------------------------------------------------------------


def test_a_writer_sees_what_was_committed_while_it_waited(server_url: str) -> None:
    with opened(server_url) as ours, opened(server_url) as theirs:
        for turn in range(3):
            for ledger in (ours, theirs):
                with ledger.writing() as books:
                    books.meta.put("turn", f"{books.meta.get('turn') or ''}{turn}")
        with ours.reading() as books:
            assert books.meta.get("turn") == "001122"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("TimeZone", "UTC"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "35s"),
        ("idle_in_transaction_session_timeout", "1min"),
    ],
)
def test_a_session_promises_the_same_on_every_server(
    server_url: str, setting: str, value: str
) -> None:
    name = asked(server_url, "SELECT current_database()")
    for changed in ("synchronous_commit = off", "timezone = 'Asia/Manila'", "lock_timeout = 7"):
        done(server_url, f"ALTER DATABASE {name} SET {changed}")
    server = Server(server_url, timedelta(seconds=5))
    with server.writing() as found:
        assert found.conn.exec_driver_sql(f"SHOW {setting}").scalar() == value
    server.close()


def test_a_server_that_was_away_between_two_transactions_is_no_trouble(server_url: str) -> None:
    with opened(server_url) as ledger:
        with ledger.writing() as books:
            books.meta.put("kept", "yes")
        with ledger.reading() as books:
            assert books.meta.get("kept") == "yes"
        asked(server_url, END_ALL)
        with ledger.writing() as books:
            assert books.meta.get("kept") == "yes"
        asked(server_url, END_ALL)
        with ledger.reading() as books:
            assert books.meta.get("kept") == "yes"


@pytest.mark.promise("F30")
@pytest.mark.parametrize(
    "then",
    [
        lambda books: books.meta.get("lost"),
        lambda books: books.leases.all(),
        lambda books: books.seats.save(Seat(DESK, ANA), Seat(DESK, PersonId("ben"))),
        lambda _books: None,
    ],
    ids=["something asked often", "something asked seldom", "rows written", "its commit"],
)
def test_a_server_lost_within_a_transaction_costs_that_one(
    server_url: str, then: Callable[[Books], object]
) -> None:
    def write(books: Books) -> None:
        books.meta.put("lost", "yes")
        done(server_url, END_ALL)
        then(books)

    with opened(server_url) as ledger:
        with pytest.raises(LedgerUnavailable), ledger.writing() as books:
            write(books)
        with ledger.reading() as books:
            assert books.meta.get("lost") is None


def test_a_zero_byte_does_not_stop_what_is_written_with_it(server_url: str) -> None:
    with opened(server_url) as ledger, ledger.writing() as books:
        books.meta.put("said", "a\0b")
        assert books.meta.get("said") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_refusal_of_the_database_quotes_no_row(server_url: str, now: datetime) -> None:
    lid = "900000000000007@lid"

    def give_twice(ids: Identities) -> None:
        ids.give(Form.LID, lid, ANA, now)
        ids.give(Form.LID, lid, ANA, now)

    with closing(Server(server_url, timedelta(seconds=5))) as server:
        with pytest.raises(IntegrityError, match="duplicate key") as said, server.writing() as conn:
            give_twice(Identities(conn))
        assert lid not in str(said.value)


# -- whether others wrote ------------------------------------------------------------------------


def test_looking_whether_others_wrote_asks_the_server_nothing(server_url: str) -> None:
    query = (
        "SELECT query_start FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE '%listening'"
    )
    with opened(server_url) as ledger:
        ledger.changed()
        before = asked(server_url, query)
        assert not any(ledger.changed() for _ in range(50))
        assert asked(server_url, query) == before


def test_a_transaction_that_wrote_nothing_is_no_change(server_url: str) -> None:
    with opened(server_url) as ours, opened(server_url) as theirs:
        ours.changed()
        with theirs.writing() as books:
            books.seats.all()
        assert not ours.changed()


def test_what_may_have_been_missed_counts_as_changed(server_url: str) -> None:
    with opened(server_url) as ours, opened(server_url) as theirs:
        ours.changed()
        asked(server_url, END_LISTENER)
        assert ours.changed() or ours.changed()  # the farewell is read first, and then the end
        with theirs.writing() as books:
            books.meta.put("by", "them")
        assert ours.changed()
        assert not ours.changed()


# -- what is known already -------------------------------------------------------------------------


@contextmanager
def overheard(books: Books, folder: Path) -> Iterator[Callable[[], int]]:
    """How many statements were said to the server so far, as its own protocol has them."""
    session = books.meta._conn.conn.connection.driver_connection  # noqa: SLF001 - no verb shows it
    assert isinstance(session, psycopg.Connection)
    with (folder / "said").open("wb") as said:
        session.pgconn.trace(said.fileno())
        try:
            yield lambda: (folder / "said").read_text().count("\tExecute\t")
        finally:
            session.pgconn.untrace()


def test_what_was_answered_is_not_asked_for_again(server_url: str, tmp_path: Path) -> None:
    with opened(server_url) as ledger:
        with ledger.writing() as books:
            books.seats.save(Seat(DESK, ANA))
            assert list(books.seats.of(DESK)) == [ANA]
        with ledger.writing() as books, overheard(books, tmp_path) as said:
            assert list(books.seats.of(DESK)) == [ANA]
            assert said() == 0
            assert books.leavers.everywhere() == {}
            assert said() == 1


BY_HAND = "UPDATE seats SET role = 'admin'"


def past_the_lock(ours: Ledger, url: str, when: str) -> None:
    """Somebody changes a seat by hand, without asking for the ledger's lock, while we write."""
    with psycopg.connect(url) as hand:
        if when == "begun before us, ended with us":
            hand.execute(BY_HAND)
        with ours.writing() as books:
            if when == "before our first word":
                done(url, BY_HAND)
            books.meta.put("ours", "1")
            if when == "after our first word":
                done(url, BY_HAND)
            hand.commit()
    if when == "between us":
        done(url, BY_HAND)


@pytest.mark.parametrize(
    "when",
    ["begun before us, ended with us", "before our first word", "after our first word",
     "between us"],
)  # fmt: skip
def test_what_somebody_changes_past_the_lock_is_in_the_next_answer(
    server_url: str, when: str
) -> None:
    with opened(server_url) as ledger:
        with ledger.writing() as books:
            books.seats.save(Seat(DESK, ANA))
        with ledger.writing() as books:
            assert books.seats.of(DESK)[ANA].role is None
        past_the_lock(ledger, server_url, when)
        with ledger.writing() as books:
            assert books.seats.of(DESK)[ANA].role is Role.ADMIN


def test_a_session_that_was_replaced_knows_nothing(server_url: str) -> None:
    with opened(server_url) as ledger:
        with ledger.writing() as books:
            books.seats.save(Seat(DESK, ANA))
            assert list(books.seats.of(DESK)) == [ANA]
        done(server_url, END_ALL, "DELETE FROM seats")
        with ledger.writing() as books:
            assert books.seats.of(DESK) == {}


# -- the lock ------------------------------------------------------------------------------------


@pytest.mark.promise("P-server", "F27", "F30")
def test_who_lost_the_lock_writes_nothing_until_it_is_theirs_again(server_url: str) -> None:
    with file_lock(server_url) as lock, opened(server_url, lock=lock) as ledger:
        with ledger.writing() as books:
            books.meta.put("by", "first")
        asked(server_url, END_ALL)
        with file_lock(server_url) as taken, opened(server_url, lock=taken) as other:
            with pytest.raises(LedgerUnavailable, match=r"lost to another: .* held by process"):
                ledger.writing().__enter__()
            with other.writing() as books:
                books.meta.put("by", "second")
        with ledger.writing() as books:
            assert books.meta.get("by") == "second"


def test_others_may_write_while_a_daemon_holds_the_ledger(server_url: str) -> None:
    with (
        file_lock(server_url) as lock,
        opened(server_url, lock=lock),
        opened(server_url) as hand,
        hand.writing() as books,
    ):
        books.meta.put("by", "hand")


def test_the_lock_goes_with_the_ledger_that_used_it(server_url: str) -> None:
    with file_lock(server_url) as lock:
        with opened(server_url, lock=lock) as ledger, ledger.writing():
            pass
        with file_lock(server_url):
            pass


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda url: Ledger(url).reading().__enter__(),
        lambda url: Ledger(url).writing().__enter__(),
        lambda url: Ledger(url).changed(),
        lambda url: file_lock(url).__enter__(),
        current,
        upgrade,
    ],
)
def test_a_server_out_of_reach_is_said_in_words_without_the_password(
    tmp_path: Path, use: Callable[[str], object]
) -> None:
    url = f"postgresql://me:hunter2@/led?host={tmp_path}"
    with pytest.raises(LedgerUnavailable, match="check that the server runs") as trouble:
        use(url)
    assert "the ledger postgresql://me@/led cannot be used: " in str(trouble.value)
    assert "hunter2" not in str(trouble.value)
    assert "hunter2" not in str(trouble.value.__context__)
    assert len(str(trouble.value).splitlines()) == 1


def test_a_database_that_is_not_there_is_named(postgres: Any) -> None:  # noqa: ANN401 - a fixture of the tests' own
    with pytest.raises(LedgerUnavailable, match='database "nowhere" does not exist'):
        current(postgres.url("nowhere"))


WITHOUT_DRIVER = """
import sys
sys.modules["psycopg"] = None
from rotation.ledger import Ledger, LedgerUnavailable, current, file_lock
for use in (Ledger, current, file_lock):
    try:
        use("postgresql://me:hunter2@db/led")
    except LedgerUnavailable as trouble:
        print(trouble)
"""


@pytest.mark.process
def test_without_the_driver_the_extra_is_named() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_DRIVER], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(said) == 3
    assert all("pip install 'rotation[postgres]'" in line for line in said)
