"""kill -9 in the middle of writing: what was committed stays, what was not never was."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import pytest

from rotation.core.roster import AccountId
from rotation.ledger import Ledger

WRITE = """
import sys
from datetime import UTC, datetime
from rotation.core.facts import Because, Kind
from rotation.core.reason import Reason
from rotation.core.outcome import Accepted
from rotation.ledger import Ledger

at = datetime(2026, 1, 5, tzinfo=UTC)
ledger = Ledger(sys.argv[1])
while True:
    with ledger.writing() as books:
        attempt = books.attempts.begin(
            account="main", kind=Kind.REMOVE, group="desk", person="ana",
            because=Because(Reason.SHIFT_END, "k", "r"), roster="r", zone_data="z", boot="b",
            uptime=1.0, sent_at=at,
        )
    print("begun", attempt.id, flush=True)
    with ledger.writing() as books:
        books.attempts.end(attempt.id, Accepted(), at)
        seq = books.audit.append(
            at=at, kind="removed", group="desk", person="ana", reason=Reason.SHIFT_END,
            origin="r", detail={}, attempts=(attempt.id,),
        )
    print("ended", attempt.id, flush=True)
"""


@pytest.mark.process
@pytest.mark.promise("S10", "A5")
def test_nothing_committed_is_lost_and_nothing_is_half_done(
    open_ledger: Callable[[], Ledger], url: str, kind: str
) -> None:
    said: list[str] = []
    for lines in (1, 2, 7, 40):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE, url], stdout=subprocess.PIPE, text=True
        )
        with writer:
            assert writer.stdout is not None
            said += [writer.stdout.readline() for _ in range(lines)]
            writer.kill()
            said += writer.stdout.readlines()
        assert writer.returncode == -9

    begun = {int(line.split()[1]) for line in said if line.startswith("begun ")}
    ended = {int(line.split()[1]) for line in said if line.startswith("ended ")}
    with open_ledger().reading() as books:
        attempts = books.attempts.of()
        closed = {a.id for a in attempts if a.outcome is not None}
        assert begun <= {a.id for a in attempts}
        assert ended <= closed
        assert {r.attempts[0] for r in books.audit.list()} == closed
        assert {a.id for a in books.attempts.open(AccountId("main"))} == (
            {a.id for a in attempts} - closed
        )
        assert books.audit.verify() is None
    if kind == "postgresql":  # whose server was not killed
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as found:
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
