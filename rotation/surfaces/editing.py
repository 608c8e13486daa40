"""An edit of the roster files, looked at before it is saved: whose duty moves, what it opens."""

import difflib
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from rotation.core.gaps import Found, gaps
from rotation.core.moves import Move, Shifted, of_groups, shifted
from rotation.core.roster import GroupId, Mode, PersonId, Roster
from rotation.core.timeline import Timeline, local_date
from rotation.roster_file import Snapshot
from rotation.roster_file.edit import Edited, Opened
from rotation.surfaces.adoption import adoption_of
from rotation.surfaces.counting import counted
from rotation.surfaces.gaps import long_said, rank, what_said
from rotation.surfaces.masking import masked
from rotation.surfaces.saying import listed, stretch_said, zone_of
from rotation.surfaces.sight import Sight

_AHEAD, _AHEAD_FOR_GAPS = timedelta(days=91), timedelta(days=396)
"""How far duty is compared, and what is left open."""
_NEAR, _YEAR = "the coming 13 weeks", "the coming 13 months"
_MOST_MOVES, _MOST_FOUND, _MOST_LINES = 40, 8, 200
_AGAIN, _KEPT = timedelta(days=8), 8
"""What comes back within a week and a day is told as one; and so many looks are kept."""
_K = TypeVar("_K", bound=str)


@dataclass(frozen=True, slots=True)
class Moved:
    """When others are on duty, once or again and again, in groups that are alike.

    `was` are off then, and `will` on instead.
    """

    groups: tuple[GroupId, ...]
    when: str
    was: str
    will: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a look whoever may look is shown: `lines` by the file's name, with numbers hidden.

    `moves` are the next ones, `others` how many more there are.
    """

    moves: tuple[Moved, ...] = ()
    others: int = 0
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, told: object) -> "Shown | None":
        """One as an order's data have it, here or told by another machine."""
        if isinstance(told, cls) or not isinstance(told, Mapping):
            return told if isinstance(told, cls) else None
        moves = (Moved(**{**one, "groups": tuple(one["groups"])}) for one in told["moves"])
        lines = ((name, tuple(some)) for name, some in told["lines"])
        return cls(tuple(moves), told["others"], tuple(lines))


@dataclass(frozen=True, slots=True)
class Look:
    """What an edit comes to; with problems in `edited` there is nothing to say of it.

    `what` names the entries that are others, `people` those of them that are people, and `groups`
    all that it touches; `everywhere`: it is about more.
    """

    edited: Edited
    what: str = ""
    said: tuple[str, ...] = ()
    groups: tuple[GroupId, ...] = ()
    people: tuple[PersonId, ...] = ()
    everywhere: bool = False
    shown: Shown = Shown()


