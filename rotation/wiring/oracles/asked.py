"""The oracle over what was asked for by hand: tickets and subscriptions let in whom they should.

Rights given by hand are read from the ledger; this one knows from whoever gave them what it should
say, and whom a resolved ticket has to take along.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rotation.core.roster import GroupId, PersonId
from rotation.ledger import Books
from rotation.wiring.oracles.differences import ATTENDED, Held
from rotation.wiring.oracles.scene import Room, Scene

SURE = timedelta(hours=4)
"""A clock that was wrong within that time may have been so when something was asked for."""
EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class _Let:
    """Somebody let in, by the daemon's clock from `starts` to `until`, but while it `rests`."""

    group: GroupId
    phone: str
    starts: datetime
    until: datetime | None
    rests: bool = False

    def covers(self, told: datetime) -> bool:
        lasts = self.until is None or told < self.until
        return not self.rests and self.starts <= told and lasts


@dataclass(slots=True)
class Asked:
    """`let`: who is let in for what, by its name and their number."""

    scene: Scene
    let: dict[tuple[str, str], _Let] = field(default_factory=dict)
    taken: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """The experts who have to go, by chat and number, and since when."""

    def lets_in(
        self, name: str, group: GroupId, phone: str, told: datetime, until: datetime | None
    ) -> None:
        self.let[name, phone] = _Let(group, phone, told, until)

    def ends(self, name: str, at: datetime) -> None:
        """A ticket is resolved: who is in for it goes, and experts whom nothing else lets in."""
        for key, let in list(self.let.items()):
            if key[0] == name:
                self.let[key] = replace(let, rests=True)
                room = self._room(let.group)
                experts = (p for p in room.inside if self._is_expert(p))
                chat = str(room.right.group.chat)
                self.taken |= {(chat, phone): at for phone in experts}

    def goes_on(self, name: str) -> None:
        for key, let in list(self.let.items()):
            if key[0] == name:
                self.let[key] = replace(let, rests=False)

    def _room(self, group: GroupId) -> Room:
        return self.scene.rooms[self.scene.roster.groups[group].chat]

    def _is_expert(self, phone: str) -> bool:
        known = self.scene.roster.people.get(self.scene.names.people.get(phone, PersonId("")))
        return known is not None and EXPERT in (known.role or "").split()

    def look(self, books: Books, at: datetime, held: Held) -> None:
        """S6 and C1: the ledger lets in whom it should, and nobody else. C4: experts are gone."""
        if not self.scene.clock.is_right(at, SURE):
            return
        told = self.scene.clock.told(at)
        for (name, phone), let in self.let.items():
            room = self._room(let.group)
            is_in = phone in self._let_in(books, name, let, told)
            if phone in room.leavers or is_in == let.covers(told):
                continue
            rule, text = ("S6", "lets somebody in still") if is_in else ("C1", "lets nobody in")
            self.scene.wrong(rule, at, room.right.group.chat, phone, f"{name} {text}")
        for (chat, phone), since in list(self.taken.items()):
            self._taken(chat, phone, since, at, held)

    def _let_in(self, books: Books, name: str, let: _Let, told: datetime) -> Iterator[str]:
        for grant in books.grants.of(let.group):
            if name in {grant.ticket, grant.subscription} and grant.covers(told):
                yield self.scene.phone(grant.person)

    def _taken(self, chat: str, phone: str, since: datetime, at: datetime, held: Held) -> None:
        room = self.scene.rooms[chat]
        came = room.inside.get(phone)
        may_stay = phone in room.right.allowed.at(at) or phone in room.right.kept
        if came is None or came > since or may_stay:
            del self.taken[chat, phone]
        elif held.why(room.right.group.id, self.scene.person(phone)):
            self.taken[chat, phone] = at
        elif at - max(since, self.scene.woken_at or since) > ATTENDED:
            del self.taken[chat, phone]
            text = "an expert was left in whose ticket is resolved"
            self.scene.wrong("C4", at, chat, phone, text)
