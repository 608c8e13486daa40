"""Who is on duty in an occurrence once it was changed: cover, time off, swaps, extra people.

Everything here looks at one occurrence of a shift at a time, so that a thousand changes cost an
occurrence no more than those that concern it. Of two changes that meet the later one is done.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from rotation.core.clocks import MOMENT, resolved
from rotation.core.roster import (
    MINUTES_A_DAY,
    Change,
    Doing,
    Everyone,
    PersonId,
    Pick,
    Roster,
    Shift,
    ShiftId,
    Turns,
    WhileOff,
    shift_of,
)
from rotation.core.served import Served
from rotation.core.trades import Trade, days_of, traded


class Piece(NamedTuple):
    """A part of an occurrence and whose it is. `before`: whose it was before, the last first."""

    person: PersonId
    starts: datetime
    ends: datetime
    before: tuple[PersonId, ...] = ()
    change: Change | None = None


Whole: TypeAlias = tuple[tuple[PersonId, ...], datetime, datetime]
"""An occurrence as turns have it: who is on duty in all of it, from when, till when."""
Zones: TypeAlias = Callable[[PersonId], str]
"""By whose clocks a person lives."""
_AWAY = (Doing.OFF, Doing.COVER)
_ANYBODY = PersonId("")
_NOBODY: frozenset[PersonId] = frozenset()
_OF_ANYBODY = (Doing.EXTRA, Doing.SWAP)


class Changes:
    """The changes of a roster, found by the day they are about."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._in_force = tuple(c for c in roster.changes if not _never_held(c))
        self._on: dict[int, list[int]] = defaultdict(list)
        """Those for whole occurrences, by the local date."""
        self._whose: dict[int, set[PersonId]] = defaultdict(set)
        """Whom those of a date are about."""
        self._near: dict[int, list[int]] = defaultdict(list)
        """Those for an exact stretch, by the dates of UTC around it."""
        self._swapped: dict[str, list[int]] = defaultdict(list)
        self._off: dict[PersonId, list[Change]] = defaultdict(list)
        self._undone = sorted({c.ended_at for c in self._in_force if c.ended_at is not None})
        for place, change in enumerate(self._in_force):
            self._index(place, change)
        off = [c for c in self._in_force if c.kind is Doing.OFF]
        self._trades = traded(roster, off)

    def _index(self, place: int, change: Change) -> None:
        if change.kind is Doing.SWAP:
            if not void(self._roster, change):
                self._swapped[change.occurrence].append(place)
                self._swapped[change.for_occurrence].append(place)
            return
        found = self._on if change.first is not None else self._near
        for day in days_of(change):
            found[day].append(place)
            if change.first is not None:
                self._whose[day].add(_ANYBODY if change.kind is Doing.EXTRA else change.person)
        if change.kind is Doing.OFF:
            self._off[change.person].append(change)

    def applied(self, served: Served, day: int, key: str, whole: Whole) -> Sequence[Piece] | None:
        """The occurrence with this key and local date once it was changed; None if nothing is."""
        people, starts, ends = whole
        if self._nothing_is_about(day, people):
            return None
        about = self._about(served, day, key)
        traded = self._traded(served, day)
        if not traded and not any(c.person in people or c.kind in _OF_ANYBODY for c in about):
            return None
        undone = self._undone[bisect_right(self._undone, starts) : bisect_left(self._undone, ends)]
        if not undone:
            return self._arranged(served, day, key, whole, about)
        return self._as_known(served, day, key, whole, (starts, *undone, ends))

    def foreseen(
        self, served: Served, day: int, key: str, whole: Whole, at: datetime
    ) -> Sequence[Piece]:
        """The occurrence as everybody had to expect it just before an instant of it.

        What is said from then on, or undone, is not looked at.
        """
        said = [c for c in self._around(served, day, key) if c.made_at is None or c.made_at < at]
        then = Changes(replace(self._roster, changes=tuple(_known(said, at))))
        return then._arranged(served, day, key, whole, then._about(served, day, key))

    def _as_known(
        self, served: Served, day: int, key: str, whole: Whole, instants: Sequence[datetime]
    ) -> Sequence[Piece]:
        """The occurrence in parts, between which something was undone: each as it was known then.

        What was undone was in force till then, for all it was known, and decided who stood in.
        """
        near, found = self._around(served, day, key), list[Piece]()
        for since, until in pairwise(instants):
            known = tuple(_known(near, since))
            then = Changes(replace(self._roster, changes=tuple(known)))
            then._trades = self._trades
            about = then._about(served, day, key)
            for piece in then._arranged(served, day, key, whole, about):
                starts, ends = max(piece.starts, since), min(piece.ends, until)
                if starts < ends:
                    told = next((c for c in near if _is_same(c, piece.change)), piece.change)
                    found.append(piece._replace(starts=starts, ends=ends, change=told))
        return _joined(found)

    def _arranged(
        self, served: Served, day: int, key: str, whole: Whole, about: Iterable[Change]
    ) -> Sequence[Piece]:
        people, starts, ends = whole
        traded = self._traded(served, day)
        pieces = [Piece(person, starts, ends) for person in people]
        for trade in traded:
            pieces = [_handed(p, trade.to, trade.change) if p.person == trade.of else p
                      for p in pieces]  # fmt: skip
        for change in about:
            match change.kind:
                case Doing.EXTRA:
                    pieces += _extra(change, day, Piece(change.person, starts, ends))
                case Doing.OFF:
                    pieces = list(self._without(change, served.shift, day, pieces))
                case Doing.SWAP if key != change.occurrence:
                    pieces = list(_replaced(change, change.other, change.person, day, pieces))
                case _:
                    pieces = list(_replaced(change, change.person, change.other, day, pieces))
        return _joined(pieces) if len(pieces) > 1 else pieces

    def _nothing_is_about(self, day: int, people: tuple[PersonId, ...]) -> bool:
        """Where that is seen by the date alone, which is most often."""
        if self._near or self._trades or self._swapped:
            return False
        whose = self._whose.get(day, _NOBODY)
        return whose.isdisjoint(people) and _ANYBODY not in whose

    def is_known_off(
        self, person: PersonId, shift: ShiftId, starts: datetime, ends: datetime, zone: str
    ) -> bool:
        """Whether somebody is off in a stretch, as far as was known when it began.

        A date is one by the clocks of `zone`.
        """
        return any(
            (off.made_at is None or off.made_at < starts)
            and (off.ended_at is None or off.ended_at > starts)
            and off.shift in {None, shift}
            and _within(_by_clocks(off, zone), 0, Piece(person, starts, ends)) is not None
            for off in self._off.get(person, ())
        )

    def of_fallback(
        self, people: Iterable[PersonId], starts: datetime, ends: datetime, zones: Zones
    ) -> Sequence[Piece]:
        """A stretch in which nobody has a shift, and who is on duty then instead of these people.

        Only what is of no one shift is about it. A date is one by the clocks of `zones`.
        """
        pieces = [Piece(person, starts, ends) for person in people]
        days = range(starts.toordinal() - 1, ends.toordinal() + 2)
        near = {n for d in days for n in (*self._on.get(d, ()), *self._near.get(d, ()))}
        for change in (self._in_force[place] for place in sorted(near)):
            if change.shift is not None:
                continue
            exact = _by_clocks(change, zones(change.person))
            if change.kind is Doing.OFF:
                pieces = [left for piece in pieces for left in _left(exact, piece)]
            else:
                handed = _replaced(exact, change.person, change.other, 0, pieces)
                pieces = [p._replace(change=change) if p.change is exact else p for p in handed]
        return _joined(pieces)

    def _traded(self, served: Served, day: int) -> Sequence[Trade]:
        if not self._trades:
            return ()
        on = date.fromordinal(day)
        turns = served.shift.turns_on(on)
        if isinstance(turns, Everyone):
            return ()
        return self._trades.get((served.shift.id, turns, served.turn(turns, on)), ())

    def _about(self, served: Served, day: int, key: str) -> list[Change]:
        """The changes that may concern an occurrence, in the order they were made in."""
        shift = served.shift.id
        near = self._around(served, day, key)
        return [c for c in near if c.shift is None or c.shift == shift]

    def _around(self, served: Served, day: int, key: str) -> list[Change]:
        """Those of its date, of any shift."""
        found = [*self._on.get(day, ()), *self._swapped.get(key, ())]
        if self._near:
            around = range(day - 1, day + served.days_later + 2)
            found += {n for d in around for n in self._near.get(d, ())}
        found.sort()
        return [self._in_force[place] for place in found]

    def _without(
        self, change: Change, shift: Shift, day: int, pieces: Sequence[Piece]
    ) -> Iterator[Piece]:
        for piece in pieces:
            cut = _within(change, day, piece) if piece.person == change.person else None
            if cut is None:
                yield piece
                continue
            yield from _outside(piece, cut)
            middle = piece if cut == piece[1:3] else piece._replace(starts=cut[0], ends=cut[1])
            stand_in = self._stand_in(change, shift, day, middle, pieces)
            if stand_in is not None:
                yield _handed(middle, stand_in, change)

    def _stand_in(
        self, change: Change, shift: Shift, day: int, piece: Piece, pieces: Sequence[Piece]
    ) -> PersonId | None:
        """The next in order who is not on duty in it already, and not off at any time of it.

        By what was known when it began: who is off by a later word is followed for the rest of it.
        """
        turns = shift.turns_on(date.fromordinal(day))
        if isinstance(turns, Everyone) or change.turn is WhileOff.HOLD:
            return None
        order = turns.order
        named = [p for p in (piece.person, *piece.before) if p in order]
        here = order.index(named[0]) if named else 0
        busy = {p.person for p in pieces if p.starts < piece.ends and piece.starts < p.ends}
        following = (*order[here + 1 :], *order[: here + 1])
        return next((p for p in following if p not in busy and not self._is_off(p, day, piece)),
                    None)  # fmt: skip

    def _is_off(self, person: PersonId, day: int, piece: Piece) -> bool:
        return any(
            _within(off, day, piece) is not None
            for off in self._off.get(person, ())
            if off.made_at is None or off.made_at <= piece.starts
        )