class Looks:
    """Looks that were taken lately: who says yes to one needs no second, which may take seconds.

    The files that were read last are kept as well, since reading thousands of groups does too.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[object, Look] = OrderedDict()
        self._opened = Opened(())
        self._turn, self._reading = Lock(), Lock()

    def opened(self, files: Snapshot) -> Opened:
        with self._reading:
            if self._opened.files != files:
                self._opened = Opened(files)
            return self._opened

    def of(self, key: object, make: Callable[[], Look]) -> Look:
        with self._turn:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = make()
        with self._turn:
            self._known[key] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found


def look(sight: Sight, known: Opened, new: Edited) -> Look:
    """What it comes to that the files become `new`, at the time of `sight`."""
    if new.roster is None:
        return Look(new)
    before, after = known.roster or sight.roster, new.roster
    old, coming = Timeline(_changed(sight, before)), Timeline(_changed(sight, after))
    by_group = of_groups(old, coming, sight.now, sight.now + _AHEAD)
    people = _others(before.people, after.people)
    moves = tuple(_moves(coming, by_group, _names(before, after)))
    return Look(
        edited=new,
        what=_what(before, after),
        said=tuple(_said(sight, (old, coming), shifted(tuple(by_group.values())))),
        groups=tuple(sorted(_touched(before, after, frozenset(people)) | by_group.keys())),
        people=people,
        everywhere=_is_everywhere(before, after),
        shown=Shown(
            moves[:_MOST_MOVES], max(0, len(moves) - _MOST_MOVES), tuple(_lines(known.files, new))
        ),
    )


def as_it_is(sight: Sight, known: Opened) -> Roster:
    """What the files say now, or else what is in force, changed by command."""
    return _changed(sight, known.roster or sight.roster)


def _changed(sight: Sight, roster: Roster) -> Roster:
    ours = (c for c in roster.changes if not c.id)
    return replace(roster, changes=(*ours, *(c for c in sight.roster.changes if c.id)))


# -- what it touches ----------------------------------------------------------------------


def _others(before: Mapping[_K, object], after: Mapping[_K, object]) -> tuple[_K, ...]:
    """The names under which they say something else."""
    names = sorted(before.keys() | after.keys())
    return tuple(name for name in names if before.get(name) != after.get(name))


def _what(before: Roster, after: Roster) -> str:
    parts = {
        "people": _others(before.people, after.people),
        "shifts": _others(before.shifts, after.shifts),
        "groups": _others(before.groups, after.groups),
    }
    told = [f"{name} {', '.join(names[:_MOST_FOUND])}" for name, names in parts.items() if names]
    if before.changes != after.changes:
        told.append("changes of duty")
    return "; ".join(told) or "how it is written"


def _touched(before: Roster, after: Roster, people: frozenset[PersonId]) -> set[GroupId]:
    """Groups that are others themselves, or by a shift or a person of theirs."""
    shifts = frozenset(_others(before.shifts, after.shifts))
    found = set(_others(before.groups, after.groups))
    for roster in (before, after):
        for name, group in roster.groups.items():
            theirs = roster.rostered(name) | set(group.always_in)
            if not shifts.isdisjoint(group.shifts) or not people.isdisjoint(theirs):
                found.add(name)
    return found


def _is_everywhere(before: Roster, after: Roster) -> bool:
    """Whether whoever may act for one team only may not say so: whom it tells, which groups are."""

    def belonging(roster: Roster) -> object:
        groups = {g.id: (g.team, g.account, g.chat) for g in roster.groups.values()}
        return groups, roster.tell, roster.weekly, roster.tell_agents

    return belonging(before) != belonging(after)


def _names(*rosters: Roster) -> Callable[[Iterable[PersonId]], str]:
    known = {p: masked(one.name) for roster in rosters for p, one in roster.people.items()}
    return lambda people: listed(sorted(known.get(p, p) for p in people))


# -- in sentences -------------------------------------------------------------------------


def _said(
    sight: Sight, timelines: tuple[Timeline, Timeline], people: tuple[Shifted, ...]
) -> Iterator[str]:
    before, after = (timeline.roster for timeline in timelines)
    names = _names(before, after)
    gone, new = (
        before.people.keys() - after.people.keys(),
        after.people.keys() - before.people.keys(),
    )
    if gone:
        yield f"Out of the roster: {names(gone)}. Whoever is in a group by it leaves."
    if new:
        yield f"New in the roster: {names(new)}."
    yield from _of_groups(sight, before, after)
    yield from _left_open(*timelines, sight.now)
    for one in people:
        parts = [f"{long_said(one.loses)} less"] if one.loses else []
        parts += [f"{long_said(one.gains)} more"] if one.gains else []
        zone = (after.people.get(one.person) or before.people[one.person]).zone or "UTC"
        first = stretch_said(one.first, one.first, zone).partition(" to ")[0]
        yield f"{names([one.person])}: {' and '.join(parts)} duty in {_NEAR}, from {first} on."
    if not people:
        yield f"Nobody's duty moves in {_NEAR}."


def _of_groups(sight: Sight, before: Roster, after: Roster) -> Iterator[str]:
    if gone := before.groups.keys() - after.groups.keys():
        yield f"No group of the roster any more: {listed(sorted(gone))}. Nobody is removed for it."
    for name in _others(before.groups, after.groups):
        then = after.groups.get(name)
        mode = before.groups[name].mode if name in before.groups else Mode.WATCH
        if then is None or then.mode is mode:
            continue
        yield f"{name} is in mode {then.mode} from then on, and was in mode {mode}."
        if name in sight.roster.groups and sight.roster.groups[name].mode is mode:
            yield from _adopted(sight, name, then.mode)


def _adopted(sight: Sight, group: GroupId, mode: Mode) -> Iterator[str]:
    """What raising the mode does at once, and what makes it look like a mistake."""
    found = adoption_of(sight, group)
    for raised in found.modes:
        if raised.mode is mode:
            come, go = (listed(p.name for p in some) for some in (raised.added, raised.removed))
            yield f"In {group} that adds {come} now, and removes {go}."
            if raised.strangers:
                yield f"{counted(raised.strangers, 'stranger')} in {group} would go after a while."
    yield from (f"Careful with {group}: {doubt}." for doubt in found.doubts)


def _moves(
    timeline: Timeline,
    by_group: Mapping[GroupId, tuple[Move, ...]],
    names: Callable[[Iterable[PersonId]], str],
) -> Iterator[Moved]:
    """The soonest first; what is the same in several groups, or comes again, is told once."""
    alike: dict[Move, list[GroupId]] = defaultdict(list)
    for group, moves in by_group.items():
        for move in moves:
            alike[move].append(group)
    runs: list[list[Move]] = []
    latest: dict[object, list[Move]] = {}
    for move in sorted(alike, key=lambda m: (m.starts, m.ends)):
        key = (tuple(alike[move]), move.off, move.on)
        run = latest.get(key)
        if run is not None and move.starts - run[-1].starts <= _AGAIN:
            run.append(move)
        else:
            latest[key] = [move]
            runs.append(latest[key])
    for run in runs:
        first, groups = run[0], alike[run[0]]
        known = timeline.roster.groups.get(groups[0])
        zone = zone_of(timeline, known, first.starts) if known is not None else "UTC"
        when = stretch_said(first.starts, first.ends, zone)
        if len(run) > 1:
            when += f", and {len(run) - 1} more to {local_date(run[-1].starts, zone):%a %Y-%m-%d}"
        yield Moved(tuple(groups), when, names(first.off), names(first.on))


def _left_open(before: Timeline, after: Timeline, now: datetime) -> Iterator[str]:
    old, new = (gaps(timeline, now, now + _AHEAD_FOR_GAPS) for timeline in (before, after))
    opens, closes = _not_in(old, new), _not_in(new, old)
    for found, roster, word in ((opens, after.roster, "New"), (closes, before.roster, "No more")):
        for one in sorted(found, key=rank)[:_MOST_FOUND]:
            zone = roster.shifts[one.shifts[0]].zone if one.shifts else "UTC"
            where = f" in {listed(one.groups)}" if one.groups else ""
            times = counted(len(one.stretches), "time")
            first = stretch_said(*one.stretches[0], zone)
            yield f"{word}{where}: {what_said(roster, one)}, {times}, first {first}."
        if len(found) > _MOST_FOUND:
            yield f"{word}: {len(found) - _MOST_FOUND} more such things."
    if not opens:
        yield f"Nothing new is left open in {_YEAR}."


def _not_in(known: Iterable[Found], found: Iterable[Found]) -> list[Found]:
    """What is found in stretches that were not known for just that."""
    seen = {
        (one.kind, about, stretch)
        for one in known
        for about in one.groups or (one.person,)
        for stretch in one.stretches
    }
    more = []
    for one in found:
        fresh = tuple(
            stretch
            for stretch in one.stretches
            if any((one.kind, about, stretch) not in seen for about in one.groups or (one.person,))
        )
        if fresh:
            more.append(replace(one, stretches=fresh))
    return more


def _lines(files: Snapshot, new: Edited) -> Iterator[tuple[str, tuple[str, ...]]]:
    for (name, old), (_, then) in zip(files, new.files, strict=True):
        if name in new.changed:
            was, will = (text.decode("utf-8", "replace").splitlines() for text in (old, then))
            told = [*difflib.unified_diff(was, will, n=1, lineterm="")][2 : _MOST_LINES + 2]
            yield (
                name.rpartition("/")[2],
                tuple(masked(line) for line in told if not line.startswith("@@")),
            )
