"""Oracles over the ledger's rows: A1, A2 and A4 of every closing record, S9 and A1 of attempts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from rotation.core.facts import Attempt, Kind
from rotation.core.outcome import Accepted, Refused, Throttled
from rotation.ledger import AuditRecord, Books
from rotation.sandbox.chat import Move
from rotation.wiring.oracles.effects import REMEMBERED, SETTLED, Effects
from rotation.wiring.oracles.scene import Room, Scene

CLOSING = {
    "added": (Kind.ADD, Move.JOIN),
    "late_add": (Kind.ADD, Move.JOIN),
    "removed": (Kind.REMOVE, Move.LEAVE),
    "late_removal": (Kind.REMOVE, Move.LEAVE),
}
"""The records that credit us with a change."""
SEEN = {"seen_in": Move.JOIN, "seen_out": Move.LEAVE}
"""The records that credit somebody else."""


@dataclass(slots=True)
class Records:
    """Reads what is new in the audit and among the attempts."""

    scene: Scene
    effects: Effects
    last_record: int = 0
    last_attempt: int = 0
    _ended_at: float = 0.0
    _in_a_record: set[int] = field(default_factory=set)
    _open: dict[int, Attempt] = field(default_factory=dict)

    def look(self, books: Books, at: datetime) -> None:
        """Judge the records written since the last look, all of them right now."""
        for record in books.audit.after(self.last_record):
            self.last_record = record.seq
            if record.kind in CLOSING:
                self._closing(books, record, at)
            elif record.kind in SEEN:
                self._observed(record, at)

    def _observed(self, record: AuditRecord, at: datetime) -> None:
        """What others did is credited to them, and seen on a list that can be true."""
        room = self.scene.room_of(record.group)
        if room is None:
            return
        seat = (str(room.right.group.chat), self.scene.phone(record.person))
        shown = room.last is not None and room.last.believable
        inside = room.last is not None and seat[1] in room.last.people
        if seat[1] and not (shown and inside == (SEEN[record.kind] is Move.JOIN)):
            text = f"{record.kind}: no list that can be true shows it"
            self.scene.wrong("A2", at, *seat, text)
        change = self.effects.unrecorded.get(seat)
        if change is not None and change.late:  # nobody looks out for it for ever
            self.effects.recorded(seat, SEEN[record.kind])

    def _closing(self, books: Books, record: AuditRecord, at: datetime) -> None:
        room, phone = self.scene.room_of(record.group), self.scene.phone(record.person)
        if room is None:
            return
        kind, move = CLOSING[record.kind]
        chat = str(room.right.group.chat)
        tried = [a for n in record.attempts if (a := books.attempts.get(n)) is not None]
        wrongs = (
            *self._unfounded(record, tried, kind),
            *_unproven(room, phone, move, tried),
            *self._uncaused(room, (chat, phone), move, at),
        )
        for rule, text in wrongs:
            self.scene.wrong(rule, at, chat, phone, f"{record.kind}: {text}")

    def _unfounded(
        self, record: AuditRecord, tried: list[Attempt], kind: Kind
    ) -> Iterator[tuple[str, str]]:
        """What a closing record must say of itself."""
        if not record.origin or (record.reason is None and tried):
            yield "A1", "the record has no reason or no origin"
        if any((a.group, a.person, a.kind) != (record.group, record.person, kind) for a in tried):
            yield "A4", "an attempt of the record is about something else"
        if any(isinstance(a.outcome, Refused | Throttled) for a in tried):
            yield "A4", "an attempt that did nothing is credited with the change"
        accepted = any(isinstance(a.outcome, Accepted) for a in tried)
        if record.detail.get("certainty") == "proven" and not accepted:
            yield "A4", "it is called proven, and no attempt was accepted"
        if not record.kind.startswith("late"):
            if not tried:
                yield "A4", "the change is called ours without an attempt"
            if self._in_a_record.intersection(record.attempts):
                yield "A1", "an attempt has a closing record already"
            self._in_a_record.update(record.attempts)

    def _uncaused(
        self, room: Room, seat: tuple[str, str], move: Move, at: datetime
    ) -> Iterator[tuple[str, str]]:
        """A record of ours has an effect of ours, unless lists lied or somebody else did it."""
        if self.effects.recorded(seat, move) is not None:
            return
        lied_at = room.lied_about.get(seat[1])
        change = room.changed.get(seat[1])
        by_others = change is not None and change.by is None
        if lied_at is not None and self.scene.life.lived(lied_at, at) <= REMEMBERED:
            self.effects.credited[seat] = move, at
        elif not by_others:
            yield "A4", "nothing of the kind had taken effect by us"

    def look_at_attempts(self, books: Books, at: datetime) -> None:
        """S9: one ends before the next begins. A1: each is ended, also after a crash."""
        for attempt in books.attempts.after(self.last_attempt):
            self.last_attempt = attempt.id
            if attempt.uptime < self._ended_at:
                chat = self._chat(attempt)
                self.scene.wrong("S9", at, chat, "", "attempts of one account overlap")
            self._ended_at = attempt.uptime + (attempt.took or 0.0)
            if attempt.ended_at is None:
                self._open[attempt.id] = attempt
        for number, attempt in list(self._open.items()):
            now = books.attempts.get(number)
            if now is None or now.ended_at is not None:
                del self._open[number]
            elif at.timestamp() - max(attempt.uptime, self._woken()) > SETTLED.total_seconds():
                phone = self.scene.phone(attempt.person)
                text = "an attempt was never ended, and nothing says what became of it"
                self.scene.wrong("A1", at, self._chat(attempt), phone, text)
                del self._open[number]

    def _woken(self) -> float:
        woken = self.scene.woken_at
        return woken.timestamp() if woken is not None else 0.0

    def _chat(self, attempt: Attempt) -> str:
        room = self.scene.room_of(attempt.group)
        return str(room.right.group.chat) if room is not None else ""


def _unproven(
    room: Room, phone: str, move: Move, tried: list[Attempt]
) -> Iterator[tuple[str, str]]:
    """A2: a list asked for after the last attempt had ended shows what the record says."""
    ends = [a.uptime + (a.took or 0.0) for a in tried]
    if room.last is None or (ends and room.last.began.timestamp() < max(ends)):
        yield "A2", "no list was read since the last attempt ended"
    elif (phone in room.last.people) != (move is Move.JOIN):
        yield "A2", "the list that was read shows the opposite"
