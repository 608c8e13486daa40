"""The oracle over what people heard: C4 and P-told, never silent and never crying wolf.

Whatever lasts was told within five minutes, and nobody was woken for nothing. It reads the holds,
follows the world, and hears the words that left; it knows nothing of how they came about.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from rotation.ledger import Books
from rotation.wiring.oracles.matters import Matter, Matters, What, covers
from rotation.wiring.oracles.scene import Scene

IN_TIME = timedelta(minutes=5)
"""Until somebody has to have heard of it; and until whoever was woken has looked."""
STILL_KNOWN = timedelta(minutes=30)
"""Who was told of the same so shortly before need not hear it again, and must not."""
MUTED = timedelta(minutes=28)
"""That half hour by a clock that was set by less than anybody minds, on the way there and back."""
HASTY = timedelta(minutes=3)
"""What is younger may be over before anybody has read of it."""
REMEMBERED = timedelta(hours=4)
_MORE = re.compile(r" and (\d+) more: ")
"""Where the others are not spelled out."""


class Why(StrEnum):
    """Why nobody had to hear a message."""

    OVER = "over"  # nothing of it lasted any more
    REPEATED = "repeated"  # all of it was told within the last half hour
    PASSING = "passing"  # all that was new in it ended by itself within five minutes


@dataclass(frozen=True, slots=True)
class Needless:
    at: datetime
    text: str
    why: Why


@dataclass(slots=True)
class Heard:
    """`lasted` counts what people had to hear of, `messages` what they were told."""

    scene: Scene
    matters: Matters
    messages: int = 0
    lasted: Counter[What] = field(default_factory=Counter)
    needless: list[Needless] = field(default_factory=list)
    _said: list[tuple[datetime, str]] = field(default_factory=list)
    _waiting: list[tuple[datetime, str]] = field(default_factory=list)
    _known: dict[object, Matter] = field(default_factory=dict)
    _judged: set[object] = field(default_factory=set)
    _meant: list[tuple[datetime, frozenset[object]]] = field(default_factory=list)
    """The messages that were weighed, and the keys of what each of them was about."""

    def hears(self, text: str, at: datetime) -> None:
        self.messages += 1
        if told := self.matters.unasked(text):
            self._said.append((at, told))
            self._waiting.append((at, told))

    def look(self, books: Books, at: datetime) -> None:
        """Each matter once, when it has lasted for so long under a daemon that lived."""
        told = self.scene.clock.told(at)
        for matter in self.matters.now(at):
            self._known[matter.what, matter.about, matter.begins] = matter
        self._known.update(self.matters.held(books.holds.since(told - REMEMBERED), at))
        is_sure = self.scene.clock.is_right(at, REMEMBERED)
        for key in self._known.keys() - self._judged if is_sure else ():
            self._judge(key, self._known[key], at)
        ripe = [said for said in self._waiting if at - said[0] >= IN_TIME]
        self._waiting = [said for said in self._waiting if at - said[0] < IN_TIME]
        for when, text in ripe:
            self._weigh(when, text, is_sure=is_sure)
        self._forget(at - 2 * REMEMBERED)

    def _forget(self, before: datetime) -> None:
        self._said = [said for said in self._said if said[0] >= before]
        self._meant = [meant for meant in self._meant if meant[0] >= before]
        for key, matter in list(self._known.items()):
            if matter.ends is not None and matter.ends < before:
                del self._known[key]
                self._judged.discard(key)

    # Never silent

    def _judge(self, key: object, matter: Matter, at: datetime) -> None:
        begins, stepped_at = max(matter.begins, matter.known), self.scene.clock.stepped_at
        if stepped_at is not None and matter.begins < stepped_at:
            return  # by the daemon's own clock it was another hour
        if matter.what is not What.DAEMON:
            begins = max(begins, self.scene.woken_at or begins)
        if min(matter.ends or at, at) - begins <= IN_TIME:
            return
        self._judged.add(key)
        self.lasted[matter.what] += 1
        if not self._is_told(matter, begins):
            rule = "C4" if matter.what in (What.HOLD, What.REMOVAL) else "P-told"
            text = f"{matter.said} lasted, and nobody heard of it within 5 min"
            self.scene.wrong(rule, at, *self._place(matter), text)

    def _is_told(self, matter: Matter, begins: datetime) -> bool:
        return any(
            max(one.begins, begins) - STILL_KNOWN <= when <= begins + IN_TIME and one.told_in(text)
            for one in (matter, *self._explaining(matter, begins))
            for when, text in self._said
        )

    def _explaining(self, matter: Matter, begins: datetime) -> Iterator[Matter]:
        """The holds that say why something is so, or was before anybody could know of it."""
        if matter.what in (What.REMOVAL, What.SESSION):
            for hold in self._known.values():
                lasted = hold.ends is None or hold.ends >= matter.begins
                is_in_force = hold.begins <= begins + IN_TIME and lasted
                if hold.what is What.HOLD and is_in_force and covers(hold, matter):
                    yield hold

    def _place(self, matter: Matter) -> tuple[str, str]:
        """The chat and the number that a matter is about."""
        group, person = matter.about
        chats = {str(g): chat for chat, g in self.scene.names.groups.items()}
        phones = {str(p): phone for phone, p in self.scene.names.people.items()}
        return chats.get(group, ""), phones.get(person, "")

    # Never crying wolf

    def _weigh(self, at: datetime, text: str, *, is_sure: bool) -> None:
        """Whether this message was some person's business, and if not whether that is excused.

        What was over as far as anybody could know, what is said again in the same life, and what
        is told in haste is never excused; what nobody could foresee only counts.
        """
        named = self._about(at, text)
        self._meant.append((at, frozenset(named)))
        on = {key: m for key, m in named.items() if m.lasts(at)}
        fresh = {key: m for key, m in on.items() if not self._was_told(key, m, at)}
        hasty = bool(fresh) and all(at - m.begins < HASTY for m in fresh.values())
        why = self._why_needless(on, fresh, at)
        if why is not None:
            self.needless.append(Needless(at, text, why))
        is_over = why is Why.OVER and not self.matters.is_of_removal(text)
        is_repeated = why is Why.REPEATED and not self._has_died(at - STILL_KNOWN)
        if is_sure and (is_over or is_repeated or hasty):
            wrong = "in haste" if hasty else f"though it was {why}"
            self.scene.wrong("P-told", at, "", "", f"told {wrong}: {text.splitlines()[0]}")

    def _about(self, at: datetime, text: str) -> dict[object, Matter]:
        """What a message is about: what it spells out, and for `3 more` the three longest on."""
        begun = {key: m for key, m in self._known.items() if m.begins <= at}
        lines = text.splitlines()
        about = {key: m for key, m in begun.items() if any(map(m.spelled, lines))}
        rest = {key: m for key, m in begun.items() if m.lasts(at) and key not in about}
        for line in lines:
            if (more := _MORE.search(line)) is not None:
                longest_first = sorted(rest, key=lambda key: rest[key].begins)
                counted = [key for key in longest_first if rest[key].named(line)]
                about |= {key: rest.pop(key) for key in counted[: int(more[1])]}
        return about

    def _why_needless(
        self, on: Mapping[object, Matter], fresh: Mapping[object, Matter], at: datetime
    ) -> Why | None:
        if not on:
            return Why.OVER
        if not fresh:
            return Why.REPEATED
        ends = [
            (None if m.mended else m.ends, self._told_first(key, m, at)) for key, m in fresh.items()
        ]
        is_passing = all(end is not None and end - told <= IN_TIME for end, told in ends)
        return Why.PASSING if is_passing else None

    def _was_told(self, key: object, matter: Matter, before: datetime) -> bool:
        """Whether one of the messages of the last half hour was about it."""
        told = (t for t, about in self._meant if key in about and matter.lasts(t))
        return any(before - MUTED < when < before for when in told)

    def _told_first(self, key: object, matter: Matter, last: datetime) -> datetime:
        told = (t for t, about in self._meant if key in about and matter.lasts(t))
        return min(told, default=last)

    def _has_died(self, since: datetime) -> bool:
        """Whether the daemon did since then: whom it told it may not know any more."""
        woken = self.scene.woken_at
        return woken is not None and woken >= since
