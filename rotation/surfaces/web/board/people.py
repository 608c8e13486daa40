"""One person: in which rooms, why, until when; and their next shifts on their own clocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Leaver, Seen
from rotation.core.roster import DutyOf, GroupId, PersonId
from rotation.core.timeline import clock_time, local
from rotation.ledger import OpenHold, Unreadable
from rotation.surfaces.explain import Explained, explained
from rotation.surfaces.masking import masked
from rotation.surfaces.saying import stretch_said
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.changes import Page as Changes
from rotation.surfaces.web.board.changes import changes_of
from rotation.surfaces.web.board.rooms import Need, of_hold
from rotation.surfaces.wiping import Report, report

_AHEAD, _SHIFTS, MOST_ROOMS = timedelta(days=21), 10, 30


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of theirs to come, told in their own zone; `rooms` are what it is for."""

    starts: datetime
    when: str
    shift: str
    rooms: tuple[GroupId, ...]
    now: bool


@dataclass(frozen=True, slots=True)
class Personal:
    """The page of one person. `others`: rooms that are not shown, as there are too many.

    `wipe`: how far it is that a leaver is in no group any more. `left_teams`: of which teams they
    are one as well, since when and by whom. `has_calendar`: the roster knows them, and they may be
    in groups.
    """

    person: PersonId
    name: str
    zone: str
    local_now: str
    role: str
    leaver: str
    left_teams: tuple[str, ...]
    wipe: Report | None
    stranger: bool
    rooms: tuple[Explained, ...]
    others: int
    needs: tuple[Need, ...]
    turns: tuple[Turn, ...]
    changes: Changes
    has_calendar: bool

    @property
    def inside(self) -> int:
        return sum(one.seen is Seen.IN for one in self.rooms)


def _since(mark: Leaver, zone: str) -> str:
    return f"since {local(mark.since, zone)}, by {masked(mark.author)}"


def personal(sight: Sight, person: PersonId) -> Personal | None:
    """None when neither the roster nor the ledger knows anybody by that name."""
    known, known_by = sight.roster.people.get(person), sight.books.people.all().get(person)
    if known is None and known_by is None:
        return None
    holds = sight.books.holds.in_force()
    groups = _groups_of(sight, person)
    zone = known.zone if known is not None and known.zone else "UTC"
    marks = [one for one in sight.books.leavers.standing() if one.person == person]
    left = next((one for one in marks if not one.team), None)
    return Personal(
        person=person,
        name=sight.namer()(person),
        zone=zone,
        local_now=clock_time(sight.now, zone),
        role=(known.role or "") if known is not None else "",
        leaver="" if left is None else _since(left, zone),
        left_teams=tuple(f"{one.team} {_since(one, zone)}" for one in marks if one.team),
        wipe=None if left is None else _wipe(sight, person),
        stranger=known is None and known_by is not None and known_by.stranger,
        rooms=tuple(_explained(sight, person, groups[:MOST_ROOMS], holds)),
        others=max(0, len(groups) - MOST_ROOMS),
        needs=tuple(_needs(sight, person, holds)),
        turns=tuple(_turns(sight, person, zone)),
        changes=changes_of(sight, person),
        has_calendar=known is not None and left is None,
    )


def _wipe(sight: Sight, person: PersonId) -> Report | None:
    accounts = {group.account for group in sight.roster.groups.values()}
    try:
        return report(sight.books, sight.roster, accounts, person, sight.now)
    except Unreadable:
        return None  # what cannot be read is held, and says so


def _groups_of(sight: Sight, person: PersonId) -> list[GroupId]:
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


def _explained(
    sight: Sight, person: PersonId, groups: list[GroupId], holds: list[OpenHold]
) -> Iterator[Explained]:
    for group in groups:
        try:
            view = sight.view(group)
            mine = [h for h in holds if h.item.group == group and h.item.person in (None, person)]
            yield explained(sight.books, view, person, mine, sight.now)
        except Unreadable:
            continue  # the room is held for that, and says so


def _needs(sight: Sight, person: PersonId, holds: list[OpenHold]) -> Iterator[Need]:
    name = sight.namer()
    for hold in holds:
        if hold.item.person == person:
            yield of_hold(sight.held(hold, name), sight.now)


def _turns(sight: Sight, person: PersonId, zone: str) -> Iterator[Turn]:
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