def away_at(roster: Roster, key: str, at: datetime) -> frozenset[PersonId]:
    """Who is off, or covered, at an instant of the occurrence with this key."""
    day = date.fromisoformat(key.rsplit("/", 2)[1]).toordinal()
    shift, now = shift_of(key), Piece(PersonId(""), at, at + MOMENT)
    return frozenset(
        c.person
        for c in roster.changes
        if c.kind in _AWAY and c.shift in {None, shift} and _within(c, day, now) is not None
    )


def void(roster: Roster, swap: Change) -> str:
    """Why a swap is not done: which of the two has not got the duty they give. Empty: it is."""
    for key, person in ((swap.occurrence, swap.person), (swap.for_occurrence, swap.other)):
        try:
            day = date.fromisoformat(key.rsplit("/", 2)[1])
        except (ValueError, IndexError):
            return f"`{key}` is no occurrence of a shift"
        shift = shift_of(key)
        if shift in roster.shifts and is_picked(roster.shifts[shift].turns_on(day)):
            return f"whose turn it is in {shift} is picked by load, so nobody can swap it"
        if not _has_duty(roster, shift, day, person):
            return f"{person} is not on duty in {shift} on {day}"
    return ""


def is_picked(turns: Turns | Everyone) -> bool:
    return isinstance(turns, Turns) and turns.pick is not Pick.ORDER


