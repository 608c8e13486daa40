"""Who stands by in a group while nobody has a shift, worked out an instant at a time."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from rotation.core.roster import Change, Doing, Group, PersonId, Roster
from rotation.core.timeline import instant, local_date
from rotation.sandbox.calendar import Calendar

_A_DAY = timedelta(days=1)


def standing_by(
    roster: Roster, group: Group, covered: Calendar, since: datetime, until: datetime
) -> Iterator[tuple[PersonId, datetime, datetime]]:
    """The fallback people of `[since, until)`, in pieces; `covered` by shifts, or closed."""
    if not group.fallback:
        return
    changes = [c for c in roster.changes if c.shift is None and c.kind in _OF_ALL_DUTY]
    clocks = _Clocks(roster, group)
    told = {at for change in changes for at in clocks.edges(change)}
    for starts, ends, covering in covered.stretches(since, until):
        cuts = sorted({starts, ends, *(at for at in told if starts < at < ends)})
        for begins, over in pairwise(cuts) if not covering else ():
            for person in _at(group.fallback, changes, clocks, begins):
                yield person, begins, over


_OF_ALL_DUTY = (Doing.OFF, Doing.COVER)


def _at(
    people: Iterable[PersonId], changes: Iterable[Change], clocks: "_Clocks", at: datetime
) -> frozenset[PersonId]:
    """Each place, and all who had it before them: of changes that meet the later one is done."""
    places = [[person] for person in people]
    for change in changes:
        if not clocks.covers(change, at):
            continue
        if change.kind is Doing.OFF:
            places = [had for had in places if had[-1] != change.person]
        elif change.other is not None:
            for had in places:
                if change.person in had:
                    had.append(change.other)
    return frozenset(had[-1] for had in places)


class _Clocks:
    """By whose a date is one: the person's, else those of the group's first shift."""

    def __init__(self, roster: Roster, group: Group) -> None:
        self._people = roster.people
        self._zone = roster.shifts[group.shifts[0]].zone

    def edges(self, change: Change) -> Iterator[datetime]:
        zone = self._people[change.person].zone or self._zone
        if change.first is not None and change.last is not None:
            yield instant(change.first, 0, zone)
            yield instant(change.last + _A_DAY, 0, zone)
        times = (change.starts, change.ends, change.made_at, change.ended_at)
        yield from (t for t in times if t is not None)

    def covers(self, change: Change, at: datetime) -> bool:
        made, ended = change.made_at, change.ended_at
        if (made is not None and at < made) or (ended is not None and at >= ended):
            return False
        if change.first is not None and change.last is not None:
            zone = self._people[change.person].zone or self._zone
            return change.first <= local_date(at, zone) <= change.last
        starts, ends = change.starts, change.ends
        return starts is not None and ends is not None and starts <= at < ends
