"""The safety invariants, checked for one step against fresh facts just before it is sent.

Shares no code with the decision on purpose: what one of them gets wrong the other refuses. A
refusal is never expected; it says that something changed since the decision, or that there is a
bug. Either way nothing is sent.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.closed_hours import is_closed
from rotation.core.facts import (
    Because,
    Closing,
    Effect,
    Grant,
    GroupState,
    Identity,
    Kind,
    Role,
    Seat,
    Seen,
)
from rotation.core.reason import Reason
from rotation.core.roster import (
    Admins,
    Group,
    Mode,
    PersonId,
    Roster,
    Uncovered,
    WhenClosed,
    WhenSilent,
)
from rotation.core.timeline import Timeline, instant, local_date

FRESH = timedelta(seconds=30)
"""Evidence for a removal is not older than this, and not older than our last change."""
ID_AGE = timedelta(hours=24)
A_DAY = timedelta(hours=24)
"""Of an account from which nothing was heard for longer, nothing is known."""
WINDOW = 60.0
PATIENCE = timedelta(seconds=60)
STALE = timedelta(minutes=15)
QUARTER = timedelta(minutes=15)
CAME_BACK = 2
"""After so many times the invite link may be what somebody removed comes back by."""
_WAITING = frozenset({Reason.SILENT, Reason.STRANGER, Reason.SUBSCRIPTION})
_ANNOUNCED = frozenset(
    {
        Reason.SHIFT_END,
        Reason.OVERRIDE_END,
        Reason.MANUAL,
        Reason.ROSTER_REMOVED,
        Reason.STRANGER,
        Reason.TICKET,
        Reason.SUBSCRIPTION,
        Reason.SILENT,
    }
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts as they are in the ledger at the moment of sending."""

    roster: Roster
    timeline: Timeline
    group: Group
    grants: Collection[Grant]
    leavers: Collection[PersonId]
    seats: Mapping[PersonId, Seat]
    identities: Mapping[PersonId, Identity]
    own: frozenset[str]
    state: GroupState
    managed: Collection[PersonId]
    stand_ins: Mapping[PersonId, PersonId]
    notice_at: datetime | None
    """When the exit notice of this occurrence was concluded, if it was."""
    recent: Mapping[Kind, Collection[float]]
    """Ages in seconds of the calls already made, per kind."""
    recent_requests: Collection[float]
    limit: Mapping[Kind, int]
    request_limit: int
    trusted_until: datetime | None
    deadline: timedelta
    changes: int
    """Additions and removals sent within the last day."""
    daily: int
    doubted: bool = False
    closed: Closing | None = None
    """A person said that the group is over: nobody is added, and whoever is not kept goes."""
    throttles: int = 0
    """How often in a row the provider asked for fewer calls, before all was calm."""
    calm_since: datetime | None = None
    sign_at: datetime | None = None
    """When the person was last heard of in the group, or first seen there."""
    unbroken_since: datetime | None = None
    """Since when no webhook of the account is known to have been lost; the last came `heard_at`."""
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that the step would break, by its number, and how."""

    rule: str
    text: str


def check(
    kind: Kind, person: PersonId, why: Because, facts: Evidence, now: datetime
) -> Breach | None:
    """The first invariant that adding or removing `person` now would break; None when none.

    Or resetting the invite link that they know.
    """
    rules = _common(kind, person, facts, now)
    if kind is Kind.ADD:
        rules = (*rules, *_for_addition(person, facts, now))
    elif kind is Kind.RESET:
        rules = (*rules, *_for_reset(person, why, facts))
    else:
        rules = (*rules, *_for_removal(person, why, facts, now))
    return next((Breach(name, text) for name, broken, text in rules if broken), None)


_Rule = tuple[str, bool, str]


def _common(kind: Kind, person: PersonId, facts: Evidence, now: datetime) -> tuple[_Rule, ...]:
    made = sum(1 for age in facts.recent.get(kind, ()) if age < WINDOW)
    asked = sum(1 for age in facts.recent_requests if age < WINDOW)
    requests, drip = _slowed(facts.request_limit, 8, facts, now), facts.limit.get(kind)
    full = drip is not None and made >= _slowed(drip, 1, facts, now)
    spent = drip is not None and facts.changes >= facts.daily
    lease = facts.trusted_until
    seat = facts.seats.get(person)
    return (
        ("S1", _only_watched(kind, person, facts), "the group is only watched"),
        ("S8", facts.doubted, "the ledger is in doubt and no person has looked yet"),
        ("S1", person not in facts.identities, "nothing says by which id the chat knows them"),
        ("S1", person in facts.group.always_in, "they are always in"),
        ("S2", _is_ours(person, facts), "this is our own number"),
        ("S7", full, "the drip is used up"),
        ("S7", spent, "the changes of a day are used up"),
        ("S7", asked >= requests, "the request budget is used up"),
        ("S9", lease is not None and now + facts.deadline >= lease, "the lease may expire first"),
        ("S10", seat is None, "the seat was never written down"),
        ("S3", not _read_is_fresh(facts, now), "the group was not read just now"),
    )


def _only_watched(kind: Kind, person: PersonId, facts: Evidence) -> bool:
    """Nobody is touched in a group that is watched, or in no roster, but to remove a leaver."""
    leaves = kind is not Kind.ADD and person in facts.leavers
    return facts.group.mode is Mode.WATCH and not leaves


def _slowed(limit: int, floor: int, facts: Evidence, now: datetime) -> int:
    """The limit halved for each time too many calls were made, but for what has worn off since."""
    quarters = 0
    if facts.calm_since is not None and now > facts.calm_since:
        quarters = (now - facts.calm_since) // QUARTER
    left = limit
    for _ in range(min(3, facts.throttles - quarters)):
        left //= 2
    return left if left > floor else min(limit, floor)


def _for_addition(person: PersonId, facts: Evidence, now: datetime) -> tuple[_Rule, ...]:
    named = person in facts.roster.people or _granted(person, facts, now)
    return (
        ("S5", person in facts.leavers, "they are a leaver"),
        ("S6", facts.closed is not None, "the group is closed"),
        ("S6", not named, "neither the roster nor a grant names them"),
        ("S6", not _entitled(person, facts, now), "nothing entitles them now"),
    )


def _for_reset(person: PersonId, why: Because, facts: Evidence) -> Iterator[_Rule]:
    seat = facts.seats.get(person)
    is_meant = person in facts.leavers or why.reason in facts.group.policy.reset_link_after
    came_back = seat is not None and seat.strikes >= CAME_BACK
    yield "S1", not (is_meant or came_back), "nobody asked for that"
    by_us = seat is not None and seat.proven.startswith(f"{Kind.REMOVE} ")
    yield "S1", not by_us, "we did not remove them"
    yield "S1", seat is None or seat.seen is not Seen.OUT, "they were not seen out of the group"


def _for_removal(person: PersonId, why: Because, facts: Evidence, now: datetime) -> Iterator[_Rule]:
    seat = facts.seats.get(person)
    role = seat.role if seat else None
    leaver = person in facts.leavers
    yield "S1", not leaver and person not in facts.managed, "rotation does not manage them here"
    yield "S1", seat is None or seat.seen is not Seen.IN, "they were not seen in the group"
    yield "S1", seat is not None and _older(seat.seen_at, now, ID_AGE), "their id is too old"
    yield "S2", role is Role.CREATOR, "they created the group"
    kept_admin = role is Role.ADMIN and facts.group.policy.admins is not Admins.REMOVE
    yield "S2", kept_admin, "they are an admin of the group"
    if leaver:
        return
    if facts.closed is not None:
        yield "S13", facts.closed.said_at is None, "the closing message was not said"
        return
    if why.reason is Reason.SILENT:
        yield "S1", not _is_silent(facts, now), "they are not known to be silent"
        yield "S1", _may_be_silent(person, facts), "they may be silent"
    yield "S4", _allowed(person, facts, now), "they are on duty or allowed to stay"
    yield "S3", not _covered_without(person, facts, now), "the group would be left alone"
    yield "S13", not _notice_concluded(seat, why, facts, now), "the exit notice is not concluded"


def _is_silent(facts: Evidence, now: datetime) -> bool:
    """Whether the whole of the group's span was heard, and nothing of them in it."""
    policy = facts.group.policy.silent
    if policy is None or policy.do is not WhenSilent.REMOVE:
        return False
    if facts.sign_at is None or facts.unbroken_since is None:
        return False
    heard = not _older(facts.heard_at, now, A_DAY)
    return heard and max(facts.sign_at, facts.unbroken_since) <= now - policy.after


