"""One tick: choose the most urgent errand from fresh facts, run it, write down what came of it.

Choosing is one transaction; the call is made with none open; settling is another. A tick makes at
most one errand's calls and returns the instant at which it wants to be called again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from rotation.core import cover
from rotation.core.decide import RANK_ADD, RANK_SHIFT_END, RANK_SWEEP, Decision, Step
from rotation.core.facts import (
    AccountState,
    Attempt,
    GroupState,
    HeldItem,
    Kind,
    Moment,
)
from rotation.core.guard import FRESH, Breach
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, Outcome
from rotation.core.roster import AccountId, Group, GroupId, PersonId, Phone
from rotation.core.timeline import Timeline
from rotation.engine import acquaint, dropped, gate, handovers, intents, speak
from rotation.engine.acquaint import A_MOMENT
from rotation.engine.drip import Drip
from rotation.engine.gather import Ground, GroupView, RosterInForce, ground, view, view_from
from rotation.engine.line import Life, Line
from rotation.engine.pauses import hold_of, resumed
from rotation.engine.read import read
from rotation.engine.rules import AccountRules, Event
from rotation.engine.steady import Steady
from rotation.engine.telling import LISTEN, MUTE, Message, Telling
from rotation.ledger import Books, Ledger
from rotation.providers import Chat

OWN_AGE = timedelta(hours=24)
A_DAY = timedelta(days=1)
AFTER_A_BREACH = timedelta(minutes=1)
KEEP_READS = timedelta(days=7)
KEEP_NOTICES = timedelta(days=90)
_NOW, _NEVER = timedelta(0), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Rest:
    until: datetime


@dataclass(frozen=True, slots=True)
class _Probe:
    """Ask whether the session works again."""


@dataclass(frozen=True, slots=True)
class _LearnOwn:
    """Ask who we are in the chat."""


@dataclass(frozen=True, slots=True)
class _LearnLid:
    person: PersonId
    phone: Phone


@dataclass(frozen=True, slots=True)
class _Read:
    group: Group


@dataclass(frozen=True, slots=True)
class _Send:
    group: GroupId
    step: Step


@dataclass(frozen=True, slots=True)
class _Tell:
    message: Message


_Errand: TypeAlias = _Rest | _Probe | _LearnOwn | _LearnLid | _Read | _Send | _Tell


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at an account, in one transaction: what all of its groups are weighed with."""

    books: Books
    ground: Ground
    drip: Drip
    now: Moment


