"""One room: everybody in it with why and until when, what was done there, and what comes next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Attempt, Grant, HandoverRow, Kind
from rotation.core.outcome import Accepted, InDoubt, Refused, Throttled
from rotation.core.roster import Group, GroupId
from rotation.ledger import Unreadable
from rotation.surfaces import past
from rotation.surfaces.by_hand import undo_name
from rotation.surfaces.masking import masked
from rotation.surfaces.orders.undo import is_over
from rotation.surfaces.saying import Words, length_said
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.rooms import (
    Card,
    Coming,
    Need,
    ahead_of,
    card,
    needs_in,
    of_hold,
    seen_room,
)

_LAST, _NEXT, _MOST_TRIES = 6, 5, 40
SAID = {
    Kind.ADD: "add",
    Kind.REMOVE: "remove",
    Kind.NOTICE: "goodbye for",
    Kind.BRIEF: "brief for",
    Kind.INVITE: "invite link to",
    Kind.TELL: "tell",
    Kind.RESET: "reset the invite link, known to",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One call, and how it ended."""

    at: datetime
    when: str
    what: str
    outcome: str
    good: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A handover that was due: what proved it, and the calls that it took, oldest first."""

    at: datetime
    when: str
    text: str
    proven: bool
    tries: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class ByHand:
    """What was done together by hand, and lasts: by which name it is undone, and until when."""

    name: str
    people: tuple[tuple[str, str], ...]
    until: str
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The page of one room. `doing`: what rotation would do now, as `rotation plan` says it."""

    card: Card
    needs: tuple[Need, ...]
    waits: tuple[Need, ...]
    doing: tuple[str, ...]
    coming: tuple[Coming, ...]
    past: tuple[Past, ...]
    zone: str
    shifts: tuple[str, ...]
    group: Group
    by_hand: tuple[ByHand, ...] = ()


def whole(sight: Sight, group: GroupId) -> Whole:
    room, words = seen_room(sight, group)
    needs = needs_in(room, words, sight.now)
    waits = tuple(of_hold(h, sight.now) for h in room.held if not h.needs_person)
    made = card(sight, room, words)
    known = sight.roster.groups[group]
    shifts = tuple(known.shifts)
    if words is None:
        return Whole(made, needs, waits, (), (), (), "UTC", shifts, known)
    steps = words.view.decision(sight.now).steps
    return Whole(
        card=made,
        needs=needs,
        waits=waits,
        doing=tuple(map(words.step, steps)),
        coming=tuple(ahead_of(words, _NEXT)),
        past=tuple(_past(sight, words)),
        zone=words.zone,
        shifts=shifts,
        group=known,
        by_hand=tuple(_by_hand(words)),
    )


def _by_hand(words: Words) -> Iterator[ByHand]:
    alike: dict[str, list[Grant]] = {}
    for grant in words.view.grants:
        if not is_over(grant, words.now) and not grant.subscription:
            alike.setdefault(undo_name(grant), []).append(grant)
    for name, grants in alike.items():
        first = grants[0]
        people = tuple(dict.fromkeys((words.name(g.person), g.effect.value) for g in grants))
        ends = "until undone" if first.until is None else f"until {words.when(first.until)}"
        yield ByHand(name, people, ends, masked(first.reason), masked(first.author))


def _past(sight: Sight, words: Words) -> Iterator[Past]:
    group, policy = words.view.group.id, words.view.group.policy
    try:
        passed = sight.books.handovers.of(group, limit=_LAST)
    except Unreadable:
        return  # the room is held for that, and says so
    until: datetime | None = None
    for row in passed:
        since = row.at - policy.join_early - timedelta(minutes=1)
        try:
            calls = sight.books.attempts.of(group, None, since, until, _MOST_TRIES)
        except Unreadable:
            calls = []
        until = since
        yield Past(
            at=row.at,
            when=words.when(row.at),
            text=past.of_handover(row, words.name).text,
            proven=row.proven_at is not None,
            tries=tuple(_tried(words, row, reversed(calls))),
        )


def _tried(words: Words, row: HandoverRow, calls: Iterable[Attempt]) -> Iterator[Tried]:
    theirs = {*row.incoming, *row.outgoing}
    for call in calls:
        if call.person is None or call.person not in theirs or call.kind is Kind.TELL:
            continue
        told, good = _ended(call)
        yield Tried(
            call.sent_at,
            words.when(call.sent_at),
            f"{SAID[call.kind]} {words.name(call.person)}",
            told,
            good,
        )


def _ended(call: Attempt) -> tuple[str, bool]:
    slow = call.took is not None and call.took >= 1
    took = f" in {length_said(timedelta(seconds=call.took or 0))}" if slow else ""
    match call.outcome:
        case Accepted():
            return f"accepted{took}", True
        case Refused() as no:
            return f"refused: {no.why}", False
        case Throttled():
            return "too many calls, said the provider", False
        case InDoubt() as doubt:
            return f"in doubt: {masked(doubt.detail)}" if doubt.detail else "in doubt", False
        case None:
            return "under way, or lost", False
