"""The ledger at one instant, as every surface looks at it: a command and a page say the same."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from rotation.core.facts import AccountState
from rotation.core.roster import AccountId, GroupId, PersonId, Roster
from rotation.core.timeline import Timeline
from rotation.engine import GroupView, view
from rotation.ledger import Books, OpenHold, Unreadable
from rotation.surfaces import board
from rotation.surfaces.masking import masked
from rotation.surfaces.saying import Words, length_said, words_for

SeenRoom: TypeAlias = tuple[board.Room, Words | None]
"""A group and the words for it; none where it cannot be read."""


def at_once() -> None:
    """Nobody goes first."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One transaction at the UTC instant `now`, with the roster in force (`digest` empty: none).

    `give_way` is called before each group that is looked at, by whoever looks beside a daemon.
    """

    books: Books
    digest: str
    roster: Roster
    timeline: Timeline
    now: datetime
    give_way: Callable[[], None] = at_once

    def view(self, group: GroupId) -> GroupView:
        """Everything of one group. Raises Unreadable."""
        self.give_way()
        return view(self.books, (self.digest, self.roster, self.timeline), group, self.now)

    def sound(
        self, groups: Iterable[GroupId], unreadable: Callable[[GroupId, Unreadable], None]
    ) -> list[GroupView]:
        """Those of which everything can be read; `unreadable` is told of each of the others."""
        views = []
        for group in groups:
            try:
                views.append(self.view(group))
            except Unreadable as trouble:
                unreadable(group, trouble)
        return views

    def room(self, group: GroupId, holds: Iterable[OpenHold]) -> SeenRoom:
        try:
            found = self.view(group)
        except Unreadable as trouble:
            of = self.roster.groups[group]
            return board.unreadable(of, holds, trouble.where, self.now), None
        words = words_for(found, self.now)
        return board.room(words, holds), words

    def accounts(self, accounts: Iterable[AccountId]) -> list[AccountState]:
        """What is known of the accounts; of one that cannot be read its hold tells."""
        states = []
        for account in sorted(set(accounts)):
            try:
                states.append(self.books.accounts.state(account))
            except Unreadable:
                states.append(AccountState(account))
        return states

    def namer(self) -> Callable[[PersonId], str]:
        """Names by the roster in force, else those the ledger knows people by."""
        known = self.books.people.all()

        def name(person: PersonId) -> str:
            found = self.roster.people.get(person) or known.get(person)
            return masked((found.name if found is not None else "") or person)

        return name

    def held(self, hold: OpenHold, name: Callable[[PersonId], str] = str) -> board.HeldUp:
        return board.held_up(hold.item, name, hold.id, hold.since, self.now)


def of_no_group(holds: Iterable[OpenHold], states: Iterable[AccountState]) -> Iterator[OpenHold]:
    """What holds everything, or one of the accounts that is not shown as paused by it."""
    paused_by = {state.account: state.paused_why for state in states}
    for hold in holds:
        account = hold.item.account
        shown = account is None or paused_by.get(account, hold.item.hold) is not hold.item.hold
        if hold.item.group is None and shown:
            yield hold


def about(place: board.Place, words: Words) -> str:
    """Why somebody is in a group and until when, or what is open about them and for how long."""
    told = [place.because] if place.because else []
    if place.until is not None and place.move is None:
        told.append(f"until {words.when(place.until)}")
    if place.move is not None and place.since is not None:
        late = "overdue, " if place.overdue else ""
        told.append(f"{late}for {length_said(words.now - place.since)}")
    if place.standing is board.Standing.STUCK:
        told.insert(0, f"to {place.move}, held: {place.hold} - {place.why}")
    return "; ".join(told)
