"""Another order of turns that takes effect later, so that what was published until then stays.

It is written under `then`, with the date on which it begins. What of `then` has begun is the order
of the shift by now, and is written so when the order is edited next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import gcd

from rotation.core.changes import is_picked
from rotation.core.roster import Every, Everyone, PersonId, Pick, Roster, Shift, ShiftId, Turns
from rotation.core.served import Served
from rotation.core.timeline import instant, local_date
from rotation.roster_file.edit.turning import stays
from rotation.roster_file.tree import Data

OF_TURNS = ("turns", "everyone", "on_duty")
"""The keys of a shift that say whose turn it is."""
_DAY = timedelta(days=1)
_FARTHEST = 20 * 366
"""Dates within which a round of turns is over; of a longer one the end is not waited for."""


class Effective(StrEnum):
    """When other turns begin: now, after the shift, the turn or the round that is under way."""

    NOW = "now"
    AFTER_SHIFT = "after-shift"
    AFTER_TURN = "after-turn"
    AFTER_ROUND = "after-round"


@dataclass(frozen=True, slots=True)
class Put:
    """What is put off, and to which local date of the shift."""

    shift: ShiftId
    first: date
    turns: Turns | Everyone


def put_off(
    before: Roster, after: Roster, shifts: Sequence[str], when: Effective, now: datetime
) -> Iterator[Put]:
    """Of these shifts, those whose turns were edited, as they are to be later.

    Whoever would have had the next turn has it still, and the new order goes on from there; turns
    change on the days they changed on. A shift of which no turn has begun yet is none of them.
    Turns that are picked by load begin after the shift, and end with a turn, at the earliest: whose
    that is follows from more than the files.
    """
    for name in map(ShiftId, shifts):
        old, new = before.shifts.get(name), after.shifts.get(name)
        if old is None or new is None or in_force(old, now).turns == new.turns:
            continue
        was_picked = is_picked(in_force(old, now).turns)
        how = when
        if when is Effective.NOW and not (was_picked or is_picked(new.turns)):
            continue
        if when in {Effective.NOW, Effective.AFTER_SHIFT}:
            how = Effective.AFTER_TURN if was_picked else Effective.AFTER_SHIFT
        served = Served.of(before, name)
        first = _first(served, how, now)
        if first is not None:
            yield Put(name, first, _going_on(served, new.turns, first))


def in_force(shift: Shift, now: datetime) -> Shift:
    """The shift with the turns it has by now as if it had always had them."""
    today = local_date(now, shift.zone)
    coming = tuple(one for one in shift.then if one.first > today)
    return replace(shift, turns=shift.turns_on(today), then=coming)


def settle(entry: dict[str, Data], today: date) -> None:
    """The same in the words of a file: what of `then` has begun is what the shift says."""
    there = entry.get("then")
    if not isinstance(there, list):
        return
    coming: list[Data] = []
    for one in sorted(there, key=_from):
        if isinstance(one, dict) and _from(one) <= today.isoformat():
            _taken_over(entry, one)
        else:
            coming.append(one)
    entry["then"] = coming
    if not coming:
        del entry["then"]


def add(entry: dict[str, Data], put: Put, change: Data) -> None:
    """The turns that were put off, as an entry of `then`; of the same date, in its place.

    `change` is how often they change, where that was edited.
    """
    known = entry.get("turns")
    was = known.get("pick", Pick.ORDER) if isinstance(known, dict) else Pick.ORDER
    there = entry.get("then")
    others = there if isinstance(there, list) else []
    first = put.first.isoformat()
    said: dict[str, Data] = {"from": first}
    if isinstance(put.turns, Everyone):
        said["everyone"] = [str(person) for person in put.turns.people]
    else:
        if put.turns.on_duty != (entry.get("on_duty") or 1) or _says_on_duty(others):
            said["on_duty"] = put.turns.on_duty
        turns: dict[str, Data] = {"order": [str(person) for person in put.turns.order]}
        if change is not None:
            turns["change"] = change
        if put.turns.pick != was:
            turns["pick"] = str(put.turns.pick)
        if put.turns.anchor != put.first:
            turns["from"] = put.turns.anchor.isoformat()
        said["turns"] = turns
    entry["then"] = [*(one for one in others if _from(one) != first), said]


def _says_on_duty(there: Sequence[Data]) -> bool:
    return any(isinstance(one, dict) and "on_duty" in one for one in there)


def _from(one: Data) -> str:
    return str(one.get("from", "")) if isinstance(one, dict) else ""


def _taken_over(entry: dict[str, Data], one: Mapping[str, Data]) -> None:
    turns, was = one.get("turns"), entry.get("turns")
    if isinstance(turns, dict):
        known = was if isinstance(was, dict) else {}
        # in the order in which a shift says it
        merged = {"change": known.get("change"), "from": one["from"], **turns}
        merged.setdefault("pick", known.get("pick"))
        entry["turns"] = {key: value for key, value in merged.items() if value is not None}
        entry.pop("everyone", None)
        if "on_duty" in one:
            entry["on_duty"] = one["on_duty"]
    else:
        entry["everyone"] = one.get("everyone")
        for key in ("turns", "on_duty"):
            entry.pop(key, None)


# -- when ---------------------------------------------------------------------------------


def _first(served: Served, when: Effective, now: datetime) -> date | None:
    """The first date that is not of what is under way; None where nothing is."""
    first = _after_shift(served, now)
    under_way = served.shift.turns_on(first - _DAY)
    if isinstance(under_way, Everyone) or when is Effective.AFTER_SHIFT:
        return first if served.on_turn(first - _DAY) else None
    if first - _DAY < under_way.anchor:
        return None
    number = served.turn(under_way, first - _DAY)
    size = len(under_way.order) // gcd(len(under_way.order), under_way.on_duty)
    for day in (first + n * _DAY for n in range(_FARTHEST)):
        if served.shift.turns_on(day) != under_way:
            return day
        began = served.turn(under_way, day)
        if began > number and (when is Effective.AFTER_TURN or began % size == 0):
            return day
        number = max(number, began)
    return None


def _after_shift(served: Served, now: datetime) -> date:
    """The date after that of the last occurrence that began; today where none began today."""
    zone, today = served.shift.zone, local_date(now, served.shift.zone)
    hours = served.hours(today.toordinal())
    begins = None if hours is None else instant(today, hours.starts, zone)
    return today if begins is None or now < begins else today + _DAY


# -- how it goes on -----------------------------------------------------------------------


def _going_on(served: Served, new: Turns | Everyone, first: date) -> Turns | Everyone:
    """The new turns, begun with whoever would have been on duty on that date."""
    old = served.shift.turns_on(first)
    if isinstance(new, Everyone) or isinstance(old, Everyone):
        return new if isinstance(new, Everyone) else replace(new, anchor=first)
    number = served.turn(old, first)
    order = _begun_with(new.order, None if is_picked(old) else stays(old, new, number))
    if (old.unit, old.count) != (new.unit, new.count):
        return replace(new, order=order, anchor=first)
    began = first
    while began > old.anchor and served.turn(old, began - _DAY) == number:
        began -= _DAY
    if old.unit is Every.MONTH and began.day != old.anchor.day:
        # of a month without such a day: counted from there they would change earlier ever after
        back = -number * new.on_duty % len(order)
        return replace(new, order=(*order[back:], *order[:back]), anchor=old.anchor)
    return replace(new, order=order, anchor=began)


def _begun_with(order: tuple[PersonId, ...], who: PersonId | None) -> tuple[PersonId, ...]:
    at = 0 if who is None else order.index(who)
    return (*order[at:], *order[:at])