def _has_duty(roster: Roster, shift: ShiftId, day: date, person: PersonId | None) -> bool:
    if shift not in roster.shifts:
        return False
    served = Served.of(roster, shift)
    return served.hours(day.toordinal()) is not None and person in served.on_turn(day)


def _never_held(change: Change) -> bool:
    ended, made = change.ended_at, change.made_at
    return ended is not None and made is not None and ended <= made


def _within(change: Change, day: int, piece: Piece) -> tuple[datetime, datetime] | None:
    """What of a piece the change is about: never what was before it was made, or after its end."""
    starts, ends = piece.starts, piece.ends
    if change.first is not None and change.last is not None:
        if not change.first.toordinal() <= day <= change.last.toordinal():
            return None
        if change.made_at is None and change.ended_at is None:
            return starts, ends
    elif change.starts is not None and change.ends is not None:
        starts, ends = max(starts, change.starts), min(ends, change.ends)
    if change.made_at is not None:
        starts = max(starts, change.made_at)
    if change.ended_at is not None:
        ends = min(ends, change.ended_at)
    return (starts, ends) if starts < ends else None


def _extra(change: Change, day: int, whole: Piece) -> Iterator[Piece]:
    within = _within(change, day, whole)
    if within is not None:
        yield Piece(change.person, *within, change=change)


