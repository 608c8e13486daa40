"""The oracle over what people heard: C4 and P-told, never silent and never crying wolf.

Whatever lasts was told within five minutes, and at most one message per group and month was
needless. It reads the holds, follows the world, and hears the words that left; it knows nothing
of how they came about.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.holds import Hold
from rotation.ledger import Books
from rotation.wiring.oracles.matters import Matter, Matters, covers
from rotation.wiring.oracles.scene import Scene

IN_TIME = timedelta(minutes=5)
"""Until somebody has to have heard of it; and until whoever is woken has looked."""
STILL_KNOWN = timedelta(minutes=30)
"""Who was told of the same so shortly before need not hear it again, and must not."""
REMEMBERED = timedelta(hours=4)
MONTH = timedelta(days=30)


@dataclass(slots=True)
class Said:
    """One message that people got. `why` it was needless; empty if it was not."""

    at: datetime
    text: str
    why: str = ""


@dataclass(slots=True)
class Heard:
    """`lasted` counts what people had to hear of, `messages` what they were told."""

    scene: Scene
    matters: Matters
    said: list[Said] = field(default_factory=list)
    needless: list[Said] = field(default_factory=list)
    lasted: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    _waiting: list[Said] = field(default_factory=list)
    _known: dict[object, Matter] = field(default_factory=dict)
    _judged: set[object] = field(default_factory=set)

    def hears(self, text: str, at: datetime) -> None:
        said = Said(at, text)
        self.messages += 1
        self.said.append(said)
        self._waiting.append(said)

    def look(self, books: Books, at: datetime) -> None:
        """Each matter once, when it has lasted for so long under a daemon that lived."""
        told = self.scene.clock.told(at)
        for matter in self.matters.now(at):
            self._known[matter.kind, matter.about, matter.begins] = matter
        self._known.update(self.matters.held(books.holds.since(told - REMEMBERED), at))
        if self.scene.clock.is_right(at, REMEMBERED):
            for key, matter in self._known.items():
                if key not in self._judged:
                    self._judge(key, matter, at)
        self._look_at_messages(at)
        self._forget(at)

    def _forget(self, at: datetime) -> None:
        since = at - 2 * REMEMBERED
        self.said = [said for said in self.said if said.at >= since]
        old = [k for k, m in self._known.items() if m.ends is not None and m.ends < since]
        for key in old:
            del self._known[key]
            self._judged.discard(key)

    # Never silent

    def _judge(self, key: object, matter: Matter, at: datetime) -> None:
        begins = max(matter.begins, matter.known)
        if matter.kind != "dead daemon":
            begins = max(begins, self.scene.woken_at or begins)
        if min(matter.ends or at, at) - begins <= IN_TIME:
            return
        self._judged.add(key)
        self.lasted[matter.kind] += 1
        if self._is_told(matter, begins):
            return
        group, person = matter.about
        what = f"hold {matter.hold}" if matter.hold else matter.kind
        room = next((r for r in self.scene.rooms.values() if r.right.group.id == group), None)
        chat = str(room.right.group.chat) if room is not None else ""
        phone = next((n for n, p in self.scene.names.people.items() if p == person), "")
        text = f"{what} lasted, and nobody heard of it within 5 min"
        self.scene.wrong("C4" if matter.kind in ("hold", "overdue removal") else "P-told", at, chat, phone, text)

    def _is_told(self, matter: Matter, begins: datetime) -> bool:
        return any(
            max(other.begins, begins) - STILL_KNOWN <= said.at <= begins + IN_TIME
            and other.told_in(said.text)
            for other in (matter, *self._explaining(matter, begins))
            for said in self.said
        )

    def _explaining(self, matter: Matter, begins: datetime) -> Iterator[Matter]:
        """The holds that say why something is so, and were in force by then."""
        if matter.kind == "hold" or matter.kind == "dead daemon":
            return
        for other in self._known.values():
            until = other.ends or begins
            if other.kind == "hold" and covers(other, matter):
                if other.begins <= begins + IN_TIME and until >= begins:
                    yield other

    # Never crying wolf

    def _look_at_messages(self, at: datetime) -> None:
        waiting, self._waiting = self._waiting, []
        for said in waiting:
            if at - said.at < IN_TIME:
                self._waiting.append(said)
                continue
            said.why = self._why_needless(said)
            if said.why:
                self.needless.append(said)

    def _why_needless(self, said: Said) -> str:
        """Why nobody had to hear this; empty if it was some person's business."""
        found = [m for m in self._known.values() if m.told_in(said.text) and m.begins <= said.at]
        on = [m for m in found if m.lasts(said.at)]
        if not on:
            return "over"
        fresh = [m for m in on if not self._was_told(m, said.at - STILL_KNOWN, said)]
        if not fresh:
            return "repeated"
        if not any(m.ends is None or m.ends - self._first(m, said) > IN_TIME for m in fresh):
            return "passing"
        return ""

    def _was_told(self, matter: Matter, since: datetime, before: Said) -> bool:
        return any(
            since < s.at < before.at and matter.lasts(s.at) and matter.told_in(s.text)
            for s in self.said
        )

    def _first(self, matter: Matter, last: Said) -> datetime:
        """When it was told first."""
        told = (s.at for s in self.said if matter.lasts(s.at) and matter.told_in(s.text))
        return min(told, default=last.at)
