"""Bugs planted in how a group is closed: the oracle finds each of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Attempt, Closing
from rotation.core.outcome import Outcome
from rotation.core.roster import AccountId, ChatId, GroupId, Phone
from rotation.ledger import Books
from rotation.wiring.mortal import Fate, Killed, MortalLedger
from rotation.wiring.planned import Close
from rotation.wiring.simulation import Seams
from tests.simulation.test_planted_ledgers import Planted
from tests.simulation.test_planted_rules import Over

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""
DESK = GroupId("g0")


class Closings(Over):
    """Closings as they are believed to be."""

    def of(self, group: GroupId) -> Closing | None:
        return self.all().get(group)

    def all(self) -> Mapping[GroupId, Closing]:
        return {group: self.believed(over) for group, over in self.part.all().items()}

    def believed(self, over: Closing) -> Closing:
        raise NotImplementedError


class WordsInMemory(Planted):
    """Remembers what was said in this life only."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate)
        self.said: dict[GroupId, datetime] = {}

    def change(self, books: Books) -> None:
        ledger = self

        class Attempts(Over):
            def open(self, account: AccountId) -> list[Attempt]:
                """Asked once in a life, at its beginning."""
                ledger.said = {}
                return list(self.part.open(account))

        class Remembered(Closings):
            def believed(self, over: Closing) -> Closing:
                return replace(over, said_at=ledger.said.get(over.group))

            def said(self, group: GroupId, at: datetime) -> None:
                ledger.said[group] = at

        vars(books).update(attempts=Attempts(books.attempts), closings=Remembered(books.closings))


class NothingToSay(Planted):
    """Takes a message for said as soon as the group is closed."""

    def change(self, books: Books) -> None:
        class Said(Closings):
            def believed(self, over: Closing) -> Closing:
                return replace(over, said_at=over.said_at or over.closed_at)

        vars(books).update(closings=Said(books.closings))


@dataclass
class DiesOnce:
    """A chat whose daemon dies once, when the group was told that it is over."""

    chat: Any = None
    is_dead: bool = False

    def __call__(self, chat: object) -> "DiesOnce":
        self.chat = chat
        return self

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the chat has
        return getattr(self.chat, name)

    def say(self, to: ChatId | Phone, text: str) -> Outcome:
        outcome: Outcome = self.chat.say(to, text)
        if "is over" in text and not self.is_dead:
            self.is_dead = True
            raise Killed
        return outcome


FOUND = {
    "the farewell is said again after a restart": (WordsInMemory, "was sent again"),
    "people leave a closed group before its message": (NothingToSay, "before the closing message"),
}


def lived(
    simulated: Make, ledger: Callable[[Fate], MortalLedger], broken: Collection[str] = ()
) -> list[str]:
    close = Close(datetime(2026, 3, 2, 1, tzinfo=UTC), DESK)
    seams = Seams(chat=DiesOnce(), ledger=ledger)
    day = simulated(hours=2, seams=seams, closings=[close], broken=broken)
    assert day.restarts == (ledger is not NothingToSay)
    return [f"{one.rule} {one.text}" for one in day.oracles.found]


@pytest.mark.planted
@pytest.mark.promise("P-moved", "S13")
@pytest.mark.parametrize("name", FOUND)
def test_a_bug_in_how_a_group_is_closed_is_found(simulated: Make, name: str) -> None:
    ledger, said = FOUND[name]
    found = lived(simulated, ledger, [said])
    assert any(text.startswith("S13") and said in text for text in found)


@pytest.mark.promise("P-moved", "S13")
def test_without_the_bug_the_same_day_breaks_nothing(simulated: Make) -> None:
    assert lived(simulated, MortalLedger) == []
