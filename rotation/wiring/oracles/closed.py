"""The oracle over closed groups: the message first and once, and empty when they are called so.

It knows from whoever did it which group was closed, and opened again, when; of the ledger it reads
whether the message was tried, and what is called empty. Who comes, goes and stays meanwhile is
judged by the other oracles, for which the rights of a closed group rest.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rotation.core.facts import Kind
from rotation.core.roster import GroupId
from rotation.ledger import Books
from rotation.sandbox import wire
from rotation.wiring.oracles.differences import ATTENDED, Held
from rotation.wiring.oracles.effects import Effects
from rotation.wiring.oracles.matters import Matters
from rotation.wiring.oracles.resting import Over
from rotation.wiring.oracles.scene import Room, Scene


@dataclass(slots=True)
class Closed:
    """Told by the hand of closings, and by the world of calls as they arrive."""

    scene: Scene
    matters: Matters
    effects: Effects

    # What it is told

    def closes(self, group: GroupId, told: datetime, at: datetime, *, everyone: bool) -> None:
        with self.scene.ledger.reading() as books:
            newest = books.attempts.of(limit=1)
        newest_id = newest[0].id if newest else 0
        self._turns(self._room(group), Over(at, told, everyone, newest_id), at)

    def reopens(self, group: GroupId, at: datetime) -> None:
        self._turns(self._room(group), None, at)

    def _turns(self, room: Room, over: Over | None, at: datetime) -> None:
        self.matters.turns(room, at)
        self.effects.forget_tallies(room.right.group.chat)
        room.over, room.turned_at = over, at
        self.scene.lay_out(room)

    def _room(self, group: GroupId) -> Room:
        return self.scene.rooms[self.scene.roster.groups[group].chat]

    # What it judges

    def arrives(self, kind: wire.Kind, chat: str, people: Collection[str], at: datetime) -> None:
        room = self.scene.rooms.get(chat)
        if kind is wire.Kind.TEXT:
            with self.scene.ledger.reading() as books:
                self._text(books, room, chat, at)
        elif kind is wire.Kind.REMOVE and room is not None and room.over is not None:
            with self.scene.ledger.reading() as books:
                is_said = room.over.is_said(books, at)
            for phone in () if is_said else set(people) - room.leavers.keys():
                text = "somebody was to be removed before the closing message was tried"
                self.scene.wrong("S13", at, chat, phone, text)

    def _text(self, books: Books, room: Room | None, chat: str, at: datetime) -> None:
        """S13: the message is said in a closed group, once, and no goodbye on top of it."""
        for attempt in books.attempts.open(self.scene.account):
            about = self.scene.room_of(attempt.group)
            if attempt.kind is Kind.NOTICE and about is not None and about.over is not None:
                self.scene.wrong("S13", at, chat, "", "a goodbye was sent in a closed group")
            elif attempt.kind is Kind.TELL and room is not None:
                self._message(room, chat, at)

    def _message(self, room: Room, chat: str, at: datetime) -> None:
        if room.over is None:
            text = "a closing message was sent in a group that is not closed"
            self.scene.wrong("S13", at, chat, "", text)
            return
        room.over.words += 1
        if room.over.words > 1:
            self.scene.wrong("S13", at, chat, "", "a closing message was sent again")

    def look(self, books: Books, at: datetime) -> None:
        """A2: a closing is called done once a list shows nobody who has to go."""
        for chat, room in self.scene.rooms.items():
            over, last = room.over, room.last
            if over is None or not over.is_said(books, at) or over.is_judged:
                continue
            known = books.closings.of(room.right.group.id)
            if known is None or known.done_at is None or last is None:
                continue
            over.is_judged = True
            for phone in sorted(last.people & room.right.managed if last.true else ()):
                text = "the group is called empty and the last list shows them"
                self.scene.wrong("A2", at, chat, phone, text)

    def look_around(self, books: Books, at: datetime, held: Held) -> None:
        """C4: nothing is in the way of the message, and it was not tried."""
        if not self.scene.clock.is_right(at, ATTENDED):
            return
        for chat, room in self.scene.rooms.items():
            over = room.over
            if over is None or over.is_said(books, at) or held.of_group(room.right.group.id):
                continue
            if at - max(over.at, self.scene.woken_at or over.at) > ATTENDED:
                self.scene.wrong("C4", at, chat, "", "nobody tried to say the closing message")
