"""Protocol bugs planted in what the daemon remembers: the oracles find each of them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Attempt, HeldItem, Kind, Seat, Seen
from rotation.core.outcome import Outcome
from rotation.core.roster import AccountId, ChatId, GroupId, PersonId, Phone
from rotation.engine import AccountRules
from rotation.ledger import Alarm, Books, MadeCall, OpenHold
from rotation.providers import Address, Chat
from rotation.wiring.mortal import Fate, Killed, MortalLedger
from rotation.wiring.simulation import Seams, Simulation

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""


class HardLife:
    """A chat that hands everything on, and whose daemon dies now and then right afterwards."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self._calls = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the chat has
        return getattr(self.chat, name)

    def add(self, chat: ChatId, who: Address) -> Outcome:
        return self._survived(self.chat.add(chat, who))

    def say(self, to: ChatId | Phone, text: str) -> Outcome:
        return self._survived(self.chat.say(to, text))

    def _survived(self, outcome: Outcome) -> Outcome:
        self._calls += 1
        if self._calls % 2 == 0:
            raise Killed
        return outcome


@dataclass
class _Over:
    """One part of the books with some of it replaced."""

    part: Any

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        return getattr(self.part, name)


class Planted(MortalLedger):
    """A ledger whose daemon gets other books to write into; the oracles read the true ones."""

    def change(self, books: Books) -> None:
        raise NotImplementedError

    @contextmanager
    def writing(self) -> Iterator[Books]:
        with super().writing() as books:
            self.change(books)
            yield books


class LimitInMemory(Planted):
    """Counts the calls of this life only."""

    born = float("-inf")

    def change(self, books: Books) -> None:
        ledger = self

        class Attempts(_Over):
            def open(self, account: AccountId) -> list[Attempt]:
                """Asked once in a life, at its beginning."""
                newest = self.part.calls(account, list(Kind), 1)
                ledger.born = max([ledger.born, *(c.uptime for c in newest)])
                return list(self.part.open(account))

            def calls(
                self, account: AccountId, kinds: Collection[Kind], limit: int
            ) -> list[MadeCall]:
                made = self.part.calls(account, kinds, limit)
                return [call for call in made if call.uptime > ledger.born]

        books.attempts = Attempts(books.attempts)


