"""The plan: the steps the engine would carry out now, in words, and when they will be done.

The steps are the engine's own decision and nothing else; words and times are added to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core import budget, notice
from rotation.core.decide import Decision, Step
from rotation.core.facts import Attempt, Because, Kind, Seen
from rotation.core.holds import MEANING, Hold
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, Mode, PersonId
from rotation.core.timeline import Handover
from rotation.engine import AccountRules, GroupView
from rotation.engine.pauses import slowed
from rotation.ledger import Books
from rotation.surfaces import coming
from rotation.surfaces.forecast import Job, Pace, finish_times
from rotation.surfaces.saying import Words, words_for

_AHEAD = timedelta(days=2)
"""How far ahead a handover is forecast; what nobody can see yet changes before then."""
_USUAL_CALL = 1.0
"""Seconds that a call takes where none was made yet."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One step in words. `due` is when it may go; `ready` that it may go now."""

    kind: Kind
    people: tuple[PersonId, ...]
    names: tuple[str, ...]
    reason: Reason
    occurrence: str
    due: datetime
    ready: bool
    hold: Hold | None
    why: str
    what_to_do: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """The group's next handover, and when it will be proven if no call fails."""

    at: datetime
    local: str
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What is to be done in one group. `done_at`: when all that waits for nobody is proven."""

    group: GroupId
    account: AccountId
    mode: Mode
    read_at: datetime | None
    steps: tuple[Planned, ...]
    done_at: datetime | None
    next: Ahead | None

    @property
    def has_work(self) -> bool:
        return any(step.hold is not Hold.MODE for step in self.steps)


def plans(
    views: Sequence[GroupView], paces: Mapping[AccountId, Pace], now: datetime
) -> tuple[GroupPlan, ...]:
    """The plan of each group at the UTC instant `now`, with the accounts' budgets shared."""
    work = [_Work(view, view.decision(now), _next(view, now), now) for view in views]
    jobs = [(one, job, later) for one in work for job, later in one.jobs()]
    done: dict[tuple[GroupId, bool], float] = {}
    for account in {one.view.group.account for one in work}:
        mine = [entry for entry in jobs if entry[0].view.group.account == account]
        reads = {one.view.group.id: ago for one in work if (ago := one.read_ago) is not None}
        times = finish_times([job for _, job, _ in mine], paces[account], reads)
        for (one, _job, later), seconds in zip(mine, times, strict=True):
            key = one.view.group.id, later
            done[key] = max(done.get(key, 0.0), seconds)
    return tuple(one.planned(done) for one in work)


