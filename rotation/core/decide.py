"""From wanted and seen to the ordered steps for one group, each ready, waiting or held.

The same decision is what `rotation plan` prints and what the engine carries out; a step is made
anew from fresh facts every time, so nothing stale is ever in a queue.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rotation.core import answer, brief, cover, notice
from rotation.core.difference import GroupFacts, as_it_is_now, difference, may_touch, waits
from rotation.core.facts import (
    Because,
    HeldItem,
    Kind,
    Role,
    Seat,
    Seen,
)
from rotation.core.holds import Hold
from rotation.core.outcome import Refusal
from rotation.core.reason import WIPED, Reason
from rotation.core.roster import Admins, IfAddFails, Mode, NoticeTo, PersonId, Uncovered, WhenClosed
from rotation.core.wanted import Wanted

RANK_LEAVER, RANK_ADD, RANK_SHIFT_END, RANK_ENFORCE, RANK_SWEEP = range(5)
SWEEP = timedelta(minutes=15)
"""How often a group is read though nothing is known to have changed."""
WATCH = timedelta(minutes=5)
"""How often a group is read while an attempt in doubt may still take effect."""
PROBE = timedelta(minutes=15)
"""How often a group that refuses us is tried again."""
SKEW = 60.0
"""Seconds by which our clock and the provider's may differ before removals stop."""
QUIET = "quiet hours"
"""The detail of a removal that waits for their end, or is made in them without its notice."""
CLOSED = "closed hours"
"""The detail of a removal that waits for their end: whoever is inside stays."""
RE_ADDS, RE_REMOVALS = 1, 2
"""How often an outsider's change is undone within one occurrence before a person is asked."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done for `people` (several only in a notice), not before `due`.

    `because` is the first one's; `keys` are everybody's occurrences where a notice names several.
    A held step waits for `hold` to be lifted; it is shown and never carried out.
    """

    kind: Kind
    people: tuple[PersonId, ...]
    because: Because
    due: datetime
    rank: int
    hold: Hold | None = None
    detail: str = ""
    keys: tuple[str, ...] = ()

    @property
    def occurrences(self) -> dict[PersonId, str]:
        """For each person the occurrence the step belongs to."""
        keys = self.keys or (self.because.key,) * len(self.people)
        return dict(zip(self.people, keys, strict=True))

    @property
    def person(self) -> PersonId:
        return self.people[0]

    def ready(self, now: datetime) -> bool:
        return self.hold is None and self.due <= now


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from the facts.

    Seats whose open difference changed, steps in the order they are carried out, holds to show,
    and when to read or look again.
    """

    seats: tuple[Seat, ...]
    steps: tuple[Step, ...]
    holds: tuple[HeldItem, ...]
    read_at: datetime
    look_at: datetime

    @property
    def settled(self) -> bool:
        """Nothing differs between what is wanted and what was seen."""
        return not any(s.kind in (Kind.ADD, Kind.REMOVE) for s in self.steps)

    def first_ready(self, now: datetime) -> Step | None:
        return next((s for s in self.steps if s.ready(now)), None)


def decide(facts: GroupFacts, now: datetime) -> Decision:
    """The decision for one group at the UTC instant `now`."""
    seats = {p: as_it_is_now(facts, p, now) for p in _everyone(facts)}
    changed = tuple(s for p, s in seats.items() if facts.seats.get(p) != s)
    facts = replace(facts, seats={**facts.seats, **seats})
    steps = _ordered(facts, now)
    held = tuple(_held_items(facts, steps, now))
    read_at = max(now, _read_at(facts, now))
    waits = [s.due for s in steps if s.hold is None and s.due > now]
    look_at = min([facts.wanted.changes_at, read_at, *waits, *_notice_times(facts, now)])
    return Decision(changed, steps, held, read_at, max(now, look_at))


def _everyone(facts: GroupFacts) -> tuple[PersonId, ...]:
    people = {**facts.seats, **dict.fromkeys(facts.wanted.people), **dict.fromkeys(facts.managed)}
    return tuple(p for p in people if p not in facts.kept)


def _ordered(facts: GroupFacts, now: datetime) -> tuple[Step, ...]:
    steps = [
        *_changes(facts, now),
        *_invites(facts, now),
        *_notices(facts, now),
        *_briefs(facts, now),
        *_resets(facts, now),
    ]
    return tuple(sorted(steps, key=lambda s: (s.rank, _ORDER[s.kind], s.due)))


_ORDER = {
    Kind.ADD: 0, Kind.INVITE: 1, Kind.NOTICE: 2, Kind.REMOVE: 3, Kind.TELL: 4, Kind.RESET: 5,
    Kind.BRIEF: 6,
}  # fmt: skip


def _changes(facts: GroupFacts, now: datetime) -> Iterator[Step]:
    for person in facts.seats:
        found = difference(facts, person)
        if found is not None:
            kind, because = found
            make = _addition if kind is Kind.ADD else _removal
            yield make(facts, facts.seats[person], because, now)


def _addition(facts: GroupFacts, seat: Seat, because: Because, now: datetime) -> Step:
    due = max(t for t in (seat.retry_at, seat.settle_at, seat.op_since, now) if t is not None)
    step = Step(Kind.ADD, (seat.person,), because, due, RANK_ADD)
    hold = _mode_hold(facts, seat.person) or _group_hold(facts)
    hold = hold or _relived(facts, now) or _add_hold(seat, because)
    return replace(step, hold=hold[0], detail=hold[1]) if hold else step


_UNHURRIED = frozenset(
    {
        Reason.ROSTER_REMOVED,
        Reason.ENFORCEMENT,
        Reason.STRANGER,
        Reason.CLOSED,
        Reason.SILENT,
    }
)


def _removal(facts: GroupFacts, seat: Seat, because: Because, now: datetime) -> Step:
    rank = RANK_LEAVER if because.reason in WIPED else RANK_SHIFT_END
    if because.reason in _UNHURRIED:
        rank = RANK_ENFORCE
    due = max(t for t in (seat.retry_at, seat.settle_at, because.ends, now) if t is not None)
    step = Step(Kind.REMOVE, (seat.person,), because, due, rank)
    hold = _mode_hold(facts, seat.person) or _group_hold(facts)
    if not hold and waits(facts, seat.person, because, now):
        return replace(step, detail=CLOSED if facts.wanted.closed_until else QUIET)
    hold = hold or _remove_hold(facts, seat, because, now)
    if hold:
        return replace(step, hold=hold[0], detail=hold[1])
    if _is_hushed(facts, seat.person, because, now):
        return replace(step, detail=QUIET)
    return replace(step, due=max(due, _spoken_at(facts, seat, because, now)))


def _is_hushed(facts: GroupFacts, person: PersonId, because: Because, now: datetime) -> bool:
    """Whether somebody goes without the notice they are owed: it is quiet, and they cannot wait."""
    policy = facts.group.policy
    if notice.due_at(policy, because) is None or notice.stale(because, now):
        return False
    unsaid = (Kind.NOTICE, person, because.key) not in facts.said
    return unsaid and notice.quiet_until(policy.goodbye, now) is not None


def _spoken_at(facts: GroupFacts, seat: Seat, because: Because, now: datetime) -> datetime:
    """When the exit notice no longer holds the removal up."""
    owed = notice.due_at(facts.group.policy, because)
    said = facts.said.get((Kind.NOTICE, seat.person, because.key))
    if owed is None or said is not None or notice.stale(because, now):
        return said or now
    return (seat.op_since or now) + notice.PATIENCE


_Held = tuple[Hold, str] | None
_DOUBTED = {
    Hold.SPENT: "the account's changes of a day are used up",
    Hold.RIVAL: "another installation seems to work with the number",
}


def _mode_hold(facts: GroupFacts, person: PersonId) -> _Held:
    return None if may_touch(facts, person) else (Hold.MODE, "the group is only watched")


def _group_hold(facts: GroupFacts) -> _Held:
    if facts.doubted is not None:
        return facts.doubted, _DOUBTED.get(facts.doubted, "nobody has looked at it since")
    if facts.state.hold is not None:
        return facts.state.hold, facts.state.hold_detail
    if facts.state.read_ended_at is not None and facts.state.we_are_admin is False:
        return Hold.NOT_ADMIN, "our account is not an admin of the group"
    return None


def _add_hold(seat: Seat, because: Because) -> _Held:
    if seat.refused is not None and seat.refused_key == because.key:
        if seat.refused is Refusal.FULL:
            return Hold.FULL, "the group is full"
        return Hold.REFUSED, _REFUSED_TEXT.get(seat.refused, seat.refused.value)
    if seat.strikes > RE_ADDS:
        return Hold.STRIKES, "left the group again and again during this shift"
    if seat.seen is Seen.UNKNOWN and seat.seen_at is not None and seat.tries > 0:
        return Hold.IDENTITY, "the list shows people without a number, so nothing proves the add"
    return None


_REFUSED_TEXT = {
    Refusal.PRIVACY: "their privacy settings allow joining by invite only",
    Refusal.NOT_REACHABLE: "the number is not on WhatsApp",
    Refusal.RECENTLY_LEFT: "WhatsApp does not allow adding them again so soon",
    Refusal.COMMUNITY: "only members of the community can be added",
}


def _remove_hold(facts: GroupFacts, seat: Seat, because: Because, now: datetime) -> _Held:
    if seat.role is Role.CREATOR:
        return Hold.PROTECTED, "they created the group"
    if seat.role is Role.ADMIN and facts.group.policy.admins is not Admins.REMOVE:
        return Hold.PROTECTED, "they are an admin of the group"
    if because.reason in WIPED:
        return None
    doubted = _clock_hold(facts)
    if doubted is not None:
        return doubted
    if seat.strikes > RE_REMOVALS:
        return Hold.STRIKES, "somebody keeps adding them again"
    return _cover_hold(facts, seat.person, now)


def _clock_hold(facts: GroupFacts) -> _Held:
    offset = facts.account.clock_offset
    if offset is None or abs(offset) <= SKEW:
        return None
    return Hold.CLOCK, f"clocks differ by {abs(offset):.0f} s"


def _relived(facts: GroupFacts, now: datetime) -> _Held:
    """A clock that differs, and was put back over what is on record, brings nobody back."""
    recorded = facts.state.recorded_until
    return _clock_hold(facts) if recorded is not None and recorded > now else None


_NOBODY = "nobody is on duty"


def _cover_hold(facts: GroupFacts, person: PersonId, at: datetime) -> _Held:
    on_duty = facts.wanted.on_duty_at(at)
    if not on_duty:
        return None if _may_be_empty(facts, at) else (Hold.UNCOVERED, _NOBODY)
    short = cover.missing(on_duty, facts.seats, facts.group.policy.keep_at_least, person)
    if short:
        who = ", ".join(sorted(on_duty - cover.counted(on_duty, facts.seats)))
        return Hold.COVER, f"waiting for {who or 'cover'}"
    return None


def _is_uncovered(facts: GroupFacts, step: Step, now: datetime) -> bool:
    """Whether a removal waits for somebody on duty, whatever else the whole group waits for.

    The roster alone says so: a list that fails for a moment neither ends it nor begins it anew.
    """
    if step.kind is not Kind.REMOVE or step.because.reason in WIPED:
        return False
    return not facts.wanted.on_duty_at(now) and not _may_be_empty(facts, now)


def _may_be_empty(facts: GroupFacts, at: datetime) -> bool:
    """Whether nobody has to be inside while nobody is on duty."""
    policy = facts.group.policy
    if facts.wanted.is_closed_at(at):
        return policy.when_closed is WhenClosed.EMPTY
    return policy.uncovered is Uncovered.EMPTY or not facts.group.shifts


def _invites(facts: GroupFacts, now: datetime) -> Iterator[Step]:
    """A refused person gets one invite link per occurrence, where the group's policy says so."""
    if IfAddFails.INVITE not in facts.group.policy.if_add_fails or _says_nothing(facts):
        return
    for person, because in facts.wanted.people.items():
        seat = facts.seats.get(person)
        if seat is None or seat.refused_key != because.key or not _invitable(seat):
            continue
        if (Kind.INVITE, person, because.key) not in facts.said:
            due = max(now, seat.retry_at or now)
            yield Step(Kind.INVITE, (person,), because, due, RANK_ADD)


