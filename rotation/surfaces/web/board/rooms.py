"""The rooms: who is in them, what is open, and first of all what needs a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from rotation.core.alarm import OVERDUE
from rotation.core.facts import Kind, Seen
from rotation.core.holds import MEANING, Hold
from rotation.core.roster import Group, GroupId, Mode, PersonId
from rotation.core.timeline import Handover
from rotation.ledger import OpenHold, Unreadable
from rotation.surfaces import board, coming
from rotation.surfaces.saying import Words, length_said, listed
from rotation.surfaces.sight import SeenRoom, Sight, about, of_no_group

PER_PAGE = 48
"""Rooms on one page, of those that are left when the ones that need a person stand first."""
_FAR = 6
"""Handovers within which the end of somebody's duty is looked for."""
_MARKS = {board.Standing.STUCK: "held", board.Standing.OTHER: "other"}


@dataclass(frozen=True, slots=True)
class Row:
    """One person as a room shows them. `mark` says which of the signs is drawn."""

    person: PersonId
    name: str
    label: str
    mark: str
    about: str
    on_duty: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """A handover to come, in a room's own clocks."""

    at: datetime
    when: str
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    on_duty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody on duty, inside or not, and until when, as far as that can be seen."""

    name: str
    until: str


@dataclass(frozen=True, slots=True)
class Card:
    """A room as a page shows it."""

    room: board.Room
    age: timedelta | None
    rows: tuple[Row, ...]
    on_duty: tuple[OnDuty, ...]
    next: Coming | None
    readable: bool

    @property
    def counts(self) -> str:
        found = ((len(self.room.standing(s)), s) for s in board.Standing)
        return ", ".join(f"{n} {standing}" for n, standing in found if n) or "nobody known"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: what, since when, and what to do. `command` may help."""

    key: str
    what: str
    why: str
    what_to_do: str
    since: str = ""
    group: GroupId | None = None
    person: PersonId | None = None
    command: str = ""
    overdue: bool = False
    hold: int | None = None
    """The number of the hold that a person may release."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The page of all rooms. `others_need`: rooms on later pages that need a person as well."""

    cards: tuple[Card, ...]
    needs: tuple[Need, ...]
    others_need: int
    slowed: tuple[board.Slowed, ...]
    total: int
    found: int
    page: int
    pages: int


