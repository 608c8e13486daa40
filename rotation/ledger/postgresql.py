"""The ledger as a PostgreSQL database.

Writing is serial, as in a file: a transaction first takes one lock, at READ COMMITTED, so that all
it sees was committed before it began and nobody else commits until it ends. Reading is one
snapshot and can write nothing. The driver begins nothing by itself: each transaction's first words
are one message to the server, and so are its last. What was answered before still holds when the
server has not given a number to any other transaction since.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import QueuePool

from rotation.ledger.errors import LedgerHeld, LedgerUnavailable
from rotation.ledger.opening import UNHEARD
from rotation.ledger.session import WRITERS, Driver, Holding, Lost, Session, Told, connect, plainly
from rotation.ledger.transaction import Answers, Transaction, lent

_READERS = 8
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SNAPSHOT: Final = "; SELECT pg_current_snapshot()::text"
_WRITE: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    f"SELECT pg_advisory_xact_lock({WRITERS}){_SNAPSHOT}"
)
_NUMBER: Final = "SELECT pg_current_xact_id_if_assigned()::text"
_CHANNEL = "rotation"


class Server:
    """A ledger on a server. Opens its sessions when first asked, and again when they were lost.

    With a `holding` all writing is done in the session that holds the ledger's lock, or has a share
    in it.
    """

    def __init__(self, url: str, patience: timedelta, holding: Holding | None = None) -> None:
        self._url = url
        self._patience = patience
        opened = partial(connect, url, patience)
        written = holding.session if holding else opened
        self._answers = Answers()
        self._answers_of: str | None = None
        """The snapshot in which they hold: that after our last commit, if nobody else began."""

        def writer() -> Session:
            self._answers_of = None
            try:
                return written()
            except LedgerHeld as held:
                raise LedgerUnavailable(f"the ledger was lost to another: {held}") from None

        self._readers = self._engine(opened, _READERS)
        self._writer = self._engine(writer, 1)
        self._ears = _Ears(url)
        # Those who listen hear of it, if anything was written at all.
        self._heard = (
            f"SELECT pg_notify('{_CHANNEL}', '{self._ears.own}') "
            "WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
        )

    def _engine(self, creator: Callable[[], Session], size: int) -> Engine:
        return create_engine(
            "postgresql+psycopg://",
            creator=creator,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=self._patience.total_seconds(),
            hide_parameters=True,
            use_native_hstore=False,
            paramstyle="format",
        )

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with plainly(self._url), _begun(self._readers, _READ) as (conn, _):
            yield Transaction(conn, Driver(_session(conn)), only_reads=True)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with plainly(self._url), _begun(self._writer, _WRITE) as (conn, told):
            ((snapshot,),) = told.set_result(-1).fetchall()
            conn.info[UNHEARD] = False
            with lent(self._answers_at(snapshot)) as answers:
                made = Transaction(conn, Driver(_session(conn)), answers)
                yield made
                made.say_rest()
                self._commit(conn, snapshot)

    def _answers_at(self, snapshot: str) -> Answers:
        """What is still true of what was answered: nothing, once others may have committed.

        Seen with the lock held, so that no other ledger commits until what is written now is.
        """
        if snapshot != self._answers_of:
            self._answers.forget_all()
        self._answers_of = None
        return self._answers

    def _commit(self, conn: Connection, snapshot: str) -> None:
        said = [_NUMBER, "COMMIT"] if conn.info[UNHEARD] else [_NUMBER, self._heard, "COMMIT"]
        (number,) = _session(conn).execute("; ".join(said).encode()).fetchone() or (None,)
        self._answers_of = _after(snapshot, number)

    def changed(self) -> bool:
        with plainly(self._url):
            return self._ears.heard()

    def pulse(self) -> str:
        """Who has committed, on the whole server: another as soon as one more did."""
        with plainly(self._url), _begun(self._readers, f"{_READ}{_SNAPSHOT}") as (_, told):
            ((snapshot,),) = told.set_result(-1).fetchall()
            return str(snapshot)

    def scrub(self) -> None:
        """The server's own vacuum does it, in its time."""

    def close(self) -> None:
        self._readers.dispose()
        self._writer.dispose()
        self._ears.close()


def _after(snapshot: str, number: str | None) -> str | None:
    """What the snapshot after our commit is if nobody else did anything; None: we can't know.

    A snapshot names the oldest transaction under way, the number that the next one gets, and who
    is under way in between. Ours got that very number, and nobody was under way, or somebody may
    have committed unseen.
    """
    if number is None:
        return snapshot
    return f"{int(number) + 1}:{int(number) + 1}:" if snapshot == f"{number}:{number}:" else None


def _session(conn: Connection) -> Session:
    """The driver's own session, for what needs none of SQLAlchemy's help."""
    session: Session = conn.connection.driver_connection  # type: ignore[assignment]  # it is ours
    return session


@contextmanager
def _begun(engine: Engine, opening: str) -> Iterator[tuple[Connection, Told]]:
    """A connection in a transaction, and what was answered to its opening."""
    conn, told = _opened(engine, opening)
    session = _session(conn)
    try:
        yield conn, told
    finally:
        _let_go(conn, session)


def _opened(engine: Engine, opening: str, *, again: bool = True) -> tuple[Connection, Told]:
    """One that the server had dropped meanwhile is replaced, once.

    That is no second try of anything: nothing was asked for before.
    """
    conn = engine.connect()
    session = _session(conn)
    try:
        return conn, session.execute(opening.encode())
    except BaseException as trouble:
        lost = isinstance(trouble, Lost) and session.closed
        _let_go(conn, session)
        if not (lost and again):
            raise
    return _opened(engine, opening, again=False)


def _let_go(conn: Connection, session: Session) -> None:
    """Roll back what is open. SQLAlchemy may have to be told that the driver lost the session."""
    if session.closed and not conn.invalidated:
        conn.invalidate()
    conn.close()


class _Ears:
    """Hears what others commit, in a session of its own; asking costs the server nothing."""

    def __init__(self, url: str) -> None:
        self.own = secrets.token_hex(8)
        """How our own transactions are told from those of others."""
        self._url = url
        self._turn = threading.Lock()
        self._session: Session | None = None

    def heard(self) -> bool:
        """Whether others committed since the last call. Yes, where that can't be known."""
        with self._turn:
            if self._session is None or self._session.closed:
                self._session = connect(self._url, signed="listening")
                self._session.execute(f"LISTEN {_CHANNEL}")
                return True
            try:
                return self._others(self._session)
            except Lost:  # lost, and with it what was said meanwhile
                self._session.close()
                return True

    def _others(self, session: Session) -> bool:
        session.pgconn.consume_input()
        heard = False
        while (said := session.pgconn.notifies()) is not None:
            heard = heard or said.extra != self.own.encode()
        return heard

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
