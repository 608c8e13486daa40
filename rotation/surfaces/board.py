"""The board: who is in each group, who is about to be, and what is in the way. For text and page.

Plain values, made of one group's facts at one instant; how they look is not decided here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rotation.core.alarm import OVERDUE
from rotation.core.budget import MOST_HALVINGS
from rotation.core.decide import Step
from rotation.core.facts import AccountState, HeldItem, Kind, Role, Seat, Seen
from rotation.core.holds import LASTING, MEANING, Hold
from rotation.core.roster import AccountId, Group, GroupId, Mode, PersonId
from rotation.engine import GroupView
from rotation.engine.pauses import slowed
from rotation.ledger import OpenHold
from rotation.surfaces.masking import masked
from rotation.surfaces.saying import Words, awaited_said


class Standing(StrEnum):
    """How somebody stands in a group: what is seen, and what rotation is about to do."""

    IN = "in"
    JOINING = "joining"
    LEAVING = "leaving"
    STUCK = "stuck"
    PROTECTED = "protected"
    STRANGER = "stranger"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Place:
    """One person in one group.

    `move` is what is open (add or remove) with `since`; `overdue` says it should be done by now.
    `until` is the end of a wanted person's unbroken stay, None while it is open.
    """

    person: PersonId
    name: str
    standing: Standing
    seen: Seen
    role: Role | None = None
    on_duty: bool = False
    because: str = ""
    until: datetime | None = None
    move: Kind | None = None
    since: datetime | None = None
    overdue: bool = False
    hold: Hold | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Something that waits, with what to do. `id` is None until the daemon has numbered it."""

    id: int | None
    hold: Hold
    account: AccountId | None
    group: GroupId | None
    person: PersonId | None
    name: str
    cause: str
    detail: str
    what_to_do: str
    lifted_by: str
    releasable: bool
    since: datetime
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Room:
    """One group. `read_at`: the last read that was believed. `missing`: always-in, but not seen.

    `others` counts members the roster does not know; None while the group was never read.
    That a group is only watched is its `mode`, and in `held` no more.
    """

    group: GroupId
    account: AccountId
    mode: Mode
    read_at: datetime | None
    people: tuple[Place, ...]
    missing: tuple[str, ...]
    others: int | None
    held: tuple[HeldUp, ...]
    closed: bool = False

    def standing(self, *which: Standing) -> tuple[Place, ...]:
        return tuple(place for place in self.people if place.standing in which)

    @property
    def overdue(self) -> tuple[Place, ...]:
        return tuple(place for place in self.people if place.overdue)

    @property
    def needs_person(self) -> bool:
        late = bool(self.overdue or self.missing) and self.mode is not Mode.WATCH
        return late or any(held.needs_person for held in self.held)


@dataclass(frozen=True, slots=True)
class Paused:
    """An account that makes no calls, until it is tried again at `until`."""

    account: AccountId
    hold: Hold
    cause: str
    detail: str
    what_to_do: str
    since: datetime | None
    until: datetime | None

    @property
    def needs_person(self) -> bool:
        return MEANING[self.hold].alarm


@dataclass(frozen=True, slots=True)
class Slowed:
    """An account that makes fewer calls than it may: each in `share` of them, since `since`.

    They double after every quarter of an hour of calm.
    """

    account: AccountId
    share: int
    since: datetime | None


def room(words: Words, open_holds: Iterable[OpenHold]) -> Room:
    """One group as its facts show it at the UTC instant of the words for it."""
    view = words.view
    decision = view.decision(words.now)
    steps = {s.person: s for s in decision.steps if s.kind in (Kind.ADD, Kind.REMOVE)}
    opened = {seat.person: seat for seat in decision.seats}
    people = dict.fromkeys((*view.facts.wanted.people, *view.facts.seats))
    places = (
        _place(words, p, opened.get(p) or view.facts.seats.get(p), steps.get(p)) for p in people
    )
    known = {_name(hold.item): hold for hold in open_holds}
    return Room(
        group=view.group.id,
        account=view.group.account,
        mode=view.group.mode,
        read_at=view.facts.state.read_ended_at,
        people=tuple(sorted((p for p in places if p is not None), key=_sooner)),
        missing=_missing(words),
        others=others_in(view),
        held=tuple(
            _with_number(words, item, known.get(_name(item)))
            for item in decision.holds
            if item.hold is not Hold.MODE
        ),
        closed=view.closing is not None,
    )


def unreadable(group: Group, holds: Iterable[OpenHold], where: str, now: datetime) -> Room:
    """A group of which something, found at `where`, cannot be read: what holds it is known."""
    known = [h for h in holds if h.item.group == group.id]
    found = HeldItem(Hold.DAMAGED, group.account, group.id, detail=where)
    held = [held_up(h.item, str, h.id, h.since, now) for h in known]
    return Room(
        group=group.id,
        account=group.account,
        mode=group.mode,
        read_at=None,
        people=(),
        missing=(),
        others=None,
        held=tuple(held or [held_up(found, str, None, now, now)]),
    )