def _may_be_silent(person: PersonId, facts: Evidence) -> bool:
    """Whether they are core, or their role is kept, or the roster names them in the group."""
    known, policy = facts.roster.people.get(person), facts.group.policy.silent
    if known is None or policy is None:
        return False
    role = f" {' '.join((known.role or '').casefold().split())} "
    kept = any(f" {' '.join(one.casefold().split())} " in role for one in policy.keep_roles)
    return known.core or kept or person in facts.roster.rostered(facts.group.id)


def _notice_concluded(seat: Seat | None, why: Because, facts: Evidence, now: datetime) -> bool:
    """Said, refused, too old to be said, or waited for long enough; or none is owed at all."""
    goodbye = facts.group.policy.goodbye
    worded = {reason for reason, _ in goodbye.texts} if goodbye is not None else set()
    due = why.ends if why.ends is not None else _deleted_at(seat, why, facts)
    if not worded & {"", why.reason.value} or why.reason not in _ANNOUNCED or due is None:
        return True
    waits = now < due or _is_quiet(facts.group, due)
    if why.reason in _WAITING and facts.notice_at is None and waits:
        return False
    if _is_quiet(facts.group, now):
        return True
    waited = seat is not None and seat.op_since is not None and now - seat.op_since >= PATIENCE
    return facts.notice_at is not None or now - due > STALE or waited


