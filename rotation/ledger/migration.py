"""Runs the missing migrations: here, or in a process of its own, which takes Alembic with it.

Alembic takes several MiB, which a daemon that makes its ledger would never use again.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from rotation.ledger.errors import LedgerUnavailable
from rotation.ledger.places import on_server, path_of
from rotation.ledger.schema import migrations, over
from rotation.ledger.sqlite import PATIENCE, connect, unavailable

_UNAVAILABLE = 3
"""How the process ends when the database did not do it; why not is its output."""


def migrate(url: str) -> None:
    """Run the missing migrations in one transaction. Raises LedgerUnavailable."""
    from alembic.command import upgrade as run
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    with _transaction(url) as conn:
        config.attributes["connection"] = conn
        run(config, "head")


def _transaction(url: str) -> AbstractContextManager[Connection]:
    if on_server(url):
        return _on_server(url)
    path = path_of(url)
    if path is None:
        raise ValueError("a ledger in memory has its schema")
    return _in_file(path)


@contextmanager
def _in_file(path: Path) -> Iterator[Connection]:
    """Foreign keys are looked at afterwards.

    Changing a SQLite table means copying it, and a copy must not cascade.
    """
    try:
        with closing(connect(path, mode="rwc")) as raw:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA foreign_keys=OFF")
            with over(raw).begin() as conn:
                yield conn
                if conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise sqlite3.IntegrityError(
                        "the migration would leave rows that point nowhere"
                    )
    except (sqlite3.Error, DBAPIError) as trouble:
        unavailable(str(path), trouble)


@contextmanager
def _on_server(url: str) -> Iterator[Connection]:
    """As all writing is done there, but as long as it takes."""
    from rotation.ledger.postgresql import Server

    server = Server(url, PATIENCE)
    with closing(server), server.writing() as found:
        found.conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
        yield found.conn


def migrate_aside(url: str) -> None:
    """The same in a process of its own. A password is in nobody's list of processes."""
    known = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(  # noqa: S603 - this module
        [sys.executable, "-P", "-m", __name__],
        env={**os.environ, "PYTHONPATH": known},
        input=url,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == _UNAVAILABLE:
        raise LedgerUnavailable(done.stdout.strip())
    done.check_returncode()


def main() -> int:
    try:
        migrate(sys.stdin.read())
    except LedgerUnavailable as trouble:
        sys.stdout.write(str(trouble))
        return _UNAVAILABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
