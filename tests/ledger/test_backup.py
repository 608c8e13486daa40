"""A copy taken while others write holds together, and coming back from one is never silent."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from rotation.core.facts import Seat
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import (
    RESTORED_AT,
    Ledger,
    LedgerHeld,
    LedgerUnavailable,
    NoFile,
    UnknownSchema,
    backup,
    file_lock,
    restore,
    upgrade,
)

Open = Callable[[], Ledger]


def put(ledger: Ledger, key: str, value: str) -> None:
    with ledger.writing() as books:
        books.meta.put(key, value)


def get(ledger: Ledger, key: str) -> str | None:
    with ledger.reading() as books:
        return books.meta.get(key)


def test_a_backup_is_one_file_with_everything_committed(
    open_file: Open, file_url: str, tmp_path: Path, now: datetime
) -> None:
    put(open_file(), "kept", "yes")
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(file_url, folder / "copy.db")
    assert [p.name for p in folder.iterdir()] == ["copy.db"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600
    copy = Ledger(f"sqlite:///{folder / 'copy.db'}")
    copy.require_schema()
    assert get(copy, "kept") == "yes"
    copy.close()


def test_a_newer_backup_takes_the_place_of_the_older(
    open_file: Open, file_url: str, tmp_path: Path
) -> None:
    ledger = open_file()
    for value in ("first", "second"):
        put(ledger, "which", value)
        backup(file_url, tmp_path / "copy.db")
    assert get(Ledger(f"sqlite:///{tmp_path / 'copy.db'}"), "which") == "second"


def test_a_backup_taken_while_others_write_is_one_state(
    open_file: Open, file_url: str, tmp_path: Path
) -> None:
    ledger, done = open_file(), threading.Event()

    def write() -> None:
        n = 0
        while not done.is_set():
            n += 1
            with ledger.writing() as books:
                books.meta.put("one", f"{n:05d} {'x' * 5000}")
                books.meta.put("other", f"{n:05d} {'y' * 5000}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(10):
            backup(file_url, tmp_path / f"{n}.db")
    finally:
        done.set()
        writer.join()
    for n in range(10):
        copy = Ledger(f"sqlite:///{tmp_path / f'{n}.db'}")
        one, other = get(copy, "one"), get(copy, "other")
        assert (one or "")[:5] == (other or "")[:5]
        copy.close()


@pytest.mark.promise("F32")
def test_after_a_restore_the_ledger_says_since_when(
    open_file: Open, file_url: str, tmp_path: Path, now: datetime
) -> None:
    ledger = open_file()
    put(ledger, "state", "old")
    backup(file_url, tmp_path / "copy.db")
    put(ledger, "state", "new")
    ledger.changed()

    restore(tmp_path / "copy.db", file_url, now)

    assert ledger.changed()
    assert get(ledger, "state") == "old"
    assert get(ledger, RESTORED_AT) == "2026-01-05T08:00:00.000000Z"
    assert get(Ledger(f"sqlite:///{tmp_path / 'copy.db'}"), RESTORED_AT) is None
    with ledger.writing() as books:
        books.seats.save(Seat(GroupId("desk"), PersonId("ana")))
    left = {p.name for p in tmp_path.iterdir()} - {"copy.db-wal", "copy.db-shm"}
    assert left <= {"rotation.db", "rotation.db-wal", "rotation.db-shm", "rotation.db.lock",
                    "copy.db"}  # fmt: skip


def test_a_restore_can_make_a_missing_ledger(
    open_file: Open, file_url: str, tmp_path: Path, now: datetime
) -> None:
    put(open_file(), "kept", "yes")
    backup(file_url, tmp_path / "copy.db")
    new = f"sqlite:///{tmp_path / 'elsewhere' / 'rotation.db'}"
    restore(tmp_path / "copy.db", new, now)
    found = Ledger(new)
    found.require_schema()
    assert get(found, "kept") == "yes"
    found.close()


def test_nothing_is_restored_under_a_running_daemon(
    open_file: Open, file_url: str, tmp_path: Path, now: datetime
) -> None:
    ledger = open_file()
    backup(file_url, tmp_path / "copy.db")
    put(ledger, "state", "new")
    with file_lock(file_url), pytest.raises(LedgerHeld):
        restore(tmp_path / "copy.db", file_url, now)
    assert get(ledger, "state") == "new"
    assert get(ledger, RESTORED_AT) is None


def test_a_file_that_is_no_sound_ledger_restores_nothing(
    open_file: Open, file_url: str, tmp_path: Path, now: datetime
) -> None:
    ledger = open_file()
    put(ledger, "state", "good")
    text, foreign, newer = (tmp_path / n for n in ("notes.txt", "foreign.db", "newer.db"))
    text.write_text("not a database" * 500)
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE t (x)")
    upgrade(f"sqlite:///{newer}")
    with closing(sqlite3.connect(newer)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    for path, trouble, why in (
        (tmp_path / "none.db", LedgerUnavailable, "no backup at"),
        (text, LedgerUnavailable, "not a database"),
        (foreign, UnknownSchema, "no ledger at"),
        (newer, UnknownSchema, "newer rotation"),
    ):
        with pytest.raises(trouble, match=why):
            restore(path, file_url, now)
    assert get(ledger, "state") == "good"


def test_a_damaged_backup_restores_nothing(
    open_file: Open, file_url: str, tmp_path: Path, now: datetime
) -> None:
    ledger, copy = open_file(), tmp_path / "copy.db"
    with ledger.writing() as books:
        for n in range(200):
            books.meta.put(f"row {n}", "x" * 500)
    backup(file_url, copy)
    content = bytearray(copy.read_bytes())
    for page in range(20, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    copy.write_bytes(content)
    with pytest.raises(LedgerUnavailable):
        restore(copy, file_url, now)
    assert get(ledger, "row 7") == "x" * 500


def test_a_ledger_in_memory_is_neither_backed_up_nor_restored(
    tmp_path: Path, now: datetime
) -> None:
    with pytest.raises(ValueError, match="no file"):
        backup("sqlite://", tmp_path / "copy.db")
    with pytest.raises(ValueError, match="no file"):
        restore(tmp_path / "copy.db", "sqlite://", now)


def test_a_ledger_on_a_server_is_backed_up_by_the_servers_own_tools(
    tmp_path: Path, now: datetime
) -> None:
    url = "postgresql://me:hunter2@nowhere/led"
    for refused in (
        lambda: backup(url, tmp_path / "copy.db"),
        lambda: restore(tmp_path / "copy.db", url, now),
    ):
        with pytest.raises(NoFile, match="pg_dump and pg_restore") as said:
            refused()
        assert "hunter2" not in str(said.value)
