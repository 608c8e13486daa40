"""Oracles over what is not as it should be: C4 and C6 on the way, C1 at the end.

Whoever is in past their end, or on duty and not in, as the world truly is, has an attempt made for
them every quarter of an hour, or a hold that says why not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Kind
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import Books, OpenHold
from rotation.sandbox import wire
from rotation.wiring.oracles.scene import Room, Scene

LONGEST_WAIT = timedelta(minutes=15)
ATTENDED = timedelta(minutes=20)
"""The longest wait, with the quiet time and the calls around it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Somebody who should be added (`kind` add) or removed, since when, and what it waits for."""

    chat: str
    phone: str
    kind: wire.Kind
    since: datetime
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """The holds that are or were just in force, by what they are about."""

    by_seat: Mapping[tuple[str, str], str]
    by_group: Mapping[str, str]
    whole: str

    @classmethod
    def by(cls, holds: Iterable[OpenHold]) -> "Held":
        seats: dict[tuple[str, str], str] = {}
        groups: dict[str, str] = {}
        whole = ""
        for hold in holds:
            item = hold.item
            if item.person is not None:
                seats[str(item.group), str(item.person)] = item.hold.value
            elif item.group is not None:
                groups[str(item.group)] = item.hold.value
            elif item.account is not None:
                whole = item.hold.value
        return cls(seats, groups, whole)

    def why(self, group: GroupId, person: PersonId) -> str:
        return self.by_seat.get((group, person)) or self.of_group(group)

    def of_group(self, group: GroupId) -> str:
        return self.by_group.get(group) or self.whole


@dataclass(slots=True)
class Differences:
    """`tried` is when somebody was last added, or removed, as the world saw it."""

    scene: Scene
    tried: Mapping[tuple[str, str, wire.Kind], datetime]

    def look(self, books: Books, at: datetime) -> None:
        """C4 and C6: nothing that is known to be wrong is left alone."""
        scene = self.scene
        held = Held.by(books.holds.since(scene.clock.told(at) - ATTENDED))
        if not scene.clock.is_right(at, ATTENDED):
            return  # by its own clock the daemon is in another hour
        for found in self.open(at, held):
            if found.held_by or at - self._known(found) < ATTENDED:
                continue
            tried = self.tried.get((found.chat, found.phone, found.kind))
            if tried is None or at - tried >= ATTENDED:
                rule = "C4" if found.kind is wire.Kind.REMOVE else "C6"
                text = f"nobody tried to {found.kind.value} them, and no hold says why"
                scene.wrong(rule, at, found.chat, found.phone, text)
        self._waits(books, at, held)

    def _waits(self, books: Books, at: datetime, held: Held) -> None:
        """C4 in the rows: an open removal is tried again within a quarter of an hour."""
        told = self.scene.clock.told(at)
        for seat in books.seats.open(Kind.REMOVE):
            if held.why(seat.group, seat.person):
                continue
            waits = [t for t in (seat.retry_at, seat.settle_at) if t is not None]
            if waits and max(waits) - told > LONGEST_WAIT:
                room, phone = self.scene.room_of(seat.group), self.scene.phone(seat.person)
                chat = str(room.right.group.chat) if room else ""
                text = "an open removal is not tried again within 15 min"
                self.scene.wrong("C4", at, chat, phone, text)

    def _known(self, found: Difference) -> datetime:
        """From when on the daemon could know: a true list showed it, and somebody was there."""
        room = self.scene.rooms[found.chat]
        seen = room.visible.get(found.phone, datetime.max.replace(tzinfo=found.since.tzinfo))
        return max(found.since, seen, self.scene.woken_at or found.since)

    def open(self, at: datetime, held: Held) -> list[Difference]:
        """Everything in which the world differs from what the timeline wants at `at`."""
        return [
            found
            for chat, room in self.scene.rooms.items()
            for found in self._in_room(chat, room, at, held)
        ]

    def _in_room(self, chat: str, room: Room, at: datetime, held: Held) -> Iterator[Difference]:
        right, leavers = room.right, room.leavers
        group, names = self.scene.known_as(room), self.scene.names
        allowed, entitled = right.allowed.at(at), right.entitled.at(at)
        managed = leavers.keys() & names.people.keys()
        for phone in sorted(managed if right.is_watched else right.managed | managed):
            why = held.why(group, self.scene.person(phone))
            inside = room.inside.get(phone)
            past = phone not in allowed and not right.stood_in
            if inside is not None and (phone in leavers or past):
                if phone not in leavers and self._stays(room, at):
                    why = why or "uncovered"
                since = self._past(room, phone, inside, at)
                yield Difference(chat, phone, wire.Kind.REMOVE, since, why)
            elif inside is None and phone in entitled and phone not in leavers:
                since = _since(right.entitled.gap_of(phone, at - _FAR, at), at - _FAR)
                gone = room.changed.get(phone)
                since = max(since, gone.at) if gone is not None else since
                since = max(since, room.turned_at or since)
                yield Difference(chat, phone, wire.Kind.ADD, since, why)

    def _past(self, room: Room, phone: str, inside: datetime, at: datetime) -> datetime:
        left = room.leavers.get(phone)
        gaps = room.right.past(phone, inside, at)
        past = gaps[-1][0] if gaps and gaps[-1][1] == at else at
        past = max(past, room.turned_at or past)
        return max(inside, min(left, past)) if left is not None else past

    def _stays(self, room: Room, at: datetime) -> bool:
        """Nobody is on duty, and the last agents are to stay."""
        on_duty = room.right.duty.at(at).difference(room.leavers)
        return not on_duty and not room.right.empties(at)


_FAR = timedelta(days=40)


def _since(gaps: list[tuple[datetime, datetime]], otherwise: datetime) -> datetime:
    """When the last gap ended: from then on somebody has held without a break."""
    return gaps[-1][1] if gaps else otherwise