def _says_nothing(facts: GroupFacts) -> bool:
    return facts.mode is Mode.WATCH or _group_hold(facts) is not None


def _invitable(seat: Seat) -> bool:
    return seat.refused in (Refusal.PRIVACY, Refusal.RECENTLY_LEFT, Refusal.COMMUNITY)


def _notices(facts: GroupFacts, now: datetime) -> Iterator[Step]:
    """One message names all who leave at the same time by the same words; to persons one each."""
    goodbye = facts.group.policy.goodbye
    if goodbye is None or _says_nothing(facts):
        return
    owed = [(p, b) for p, b in _exits(facts) if _notice_ready(facts, p, b, now)]
    if goodbye.to is NoticeTo.PERSON:
        for person, because in owed:
            yield Step(Kind.NOTICE, (person,), because, now, RANK_SHIFT_END)
        return
    alike: dict[tuple[str, str] | None, list[tuple[PersonId, Because]]] = {}
    for person, because in owed:
        words = notice.key_of(goodbye, because.reason, facts.group.language)
        alike.setdefault(words, []).append((person, because))
    for some in alike.values():
        people, keys = tuple(p for p, _ in some), tuple(b.key for _, b in some)
        yield Step(Kind.NOTICE, people, some[0][1], now, RANK_SHIFT_END, keys=keys)


