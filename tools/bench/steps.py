"""A durable step against an empty job of the queues: on the same PostgreSQL, and in SQLite files.

A step is all that one change takes: decide, commit the attempt, call a chat that answers at once,
commit the answer, read it back, commit what was proven. A queue's job does nothing. The peers are
installed apart (`make bench` does it) and run as processes of their own.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
import rosters
import servers
from instant import InstantChat
from table import Goal, Row, seconds

from rotation.core.facts import Moment
from rotation.engine import AccountRules, Engine, adopt
from rotation.ledger import Ledger, upgrade
from rotation.roster_file import digest

PEERS = Path(__file__).with_name("peers")
PYTHON = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"
ROUNDS, GROUPS, JOBS = 3, 60, 1500
BEFORE = datetime(2026, 10, 23, 7, 59, tzinfo=UTC)
UNTIL = BEFORE + timedelta(minutes=10)
UNLIMITED = AccountRules(drip=10**6, requests=10**6, daily=10**9)


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as made, servers.postgres() as dsn:
        ours = median(_step(_emptied(dsn)) for _ in range(ROUNDS))
        what = "a durable step, PostgreSQL"
        for peer in ("procrastinate", "dbos"):
            yield _row(what, ours, peer, _peer("in_postgres.py", peer, dsn, str(JOBS)), 3)
        with servers.redis() as url:
            theirs = _peer("in_redis.py", str(JOBS), BENCH_REDIS=url) if url else None
        yield _row(what, ours, "Celery with Redis", theirs, 1)
        ours = median(_step(f"sqlite:///{made}/{n}.db") for n in range(ROUNDS))
        theirs = _peer("in_sqlite.py", made, str(JOBS))
        yield _row("a durable step, SQLite", ours, "huey, fsync", theirs, 1)


def _row(what: str, ours: float, peer: str, theirs: float | None, goal: float) -> Row:
    if theirs is None:
        return Row(what, f"{1 / ours:.0f} a second", f"{peer}: not installed here")
    base = f"{peer}: {1 / theirs:.0f} empty jobs a second"
    told = f"{1 / ours:.0f} a second, {seconds(ours)}"
    return Row(what, told, base, theirs / ours, Goal(">=", goal))


def _peer(script: str, *words: str, **env: str) -> float | None:
    """Seconds for a job of a peer, the middle one of some runs; None where it isn't installed."""
    if not PYTHON.exists():
        return None
    line = [str(PYTHON), str(PEERS / script), *words]
    runs = (_told(line, env) for _ in range(ROUNDS))
    return median(float(said.split()[-1]) for said in runs)


def _told(line: list[str], env: dict[str, str]) -> str:
    quiet = subprocess.DEVNULL
    return subprocess.check_output(line, text=True, env={**os.environ, **env}, stderr=quiet)  # noqa: S603 - a script of ours


def _emptied(dsn: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as session:
        session.execute("DROP SCHEMA IF EXISTS dbos CASCADE")
        session.execute("DROP SCHEMA public CASCADE")
        session.execute("CREATE SCHEMA public")
    return dsn


def _step(url: str) -> float:
    """Seconds for a step: at eight one person comes and one goes in each of the groups."""
    roster = rosters.everyone_changes(GROUPS, 1)
    inside = {g.chat: rosters.inside_at_night(roster, g) for g in roster.groups.values()}
    chat = InstantChat(inside)
    upgrade(url)
    ledger = Ledger(url)
    at, read_at = BEFORE, time.perf_counter()

    def clock() -> Moment:
        """Time passes as it does, and besides that whatever nobody waits for is left out."""
        nonlocal at, read_at
        before, read_at = read_at, time.perf_counter()
        at += timedelta(seconds=read_at - before)
        return Moment(at, "bench", at.timestamp())

    accounts, rules = {rosters.ACCOUNT: chat}, {rosters.ACCOUNT: UNLIMITED}
    engine = Engine(ledger, accounts, clock, zone_data="bench", rules=rules)
    adopt(ledger, roster, digest(roster), at, "bench")
    took = 0.0
    while at < UNTIL:
        began = time.perf_counter()
        due = engine.tick(rosters.ACCOUNT)
        took += time.perf_counter() - began if chat.changes else 0.0
        at = max(at, due)
    left = engine.unfinished(list(roster.groups))
    ledger.close()
    if left or chat.changes != 2 * GROUPS:
        raise RuntimeError(f"{chat.changes} changes were made of {2 * GROUPS}; unfinished: {left}")
    return took / chat.changes
