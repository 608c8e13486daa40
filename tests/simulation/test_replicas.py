"""Several daemons over one ledger and one world: paused at the worst moments, killed, and planted.

The daemons are the real engines and leases; each has a boot clock of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import AccountId
from rotation.engine import AccountRules, Shared
from rotation.engine.tenure import Tenure
from rotation.ledger import Books
from rotation.wiring.fleet import Fleet
from rotation.wiring.mortal import Fate, MortalLedger
from rotation.wiring.simulation import Seams, Simulation
from rotation.wiring.weather import Force
from tests.simulation.test_planted_ledgers import HardLife, LimitInMemory

pytestmark = pytest.mark.slow
Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""


class StandsStill(MortalLedger):
    """Whoever has committed an attempt stands still before its call leaves, every second time."""

    fleet: Fleet | None = None
    lengths: tuple[int, ...] = ()

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate)
        self._newest = self._times = 0

    @contextmanager
    def writing(self) -> Iterator[Books]:
        with super().writing() as books:
            yield books
            newest = max((a.id for a in books.attempts.open(AccountId("main"))), default=0)
        if newest > self._newest and self.fleet is not None:
            self._newest = newest
            self._times += 1
            if self._times % 2 == 0:
                length = self.lengths[self._times // 2 % len(self.lengths)]
                self.fleet.pause(timedelta(seconds=length))


def standing_still(*lengths: int) -> Callable[[Simulation, datetime], None]:
    def stands_still(simulation: Simulation, _day: datetime) -> None:
        found = simulation.rehearsal
        assert isinstance(found, Fleet)
        assert isinstance(found.ledger, StandsStill)
        found.ledger.fleet = found
        found.ledger.lengths = lengths

    return stands_still


class NoMargin(Shared):
    """Starts calls until the very moment at which others may take over."""

    def of(self, account: AccountId) -> Tenure | None:
        tenure = super().of(account)
        if tenure is None or tenure.until is None:
            return tenure
        return replace(tenure, until=tenure.until + self.terms.margin + 20)


class TrustsItself(Shared):
    """Took a lease once, and believes in it until the ledger refuses something."""

    def of(self, account: AccountId) -> Tenure | None:
        tenure = super().of(account)
        return tenure and replace(tenure, until=None)


@pytest.mark.promise("S9", "I6", "C2")
def test_replicas_that_stand_still_and_die_break_nothing(simulated: Make, desks: Make) -> None:
    seen = simulated(desks(hours=1), hours=4, force=Force.WILD, seed=5, replicas=3)
    assert seen.oracles.found == []
    assert seen.rehearsal.takeovers > 1


@pytest.mark.promise("S9", "S10", "I6")
def test_a_call_whose_lease_ran_out_after_its_attempt_was_committed_never_leaves(
    simulated: Make, desks: Make
) -> None:
    seams = Seams(ledger=StandsStill, hand=standing_still(14, 120, 45, 30))
    seen = simulated(desks(hours=1), hours=2.5, seams=seams, replicas=2)
    assert seen.oracles.found == []
    assert seen.rehearsal.takeovers > 2
    with seen.rehearsal.ledger.reading() as books:
        attempts = books.attempts.of()
    assert any(a.outcome.detail == "the end of this call was never written down" for a in attempts)


@pytest.mark.planted
@pytest.mark.promise("S9")
@pytest.mark.parametrize(
    ("share", "seconds"),
    [(NoMargin, 44), (TrustsItself, 120)],
    ids=["a lease is trusted to its last second", "a lease is trusted for ever"],
)
def test_a_lease_with_a_bug_is_found(
    simulated: Make, desks: Make, share: type[Shared], seconds: int
) -> None:
    seams = Seams(ledger=StandsStill, hand=standing_still(seconds), share=share)
    found = simulated(desks(hours=1), hours=2, seams=seams, replicas=2, broken=["S9"]).oracles.found
    assert "S9" in {violation.rule for violation in found}


@pytest.mark.planted("each replica keeps a limit of its own")
@pytest.mark.promise("S7", "S9")
def test_a_drip_that_each_replica_keeps_for_itself_is_found(simulated: Make, desks: Make) -> None:
    def seen(ledger: Callable[[Fate], MortalLedger]) -> set[str]:
        seams, rules = Seams(chat=HardLife, ledger=ledger), AccountRules(drip=2)
        broken = () if ledger is MortalLedger else ["S7"]
        found = simulated(
            desks(4, hours=1), hours=2, seams=seams, rules=rules, replicas=3, broken=broken
        ).oracles.found
        return {violation.rule for violation in found}

    assert seen(MortalLedger) == set()
    assert "S7" in seen(LimitInMemory)