class Engine:
    """Keeps the groups of some accounts as the roster in force wants them.

    `clock` is the only source of time. `alert` reaches somebody outside the chat (a command, a
    URL) and says whether it did, and `mute` is how long the same is not told again; `watch` is
    told of every event.
    """

    def __init__(  # noqa: PLR0913 - the wiring hands over every dependency by name
        self,
        ledger: Ledger,
        chats: Mapping[AccountId, Chat],
        clock: Callable[[], Moment],
        *,
        zone_data: str,
        rules: Mapping[AccountId, AccountRules] | None = None,
        alert: Callable[[str], bool] | None = None,
        mute: timedelta = MUTE,
        watch: Callable[[Event], None] | None = None,
    ) -> None:
        self._ledger = ledger
        self._chats = chats
        self._clock = Steady(clock)
        self._rules = rules or {}
        self._watch = watch or (lambda _event: None)
        self._life = Life(clock().uptime, zone_data)
        self._recovered: set[AccountId] = set()
        self._ask_again: dict[PersonId, datetime] = {}
        self._telling = Telling(alert, mute)
        self._kept_at: datetime | None = None
        self._roster: RosterInForce | None = None

    def tick(self, account: AccountId) -> datetime:
        """Do the next thing for `account`; return when to be called again (now: at once)."""
        now = self._clock()
        with self._ledger.writing() as books:
            errand = self._choose(books, account, now)
        return self._run(account, errand)

    def view(self, group: GroupId) -> GroupView | None:
        """The facts of one group as the ledger has them now; None when it is not in the roster."""
        now = self._clock()
        with self._ledger.reading() as books:
            roster = self._in_force(books)
            if roster is None or group not in roster[1].groups:
                return None
            return view(books, roster, group, now.at)

    def read(self, group: GroupId) -> None:
        """Read one group of the roster in force now, whatever is due."""
        with self._ledger.reading() as books:
            roster = self._in_force(books)
        if roster is not None and group in roster[1].groups:
            self._read(roster[1].groups[group])

    def unfinished(self, groups: Collection[GroupId]) -> bool:
        """Whether any of `groups` has work that is not held: a step to take, or one to prove."""
        now = self._clock().at
        views = [found for group in groups if (found := self.view(group)) is not None]
        return any(_has_work(v, now) for v in views)

    # -- choosing ---------------------------------------------------------------------------

    def _choose(self, books: Books, account: AccountId, now: Moment) -> _Errand:
        self._recover(books, account, now.at)
        self._keep_house(books, account, now.at)
        for group in intents.carried_out(books, now.at):
            books.groups.wake(now.at, [group])
        roster = self._in_force(books)
        if roster is None:
            return _Rest(now.at + LISTEN)
        on = ground(books, roster, account)
        state = on.account
        books.holds.settle(account, None, _holds_of(on), now.at)
        if self._telling.listens(now.at):
            message = self._telling.owed(books, roster[1], now.at)
            if message is not None and self._telling.can_tell(state):
                return _Tell(message)
        if state.paused_why is not None:
            return self._while_paused(books, state, now.at)
        if not state.own or state.own_checked_at is None or now.at - state.own_checked_at > OWN_AGE:
            return _LearnOwn()
        return self._among_groups(_Look(books, on, Drip(books, self._line(account), now), now))

    def _recover(self, books: Books, account: AccountId, at: datetime) -> None:
        if account in self._recovered:
            return
        left_open: list[Attempt] = books.attempts.open(account)
        gate.recover(books, left_open, at)
        self._recovered.add(account)

    def _keep_house(self, books: Books, account: AccountId, at: datetime) -> None:
        """At the start and once a day: is the trail whole, and what nobody needs is let go."""
        if self._kept_at is not None and at - self._kept_at < A_DAY:
            return
        self._kept_at = at
        books.reads.prune(at - KEEP_READS)
        books.notices.forget(at - KEEP_NOTICES)
        broken = books.audit.verify()
        if broken is not None:
            self._tell_watchers([Event(at, "audit_broken", account, text=str(broken))])

    def _in_force(self, books: Books) -> RosterInForce | None:
        """The roster in force, laid out in time; read anew when its digest is another one."""
        digest = books.rosters.digest()
        if self._roster is None or self._roster[0] != digest:
            found = books.rosters.in_force()
            self._roster = None if found is None else (*found, Timeline(found[1]))
        return self._roster

    def _while_paused(self, books: Books, state: AccountState, at: datetime) -> _Errand:
        if state.paused_until is not None and at < state.paused_until:
            return _Rest(self._telling.soon(books, state.paused_until, at))
        if state.paused_why is Hold.THROTTLED:
            books.accounts.save(resumed(state))
            return _Rest(at)
        return _Probe()

    def _among_groups(self, look: _Look) -> _Errand:
        """The first group, by rank and due time, that has something to be done right now."""
        at, looked_at = look.now.at, set[GroupId]()
        while True:
            state = look.books.groups.next_due(look.ground.account.account, at)
            if state is None:
                return _Rest(at + LISTEN)
            if state.due > at:
                return _Rest(self._telling.soon(look.books, state.due, at))
            if state.group in looked_at:  # it stays due whatever is decided: never spin on it
                return _Rest(self._telling.soon(look.books, at + LISTEN, at))
            looked_at.add(state.group)
            errand = self._for_group(look, state)
            if errand is not None:
                return errand

    def _for_group(self, look: _Look, state: GroupState) -> _Errand | None:
        books, at = look.books, look.now.at
        if state.group not in look.ground.roster.groups:
            books.groups.save(replace(state, due=at + timedelta(days=1), rank=4))
            books.holds.settle(state.account, state.group, (), at)
            return None
        found = view_from(look.ground, books, state, at)
        decision = found.decision(at)
        dropped.record(books, found, decision.seats, at)
        books.seats.save(*found.unkept, *decision.seats)
        books.holds.settle(state.account, state.group, decision.holds, at)
        boundaries = handovers.kept(books, found, at, self._life.zone_data)
        self._tell_watchers(boundaries.events)
        return self._errand(look, found, decision, boundaries)

    def _errand(
        self, look: _Look, found: GroupView, decision: Decision, boundaries: handovers.Kept
    ) -> _Errand | None:
        books, drip, now, state = look.books, look.drip, look.now, boundaries.state
        if state.mutated_at is not None and state.mutated_at >= now.at:
            # Only a read that began after our last call says anything; let a moment pass. A call
            # from the future was made before the clock was put back, so by now it was made.
            books.groups.save(replace(state, mutated_at=now.at, due=now.at + A_MOMENT))
            return None
        step = decision.first_ready(now.at)
        slot = drip.wait(step.kind) if step is not None else _NEVER
        lid = self._lid_to_ask(found, now.at) if step is None or step.kind is Kind.ADD else None
        if step is not None and lid is None and slot <= _NOW and _fresh(state, now.at):
            return _Send(found.group.id, step)
        unseen = state.hold is None and boundaries.awaits_read
        rank, read_is_due = _rank(found, decision), decision.read_at <= now.at
        due = min(_later(decision, now.at), now.at + slot)
        if lid is not None or slot <= _NOW or unseen or read_is_due:
            awaited = lid is not None or slot <= _NOW or (read_is_due and rank < RANK_SWEEP)
            wait = drip.wait(None) if awaited else drip.wait_for_sweep()
            if wait <= _NOW:
                # It keeps its place, so that what the read is for comes next and not last.
                books.groups.save(replace(state, rank=rank))
                return lid or _Read(found.group)
            due = now.at + (wait if slot <= _NOW else min(wait, slot))
        if due >= found.facts.wanted.changes_at:  # whoever comes then is added before others go
            rank = min(rank, RANK_ADD)
        books.groups.save(replace(state, due=due, rank=rank))
        return None

    def _lid_to_ask(self, found: GroupView, at: datetime) -> _LearnLid | None:
        """Whose LID would settle whether they are in a group that lists people without numbers."""
        if found.facts.state.unresolved == 0:
            return None
        for person in sorted(found.facts.managed):
            known = found.identities.get(person)
            if known is None or known.lids or known.phone is None:
                continue
            if self._ask_again.get(person, at) <= at:
                return _LearnLid(person, known.phone)
        return None

    # -- running ----------------------------------------------------------------------------

    def _run(self, account: AccountId, errand: _Errand) -> datetime:
        match errand:
            case _Rest(until):
                return until
            case _Read(group):
                self._read(group)
            case _Send(group, step):
                self._send(account, group, step)
            case _Probe():
                acquaint.probe(self._line(account))
            case _LearnOwn():
                acquaint.learn_own(self._line(account))
            case _LearnLid(person, phone):
                again = acquaint.learn_lid(self._line(account), person, phone)
                self._ask_again[person] = self._clock().at + again
            case _Tell(message):
                self._tell_watchers(self._telling.tell(self._line(account), message))
            case _:
                assert_never(errand)
        return self._clock().at

    def _read(self, group: Group) -> None:
        self._tell_watchers(read(self._line(group.account), group))

    def _send(self, account: AccountId, group: GroupId, step: Step) -> None:
        if step.kind in (Kind.ADD, Kind.REMOVE):
            sent = gate.change(self._line(account), self._gather(group), step)
            if isinstance(sent, Breach):
                self._breached(account, group, step, sent)
            else:
                self._said(account, group, step, sent.outcome)
            return
        found = self.view(group)
        if found is None:
            return
        say = speak.say_goodbye if step.kind is Kind.NOTICE else speak.invite
        outcome = say(self._line(account), found, step)
        if outcome is not None:
            self._said(account, group, step, outcome)

    def _gather(self, group: GroupId) -> Callable[[Books, datetime], GroupView]:
        def gathered(books: Books, at: datetime) -> GroupView:
            roster = self._in_force(books)
            if roster is None:
                raise LookupError("no roster is in force")
            return view(books, roster, group, at)

        return gathered

    def _breached(self, account: AccountId, group: GroupId, step: Step, breach: Breach) -> None:
        """The guard refused what the decision wanted: nothing was sent; look again in a while."""
        now = self._clock().at
        with self._ledger.writing() as books:
            state = books.groups.state(group)
            if state is not None:
                books.groups.save(replace(state, due=now + AFTER_A_BREACH))
            books.audit.append(
                at=now, kind="refused_by_guard", group=group, person=step.person,
                reason=step.because.reason, origin=step.because.origin,
                detail={"rule": breach.rule, "text": breach.text},
            )  # fmt: skip
        text = f"{breach.rule}: {breach.text}"
        self._tell_watchers([Event(now, "guarded", account, group, step.person, text)])

    def _said(self, account: AccountId, group: GroupId, step: Step, outcome: Outcome) -> None:
        kind = f"{step.kind.value}_{type(outcome).__name__.lower()}"
        text = "" if isinstance(outcome, Accepted) else getattr(outcome, "detail", "")
        now = self._clock().at
        self._tell_watchers([Event(now, kind, account, group, step.person, text)])

    def _tell_watchers(self, events: Iterator[Event] | list[Event]) -> None:
        for event in events:
            self._watch(event)

    def _line(self, account: AccountId) -> Line:
        rules = self._rules.get(account, AccountRules())
        return Line(account, self._chats[account], rules, self._ledger, self._clock, self._life)


