"""One person: in which rooms they are or may come to be, why, and their next shifts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Seen
from rotation.core.roster import DutyOf, GroupId, PersonId
from rotation.ledger import OpenHold, Unreadable
from rotation.surfaces.explain import Explained, explained
from rotation.surfaces.saying import stretch_said
from rotation.surfaces.sight import Sight
from rotation.surfaces.wiping import Report, report

_AHEAD, _SHIFTS = timedelta(days=21), 10


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of theirs to come, told in their own zone; `rooms` are what it is for."""

    starts: datetime
    when: str
    shift: str
    rooms: tuple[GroupId, ...]
    now: bool


def groups_of(sight: Sight, person: PersonId) -> list[GroupId]:
    """Every group of the roster they are in, or may come to be in.

    First where something is open about them, then where they are.
    """
    try:
        places = sight.books.seats.places_of(person)
    except Unreadable:
        places = {}  # the room is held for that, and says so
    inside = {group for group, (seen, _) in places.items() if seen is Seen.IN}
    is_open = {group for group, (_, op) in places.items() if op is not None}
    roster = sight.roster
    shifts = {shift for shift in roster.shifts if person in roster.served_by(shift)}
    named = {
        g.id
        for g in sight.roster.groups.values()
        if person in (*g.pins, *g.always_in, *sight.roster.standing_by(g.id))
        or not shifts.isdisjoint(g.shifts)
    }
    granted = {g.group for g in sight.books.grants.all(sight.now) if g.person == person}
    found = (inside | named | granted) & sight.roster.groups.keys()
    return sorted(found, key=lambda group: (group not in is_open, group not in inside, group))


def explained_in(
    sight: Sight, person: PersonId, groups: Iterable[GroupId], holds: list[OpenHold]
) -> Iterator[Explained]:
    """Why they are in each of these groups or not, but for those that cannot be read."""
    for group in groups:
        try:
            view = sight.view(group)
            mine = [h for h in holds if h.item.group == group and h.item.person in (None, person)]
            yield explained(sight.books, view, person, mine, sight.now)
        except Unreadable:
            continue  # the room is held for that, and says so


def turns_of(sight: Sight, person: PersonId, zone: str) -> Iterator[Turn]:
    """Their next shifts, as clocks in `zone` tell them."""
    alike: dict[DutyOf, list[GroupId]] = {}
    for group in sight.roster.groups.values():
        alike.setdefault(group.duty_of, []).append(group.id)
    rooms: dict[tuple[datetime, datetime, str], list[GroupId]] = {}
    for groups in alike.values():
        for span in sight.timeline.spans(groups[0], sight.now, sight.now + _AHEAD):
            if span.person == person:
                rooms.setdefault((span.starts, span.ends, span.shift), []).extend(groups)
    for (starts, ends, shift), found in sorted(rooms.items())[:_SHIFTS]:
        when = stretch_said(starts, ends, zone)
        yield Turn(starts, when, shift, tuple(found), now=starts <= sight.now)


def wipe_of(sight: Sight, person: PersonId, team: str = "") -> Report | None:
    """How far their wipe is; None where they were never wiped, or something cannot be read."""
    accounts = {group.account for group in sight.roster.groups.values()}
    try:
        return report(sight.books, sight.roster, accounts, person, sight.now, team)
    except Unreadable:
        return None  # what cannot be read is held, and says so
