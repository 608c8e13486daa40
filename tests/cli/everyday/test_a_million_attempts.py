"""After years: with a million attempts behind it, nothing that is asked every day reads them all.

What was said to the database while a desk went on through a handover, and while somebody looked at
it from the command line, is said again, and the database tells how far it had to go.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg.types.string import StrDumper

from rotation.core.roster import GroupId, PersonId
from tests.cli.everyday.conftest import MONDAY, Office, build_roster, rehearse

Said: TypeAlias = tuple[str, Any]
"""A statement and its values, as the driver was given them."""

ATTEMPTS, OTHERS = 1_000_000, 50_000
"""Of what else grows: so many audit records, reads, handovers, notices and holds, and seats."""
FAR = 5_000
"""Rows, or steps of SQLite's machine for each of its own, that one statement may go through."""
STEPS_A_ROW = 10

FILLED = {
    "attempts": (ATTEMPTS, {
        "id": "-n", "account": "CASE n % 50 WHEN 0 THEN 'main' ELSE 'a' || n % 50 END",
        "kind": "CASE n % 2 WHEN 0 THEN 'add' ELSE 'remove' END",
        "group": "CASE n % 100 WHEN 0 THEN 'acme' ELSE 'g' || n % 2000 END",
        "person": "CASE n % 100 WHEN 0 THEN 'chen' ELSE 'p' || n % 500 END", "reason": "'shift'",
        "key": "'x/2025-01-01/0'", "origin": "'roster'", "roster": "'d'", "zone_data": "'z'",
        "boot": "'then'", "uptime": "n", "sent_at": "at", "ended_at": "at", "took": "0.1",
        "outcome": "'accepted'", "detail": "''",
    }),
    "audit": (OTHERS, {
        "seq": "-n", "at": "at", "kind": "'added'",
        "group": "CASE n % 1000 WHEN 0 THEN 'acme' ELSE 'g' || n % 2000 END",
        "person": "CASE n % 3 WHEN 0 THEN 'chen' ELSE 'p' || n % 500 END", "origin": "'roster'",
        "detail": "'{}'", "attempts": "'[]'", "previous": "''", "digest": "''",
    }),
    "reads": (OTHERS, {
        "id": "-n", "account": "CASE n % 50 WHEN 0 THEN 'main' ELSE 'a' || n % 50 END",
        "group": "'g' || n % 2000", "began_at": "at", "ended_at": "at", "outcome": "'members'",
        "boot": "'then'", "uptime": "n",
    }),
    "handovers": (OTHERS, {
        "group": "CASE n % 100 WHEN 0 THEN 'acme' ELSE 'g' || n % 2000 END", "at": "at",
        "incoming": "CASE n % 100 WHEN 0 THEN '[\"chen\"]' ELSE '[]' END", "outgoing": "'[]'",
        "roster": "'d'", "zone_data": "'z'", "recorded_at": "at", "proven_at": "at",
        "missed": "false",
    }),
    "notices": (OTHERS, {
        "kind": "'notice'", "group": "'g' || n % 2000", "person": "'p' || n % 500",
        "key": "'k' || n", "attempt": "-n", "claimed_at": "at", "concluded_at": "at",
        "outcome": "'Accepted'",
    }),
    "holds": (OTHERS, {
        "id": "-n", "hold": "'unreachable'",
        "account": "CASE n % 50 WHEN 0 THEN 'main' ELSE 'a' || n % 50 END",
        "group": "CASE n % 100 WHEN 0 THEN 'acme' ELSE 'g' || n % 2000 END",
        "detail": "''", "since": "at", "closed_at": "at",
    }),
    "seats": (OTHERS, {
        "group": "'g' || n % 2000", "person": "'q' || n", "seen": "'in'", "key": "''",
        "tries": "0", "in_doubt": "false", "refused_key": "''", "proven": "''", "strikes": "0",
    }),
}  # fmt: skip
"""How many rows, and each column made of the row's number `n` and an instant before Monday."""
ACME, CHEN = GroupId("acme"), PersonId("chen")
PAGES = ((ACME, CHEN, None), (None, CHEN, "let_go"), (None, None, "let_go"))
"""What the page of the past may ask for, which no command does: chen has records everywhere."""
COMMANDS = (
    ("status",), ("holds",), ("explain", "chen", "acme"),
    ("history",), ("history", "--group", "acme"), ("history", "--person", "chen"),
    ("history", "--since", "2026-01-05T11:00Z"), ("history", "--until", "2025-12-20T00:00Z"),
)  # fmt: skip


def statement(name: str, at: str, numbers: str) -> str:
    rows, columns = FILLED[name]
    names = ", ".join(f'"{column}"' for column in columns)
    made = ", ".join(value if value != "at" else at for value in columns.values())
    return f"INSERT INTO {name} ({names}) SELECT {made} FROM {numbers.format(rows)}"  # noqa: S608 - ours


IN_A_FILE = (
    "strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1767571200 - n * 60, 'unixepoch')",
    "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT {}) SELECT n FROM s)",
)
ON_A_SERVER = (
    "timestamptz '2026-01-05T00:00Z' - n * interval '1 minute'",
    "generate_series(1, {}) AS s (n)",
)