def check_words(group: Group, since: datetime | None, now: datetime) -> Breach | None:
    """Why nothing may be said now in the group, or to people because of it; None when it may.

    `since`: when what is told of happened.
    """
    rules = (
        (_is_quiet(group, now), "these are quiet hours"),
        (group.mode is Mode.WATCH, "the group is only watched"),
        (since is not None and now - since > STALE, "it is no news any more"),
    )
    return next((Breach("S13", text) for broken, text in rules if broken), None)


def _is_quiet(group: Group, at: datetime) -> bool:
    """Whether `at` lies in the group's quiet hours, which begin on that local date or before."""
    quiet = group.policy.goodbye.quiet if group.policy.goodbye is not None else None
    if quiet is None:
        return False
    begins, ends, here = quiet.hours.starts, quiet.hours.ends, local_date(at, quiet.zone)
    if quiet.hours.days_later == 0:
        return instant(here, begins, quiet.zone) <= at < instant(here, ends, quiet.zone)
    return at < instant(here, ends, quiet.zone) or instant(here, begins, quiet.zone) <= at


def _deleted_at(seat: Seat | None, why: Because, facts: Evidence) -> datetime | None:
    """Since when the roster names somebody no more, unless only their number is another one."""
    if seat is None or why.reason is not Reason.ROSTER_REMOVED:
        return None
    known = facts.identities.get(seat.person)
    return seat.op_since if known is not None and known.former_of is None else None


def _is_ours(person: PersonId, facts: Evidence) -> bool:
    known = facts.identities.get(person)
    if known is None:
        return not facts.own
    ids = {*known.lids, known.phone} if known.phone else known.lids
    return bool(facts.own & ids) or not facts.own


def _older(at: datetime | None, now: datetime, limit: timedelta) -> bool:
    """Whether `at` is too long ago to count.

    An instant ahead of now is: the clock was put back since, and nobody knows by how much.
    """
    return at is None or at > now or now - at > limit


