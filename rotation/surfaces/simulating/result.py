"""What a simulation came to, counted from the world's truth, its judge and the ledger's rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from rotation.core.facts import HandoverRow, Kind
from rotation.core.holds import LASTING, MEANING, Hold
from rotation.core.roster import AccountId, Group, GroupId, Mode, Roster
from rotation.engine import AccountRules
from rotation.ledger import Books, OpenHold
from rotation.sandbox.wire import Kind as Call
from rotation.wiring.oracles import Difference, Heard, Needless, Violation, What
from rotation.wiring.planned import Plan
from rotation.wiring.simulation import Simulation
from rotation.wiring.weather import Force

MINUTE, MONTH = timedelta(minutes=1), timedelta(days=30)
NOBODY = timedelta(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to simulate: the same values give the same calls, and the same trace."""

    roster: Roster
    starts: datetime
    days: int
    force: Force
    seed: int
    rules: Mapping[AccountId, AccountRules]


@dataclass(frozen=True, slots=True)
class Kept:
    """How one group fared. `uncovered`: nobody on duty was in though somebody was due."""

    group: str
    watched: bool
    handovers: int
    proven: int
    overtaken: int
    missed: int
    uncovered: timedelta


@dataclass(frozen=True, slots=True)
class Held:
    """All holds of one kind. `told` are the people who would have heard of them."""

    hold: Hold
    times: int
    longest: timedelta
    groups: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """Somebody who was in past their end when the simulation ended; `held_by` says why."""

    group: str
    person: str
    since: datetime
    held_by: str


@dataclass(frozen=True, slots=True)
class Stay:
    """The longest time somebody was in without any right to be."""

    lasted: timedelta
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class Told:
    """What people heard: how much of each kind lasted for five minutes, in how many messages.

    `needless`: what nobody had to hear, and why; `rate` is how much of it in a group and month.
    """

    lasted: Mapping[What, int]
    messages: int
    needless: tuple[Needless, ...]
    rate: float

    @classmethod
    def by(cls, heard: Heard, groups: int, length: timedelta) -> "Told":
        needless = tuple(heard.needless)
        rate = len(needless) / (groups * (length / MONTH))
        return cls(heard.lasted, heard.messages, needless, rate)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one account."""

    account: str
    kept: tuple[Kept, ...]
    attempts: int
    retries: int
    restarts: int
    told: Told
    longest_stay: Stay
    past_end: tuple[Past, ...]
    absent: tuple[Past, ...]
    busiest: Mapping[str, int]
    held: tuple[Held, ...]
    violations: tuple[Violation, ...]
    trace: str

    @property
    def handovers(self) -> int:
        return sum(k.handovers for k in self.kept if not k.watched)

    @property
    def uncovered(self) -> timedelta:
        return sum((k.uncovered for k in self.kept), NOBODY)


@dataclass(frozen=True, slots=True)
class Result:
    asked: Asked
    accounts: tuple[Came, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        return tuple(v for came in self.accounts for v in came.violations)

    @property
    def well(self) -> bool:
        """No invariant was broken; that all had converged at the end is one of them."""
        return not self.violations


def simulated(asked: Asked, passed: Callable[[str, timedelta], None]) -> Result:
    """Run it, account by account; `passed` is told how much of an account's time is over."""
    accounts = sorted({g.account for g in asked.roster.groups.values()})
    return Result(asked, tuple(_came(asked, account, passed) for account in accounts))


def _came(asked: Asked, account: AccountId, passed: Callable[[str, timedelta], None]) -> Came:
    plan = Plan(
        asked.roster, account, asked.starts, timedelta(days=asked.days), asked.force, asked.seed,
        asked.rules.get(account, AccountRules()),
    )  # fmt: skip
    simulation = Simulation(plan, passed=lambda at: passed(account, at - plan.starts))
    simulation.run()
    trace, left = simulation.trace, simulation.oracles.differences(simulation.now)
    with simulation.rehearsal.ledger.reading() as books:
        return _counted(books, simulation, left, trace)


class _Longest(BaseModel):
    minutes: float
    chat: str
    phone: str


class _Measures(BaseModel):
    longest_stay_past_end: _Longest
    uncovered_minutes: dict[str, float]


class _Verdict(BaseModel):
    """What is read of the judge's verdict."""

    measures: _Measures


def _counted(books: Books, simulation: Simulation, left: list[Difference], trace: str) -> Came:
    roster, now = simulation.roster, simulation.now
    measures = _Verdict.model_validate(simulation.world.verdict()).measures
    tried = [a for a in books.attempts.of() if a.kind in (Kind.ADD, Kind.REMOVE)]
    first = {(a.group, a.person, a.kind, a.because.key) for a in tried}
    names = _Names(roster)
    stay = measures.longest_stay_past_end
    return Came(
        account=simulation.plan.account,
        kept=tuple(
            _kept(g, books.handovers.of(g.id), measures.uncovered_minutes.get(g.chat, 0.0))
            for g in roster.groups.values()
        ),
        attempts=len(tried),
        retries=len(tried) - len(first),
        restarts=simulation.restarts,
        told=Told.by(simulation.oracles.heard, len(roster.groups), simulation.plan.length),
        longest_stay=Stay(stay.minutes * MINUTE, names.group(stay.chat), names.person(stay.phone)),
        past_end=tuple(names.past(d) for d in left if d.kind is Call.REMOVE),
        absent=tuple(names.past(d) for d in left if d.kind is Call.ADD),
        busiest=simulation.oracles.busiest,
        held=tuple(_held(books.holds.since(simulation.plan.starts), roster, now)),
        violations=tuple(simulation.oracles.found),
        trace=trace,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    roster: Roster

    def group(self, chat: str) -> str:
        return next((str(g.id) for g in self.roster.groups.values() if g.chat == chat), "")

    def person(self, phone: str) -> str:
        return next((str(p.id) for p in self.roster.people.values() if p.phone == phone), "")

    def past(self, found: Difference) -> Past:
        return Past(self.group(found.chat), self.person(found.phone), found.since, found.held_by)


def _kept(group: Group, rows: list[HandoverRow], uncovered: float) -> Kept:
    watched = group.mode is Mode.WATCH
    newest = max((h.at for h in rows), default=None)
    unproven = [h for h in rows if h.proven_at is None]
    missed = sum(h.missed for h in unproven)
    return Kept(
        group=group.id,
        watched=watched,
        handovers=len(rows),
        proven=len(rows) - len(unproven),
        overtaken=sum(not h.missed and h.at != newest for h in unproven),
        missed=missed,
        uncovered=uncovered * MINUTE,
    )


def _held(holds: Iterable[OpenHold], roster: Roster, now: datetime) -> Iterator[Held]:
    by_kind: dict[Hold, list[OpenHold]] = {}
    for hold in holds:
        by_kind.setdefault(hold.item.hold, []).append(hold)
    for kind, all_ in sorted(by_kind.items()):
        lasted = [(h.closed_at or now) - h.since for h in all_]
        long = [h for h, time in zip(all_, lasted, strict=True) if time >= LASTING]
        told = {p for h in long for p in _told(h.item.group, roster)}
        yield Held(
            kind,
            len(all_),
            max(*lasted, NOBODY),
            tuple(sorted({str(h.item.group) for h in all_ if h.item.group is not None})),
            tuple(sorted(told)) if MEANING[kind].alarm else (),
        )


def _told(group: GroupId | None, roster: Roster) -> tuple[str, ...]:
    known = roster.groups.get(group) if group is not None else None
    return tuple(known.tell if known is not None and known.tell else roster.tell)
