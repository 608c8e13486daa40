"""The ledger as one SQLite file, or as one connection in memory.

A file has one writing connection, whose transactions begin IMMEDIATE, and as many reading ones as
read at the same time, which cannot write. The `data_version` of each tells what others committed.
WAL with synchronous=FULL: what was committed is there after a power loss, and readers never wait.
The driver begins nothing by itself, so every transaction says first how it begins; a listener that
said it would slow down every statement.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection, create_engine, exc
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from rotation.ledger.errors import LedgerUnavailable
from rotation.ledger.transaction import Answers, Rows, Transaction, lent, trouble_of

PATIENCE = timedelta(seconds=5)
"""How long a transaction waits for another writer before it gives up."""

_FILE_MODE = 0o600
_READERS = 8
"""Reading connections that are kept while nobody reads."""
_PAGES = 512
"""KiB of the file that each of them keeps beside what the system keeps of it, instead of 2,000: a
commit makes it forget them, and what was answered is known anyhow."""
_KNOWN, _ROWS = 500, 1000
"""What is known to each reading connection: so many answers, of so many rows. Pages ask for much,
and whatever they asked for would be kept once for each of them."""


def connect(path: Path, *, mode: str = "rw", patience: timedelta = PATIENCE) -> sqlite3.Connection:
    """A bare connection in autocommit. `mode` is SQLite's: ro, rw, or rwc to create the file.

    A created file is readable by its owner only. Raises sqlite3.Error.
    """
    if mode == "rwc" and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=_FILE_MODE)
    found = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=patience.total_seconds(),
        isolation_level=None,
        check_same_thread=False,
    )
    return _with(found, "PRAGMA foreign_keys=ON", "PRAGMA synchronous=FULL")


def _with(found: sqlite3.Connection, *pragmas: str) -> sqlite3.Connection:
    """The connection once it took the pragmas; closed if it can't, as on a damaged file."""
    try:
        for pragma in pragmas:
            found.execute(pragma)
    except sqlite3.Error:
        found.close()
        raise
    return found


class Driver:
    """SQLite's own connection."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def say(self, text: str, values: Sequence[Any], *, answers: bool) -> Rows:
        try:
            found = self._raw.execute(text, values)
            return found.fetchall() if answers else []
        except sqlite3.Error as trouble:
            raise trouble_of(trouble, sqlite3.Error, text) from trouble

    def say_each(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self._raw.executemany(text, rows)
        except sqlite3.Error as trouble:
            raise trouble_of(trouble, sqlite3.Error, text) from trouble

    def say_all(self, said: Iterable[tuple[str, Sequence[Sequence[Any]]]]) -> None:
        for text, rows in said:
            self.say_each(text, rows)


class File:
    """A ledger in a file. Opens its connections when first asked, and never creates the file."""

    def __init__(self, path: Path, patience: timedelta) -> None:
        self._name = str(path)
        self._seen_version: int | None = None
        self._answers = Answers()
        self._answers_of: int | None = None
        """At which state of the file they hold, as the writing connection counts them."""

        self._path, self._patience = path, patience
        self._watching: sqlite3.Connection | None = None
        self._watch = threading.Lock()

        def reader() -> sqlite3.Connection:
            found = connect(path, patience=patience)
            return _with(found, "PRAGMA query_only=ON", f"PRAGMA cache_size=-{_PAGES}")

        def writer() -> sqlite3.Connection:
            self._answers_of = None
            found = connect(path, patience=patience)
            return _with(found, "PRAGMA journal_mode=WAL", "PRAGMA secure_delete=ON")

        self._readers = create_engine(
            "sqlite://", creator=reader, poolclass=NullPool, hide_parameters=True
        )
        self._idle: list[_Reader] = []
        self._writer = create_engine(
            "sqlite://",
            creator=writer,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=patience.total_seconds(),
            hide_parameters=True,
        )

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with _plainly(self._name):
            reader = self._reader()
            try:
                yield reader.begun()
            except (exc.SQLAlchemyError, sqlite3.Error):
                reader.is_sound = False
                raise
            finally:
                if reader.ended() and len(self._idle) < _READERS:
                    self._idle.append(reader)
                else:
                    reader.close()

    def _reader(self) -> "_Reader":
        """The one that read last, which knows most; a new one where all of them are at it."""
        try:
            return self._idle.pop()
        except IndexError:
            return _Reader(self._readers.connect())

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with _plainly(self._name), self._writer.connect() as conn:
            raw = _raw(conn)
            raw.execute("BEGIN IMMEDIATE")
            with lent(self._answers_now(raw)) as answers:
                made = Transaction(conn, Driver(raw), answers)
                yield made
                made.say_rest()
                raw.commit()

    def _answers_now(self, raw: sqlite3.Connection) -> Answers:
        """What is still true of what was answered: nothing, once others have committed.

        Asked with the lock held, so that nobody commits until what is written now is.
        """
        version = _data_version(raw)
        if version != self._answers_of:
            self._answers.forget_all()
            self._answers_of = version
        return self._answers

    def changed(self) -> bool:
        with _plainly(self._name), self._writer.connect() as conn:
            version = _data_version(_raw(conn))
        before, self._seen_version = self._seen_version, version
        return version != before

    def pulse(self) -> str:
        """From a connection that never writes, so that everybody else's commits are counted."""
        with _plainly(self._name), self._watch:
            if self._watching is None:
                self._watching = connect(self._path, mode="ro", patience=self._patience)
            return str(_data_version(self._watching))

    def scrub(self) -> None:
        """Write what was erased over in the log beside the file as well, unless somebody reads."""
        with _plainly(self._name), self._writer.connect() as conn:
            _raw(conn).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._watch:
            if self._watching is not None:
                self._watching.close()
            self._watching = None
        while self._idle:
            self._idle.pop().close()
        self._writer.dispose()