def _holds_of(on: Ground) -> tuple[HeldItem, ...]:
    """What holds a whole account: its own pause, or a ledger that a person has to look at."""
    paused_by = hold_of(on.account)
    if on.restored_at is None:
        return paused_by
    detail = f"at {on.restored_at}"
    return (*paused_by, HeldItem(Hold.RESTORED, on.account.account, detail=detail))


def _fresh(state: GroupState, at: datetime) -> bool:
    if state.read_began_at is None or state.read_ended_at is None:
        return False
    unchanged = state.mutated_at is None or state.read_began_at > state.mutated_at
    return unchanged and timedelta(0) <= at - state.read_ended_at <= FRESH


def _has_work(found: GroupView, now: datetime) -> bool:
    if found.facts.state.read_ended_at is None and found.facts.state.hold is None:
        return True
    return any(s.hold is None and s.due <= now + LISTEN * 6 for s in found.decision(now).steps)


def _later(decision: Decision, at: datetime) -> datetime:
    return max(decision.look_at, at + timedelta(milliseconds=1))


def _rank(found: GroupView, decision: Decision) -> int:
    """How urgent the group is: as urgent as its most urgent step that is not held.

    Somebody more for a group that has cover can wait until every group has it.
    """
    rank = min((s.rank for s in decision.steps if s.hold is None), default=RANK_SWEEP)
    return RANK_SHIFT_END if rank == RANK_ADD and _is_covered(found) else rank


def _is_covered(found: GroupView) -> bool:
    on_duty = found.facts.wanted.on_duty
    need = min(found.group.policy.keep_at_least, len(on_duty))
    return len(cover.counted(on_duty, found.facts.seats)) >= need
