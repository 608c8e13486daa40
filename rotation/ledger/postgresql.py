"""The ledger as a PostgreSQL database.

Writing is serial, as in a file: a transaction first takes one lock, at READ COMMITTED, so that all
it sees was committed before it began and nobody else commits until it ends. Reading is one
snapshot and can write nothing. The driver begins nothing by itself: each transaction's first words
are one message to the server, and so are its last.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, exc
from sqlalchemy.pool import QueuePool

from rotation.ledger.errors import LedgerHeld, LedgerUnavailable
from rotation.ledger.opening import UNHEARD
from rotation.ledger.session import WRITERS, Holding, Lost, Session, connect, plainly
from rotation.ledger.transaction import Transaction

_READERS = 8
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({WRITERS})"
)
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
        self._readers = self._engine(opened, _READERS)
        self._writer = self._engine(holding.session if holding else opened, 1)
        self._ears = _Ears(url)
        # Those who listen hear of it, if anything was written at all.
        self._said_at_the_end = (
            f"SELECT pg_notify('{_CHANNEL}', '{self._ears.own}') "
            "WHERE pg_current_xact_id_if_assigned() IS NOT NULL; COMMIT"
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
        )

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with plainly(self._url), closing(_begun(self._readers, _READ)) as conn:
            yield Transaction(conn)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with plainly(self._url), closing(self._written_in()) as conn:
            conn.info[UNHEARD] = False
            yield Transaction(conn)
            conn.exec_driver_sql("COMMIT" if conn.info[UNHEARD] else self._said_at_the_end).close()

    def _written_in(self) -> Connection:
        try:
            return _begun(self._writer, _WRITE)
        except LedgerHeld as held:
            raise LedgerUnavailable(f"the ledger was lost to another: {held}") from None

    def changed(self) -> bool:
        with plainly(self._url):
            return self._ears.heard()

    def close(self) -> None:
        self._readers.dispose()
        self._writer.dispose()
        self._ears.close()


def _begun(engine: Engine, opening: str) -> Connection:
    """A connection in a transaction. One the server had dropped meanwhile is replaced, once.

    That is no second try of anything: nothing was asked for before.
    """
    try:
        return _in_transaction(engine, opening)
    except exc.DBAPIError as trouble:
        if not trouble.connection_invalidated:
            raise
    return _in_transaction(engine, opening)


def _in_transaction(engine: Engine, opening: str) -> Connection:
    conn = engine.connect()
    try:
        conn.exec_driver_sql(opening).close()
    except BaseException:
        conn.close()
        raise
    return conn


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
