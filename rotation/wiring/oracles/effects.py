"""Oracles over what truly happened: S3 and S5 by their effect, A1 by its record, and I7."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.sandbox.chat import Change, Move
from rotation.wiring.oracles.scene import Room, Scene

SETTLED = timedelta(minutes=20)
"""A sweep, a quiet time and a little: what has been visible for so long is on record."""
REMEMBERED = timedelta(hours=2)
"""For so long, while a daemon lives, what is believed may come from a list that lied."""
DIRECTIONS = (Move.JOIN, Move.LEAVE)


@dataclass(slots=True)
class _Tally:
    """What took effect by us since an edge of somebody's rights; late effects do not count."""

    edges: tuple[bool, ...]
    counts: Counter[Move] = field(default_factory=Counter)


@dataclass(slots=True)
class Effects:
    """Follows every change of a membership.

    `unrecorded` are effects of ours without a record; `credited` are records that a list which
    lied brought about before the effect.
    """

    scene: Scene
    unrecorded: dict[tuple[str, str], Change] = field(default_factory=dict)
    credited: dict[tuple[str, str], tuple[Move, datetime]] = field(default_factory=dict)
    adds: int = 0
    removals: int = 0
    _tallies: dict[tuple[str, str], _Tally] = field(default_factory=dict)

    def changes(self, change: Change) -> None:
        room = self.scene.rooms.get(change.chat)
        if room is None or change.move not in DIRECTIONS:
            return
        if change.by is not None:
            self._by_us(room, change)
        room.changes(change)
        seat = change.chat, change.phone
        if change.by is None or change.late:
            self._tallies.pop(seat, None)  # an outsider's doing, or one nobody could foresee
        if change.by is None:
            self.unrecorded.pop(seat, None)
        elif not self._was_credited(seat, change):
            self.unrecorded[seat] = change

    def _was_credited(self, seat: tuple[str, str], change: Change) -> bool:
        move, at = self.credited.pop(seat, (None, change.at))
        return move is change.move and self.scene.life.lived(at, change.at) <= REMEMBERED

    def _by_us(self, room: Room, change: Change) -> None:
        scene, at = self.scene, change.at
        if change.move is Move.JOIN:
            self.adds += 1
        else:
            self.removals += 1
            alone = room.covering(at) == {change.phone}
            if alone and not change.late and self._is_duty_sure(room, at):
                scene.wrong("S3", at, change.chat, change.phone, "our removal left nobody on duty")
        if change.move is Move.JOIN and change.phone in room.leavers and not change.late:
            scene.wrong("S5", at, change.chat, change.phone, "a leaver was added")
        if not change.late and not room.right.stood_in:
            self._back_and_forth(room, change)

    def _is_duty_sure(self, room: Room, at: datetime) -> bool:
        """Whether the daemon's clock and the world's agree on who is on duty."""
        told = {room.right.duty.at(t) for t in self.scene.clock.could_tell(at)}
        return len(told) == 1 and not room.right.stood_in

    def _back_and_forth(self, room: Room, change: Change) -> None:
        """I7: between two edges of somebody's rights we add them once, and remove them once."""
        seat, at = (change.chat, change.phone), change.at
        rights = (room.right.allowed.at(at), room.right.entitled.at(at), self.scene.gone(room))
        edges = tuple(change.phone in right for right in rights)
        tally = self._tallies.get(seat)
        if tally is None or tally.edges != edges:
            tally = self._tallies[seat] = _Tally(edges)
        tally.counts[change.move] += 1
        if tally.counts[change.move] > 1:
            text = "we added and removed somebody again though nothing had changed"
            self.scene.wrong("I7", at, change.chat, change.phone, text)

    def forget_tallies(self, chat: str = "") -> None:
        """A clock that jumps changes what is known of all rights; a closing those in a group."""
        kept = {seat: tally for seat, tally in self._tallies.items() if chat not in {"", seat[0]}}
        self._tallies = kept

    def recorded(self, seat: tuple[str, str], move: Move) -> Change | None:
        """A closing record tells of this; None when nothing of the kind is unrecorded."""
        change = self.unrecorded.get(seat)
        if change is None or change.move is not move:
            return None
        return self.unrecorded.pop(seat)

    def overdue(self, at: datetime, held: Mapping[str, bool]) -> None:
        """A1: an effect of ours that a list has shown for a while has its closing record."""
        woken = self.scene.woken_at
        for (chat, phone), change in list(self.unrecorded.items()):
            seen = self.scene.rooms[chat].visible.get(phone)
            if seen is None or held.get(chat) or at - max(seen, woken or seen) < SETTLED:
                continue
            done = "removal" if change.move is Move.LEAVE else "addition"
            text = f"an {done} of ours has no closing record" if done == "addition" else (
                "a removal of ours has no closing record")  # fmt: skip
            self.scene.wrong("A1", change.at, chat, phone, text)
            del self.unrecorded[chat, phone]
