"""Runs the missing migrations: here, or in a process of its own, which takes Alembic with it.

Alembic takes several MiB, which a daemon that makes its ledger would never use again.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from rotation.ledger.schema import migrations, over
from rotation.ledger.sqlite import connect

_NO_DATABASE = 3
"""How the process ends when SQLite did not do it; what SQLite said is its output."""


def migrate(raw: sqlite3.Connection) -> None:
    """Run the missing migrations in one transaction. Raises sqlite3.Error.

    Foreign keys are looked at afterwards: changing a SQLite table means copying it, and a copy
    must not cascade.
    """
    from alembic.command import upgrade as run
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    raw.execute("PRAGMA foreign_keys=OFF")
    with over(raw).begin() as conn:
        config.attributes["connection"] = conn
        run(config, "head")
        if conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise sqlite3.IntegrityError("the migration would leave rows that point nowhere")


def migrate_aside(path: Path) -> None:
    """The same in a process of its own. Raises sqlite3.Error with what was said there."""
    known = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(  # noqa: S603 - this module
        [sys.executable, "-P", "-m", __name__, path],
        env={**os.environ, "PYTHONPATH": known},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == _NO_DATABASE:
        raise sqlite3.OperationalError(done.stdout.strip())
    done.check_returncode()


def main(path: str) -> int:
    try:
        with closing(connect(Path(path))) as raw:
            migrate(raw)
    except (sqlite3.Error, DBAPIError) as trouble:
        sys.stdout.write(str(getattr(trouble, "orig", trouble)))
        return _NO_DATABASE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