def _briefs(facts: GroupFacts, now: datetime) -> Iterator[Step]:
    """Nothing waits for them, so they come last."""
    if not _says_nothing(facts):
        for people, because in brief.owed(facts, now):
            yield Step(Kind.BRIEF, people, because, now, RANK_SWEEP)


def _resets(facts: GroupFacts, now: datetime) -> Iterator[Step]:
    """The invite link that somebody knows who was removed leads nowhere: once for each exit."""
    if _group_hold(facts):
        return
    for person, seat in facts.seats.items():
        because = facts.resets.get(person)
        if because is None or seat.seen is not Seen.OUT or seat.in_doubt:
            continue
        if (Kind.RESET, person, because.key) not in facts.said:
            yield Step(Kind.RESET, (person,), because, max(now, seat.retry_at or now), RANK_SWEEP)


def _exits(facts: GroupFacts) -> Iterator[tuple[PersonId, Because]]:
    """Who is about to leave, or overdue, with the claim that ends."""
    policy = facts.group.policy
    for person, seat in facts.seats.items():
        if seat.seen is not Seen.IN or person not in facts.managed - facts.kept:
            continue
        if person in facts.gone and person not in facts.wanted.people:
            yield person, notice.put_off(policy, facts.gone[person])
        elif person in facts.wanted.people and (then := leaving(facts.wanted, person)):
            yield person, notice.put_off(policy, then)


