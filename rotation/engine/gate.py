"""The one choke point: nothing changes a chat but through here.

Fresh facts, the guard, the written-down attempt, the call, the written-down answer - in this
order, and in one place. The first three are of one transaction, the one that chose the step.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from rotation.core import answer, guard
from rotation.core.decide import PROBE, QUIET, Step
from rotation.core.facts import (
    Attempt,
    GroupState,
    Kind,
    Moment,
    Seat,
)
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Scope, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId
from rotation.core.silence import Hearing
from rotation.engine import speak
from rotation.engine.calls import Left, Try, begin, carry_out, nothing_left, told
from rotation.engine.drip import Drip
from rotation.engine.gather import GroupView, RosterInForce, view
from rotation.engine.line import Line
from rotation.engine.rules import Event
from rotation.ledger import Books
from rotation.providers import Address

AFTER_A_BREACH = timedelta(minutes=1)
MOST_RESETS = 8
"""How often an invite link is reset before it is left as it is, for want of a clear answer."""


def change(books: Books, line: Line, roster: RosterInForce, group: GroupId, step: Step) -> Left:
    """Add or remove one person: guarded and written down here, sent once that is committed.

    Nothing is sent if an invariant would be broken at this very moment.
    """
    now = line.clock()
    facts = view(books, roster, group, now.at)
    evidence = _evidence(books, facts, step, line, now)
    breach = guard.check(step.kind, step.person, step.because, evidence, now.at)
    if breach is not None:
        return _breached(books, facts, step, breach, now.at)
    what = Try.of(facts, step)
    begun = begin(books, line, what, now)
    if step.kind is Kind.REMOVE and step.detail == QUIET:
        speak.leave_unsaid(books, facts, step, begun)
    address = _address(facts, step.person)
    send = line.chat.add if step.kind is Kind.ADD else line.chat.remove

    def settle(after: Books, outcome: Outcome, at: datetime) -> Left:
        _settle(after, begun, outcome, at)
        return told(line, what, outcome, at)

    return partial(carry_out, line, begun, lambda: send(facts.group.chat, address), settle)


def say(books: Books, line: Line, found: GroupView, step: Step) -> Left:
    """Say an exit notice or a brief, unless nothing may be said at this very moment."""
    now, is_brief = line.clock().at, step.kind is Kind.BRIEF
    since = step.because.starts if is_brief else step.because.ends
    breach = guard.check_words(found.group, since, now)
    if breach is not None:
        return _breached(books, found, step, breach, now)
    return (speak.brief if is_brief else speak.say_goodbye)(books, line, found, step)


def reset(books: Books, line: Line, found: GroupView, step: Step) -> Left:
    """Make the group's invite link lead nowhere, because a leaver knows it.

    Made again, less and less often, until there is a clear answer; a link that was reset once too
    often harms nobody.
    """
    now, group = line.clock(), found.group
    evidence = _evidence(books, found, step, line, now)
    breach = guard.check(step.kind, step.person, step.because, evidence, now.at)
    if breach is not None:
        return _breached(books, found, step, breach, now.at)
    what = Try.of(found, step)
    begun = begin(books, line, what, now)

    def settle(after: Books, outcome: Outcome, at: datetime) -> Left:
        seat = after.seats.of(group.id).get(step.person) or Seat(group.id, step.person)
        tries = seat.tries + 1
        if isinstance(outcome, Accepted | Refused) or tries >= MOST_RESETS:
            after.notices.claim(group.id, step.kind, step.occurrences, begun.id, at)
            after.notices.conclude(begun.id, at, type(outcome).__name__)
            speak.record(after, found, step, outcome, at, begun.id)
            after.seats.save(replace(seat, tries=0, retry_at=None))
        else:
            wait = answer.back_off(tries, f"{seat.group}/{seat.person}")
            after.seats.save(replace(seat, tries=tries, retry_at=at + wait))
        return told(line, what, outcome, at)

    return partial(carry_out, line, begun, lambda: line.chat.revoke_invite(group.chat), settle)


def _breached(
    books: Books, found: GroupView, step: Step, breach: guard.Breach, now: datetime
) -> Left:
    """The guard refused what the decision wanted: nothing is sent, and the group waits a while."""
    group = found.group
    books.groups.save(replace(found.facts.state, due=now + AFTER_A_BREACH))
    books.audit.append(
        at=now, kind="refused_by_guard", group=group.id, person=step.person,
        reason=step.because.reason, origin=step.because.origin,
        detail={"rule": breach.rule, "text": breach.text},
    )  # fmt: skip
    text = f"{breach.rule}: {breach.text}"
    return nothing_left(Event(now, "guarded", group.account, group.id, step.person, text))


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
            _settle(books, attempt, outcome, at)
        elif attempt.group is not None:
            books.notices.conclude(attempt.id, at, "in_doubt")


def _settle(
    books: Books,
    attempt: Attempt,
    outcome: Outcome,
    ended_at: datetime,
) -> None:
    if attempt.group is None or attempt.person is None:
        return
    seats = books.seats.of(attempt.group)
    seat = seats.get(attempt.person) or Seat(attempt.group, attempt.person)
    books.seats.save(answer.after(seat, attempt.because, attempt.kind, outcome, ended_at))
    state = books.groups.state(attempt.group)
    if state is not None:
        books.groups.save(_group_after(state, outcome, ended_at))


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
    hearing, sign = _heard(books, view, step)
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
        closed=view.closing,
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
        sign_at=sign,
        unbroken_since=hearing.unbroken_since,
        heard_at=hearing.heard_at,
    )


def _heard(books: Books, view: GroupView, step: Step) -> tuple[Hearing, datetime | None]:
    """How far the account was heard, and when the person last was, where it is asked for that."""
    if step.because.reason is not Reason.SILENT:
        return Hearing(), None
    sign = books.activity.of(view.group.id).get(step.person)
    return books.activity.hearing(view.group.account), None if sign is None else sign.at
