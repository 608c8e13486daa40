"""Backups of the ledger, taken while it is in use and proven; and the way back from one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rotation.core.roster import PersonId
from rotation.ledger import (
    FORGOTTEN,
    Anchor,
    BrokenChain,
    Cut,
    Ledger,
    LedgerTrouble,
    LedgerUnavailable,
    UnknownSchema,
    backup,
    current,
    file_lock,
    head,
    path_of,
    restore,
)
from rotation.ledger.schema import REVISIONS, require_known

_BESIDE = ("", "-wal", "-shm", ".lock")
"""The files a ledger consists of while it is in use."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a ledger's file holds.

    `last` is the newest audit record, to be kept elsewhere; `let_go` the newest of those that are
    no longer in it. The audit is only looked at where the schema is the one known here.
    """

    path: Path
    size: int
    revision: str
    last: Anchor | None = None
    let_go: Cut | None = None
    broken: BrokenChain | None = None


def contents(path: Path) -> Contents:
    """Look into a ledger's file. Raises UnknownSchema if it is none, LedgerUnavailable."""
    if not path.is_file():
        raise LedgerUnavailable(f"there is no backup at {path}; name the file to restore")
    url = f"sqlite:///{path}"
    revision = current(url)
    if revision is None:
        raise UnknownSchema(f"{path} is no ledger of rotation; name a file that `backup` wrote")
    if revision not in REVISIONS:
        require_known(revision, str(path))
    size = path.stat().st_size
    if revision != head():
        return Contents(path, size, revision)
    ledger = Ledger(url)
    try:
        with ledger.reading() as books:
            audit = books.audit
            return Contents(path, size, revision, audit.head(), audit.cut(), audit.verify())
    finally:
        ledger.close()


def ledger_file(url: str) -> Path:
    """The file of the ledger at `url`. Raises ValueError for a ledger without one."""
    path = path_of(url)
    if path is None:
        raise ValueError("a ledger in memory has no file; name one: sqlite:///PATH")
    return path


def is_part_of(path: Path, ledger: Path) -> bool:
    """Whether `path` is the ledger itself, by whatever name, or one of the files beside it."""
    if path.exists() and ledger.exists() and path.samefile(ledger):
        return True
    return path.resolve() in {ledger.with_name(ledger.name + suffix) for suffix in _BESIDE}


def write_backup(url: str, to: Path) -> Contents:
    """One consistent copy, read again to prove it. Raises LedgerTrouble."""
    backup(url, to)
    return contents(to)


def bring_back(source: Path, url: str, now: datetime, author: str) -> Path | None:
    """Put a backup in the ledger's place; returns where what it replaces is kept, if anything.

    A ledger that holds together is copied first, a damaged one moved aside; the audit of the
    restored one says who did it and what the replaced one ended with. Whom that had forgotten is
    forgotten again. Raises LedgerHeld while a
    daemon runs, LedgerTrouble when the backup is not sound; the ledger is then as before.
    """
    aside = _replaced(source, url, now)
    if current(url) == head():
        _write_down(url, _ended_with(aside), _forgotten(aside), now, author)
    return aside


def _forgotten(aside: Path | None) -> dict[PersonId, str]:
    """Whom the replaced ledger had forgotten, and why; nobody where it can't be read."""
    if aside is None:
        return {}
    try:
        if contents(aside).revision != head():
            return {}
        ledger = Ledger(f"sqlite:///{aside}")
        try:
            with ledger.reading() as books:
                records = books.audit.list(kind=FORGOTTEN)
        finally:
            ledger.close()
    except LedgerTrouble:
        return {}
    return {r.person: str(r.detail.get("why", "")) for r in records if r.person is not None}


def _ended_with(aside: Path | None) -> str:
    if aside is None:
        return "there was no ledger before"
    try:
        last = contents(aside).last
    except LedgerTrouble:
        return "the ledger before it was damaged"
    if last is None:
        return "the ledger before it had no record"
    return f"the ledger before it ended with record {last.seq}, {last.digest}"


def _write_down(
    url: str, before: str, forgotten: dict[PersonId, str], now: datetime, author: str
) -> None:
    ledger = Ledger(url)
    try:
        with ledger.writing() as books:
            books.audit.append(
                at=now, kind="restored", group=None, person=None, reason=None, origin=author,
                detail={"text": f"a backup was put in the ledger's place; {before}"},
            )  # fmt: skip
            books.forgetting.again(now, forgotten, author)
        ledger.scrub()
    finally:
        ledger.close()


def _replaced(source: Path, url: str, now: datetime) -> Path | None:
    live = ledger_file(url)
    if not live.exists():
        restore(source, url, now)
        return None
    aside = _free(live.with_name(f"{live.name}.replaced-{now:%Y%m%dT%H%M%SZ}"))
    with file_lock(url):
        is_sound = _copied(url, aside)
    if is_sound:
        restore(source, url, now)
    else:
        with _moved_aside(live, aside, url):
            restore(source, url, now)
    return aside


def _copied(url: str, to: Path) -> bool:
    try:
        backup(url, to)
    except LedgerUnavailable:
        return False
    return True


@contextmanager
def _moved_aside(live: Path, aside: Path, url: str) -> Iterator[None]:
    """A damaged ledger out of the way, and back again if nothing takes its place."""
    ends = _BESIDE[:-1]
    with file_lock(url):
        moved = [end for end in ends if live.with_name(live.name + end).exists()]
        for end in moved:
            live.with_name(live.name + end).replace(aside.with_name(aside.name + end))
    try:
        yield
    except BaseException:
        for end in ends:
            live.with_name(live.name + end).unlink(missing_ok=True)
        for end in moved:
            aside.with_name(aside.name + end).replace(live.with_name(live.name + end))
        raise


def _free(path: Path) -> Path:
    """`path`, or the first name after it that is not taken."""
    found, number = path, 2
    while found.exists():
        found, number = path.with_name(f"{path.name}-{number}"), number + 1
    return found
