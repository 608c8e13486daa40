"""What people do by hand in a simulation, as commands do it; the oracles hear of it from here."""

from collections.abc import Callable
from datetime import datetime

from rotation.core.facts import Closing
from rotation.core.roster import PersonId, Roster
from rotation.core.timeline import Timeline
from rotation.engine import farewell, subscriptions, tickets, view, wipes
from rotation.ledger import Books
from rotation.roster_file import Member, digest
from rotation.wiring.mortal import Killed
from rotation.wiring.oracles import Oracles
from rotation.wiring.planned import Case, Close, Deed, Subscribe, Wipe
from rotation.wiring.rehearsal import Rehearsal

BY = "mara", "as planned"


class Hands:
    """A person's. `meddles` puts somebody into a chat; `dies` is called where the daemon does."""

    def __init__(
        self,
        roster: Roster,
        rehearsal: Rehearsal,
        oracles: Oracles,
        *,
        meddles: Callable[[str, str], None],
        dies: Callable[[], None],
    ) -> None:
        self._roster = roster
        self._rehearsal = rehearsal
        self._oracles = oracles
        self._meddles = meddles
        self._dies = dies

    @property
    def _told(self) -> datetime:
        """What the daemon's clock says."""
        return self._rehearsal.moment().at

    def does(self, deed: Deed) -> None:
        match deed.of:
            case Wipe(person=person, team=team):
                self.wipe(person, team=team, reinstated=deed.turn == 1)
            case Close() as what:
                self.close(what, opened=deed.turn == 1)
            case Case() as case:
                (self._open, self._resolve, self._reopen)[deed.turn](case)
            case Subscribe() as what:
                (self._subscribe, self._extend)[deed.turn](what)

    def wipe(self, person: PersonId, *, team: str = "", reinstated: bool = False) -> None:
        """Somebody becomes a leaver, of all groups or a team's, or is none any more."""
        phone, told = self._roster.people[person].phone, self._told
        if reinstated:
            self._oracles.reinstated(phone, team)
            self._writes(lambda books: wipes.reinstate(books, person, *BY, told, team))
            return
        self._oracles.leaves(phone, team, self._rehearsal.now)
        of = wipes.Team.of(self._roster, team) if team else None
        self._writes(lambda books: wipes.begin(books, person, *BY, told, of=of))

    def close(self, what: Close, *, opened: bool = False) -> None:
        """A group is over, or opened again while somebody is still to leave."""
        told, now, group = self._told, self._rehearsal.now, what.group
        over = Closing(group, f"{group} is over.", what.everyone, *BY, told)
        with self._rehearsal.ledger.reading() as books:
            known = books.closings.of(group)
        if opened and known is not None and known.done_at is None:
            self._oracles.reopens(group, now)
            self._writes(lambda books: farewell.reopen(books, known, BY, told))
        elif not opened and known is None:
            self._oracles.closes(group, told, now, everyone=what.everyone)
            self._writes(lambda books: farewell.close(books, over))

    # Tickets

    def _open(self, case: Case) -> None:
        """People are let in for it, and an expert is put in by somebody who does not say so."""
        told = self._told
        for person in case.people:
            phone = self._roster.people[person].phone
            self._oracles.asked.lets_in(case.ticket, case.group, phone, told, None)
        if case.expert is not None:
            chat = self._roster.groups[case.group].chat
            self._meddles(chat, self._roster.people[case.expert].phone)

        def write(books: Books) -> None:
            for person in case.people:
                tickets.let_in(books, case.group, person, None, case.ticket, BY, told)

        self._writes(write)

    def _resolve(self, case: Case) -> None:
        told = self._told
        self._oracles.asked.ends(case.ticket, self._rehearsal.now)

        def write(books: Books) -> None:
            seen = view(books, self._in_force, case.group, told)
            tickets.resolve(books, seen, case.ticket, tickets.EXPERT, BY, told)

        self._writes(write)

    def _reopen(self, case: Case) -> None:
        told = self._told
        self._oracles.asked.goes_on(case.ticket)

        def write(books: Books) -> None:
            seen = view(books, self._in_force, case.group, told)
            tickets.reopen(books, seen, case.ticket, BY, told)

        self._writes(write)

    @property
    def _in_force(self) -> tuple[str, Roster, Timeline]:
        return digest(self._roster), self._roster, Timeline(self._roster)

    # Subscriptions

    def _subscribe(self, what: Subscribe) -> None:
        told = self._told
        self._oracles.asked.lets_in(what.key, what.group, what.phone, told, what.ends)
        row = Member(1, what.key, what.phone, what.key, what.group, what.ends, None, 0)

        def write(books: Books) -> None:
            found = subscriptions.weigh(books, self._roster, [row], told, whole=False)
            subscriptions.keep(books, found, BY, told)

        self._writes(write)

    def _extend(self, what: Subscribe) -> None:
        told, until = self._told, what.longer
        with self._rehearsal.ledger.reading() as books:
            known = books.subscriptions.get(what.key)
        if known is not None and until is not None:
            self._oracles.asked.lets_in(what.key, what.group, what.phone, told, until)
            self._writes(lambda books: subscriptions.extend(books, known, until, BY, told))

    def _writes(self, write: Callable[[Books], object]) -> None:
        try:
            with self._rehearsal.ledger.writing() as books:
                write(books)
        except Killed:  # the daemon, not the hand: what was written stays
            self._dies()
        self._rehearsal.wake()
