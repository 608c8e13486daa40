"""A standby server that had not heard of the last commits becomes the server."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine import Shared
from rotation.ledger import LeaseLost, Ledger, Replica, upgrade
from tests.conftest import Postgres, cluster

pytestmark = [pytest.mark.slow, pytest.mark.process]
MAIN = AccountId("main")
STARTS = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> Moment:
        return Moment(STARTS + timedelta(seconds=self.seconds), "boot", self.seconds)

    def passes(self, seconds: float, *beating: Shared) -> None:
        for _ in range(int(seconds // 5)):
            self.seconds += 5
            for one in beating:
                one.beat()


def replica(ledger: Ledger, clock: Clock, name: str) -> Shared:
    me = Replica(name, name, "1", "2026a", (MAIN,), "", "", 0, STARTS, STARTS)
    return Shared(ledger, clock, me)


def does(server: Postgres, program: str, *arguments: str) -> None:
    command = [server.programs / program, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **server.ways)


def stands_by(server: Postgres) -> None:
    """A copy of the server as it is now."""
    does(
        server,
        "pg_basebackup",
        "-h",
        str(server.folder),
        "-U",
        "rotation",
        "-D",
        "copy",
        "-c",
        "fast",
    )
    (server.folder / "copy" / "standby.signal").touch()


def is_promoted(server: Postgres) -> None:
    """The copy is the server's data from now on, and begins a history of its own."""
    (server.folder / "data").rename(server.folder / "lost")
    (server.folder / "copy").rename(server.folder / "data")


@pytest.mark.promise("S9", "P-replicas")
def test_a_lease_that_passed_on_in_lost_commits_is_nobodys_until_it_was_waited_for() -> None:
    clock = Clock()
    with cluster() as server:
        with server.serving():
            upgrade(server.url("postgres"))
            ledgers = [Ledger(server.url("postgres")) for _ in range(2)]
            first, second = (replica(one, clock, f"r{n}") for n, one in enumerate(ledgers, 1))
            first.beat()
            second.beat()
            stands_by(server)
            first.leave()
            second.beat()
            lost = second.of(MAIN)
            assert lost is not None
        is_promoted(server)
        with server.serving(promoted=True):
            for one in (first, second):
                one.beat()
                assert one.of(MAIN) is None
            with pytest.raises(LeaseLost), ledgers[1].writing() as books:
                second.fence(books, lost)
            clock.passes(40, first, second)
            assert {first.of(MAIN), second.of(MAIN)} == {None}
            clock.passes(10, first, second)
            taken = first.of(MAIN) or second.of(MAIN)
            assert taken is not None
            assert (taken.timeline, taken.shaken) == ("00000002", True)
            for ledger in ledgers:
                ledger.close()
