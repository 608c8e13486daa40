"""What a ledger's URL names: a SQLite file, a PostgreSQL database, or memory."""

from pathlib import Path

from sqlalchemy import URL, make_url

from rotation.ledger.errors import NoFile

TOOLS = "pg_dump and pg_restore"
"""What copies a database that is no file."""


def on_server(url: str) -> bool:
    """Whether the ledger is a PostgreSQL database."""
    return make_url(url).get_backend_name() == "postgresql"


def path_of(url: str) -> Path | None:
    """The file behind a ledger's URL, None for a ledger in memory.

    Raises ValueError for a ledger that has none; the message never shows a password.
    """
    parsed: URL = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        raise NoFile(
            f"the ledger {name_of(url)} is no file; back it up with {TOOLS}, as "
            "docs/operating.md says"
        )
    if kind != "sqlite":
        raise ValueError(
            f"the ledger's URL names {kind}; use sqlite:///PATH/TO/rotation.db or "
            "postgresql://USER@HOST/NAME"
        )
    if parsed.database in {None, "", ":memory:"}:
        return None
    return Path(str(parsed.database)).resolve()


def name_of(url: str) -> str:
    """The ledger as people are told of it: never with a password."""
    if on_server(url):
        at = make_url(url)
        shown = URL.create(at.drivername, at.username, None, at.host, at.port, at.database)
        return shown.render_as_string()
    path = path_of(url)
    return "in memory" if path is None else str(path)
