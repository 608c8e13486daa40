"""One session with a PostgreSQL server: how it is opened, what it promises, who holds the ledger.

Imported only where a ledger is on a server: its driver is an extra that not everybody installs.
"""

import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, timedelta
from typing import Any, Final, NoReturn, TypeAlias

from sqlalchemy import exc, make_url

from rotation.ledger.errors import LedgerHeld, LedgerUnavailable
from rotation.ledger.places import name_of
from rotation.ledger.sqlite import PATIENCE
from rotation.ledger.transaction import Rows, trouble_of

try:
    import psycopg
    from psycopg.types.string import StrDumper
except ImportError:
    raise LedgerUnavailable(
        "a ledger in PostgreSQL needs the driver that comes with an extra; "
        "install it: pip install 'rotation[postgres]'"
    ) from None

Session: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Told: TypeAlias = psycopg.Cursor[tuple[Any, ...]]
Lost = psycopg.OperationalError

LONGEST_STATEMENT = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=1)
"""How long a transaction may be open with nothing asked of it: its process sleeps, or is gone."""

_LOST_AFTER = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""A server that fell silent is given up after half a minute. The URL may say otherwise."""

_SETTINGS: Final = """
    SELECT set_config('TimeZone', 'UTC', false),
        set_config('DateStyle', 'ISO', false),
        set_config('lock_timeout', %(wait)s, false),
        set_config('statement_timeout', %(statement)s, false),
        set_config('idle_in_transaction_session_timeout', %(pause)s, false),
        set_config('tcp_keepalives_idle', '10', false),
        set_config('tcp_keepalives_interval', '5', false),
        set_config('tcp_keepalives_count', '3', false),
        set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""
_KEY = """
    ({purpose}::bigint << 32)
    | coalesce((SELECT oid::bigint FROM pg_namespace WHERE nspname = current_schema()), 0)
"""
WRITERS: Final = " ".join(_KEY.format(purpose=0x524F5401).split())
DAEMON: Final = " ".join(_KEY.format(purpose=0x524F5402).split())
"""The keys of our locks: one of each in every schema that can hold a ledger."""

_HOLDER = f"""
    SELECT a.application_name, a.backend_start
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND ((l.classid::bigint << 32) | l.objid::bigint) = {DAEMON}
"""  # noqa: S608 - the key is a constant of ours
_SIGNATURE = "rotation, "


class _Text(StrDumper):
    """Text as PostgreSQL takes it: it knows no zero byte, which SQLite does."""

    def dump(self, obj: str) -> Any:  # noqa: ANN401 - a buffer, by the driver's own wide type
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


