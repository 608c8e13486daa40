"""Who is on duty in an occurrence once it was changed: cover, time off, swaps, extra people.

Everything here looks at one occurrence of a shift at a time, so that a thousand changes cost an
occurrence no more than those that concern it. Of two changes that meet the later one is done.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import TypeAlias

from rotation.core.clocks import MOMENT, resolved
from rotation.core.laid import When
from rotation.core.pieces import Piece, extra, handed, joined, replaced, within
from rotation.core.pieces import whole as pieces_of
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

Whole: TypeAlias = tuple[tuple[PersonId, ...], datetime, datetime]
"""An occurrence as turns have it: who is on duty in all of it, from when, till when."""
Zones: TypeAlias = Callable[[PersonId], str]
"""By whose clocks a person lives."""
_OFF, _COVER, _SWAP, _EXTRA = Doing.OFF, Doing.COVER, Doing.SWAP, Doing.EXTRA
"""Looked up once, since each is asked about for every change of an occurrence."""
_ANYBODY = PersonId("")


class _Near:
    """Changes that are about one date, by their places, and whom they are about."""

    __slots__ = ("changes", "whom")

    def __init__(self) -> None:
        self.changes: dict[int, Change] = {}
        self.whom: set[PersonId] = set()

    def add(self, place: int, change: Change, whom: PersonId) -> None:
        self.changes[place] = change
        self.whom.add(whom)


class Changes:
    """The changes of a roster, found by the day they are about."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._in_force = tuple(
            c for c in roster.changes if c.ended_at is None or not _never_held(c)
        )
        self._on_dates: dict[int, _Near] = defaultdict(_Near)
        """Those for whole occurrences, by local dates."""
        self._exact: dict[int, _Near] = defaultdict(_Near)
        """Those for exact stretches, by the dates of UTC that these lie on."""
        self._swapped: dict[str, _Near] = defaultdict(_Near)
        self._undone = sorted({c.ended_at for c in self._in_force if c.ended_at is not None})
        self._index()
        self._trades = traded(roster, [c for c in self._in_force if c.kind is _OFF])

    def _index(self) -> None:
        for place, change in enumerate(self._in_force):
            whom = _ANYBODY if change.kind is _EXTRA else change.person
            if change.starts is not None and change.ends is not None:
                for day in range(change.starts.toordinal(), change.ends.toordinal() + 1):
                    self._exact[day].add(place, change, whom)
            elif change.kind is not _SWAP:
                for day in days_of(change):
                    self._on_dates[day].add(place, change, whom)
            elif not void(self._roster, change):
                for key in (change.occurrence, change.for_occurrence):
                    self._swapped[key].add(place, change, _ANYBODY)

    def changed(
        self, served: Served, whens: Iterable[When], whose: Iterable[tuple[PersonId, ...]]
    ) -> Iterator[tuple[int, Sequence[Piece]]]:
        """Those of the occurrences that are not as turns have them: their places, and pieces."""
        name = served.shift.id
        for place, (when, people) in enumerate(zip(whens, whose, strict=True)):
            day, starts, ends, _, dated = when
            key, whole = name + dated, (people, starts, ends)
            near = self._near((day,), starts, ends, key)
            if people and (self._trades or _concern(near, people)):
                yield place, self._as_known(served, day, key, whole, _changes(near))

    def _as_known(
        self, served: Served, day: int, key: str, whole: Whole, near: Collection[Change]
    ) -> Sequence[Piece]:
        """An occurrence once it was changed: in parts, if something was undone in it."""
        if self._undone:
            _, starts, ends = whole
            first, last = bisect_right(self._undone, starts), bisect_left(self._undone, ends)
            if undone := self._undone[first:last]:
                return self._in_parts(served, day, key, whole, near, (starts, *undone, ends))
        return self._arranged(served, day, key, whole, near)

    def foreseen(
        self, served: Served, day: int, key: str, whole: Whole, at: datetime
    ) -> Sequence[Piece]:
        """The occurrence as everybody had to expect it just before an instant of it.

        What is said from then on, or undone, is not looked at.
        """
        around = self._around(day, key, whole)
        said = [c for c in around if c.made_at is None or c.made_at < at]
        then = Changes(replace(self._roster, changes=tuple(_known(said, at))))
        return then._arranged(served, day, key, whole, then._around(day, key, whole))

    def _in_parts(
        self, served: Served, day: int, key: str, whole: Whole,
        near: Collection[Change], instants: Sequence[datetime],
    ) -> Sequence[Piece]:  # fmt: skip
        """The parts, between which something was undone, are each as it was known then.

        What was undone was in force till then, for all it was known, and decided who stood in.
        """
        found: list[Piece] = []
        for since, until in pairwise(instants):
            known = tuple(_known(near, since))
            then = Changes(replace(self._roster, changes=tuple(known)))
            then._trades = self._trades
            about = then._around(day, key, whole)
            for piece in then._arranged(served, day, key, whole, about):
                person, starts, ends, before, change = piece
                if max(starts, since) < min(ends, until):
                    told = next((c for c in near if _is_same(c, change)), change)
                    found.append((person, max(starts, since), min(ends, until), before, told))
        return joined(found)

    def _arranged(
        self, served: Served, day: int, key: str, whole: Whole, near: Iterable[Change]
    ) -> Sequence[Piece]:
        """As those near it have made it that are about it."""
        shift, (people, starts, ends) = served.shift.id, whole
        pieces: Sequence[Piece] = pieces_of(people, starts, ends)
        for trade in self._traded(served, day) if self._trades else ():
            pieces = [(trade.to, starts, ends, (piece[0], *piece[3]), trade.change)
                      if piece[0] == trade.of else piece for piece in pieces]  # fmt: skip
        for change in near:
            if (
                (change.shift is not None and change.shift != shift)
                or (change.starts is not None and change.starts >= ends)
                or (change.ends is not None and change.ends <= starts)
            ):
                continue
            kind, person = change.kind, change.person
            if kind is _EXTRA:
                pieces = [*pieces, *extra(change, day, starts, ends)]
            elif kind is _OFF:
                pieces = self._without(change, served, day, pieces)
            elif kind is _SWAP and key != change.occurrence:
                pieces = replaced(change, change.other, person, day, pieces)
            else:
                pieces = replaced(change, person, change.other, day, pieces)
        return joined(pieces) if len(pieces) > 1 else pieces

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
            and within(_by_clocks(off, zone), 0, starts, ends) is not None
            for off in self._times_off(person, _around_utc(starts, ends), starts, ends)
        )

    def _times_off(
        self, person: PersonId, days: Iterable[int], starts: datetime, ends: datetime
    ) -> Iterator[Change]:
        """Somebody's that may be about some local dates, or about some time."""
        near = self._near(days, starts, ends)
        if _concern(near, (person,)):
            yield from (c for c in _changes(near) if c.kind is _OFF and c.person == person)

    def of_fallback(
        self, people: Iterable[PersonId], starts: datetime, ends: datetime, zones: Zones
    ) -> Sequence[Piece]:
        """A stretch in which nobody has a shift, and who is on duty then instead of these people.

        Only what is of no one shift is about it. A date is one by the clocks of `zones`.
        """
        pieces: Sequence[Piece] = pieces_of(people, starts, ends)
        for change in _changes(self._near(_around_utc(starts, ends), starts, ends)):
            if change.shift is not None:
                continue
            exact = _by_clocks(change, zones(change.person))
            if change.kind is _OFF:
                pieces = [left for piece in pieces for left in _left(exact, piece)]
            else:
                found = replaced(exact, change.person, change.other, 0, pieces)
                pieces = [(*p[:4], change) if p[4] is exact else p for p in found]
        return joined(pieces)

    def _traded(self, served: Served, day: int) -> Sequence[Trade]:
        on = date.fromordinal(day)
        turns = served.shift.turns_on(on)
        if isinstance(turns, Everyone):
            return ()
        return self._trades.get((served.shift.id, turns, served.turn(turns, on)), ())

    def _around(self, day: int, key: str, whole: Whole) -> Collection[Change]:
        """Those near it in time, of any shift."""
        return _changes(self._near((day,), *whole[1:], key))

    def _near(
        self, days: Iterable[int], starts: datetime, ends: datetime, key: str = ""
    ) -> "_Found":
        """Where those are that may be about some local dates, some time, or one occurrence."""
        found = list[_Near | None]()
        if self._on_dates:
            found += map(self._on_dates.get, days)
        if self._exact:
            found += map(self._exact.get, range(starts.toordinal(), ends.toordinal() + 1))
        if self._swapped:
            found.append(self._swapped.get(key))
        return found

    def _without(
        self, change: Change, served: Served, day: int, pieces: Sequence[Piece]
    ) -> Sequence[Piece]:
        person, found = change.person, list[Piece]()
        for piece in pieces:
            whose, starts, ends, before, _ = piece
            cut = within(change, day, starts, ends) if whose == person else None
            if cut is None:
                found.append(piece)
            else:
                middle = person, *cut, before, None
                to = self._stand_in(change, served, day, middle, pieces)
                found += handed(piece, cut, to, change)
        return found

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
        person, starts, ends, before, _ = piece
        named = [p for p in (person, *before) if p in order]
        here = order.index(named[0]) if named else 0
        busy = {p for p, since, until, _, _ in pieces if since < ends and starts < until}
        following = (*order[here + 1 :], *order[: here + 1])
        free = (p for p in following if p not in busy)
        return next((p for p in free if not self._is_off(p, day, starts, ends)), None)

    def _is_off(self, person: PersonId, day: int, starts: datetime, ends: datetime) -> bool:
        return any(
            within(off, day, starts, ends) is not None
            for off in self._times_off(person, (day,), starts, ends)
            if off.made_at is None or off.made_at <= starts
        )