def leaving(wanted: Wanted, person: PersonId) -> Because | None:
    """How the unbroken stay of a wanted person will end, or None when it is open."""
    until = wanted.people[person].ends
    if until is None:
        return None
    return next((c.then for c in wanted.claims if c.person == person and c.ends == until), None)


def _notice_ready(facts: GroupFacts, person: PersonId, because: Because, now: datetime) -> bool:
    owed = notice.due_at(facts.group.policy, because)
    if owed is None or owed > now or notice.stale(because, now):
        return False
    if (Kind.NOTICE, person, because.key) in facts.said or _has_been_told(facts, because):
        return False
    if notice.quiet_until(facts.group.policy.goodbye, now) is not None:
        return False
    at = max(now, because.ends or now)
    return _remove_hold(facts, facts.seats[person], because, at) is None


def _has_been_told(facts: GroupFacts, because: Because) -> bool:
    """Whether the group has heard of this handover: it does so once, whoever follows later."""
    goodbye = facts.group.policy.goodbye
    if goodbye is None or goodbye.to is NoticeTo.PERSON or because.reason is not Reason.SHIFT_END:
        return False
    return any(kind is Kind.NOTICE and key == because.key for kind, _, key in facts.said)


def _notice_times(facts: GroupFacts, now: datetime) -> Iterator[datetime]:
    for _person, because in _exits(facts):
        owed = notice.due_at(facts.group.policy, because)
        if owed is None:
            continue
        at = max(owed, now)
        at = notice.quiet_until(facts.group.policy.goodbye, at) or at
        if at > now:
            yield at
    if (at_end := brief.again_at(facts, now)) is not None:
        yield at_end


