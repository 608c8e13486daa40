"""What people have to hear of while it lasts: holds, overdue removals, lost sessions, dead daemons.

Holds are the ledger's own rows. The others are followed in the world itself: whoever is truly in
past their end, a session that does not work, a daemon that is gone or stuck.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from rotation.core.holds import MEANING, Hold
from rotation.ledger import OpenHold
from rotation.sandbox.chat import Change, Move
from rotation.wiring.oracles.scene import Listing, Room, Scene

WORKING = "WORKING"
STUCK = timedelta(minutes=5)
"""A step that takes longer is one that nobody comes back from."""
NO_PING = "no ping has come from rotation"
_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_OVERDUE = " should have left"
_WIPE = "The wipe of "
_Seat: TypeAlias = tuple[str, str]
_Tells: TypeAlias = Callable[[str], bool]


class What(StrEnum):
    HOLD = "hold"
    REMOVAL = "overdue removal"
    SESSION = "lost session"
    DAEMON = "dead daemon"


@dataclass(slots=True)
class Matter:
    """One thing, from when to when, and from when on somebody could know of it.

    `named` says whether a line tells of it, or may where it says how many more there are, and
    `spelled` whether it does so by name; it is `about` a group and a person, or neither.
    `mended`: it does not end by itself, so somebody put an end to it, who may have heard of it.
    """

    what: What
    begins: datetime
    ends: datetime | None
    named: Callable[[str], bool]
    spelled: Callable[[str], bool]
    about: _Seat = ("", "")
    known: datetime = _LONG_AGO
    hold: Hold | None = None
    mended: bool = False

    def lasts(self, at: datetime) -> bool:
        return self.begins <= at and (self.ends is None or at < self.ends)

    @property
    def said(self) -> str:
        return f"{self.what} {self.hold}" if self.hold is not None else str(self.what)

    def told_in(self, text: str) -> bool:
        return any(self.named(line) for line in text.splitlines())


@dataclass(slots=True)
class Matters:
    """Follows the world and the daemon; `over` is what has ended since it was last taken."""

    scene: Scene
    over: list[Matter] = field(default_factory=list)
    _mended: dict[tuple[Hold, str], datetime] = field(default_factory=dict)
    _past: dict[_Seat, datetime] = field(default_factory=dict)
    _shown: dict[_Seat, datetime] = field(default_factory=dict)
    _lost: Matter | None = None
    _dead: Matter | None = None

    # What it is told

    def shows(self, chat: str, room: Room, listing: Listing) -> None:
        """From when on somebody could know that a person is in."""
        if not listing.believable:
            return
        for phone in room.right.managed & room.inside.keys():
            if phone in listing.people:
                self._shown.setdefault((chat, phone), listing.ended)
            else:
                self._shown.pop((chat, phone), None)

    def changes(self, room: Room, change: Change) -> None:
        """To be told before the room is."""
        if change.move is Move.PROMOTE and change.phone in self.scene.own:
            self._mended[Hold.NOT_ADMIN, str(room.right.group.id)] = change.at
        if change.move is Move.LEAVE:
            self._ends(room, change.phone, change.at)
            self._shown.pop((change.chat, change.phone), None)

    def turns(self, room: Room, at: datetime) -> None:
        """To be told before the room is: it is closed or opened again, and nobody is late."""
        for phone in sorted(room.inside.keys() & room.right.managed):
            self._ends(room, phone, at)

    def _ends(self, room: Room, phone: str, at: datetime) -> None:
        stay = self._stay(room, phone, at)
        if stay is not None:
            stay.ends = at
            self.over.append(stay)

    def session(self, status: str, at: datetime) -> None:
        if status != WORKING and self._lost is None:
            told = _of_hold("", str(self.scene.account), "", Hold.SESSION)
            self._lost = Matter(What.SESSION, at, None, *told, known=_NEVER)
        elif status == WORKING and self._lost is not None:
            self._mended[Hold.SESSION, ""] = at
            self._lost.ends, self._lost.mended = at, True
            self.over.append(self._lost)
            self._lost = None

    def answered(self, fault: str, at: datetime) -> None:
        """A call came back, with a fault or as the world would have it: that shows the session."""
        if self._lost is not None and not fault:
            self._lost.known = min(self._lost.known, at)

    def dies(self, at: datetime) -> None:
        if self._dead is None:
            told = _tells_of_silence, _tells_of_silence
            self._dead = Matter(What.DAEMON, at, None, *told, known=at)

    def lives(self, at: datetime, *, by_itself: bool = False) -> None:
        """It is back: somebody started it, unless it had only stood still."""
        if self._dead is not None:
            self._dead.ends, self._dead.mended = at, not by_itself
            self.over.append(self._dead)
            self._dead = None

    def stands_still(self, began: datetime, ended: datetime) -> None:
        """A step took so long that it counts as a death."""
        if ended - began > STUCK:
            self.dies(began + STUCK)
            self.lives(ended, by_itself=True)

    # What it knows

    @staticmethod
    def unasked(text: str) -> str:
        """Without what somebody asked for, and hears once: how far a wipe is."""
        return "\n".join(line for line in text.splitlines() if not line.startswith(_WIPE))

    @staticmethod
    def is_of_removal(text: str) -> bool:
        """Whether it is about removals only, of which nobody knows but by a read."""
        return all(_OVERDUE in line for line in text.splitlines())

    def now(self, at: datetime) -> Iterator[Matter]:
        """What has ended since this was last asked, and what still lasts."""
        stays = [
            self._stay(room, phone, at)
            for room in self.scene.rooms.values()
            for phone in sorted(room.inside.keys() & room.right.managed)
        ]
        yield from self.over
        self.over = []
        yield from (m for m in (self._lost, self._dead, *stays) if m is not None)

    def held(self, holds: Iterable[OpenHold], at: datetime) -> Iterator[tuple[int, Matter]]:
        """The holds that people have to hear of, in the world's time."""
        clock = self.scene.clock
        for hold in holds:
            item = hold.item
            if not MEANING[item.hold].alarm:
                continue
            begins = clock.meant(hold.since, _LONG_AGO, at)
            ends = None if hold.closed_at is None else clock.meant(hold.closed_at, begins, at)
            name = self._name(str(item.person)) if item.person is not None else ""
            group, account = str(item.group or ""), str(item.account or "")
            told = _of_hold(group, account, name, item.hold)
            about = group, str(item.person or "")
            mended = begins <= self._mended.get((item.hold, group), _LONG_AGO) <= (ends or at)
            yield hold.id, Matter(What.HOLD, begins, ends, *told, about, begins, item.hold, mended)

    def _stay(self, room: Room, phone: str, at: datetime) -> Matter | None:
        """Somebody's being in past their end, up to `at`; None when they may be in."""
        right = room.right
        if phone not in right.managed or right.is_watched or room.waits_for_words:
            return None
        inside = room.inside.get(phone)
        seat = str(right.group.chat), phone
        if inside is None:
            self._past.pop(seat, None)
            return None
        before = self._past.pop(seat, None)
        closed_at = room.turned_at if room.over is not None else None
        since = max(inside, before or closed_at or at - _AT_MOST)
        gaps = right.past(phone, since, at)
        if before is not None and gaps and gaps[0][1] < at:
            # Their next right to be in put an end to it.
            self.over.append(self._matter(room, phone, *gaps[0]))
        if not right.past(phone, at - _AN_INSTANT, at):
            return None
        begins = self._past[seat] = gaps[-1][0] if gaps and gaps[-1][1] == at else at
        return self._matter(room, phone, begins, None)

    def _matter(self, room: Room, phone: str, begins: datetime, ends: datetime | None) -> Matter:
        right = room.right
        group, person = right.group.id, self.scene.names.person(phone)
        shown = self._shown.get((str(right.group.chat), phone))
        since = room.over.said_at if room.over is not None else room.turned_at
        known = _NEVER if shown is None or right.stood_in else max(begins, shown, since or shown)
        told = _of_removal(str(group), self._name(person))
        return Matter(What.REMOVAL, begins, ends, *told, (str(group), person), known)

    def _name(self, person: str) -> str:
        people = {str(p): who.name for p, who in self.scene.roster.people.items()}
        return people.get(person, person)


