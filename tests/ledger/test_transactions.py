"""All or nothing, one consistent view, several writers at once, and trouble said plainly."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from rotation.core.facts import GroupState, Seat
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Books, Ledger, LedgerUnavailable, in_memory, on_server

DESK, ANA = GroupId("desk"), PersonId("ana")
SOON = timedelta(milliseconds=50)
Open = Callable[..., Ledger]


class Stop(Exception):  # noqa: N818 - no error: it only ends a transaction
    """Raised in the middle of a transaction."""


@contextmanager
def a_lock_on(url: str) -> Iterator[None]:
    """Somebody else's open write transaction."""
    if on_server(url):
        with Ledger(url).writing():
            yield
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def write_and_stop(books: Books) -> None:
    books.seats.save(Seat(DESK, ANA))
    books.meta.put("half", "done")
    raise Stop


@pytest.fixture(params=["file", "memory", "server"])
def either(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """The same promises hold for ledgers in a file, in memory and on a server."""
    if request.param == "memory":
        yield in_memory()
        return
    found = Ledger(request.getfixturevalue(f"{request.param}_url"))
    yield found
    found.close()


def test_what_was_written_is_there_afterwards(either: Ledger) -> None:
    with either.writing() as books:
        books.seats.save(Seat(DESK, ANA))
    with either.reading() as books:
        assert books.seats.all() == [Seat(DESK, ANA)]


def test_nothing_stays_of_a_transaction_that_raised(either: Ledger) -> None:
    with pytest.raises(Stop), either.writing() as books:
        write_and_stop(books)
    with either.reading() as books:
        assert books.seats.all() == []
        assert books.meta.get("half") is None


def test_reading_cannot_write(either: Ledger) -> None:
    with pytest.raises(LedgerUnavailable, match=r"read-?only"), either.reading() as books:
        books.seats.save(Seat(DESK, ANA))
    with either.writing() as books:
        books.seats.save(Seat(DESK, ANA))


def test_two_ledgers_in_memory_share_nothing() -> None:
    one, two = in_memory(), in_memory()
    with one.writing() as books:
        books.seats.save(Seat(DESK, ANA))
    with two.reading() as books:
        assert books.seats.all() == []


def test_a_ledger_in_memory_says_so_instead_of_waiting_for_itself() -> None:
    ledger = in_memory()
    with ledger.writing(), pytest.raises(RuntimeError, match="one transaction at a time"):
        ledger.reading().__enter__()
    with ledger.reading() as books:
        assert books.seats.all() == []


def test_a_reader_sees_one_state_while_others_write(open_ledger: Open) -> None:
    ours, theirs = open_ledger(), open_ledger()
    with ours.reading() as books:
        assert books.seats.all() == []
        with theirs.writing() as other:
            other.seats.save(Seat(DESK, ANA))
        assert books.seats.all() == []
    with ours.reading() as books:
        assert books.seats.all() == [Seat(DESK, ANA)]


def test_a_reader_in_the_same_ledger_does_not_wait_for_its_writer(open_ledger: Open) -> None:
    ledger = open_ledger()
    with ledger.writing() as books:
        books.seats.save(Seat(DESK, ANA))
        with ledger.reading() as before:
            assert before.seats.all() == []


@pytest.mark.promise("F30")
def test_a_second_writer_gives_up_with_a_plain_word(open_ledger: Open, url: str) -> None:
    waiting = open_ledger(patience=SOON)
    refused = pytest.raises(LedgerUnavailable, match=r"cannot be used: .*(is locked|is busy)")
    with a_lock_on(url), refused, waiting.writing():
        pass
    with waiting.writing() as books:
        books.seats.save(Seat(DESK, ANA))


def test_a_second_writer_in_the_same_ledger_waits_its_turn(open_ledger: Open) -> None:
    ledger = open_ledger(patience=SOON)
    with ledger.writing(), pytest.raises(LedgerUnavailable, match="another writer is busy"):
        ledger.writing().__enter__()


def test_a_writer_holds_the_lock_from_its_first_moment(open_ledger: Open) -> None:
    ours, theirs = open_ledger(), open_ledger(patience=SOON)
    with ours.writing(), pytest.raises(LedgerUnavailable), theirs.writing():
        pass


@pytest.mark.process
def test_threads_and_processes_lose_no_write(open_ledger: Open, url: str) -> None:
    ledger, each = open_ledger(patience=timedelta(minutes=4)), 25

    def count_up() -> None:
        for _ in range(each):
            with ledger.writing() as books:
                books.meta.put("count", str(int(books.meta.get("count") or 0) + 1))

    other = multiprocessing.get_context("spawn").Process(target=count_in, args=(url, each))
    other.start()
    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.join()
    assert other.exitcode == 0
    with ledger.reading() as books:
        assert books.meta.get("count") == str(4 * each)


def hears(ledger: Ledger) -> bool:
    """Whether it says that others committed: a server's word comes a moment after their commit."""
    patience = time.monotonic() + 240
    while not (heard := ledger.changed()) and time.monotonic() < patience:
        pass
    return heard


def test_only_what_others_committed_counts_as_changed(open_ledger: Open) -> None:
    ours, theirs = open_ledger(), open_ledger()
    assert ours.changed()
    assert not ours.changed()
    with ours.writing() as books:
        books.meta.put("by", "us")
    with ours.reading() as books:
        books.meta.get("by")
    assert not ours.changed()
    with theirs.writing() as books:
        books.meta.put("by", "them")
    assert hears(ours)
    assert not ours.changed()


def test_what_is_written_beside_a_ledger_is_by_others(open_ledger: Open) -> None:
    ours = open_ledger()
    ours.changed()
    beside = ours.beside()
    with beside.writing() as books:
        books.meta.put("by", "the board")
    assert hears(ours)
    beside.close()


def test_what_others_rolled_back_is_no_change(open_ledger: Open) -> None:
    ours, theirs = open_ledger(), open_ledger()
    ours.changed()
    with pytest.raises(Stop), theirs.writing() as books:
        write_and_stop(books)
    assert not ours.changed()


def test_in_memory_there_is_nobody_else() -> None:
    ledger = in_memory()
    assert ledger.beside() is ledger
    with ledger.writing() as books:
        books.meta.put("by", "us")
    assert not ledger.changed()


def test_opening_a_ledger_creates_no_file(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'none.db'}")
    for use in (ledger.reading, ledger.writing, ledger.changed):
        with pytest.raises(LedgerUnavailable, match="unable to open"):
            use().__enter__()  # type: ignore[union-attr]  # `changed` raises before that
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is not a database" * 100)
    with (
        pytest.raises(LedgerUnavailable, match="not a database"),
        Ledger(f"sqlite:///{path}").reading() as books,
    ):
        books.seats.all()


def test_trouble_quotes_no_value(open_ledger: Open, by_hand: Connection, now: datetime) -> None:
    ledger = open_ledger()
    by_hand.exec_driver_sql("DROP TABLE groups")
    with pytest.raises(LedgerUnavailable) as trouble, ledger.writing() as books:
        books.groups.save(GroupState(GroupId("secret-name"), AccountId("main"), now))
    assert "secret-name" not in str(trouble.value)
    assert "INSERT" not in str(trouble.value)
    assert trouble.value.__suppress_context__
    assert isinstance(trouble.value.__context__, DBAPIError)
    assert "secret-name" not in str(trouble.value.__context__)


def test_a_database_we_do_not_speak_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match="use sqlite:///") as refused:
        Ledger("mysql://rotation:hunter2@db/rotation")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("foreign_keys", 1)])
