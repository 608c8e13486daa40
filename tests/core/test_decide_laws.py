"""What holds for every roster, every grant and every group: decision, guard and world agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core import guard
from rotation.core.decide import CLOSED, Decision, Step
from rotation.core.facts import Because, Kind, Role, Seen
from rotation.core.outcome import Accepted, InDoubt, Refusal, Refused
from rotation.core.reason import Reason
from rotation.core.roster import (
    Admins,
    ClosedHours,
    Goodbye,
    Hours,
    IfAddFails,
    Mode,
    NoticeTo,
    PersonId,
    Uncovered,
    WhenClosed,
)

Make: TypeAlias = Callable[..., Any]

MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NAMES = ("ana", "ben", "chen", "dora", "eve")
CHANGES = (Kind.ADD, Kind.REMOVE)
SAY = {("", ""): "bye"}


def minute(at: int) -> datetime:
    """So many minutes after the midnight of 5 January."""
    return MIDNIGHT + at * MINUTE


# -- any desk ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Override:
    person: str
    starts: int
    until: int | None
    out: bool
    duty: bool

    def covers(self, at: int) -> bool:
        return self.starts <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Plan:
    """Everything that makes a desk, in minutes and names."""

    shifts: tuple[tuple[int, int, tuple[str, ...]], ...]
    overrides: tuple[Override, ...]
    leavers: tuple[str, ...]
    pins: tuple[str, ...]
    always_in: tuple[str, ...]
    managed: tuple[str, ...]
    inside: tuple[tuple[str, Role], ...]
    in_doubt: tuple[str, ...]
    early: int
    late: int
    keep_at_least: int
    may_empty: bool
    admins_go: bool
    mode: Mode
    now: int
    closed: tuple[int, int] | None
    empties: bool
    fallback: tuple[str, ...]

    @property
    def closed_hours(self) -> tuple[ClosedHours, ...]:
        if self.closed is None:
            return ()
        starts, ends = self.closed
        hours = Hours(starts * 60, ends * 60, int(ends <= starts))
        return (ClosedHours(hours, frozenset(range(7)), "UTC"),)

    def desk(  # noqa: ANN201 - a desk of the builders has no importable name
        self, make: Make, shifts: object = None, **policy: object
    ):
        told = {
            f"s{n}": (f"{a:02}:00-{b:02}:00", " ".join(who))
            for n, (a, b, who) in enumerate(self.shifts)
        }
        a_desk = make(
            shifts=told if shifts is None else shifts,
            mode=self.mode,
            always_in=" ".join(self.always_in),
            pins=" ".join(self.pins),
            others=" ".join(NAMES),
            read_at=minute(self.now) - MINUTE,
            join_early=self.early * MINUTE,
            stay_late=self.late * MINUTE,
            keep_at_least=self.keep_at_least,
            uncovered=Uncovered.EMPTY if self.may_empty else Uncovered.HOLD,
            admins=Admins.REMOVE if self.admins_go else Admins.PROTECT,
            closed=self.closed_hours,
            when_closed=WhenClosed.EMPTY if self.empties else WhenClosed.STAY,
            fallback=tuple(map(PersonId, self.fallback)),
            **policy,
        )
        for one in self.overrides:
            until = None if one.until is None else minute(one.until)
            a_desk.grant(one.person, minute(one.starts), until, out=one.out, duty=one.duty)
        for person in self.leavers:
            a_desk.wipe(person, minute(self.now))
        a_desk.also_managed = frozenset(map(PersonId, self.managed))
        a_desk.inside = {PersonId(p): role for p, role in self.inside}
        a_desk.read(minute(self.now) - 5 * SECOND)
        for person in self.in_doubt:
            a_desk.change(person, in_doubt=True, settle_at=minute(self.now) + MINUTE)
        return a_desk


def some(*, at_most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(NAMES), max_size=at_most, unique=True).map(tuple)


HOURS = st.sampled_from([0, 4, 8, 12, 16, 20])
NOW = st.one_of(
    st.sampled_from([h * 60 + m for h in (4, 8, 12, 16) for m in (-30, -10, -1, 0, 1, 14, 15)]),
    st.integers(0, 1440),
)
OVERRIDES = st.builds(
    Override,
    st.sampled_from(NAMES),
    st.integers(0, 30).map(lambda n: n * 40),
    st.one_of(st.none(), st.integers(0, 40).map(lambda n: n * 40)),
    st.booleans(),
    st.booleans(),
)
SHIFTS = st.tuples(HOURS, HOURS, some(at_most=3)).filter(lambda s: s[0] != s[1] and s[2])


def plans(modes: tuple[Mode, ...] = (Mode.MANAGED, Mode.STRICT)) -> st.SearchStrategy[Plan]:
    roles = st.sampled_from([Role.MEMBER] * 6 + [Role.ADMIN, Role.CREATOR])
    return st.builds(
        Plan,
        shifts=st.lists(SHIFTS, min_size=1, max_size=3).map(tuple),
        overrides=st.lists(OVERRIDES, max_size=3).map(tuple),
        leavers=some(at_most=1),
        pins=some(at_most=1),
        always_in=some(at_most=1),
        managed=some(at_most=2),
        inside=st.dictionaries(st.sampled_from(NAMES), roles).map(lambda d: tuple(d.items())),
        in_doubt=some(at_most=1),
        early=st.sampled_from([0, 10, 60]),
        late=st.sampled_from([0, 15, 60]),
        keep_at_least=st.integers(0, 3),
        may_empty=st.booleans(),
        admins_go=st.booleans(),
        mode=st.sampled_from(modes),
        now=NOW,
        closed=st.none() | st.tuples(HOURS, HOURS),
        empties=st.booleans(),
        fallback=st.just(()) | some(at_most=2),
    )


GOODBYES = st.one_of(
    st.none(),
    st.builds(
        Goodbye,
        st.just(SAY),
        st.sampled_from([0 * MINUTE, 5 * MINUTE, 90 * MINUTE]),
        st.sampled_from(NoticeTo),
    ),
)

# -- a third opinion -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Oracle:
    """Whether a step would break S1 to S6, told minute by minute from the plan alone."""

    plan: Plan

    def refuses(self, kind: Kind, person: str) -> bool:
        plan = self.plan
        wiped = kind is Kind.REMOVE and person in plan.leavers
        if (plan.mode is Mode.WATCH and not wiped) or person in plan.always_in:
            return True
        if kind is Kind.ADD:
            return person in plan.leavers or not self._entitled(person)
        roles = dict(plan.inside)
        role = roles.get(person)
        if role in (None, Role.CREATOR) or (role is Role.ADMIN and not plan.admins_go):
            return True
        if person in plan.leavers:
            return False
        kept = self._entitled(person) or self._lingers(person)
        return not self._managed(person) or kept or not self._covered(person)

    def _managed(self, person: str) -> bool:
        on_shifts = {p for _, _, who in self.plan.shifts for p in who} | {*self.plan.fallback}
        granted = {o.person for o in self._ins() if o.starts <= self.plan.now}
        return person in on_shifts | granted | {*self.plan.pins, *self.plan.managed}

    def _ins(self) -> list[Override]:
        return [o for o in self.plan.overrides if not o.out]

    def _cut(self, person: str, at: int) -> bool:
        return any(o.out and o.person == person and o.covers(at) for o in self.plan.overrides)

    def _scheduled(self, person: str, at: int) -> bool:
        """On duty by the roster at that minute, whatever was decided by hand."""
        return self._on_shift(person, at) or self._stands_by(person, at)

    def _stands_by(self, person: str, at: int) -> bool:
        nobody = not any(self._on_shift(p, at) for p in NAMES)
        return person in self.plan.fallback and nobody and not self._is_declared(at)

    def _on_shift(self, person: str, at: int) -> bool:
        """On one of the daily shifts."""
        hour = at // 60 % 24
        return any(
            person in who and (a <= hour < b if a < b else hour >= a or hour < b)
            for a, b, who in self.plan.shifts
        )

    def _serves(self, person: str, at: int) -> bool:
        return self._scheduled(person, at) and not self._cut(person, at)

    def _entitled(self, person: str) -> bool:
        now = self.plan.now
        granted = any(o.person == person and o.covers(now) for o in self._ins())
        soon = any(self._serves(person, at) for at in range(now, now + self.plan.early + 1))
        return granted or soon or person in self.plan.pins

    def _lingers(self, person: str) -> bool:
        """Some shift of theirs ended, uncut, less than the overlap ago."""
        now = self.plan.now
        return any(self._ends(person, at) and not self._cut(person, at - 1)
                   for at in range(now - self.plan.late + 1, now + 1))  # fmt: skip

    def _ends(self, person: str, at: int) -> bool:
        stood_by = self._stands_by(person, at - 1) and not self._stands_by(person, at)
        ends = (end * 60 == at % 1440 for _, end, who in self.plan.shifts if person in who)
        return stood_by or any(ends)

    def _is_declared(self, at: int) -> bool:
        if self.plan.closed is None:
            return False
        (a, b), hour = self.plan.closed, at // 60 % 24
        return a <= hour < b if a < b else hour >= a or hour < b

    def _is_closed(self) -> bool:
        """Declared so, and nobody is on any shift, whatever was decided by hand."""
        now = self.plan.now
        return self._is_declared(now) and not any(self._scheduled(p, now) for p in NAMES)

    def _covered(self, person: str) -> bool:
        plan = self.plan
        relieved = {o.person for o in self._ins() if o.duty and o.covers(plan.now)}
        duty = {p for p in NAMES if self._serves(p, plan.now)} | relieved
        duty -= set(plan.leavers)
        if not duty and self._is_closed():
            return plan.empties
        if not duty:
            return plan.may_empty
        inside = duty & dict(plan.inside).keys() - {person} - set(plan.in_doubt)
        return len(inside) >= min(plan.keep_at_least, len(duty))


@pytest.mark.promise("S1", "S2", "S3", "S4", "S5", "S6")
@pytest.mark.slow
@settings(max_examples=120)
@given(plan=plans(tuple(Mode)))
def test_the_guard_refuses_exactly_what_a_naive_reading_of_the_rules_refuses(
    desk: Make, plan: Plan
) -> None:
    now = minute(plan.now)
    a_desk = plan.desk(desk)
    a_desk.decision(now)
    evidence = a_desk.evidence(now)
    why = Because(Reason.ENFORCEMENT, "any", "test", ends=now)
    for kind in CHANGES:
        for name in NAMES:
            found = guard.check(kind, PersonId(name), why, evidence, now)
            assert (found is not None) is Oracle(plan).refuses(kind, name), (kind, name, found)


@pytest.mark.promise("S3")
@given(plan=plans(), kind=st.sampled_from(CHANGES), name=st.sampled_from(NAMES))
def test_without_fresh_evidence_the_guard_refuses_everything(
    desk: Make, plan: Plan, kind: Kind, name: str
) -> None:
    now = minute(plan.now)
    a_desk = plan.desk(desk)
    a_desk.decision(now)
    a_desk.state = replace(a_desk.state, mutated_at=now - SECOND)
    why = Because(Reason.ENFORCEMENT, "any", "test", ends=now)
    assert guard.check(kind, PersonId(name), why, a_desk.evidence(now), now) is not None


# -- the decision asks for nothing that the guard refuses ----------------------------------------


@given(
    plan=plans(tuple(Mode)),
    goodbye=GOODBYES,
    refused=some(at_most=2),
    on_duty=st.integers(1, 2),
    in_turn=st.booleans(),
    waited=st.integers(0, 120),
)
def test_whatever_is_ready_passes_the_guard(
    desk: Make,
    turns: Make,
    *,
    plan: Plan,
    goodbye: Goodbye | None,
    refused: tuple[str, ...],
    on_duty: int,
    waited: int,
    in_turn: bool,
) -> None:
    order = " ".join(NAMES[:4])
    shifts = {
        "day": ("08:00-20:00", turns(order, on_duty=on_duty)),
        "night": ("20:00-08:00", "eve"),
    }
    a_desk = plan.desk(
        desk,
        shifts if in_turn else None,
        goodbye=goodbye,
        if_add_fails=(IfAddFails.NEXT, IfAddFails.INVITE),
    )
    now = minute(plan.now)
    who = a_desk.wanted(now)
    for name in refused:
        if name in who.people and who.people[PersonId(name)].reason is Reason.SHIFT:
            a_desk.refuse(now, name)
    a_desk.decision(now - waited * SECOND)
    found, again = a_desk.decision(now), a_desk.decision(now)
    assert min(found.look_at, found.read_at) >= now
    assert (again.seats, again.steps, again.holds) == ((), found.steps, found.holds)
    for step in changes_ready(found, now):
        evidence = a_desk.evidence(now, step)
        assert guard.check(step.kind, step.person, step.because, evidence, now) is None


def changes_ready(found: Decision, now: datetime) -> Iterator[Step]:
    for step in found.steps:
        assert step.due >= now
        if step.ready(now) and step.kind in CHANGES:
            yield step


# -- carried out in a world, the steps end in what is wanted -------------------------------------


@pytest.mark.promise("C1", "I2", "I7", "S3")
@given(plan=plans(), goodbye=GOODBYES)
def test_carried_out_the_steps_reach_what_is_wanted_and_stop(
    desk: Make, plan: Plan, goodbye: Goodbye | None
) -> None:
    a_desk = replace(plan, in_doubt=()).desk(desk, goodbye=goodbye)
    now = minute(plan.now)
    done: list[tuple[Kind, tuple[PersonId, ...]]] = []
    while step := a_desk.decision(now).first_ready(now):
        on_duty = a_desk.wanted(now).on_duty & a_desk.inside.keys()
        if step.kind in CHANGES:
            evidence = a_desk.evidence(now, step)
            assert guard.check(step.kind, step.person, step.because, evidence, now) is None
        a_desk.carry_out(step, now)
        if step.because.reason is not Reason.LEAVER:
            assert bool(on_duty) <= bool(on_duty & a_desk.inside.keys())
        now += 2 * SECOND
        a_desk.read(now)
        now += SECOND
        done.append((step.kind, step.people))
        assert len(done) == len(set(done)) <= 2 * len(NAMES)
    left = a_desk.decision(now)
    assert left.seats == ()
    wanted, kept = a_desk.wanted(now), a_desk.facts(now).kept
    assert wanted.entitled - kept <= a_desk.inside.keys()
    too_many = (a_desk.managed(now) & a_desk.inside.keys()) - wanted.people.keys() - kept
    held = {s.person for s in left.steps if s.kind is Kind.REMOVE}
    assert held == too_many
    assert all(s.hold is not None or s.due > now for s in left.steps)


@given(plan=plans(), goodbye=GOODBYES, part=st.floats(0.001, 0.999))
def test_nothing_becomes_ready_before_the_decision_wants_to_be_asked_again(
    desk: Make, plan: Plan, goodbye: Goodbye | None, part: float
) -> None:
    a_desk = replace(plan, in_doubt=()).desk(desk, goodbye=goodbye)
    now = minute(plan.now)
    for _ in range(2):
        _, now = a_desk.settle(now)
        look_at = a_desk.decision(now).look_at
        assert look_at > now
        assert a_desk.ready(now + part * (look_at - now)) == []
        now = look_at
        a_desk.read(now - 2 * SECOND)


@pytest.mark.promise("C4")
@given(
    plan=plans(),
    answers=st.lists(st.sampled_from(["landed", "lost", "doubt", "no"]), max_size=12),
)
def test_whatever_the_answers_every_open_difference_is_due_within_15_minutes_or_held(
    desk: Make, plan: Plan, answers: list[str]
) -> None:
    a_desk = plan.desk(desk)
    now = minute(plan.now)
    outcomes = {"doubt": InDoubt(), "no": Refused(Refusal.BAD_REQUEST)}
    for answer in answers:
        found = a_desk.decision(now)
        for step in found.steps:
            is_open = step.hold is None and step.detail != CLOSED
            assert not is_open or step.due <= now + 15 * MINUTE
        if (step := found.first_ready(now)) is not None:
            a_desk.carry_out(step, now, outcomes.get(answer, Accepted()), lands=answer == "landed")
        now = min(now + 7 * MINUTE, max(found.look_at, now + 2 * SECOND))
        a_desk.read(now)
        now += SECOND
    for person, seat in a_desk.seats.items():
        assert (seat.seen is Seen.IN) == (person in a_desk.inside)
