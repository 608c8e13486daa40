"""One occurrence of a shift: its instants, and who is on duty in it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from rotation.core.changes import Changes
from rotation.core.clocks import resolved
from rotation.core.fallback import FALLBACK
from rotation.core.roster import Change, Hours, PersonId, ShiftId
from rotation.core.served import Served


class Span(NamedTuple):
    """One person's duty in one occurrence of a shift, `[starts, ends)` in UTC.

    `key` names the occurrence for ever: shift, local date it starts on, and its number on that
    date. Everybody on duty in it shares the key. `moved` says that one of its wall times did not
    exist that day, so that the span begins or ends at the jump instead. `change` is what put the
    person on duty, where it was not their turn. `zone` is the shift's.

    While nobody has a shift the `shift` is `FALLBACK`, and the zone that of the group's first one.
    """

    key: str
    shift: ShiftId
    person: PersonId
    starts: datetime
    ends: datetime
    moved: bool
    change: Change | None = None
    zone: str = "UTC"

    @property
    def is_fallback(self) -> bool:
        return self.shift == FALLBACK


def changed(
    found: list[Span], people: tuple[PersonId, ...], served: Served, day: int, changes: Changes
) -> Iterable[Span]:
    """An occurrence as changes of duty have made it: other people, for all of it or a part."""
    whole = found[0]
    pieces = changes.applied(served, day, whole.key, (people, whole.starts, whole.ends))
    if pieces is None:
        return found
    key, shift, _, _, _, moved, _, zone = whole
    return [Span(key, shift, p.person, p.starts, p.ends, moved, p.change, zone) for p in pieces]


def occurrence(served: Served, day: int, hours: Hours, people: tuple[PersonId, ...]) -> list[Span]:
    """The spans of one occurrence, one for each of its people."""
    shift = served.shift
    starts, start_moved = resolved(day, hours.starts, shift.zone)
    ends, end_moved = resolved(day + hours.days_later, hours.ends, shift.zone)
    # A shift has one set of hours on a date, so it starts once on it, and that is number 0.
    key = f"{shift.id}/{date.fromordinal(day).isoformat()}/0"
    moved = start_moved or end_moved
    return [Span(key, shift.id, p, starts, ends, moved, None, shift.zone) for p in people]