def test_the_file_is_used_as_durably_as_it_can_be(
    open_file: Open, pragma: tuple[str, object]
) -> None:
    from rotation.ledger.sqlite import File

    database = open_file()._database  # noqa: SLF001 - no verb shows a connection, on purpose
    assert isinstance(database, File)
    name, value = pragma
    with database.writing() as found:
        assert found.conn.exec_driver_sql(f"PRAGMA {name}").scalar() == value
        assert found.conn.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


FILL = """
import resource, sys
from rotation.core.facts import Seat
from rotation.ledger import Ledger, LedgerUnavailable

ledger = Ledger(sys.argv[1])
with ledger.writing() as books:
    books.meta.put("kept", "yes")
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
try:
    for n in range(200):
        with ledger.writing() as books:
            books.meta.put(f"filler {n}", "x" * 10_000)
except LedgerUnavailable as trouble:
    print(n, trouble)
"""


@pytest.mark.process
@pytest.mark.promise("F31")
def test_a_full_disk_costs_the_transaction_and_nothing_before_it(
    open_file: Open, file_url: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, file_url], capture_output=True, text=True, check=True
    )
    last, said = done.stdout.split(" ", 1)
    assert "check the path, the disk's free space" in said
    with open_file().reading() as books:
        assert books.meta.get("kept") == "yes"
        assert int(last) > 0
        assert books.meta.get(f"filler {int(last) - 1}") is not None
        assert books.meta.get(f"filler {last}") is None


def count_in(url: str, times: int) -> None:
    ledger = Ledger(url, patience=timedelta(minutes=4))
    for _ in range(times):
        with ledger.writing() as books:
            books.meta.put("count", str(int(books.meta.get("count") or 0) + 1))
    ledger.close()