_AN_INSTANT = timedelta(microseconds=1)
_AT_MOST = timedelta(days=3)
"""How far back it is looked for somebody's end, the first time."""


def covers(hold: Matter, other: Matter) -> bool:
    """Whether a hold is about a seat, or about all of its group or account."""
    (group, person), (other_group, other_person) = hold.about, other.about
    return group in ("", other_group) and person in ("", other_person)


def _of_hold(group: str, account: str, name: str, hold: Hold) -> tuple[_Tells, _Tells]:
    place, cause = f"{group}, {name}" if name else group or account or "Roster", MEANING[hold].cause
    return _told(place, cause, " more: ")


def _of_removal(group: str, name: str) -> tuple[_Tells, _Tells]:
    return _told(group, f": {name}{_OVERDUE}", " more")


def _told(place: str, what: str, more: str) -> tuple[_Tells, _Tells]:
    """Whether a line may tell of `what` at a place, and whether it names it there."""

    def spelled(line: str) -> bool:
        where, found, _ = line.partition(what)
        return bool(found) and _is_in(place, where)

    def named(line: str) -> bool:
        where, found, _ = line.partition(what)
        return bool(found) and (_is_in(place, where) or where.endswith(more))

    return named, spelled


def _tells_of_silence(line: str) -> bool:
    return NO_PING in line


def _is_in(place: str, where: str) -> bool:
    """Whether it is named there, and not only a longer name that has it in it."""
    return re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", where) is not None
