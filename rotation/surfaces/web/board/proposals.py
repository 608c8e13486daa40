"""What forms propose, so that most can stay as it is: whose duty comes, and who could do it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rotation.core.roster import PersonId, ShiftId, Turns
from rotation.core.timeline import Span, local
from rotation.surfaces.changing import about
from rotation.surfaces.saying import city
from rotation.surfaces.sight import Sight

AHEAD = timedelta(days=28)
"""How far duty is looked for."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One occurrence of somebody's duty; the `day` is the local date it starts on."""

    person: PersonId
    shift: ShiftId
    day: str
    starts: datetime
    ends: datetime
    said: str
    until: str


def day_said(day: date) -> str:
    """`Mon 30 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"


def duties_of(sight: Sight, people: Iterable[PersonId], most: int) -> dict[PersonId, list[Duty]]:
    """What these people have of duty within four weeks, the soonest first, each up to `most`."""
    found: dict[PersonId, dict[str, Duty]] = {person: {} for person in people}
    for span in _spans(sight, found.keys()):
        mine = found.get(span.person)
        if mine is not None and span.key not in mine and len(mine) < most:
            mine[span.key] = _duty(span)
    return {person: list(mine.values()) for person, mine in found.items()}


def _spans(sight: Sight, people: Collection[PersonId]) -> Iterator[Span]:
    """Their spans of shifts that are not over, by their start, each person's once."""
    until = sight.now + AHEAD
    alike = {g.duty_of: g.id for g in about(sight.roster, people).groups.values()}
    found = {
        (span.starts, span.key, span.person): span
        for group in alike.values()
        for span in sight.timeline.spans(group, sight.now, until)
        if span.ends > sight.now and span.shift in sight.roster.shifts
    }
    for key in sorted(found):
        yield found[key]


def _duty(span: Span) -> Duty:
    first, last = local(span.starts, span.zone).split(), local(span.ends, span.zone).split()
    until = last[2] if last[1] == first[1] else f"{last[0]} {last[2]}"
    when = f"{day_said(date.fromisoformat(first[1]))}, {first[2]} to {until} {city(span.zone)}"
    said = f"{when}, {span.shift}"
    ends = f"{until} {city(span.zone)}"
    return Duty(span.person, span.shift, span.key.split("/")[1], span.starts, span.ends, said, ends)


def stand_ins(sight: Sight, person: PersonId | None, shifts: Iterable[ShiftId]) -> list[PersonId]:
    """Who could stand in for somebody in these shifts, the likeliest first: next in their order.

    After the others of the shifts whoever works elsewhere, by name. Leavers are none of them.
    """
    roster, leavers = sight.roster, sight.books.leavers.everywhere()
    ranked: dict[PersonId, None] = {}
    for shift in shifts:
        known = roster.shifts.get(shift)
        if known is None:
            continue
        order = list(known.turns.order) if isinstance(known.turns, Turns) else list(known.people)
        if person in order:
            place = order.index(person)
            order = [*order[place + 1 :], *order[:place]]
        ranked.update(dict.fromkeys(order))
    name = sight.namer()
    ranked.update(dict.fromkeys(sorted(roster.people, key=lambda p: name(p).casefold())))
    return [p for p in ranked if p != person and p not in leavers]


def shifts_of(sight: Sight, person: PersonId) -> list[ShiftId]:
    """The shifts in which somebody works, that of their next duty first."""
    soon = [duty.shift for duty in duties_of(sight, [person], 3)[person]]
    rest = [s for s in sight.roster.shifts if person in sight.roster.served_by(s)]
    return list(dict.fromkeys([*soon, *rest]))