def _replaced(
    change: Change,
    leaves: PersonId | None,
    comes: PersonId | None,
    day: int,
    pieces: Iterable[Piece],
) -> Iterator[Piece]:
    for piece in pieces:
        concerned = leaves == piece.person or leaves in piece.before
        cut = _within(change, day, piece) if concerned and comes is not None else None
        if cut is None or comes is None:
            yield piece
            continue
        if cut != piece[1:3]:
            yield from _outside(piece, cut)
            piece = piece._replace(starts=cut[0], ends=cut[1])  # noqa: PLW2901 - what is handed on
        yield _handed(piece, comes, change)


def _is_same(change: Change, known: Change | None) -> bool:
    return known is not None and replace(change, ended_at=None) == known


def _known(changes: Iterable[Change], at: datetime) -> Iterator[Change]:
    """Those not undone by then, as if they were never to be."""
    for change in changes:
        if change.ended_at is None or change.ended_at > at:
            yield replace(change, ended_at=None)


def _by_clocks(change: Change, zone: str) -> Change:
    """The same from midnight to midnight, where it is one of dates."""
    if change.first is None or change.last is None:
        return change
    starts, _ = resolved(change.first.toordinal(), 0, zone)
    ends, _ = resolved(change.last.toordinal(), MINUTES_A_DAY, zone)
    return replace(change, first=None, last=None, starts=starts, ends=ends)


def _left(off: Change, piece: Piece) -> Iterator[Piece]:
    """What somebody has left who is off, and in whose place nobody comes."""
    cut = _within(off, 0, piece) if piece.person == off.person else None
    yield from [piece] if cut is None else _outside(piece, cut)


def _outside(piece: Piece, cut: tuple[datetime, datetime]) -> Iterator[Piece]:
    if piece.starts < cut[0]:
        yield piece._replace(ends=cut[0])
    if cut[1] < piece.ends:
        yield piece._replace(starts=cut[1])


def _handed(piece: Piece, to: PersonId, change: Change) -> Piece:
    return Piece(to, piece.starts, piece.ends, (piece.person, *piece.before), change)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Nobody twice at once in one occurrence; what one person has without a break is one piece."""
    latest: dict[PersonId, int] = {}
    joined: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: p.starts):
        place = latest.get(piece.person)
        if place is not None and piece.starts <= joined[place].ends:
            ends = max(joined[place].ends, piece.ends)
            joined[place] = joined[place]._replace(ends=ends)
        else:
            latest[piece.person] = len(joined)
            joined.append(piece)
    return tuple(joined)
