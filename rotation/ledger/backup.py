"""A copy of the ledger taken while it is in use, and the way back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from rotation.ledger.columns import instant_text
from rotation.ledger.errors import LedgerUnavailable
from rotation.ledger.lock import file_lock
from rotation.ledger.places import path_of
from rotation.ledger.schema import REVISIONS, require_known, revision_of
from rotation.ledger.sqlite import connect, unavailable

RESTORED_AT = "restored_at"
"""The key in `meta` that says the ledger is older than the world: a person confirms first."""


def backup(url: str, to: Path) -> None:
    """Write one consistent copy of the ledger to the file `to`, replacing it when complete.

    Writers go on meanwhile. Raises LedgerUnavailable, also when the copy does not hold together.
    """
    source = _file_of(url)
    with _plainly(source), _beside(to) as fresh:
        _copy(source, fresh)
        fresh.replace(to)


def restore(source: Path, url: str, now: datetime) -> None:
    """Put a backup in the ledger's place, in one transaction, and flag it as restored at `now`.

    Raises LedgerHeld while a daemon runs on the ledger, UnknownSchema for a file that is no
    ledger or one of a newer rotation, LedgerUnavailable when the file does not hold together.
    """
    target = _file_of(url)
    if not source.is_file():
        raise LedgerUnavailable(f"there is no backup at {source}; name the file to restore")
    with file_lock(url), _beside(target) as staged:
        with _plainly(source):
            _copy(source, staged)
        revision = revision_of(staged)
        if revision not in REVISIONS:
            require_known(revision, str(source))
        with (
            _plainly(target),
            closing(connect(staged)) as copy,
            closing(connect(target, mode="rwc")) as live,
        ):
            copy.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                (RESTORED_AT, instant_text(now)),
            )
            copy.backup(live)
            live.execute("PRAGMA journal_mode=WAL")


def _copy(source: Path, to: Path) -> None:
    """One consistent copy, as a file of its own without a log beside it."""
    with closing(connect(source)) as live, closing(connect(to, mode="rwc")) as copy:
        live.backup(copy)
        found = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if found != ("ok",):
            raise LedgerUnavailable(f"{source} does not hold together; take an older backup")
        copy.execute("PRAGMA journal_mode=DELETE")


def _file_of(url: str) -> Path:
    path = path_of(url)
    if path is None:
        raise ValueError("a ledger in memory has no file; name one: sqlite:///PATH")
    return path


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A scratch file next to `path`, gone afterwards unless it was moved into place."""
    scratch = path.with_name(f".{path.name}.part")
    scratch.unlink(missing_ok=True)
    try:
        yield scratch
    finally:
        for leftover in (scratch, *path.parent.glob(f"{scratch.name}-*")):
            leftover.unlink(missing_ok=True)


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as trouble:
        unavailable(str(path), trouble)
