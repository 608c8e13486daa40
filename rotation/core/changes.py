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
from operator import attrgetter
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
_BY_START = attrgetter("starts")


class Changes:
    """The changes of a roster, found by the day they are about."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._in_force = tuple(
            c for c in roster.changes if c.ended_at is None or not _never_held(c)
        )
        self._near: dict[int, list[int]] = defaultdict(list)
        """Those for whole occurrences and for exact stretches, by the dates that `days_of` says."""
        self._swapped: dict[str, list[int]] = defaultdict(list)
        self._whom: dict[int, set[PersonId]] = defaultdict(set)
        """Whom all these are about, by the same dates."""
        self._of_stretches = any(c.first is None for c in self._in_force)
        self._undone = sorted({c.ended_at for c in self._in_force if c.ended_at is not None})
        self._index()
        self._trades = traded(roster, [c for c in self._in_force if c.kind is Doing.OFF])

    def _index(self) -> None:
        near, whom = self._near, self._whom
        for place, change in enumerate(self._in_force):
            kind = change.kind
            if kind is Doing.SWAP:
                if not void(self._roster, change):
                    for key in (change.occurrence, change.for_occurrence):
                        self._swapped[key].append(place)
                        whom[_day_of(key)].add(_ANYBODY)
                continue
            person = _ANYBODY if kind is Doing.EXTRA else change.person
            for day in days_of(change):
                near[day].append(place)
                whom[day].add(person)

    def _dates(self, served: Served, day: int) -> range:
        """Under which dates whatever may be about an occurrence of a local date is found.

        A stretch shares time with it only if a local date of it is within a date of its own.
        """
        return range(day, day + 1 + (served.dates.days_later if self._of_stretches else 0))

    def concern(
        self, served: Served, days: Sequence[int], whose: Sequence[tuple[PersonId, ...]]
    ) -> Iterable[int]:
        """The places of the occurrences on these dates that may not be as turns have them."""
        if self._trades:
            return range(len(days))
        later = self._dates(served, 0)
        found = [
            place
            for place, day in enumerate(days)
            for more in later
            if (whom := self._whom.get(day + more)) is not None
            and not (whom.isdisjoint(whose[place]) and _ANYBODY not in whom)
        ]
        return dict.fromkeys(found)

    def applied(self, served: Served, day: int, key: str, whole: Whole) -> Sequence[Piece] | None:
        """The occurrence with this key and local date once it was changed; None if nothing is."""
        _, starts, ends = whole
        about = self._about(served, day, key, whole)
        if not about and not self._traded(served, day):
            return None
        if not self._undone:
            return self._arranged(served, day, key, whole, about)
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
        around = self._around(served, day, key)
        said = [c for c in around if c.made_at is None or c.made_at < at]
        then = Changes(replace(self._roster, changes=tuple(_known(said, at))))
        return then._arranged(served, day, key, whole, then._about(served, day, key, whole))

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
            about = then._about(served, day, key, whole)
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
        pieces = [Piece(person, starts, ends) for person in people]
        for trade in self._traded(served, day):
            pieces = [_handed(p, (p.starts, p.ends), trade.to, trade.change)
                      if p.person == trade.of else p for p in pieces]  # fmt: skip
        for change in about:
            kind, person = change.kind, change.person
            if kind is Doing.EXTRA:
                pieces += _extra(change, day, Piece(person, starts, ends))
            elif kind is Doing.OFF:
                if person in [piece.person for piece in pieces]:
                    pieces = list(self._without(change, served, day, pieces))
            elif kind is Doing.SWAP and key != change.occurrence:
                pieces = _replaced(change, change.other, person, day, pieces)
            else:
                pieces = _replaced(change, person, change.other, day, pieces)
        return _joined(pieces) if len(pieces) > 1 else pieces

    def is_known_off(
        self, person: PersonId, shift: ShiftId, starts: datetime, ends: datetime, zone: str
    ) -> bool:
        """Whether somebody is off in a stretch, as far as was known when it began.

        A date is one by the clocks of `zone`.
        """
        near = range(starts.toordinal() - 1, ends.toordinal() + 2)
        return any(
            (off.made_at is None or off.made_at < starts)
            and (off.ended_at is None or off.ended_at > starts)
            and off.shift in {None, shift}
            and _within(_by_clocks(off, zone), 0, Piece(person, starts, ends)) is not None
            for off in self._times_off(person, near)
        )

    def _times_off(self, person: PersonId, days: Iterable[int]) -> Iterator[Change]:
        """Somebody's that may be about some dates."""
        near = {place for day in days for place in self._near.get(day, ())}
        found = (self._in_force[place] for place in near)
        return (c for c in found if c.kind is Doing.OFF and c.person == person)

    def of_fallback(
        self, people: Iterable[PersonId], starts: datetime, ends: datetime, zones: Zones
    ) -> Sequence[Piece]:
        """A stretch in which nobody has a shift, and who is on duty then instead of these people.

        Only what is of no one shift is about it. A date is one by the clocks of `zones`.
        """
        pieces = [Piece(person, starts, ends) for person in people]
        days = range(starts.toordinal() - 1, ends.toordinal() + 2)
        near = {place for day in days for place in self._near.get(day, ())}
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

    def _about(self, served: Served, day: int, key: str, whole: Whole) -> list[Change]:
        """The changes that may concern an occurrence, in the order they were made in."""
        shift, (_, since, until) = served.shift.id, whole
        return [
            change
            for change in self._around(served, day, key)
            if (change.shift is None or change.shift == shift)
            and (change.starts is None or change.starts < until)
            and (change.ends is None or change.ends > since)
        ]

    def _around(self, served: Served, day: int, key: str) -> list[Change]:
        """Those near it in time, of any shift."""
        dates = self._dates(served, day)
        found = self._near.get(day, [])
        if len(dates) > 1 or self._swapped:
            near = {place for date_ in dates for place in self._near.get(date_, ())}
            found = sorted({*near, *self._swapped.get(key, ())})
        return [self._in_force[place] for place in found]

    def _without(
        self, change: Change, served: Served, day: int, pieces: Sequence[Piece]
    ) -> Iterator[Piece]:
        for piece in pieces:
            cut = _within(change, day, piece) if piece.person == change.person else None
            if cut is None:
                yield piece
                continue
            yield from _outside(piece, cut)
            middle = Piece(piece.person, *cut, piece.before)
            stand_in = self._stand_in(change, served, day, middle, pieces)
            if stand_in is not None:
                yield _handed(piece, cut, stand_in, change)

    def _stand_in(
        self, change: Change, served: Served, day: int, piece: Piece, pieces: Sequence[Piece]
    ) -> PersonId | None:
        """The next in order who is not on duty in it already, and not off at any time of it.

        By what was known when it began: who is off by a later word is followed for the rest of it.
        """
        turns = served.shift.turns_on(date.fromordinal(day))
        if isinstance(turns, Everyone) or change.turn is WhileOff.HOLD:
            return None
        order = turns.order
        named = [p for p in (piece.person, *piece.before) if p in order]
        here = order.index(named[0]) if named else 0
        busy = {p.person for p in pieces if p.starts < piece.ends and piece.starts < p.ends}
        following = (*order[here + 1 :], *order[: here + 1])
        free = (p for p in following if p not in busy)
        return next((p for p in free if not self._is_off(p, served, day, piece)), None)

    def _is_off(self, person: PersonId, served: Served, day: int, piece: Piece) -> bool:
        dates = self._dates(served, day)
        if not any(person in self._whom.get(date_, ()) for date_ in dates):
            return False
        return any(
            _within(off, day, piece) is not None
            for off in self._times_off(person, dates)
            if off.made_at is None or off.made_at <= piece.starts
        )


