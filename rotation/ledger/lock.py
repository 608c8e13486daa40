"""The ledger's lock, which goes with its holder.

Beside a SQLite file it is a file's, and the kernel drops it with the process; on a server it is a
session's, and the server drops it with the session. A file has one daemon. On a server daemons
share the lock, and who works on what is said by leases; whoever wants nobody else there wants it
whole.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rotation.ledger.errors import LedgerHeld
from rotation.ledger.places import on_server, path_of

if TYPE_CHECKING:
    from rotation.ledger.session import Holding

Lock: TypeAlias = "Holding | None"
"""What `file_lock` gives: on a server, the session that must do the writing."""


def file_lock(url: str, *, shared: bool = False) -> AbstractContextManager[Lock]:
    """Hold the ledger at `url` for as long as the `with` lasts.

    `shared`: on a server, beside others who share it. Raises LedgerHeld, naming process, host and
    since when (UTC), where another holds it. A ledger in memory belongs to its process anyway.
    """
    if on_server(url):
        from rotation.ledger.session import held

        return held(url, shared=shared)
    path = path_of(url)
    return nullcontext() if path is None else _held(path.with_name(path.name + ".lock"))


@contextmanager
def _held(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 400, 0).decode(errors="replace").strip()
            raise LedgerHeld(holder or "another process") from None
        _sign(lock)
        yield
        os.ftruncate(lock, 0)
    finally:
        os.close(lock)


def _sign(lock: int) -> None:
    """Write who holds the lock. The file's own time says since when: no clock is read here."""
    os.ftruncate(lock, 0)
    since = datetime.fromtimestamp(os.fstat(lock).st_mtime, UTC)
    text = f"process {os.getpid()} on {socket.gethostname()} since {since:%Y-%m-%d %H:%M:%SZ}\n"
    os.pwrite(lock, text.encode(), 0)
