"""One occurrence of a shift: its instants, and who is on duty in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import repeat
from typing import NamedTuple, TypeAlias

from rotation.core.changes import Changes
from rotation.core.fallback import FALLBACK
from rotation.core.laid import When
from rotation.core.roster import Change, PersonId, Shift, ShiftId
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


_Row: TypeAlias = tuple[str, ShiftId, PersonId, datetime, datetime, bool, Change | None, str]
"""What a span is made of."""


def by_turns(
    shift: Shift, whens: Iterable[When], whose: Iterable[tuple[PersonId, ...]]
) -> list[Span]:
    """The spans of occurrences, one for each of their people."""
    name, zone = shift.id, shift.zone
    return [
        Span(name + dated, name, person, starts, ends, moved, None, zone)
        for (_, starts, ends, moved, dated), people in zip(whens, whose, strict=True)
        for person in people
    ]


def as_changed(
    served: Served,
    whens: Sequence[When],
    whose: Sequence[tuple[PersonId, ...]],
    changes: Changes,
) -> list[Span]:
    """The spans of occurrences in a row, as changes of duty have made them."""
    shift, found, reached = served.shift, list[Span](), 0
    name, zone, rows = shift.id, shift.zone, list[_Row]()
    for place, pieces in changes.changed(served, whens, whose):
        if reached < place:
            found += by_turns(shift, whens[reached:place], whose[reached:place])
        _, _, _, moved, dated = whens[place]
        key = name + dated
        for person, starts, ends, _, change in pieces:
            rows.append((key, name, person, starts, ends, moved, change, zone))
        reached = place + 1
    found += by_turns(shift, whens[reached:], whose[reached:])
    found += map(tuple.__new__, repeat(Span), rows)
    return found