def away_at(roster: Roster, key: str, at: datetime) -> frozenset[PersonId]:
    """Who is off, or covered, at an instant of the occurrence with this key."""
    day = _day_of(key)
    shift, now = shift_of(key), Piece(PersonId(""), at, at + MOMENT)
    return frozenset(
        c.person
        for c in roster.changes
        if c.kind in _AWAY and c.shift in {None, shift} and _within(c, day, now) is not None
    )


def _day_of(key: str) -> int:
    """The local date of an occurrence's key."""
    return date.fromisoformat(key.rsplit("/", 2)[1]).toordinal()


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
        starts = max(starts, change.starts)
        ends = min(ends, change.ends)
    if change.made_at is not None and change.made_at > starts:
        starts = change.made_at
    if change.ended_at is not None and change.ended_at < ends:
        ends = change.ended_at
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
) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        concerned = leaves == piece.person or leaves in piece.before
        cut = _within(change, day, piece) if concerned and comes is not None else None
        if cut is None or comes is None:
            found.append(piece)
        else:
            found += _outside(piece, cut)
            found.append(_handed(piece, cut, comes, change))
    return found


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


def _outside(piece: Piece, cut: tuple[datetime, datetime]) -> list[Piece]:
    person, starts, ends, before, change = piece
    found = []
    if starts < cut[0]:
        found.append(Piece(person, starts, cut[0], before, change))
    if cut[1] < ends:
        found.append(Piece(person, cut[1], ends, before, change))
    return found


def _handed(piece: Piece, cut: tuple[datetime, datetime], to: PersonId, change: Change) -> Piece:
    return Piece(to, *cut, (piece.person, *piece.before), change)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Nobody twice at once in one occurrence; what one person has without a break is one piece."""
    latest: dict[PersonId, int] = {}
    joined: list[Piece] = []
    for piece in sorted(pieces, key=_BY_START):
        place = latest.get(piece.person)
        if place is None or joined[place].ends < piece.starts:
            latest[piece.person] = len(joined)
            joined.append(piece)
        elif joined[place].ends < piece.ends:
            joined[place] = joined[place]._replace(ends=piece.ends)
    return tuple(joined)
