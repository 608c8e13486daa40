"""Migrations make exactly the tables the code knows, and an unknown schema is refused."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from alembic import command
from rotation.core.facts import Effect
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import (
    Ledger,
    LedgerUnavailable,
    UnknownSchema,
    current,
    head,
    in_memory,
    migration,
    upgrade,
)
from rotation.ledger.schema import REVISIONS, blank, migrations, require_known
from rotation.ledger.tables import metadata

DEFINITIONS = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"


def definitions(conn: sqlite3.Connection) -> set[tuple[str, ...]]:
    """What a database consists of, with spaces and quotes told alike."""
    rows = conn.execute(DEFINITIONS).fetchall()
    spaced = re.compile(r"[\s\"]*([(),])[\s\"]*|[\s\"]+")
    return {(*row[:3], spaced.sub(lambda found: found[1] or " ", row[3])) for row in rows}


@pytest.mark.promise("P-sqlite")
def test_the_migrations_make_the_file_that_a_ledger_in_memory_is(file_url: str) -> None:
    path = file_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as migrated, closing(sqlite3.connect(":memory:")) as known:
        known.deserialize(blank())
        assert definitions(migrated) == definitions(known)


@pytest.mark.promise("P-sqlite", "P-server")
def test_the_migrations_make_the_tables_the_code_knows(by_hand: Connection) -> None:
    assert compare_metadata(MigrationContext.configure(by_hand), metadata) == []


def test_the_known_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(s.revision for s in reversed([*scripts.walk_revisions()])) == REVISIONS
    assert scripts.get_heads() == [head()]


def test_a_ledger_is_created_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "rotation.db"
    url = f"sqlite:///{path}"
    assert current(url) is None
    assert upgrade(url) == head() == current(url)
    assert path.stat().st_mode & 0o777 == 0o600
    Ledger(url).require_schema()


@pytest.mark.process
def test_a_ledger_made_aside_is_the_same_ledger(file_url: str, tmp_path: Path) -> None:
    aside = tmp_path / "aside" / "rotation.db"
    assert upgrade(f"sqlite:///{aside}", aside=True) == head()
    with (
        closing(sqlite3.connect(aside)) as made,
        closing(sqlite3.connect(file_url.removeprefix("sqlite:///"))) as known,
    ):
        assert definitions(made) == definitions(known)
        assert made.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.process
def test_what_stops_a_migration_aside_is_told_as_trouble_of_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "rotation.db"
    with closing(sqlite3.connect(path)) as somebody_elses:
        somebody_elses.execute("CREATE TABLE meta (ours)")
    with pytest.raises(LedgerUnavailable, match="meta already exists"):
        upgrade(f"sqlite:///{path}", aside=True)
    assert current(f"sqlite:///{path}") is None


def test_upgrading_again_changes_nothing(open_ledger: Callable[[], Ledger], url: str) -> None:
    with open_ledger().writing() as books:
        books.meta.put("kept", "yes")
    assert upgrade(url) == head()
    with open_ledger().reading() as books:
        assert books.meta.get("kept") == "yes"


def test_a_missing_ledger_says_how_to_make_one(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(UnknownSchema, match=r"no ledger at .*none\.db yet.*rotation db upgrade"):
        ledger.require_schema()


def test_an_empty_file_is_no_ledger_yet_and_becomes_one(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(UnknownSchema, match="rotation db upgrade"):
        Ledger(f"sqlite:///{path}").require_schema()
    assert upgrade(f"sqlite:///{path}") == head()


@pytest.mark.promise("F29")
def test_a_ledger_of_a_newer_rotation_is_left_alone(
    open_ledger: Callable[[], Ledger], url: str, by_hand: Connection
) -> None:
    by_hand.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for refused in (open_ledger().require_schema, lambda: upgrade(url)):
        with pytest.raises(UnknownSchema, match=r"9999.*made by a newer rotation"):
            refused()
    assert current(url) == "9999"


@pytest.mark.promise("F29")
def test_a_ledger_of_an_older_rotation_says_how_to_upgrade() -> None:
    with pytest.raises(UnknownSchema, match=r"has schema 0001.*needs 0002; run `rotation db upg"):
        require_known("0001", "rotation.db", known=("0001", "0002"))


def test_a_file_that_is_no_database_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("precious " * 200)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        upgrade(f"sqlite:///{path}")
    assert path.read_text() == "precious " * 200


def test_a_ledger_in_memory_has_its_schema() -> None:
    in_memory().require_schema()
    assert current("sqlite://") == head()
    with pytest.raises(ValueError, match="name a file"):
        upgrade("sqlite://")


@pytest.mark.process
def test_the_migrations_are_found_where_the_wheel_puts_them(tmp_path: Path) -> None:
    source = migrations().parent
    site = tmp_path / "site"
    shutil.copytree(source / "rotation", site / "rotation")
    shutil.copytree(source / "alembic", site / "rotation" / "ledger" / "migrations")
    url = f"sqlite:///{tmp_path / 'rotation.db'}"
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import rotation.ledger as ledger;"
        "assert ledger.__file__.startswith(sys.argv[1]); print(ledger.upgrade(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, site, url],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == head() == current(url)


@pytest.fixture
def nothing_yet(kind: str, postgres: Any, tmp_path: Path) -> Iterator[str]:  # noqa: ANN401 - a fixture of the tests' own
    """The URL of a database in which there is nothing yet."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    with postgres.database(template="template0") as url:
        yield url


BEFORE = """
    INSERT INTO grants ("group", person, effect, starts, duty, reason, author, made_at, together)
    VALUES ('desk', 'ana', 'in', '2026-01-05T08:00:00.000000Z', true, 'ill', 'mara',
        '2026-01-05T08:00:00.000000Z', 'h{}')
"""


def test_grants_from_before_they_had_a_purpose_keep_their_numbers(
    nothing_yet: str, now: datetime
) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    with migration._transaction(nothing_yet) as conn:  # noqa: SLF001 - an older release is made here
        config.attributes["connection"] = conn
        command.upgrade(config, "0006")
        for n in range(3):
            conn.exec_driver_sql(BEFORE.format(n))
        conn.exec_driver_sql("DELETE FROM grants WHERE together = 'h0'")
    upgrade(nothing_yet)
    ledger = Ledger(nothing_yet)
    with ledger.writing() as books:
        kept = books.grants.all()
        assert [(g.id, g.together, g.duty) for g in kept] == [(2, "h1", True), (3, "h2", True)]
        assert {(g.ticket, g.subscription) for g in kept} == {("", "")}
        made = books.grants.make(
            group=GroupId("desk"), person=PersonId("ana"), effect=Effect.IN, starts=now,
            until=None, duty=False, reason="", author="mara", now=now, ticket="T-1",
        )  # fmt: skip
        assert made.id == 4
    ledger.close()
