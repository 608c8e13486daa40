"""People let in by hand in all weathers: grants, tickets and subscriptions under the oracles."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Grant
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId, Phone
from rotation.core.timeline import Timeline
from rotation.engine import subscriptions, tickets, view
from rotation.ledger import Books
from rotation.roster_file import Member
from rotation.wiring.planned import Case, Subscribe
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


STARTS = datetime(2026, 3, 2, tzinfo=UTC)
EXPERT = PersonId("mara")


def let_in(simulated: Make, desks: Make, *broken: str) -> Simulation:
    """A case with an expert who was put in by hand, and two members of whom one is extended."""
    roster = desks()
    people = {EXPERT: replace(roster.people[EXPERT], role="SAP expert")}
    case = Case(
        STARTS + HOUR / 2, "OPS-1", GROUPS[0], (PersonId("fay"),), STARTS + 1.25 * HOUR,
        STARTS + 2.5 * HOUR, EXPERT,
    )  # fmt: skip
    ends = STARTS + 1.5 * HOUR
    members = (
        Subscribe(STARTS + HOUR / 4, "M-1", GROUPS[1], phone(1), ends, STARTS + HOUR, ends + HOUR),
        Subscribe(STARTS + HOUR / 4, "M-2", GROUPS[1], phone(2), ends),
    )
    roster = replace(roster, people={**roster.people, **people})
    found: Simulation = simulated(
        roster, hours=5, cases=[case], subscriptions=members, broken=broken
    )
    return found


@pytest.mark.promise("P-ticket", "P-subscription", "C4", "S6")
def test_a_ticket_and_subscriptions_let_in_whom_they_should_and_nobody_else(
    simulated: Make, desks: Make
) -> None:
    day = let_in(simulated, desks)
    assert day.oracles.found == []
    with day.rehearsal.ledger.reading() as books:
        known = books.people.all()
        gone = [
            (str(r.reason), known[r.person].name if r.person else "", r.at - STARTS < 2 * HOUR)
            for r in books.audit.list()
            if r.kind == "removed" and r.reason in {Reason.TICKET, Reason.SUBSCRIPTION}
        ]
    assert sorted(gone) == [
        ("subscription", "M-1", False),
        ("subscription", "M-2", True),
        ("ticket", "Fay", True),
        ("ticket", "Mara", True),
    ]


def nobody(*_view: object) -> list[PersonId]:
    return []


def is_not_ended(*_which: object) -> bool:
    return True


@pytest.mark.planted
@pytest.mark.parametrize(
    ("where", "bug", "said"),
    [
        pytest.param(
            "rotation.engine.tickets._experts_in", nobody, "C4 an expert was left in",
            id="experts stay when their ticket is resolved",
        ),
        pytest.param(
            "rotation.ledger.grants.Grants.end", is_not_ended, "S6 OPS-1 lets somebody in still",
            id="a resolved ticket lets people in still",
        ),
    ],
)  # fmt: skip
def test_a_bug_in_what_becomes_of_a_ticket_is_found(
    simulated: Make,
    desks: Make,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    bug: object,
    said: str,
) -> None:
    monkeypatch.setattr(where, bug)
    found = let_in(simulated, desks, said).oracles.found
    assert any(f"{one.rule} {one.text}".startswith(said) for one in found)


def ends_nobody(self: Any, now: datetime) -> bool:  # noqa: ANN401 - a grant
    return True


@pytest.mark.planted("a grant that is over still lets in")
def test_a_right_that_is_taken_for_open_is_found(
    simulated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted in the claims and in the guard alike, so that only the oracles can tell."""
    monkeypatch.setattr("rotation.core.claims._end", lambda _grant: None)
    monkeypatch.setattr(Grant, "covers", ends_nobody)
    found = simulated(hours=12, seams=Seams(hand=Hand()), broken=["C4", "C1"])
    assert {violation.rule for violation in found.oracles.found} & {"C4", "C1"}
