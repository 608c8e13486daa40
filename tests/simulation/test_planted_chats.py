"""Protocol bugs planted between the engine and its chat: the oracles find each of them."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.outcome import Accepted, InDoubt, Outcome, Unread
from rotation.core.roster import ChatId, Phone
from rotation.providers import Address, Chat, Member, Members
from rotation.wiring.example import CUSTOMERS, OWN_PHONE
from rotation.wiring.simulation import Seams, Simulation

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation."""


class Between:
    """A chat that hands everything on; a bug overrides what it needs."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the chat has
        return getattr(self.chat, name)

    def add(self, chat: ChatId, who: Address) -> Outcome:
        return self.chat.add(chat, who)

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        return self.chat.remove(chat, who)

    def members(self, chat: ChatId) -> Members | Unread:
        return self.chat.members(chat)


def _without(found: Members, phones: Collection[Phone | None]) -> Members:
    return replace(found, people=tuple(m for m in found.people if m.phone not in phones))


class NotFoundIsGone(Between):
    """Trusts a 404: who was not found is gone, whatever a list says."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat)
        self._gone: set[tuple[ChatId, Phone | None]] = set()

    def add(self, chat: ChatId, who: Address) -> Outcome:
        self._gone.discard((chat, who.phone))
        return super().add(chat, who)

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        outcome = super().remove(chat, who)
        if isinstance(outcome, InDoubt) and outcome.detail.startswith("404"):
            self._gone.add((chat, who.phone))
        return outcome

    def members(self, chat: ChatId) -> Members | Unread:
        found = super().members(chat)
        if not isinstance(found, Members):
            return found
        return _without(found, {phone for where, phone in self._gone if where == chat})


class AnswerIsProof(Between):
    """Never reads back: what was accepted has happened."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat)
        self._known: dict[ChatId, Members] = {}

    def add(self, chat: ChatId, who: Address) -> Outcome:
        outcome = super().add(chat, who)
        if isinstance(outcome, Accepted) and chat in self._known:
            known, role = self._known[chat], self._known[chat].people[-1].role
            people = (*known.people, Member(who.phone, who.lid, role))
            self._known[chat] = replace(known, people=people)
        return outcome

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        outcome = super().remove(chat, who)
        if isinstance(outcome, Accepted) and chat in self._known:
            self._known[chat] = _without(self._known[chat], {who.phone})
        return outcome

    def members(self, chat: ChatId) -> Members | Unread:
        if chat not in self._known:
            found = super().members(chat)
            if not isinstance(found, Members):
                return found
            self._known[chat] = found
        return self._known[chat]


class EmptyIsBelieved(Between):
    """Believes a list with nobody on it, for want of a look at who should be."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat)
        self._last: dict[ChatId, Members] = {}

    def members(self, chat: ChatId) -> Members | Unread:
        found = super().members(chat)
        last = self._last.get(chat)
        emptied = isinstance(found, InDoubt) or (isinstance(found, Members) and not found.people)
        if emptied and last is not None:
            us = [m for m in last.people if m.phone == OWN_PHONE]
            role = last.people[0].role
            others = (
                Member(Phone(f"+1555019{n:04d}"), None, role) for n in range(len(last.people))
            )
            return replace(last, people=(*us, *others))
        if isinstance(found, Members):
            self._last[chat] = found
        return found


class LeftIsMember(Between):
    """Counts those who left as members, as a list with former members reads at a glance."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat)
        self._ever: dict[ChatId, dict[Phone | None, Member]] = {}

    def members(self, chat: ChatId) -> Members | Unread:
        found = super().members(chat)
        if not isinstance(found, Members):
            return found
        ever = self._ever.setdefault(chat, {})
        ever.update((m.phone, m) for m in found.people)
        return replace(found, people=tuple(ever.values()))


class OldEvidence(Between):
    """Takes the list from before the last change for one that was read after it."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat)
        self._kept: dict[ChatId, tuple[int, Members]] = {}
        self._asked = 0

    def members(self, chat: ChatId) -> Members | Unread:
        self._asked += 1
        at, kept = self._kept.get(chat, (0, None))
        if kept is not None and self._asked - at <= 1:
            return kept
        found = super().members(chat)
        if isinstance(found, Members):
            self._kept[chat] = (self._asked, found)
        return found


