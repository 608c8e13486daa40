"""The oracle over what people heard: C4, whatever is held and lasts is told within five minutes.

It reads the holds and hears the words that left; it knows nothing of how they came about.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.holds import MEANING
from rotation.ledger import Books, OpenHold
from rotation.wiring.oracles.scene import Scene

IN_TIME = timedelta(minutes=5)
STILL_KNOWN = timedelta(minutes=30)
"""Who was told of the same so shortly before need not hear it again."""
REMEMBERED = timedelta(hours=4)


@dataclass(slots=True)
class Heard:
    """`said` is what left, and when by the machine's clock, which is what holds are dated by."""

    scene: Scene
    said: list[tuple[datetime, str]] = field(default_factory=list)
    _judged: set[int] = field(default_factory=set)

    def hears(self, text: str, at: datetime) -> None:
        self.said.append((self.scene.clock.told(at), text))

    def look(self, books: Books, at: datetime) -> None:
        """Each hold once, when it has lasted for so long under a daemon that lived."""
        clock = self.scene.clock
        if not clock.is_right(at, REMEMBERED):
            return
        now = clock.told(at)
        self.said = [(when, text) for when, text in self.said if when >= now - 2 * REMEMBERED]
        for hold in books.holds.since(now - REMEMBERED):
            if hold.id in self._judged or not MEANING[hold.item.hold].alarm:
                continue
            begins = max(hold.since, clock.told(self.scene.woken_at or hold.since))
            if min(hold.closed_at or now, now) - begins <= IN_TIME:
                continue
            self._judged.add(hold.id)
            since, until = hold.since - STILL_KNOWN, begins + IN_TIME
            if not any(since <= when <= until and _names(text, hold) for when, text in self.said):
                room, phone = (
                    self.scene.room_of(hold.item.group),
                    self.scene.phone(hold.item.person),
                )
                chat = str(room.right.group.chat) if room is not None else ""
                text = f"hold {hold.item.hold} lasted, and nobody heard of it within 5 min"
                self.scene.wrong("C4", at, chat, phone, text)


def _names(text: str, hold: OpenHold) -> bool:
    """Whether somebody who reads this learns of the hold: what is wrong, and where."""
    where = hold.item.group or hold.item.account or ""
    for line in text.splitlines():
        if MEANING[hold.item.hold].cause in line:
            place = line.partition(MEANING[hold.item.hold].cause)[0]
            if where in place or " more" in place:
                return True
    return False
