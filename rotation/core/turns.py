"""Whose turn it is, by arithmetic: a roster of twenty years costs what a new one costs."""

from calendar import monthrange
from datetime import date
from typing import assert_never

from rotation.core.roster import Every, Everyone, PersonId, Shift, Turns


def on_turn(shift: Shift, day: date) -> tuple[PersonId, ...]:
    """Whose turn the occurrence is that starts on the local date `day`. Before the anchor: no one.

    Blocks of `on_duty` people follow each other through the order and wrap: of a, b, c two at a
    time come a b, then c a, then b c.
    """
    turns = shift.turns
    if isinstance(turns, Everyone):
        return turns.people
    if day < turns.anchor:
        return ()
    return block(turns, turn_number(turns, shift.weekdays, day))


def turn_number(turns: Turns, weekdays: frozenset[int], day: date) -> int:
    """The number of the turn that the local date `day` is in, from 0 at the anchor."""
    return _units(turns, weekdays, day) // turns.count


def block(turns: Turns, number: int) -> tuple[PersonId, ...]:
    """Who has the turn of this number."""
    first = number * turns.on_duty
    return tuple(turns.order[(first + n) % len(turns.order)] for n in range(turns.on_duty))


def _units(turns: Turns, weekdays: frozenset[int], day: date) -> int:
    """How many whole days served, weeks or months lie between the anchor and `day`."""
    match turns.unit:
        case Every.DAY:
            return _served(turns.anchor, day, weekdays)
        case Every.WEEK:
            return (day - turns.anchor).days // 7
        case Every.MONTH:
            return _months(turns.anchor, day)
        case _:
            assert_never(turns.unit)


def _served(anchor: date, day: date, weekdays: frozenset[int]) -> int:
    weeks, rest = divmod((day - anchor).days, 7)
    return weeks * len(weekdays) + sum((anchor.weekday() + n) % 7 in weekdays for n in range(rest))


def _months(anchor: date, day: date) -> int:
    """Counted from the anchor, never from the last turn: a 31st does not drift to the 28th."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    turn_day = min(anchor.day, monthrange(day.year, day.month)[1])
    return months if day.day >= turn_day else months - 1