def rooms(sight: Sight, find: str, page: int) -> Rooms:
    holds = sight.books.holds.in_force()
    urgent = _urgent(sight, holds)
    wanted = find.casefold()
    found = [g for g in sight.roster.groups if wanted in g.casefold()]
    ordered = [g for g in found if g in urgent] + [g for g in found if g not in urgent]
    pages = max(1, -(-len(ordered) // PER_PAGE))
    page = min(max(1, page), pages)
    shown = ordered[(page - 1) * PER_PAGE : page * PER_PAGE]
    seen = [sight.room(group, holds) for group in shown]
    states = sight.accounts(g.account for g in sight.roster.groups.values())
    needs = [
        *(need for room, words in seen for need in _late(room, words, sight.now)),
        *map(_of_account, board.paused(states)),
        *(of_hold(sight.held(h), sight.now) for h in of_no_group(holds, states)),
        *(need for room, _ in seen for need in _of_room(room, sight.now)),
    ]
    return Rooms(
        cards=tuple(card(sight, *one) for one in seen),
        needs=tuple(needs),
        others_need=sum(g in urgent for g in ordered[page * PER_PAGE :]),
        slowed=board.slowed_down(states, sight.now),
        total=len(sight.roster.groups),
        found=len(found),
        page=page,
        pages=pages,
    )


def card(sight: Sight, room: board.Room, words: Words | None) -> Card:
    on_duty, ahead = ((), None) if words is None else _duty(words)
    return Card(
        room=room,
        age=None if room.read_at is None else max(sight.now - room.read_at, timedelta(0)),
        rows=() if words is None else tuple(rows(room, words)),
        on_duty=on_duty,
        next=ahead,
        readable=words is not None,
    )


def _duty(words: Words) -> tuple[tuple[OnDuty, ...], Coming | None]:
    """Who is on duty, each until the handover at which they go, and the handover that is next."""
    until = dict.fromkeys(words.view.facts.wanted.on_duty, "")
    first, waiting = None, set(until)
    for change in islice(_changes(words), _FAR):
        first = first or _said(words, change)
        until.update((p, words.when(change.at)) for p in change.outgoing & waiting)
        waiting -= change.outgoing
        if not waiting:
            break
    named = sorted((words.name(person), at) for person, at in until.items())
    return tuple(OnDuty(*one) for one in named), first


def rows(room: board.Room, words: Words) -> Iterator[Row]:
    watched = room.mode is Mode.WATCH
    for place in sorted(room.people, key=lambda p: not p.overdue):
        standing = place.standing
        yield Row(
            person=place.person,
            name=place.name,
            label=f"would be {standing}" if watched and place.move else str(standing),
            mark=_MARKS.get(standing, str(standing)),
            about=about(place, words),
            on_duty=place.on_duty,
            overdue=place.overdue,
        )


def ahead_of(words: Words, count: int) -> Iterator[Coming]:
    """The handovers that come next, as `rotation next` says them."""
    return (_said(words, change) for change in islice(_changes(words), count))


def _changes(words: Words) -> Iterator[Handover]:
    view = words.view
    return coming.handovers_of(view, words.now)


def _said(words: Words, change: Handover) -> Coming:
    sides = change.incoming, change.outgoing, change.on_duty
    named = (tuple(sorted(map(words.name, people))) for people in sides)
    return Coming(change.at, words.when(change.at), *named)


# -- what needs a person --------------------------------------------------------------------


def needs_in(room: board.Room, words: Words | None, now: datetime) -> tuple[Need, ...]:
    return (*_late(room, words, now), *_of_room(room, now))


def _late(room: board.Room, words: Words | None, now: datetime) -> Iterator[Need]:
    """Removals that should be done by now, each with what holds it up."""
    if words is None or room.mode is Mode.WATCH:
        return
    by_hand = "remove them by hand if it must be now; rotation goes on trying"
    holds = {(h.person, h.hold): h for h in room.held}
    for place in room.overdue:
        held = holds.get((place.person, place.hold)) if place.hold else None
        yield Need(
            key=f"late-{room.group}-{place.person}",
            what=f"{place.name} is still in {room.group}",
            why=f"{place.because}; {place.why}" if place.why else place.because,
            what_to_do=MEANING[place.hold].what_to_do if place.hold else by_hand,
            since="" if place.since is None else length_said(now - place.since),
            group=room.group,
            person=place.person,
            command="" if held is None else _release(held),
            overdue=True,
        )


def _of_room(room: board.Room, now: datetime) -> Iterator[Need]:
    """What else is held there: an overdue removal has been said with its hold."""
    watched = room.mode is Mode.WATCH
    said = {(p.person, p.hold) for p in room.overdue if not watched}
    for held in room.held:
        if held.needs_person and (held.person, held.hold) not in said:
            yield of_hold(held, now)
    if room.missing and not watched:
        yield Need(
            key=f"missing-{room.group}",
            what=f"{listed(room.missing)}, always in {room.group}, not seen there",
            why="the last read did not show them",
            what_to_do="add them by hand",
            group=room.group,
        )


def _release(held: board.HeldUp) -> str:
    """The command that ends a hold by a person's word, where one may."""
    return f'rotation release {held.id} --reason "..."' if held.releasable and held.id else ""


def of_hold(held: board.HeldUp, now: datetime) -> Need:
    where = held.group or (f"account {held.account}" if held.account else "the roster")
    who = f"{held.name} in {where}" if held.name else str(where)
    return Need(
        key=f"hold-{held.id or f'{held.hold}-{where}-{held.person or str()}'}",
        what=f"{who}: {held.hold}",
        why=f"{held.cause} ({held.detail})" if held.detail else held.cause,
        what_to_do=held.what_to_do,
        since=length_said(now - held.since) if held.id is not None else "",
        group=held.group,
        person=held.person,
        command=_release(held),
        hold=held.id if held.releasable else None,
    )


def _of_account(paused: board.Paused) -> Need:
    return Need(
        key=f"paused-{paused.account}",
        what=f"account {paused.account} is paused: {paused.hold}",
        why=f"{paused.cause} ({paused.detail})" if paused.detail else paused.cause,
        what_to_do=paused.what_to_do,
    )


def _urgent(sight: Sight, holds: Iterable[OpenHold]) -> frozenset[GroupId]:
    """The rooms that need a person, found without gathering every room."""
    managed = {g.id: g for g in sight.roster.groups.values() if g.mode is not Mode.WATCH}
    held = {h.item.group for h in holds if sight.held(h).needs_person and h.item.hold != Hold.MODE}
    late = {
        seat.group
        for seat in sight.books.seats.open(Kind.REMOVE)
        if seat.op_since is not None and sight.now - seat.op_since >= OVERDUE
    }
    found = {g for g in held if g in sight.roster.groups} | (late & managed.keys())
    return frozenset(g for g in (*found, *_without_somebody(sight, managed.values())) if g)


def _without_somebody(sight: Sight, groups: Iterable[Group]) -> Iterator[GroupId]:
    """The groups in which somebody who is always in was not seen."""
    kept = [g for g in groups if g.always_in]
    read = sight.books.groups.clearly_read() if kept else frozenset()
    inside: dict[PersonId, set[GroupId]] = {}
    for person in {p for g in kept for p in g.always_in}:
        try:
            places = sight.books.seats.places_of(person)
        except Unreadable:
            continue  # its group is held for that
        inside[person] = {g for g, (seen, _) in places.items() if seen is Seen.IN}
    for group in kept:
        if group.id in read and any(
            group.id not in inside.get(p, {group.id}) for p in group.always_in
        ):
            yield group.id


def seen_room(sight: Sight, group: GroupId) -> SeenRoom:
    return sight.room(group, sight.books.holds.in_force())