def _read_is_fresh(facts: Evidence, now: datetime) -> bool:
    state = facts.state
    if state.read_began_at is None or state.read_ended_at is None:
        return False
    after_change = state.mutated_at is None or state.read_began_at > state.mutated_at
    return after_change and not _older(state.read_ended_at, now, FRESH)


def _cut_by_hand(person: PersonId, facts: Evidence, at: datetime) -> bool:
    return any(g.effect is Effect.OUT and g.person == person and g.covers(at) for g in facts.grants)


def _granted(person: PersonId, facts: Evidence, at: datetime) -> bool:
    return any(g.effect is Effect.IN and g.person == person and g.covers(at) for g in facts.grants)


def _on_shift(person: PersonId, facts: Evidence, since: datetime, until: datetime) -> bool:
    """Whether the person is on a shift at some instant of `[since, until]` not cut by hand.

    What is left of a span begins at its start, or where a cut ends; so only those are looked at.
    """
    cuts = [g for g in facts.grants if g.effect is Effect.OUT and g.person == person]
    ends_of_cuts = [t for g in cuts for t in (g.until, g.ended_at) if t is not None]
    for span in facts.timeline.spans(facts.group.id, since, until + _TICK):
        if span.person != person:
            continue
        last = min(until, span.ends - _TICK)
        starts = [max(since, span.starts), *ends_of_cuts]
        if any(max(since, span.starts) <= t <= last and not _cut(cuts, t) for t in starts):
            return True
    return False


def _cut(cuts: Collection[Grant], at: datetime) -> bool:
    return any(g.covers(at) for g in cuts)


def _stays_late(person: PersonId, facts: Evidence, now: datetime) -> bool:
    """Whether a shift the person served to its end is over for less than the group's stay_late."""
    late = facts.group.policy.stay_late
    cuts = [g for g in facts.grants if g.effect is Effect.OUT and g.person == person]
    return any(
        s.person == person and s.ends <= now < s.ends + late and not _cut(cuts, s.ends - _TICK)
        for s in facts.timeline.spans(facts.group.id, now - late - _TICK, now)
    )


def _entitled(person: PersonId, facts: Evidence, now: datetime) -> bool:
    early = facts.group.policy.join_early
    return (
        person in facts.group.pins
        or _granted(person, facts, now)
        or _on_shift(person, facts, now, now + early)
        or _stands_in(person, facts, now, now + early)
    )


def _stands_in(person: PersonId, facts: Evidence, since: datetime, until: datetime) -> bool:
    for_whom = facts.stand_ins.get(person)
    return for_whom is not None and _on_shift(for_whom, facts, since, until)


def _allowed(person: PersonId, facts: Evidence, now: datetime) -> bool:
    return _entitled(person, facts, now) or _stays_late(person, facts, now)


def _covered_without(person: PersonId, facts: Evidence, now: datetime) -> bool:
    on_duty = {s.person for s in facts.timeline.spans(facts.group.id, now, now + _TICK)}
    on_duty = {p for p in on_duty if not _cut_by_hand(p, facts, now)}
    on_duty |= {
        g.person for g in facts.grants if g.duty and g.effect is Effect.IN and g.covers(now)
    }
    on_duty |= {p for p in facts.stand_ins if _stands_in(p, facts, now, now)}
    on_duty -= set(facts.leavers)
    if not on_duty:
        if is_closed(facts.timeline, facts.group, now):
            return facts.group.policy.when_closed is WhenClosed.EMPTY
        # A group without shifts has nobody to be covered by, and says so.
        return facts.group.policy.uncovered is Uncovered.EMPTY or not facts.group.shifts
    inside = [p for p in on_duty - {person} if _is_surely_in(facts.seats.get(p), facts.state)]
    return len(inside) >= min(facts.group.policy.keep_at_least, len(on_duty))


def _is_surely_in(seat: Seat | None, state: GroupState) -> bool:
    """Seen by the very read whose age was checked, and with no removal of them in doubt."""
    seen = seat is not None and seat.seen is Seen.IN and not seat.in_doubt
    return seen and seat is not None and seat.seen_at == state.read_began_at


_TICK = timedelta(microseconds=1)
