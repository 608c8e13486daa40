"""An order that was edited, begun so that whoever has the turn now still has it.

Turns are counted from a date, so one name more would give every turn from then on to somebody
else, the one under way too. Moving that date by whole turns puts the same person on today, and the
others come after in the order as it is now written. It moves into the past: nobody's turn begins
on it anew.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from rotation.core.changes import is_picked
from rotation.core.roster import Every, PersonId, Roster, Shift, ShiftId, Turns
from rotation.core.served import Served, block
from rotation.core.timeline import local_date, minute_of_day

_MOST_ROUNDS = 4
"""Of a month that has no such day the round before is tried, and so on."""
_DAY = timedelta(days=1)


def anchors(before: Roster, after: Roster, now: datetime) -> Iterator[tuple[ShiftId, date]]:
    """The shifts whose order or number on duty was edited, and from when their turns are to count.

    Not of those whose anchor or rhythm was edited as well: then somebody said how it goes on.
    """
    for name, shift in after.shifts.items():
        known = before.shifts.get(name)
        if known is None:
            continue
        old, new = known.turns, shift.turns
        if not (isinstance(old, Turns) and isinstance(new, Turns)):
            continue
        if is_picked(old) or is_picked(new):
            continue
        rhythm = (old.unit, old.count, old.anchor) == (new.unit, new.count, new.anchor)
        edited = (old.order, old.on_duty) != (new.order, new.on_duty)
        if rhythm and edited:
            found = _anchor(Served.of(before, name), after, name, now)
            if found is not None and found != new.anchor:
                yield name, found


def _anchor(before: Served, roster: Roster, name: ShiftId, now: datetime) -> date | None:
    """None where there is no such date, or no turn has begun yet."""
    after = Served.of(roster, name)
    old, new = before.shift.turns, after.shift.turns
    if not (isinstance(old, Turns) and isinstance(new, Turns)):
        return None
    day = _under_way(before.shift, now)
    if day < old.anchor:
        return None
    wanted = stays(old, new, before.turn(old, day))
    number = after.turn(new, day)
    for back in range(len(new.order) * _MOST_ROUNDS):
        if wanted is None or block(new, number + back)[0] != wanted:
            continue
        anchor = _earlier(after, new, back * new.count)
        if anchor is None:
            continue
        shift = replace(after.shift, turns=replace(new, anchor=anchor))
        moved = Served.of(replace(roster, shifts={**roster.shifts, name: shift}), name)
        if _agrees(after, moved, day, number + back):
            return anchor
    return None


def _under_way(shift: Shift, now: datetime) -> date:
    """The date of the occurrence under way, else today's, by the shift's clocks."""
    today = local_date(now, shift.zone)
    over_night = shift.hours.days_later and minute_of_day(now, shift.zone) < shift.hours.ends
    return today - _DAY * shift.hours.days_later if over_night else today


def stays(old: Turns, new: Turns, number: int) -> PersonId | None:
    """Whoever has the turn of this number, else the next in the old order who is in the new one."""
    first = number * old.on_duty
    following = (old.order[(first + n) % len(old.order)] for n in range(len(old.order)))
    return next((who for who in following if who in new.order), None)


def _earlier(served: Served, turns: Turns, units: int) -> date | None:
    """So many days served, weeks or months before the anchor; None where there is no such day."""
    match turns.unit:
        case Every.WEEK:
            return turns.anchor - 7 * units * _DAY
        case Every.MONTH:
            months = turns.anchor.year * 12 + turns.anchor.month - 1 - units
            try:
                return turns.anchor.replace(year=months // 12, month=months % 12 + 1)
            except ValueError:
                return None
        case Every.DAY:
            found, left = turns.anchor, units
            while left and found > date.min + 366 * _DAY:
                found -= _DAY
                left -= served.hours(found.toordinal()) is not None
            return found


def _agrees(served: Served, moved: Served, day: date, number: int) -> bool:
    """Whether the turn has the number now, and ends when it would have."""
    old, new = served.shift.turns, moved.shift.turns
    if not (isinstance(old, Turns) and isinstance(new, Turns)):
        return False
    by = number - served.turn(old, day)
    days = (day + n * _DAY for n in range(62))
    return all(moved.turn(new, d) == served.turn(old, d) + by for d in days)