class Driver:
    """The session itself, for statements that it may keep prepared."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def say(self, text: str, values: Sequence[object], *, answers: bool) -> Rows:
        try:
            found = self._session.execute(text.encode(), values, prepare=True)
            return found.fetchall() if answers else []
        except psycopg.Error as trouble:
            raise trouble_of(trouble, psycopg.Error, text) from trouble

    def say_each(self, text: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self._session.cursor().executemany(text.encode(), rows)
        except psycopg.Error as trouble:
            raise trouble_of(trouble, psycopg.Error, text) from trouble

    def say_all(self, said: Iterable[tuple[str, Sequence[Sequence[object]]]]) -> None:
        """All of it is one message: nothing of it has an answer that is waited for."""
        text = ""
        try:
            with self._session.pipeline():
                for text, rows in said:
                    if len(rows) == 1:
                        self._session.execute(text.encode(), rows[0], prepare=True)
                    else:
                        self._session.cursor().executemany(text.encode(), rows)
        except psycopg.Error as trouble:
            raise trouble_of(trouble, psycopg.Error, text) from trouble


def connect(
    url: str,
    patience: timedelta = PATIENCE,
    *,
    longest: timedelta | None = LONGEST_STATEMENT,
    signed: str = "",
) -> Session:
    """A session in autocommit that waits for no lock longer than `patience`. Raises psycopg.Error.

    Times are in UTC, and what is committed is on the server's disk, whatever its own settings. A
    statement that takes `longest` is given up. `signed` is how others see the session.
    """
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    _, given = parsed.get_dialect()().create_connect_args(parsed)
    found = psycopg.connect(
        **{
            "application_name": f"{_SIGNATURE}{signed or 'a command'}",
            "target_session_attrs": "read-write",
            **_LOST_AFTER,
            **given,
            "client_encoding": "UTF8",
            "autocommit": True,
        }
    )
    try:
        _settle(found, patience, longest)
    except BaseException:
        found.close()
        raise
    return found


def _settle(found: Session, patience: timedelta, longest: timedelta | None) -> None:
    found.adapters.register_dumper(str, _Text)
    wait = max(1, patience // timedelta(milliseconds=1))
    statement = 0 if longest is None else wait + longest // timedelta(milliseconds=1)
    pause = LONGEST_PAUSE // timedelta(milliseconds=1)
    found.execute(_SETTINGS, {"wait": str(wait), "statement": str(statement), "pause": str(pause)})


class Holding:
    """The session that holds a ledger's lock, or a share in it: whoever has it writes in it only.

    So nothing is ever written without the lock: when the server drops one, it drops the other,
    and the next `session` is there once the lock is ours again.
    """

    def __init__(self, url: str, patience: timedelta = PATIENCE, *, shared: bool = False) -> None:
        self._url = url
        self._patience = patience
        self._take = _share if shared else _take
        self._found: Session | None = None

    def session(self) -> Session:
        """The session, made anew if it was lost. Raises LedgerHeld, psycopg.Error."""
        if self._found is None or self._found.closed:
            self._found = self._taken()
        return self._found

    def _taken(self) -> Session:
        who = f"process {os.getpid()} on {socket.gethostname()}"
        found = connect(self._url, self._patience, signed=who)
        try:
            self._take(found)
        except BaseException:
            found.close()
            raise
        return found

    def close(self) -> None:
        """Lets the lock go first: a server that is busy notices a closed session only later."""
        if self._found is None or self._found.closed:
            return
        with suppress(psycopg.Error):
            self._found.execute("SELECT pg_advisory_unlock_all()")
        self._found.close()


def _take(found: Session) -> None:
    if found.execute(f"SELECT pg_try_advisory_lock({DAEMON})").fetchone() != (True,):
        raise LedgerHeld(_holder(found))


def _share(found: Session) -> None:
    """Waits a little: a command may have the whole lock, for a moment, to see whether it can."""
    try:
        found.execute(f"SELECT pg_advisory_lock_shared({DAEMON})")
    except psycopg.errors.LockNotAvailable:
        raise LedgerHeld(_holder(found)) from None


def _holder(found: Session) -> str:
    """Who holds the lock that `found` was refused, as it signed itself."""
    name, since = found.execute(_HOLDER).fetchone() or ("", None)
    who = name.removeprefix(_SIGNATURE) or "another process"
    return who if since is None else f"{who} since {since.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def revision_on(url: str) -> str | None:
    """The revision a database is stamped with; None without a ledger. Raises LedgerUnavailable."""
    with plainly(url), closing(connect(url)) as found:
        known = found.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        if known != (True,):
            return None
        row = found.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


@contextmanager
def held(url: str, *, shared: bool) -> Iterator[Holding]:
    """Hold the ledger at `url`, or share in that. Raises LedgerHeld, LedgerUnavailable."""
    holding = Holding(url, shared=shared)
    try:
        with plainly(url):
            holding.session()
        yield holding
    finally:
        holding.close()


@contextmanager
def plainly(url: str) -> Iterator[None]:
    """Trouble of the database as `LedgerUnavailable`; a value we refused as that refusal."""
    try:
        yield
    except exc.IntegrityError as trouble:
        raise _wordless(trouble) from None
    except (exc.DBAPIError, exc.TimeoutError, psycopg.Error) as trouble:
        unavailable(url, trouble)
    except exc.StatementError as trouble:
        raise (trouble.orig or trouble) from None


def _wordless(trouble: exc.IntegrityError) -> exc.IntegrityError:
    """The refusal without the row it is about, which the server quotes."""
    said = trouble.orig.diag.message_primary if isinstance(trouble.orig, psycopg.Error) else None
    return exc.IntegrityError(None, None, psycopg.IntegrityError(said or "refused"))


def unavailable(url: str, trouble: Exception) -> NoReturn:
    """Raise `LedgerUnavailable` in the server's own words, which never hold the password."""
    said = getattr(trouble, "orig", None) or trouble
    busy = isinstance(said, psycopg.errors.LockNotAvailable | exc.TimeoutError)
    raise LedgerUnavailable(
        f"the ledger {name_of(url)} cannot be used: "
        f"{'another writer is busy' if busy else _words(url, said)}; "
        "check that the server runs, that it lets this user in, and its disk's free space"
    ) from None


def _words(url: str, said: BaseException) -> str:
    told = said.diag.message_primary if isinstance(said, psycopg.Error) else None
    text = " ".join((told or str(said)).split())
    password = make_url(url).password
    return text.replace(password, "***") if password else text
