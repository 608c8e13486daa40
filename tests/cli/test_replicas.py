"""`status --replicas`: who works on which account, who stands by and why, who is gone."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rotation.core.facts import HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import AccountId
from rotation.ledger import HOUSE, Ledger, Replica
from rotation.surfaces.cli.frame import app
from rotation.surfaces.cli.moment import now

Run = Callable[..., Result]
MAIN, SPARE = AccountId("main"), AccountId("spare")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rotation.toml").write_text('[log]\nlevel = "info"\n')

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app("status"), ["status", "--replicas", *arguments])

    return invoke


@pytest.fixture
def ledger(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:  # noqa: ANN401 - of the tests' own
    """One on a server, in which a roster with errors is waited for."""
    with postgres.database() as url:
        monkeypatch.setenv("ROTATION_DATABASE_URL", url)
        found = Ledger(url)
        with found.writing() as books:
            books.holds.settle(None, None, (HeldItem(Hold.ROSTER, detail="no such zone"),), now())
        yield found
        found.close()


def signed(ledger: Ledger, name: str, age: timedelta = timedelta(0), standby: str = "") -> None:
    at = now() - age
    with ledger.writing() as books:
        books.leases.sign(
            Replica(name, f"{name} on vm", "1.2", "2026c", (MAIN,), "3f9c", standby, 7, at, at)
        )


def taken(ledger: Ledger, account: AccountId, holder: str) -> None:
    with ledger.writing() as books:
        timeline = books.leases.timeline()
        books.leases.add([account], timeline, now())
        (lease,) = (one for one in books.leases.all() if one.account == account)
        books.leases.take(lease, holder, timeline, now())


@pytest.mark.promise("P-replicas")
def test_who_works_who_stands_by_and_who_is_silent(run: Run, ledger: Ledger) -> None:
    signed(ledger, "a")
    signed(ledger, "b", standby="time-zone data 2026a is older")
    signed(ledger, "c", age=timedelta(minutes=2))
    for account, holder in ((MAIN, "a"), (HOUSE, "a"), (SPARE, "gone")):
        taken(ledger, account, holder)
    shown = run()
    assert shown.exit_code == 0, shown.stderr
    silent, working, standing, free = shown.stdout.strip().split("\n\n")
    assert silent.startswith("c on vm (seen 2 min ago)\n  is not heard of any more")
    assert working.startswith("a on vm, keeps house (seen ")
    assert "  main: works on it for " in working
    assert "term 1" in working
    assert "roster files 3f9c, which differ" in working
    assert "stands by: time-zone data 2026a is older" in standing
    assert free == "spare: whoever had it is gone; others wait until its term is over"
    told = json.loads(run("--json").stdout)
    assert [one["replica"] for one in told["replicas"]] == ["c", "a", "b"]
    assert [work["account"] for one in told["replicas"] for work in one["works_on"]] == ["main"]
    assert [work["account"] for work in told["orphans"]] == ["spare"]


@pytest.mark.promise("P-replicas")
def test_where_nobody_runs_it_says_how_to_start_one(run: Run, ledger: Ledger) -> None:
    assert run().stdout == "no replica runs; `rotation run` starts one\n"
    with ledger.writing() as books:
        books.leases.add([MAIN], books.leases.timeline(), datetime(2026, 1, 5, tzinfo=UTC))
    assert "main: nobody works on it now" in run().stdout