def _held_items(facts: GroupFacts, steps: tuple[Step, ...], now: datetime) -> Iterator[HeldItem]:
    group, account = facts.group.id, facts.group.account
    whole = None if facts.mode is Mode.WATCH else _group_hold(facts)
    if whole is not None and facts.doubted is None:
        yield HeldItem(whole[0], account, group, None, whole[1])
    for step in steps:
        if step.hold is not None and whole is None and facts.doubted is not step.hold:
            yield HeldItem(step.hold, account, group, step.person, step.detail)
        elif whole is not None and _is_uncovered(facts, step, now):
            yield HeldItem(Hold.UNCOVERED, account, group, step.person, _NOBODY)
    for person, hold, detail in _beyond_reach(facts):
        yield HeldItem(hold, account, group, person, detail)
    if facts.many_silent:
        detail = f"{facts.many_silent} would leave as silent; see `rotation review {group}`"
        yield HeldItem(Hold.BREAKER, account, group, None, detail)
    if alone := _left_alone(facts, now):
        names = ", ".join(sorted(alone))
        detail = f"only {names} would be, who may be in no group any more"
        yield HeldItem(Hold.UNCOVERED, account, group, None, detail)


def _left_alone(facts: GroupFacts, now: datetime) -> frozenset[PersonId]:
    """The leavers by whom alone the group would be covered now: cover yields to a wipe."""
    if facts.mode is Mode.WATCH or facts.group.policy.uncovered is Uncovered.EMPTY:
        return frozenset()
    wanted = facts.wanted
    if not wanted.leavers or wanted.on_duty_at(now):
        return frozenset()
    return wanted.leavers & {c.person for c in wanted.claims if c.on_duty(now)}


def _beyond_reach(facts: GroupFacts) -> Iterator[tuple[PersonId, Hold, str]]:
    """Who has to go, and no step can be made for it."""
    gone = (p for p in facts.managed if may_touch(facts, p))
    for person in sorted(set(gone) - set(facts.wanted.people) - facts.kept):
        seat = facts.seats[person]
        if seat.seen is Seen.UNKNOWN and seat.seen_at is not None:
            yield person, Hold.IDENTITY, "may still be in the group"
    for person in sorted(facts.wanted.leavers & facts.kept & set(facts.group.always_in)):
        if person in facts.seats and facts.seats[person].seen is Seen.IN:
            yield person, Hold.PROTECTED, "they are a leaver, yet always in here"


def _read_at(facts: GroupFacts, now: datetime) -> datetime:
    """When the group is read next: for the last attempts, for late effects, or by the sweep.

    A read from the future was made before the clock was put back, and says nothing of now.
    """
    state = facts.state
    if state.hold is not None and state.probe_at is not None:
        return state.probe_at if state.probe_at <= now + PROBE else now
    if state.read_ended_at is None or state.read_ended_at > now or owes_a_read(facts, now):
        return now
    every = facts.read_every or SWEEP
    return min([state.read_ended_at + every, *_awaited(facts, state.read_ended_at)])


def owes_a_read(facts: GroupFacts, now: datetime) -> bool:
    """Whether somebody became a leaver since the group was read, so that nobody knows.

    A mark from the future was made before the clock was put back: it counts once that is reached.
    """
    marked_at, began_at = facts.marked_at, facts.state.read_began_at
    if marked_at is None or marked_at > now:
        return False
    return began_at is None or began_at < marked_at


def _awaited(facts: GroupFacts, read_ended_at: datetime) -> Iterator[datetime]:
    """When a read may show what an attempt did: soon after it, now and then while in doubt."""
    for seat in facts.seats.values():
        due = answer.next_read(seat, facts.state.read_began_at)
        if due is not None:
            yield due
        if seat.watch_until is not None and seat.watch_until > read_ended_at:
            yield min(seat.watch_until, read_ended_at + WATCH)