class NoticesInMemory(Planted):
    """Remembers what was said in this life only."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate)
        self.said: dict[tuple[Kind, PersonId, str], datetime] = {}

    def change(self, books: Books) -> None:
        ledger = self

        class Attempts(_Over):
            def open(self, account: AccountId) -> list[Attempt]:
                ledger.said = {}
                return list(self.part.open(account))

        class Notices(_Over):
            def claim(
                self,
                _group: GroupId,
                kind: Kind,
                keys: Mapping[PersonId, str],
                _attempt: int,
                now: datetime,
            ) -> None:
                ledger.said.update({(kind, who, key): now for who, key in keys.items()})

            def concluded(self, _group: GroupId) -> dict[tuple[Kind, PersonId, str], datetime]:
                return dict(ledger.said)

        books.attempts = Attempts(books.attempts)
        books.notices = Notices(books.notices)


class LeaversOnce(Planted):
    """Knows the leavers there were when it first looked."""

    known: Mapping[str, Any] | None = None

    def change(self, books: Books) -> None:
        ledger = self

        class Leavers(_Over):
            def by_team(self) -> Mapping[str, Any]:
                if ledger.known is None:
                    ledger.known = self.part.by_team()
                return ledger.known

        books.leavers = Leavers(books.leavers)


class GivesUp(Planted):
    """After three tries leaves it for a day."""

    def change(self, books: Books) -> None:
        class Seats(_Over):
            def save(self, *seats: Seat) -> None:
                self.part.save(*(self._given_up(seat) for seat in seats))

            @staticmethod
            def _given_up(seat: Seat) -> Seat:
                if seat.tries < 3 or seat.retry_at is None:
                    return seat
                return replace(seat, retry_at=seat.retry_at + timedelta(days=1))

        books.seats = Seats(books.seats)


class ForgetsOpenCalls(Planted):
    """Never asks what became of the calls of an earlier life."""

    def change(self, books: Books) -> None:
        class Attempts(_Over):
            def open(self, _account: AccountId) -> list[Attempt]:
                return []

        books.attempts = Attempts(books.attempts)


class TakesCredit(Planted):
    """Records what others did as its own."""

    def change(self, books: Books) -> None:
        class Audit(_Over):
            def append(self, *, kind: str, **record: Any) -> int:  # noqa: ANN401 - a record's fields
                ours = {"seen_in": "added", "seen_out": "removed"}.get(kind, kind)
                return int(self.part.append(kind=ours, **record))

        books.audit = Audit(books.audit)


class RecordsWhatWasAccepted(Planted):
    """Closes only what was accepted; what ended in doubt goes without a record."""

    def change(self, books: Books) -> None:
        class Audit(_Over):
            def append(self, *, detail: Mapping[str, Any], **record: Any) -> int:  # noqa: ANN401 - a record's fields
                if detail.get("certainty") == "probably_ours":
                    return 0
                return int(self.part.append(detail=detail, **record))

        books.audit = Audit(books.audit)


class ForgetsWhatItSaw(Planted):
    """Reads a group again and again, and never knows who was in it."""

    def change(self, books: Books) -> None:
        class Seats(_Over):
            def of(self, group: GroupId) -> dict[PersonId, Seat]:
                return {p: replace(s, seen=Seen.OUT) for p, s in self.part.of(group).items()}

        books.seats = Seats(books.seats)


class HidesHolds(Planted):
    """Waits without saying so."""

    def change(self, books: Books) -> None:
        class Holds(_Over):
            def settle(
                self,
                _account: AccountId | None,
                _group: GroupId | None,
                _items: Collection[HeldItem],
                _now: datetime,
            ) -> tuple[list[OpenHold], list[OpenHold]]:
                return [], []

        books.holds = Holds(books.holds)


class TellsNobody(Planted):
    """Writes down what is wrong, and takes it for told."""

    def change(self, books: Books) -> None:
        class Alarms(_Over):
            def on(self) -> list[Alarm]:
                return []

        books.alarms = Alarms(books.alarms)


def wipes_ben(simulation: Simulation, day: datetime) -> None:
    with MortalLedger.writing(simulation.rehearsal.ledger) as books:
        books.leavers.mark(PersonId("ben"), "mara", "left us", simulation.now)
        books.groups.wake(simulation.now)
    simulation.rehearsal.wake()


def faults(**fault: object) -> Callable[[Simulation, datetime], None]:
    def sets(simulation: Simulation, day: datetime) -> None:
        simulation.tell("POST", "faults", dict(fault))

    return sets


def meddles(simulation: Simulation, day: datetime) -> None:
    """Somebody puts Dora in and takes whoever is on duty out, when nobody expects it."""
    for chat in (g.chat for g in simulation.roster.groups.values()):
        for hours, do, who in ((3.5, "add", "dora"), (9, "remove", "emil")):
            at = (day + timedelta(hours=hours)).isoformat()
            phone = simulation.roster.people[PersonId(who)].phone
            deed = {"do": do, "at": at, "chat": chat, "phone": phone}
            simulation.tell("POST", "script", {"script": [deed]})


def takes_the_admin_right(simulation: Simulation, day: datetime) -> None:
    for chat in (g.chat for g in simulation.roster.groups.values()):
        for hours, do in ((1, "demote"), (5, "promote")):
            at = (day + timedelta(hours=hours)).isoformat()
            deed = {"do": do, "at": at, "chat": chat, "phone": "us"}
            simulation.tell("POST", "script", {"script": [deed]})


@dataclass(frozen=True)
class Case:
    """A ledger with a bug, the day on which it shows, and the invariants of which one breaks."""

    ledger: Callable[[Fate], MortalLedger]
    broken: frozenset[str]
    hand: Callable[[Simulation, datetime], None] | None = None
    dies: bool = False
    groups: int = 2


FOUND = {
    "the limit lives in memory": Case(LimitInMemory, frozenset({"S7"}), dies=True, groups=4),
    "notices live in memory": Case(NoticesInMemory, frozenset({"S13"}), dies=True),
    "leavers are looked up once": Case(LeaversOnce, frozenset({"S5"}), wipes_ben),
    "a removal is given up after three tries": Case(
        GivesUp,
        frozenset({"C4"}),
        faults(fault="error_before", on=["remove"], chance=0.8),
    ),
    "open calls of an earlier life are forgotten": Case(
        ForgetsOpenCalls, frozenset({"S9"}), dies=True
    ),
    "others' doing is taken credit for": Case(TakesCredit, frozenset({"A4"}), meddles),
    "what ended in doubt gets no record": Case(
        RecordsWhatWasAccepted,
        frozenset({"A1"}),
        faults(fault="timeout_after", chance=0.3),
    ),
    "what was seen is forgotten": Case(ForgetsWhatItSaw, frozenset({"I2"})),
    "holds are not written down": Case(HidesHolds, frozenset({"C4", "C6"}), takes_the_admin_right),
    "holds are told to nobody": Case(TellsNobody, frozenset({"C4"}), takes_the_admin_right),
}


def lived(simulated: Make, desks: Make, case: Case, ledger: Callable[[Fate], MortalLedger]) -> Any:  # noqa: ANN401 - a simulation
    chat = HardLife if case.dies else None
    seams = Seams(chat=chat, ledger=ledger, hand=case.hand)
    broken = () if ledger is MortalLedger else case.broken
    roster, rules = desks(case.groups), AccountRules(drip=2)
    return simulated(roster, hours=8, seams=seams, rules=rules, broken=broken)


@pytest.mark.planted
@pytest.mark.promise("S5", "S7", "S9", "S13", "A1", "A4", "C4", "C6", "I2")
@pytest.mark.parametrize("bug", FOUND)
def test_a_bug_in_what_the_daemon_remembers_is_found(
    simulated: Make, desks: Make, bug: str
) -> None:
    case = FOUND[bug]
    found = lived(simulated, desks, case, case.ledger).oracles.found
    assert case.broken & {violation.rule for violation in found}


@pytest.mark.parametrize("bug", [bug for bug, case in FOUND.items() if case.hand or case.dies])
def test_without_the_bug_the_same_day_breaks_nothing(
    simulated: Make, desks: Make, bug: str
) -> None:
    assert lived(simulated, desks, FOUND[bug], MortalLedger).oracles.found == []
