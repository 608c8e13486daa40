"""The oracle over wipes, C5: what is called proven was read everywhere, and it is called so.

It knows from whoever did it who became a leaver when, and from the world which groups the account
is in; of the ledger it reads only what that says of the wipe.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.ledger import Books
from rotation.wiring.oracles.scene import Gone, Room, Scene

CARRIED_OUT = timedelta(hours=2)
"""What was begun so long before the end of all weather has come to its end."""


@dataclass(slots=True)
class Wiped:
    """`proven` are the wipes that the ledger has called so, by number and when they began."""

    scene: Scene
    proven: set[tuple[Gone, datetime]] = field(default_factory=set)

    def look(self, books: Books, at: datetime) -> None:
        """Judge each wipe once, when it is called proven."""
        if not self.scene.left:
            return
        for leaver in books.leavers.standing():
            gone = phone, _ = self.scene.phone(leaver.person), leaver.team
            since = self.scene.left.get(gone)
            if since is None or leaver.proven_at is None or (gone, since) in self.proven:
                continue
            self.proven.add((gone, since))
            for chat in self._unread(gone, since):
                text = "the wipe is called proven without a list of every group that shows it"
                self.scene.wrong("C5", at, chat, phone, text)

    def _unread(self, gone: Gone, since: datetime) -> list[str]:
        """The groups that are meant and that no list since then showed without them."""
        phone, team = gone
        return [
            chat
            for chat, room in self.scene.rooms.items()
            if team in {"", room.team}
            and self._is_ours(room)
            and (phone not in room.absent or room.absent[phone] < since)
        ]

    def _is_ours(self, room: Room) -> bool:
        return any(phone in room.inside for phone in self.scene.own)

    def unproven(self, at: datetime) -> None:
        """Judge what came to no end though nothing is in the way any more."""
        with self.scene.ledger.reading() as books:
            held = bool(books.holds.in_force())
        for (phone, team), since in self.scene.left.items():
            rooms = (r for r in self.scene.rooms.values() if team in {"", r.team})
            inside = any(phone in room.inside for room in rooms)
            late = at - since > CARRIED_OUT and ((phone, team), since) not in self.proven
            if late and not inside and not held:
                text = "the wipe is carried out and was never called proven"
                self.scene.wrong("C5", at, "", phone, text)
