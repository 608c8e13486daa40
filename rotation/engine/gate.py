"""The one choke point: nothing changes a chat but through here.

Fresh facts, the guard, the written-down attempt, the call, the written-down answer - in this
order, and in one place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rotation.core import answer, guard
from rotation.core.decide import PROBE, Step
from rotation.core.facts import (
    Attempt,
    Because,
    GroupState,
    Kind,
    Moment,
    Seat,
)
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Scope, Throttled
from rotation.core.roster import PersonId
from rotation.engine.drip import Drip
from rotation.engine.gather import GroupView
from rotation.engine.line import Line
from rotation.engine.pauses import paused_after
from rotation.ledger import Books
from rotation.providers import Address


@dataclass(frozen=True, slots=True)
class Sent:
    """A step that left, and how it ended."""

    step: Step
    outcome: Outcome
    ended_at: datetime


def change(
    line: Line, gather: Callable[[Books, datetime], GroupView], step: Step
) -> Sent | guard.Breach:
    """Add or remove one person: guarded, written down, sent, and its answer written down.

    Returns the breach, with nothing sent, if an invariant would be broken at this very moment.
    """
    now = line.clock()
    with line.ledger.writing() as books:
        facts = gather(books, now.at)
        evidence = _evidence(books, facts, step, line, now)
        breach = guard.check(step.kind, step.person, step.because, evidence, now.at)
        if breach is not None:
            return breach
        attempt = _begin(books, facts, step, line, now)
    address = _address(facts, step.person)
    call = line.chat.add if step.kind is Kind.ADD else line.chat.remove
    outcome = call(facts.group.chat, address)
    ended = line.clock()
    ended_at = max(ended.at, now.at)
    with line.ledger.writing() as books:
        books.attempts.end(attempt.id, outcome, ended_at, ended.uptime - now.uptime)
        _settle(books, attempt, step.kind, step.because, outcome, ended_at)
    return Sent(step, outcome, ended_at)


def recover(books: Books, attempts: list[Attempt], now: Moment) -> None:
    """Attempts left open by an earlier life, or by a ledger that failed: nobody knows their end.

    Their calls are over, so what this boot's clock says of them counts for the drip.
    """
    at = now.at
    for attempt in attempts:
        outcome = InDoubt("the end of this call was never written down")
        took = now.uptime - attempt.uptime if attempt.boot == now.boot else None
        books.attempts.end(attempt.id, outcome, at, took)
        if attempt.kind in (Kind.ADD, Kind.REMOVE):
            _settle(books, attempt, attempt.kind, attempt.because, outcome, at)
        elif attempt.group is not None:
            books.notices.conclude(attempt.id, at, "in_doubt")


def _begin(books: Books, view: GroupView, step: Step, line: Line, now: Moment) -> Attempt:
    return books.attempts.begin(
        account=view.group.account,
        kind=step.kind,
        group=view.group.id,
        person=step.person,
        because=step.because,
        roster=view.digest,
        zone_data=line.life.zone_data,
        boot=now.boot,
        uptime=now.uptime,
        sent_at=now.at,
    )


def _settle(
    books: Books,
    attempt: Attempt,
    kind: Kind,
    because: Because,
    outcome: Outcome,
    ended_at: datetime,
) -> None:
    if attempt.group is None or attempt.person is None:
        return
    seats = books.seats.of(attempt.group)
    seat = seats.get(attempt.person) or Seat(attempt.group, attempt.person)
    books.seats.save(answer.after(seat, because, kind, outcome, ended_at))
    state = books.groups.state(attempt.group)
    if state is not None:
        books.groups.save(_group_after(state, outcome, ended_at))
    paused = paused_after(books.accounts.state(attempt.account), outcome, ended_at)
    books.accounts.save(paused)


def _group_after(state: GroupState, outcome: Outcome, ended_at: datetime) -> GroupState:
    """Whatever the answer, what was read before the call proves nothing for the next one."""
    state = replace(state, due=ended_at, mutated_at=ended_at)
    match outcome:
        case Refused(why) if why.scope is Scope.GROUP:
            hold = Hold.NOT_ADMIN if why is Refusal.NOT_ADMIN else Hold.GROUP_GONE
            return held(state, hold, "the chat refused the last call", ended_at)
        case Accepted() | InDoubt() | Refused() | Throttled():
            return state


def held(state: GroupState, hold: Hold, detail: str, at: datetime) -> GroupState:
    """The group with a hold on it, looked at again after the probe time."""
    since = state.hold_since if state.hold is hold else at
    return replace(state, hold=hold, hold_since=since, hold_detail=detail, probe_at=at + PROBE)


def _address(view: GroupView, person: PersonId) -> Address:
    known = view.identities[person]
    return Address(known.phone, min(known.lids, default=None))


def _evidence(books: Books, view: GroupView, step: Step, line: Line, now: Moment) -> guard.Evidence:
    drip, rules = Drip(books, line, now), line.rules
    return guard.Evidence(
        roster=view.roster,
        timeline=view.timeline,
        group=view.group,
        grants=view.grants,
        leavers=frozenset(view.leavers),
        seats=books.seats.of(view.group.id),
        identities=view.identities,
        own=view.facts.account.own,
        state=view.facts.state,
        managed=view.facts.managed,
        stand_ins=view.facts.wanted.stand_ins,
        notice_at=view.facts.said.get((Kind.NOTICE, step.person, step.because.key)),
        recent={kind: drip.ages(kind) for kind in (Kind.ADD, Kind.REMOVE)},
        recent_requests=drip.request_ages,
        limit={Kind.ADD: rules.drip, Kind.REMOVE: rules.drip},
        request_limit=rules.requests,
        trusted_until=line.trusted_until(now),
        deadline=rules.deadline,
        doubted=view.facts.doubted not in {None, Hold.SPENT},
        changes=books.attempts.changes(line.account, now.at),
        daily=rules.daily,
        throttles=view.facts.account.throttles,
        calm_since=view.facts.account.paused_until,
    )
