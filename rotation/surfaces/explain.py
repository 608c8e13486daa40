"""Why one person is in one group or not: the claims, what was seen, and what comes next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Because, Kind, Seat, Seen
from rotation.core.roster import GroupId, PersonId
from rotation.core.silence import ARRIVED, Standing, Verdict
from rotation.core.wanted import Claim
from rotation.engine import GroupView
from rotation.engine.silent import verdicts
from rotation.ledger import Books, OpenHold
from rotation.surfaces.board import HeldUp, held_up
from rotation.surfaces.past import record_said
from rotation.surfaces.saying import Words, length_said, words_for

_LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ClaimSaid:
    """One right to be in the group, `[starts, ends)`; None is open. `on_duty`: counts as cover."""

    because: str
    starts: datetime | None
    ends: datetime | None
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """The whole answer. `sentences` says it all for people; the rest is for programs."""

    person: PersonId
    name: str
    group: GroupId
    wanted: bool
    seen: Seen
    seen_at: datetime | None
    until: datetime | None
    claims: tuple[ClaimSaid, ...]
    next_at: datetime | None
    refused: str | None
    strikes: int
    tries: int
    last_change: str | None
    held: tuple[HeldUp, ...]
    sentences: tuple[str, ...]


def explained(
    books: Books, view: GroupView, person: PersonId, holds: Iterable[OpenHold], now: datetime
) -> Explained:
    """Why `person` is in the group or not, at the UTC instant `now`. Raises Unreadable."""
    last = next(iter(books.audit.list(view.group.id, person, limit=1)), None)
    words = words_for(view, now)
    seat = view.facts.seats.get(person) or Seat(view.group.id, person)
    wanted = view.facts.wanted.people.get(person)
    covering = [c for c in view.facts.wanted.claims if c.person == person and c.wants(now)]
    held = tuple(held_up(h.item, words.name, h.id, h.since, now) for h in holds)
    claims = tuple(_claim(words, c) for c in covering if person not in view.leavers)
    change = None if last is None else record_said(last, words.name(person))
    next_at = _next_time(view, person, now)
    return Explained(
        person=person,
        name=words.name(person),
        group=view.group.id,
        wanted=wanted is not None,
        seen=seat.seen,
        seen_at=seat.seen_at,
        until=wanted.ends if wanted is not None else None,
        claims=claims,
        next_at=next_at,
        refused=seat.refused.value if seat.refused is not None else None,
        strikes=seat.strikes,
        tries=seat.tries,
        last_change=change,
        held=held,
        sentences=(
            *_right(words, person, wanted, claims),
            *_sight(words, seat, wanted),
            *_silence(words, person, verdicts(books, view, now).get(person)),
            *_work(words, view, person, seat),
            *(_held(one) for one in held),
            *([f"next due here {words.when(next_at)}"] if next_at is not None else []),
            *([f"last: {words.when(last.at)}: {change}"] if last is not None else []),
        ),
    )


def _claim(words: Words, claim: Claim) -> ClaimSaid:
    because = words.because(claim.because)
    return ClaimSaid(because, claim.starts, claim.ends, claim.on_duty(words.now))


def _right(
    words: Words, person: PersonId, wanted: Because | None, claims: Iterable[ClaimSaid]
) -> Iterator[str]:
    facts, view = words.view.facts, words.view
    if person in facts.kept:
        yield "always in: never added and never removed by rotation"
    elif wanted is not None:
        end = f"until {words.when(wanted.ends)}" if wanted.ends else "with no end"
        yield f"should be in, {end}"
        for claim in claims:
            duty = "on duty" if claim.on_duty else "wanted, not on duty"
            yield f"because: {claim.because} ({duty})"
    elif person in view.leavers:
        leaver = view.leavers[person]
        where = f" of team {leaver.team}" if leaver.team else ""
        since = f"a leaver since {words.when(leaver.since)}, by {leaver.author}"
        yield f"may be in no group{where}: {since}"
    elif (gone := facts.gone.get(person)) is not None:
        ended = f", since {words.when(gone.ends)}" if gone.ends else ""
        yield f"should not be in: {words.because(gone)}{ended}"
    elif person in facts.managed:
        yield "should not be in now: not on duty"
    else:
        yield "should not be in: nothing gives them a right to it, and rotation leaves them alone"


def _sight(words: Words, seat: Seat, wanted: Because | None) -> Iterator[str]:
    if seat.seen_at is None:
        yield "no read has shown yet whether they are in"
        return
    is_in = {Seen.IN: "is in", Seen.OUT: "is not in", Seen.UNKNOWN: "cannot be told from others"}
    role = f" as {seat.role}" if seat.role is not None and seat.seen is Seen.IN else ""
    differs = seat.seen is not Seen.UNKNOWN and (seat.seen is Seen.IN) != (wanted is not None)
    still = ", which is not as it should be" if differs else ""
    yield f"{is_in[seat.seen]}{role} by the read at {words.when(seat.seen_at)}{still}"


def _silence(words: Words, person: PersonId, verdict: Verdict | None) -> Iterator[str]:
    """Whether they are silent, where the roster asks for it and nothing has been said already."""
    facts = words.view.facts
    if verdict is None or person in {*facts.wanted.people, *facts.kept, *facts.managed}:
        return
    since = "" if verdict.since is None else length_said(words.now - verdict.since)
    match verdict.standing:
        case Standing.SILENT if verdict.why == ARRIVED:
            yield f"silent: inside for {since}, all of it heard, and gave no sign"
        case Standing.SILENT:
            yield f"silent for {since}, all of it heard: the last sign of them was a {verdict.why}"
        case Standing.ACTIVE:
            yield f"not silent: a {verdict.why}, {since} ago"
        case Standing.UNKNOWN:
            yield f"it is unknown whether they are silent: {verdict.why}"
        case Standing.EXEMPT:
            yield f"may be silent for as long as they like: {verdict.why}"


def _work(words: Words, view: GroupView, person: PersonId, seat: Seat) -> Iterator[str]:
    for step in view.decision(words.now).steps:
        if person in step.people and step.kind in (Kind.ADD, Kind.REMOVE):
            tries = f" (tried {seat.tries} times)" if seat.tries else ""
            yield f"{words.step(step)}{tries}"
    if seat.refused is not None:
        yield f"the chat refused to add them: {seat.refused.value}"
    if seat.strikes:
        yield f"somebody undid this {seat.strikes} times"
    if seat.in_doubt:
        yield "the last call may still take effect; reads look out for it"


def _held(held: HeldUp) -> str:
    detail = f" ({held.detail})" if held.detail else ""
    return f"hold {held.id}: {held.hold}: {held.cause}{detail}; do: {held.what_to_do}"


def _next_time(view: GroupView, person: PersonId, now: datetime) -> datetime | None:
    """When their next time here begins, looking two months ahead; their present one is not it."""
    if person in view.leavers:
        return None
    claims = (c.starts for c in view.facts.wanted.claims if c.person == person)
    early = view.group.policy.join_early
    spans = view.timeline.spans(view.group.id, now, now + _LOOK_AHEAD)
    starts = (s.starts - early for s in spans if s.person == person)
    cut = [g for g in view.grants if g.person == person and g.effect == "out"]
    return min(
        (
            at
            for at in (*claims, *starts)
            if at is not None and at > now and not any(g.covers(at + early) for g in cut)
        ),
        default=None,
    )