class SendsTwice(Between):
    """Repeats in the provider what ended in doubt: a call without an attempt of its own."""

    def add(self, chat: ChatId, who: Address) -> Outcome:
        outcome = super().add(chat, who)
        return super().add(chat, who) if isinstance(outcome, InDoubt) else outcome

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        outcome = super().remove(chat, who)
        return super().remove(chat, who) if isinstance(outcome, InDoubt) else outcome


class TakesTheCustomer(Between):
    """Mixes up who is to go: a customer does."""

    customer = CUSTOMERS[1]

    def remove(self, chat: ChatId, _who: Address) -> Outcome:
        return super().remove(chat, Address(Phone(self.customer)))


class TakesTheCreator(TakesTheCustomer):
    """Mixes up who is to go: the creator of the group does."""

    customer = CUSTOMERS[0]


class BringsMara(Between):
    """Mixes up who is to come: somebody on no shift does."""

    def add(self, chat: ChatId, _who: Address) -> Outcome:
        return super().add(chat, Address(Phone("+351910000006")))


class ClockIsRight(Between):
    """Never doubts the machine's clock."""

    @property
    def clock_offset(self) -> timedelta | None:
        return None


def faults(**fault: object) -> Callable[[Simulation, datetime], None]:
    def sets(simulation: Simulation, day: datetime) -> None:
        simulation.tell("POST", "faults", dict(fault))

    return sets


def sets_the_clock_wrong(simulation: Simulation, day: datetime) -> None:
    simulation.sets_clock(timedelta(hours=2))


FOUND = {
    "a 404 is trusted as gone": (
        NotFoundIsGone,
        faults(answer="error", acts="no", on=["remove"], status=404),
        "A2",
    ),
    "nothing is read back": (AnswerIsProof, None, "A2"),
    "an empty list is believed": (
        EmptyIsBelieved,
        faults(fault="empty_list", chance=0.05),
        "A2",
    ),
    "who left counts as a member": (LeftIsMember, None, "S3"),
    "evidence is older than our last change": (OldEvidence, None, "S3"),
    "the provider repeats calls by itself": (
        SendsTwice,
        faults(fault="error_after", chance=0.3),
        "S10",
    ),
    "a customer is taken for an agent": (TakesTheCustomer, None, "S1"),
    "the creator is taken for an agent": (TakesTheCreator, None, "S2"),
    "somebody on no shift is taken for an agent": (BringsMara, None, "S6"),
    "a wrong clock is not doubted": (ClockIsRight, sets_the_clock_wrong, "S4"),
}
"""What is wrong: the chat that has it wrong, what the day brings, and the invariant that breaks."""


@pytest.mark.planted
@pytest.mark.promise("S1", "S2", "S3", "S4", "S6", "S10", "A2")
@pytest.mark.parametrize("bug", FOUND)
def test_a_bug_between_the_engine_and_its_chat_is_found(simulated: Make, bug: str) -> None:
    chat, hand, broken = FOUND[bug]
    hours = 14 if chat is LeftIsMember else 8  # until the first are due again
    seams = Seams(chat=chat, hand=hand)
    found = simulated(hours=hours, seams=seams, broken=[broken]).oracles.found
    assert broken in {violation.rule for violation in found}


@pytest.mark.parametrize("bug", [bug for bug, (_chat, hand, _broken) in FOUND.items() if hand])
def test_without_the_bug_the_same_day_breaks_nothing(simulated: Make, bug: str) -> None:
    _chat, hand, _broken = FOUND[bug]
    assert simulated(hours=8, seams=Seams(chat=Between, hand=hand)).oracles.found == []