class _Reader:
    """A connection that reads, and what it was answered while nobody has committed since."""

    def __init__(self, conn: Connection) -> None:
        self._conn, self._raw = conn, _raw(conn)
        self._driver = Driver(self._raw)
        self._answers = Answers(_KNOWN, _ROWS)
        self._answers_of: int | None = None
        self.is_sound = True

    def begun(self) -> Transaction:
        """A transaction. To be asked for the version is what its snapshot begins with."""
        self._raw.execute("BEGIN")
        version = _data_version(self._raw)
        if version != self._answers_of:
            self._answers.forget_all()
            self._answers_of = version
        return Transaction(self._conn, self._driver, self._answers, only_reads=True)

    def ended(self) -> bool:
        """Let go of the snapshot; whether the connection may be used again."""
        if self._conn.in_transaction():  # once SQLAlchemy was asked for something
            self._conn.rollback()
        self._raw.rollback()
        return self.is_sound

    def close(self) -> None:
        self._conn.close()


class Memory:
    """A ledger in memory: one connection, so one transaction at a time, whichever its kind."""

    def __init__(self, image: bytes) -> None:
        def open_image() -> sqlite3.Connection:
            found = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            found.deserialize(image)
            found.execute("PRAGMA foreign_keys=ON")
            return found

        self._turn = threading.RLock()
        self._busy = False
        self._answers = Answers()
        self._engine = create_engine(
            "sqlite://", creator=open_image, poolclass=StaticPool, hide_parameters=True
        )

    @cached_property
    def _conn(self) -> Connection:
        return self._engine.connect()

    @cached_property
    def _raw(self) -> sqlite3.Connection:
        return _raw(self._conn)

    def reading(self) -> AbstractContextManager[Transaction]:
        return self._alone(only_reads=True)

    def writing(self) -> AbstractContextManager[Transaction]:
        return self._alone(only_reads=False)

    @contextmanager
    def _alone(self, *, only_reads: bool) -> Iterator[Transaction]:
        with self._turn:
            if self._busy:
                raise RuntimeError("a ledger in memory has one transaction at a time")
            self._busy = True
            try:
                with _plainly("in memory"), lent(self._answers) as answers:
                    self._raw.execute("BEGIN")
                    driver = Driver(self._raw)
                    made = Transaction(self._conn, driver, answers, only_reads=only_reads)
                    yield made
                    made.say_rest()
                    self._raw.commit()
            finally:
                if self._conn.in_transaction():  # once SQLAlchemy was asked for something
                    self._conn.rollback()
                self._raw.rollback()  # nothing is left to be, once all is committed
                self._busy = False

    def changed(self) -> bool:
        return False

    def pulse(self) -> str:
        with self._turn, self._engine.connect() as conn:
            return str(_raw(conn).total_changes)

    def image(self) -> bytes:
        """All of it, for another one that begins with it."""
        with self._turn:
            return _raw(self._conn).serialize()

    def scrub(self) -> None:
        """Nothing is written anywhere."""

    def close(self) -> None:
        self._conn.close()
        self._engine.dispose()


def _raw(conn: Connection) -> sqlite3.Connection:
    """The driver's own connection, for what needs none of SQLAlchemy's help."""
    raw = conn.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("not a connection to SQLite")
    return raw


def _data_version(raw: sqlite3.Connection) -> int:
    """Differs once another connection has committed."""
    ((version,),) = raw.execute("PRAGMA data_version").fetchall()
    return int(version)


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    """Trouble of the database as `LedgerUnavailable`; a value we refused as that refusal."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.OperationalError, exc.DatabaseError, exc.TimeoutError) as trouble:
        unavailable(name, trouble)
    except exc.StatementError as trouble:
        raise (trouble.orig or trouble) from None
    except sqlite3.Error as trouble:
        unavailable(name, trouble)


def unavailable(name: str, trouble: Exception) -> NoReturn:
    """Raise `LedgerUnavailable` with SQLite's own words, which quote no values."""
    said = getattr(trouble, "orig", None) or trouble
    text = "another writer is busy" if isinstance(trouble, exc.TimeoutError) else str(said)
    raise LedgerUnavailable(
        f"the ledger {name} cannot be used: {text}; check the path, the disk's free space and "
        "rights, and that no other program keeps it locked"
    ) from None
