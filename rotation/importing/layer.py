"""A foreign rota in our words: people who take turns in some minutes of a week.

Turns change every so many minutes on clocks, counted from a local date and time, so a turn of a
week is a week of clocks however many seconds it has. Everything here is exact: what a layer says
of an instant, its shifts say.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import lcm

from rotation.core.roster import (
    MINUTES_A_DAY,
    Every,
    Everyone,
    Hours,
    PersonId,
    Shift,
    ShiftId,
    Turns,
)
from rotation.importing.week import ALL, WEEK, Minutes, pieces
from rotation.roster_file.problems import UnreadableError

_MOST = 366
_DAYS = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Layer:
    """`turn` minutes each, from `minute` of the local date `since` on, within `minutes`."""

    name: str
    zone: str
    people: tuple[PersonId, ...]
    turn: int
    since: date
    minute: int
    minutes: Minutes = ALL

    @property
    def alone(self) -> bool:
        return len(set(self.people)) == 1

    def index(self, day: date, minute: int) -> int:
        """How many turns ended before; negative before the first."""
        return ((day - self.since).days * MINUTES_A_DAY + minute - self.minute) // self.turn

    def on_turn(self, day: date, minute: int) -> PersonId:
        return self.people[self.index(day, minute) % len(self.people)]


def check_turn(turn: int) -> None:
    """Whether turns of so many minutes come back with the days. Raises UnreadableError."""
    if turn <= 0 or (turn % MINUTES_A_DAY and MINUTES_A_DAY % turn):
        raise UnreadableError(
            f"turns of {_length(turn)} fall on other hours every day",
            "Only turns of whole days, or of hours that divide a day, can be carried over",
        )
    if turn > _MOST * MINUTES_A_DAY:
        raise UnreadableError(f"turns of {_length(turn)} are too long", "Write at most a year")


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def shifts(layer: Layer, name: Callable[[str], str]) -> tuple[Shift, ...]:
    """The shifts that say what the layer says. `name` makes a key of a name."""
    hours: dict[tuple[int, int], list[int]] = {}
    for start, length in pieces(layer.minutes, _cuts(layer)):
        hours.setdefault((start % MINUTES_A_DAY, length), []).append(start // MINUTES_A_DAY)
    return tuple(
        Shift(ShiftId(name(layer.name)), layer.zone, _hours(*kind), weekdays, turns)
        for kind, days in hours.items()
        for some in _written_together(kind[1], days)
        for weekdays, turns in _turns(layer, kind[0], some)
    )


def _cuts(layer: Layer) -> Iterable[int]:
    """Every minute of a week at which a turn may end, or midnights where nothing ever does."""
    if layer.alone:
        return range(0, WEEK, MINUTES_A_DAY) if layer.minutes == ALL else ()
    if layer.turn % WEEK == 0:
        return ((layer.since.weekday() * MINUTES_A_DAY + layer.minute) % WEEK,)
    step = min(layer.turn, MINUTES_A_DAY)
    return range(layer.minute % step, WEEK, step)


def _hours(starts: int, length: int) -> Hours:
    later, ends = divmod(starts + length, MINUTES_A_DAY)
    return Hours(starts, ends, later) if ends else Hours(starts, MINUTES_A_DAY, later - 1)


def _written_together(length: int, days: Sequence[int]) -> Iterator[frozenset[int]]:
    """Hours of less than a day are written once for many weekdays, longer ones for each."""
    if length <= MINUTES_A_DAY:
        yield frozenset(days)
    else:
        yield from (frozenset({day}) for day in days)


def _turns(
    layer: Layer, starts: int, days: frozenset[int]
) -> Iterator[tuple[frozenset[int], Turns | Everyone]]:
    first = layer.since + timedelta(days=starts < layer.minute)
    if layer.alone:
        yield days, Everyone(layer.people[:1])
    elif layer.turn % WEEK == 0:
        yield days, Turns(layer.people, Every.WEEK, layer.turn // WEEK, first)
    elif days == _DAYS and layer.turn >= MINUTES_A_DAY:
        yield days, Turns(layer.people, Every.DAY, layer.turn // MINUTES_A_DAY, first)
    elif days == _DAYS:
        order = _order(layer, first, starts, MINUTES_A_DAY)
        yield days, _in_turn(order, Every.DAY, first)
    else:
        yield from _by_weekday(layer, first, starts, days)


def _by_weekday(
    layer: Layer, first: date, starts: int, days: frozenset[int]
) -> Iterator[tuple[frozenset[int], Turns | Everyone]]:
    """Days that are not served use turns up, so each weekday has an order of its own."""
    orders: dict[tuple[PersonId, ...], set[int]] = {}
    for day in sorted(days):
        begins = first + timedelta(days=(day - first.weekday()) % 7)
        orders.setdefault(_order(layer, begins, starts, WEEK), set()).add(day)
    for order, some in orders.items():
        yield frozenset(some), _in_turn(order, Every.WEEK, first)


def _in_turn(order: tuple[PersonId, ...], unit: Every, first: date) -> Turns | Everyone:
    return Everyone(order) if len(order) == 1 else Turns(order, unit, 1, first)


def _order(layer: Layer, first: date, starts: int, step: int) -> tuple[PersonId, ...]:
    """Who is on every `step` minutes from `first` on, until it begins anew."""
    steps = lcm(layer.turn * len(layer.people), step) // step
    if steps > _MOST:
        raise UnreadableError(
            f"it takes {steps} turns until this begins anew",
            "Make the turns a whole number of weeks, or shorten the order",
        )
    days = [first + timedelta(days=n * step // MINUTES_A_DAY) for n in range(steps)]
    every = tuple(layer.on_turn(day, starts) for day in days)
    size = next(
        n for n in range(1, steps + 1) if steps % n == 0 and every == every[:n] * (steps // n)
    )
    return every[:size]
