"""People let in by hand in all weathers: grants, tickets and subscriptions under the oracles."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Grant
from rotation.core.roster import GroupId, PersonId, Phone
from rotation.core.timeline import Timeline
from rotation.engine import subscriptions, tickets, view
from rotation.ledger import Books
from rotation.roster_file import Member
from rotation.wiring.simulation import Seams, Simulation
from rotation.wiring.weather import Force

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""
BY = "mara", "as agreed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GROUPS = GroupId("g0"), GroupId("g1")


def phone(n: int) -> Phone:
    return Phone(f"+49151{n:08}")


@dataclass
class Hand:
    """Every morning some are let in, a list is read, and what was open for a day is resolved."""

    days: int = 0
    whole: bool = False
    listed: list[Member] = field(default_factory=list)

    def __call__(self, simulation: Simulation, day: datetime) -> None:
        simulation.fate.spares()
        for n in range(100):
            simulation.tell("POST", "people", {"phone": phone(n), "name": f"Guest {n}"})
        with simulation.rehearsal.ledger.writing() as books:
            for number, group in enumerate(GROUPS):
                self._tickets(simulation, books, group, 10 * self.days + number, day)
            self._subscriptions(simulation, books, day)
        simulation.rehearsal.wake()
        self.days += 1

    def _tickets(
        self,
        simulation: Simulation,
        books: Books,
        group: GroupId,
        n: int,
        day: datetime,
    ) -> None:
        guest = books.people.guest(phone(n), f"Guest {n}", day)
        tickets.let_in(books, group, guest, day + 5 * HOUR, "", BY, day)
        tickets.let_in(books, group, guest, None, f"T-{n}", BY, day)
        tickets.let_in(books, group, PersonId("mara"), day + 9 * HOUR, "", BY, day)
        if self.days:
            in_force = ("", simulation.roster, Timeline(simulation.roster))
            seen = view(books, in_force, group, day)
            tickets.resolve(books, seen, f"T-{n - 10}", "expert", BY, day)

    def _subscriptions(self, simulation: Simulation, books: Books, day: datetime) -> None:
        first = 50 + 10 * self.days
        self.listed += [
            Member(n, f"M-{n}", phone(n), f"Guest {n}", GROUPS[n % 2], day + n % 7 * HOUR + DAY,
                   None, 0)
            for n in range(first, first + 4)
        ]  # fmt: skip
        rows = self.listed[: len(self.listed) // (2 if self.days % 2 else 1)]
        found = subscriptions.weigh(books, simulation.roster, rows, day, whole=self.whole)
        if not found.held:
            subscriptions.keep(books, found, BY, day)


@pytest.mark.promise("P-grant", "P-ticket", "P-subscription", "A1", "S1", "S4", "S6")
def test_whoever_is_let_in_by_hand_comes_and_goes_in_wild_weather(simulated: Make) -> None:
    found = simulated(hours=36, force=Force.WILD, seed=2, seams=Seams(hand=Hand()))
    assert found.oracles.found == []
    with found.rehearsal.ledger.reading() as books:
        reasons = {r.reason for r in books.audit.list() if r.kind == "removed"}
    assert {"ticket", "subscription", "shift_end"} <= {str(r) for r in reasons if r is not None}


def ends_nobody(self: Any, now: datetime) -> bool:  # noqa: ANN401 - a grant
    return True


@pytest.mark.planted("a grant that is over still lets in")
def test_a_right_that_is_taken_for_open_is_found(
    simulated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted in the claims and in the guard alike, so that only the oracles can tell."""
    monkeypatch.setattr("rotation.core.claims._end", lambda _grant: None)
    monkeypatch.setattr(Grant, "covers", ends_nobody)
    found = simulated(hours=12, seams=Seams(hand=Hand()))
    assert {violation.rule for violation in found.oracles.found} & {"C4", "C1"}