_Found: TypeAlias = Sequence[_Near | None]


def _concern(near: _Found, people: tuple[PersonId, ...]) -> bool:
    """Whether any of them may be about any of these people."""
    for one in near:
        if one is not None and (_ANYBODY in one.whom or not one.whom.isdisjoint(people)):
            return True
    return False


def _changes(near: _Found) -> Collection[Change]:
    """All of them once, in the order they were made in."""
    some = [one.changes for one in near if one is not None]
    if len(some) == 1:
        return some[0].values()
    every = {place: change for changes in some for place, change in changes.items()}
    return [every[place] for place in sorted(every)]


def away_at(roster: Roster, key: str, at: datetime) -> frozenset[PersonId]:
    """Who is off, or covered, at an instant of the occurrence with this key."""
    day = _day_of(key)
    shift, until = shift_of(key), at + MOMENT
    return frozenset(
        c.person
        for c in roster.changes
        if c.kind in {_OFF, _COVER}
        and c.shift in {None, shift}
        and within(c, day, at, until) is not None
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


def _left(off: Change, piece: Piece) -> Iterable[Piece]:
    """What somebody has left who is off, and in whose place nobody comes."""
    person, starts, ends, _, _ = piece
    cut = within(off, 0, starts, ends) if person == off.person else None
    return [piece] if cut is None else handed(piece, cut, None, None)


def _around_utc(starts: datetime, ends: datetime) -> range:
    """The local dates of any zone that may share time with it."""
    return range(starts.toordinal() - 1, ends.toordinal() + 2)