def others_in(view: GroupView) -> int | None:
    """How many members are neither ours nor known by name; None while nobody has looked."""
    size = view.facts.state.size
    if size is None:
        return None
    inside = sum(1 for seat in view.facts.seats.values() if seat.seen is Seen.IN)
    return max(0, size - inside - 1)


def _sooner(place: Place) -> tuple[int, str]:
    return _ORDER[place.standing], place.name


_ORDER = {standing: number for number, standing in enumerate(Standing)}


def _place(words: Words, person: PersonId, seat: Seat | None, step: Step | None) -> Place | None:
    facts = words.view.facts
    seen = seat.seen if seat is not None else Seen.UNKNOWN
    wanted = facts.wanted.people.get(person)
    if seat is None or (step is None and wanted is None and seen is not Seen.IN):
        return None
    late = seat.op is Kind.REMOVE and seat.op_since is not None
    return Place(
        person=person,
        name=words.name(person),
        standing=_standing(words, person, step),
        seen=seen,
        role=seat.role,
        on_duty=person in facts.wanted.on_duty,
        because=_why(words, person, step),
        until=wanted.ends if wanted is not None else None,
        move=step.kind if step is not None else None,
        since=seat.op_since if step is not None else None,
        overdue=late and seat.op_since is not None and words.now - seat.op_since >= OVERDUE,
        hold=step.hold if step is not None else None,
        why=words.held(step) if step is not None else "",
    )


def _standing(words: Words, person: PersonId, step: Step | None) -> Standing:
    facts, identity = words.view.facts, words.view.identities.get(person)
    if step is not None:
        if step.hold not in (None, Hold.MODE):
            return Standing.STUCK
        return Standing.JOINING if step.kind is Kind.ADD else Standing.LEAVING
    if person in facts.kept:
        return Standing.PROTECTED
    if person in facts.wanted.people:
        return Standing.IN
    return Standing.STRANGER if identity is not None and identity.stranger else Standing.OTHER


def _why(words: Words, person: PersonId, step: Step | None) -> str:
    if step is not None:
        return words.because(step.because)
    wanted = words.view.facts.wanted.people.get(person)
    if wanted is not None:
        return words.because(wanted)
    return "always in" if person in words.view.group.always_in else ""


def _missing(words: Words) -> tuple[str, ...]:
    """The always-in people whom a read, in which everyone could be told apart, did not show."""
    facts = words.view.facts
    if facts.state.read_ended_at is None or facts.state.unresolved:
        return ()
    seen = {p for p, seat in facts.seats.items() if seat.seen is Seen.IN}
    return tuple(words.name(p) for p in words.view.group.always_in if p not in seen)


def _with_number(words: Words, item: HeldItem, known: OpenHold | None) -> HeldUp:
    if known is None:
        return held_up(item, words.name, None, words.now, words.now)
    return held_up(item, words.name, known.id, known.since, words.now)


def held_up(
    item: HeldItem,
    name: Callable[[PersonId], str],
    number: int | None,
    since: datetime,
    now: datetime,
) -> HeldUp:
    """A hold as people are shown it: what is wrong, what to do, and whether it is for them."""
    meaning = MEANING[item.hold]
    detail = awaited_said(item.detail, name) if item.hold is Hold.COVER else item.detail
    lasting = now - since >= LASTING or meaning.lifted_by.startswith("a person")
    return HeldUp(
        id=number,
        hold=item.hold,
        account=item.account,
        group=item.group,
        person=item.person,
        name=name(item.person) if item.person is not None else "",
        cause=meaning.cause,
        detail="" if detail == meaning.cause else masked(detail),
        what_to_do=meaning.what_to_do,
        lifted_by=meaning.lifted_by.partition("; or `rotation")[0],
        releasable=meaning.releasable,
        since=since,
        needs_person=meaning.alarm and lasting,
    )


def paused(states: Iterable[AccountState]) -> tuple[Paused, ...]:
    """The accounts that make no calls now, with what to do about each."""
    return tuple(
        Paused(
            account=state.account,
            hold=state.paused_why,
            cause=MEANING[state.paused_why].cause,
            detail=masked(state.detail),
            what_to_do=MEANING[state.paused_why].what_to_do,
            since=state.paused_since,
            until=state.paused_until,
        )
        for state in states
        if state.paused_why is not None
    )


def slowed_down(states: Iterable[AccountState], now: datetime) -> tuple[Slowed, ...]:
    """The accounts at work that were asked for fewer calls a while ago."""
    return tuple(
        Slowed(state.account, 2 ** min(slowed(state, now), MOST_HALVINGS), state.paused_until)
        for state in states
        if state.paused_why is None and slowed(state, now)
    )


def _name(item: HeldItem) -> tuple[object, ...]:
    return item.hold, item.group, item.person