@dataclass
class Heard:
    """What was said to databases: each statement, with its values, once."""

    said: dict[str, Said] = field(default_factory=dict)

    def hear(self, statement: str, values: Any = None) -> None:  # noqa: ANN401 - whatever a driver takes
        if statement.lstrip().partition(" ")[0].strip() in {
            "SELECT",
            "UPDATE",
            "DELETE",
            "INSERT",
            "WITH",
        }:
            self.said.setdefault(f"{statement} {values}", (statement, values))


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """In a file it is what the driver prepares; on a server what it is given."""
    heard, connect = Heard(), sqlite3.connect

    def connected(*where: Any, **how: Any) -> sqlite3.Connection:  # noqa: ANN401 - the library's own
        found = connect(*where, **how)
        found.set_trace_callback(heard.hear)
        return found

    def given(how: str) -> None:
        say = getattr(psycopg.Cursor, how)

        def told(cursor: Any, statement: Any, values: Any = None, **more: Any) -> Any:  # noqa: ANN401 - as above
            words = statement.decode() if isinstance(statement, bytes) else str(statement)
            if how == "executemany":
                values = list(values)
            heard.hear(words, values[0] if how == "executemany" else values)
            return say(cursor, statement, values, **more)

        patched.setattr(psycopg.Cursor, how, told)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connected)
        given("execute")
        given("executemany")
        yield heard


def lives(folder: Path, url: str, fill: Callable[[str], None], heard: Heard) -> list[Said]:
    """After years, a handover at four in which somebody can't be added; and a look at it all."""
    (folder / "rotation.toml").write_text(
        f'database_url = "{url}"\n[accounts.main]\nprovider = "sandbox"\n', encoding="utf-8"
    )

    def shy(world: dict[str, Any]) -> None:
        for person in world["people"]:
            if person["name"] == "Emil":
                person["privacy"] = "contacts"

    starts, noon = MONDAY.replace(hour=7), MONDAY.replace(hour=12)
    made = rehearse(folder, build_roster(), starts, noon, shy, url)
    fill(url)
    heard.said.clear()
    made.run(MONDAY.replace(hour=16, minute=40))
    office = Office(folder, made.now)
    for command in COMMANDS:
        assert office.run(*command).stdout != ""
    with made.ledger.reading() as books:  # as the page of the past asks
        for group, person, kind in PAGES:
            books.audit.list(group, person, limit=51, kind=kind)
    made.ledger.close()
    return list(heard.said.values())


@pytest.mark.slow
def test_in_a_file_no_statement_goes_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rotation.db"
    with listening(monkeypatch) as heard:
        said = [s for s, _ in lives(tmp_path, f"sqlite:///{path}", filled_file, heard)]
    assert len(said) > 500
    assert any(s.startswith("UPDATE attempts") for s in said)
    with closing(sqlite3.connect(path, isolation_level=None)) as known:
        known.set_progress_handler(lambda: 1, FAR * STEPS_A_ROW)
        assert [s for s in said if goes_far(known, s)] == []
        assert goes_far(known, 'SELECT count(*) FROM attempts WHERE "group" = key')


def goes_far(known: sqlite3.Connection, statement: str) -> bool:
    known.execute("BEGIN")
    try:
        known.execute(statement).fetchall()
    except sqlite3.IntegrityError:
        return False  # it is there already
    except sqlite3.OperationalError as trouble:
        if str(trouble) != "interrupted":
            raise
        return True
    else:
        return False
    finally:
        if known.in_transaction:
            known.execute("ROLLBACK")


def filled_file(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as known:
        for quick in ("synchronous=OFF", "temp_store=MEMORY", "cache_size=-200000"):
            known.execute(f"PRAGMA {quick}")
        kept = known.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') "
            "AND sql IS NOT NULL"
        ).fetchall()
        known.execute("BEGIN")
        for kind, name, _ in kept:
            known.execute(f"DROP {kind} {name}")
        for name in FILLED:
            known.execute(statement(name, *IN_A_FILE))
        for _, _, made in kept:
            known.execute(made)
        known.execute("COMMIT")


@pytest.mark.slow
def test_on_a_server_no_statement_goes_far(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    with postgres.database() as url, listening(monkeypatch) as heard:
        said = lives(tmp_path, url, filled_server, heard)
        assert len(said) > 500
        with psycopg.connect(url) as known:
            known.adapters.register_dumper(str, StrDumper)  # as the ledger's own sessions do
            far = [(s, plan) for s, values in said if (plan := far_plan(known, s, values))]
            assert far == []
            everywhere = 'SELECT count(*) FROM attempts WHERE "group" = key'
            assert far_plan(known, everywhere, None) is not None


def far_plan(known: psycopg.Connection[Any], statement: str, values: Any) -> str | None:  # noqa: ANN401 - as above
    """How the server goes about it, if any part of that goes through too many rows."""
    try:
        asked = known.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode(), values)
        ((found,),) = asked.fetchall()
    except psycopg.errors.IntegrityError:
        return None  # it is there already
    finally:
        known.rollback()
    far = any(rows > FAR for rows in rows_of(found[0]["Plan"]))
    return json.dumps(found) if far else None


def rows_of(plan: dict[str, Any]) -> Iterator[float]:
    """How many rows each part of a plan went through, the left out ones too."""
    through = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    yield sum(plan.get(name, 0) for name in through) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from rows_of(part)


def filled_server(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as known:
        known.execute("SET session_replication_role = replica")  # past the guards
        kept = known.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND "
            "indexname NOT IN (SELECT conname FROM pg_constraint)"
        ).fetchall()
        told = [
            *(f"DROP INDEX {name}" for name, _ in kept),
            *(statement(name, *ON_A_SERVER) for name in FILLED),
            *(made for _, made in kept),
            "ANALYZE",
        ]
        for said in told:
            known.execute(said.encode())
