"""The rule behind a list of dates: whose turn it is, told by the one pattern that gives every row.

A pattern has to be seen to come back: a table of one round could go on in any way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rotation.core.roster import Every, Everyone, PersonId, Shift, Turns
from rotation.core.served import Served

_LONGEST = 30
"""So many turns may pass before an order begins anew."""
_WEEKS, _DAYS, _MONTHS = range(1, 5), range(1, 15), range(1, 4)
_AHEAD = 366


@dataclass(frozen=True, slots=True)
class Pattern:
    """Turns, and the dates on which they give somebody else than the table has."""

    turns: Turns
    wrong: tuple[date, ...]


def best(shift: Shift, who: Mapping[date, PersonId]) -> Pattern | None:
    """The pattern with the fewest dates that break it, the simplest of several.

    None where each breaks more than one of five. `shift` has the hours and weekdays. Every date it
    is served on, from the first to the last, has to be in `who`, in order.
    """
    found, most = None, len(who) // 5
    for turns in _candidates(shift, min(who)):
        for one in _orders(shift, turns, who, most):
            found, most = one, len(one.wrong) - 1
            if most < 0:
                return found
    return found


def differs_later(shift: Shift, found: Pattern, who: Mapping[date, PersonId]) -> Turns | None:
    """Turns that give every row as well, and something else in the year after."""
    days = [max(who) + timedelta(days=n) for n in range(1, _AHEAD)]
    days = [day for day in days if day.weekday() in shift.weekdays]
    turned = Served(replace(shift, turns=found.turns))
    ours = [turned.on_turn(day) for day in days]
    for turns in _candidates(shift, min(who)):
        other = next(_orders(shift, turns, who, 0), None)
        if other is None:
            continue
        theirs = Served(replace(shift, turns=other.turns))
        if any(theirs.on_turn(day) != due for day, due in zip(days, ours, strict=True)):
            return other.turns
    return None


def _candidates(shift: Shift, first: date) -> Iterator[Turns]:
    """Every change and anchor there may be, the usual ones first; who takes turns is open."""
    for count in _WEEKS:
        for back in range(7 * count):
            yield _open(Every.WEEK, count, first - timedelta(days=back))
    served = _served_before(shift, first, max(_DAYS))
    for count in _DAYS:
        for back in range(count):
            yield _open(Every.DAY, count, served[back])
    for count in _MONTHS:
        for anchor in {first.replace(day=1): None, first: None}:
            yield _open(Every.MONTH, count, anchor)


def _open(unit: Every, count: int, anchor: date) -> Turns:
    return Turns((), unit, count, anchor)


def _served_before(shift: Shift, first: date, most: int) -> list[date]:
    found = [first]
    while len(found) < most:
        day = found[-1] - timedelta(days=1)
        while day.weekday() not in shift.weekdays:
            day -= timedelta(days=1)
        found.append(day)
    return found


def _blocks(shift: Shift, who: Mapping[date, PersonId]) -> list[int]:
    """The number of the turn that each date belongs to, by asking with numbers for people."""
    turns = shift.turns
    if isinstance(turns, Everyone):
        return []
    numbers = tuple(PersonId(str(n)) for n in range(len(who) + 1))
    numbered = Served(replace(shift, turns=replace(turns, order=numbers)))
    return [int(numbered.on_turn(day)[0]) for day in who]


def _orders(
    shift: Shift, turns: Turns, who: Mapping[date, PersonId], most: int
) -> Iterator[Pattern]:
    """The orders that come back within the table, each learned from its own first round.

    One in which everybody comes once has to begin anew; any other could be made up to fit, so it
    has to be there twice. At most `most` dates break one.
    """
    blocks = _blocks(replace(shift, turns=turns), who)
    for size in range(2, min(_LONGEST, blocks[-1]) + 1):
        order: dict[int, PersonId] = {}
        wrong = []
        for block, (day, person) in zip(blocks, who.items(), strict=True):
            if order.setdefault(block % size, person) != person:
                wrong.append(day)
                if len(wrong) > most:
                    break
        else:
            named = tuple(order[n] for n in range(size)) if len(order) == size else ()
            if named and (len(set(named)) == size or blocks[-1] + 1 >= 2 * size):
                yield Pattern(replace(turns, order=named), tuple(wrong))
