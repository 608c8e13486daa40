"""db, backup and restore: the ledger's schema and its copies, as an operator handles them."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rotation.ledger import RESTORED_AT, Ledger, file_lock, head, upgrade
from rotation.surfaces.cli.frame import app

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with settings and without a ledger."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rotation.toml").write_text('[log]\nlevel = "info"\n')
    return tmp_path


@pytest.fixture
def url(folder: Path) -> str:
    """A new ledger where the settings have it."""
    found = f"sqlite:///{folder / 'rotation.db'}"
    upgrade(found)
    return found


@pytest.fixture
def run(folder: Path) -> Run:
    def invoke(*arguments: object) -> Result:
        asked = [str(argument) for argument in arguments]
        return CliRunner().invoke(app(asked[0]), asked)

    return invoke


def put(url: str, text: str) -> None:
    """Write a record into the audit."""
    ledger = Ledger(url)
    with ledger.writing() as books:
        books.audit.append(
            at=NOW, kind="test", group=None, person=None, reason=None, origin=text, detail={}
        )
    ledger.close()


def origins(url: str) -> list[str]:
    """What is in the audit, newest first."""
    ledger = Ledger(url)
    try:
        with ledger.reading() as books:
            return [record.origin for record in books.audit.list()]
    finally:
        ledger.close()


def meta(url: str, key: str) -> str | None:
    ledger = Ledger(url)
    try:
        with ledger.reading() as books:
            return books.meta.get(key)
    finally:
        ledger.close()


def stamp(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        raw.commit()


def spoil(path: Path) -> None:
    """Write over a record of the audit as a hand on the file could, which drops its triggers."""
    with closing(sqlite3.connect(path)) as raw:
        guards = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE audit SET origin = 'forged' WHERE seq = 1")
        raw.commit()


# ---- db


def test_upgrade_makes_a_ledger_and_a_second_time_changes_nothing(run: Run, folder: Path) -> None:
    first = run("db", "upgrade")
    assert first.exit_code == 0
    assert f"has schema {head()} now, a new one" in first.stdout
    again = run("db", "upgrade")
    assert again.exit_code == 0
    assert f"has schema {head()} already" in again.stdout
    assert (folder / "rotation.db").stat().st_mode & 0o777 == 0o600


def test_a_ledger_in_use_is_not_upgraded(run: Run, folder: Path) -> None:
    url = f"sqlite:///{folder / 'rotation.db'}"
    with file_lock(url):
        refused = run("db", "upgrade")
    assert refused.exit_code == 3
    assert "is held by process" in refused.stderr
    assert not (folder / "rotation.db").exists()


def test_current_says_which_schema_there_is_and_which_is_needed(run: Run, folder: Path) -> None:
    none = run("db", "current")
    assert none.exit_code == 1
    assert "run `rotation db upgrade`" in none.stderr
    run("db", "upgrade")
    known = run("db", "current", "--json")
    assert known.exit_code == 0
    told = json.loads(known.stdout)
    assert told == {"ledger": str(folder / "rotation.db"), "revision": head(), "needed": head()}


def test_a_newer_rotations_ledger_is_left_alone(run: Run, url: str, folder: Path) -> None:
    stamp(folder / "rotation.db", "9999")
    for command in ("current", "upgrade"):
        refused = run("db", command)
        assert refused.exit_code != 0
        assert "made by a newer rotation" in refused.stderr
    with closing(sqlite3.connect(folder / "rotation.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


@pytest.mark.parametrize("command", [("backup", "x"), ("restore", "x", "-y")])
def test_a_ledger_on_a_server_is_copied_by_the_servers_own_tools(
    command: tuple[str, ...], run: Run, folder: Path
) -> None:
    (folder / "rotation.toml").write_text('database_url = "postgresql://me@db/led"\n')
    refused = run(*command)
    assert refused.exit_code == 3
    assert "back it up with pg_dump and pg_restore" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_ledger_on_a_server_is_made_and_looked_at(
    run: Run,
    folder: Path,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    with postgres.database("template1") as url:
        (folder / "rotation.toml").write_text(f'database_url = "{url}"\n')
        assert run("db", "current").exit_code == 1
        with file_lock(url):
            refused = run("db", "upgrade")
        assert refused.exit_code == 3
        assert "is held by process" in refused.stderr
        name = url.partition("?")[0]
        assert run("db", "upgrade").stdout == f"{name} has schema {head()} now, a new one\n"
        assert run("db", "current").stdout == f"{name} has schema {head()}, as needed\n"


# ---- backup


def test_a_backup_is_a_whole_ledger_and_says_what_it_holds(
    run: Run, url: str, folder: Path
) -> None:
    put(url, "first")
    put(url, "second")
    done = run("backup", "copy.db", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)["backup"]
    assert told["path"] == str(folder / "copy.db")
    assert told["bytes"] == (folder / "copy.db").stat().st_size
    assert (told["revision"], told["audit"]["seq"], told["broken"]) == (head(), 2, None)
    assert origins(f"sqlite:///{folder / 'copy.db'}") == ["second", "first"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_tells_the_head_of_the_audit_to_be_kept_elsewhere(run: Run, url: str) -> None:
    put(url, "first")
    ledger = Ledger(url)
    with ledger.reading() as books:
        head = books.audit.head()
    ledger.close()
    assert head is not None
    assert f"nothing was cut: 1 {head.digest}" in run("backup", "copy.db").stdout


def test_a_backup_is_taken_while_a_daemon_runs(run: Run, url: str) -> None:
    with file_lock(url):
        assert run("backup", "copy.db").exit_code == 0


def test_in_a_folder_a_backup_is_named_after_its_time(run: Run, url: str, folder: Path) -> None:
    (folder / "copies").mkdir()
    done = json.loads(run("backup", "copies", "--json").stdout)
    (copy,) = (folder / "copies").iterdir()
    at = done["at"].replace("-", "").replace(":", "")
    assert copy.name == f"rotation-{at}.db"


def test_an_older_backup_is_written_over_only_by_force(run: Run, url: str, folder: Path) -> None:
    (folder / "copy.db").write_text("precious")
    refused = run("backup", "copy.db")
    assert refused.exit_code == 2
    assert "add --force" in refused.stderr
    assert (folder / "copy.db").read_text() == "precious"
    assert run("backup", "copy.db", "--force").exit_code == 0
    assert origins(f"sqlite:///{folder / 'copy.db'}") == []


@pytest.mark.parametrize("name", ["rotation.db", "alias.db", "rotation.db-wal"])
def test_a_ledger_is_never_backed_up_onto_itself(
    name: str, run: Run, url: str, folder: Path
) -> None:
    (folder / "alias.db").symlink_to("rotation.db")
    put(url, "kept")
    refused = run("backup", name, "--force")
    assert refused.exit_code == 2
    assert "is the ledger itself" in refused.stderr
    assert origins(url) == ["kept"]


def test_a_backup_needs_a_ledger_and_a_folder_that_exist(run: Run, folder: Path) -> None:
    assert "there is no ledger at" in run("backup", "copy.db").stderr
    run("db", "upgrade")
    refused = run("backup", "nowhere/copy.db")
    assert refused.exit_code == 2
    assert f"there is no folder {folder / 'nowhere'}" in refused.stderr
    assert not (folder / "rotation.db.part").exists()


def test_a_backup_of_a_forged_audit_is_kept_and_denounced(run: Run, url: str, folder: Path) -> None:
    put(url, "true")
    spoil(folder / "rotation.db")
    done = run("backup", "copy.db")
    assert done.exit_code == 1
    assert "audit record 1 is not as it was written" in done.stderr
    assert (folder / "copy.db").exists()


# ---- restore


@pytest.fixture
def copy(run: Run, url: str, folder: Path) -> Path:
    """A backup that says `old`; the ledger has gone on since and says `new` as well."""
    put(url, "old")
    assert run("backup", "copy.db").exit_code == 0
    put(url, "new")
    return folder / "copy.db"


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("rotation.db.replaced-*"))


def test_a_restore_brings_the_backup_back_and_keeps_what_it_replaced(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    done = run("restore", copy, "--yes", "--author", "mara")
    assert done.exit_code == 0, done.stderr
    assert origins(url) == ["mara", "old"]
    assert meta(url, RESTORED_AT) is not None
    (before,) = kept(folder)
    assert str(before) in done.stdout
    assert origins(f"sqlite:///{before}") == ["new", "old"]
    assert meta(f"sqlite:///{before}", RESTORED_AT) is None
    assert "`rotation holds`" in done.stdout


def test_the_audit_says_who_restored_and_what_was_cut_off(run: Run, url: str, copy: Path) -> None:
    ledger = Ledger(url)
    with ledger.reading() as books:
        before = books.audit.head()
    assert run("restore", copy, "--yes", "--author", "mara").exit_code == 0
    with ledger.reading() as books:
        record, broken = books.audit.list(limit=1)[0], books.audit.verify()
    ledger.close()
    assert before is not None
    assert (record.kind, record.origin, broken) == ("restored", "mara", None)
    assert str(record.detail["text"]).endswith(f"ended with record 2, {before.digest}")


def test_two_restores_in_one_second_keep_both_that_they_replaced(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    for _ in range(3):
        assert run("restore", copy, "--yes").exit_code == 0
    assert len(kept(folder)) == 3


def test_nobody_is_restored_without_being_asked(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    refused = run("restore", copy)
    assert refused.exit_code == 2
    assert "Add --yes" in refused.stderr
    assert origins(url) == ["new", "old"]
    assert kept(folder) == []


def test_nothing_is_restored_under_a_running_daemon(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    with file_lock(url):
        refused = run("restore", copy, "--yes")
    assert refused.exit_code == 3
    assert "is held by process" in refused.stderr
    assert origins(url) == ["new", "old"]
    assert kept(folder) == []


def test_what_is_no_backup_restores_nothing(run: Run, url: str, copy: Path, folder: Path) -> None:
    (folder / "notes.txt").write_text("not a database" * 500)
    with closing(sqlite3.connect(folder / "foreign.db")) as foreign:
        foreign.execute("CREATE TABLE t (x)")
    newer = folder / "newer.db"
    newer.write_bytes(copy.read_bytes())
    stamp(newer, "9999")
    for name, why in (
        ("none.db", "there is no backup at"),
        ("notes.txt", "not a database"),
        ("foreign.db", "is no ledger of rotation"),
        ("newer.db", "made by a newer rotation"),
        ("rotation.db", "is the ledger itself"),
    ):
        refused = run("restore", name, "--yes")
        assert refused.exit_code in {2, 3}, name
        assert why in refused.stderr, name
        assert "Traceback" not in refused.output
    assert origins(url) == ["new", "old"]
    assert kept(folder) == []


def test_a_damaged_ledger_is_moved_aside_for_the_backup(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    damaged = b"no database any more" * 300
    for path in folder.glob("rotation.db*"):
        path.unlink()
    (folder / "rotation.db").write_bytes(damaged)
    assert run("restore", copy, "--yes", "--author", "mara").exit_code == 0
    assert origins(url) == ["mara", "old"]
    (before,) = kept(folder)
    assert before.read_bytes() == damaged


def test_a_damaged_backup_leaves_even_a_damaged_ledger_where_it_was(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    broken = bytearray(copy.read_bytes())
    middle = slice(len(broken) // 4096 // 2 * 4096, None)
    broken[middle] = b"\xff" * len(broken[middle])
    copy.write_bytes(broken)
    damaged = b"no database any more" * 300
    for path in folder.glob("rotation.db*"):
        path.unlink()
    (folder / "rotation.db").write_bytes(damaged)
    refused = run("restore", copy, "--yes")
    assert refused.exit_code == 3
    assert (folder / "rotation.db").read_bytes() == damaged
    assert kept(folder) == []


def test_a_missing_ledger_is_restored_from_a_backup(
    run: Run, url: str, copy: Path, folder: Path
) -> None:
    for path in folder.glob("rotation.db*"):
        path.unlink()
    assert run("restore", copy, "--yes", "--author", "mara").exit_code == 0
    assert origins(url) == ["mara", "old"]
    assert kept(folder) == []


def test_a_restore_for_machines_is_one_json_object(run: Run, url: str, copy: Path) -> None:
    told = json.loads(run("restore", copy, "--yes", "--json").stdout)
    assert told["restored"]["audit"]["seq"] == 1
    assert Path(told["replaced"]).exists()


def test_settings_that_are_wrong_are_named(run: Run, folder: Path) -> None:
    (folder / "rotation.toml").write_text("drip = 8\n")
    refused = run("db", "current")
    assert refused.exit_code == 3
    assert "drip is not a setting" in refused.stderr


@pytest.mark.promise("P-copy")
def test_a_ledger_is_copied_to_the_server_that_the_settings_name(
    run: Run,
    url: str,
    folder: Path,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    put(url, "there")
    refused = run("db", "copy", "rotation.db")
    assert refused.exit_code == 2
    assert "is the ledger that the settings name" in refused.stderr
    with postgres.database(template="template0") as to:
        (folder / "rotation.toml").write_text(f'database_url = "{to}"\n')
        told = run("db", "copy", "rotation.db")
        assert told.exit_code == 0, told.output
        assert "1 of them audit records" in told.stdout
        assert "Start the daemon" in told.stdout
        assert origins(to) == ["there"]
        again = run("db", "copy", "rotation.db", "--json")
        assert again.exit_code == 3
        assert "is in use: its table" in again.stderr
