"""kill -9 at every kind of instant of a handover: it ends where no crash would have."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import AccountId

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Hourly: TypeAlias = Any
"""A desk where one agent follows another at every full hour."""
MakeDesk: TypeAlias = Callable[..., "Desk"]

CALLS = ("@g.us", "add", "@g.us", "text", "remove", "@g.us")
"""How the paths end of what is asked of the chat in a handover, in order; a read by the group."""


@dataclass
class Desk:
    """A daemon that dies, hour after hour."""

    site: Any
    hourly: Hourly
    daemon: Any = None
    hour: int = 0

    def all_is_well(self) -> None:
        """The handover of this hour is done, once and provably; now it is the eve of the next."""
        self.site.until(f"{self.hour}:{12 + self.site.lease}", self.daemon)
        assert self.daemon.runs, self.daemon.complaint
        assert self.site.world.inside() == self.hourly.who(self.hour)
        self.site.until(f"{self.hour}:59", self.daemon)
        self.site.world.is_lawful()
        self.site.is_whole()
        self.hour += 1

    def begins(self, *, mortal: bool = False) -> None:
        self.daemon = self.site.daemon(mortal=mortal)
        self.all_is_well()

    def dies_at(self, commit: int) -> bool:
        """In the handover of this hour; whether it has so many commits."""
        self.site.dies_in(commit)
        return self._died()

    def dies_recovering(self, commit: int) -> bool:
        """Begun anew in the midst of a handover; whether it has so many commits up to its end."""
        self.site.dies_in(commit)
        self.daemon = self.site.daemon(mortal=True)
        return self._died()

    def _died(self) -> bool:
        self.site.until(f"{self.hour}:05", self.daemon)
        died = not self.daemon.runs
        assert not died or self.daemon.ends() == -signal.SIGKILL
        self.site.dies_in(0)
        return died

    def dies_in_a_call(self, what: str, *, arrives: bool, nth: int = 1) -> None:
        held = self.site.between.hold(what, nth=nth, arrives=arrives)
        self.site.until(f"{self.hour}:05", self.daemon, held)
        held.wait()
        self.daemon.kill()
        held.drop()


@pytest.fixture
def desk(ledger: str, site: MakeSite, hourly: Hourly) -> Callable[..., Desk]:
    def make(*, between: bool = False) -> Desk:
        told = {"people": hourly.people, "between": between, "ledger": ledger}
        return Desk(site("00:02", hourly.desk, **told), hourly)

    return make


@pytest.mark.promise("C2", "S10", "A5")
def test_a_daemon_killed_in_any_commit_of_a_handover_converges(desk: MakeDesk) -> None:
    dies = desk()
    dies.begins(mortal=True)
    for commit in count(1):
        if not dies.dies_at(commit):
            break
        dies.begins(mortal=True)
    dies.all_is_well()
    assert commit > 15, "as many as a handover has"


@pytest.mark.promise("C2", "S13", "A1")
@pytest.mark.parametrize(
    ("ledger", "arrives"),
    [("sqlite", False), ("sqlite", True), ("postgresql", True)],
    indirect=["ledger"],
    ids=["before it arrives", "before its answer", "before its answer, on a server"],
)
def test_a_daemon_killed_in_the_midst_of_any_call_of_a_handover_converges(
    desk: MakeDesk, *, arrives: bool
) -> None:
    dies = desk(between=True)
    dies.begins()
    for number, what in enumerate(CALLS, start=1):
        dies.dies_in_a_call(what, nth=CALLS[:number].count(what), arrives=arrives)
        dies.begins()


@pytest.mark.promise("C2")
@pytest.mark.parametrize("what", ["add", "remove"])
@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
def test_a_daemon_killed_again_in_any_commit_of_its_recovery_converges(
    desk: MakeDesk, what: str
) -> None:
    dies = desk(between=True)
    dies.begins()
    for commit in count(1):
        dies.dies_in_a_call(what, arrives=True)
        if not dies.dies_recovering(commit):
            break
        dies.begins()
    dies.all_is_well()
    assert commit > 4, "as many as a recovery has"


@pytest.mark.promise("C9", "F33")
@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
def test_a_daemon_told_to_stop_in_the_midst_of_any_call_leaves_nothing_open_and_starts_nothing(
    desk: MakeDesk,
) -> None:
    ends = desk(between=True)
    ends.begins()
    for number, what in enumerate(CALLS, start=1):
        nth = CALLS[:number].count(what)
        held = ends.site.between.hold(what, nth=nth, arrives=bool(number % 2))
        ends.site.until(f"{ends.hour}:05", ends.daemon, held)
        held.wait()
        asked = len(ends.site.world.calls())
        ends.daemon.send(signal.SIGTERM)
        held.drop()
        assert ends.daemon.ends() == 0
        assert len(ends.site.world.calls()) == asked
        with ends.site.books() as books:
            assert books.attempts.open(AccountId("main")) == []
        ends.begins()
