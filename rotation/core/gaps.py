"""What a roster leaves open: time without anybody, with too few, with two shifts, without rest.

Answered from shifts alone, before anything happens. What comes back day after day is one thing
that was found, and where clocks were set just before it began, that is told with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from rotation.core.closed_hours import Closed, closed_hours
from rotation.core.roster import ClosedHours, DutyOf, GroupId, PersonId, Roster, ShiftId, Uncovered
from rotation.core.timeline import ClockChange, Replaced, Span, Timeline, clock_changes

NOTHING = timedelta(0)
_AGAIN = timedelta(days=8)
"""What comes back in a group within a week and a day is the same thing."""
_EVER = timedelta.max
_AROUND = timedelta(days=8)
"""How far beyond its edges the time is laid out, so that what lies across one is seen whole."""
_JUST_BEFORE = timedelta(days=8)
"""A shift on one day of the week shows only then that clocks were set."""
_BESIDE = timedelta(days=60)
"""How far from it other zones set theirs, where they do at all in that season."""


class Kind(StrEnum):
    """What may be wrong: `gap` and `few` leave a group uncovered, the others may be meant.

    `fallback`: nobody has a shift, so that those named for it are on duty. `closed`: nobody is on
    duty then, as somebody declared.
    """

    GAP = "gap"
    FEW = "few"
    OVERLAP = "overlap"
    TWICE = "twice"
    REST = "rest"
    FALLBACK = "fallback"
    CLOSED = "closed"


UNCOVERED = frozenset({Kind.GAP, Kind.FEW})


@dataclass(frozen=True, slots=True)
class Found:
    """The same thing, as often as it comes back in the time looked at.

    `shifts`: of a gap, also a filled one, those that end and begin at it, else those that are on
    then. `groups` is
    empty where it is about one person, and `person` is None otherwise. `stretches` are
    `[starts, ends)` in UTC. `clocks`: what was set just before the first of them, and then when
    the other zones do so. `why`: for what reason other hours stand where usual ones would be, or it
    is closed; empty where it would be so without.
    """

    kind: Kind
    groups: tuple[GroupId, ...]
    shifts: tuple[ShiftId, ...]
    person: PersonId | None
    stretches: tuple[tuple[datetime, datetime], ...]
    clocks: tuple[ClockChange, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def length(self) -> timedelta:
        """How long it is each time."""
        starts, ends = self.stretches[0]
        return ends - starts

    @property
    def total(self) -> timedelta:
        return self.length * len(self.stretches)


def gaps(
    timeline: Timeline, since: datetime, until: datetime, rest: timedelta = NOTHING
) -> list[Found]:
    """What is found in `[since, until)`, whole where it lies across an edge, by when it begins.

    `rest`: how long people should be off between two times on duty; zero asks for none.
    """
    laid_out = _Laid(timeline, since, until)
    found = [*_of_groups(laid_out), *_of_people(laid_out, rest)]
    found.sort(key=lambda one: (one.stretches[0], one.kind, one.groups, one.person or ""))
    return [_explained(timeline.roster, one, since) for one in found]


# -- stretches ----------------------------------------------------------------------------


class _Stretch(NamedTuple):
    """A time in which the same spans hold; `before` and `after` it others do."""

    starts: datetime
    ends: datetime
    before: Sequence[Span]
    spans: Sequence[Span]
    after: Sequence[Span]


class _Laid:
    """The spans of every set of groups that are alike."""

    def __init__(self, timeline: Timeline, since: datetime, until: datetime) -> None:
        self.roster = timeline.roster
        self.spans = timeline.all_spans(since - _AROUND, until + _AROUND)
        self._timeline, self._window = timeline, (since, until)

    def declared(self, group: GroupId) -> tuple[tuple[Replaced, ...], tuple[Closed, ...]]:
        """The usual hours of its shifts in whose place a season stands; and when it is closed."""
        since, until = (self._window[0] - _AROUND, self._window[1] + _AROUND)
        found = self.roster.groups[group]
        return (
            self._timeline.replaced(group, since, until),
            closed_hours(self._timeline, found, since, until),
        )

    def stretches(self, spans: Iterable[Span]) -> Iterator[_Stretch]:
        """The time looked at, cut wherever one of `spans` begins or ends."""
        since, until = self._window
        begins: dict[datetime, list[Span]] = defaultdict(list)
        for span in spans:
            begins[span.starts].append(span)
        edges = {span.ends for some in begins.values() for span in some}
        instants = sorted({since - _AROUND, until + _AROUND, *begins, *edges})
        holding: list[list[Span]] = [[]]
        for at in instants[:-1]:
            goes_on = (span for span in holding[-1] if span.ends > at)
            holding.append([*goes_on, *begins.get(at, ())])
        holding.append([])
        for number, (starts, ends) in enumerate(pairwise(instants)):
            if starts < until and ends > since:
                yield _Stretch(starts, ends, *holding[number : number + 3])


_Mark: TypeAlias = tuple[Kind, tuple[ShiftId, ...], tuple[str, ...]]
_Alike: TypeAlias = tuple[DutyOf, int, tuple[ClosedHours, ...]]
_Marked: TypeAlias = tuple[_Mark, datetime, datetime]


def _repeated(
    marked: Iterable[_Marked], again: timedelta
) -> Iterator[tuple[_Mark, list[tuple[datetime, datetime]]]]:
    """Of the same mark and length, those that come back before `again`."""
    running: dict[tuple[_Mark, timedelta], list[tuple[datetime, datetime]]] = {}
    for mark, starts, ends in marked:
        alike = running.setdefault((mark, ends - starts), [])
        if alike and starts - alike[-1][0] > again:
            yield mark, alike
            alike = running[mark, ends - starts] = []
        alike.append((starts, ends))
    yield from ((mark, alike) for (mark, _), alike in running.items())


def _shifts(*spans: Iterable[Span]) -> tuple[ShiftId, ...]:
    return tuple(dict.fromkeys(span.shift for some in spans for span in some))


# -- of groups ----------------------------------------------------------------------------


def _of_groups(laid: _Laid) -> Iterator[Found]:
    """Groups of the same shifts that ask the same of them have the same."""
    alike: dict[_Alike, list[GroupId]] = defaultdict(list)
    for group in laid.roster.groups.values():
        if group.shifts:
            empty = group.policy.uncovered is Uncovered.EMPTY
            least = 0 if empty else group.policy.keep_at_least
            alike[group.duty_of, least, group.policy.closed].append(group.id)
    for (duty, least, _), groups in alike.items():
        marked = _marked(laid.stretches(laid.spans[duty]), least, *laid.declared(groups[0]))
        for (kind, of, why), stretches in _repeated(marked, _AGAIN):
            yield Found(kind, tuple(groups), of, None, tuple(stretches), why=why)


def _marked(
    stretches: Iterable[_Stretch], least: int, usual: Sequence[Replaced], closed: Sequence[Closed]
) -> Iterator[_Marked]:
    """What is wrong where at least so many should be on duty; 0: it may be empty on purpose."""
    for one in stretches:
        on_duty = {span.person for span in one.spans}
        if not on_duty and least:
            yield from _empty(one, usual, closed)
        elif on_duty and len(on_duty) < least:
            why = _why(one.starts, one.ends, usual)
            yield (Kind.FEW, _shifts(one.spans), why), one.starts, one.ends
        if one.spans and one.spans[0].is_fallback:
            beside = _shifts(one.before, one.after)
            yield (Kind.FALLBACK, beside, _why(one.starts, one.ends, usual)), one.starts, one.ends
        if len({span.key for span in one.spans}) > 1:
            yield (Kind.OVERLAP, _shifts(one.spans), ()), one.starts, one.ends


def _empty(one: _Stretch, usual: Iterable[Replaced], closed: Iterable[Closed]) -> Iterator[_Marked]:
    """A stretch without anybody, cut into what is closed and what is not."""
    shifts, starts = _shifts(one.before, one.after), one.starts
    within = (c for c in closed if c.starts < one.ends and c.ends > one.starts)
    for begins, ends, why in (*within, (one.ends, one.ends, ())):
        if starts < begins:
            yield (Kind.GAP, shifts, _why(starts, begins, usual)), starts, begins
        starts = min(ends, one.ends)
        if begins < starts:
            yield (Kind.CLOSED, shifts, why), max(begins, one.starts), starts


def _why(starts: datetime, ends: datetime, usual: Iterable[Replaced]) -> tuple[str, ...]:
    """Why there are not the usual hours in it, where they would be."""
    found = (u.season.reason for u in usual if u.starts < ends and u.ends > starts)
    return tuple(dict.fromkeys(reason or "a season" for reason in found))


# -- of people ----------------------------------------------------------------------------


def _of_people(laid: _Laid, rest: timedelta) -> Iterator[Found]:
    """Turns bring the same back after months: however seldom, it is one thing."""
    theirs: dict[PersonId, dict[str, Span]] = defaultdict(dict)
    for some in laid.spans.values():
        for span in some:
            theirs[span.person][span.key] = span
    for person, found in sorted(theirs.items()):
        marked = _strained(laid.stretches(found.values()), rest)
        for (kind, shifts, _), stretches in _repeated(marked, _EVER):
            yield Found(kind, (), shifts, person, tuple(stretches))


def _strained(stretches: Iterable[_Stretch], rest: timedelta) -> Iterator[_Marked]:
    for one in stretches:
        if len({"" if span.is_fallback else span.key for span in one.spans}) > 1:
            yield (Kind.TWICE, _shifts(one.spans), ()), one.starts, one.ends
        is_between = not one.spans and one.before and one.after
        if is_between and one.ends - one.starts < rest:
            yield (Kind.REST, _shifts(one.before, one.after), ()), one.starts, one.ends


# -- why ----------------------------------------------------------------------------------


def _explained(roster: Roster, found: Found, since: datetime) -> Found:
    """With the clocks that were set just before it, where not those of all its shifts were."""
    own = [roster.shifts[shift].zone for shift in found.shifts if shift in roster.shifts]
    zones = list(dict.fromkeys(own))
    starts, ends = found.stretches[0]
    began = max(since, starts - _JUST_BEFORE)
    changes = [change for zone in zones for change in clock_changes(zone, began, ends)]
    if not changes:
        return found
    last = max(changes, key=lambda change: change.at)
    if all(any(c.zone == z and c.at == last.at for c in changes) for z in zones):
        return found  # together they moved nothing
    others = (_nearest(zone, last.at) for zone in zones if zone != last.zone)
    return replace(found, clocks=(last, *(change for change in others if change is not None)))


def _nearest(zone: str, at: datetime) -> ClockChange | None:
    changes = clock_changes(zone, at - _BESIDE, at + _BESIDE)
    return min(changes, key=lambda change: abs(change.at - at), default=None)
