"""Which schema a ledger has, which one this program knows, and the way from one to the other.

Migrations live in `alembic/` of a checkout and in `migrations/` beside this file once installed.
Looking needs no Alembic, which takes a second to import; only `upgrade` does.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, create_engine, event, insert
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from rotation.ledger.errors import UnknownSchema
from rotation.ledger.places import name_of, on_server, path_of
from rotation.ledger.sqlite import connect, unavailable
from rotation.ledger.tables import meta, metadata

REVISIONS = (*(f"{number:04}" for number in range(1, 16)), "0019", "0020")
"""Every migration, oldest first; a test compares it with the scripts."""


def head() -> str:
    """The newest revision this program knows."""
    return REVISIONS[-1]


def migrations() -> Path:
    """The folder of the migration scripts: installed with the package, or the checkout's."""
    installed = Path(__file__).parent / "migrations"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "alembic"


def current(url: str) -> str | None:
    """The revision of the ledger at `url`; None where there is no ledger yet.

    Raises LedgerUnavailable when the file cannot be read as a database, or the server not reached.
    """
    if on_server(url):
        from rotation.ledger.session import revision_on

        return revision_on(url)
    path = path_of(url)
    if path is None:
        return head()
    return revision_of(path) if path.exists() else None


def revision_of(path: Path) -> str | None:
    """The revision a SQLite file is stamped with. Raises LedgerUnavailable."""
    try:
        found = connect(path)
        try:
            known = found.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
            if known.fetchone() is None:
                return None
            row = found.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            found.close()
    except sqlite3.Error as trouble:
        unavailable(str(path), trouble)
    return None if row is None else str(row[0])


def require_known(revision: str | None, name: str, known: Sequence[str] = REVISIONS) -> None:
    """Raise UnknownSchema unless `revision` is the newest one `known`."""
    if revision == known[-1]:
        return
    if revision is None:
        raise UnknownSchema(f"there is no ledger at {name} yet; run `rotation db upgrade`")
    if revision in known:
        raise UnknownSchema(
            f"the ledger {name} has schema {revision}, this rotation needs {known[-1]}; "
            "run `rotation db upgrade`"
        )
    raise UnknownSchema(
        f"the ledger {name} has schema {revision}, which this rotation does not know: it was made "
        "by a newer rotation; install that one, or restore a backup taken before the upgrade"
    )


def upgrade(url: str, *, aside: bool = False) -> str:
    """Create the ledger at `url`, or bring it to the newest schema; returns the revision.

    All or nothing. `aside` does the work in a process of its own, whose memory is given back.
    Raises UnknownSchema for a ledger made by a newer rotation, LedgerUnavailable when it cannot be
    written, ValueError for a ledger in memory.
    """
    from rotation.ledger.migration import migrate, migrate_aside

    if not on_server(url) and path_of(url) is None:
        raise ValueError("a ledger in memory needs no upgrade; name a file: sqlite:///PATH")
    found = current(url)
    if found is not None and found not in REVISIONS:
        require_known(found, name_of(url))
    if found != head():
        (migrate_aside if aside else migrate)(url)
    return head()


@cache
def blank() -> bytes:
    """A SQLite image with the newest schema and no rows, for ledgers in memory."""
    raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    version = Table(
        "alembic_version",
        MetaData(naming_convention={"pk": "%(table_name)s_pkc"}),
        Column("version_num", String(32), primary_key=True),
    )
    with over(raw).begin() as conn:
        metadata.create_all(conn)
        version.create(conn)
        conn.execute(insert(version).values(version_num=head()))
        conn.execute(insert(meta).values(key="salt", value="in memory"))
    image = raw.serialize()
    raw.close()
    return image


def over(raw: sqlite3.Connection) -> Engine:
    """An engine whose only connection is `raw`; its transactions take the write lock at once."""
    engine = create_engine(
        "sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
