"""A whole ledger as one image, for one in memory that begins where it is now.

The ledger goes on meanwhile: nothing is written to it, and no lock of a daemon is asked for.
"""

import sqlite3
from contextlib import closing

from rotation.ledger import tables
from rotation.ledger.moving import copy_all
from rotation.ledger.opening import opened
from rotation.ledger.places import name_of, on_server, path_of
from rotation.ledger.schema import blank, current, require_known
from rotation.ledger.sqlite import PATIENCE, Memory, connect, unavailable

_FORMATS, _NO_LOG = 18, b"\x01\x01"
"""Where a SQLite file says whether it has a log beside it, which one in memory cannot have."""


def image_of(url: str) -> bytes:
    """All that the ledger at `url` holds at one instant, of a file or of a server.

    Raises UnknownSchema, LedgerUnavailable; ValueError for a ledger in memory.
    """
    require_known(current(url), name_of(url))
    return _of_server(url) if on_server(url) else _of_file(url)


def _of_file(url: str) -> bytes:
    path = path_of(url)
    if path is None:
        raise ValueError("a ledger in memory has no file; name one: sqlite:///PATH")
    try:
        with (
            closing(connect(path, mode="ro")) as live,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            live.backup(copy)
            image = copy.serialize()
    except sqlite3.Error as trouble:
        unavailable(str(path), trouble)
    return image[:_FORMATS] + _NO_LOG + image[_FORMATS + len(_NO_LOG) :]


def _of_server(url: str) -> bytes:
    with closing(opened(url, PATIENCE)) as server, closing(Memory(blank())) as memory:
        with server.reading() as there, memory.writing() as here:
            there.conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
            here.execute(tables.meta.delete())
            copy_all(there, here)
        return memory.image()
