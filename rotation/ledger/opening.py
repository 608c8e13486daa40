"""Which database is behind a ledger, by its URL."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final, Protocol

from rotation.ledger.lock import Lock
from rotation.ledger.places import on_server, path_of
from rotation.ledger.schema import blank
from rotation.ledger.sqlite import File, Memory
from rotation.ledger.transaction import Transaction

UNHEARD: Final = "unheard"
"""In a connection's `info`, whether those who listen need not hear of its transaction."""


class Database(Protocol):
    """What a ledger asks of its database; `rotation.ledger.Ledger` says what each verb promises."""

    def reading(self) -> AbstractContextManager[Transaction]: ...

    def writing(self) -> AbstractContextManager[Transaction]: ...

    def changed(self) -> bool: ...

    def pulse(self) -> str: ...

    def scrub(self) -> None: ...

    def close(self) -> None: ...


def opened(
    url: str, patience: timedelta, lock: Lock = None, image: bytes | None = None
) -> Database:
    """The database of a URL; nothing is asked of it yet. Raises LedgerUnavailable, ValueError.

    One in memory begins with the `image`, or empty.
    """
    if on_server(url):
        from rotation.ledger.postgresql import Server

        return Server(url, patience, lock)
    path = path_of(url)
    return Memory(image or blank()) if path is None else File(path, patience)