@dataclass(frozen=True, slots=True)
class _Work:
    view: GroupView
    decision: Decision
    ahead: Handover | None
    now: datetime

    @property
    def read_ago(self) -> float | None:
        """How many seconds ago the group was believed, if nothing was tried since."""
        state = self.view.facts.state
        if state.read_ended_at is None or state.read_began_at is None:
            return None
        if state.mutated_at is not None and state.mutated_at > state.read_began_at:
            return None
        return (self.now - state.read_ended_at).total_seconds()

    def jobs(self) -> Iterator[tuple[Job, bool]]:
        """The calls to come, and whether each belongs to the handover ahead."""
        facts = self.view.facts
        stopped = facts.state.hold is not None or facts.account.paused_why is not None
        if stopped or facts.mode is Mode.WATCH:
            return
        group = self.view.group.id
        free = [s for s in self.decision.steps if s.hold is None]
        adding = any(s.kind is Kind.ADD for s in free)
        covered_soon = [s for s in self.decision.steps if s.hold is Hold.COVER and adding]
        for step in (*free, *covered_soon):
            due = step.because.ends or self.now if self._spoken_first(step) else step.due
            yield Job(group, step.kind, self._seconds(due)), False
        yield from ((job, True) for job in self._ahead_jobs())

    def _spoken_first(self, step: Step) -> bool:
        """Whether the step waits for a notice that is about to be said, and not for a time."""
        spoken = (s.people for s in self.decision.steps if s.kind is Kind.NOTICE and s.hold is None)
        return step.kind is Kind.REMOVE and any(step.person in people for people in spoken)

    def _ahead_jobs(self) -> Iterator[Job]:
        if self.ahead is None or self.ahead.at - self.now > _AHEAD:
            return
        group, policy = self.view.group, self.view.group.policy
        open_now = {s.person for s in self.decision.steps}
        inside = {p for p, s in self.view.facts.seats.items() if s.seen is Seen.IN}
        joining = self.ahead.incoming - inside - open_now - self.view.facts.kept
        joins_at = self._seconds(self.ahead.at - policy.join_early)
        yield from [Job(group.id, Kind.ADD, joins_at)] * len(joining)
        leaving = self._leaving() & inside - open_now
        leaves_at = self.ahead.at + policy.stay_late
        goodbye = policy.goodbye
        if goodbye is not None and leaving and notice.key_of(goodbye, Reason.SHIFT_END, None):
            said_at = leaves_at - goodbye.before
            said_at = notice.quiet_until(goodbye, said_at) or said_at
            if said_at <= leaves_at:
                yield Job(group.id, Kind.NOTICE, self._seconds(said_at))
        yield from [Job(group.id, Kind.REMOVE, self._seconds(leaves_at))] * len(leaving)

    def _leaving(self) -> frozenset[PersonId]:
        """Who goes off duty and is not kept by anything that lasts longer."""
        if self.ahead is None:
            return frozenset()
        ends = self.ahead.at + self.view.group.policy.stay_late
        wanted = self.view.facts.wanted.people
        stays = {p for p, b in wanted.items() if b.ends is None or b.ends > ends}
        return self.ahead.outgoing - stays - self.view.facts.kept

    def _seconds(self, at: datetime) -> float:
        return max(0.0, (at - self.now).total_seconds())

    def planned(self, done: Mapping[tuple[GroupId, bool], float]) -> GroupPlan:
        view, words = self.view, words_for(self.view, self.now)
        now_done, later_done = (done.get((view.group.id, later)) for later in (False, True))
        return GroupPlan(
            group=view.group.id,
            account=view.group.account,
            mode=view.group.mode,
            read_at=view.facts.state.read_ended_at,
            steps=tuple(
                _said(words, step, after_goodbye=self._spoken_first(step))
                for step in self.decision.steps
            ),
            done_at=self._at(now_done),
            next=None if self.ahead is None else _in_words(words, self.ahead, self._at(later_done)),
        )

    def _at(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self.now + timedelta(seconds=seconds)


def _next(view: GroupView, now: datetime) -> Handover | None:
    found = coming.handovers_of(view, now)
    return next(found, None)


def _said(words: Words, step: Step, *, after_goodbye: bool) -> Planned:
    because: Because = step.because
    return Planned(
        kind=step.kind,
        people=step.people,
        names=tuple(map(words.name, step.people)),
        reason=because.reason,
        occurrence=because.key,
        due=step.due,
        ready=step.ready(words.now),
        hold=step.hold,
        why=words.held(step) or words.because(because),
        what_to_do=MEANING[step.hold].what_to_do if step.hold is not None else "",
        sentence=words.step(step, after_goodbye=after_goodbye),
    )


def _in_words(words: Words, handover: Handover, done_at: datetime | None) -> Ahead:
    return Ahead(
        at=handover.at,
        local=words.when(handover.at),
        incoming=tuple(sorted(map(words.name, handover.incoming))),
        outgoing=tuple(sorted(map(words.name, handover.outgoing))),
        done_at=done_at,
    )


def pace_of(books: Books, account: AccountId, rules: AccountRules, now: datetime) -> Pace:
    """An account's budget and what the ledger says it has used of it, by the wall clock."""
    rules = rules.slowed(slowed(books.accounts.state(account), now))
    attempts = books.attempts.recent(account, list(Kind), rules.requests)
    reads = books.reads.recent(account, rules.requests)
    return Pace(
        drip=budget.Rule(rules.drip, rules.paced),
        requests=rules.all_requests,
        sweeps=rules.all_sweeps,
        adds=_ages((a for a in attempts if a.kind is Kind.ADD), now),
        removes=_ages((a for a in attempts if a.kind is Kind.REMOVE), now),
        calls=tuple(
            sorted(
                [*_ages(attempts, now), *((now - at).total_seconds() for _, _, at in reads)],
                reverse=True,
            )
        ),
        call=_usual_call(attempts),
    )


def _ages(attempts: Iterable[Attempt], now: datetime) -> tuple[float, ...]:
    """How many seconds ago the server may have seen each call last, the oldest first."""
    seen = (a.ended_at or now for a in attempts)
    return tuple(sorted(((now - at).total_seconds() for at in seen), reverse=True))


def _usual_call(attempts: Iterable[Attempt]) -> float:
    """The median length of the last calls, in seconds."""
    took = sorted(
        (a.ended_at - a.sent_at).total_seconds() for a in attempts if a.ended_at is not None
    )
    return took[len(took) // 2] if took else _USUAL_CALL
