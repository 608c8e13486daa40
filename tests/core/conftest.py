"""A desk on paper: its roster, who is truly in its group, and all that is known of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rotation.core import answer, guard
from rotation.core.decide import Decision, Step, decide
from rotation.core.difference import GroupFacts
from rotation.core.facts import (
    AccountState,
    Attempt,
    Because,
    Effect,
    Grant,
    GroupState,
    Identity,
    Kind,
    Leaver,
    Reading,
    Role,
    Seat,
)
from rotation.core.outcome import Accepted, Outcome, Refusal
from rotation.core.proof import Proven, prove
from rotation.core.reason import Reason
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.core.timeline import Timeline
from rotation.core.wanted import Wanted, last_wanted, wanted

DESK, MAIN = GroupId("desk"), AccountId("main")
OWN = "+15550100999"
ANCHOR = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
FOLLOW_THE_SUN = {
    "asia": ("00:00-08:00", "ana"),
    "europe": ("08:00-16:00", "ben"),
    "america": ("16:00-24:00", "chen"),
}
SECOND = timedelta(seconds=1)
OURS = AccountState(MAIN, own=frozenset({OWN}))
UNREAD = GroupState(DESK, MAIN, due=NOON)


def shift(name: str, hours: str, who: str | Turns) -> Shift:
    """Daily, told in UTC; `who` are all on duty, unless it is somebody's turn."""
    starts, ends = (int(t[:2]) * 60 + int(t[3:]) for t in hours.split("-"))
    turns = Everyone(tuple(PersonId(p) for p in who.split())) if isinstance(who, str) else who
    told = Hours(starts, ends, int(ends <= starts))
    return Shift(ShiftId(name), "UTC", told, frozenset(range(7)), turns)


def people_of(names: str | Iterable[str]) -> tuple[PersonId, ...]:
    return tuple(PersonId(p) for p in (names.split() if isinstance(names, str) else names))


@dataclass
class Desk:
    """One group and everything about it. `inside` is the truth; `seats` is what was read."""

    roster: Roster
    inside: dict[PersonId, Role]
    grants: list[Grant] = field(default_factory=list)
    leavers: dict[PersonId, Leaver] = field(default_factory=dict)
    seats: dict[PersonId, Seat] = field(default_factory=dict)
    said: dict[tuple[Kind, PersonId, str], datetime] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    account: AccountState = OURS
    state: GroupState = UNREAD
    also_managed: frozenset[PersonId] = frozenset()
    unresolved: int = 0
    we_are_admin: bool = True

    @property
    def group(self) -> Group:
        return self.roster.groups[DESK]

    @property
    def timeline(self) -> Timeline:
        return Timeline(self.roster)

    def wanted(self, now: datetime) -> Wanted:
        refused = {s.person: s.refused_key for s in self.seats.values() if s.refused}
        return wanted(
            self.timeline, self.group, self.grants, self.leavers, now, origin="r1", refused=refused
        )

    def managed(self, now: datetime) -> frozenset[PersonId]:
        granted = {g.person for g in self.grants if g.effect is Effect.IN and g.starts <= now}
        known = self.roster.rostered(DESK) | granted | self.leavers.keys() | self.also_managed
        return frozenset(known) - frozenset(self.group.always_in)

    def facts(self, now: datetime) -> GroupFacts:
        who, managed = self.wanted(now), self.managed(now)
        return GroupFacts(
            group=self.group,
            mode=self.group.mode,
            wanted=who,
            seats=dict(self.seats),
            state=self.state,
            account=self.account,
            managed=managed,
            kept=frozenset(self.group.always_in),
            said=dict(self.said),
            gone={p: self._gone(p, who, now) for p in managed if p not in who.people},
        )

    def _gone(self, person: PersonId, who: Wanted, now: datetime) -> Because:
        if person in self.leavers:
            since = self.leavers[person].since
            return Because(Reason.LEAVER, f"leaver/{person}", "mara", ends=since)
        last = who.gone.get(person) or last_wanted(self.timeline, self.group, person, now)
        return last or Because(Reason.ENFORCEMENT, f"off-duty/{person}", "roster")

    def decision(self, now: datetime) -> Decision:
        """The decision now; the seats it changes are written down, as the engine does."""
        found = decide(self.facts(now), now)
        self.seats |= {s.person: s for s in found.seats}
        return found

    def steps(self, now: datetime) -> dict[tuple[str, str], Step]:
        """Its steps, by what is done and to whom."""
        found = self.decision(now).steps
        return {(s.kind.value, " ".join(s.people)): s for s in found}

    def ready(self, now: datetime) -> list[tuple[str, str]]:
        """What it would carry out now, in order."""
        found = self.decision(now).steps
        return [(s.kind.value, " ".join(s.people)) for s in found if s.ready(now)]

    def holds(self, now: datetime) -> dict[str | None, str]:
        """Its holds, by person; under None the one of the whole group."""
        return {h.person: h.hold.value for h in self.decision(now).holds}

    def read(self, now: datetime) -> Proven:
        """Read the group as it truly is, and write down what that proves."""
        ended_at = now + SECOND
        reading = Reading(DESK, now, ended_at, self.inside, self.unresolved, self.we_are_admin)
        resolvable = frozenset() if self.unresolved else frozenset(self.seats)
        tried = {p: tuple(self._tried(s)) for p, s in self.seats.items() if s.op_since}
        proven = prove(self.seats, reading, resolvable, tried)
        self.seats = dict(proven.seats)
        self.state = replace(
            self.state,
            read_began_at=now,
            read_ended_at=ended_at,
            we_are_admin=self.we_are_admin,
            unresolved=self.unresolved,
        )
        return proven

    def _tried(self, seat: Seat) -> Iterable[Attempt]:
        since = seat.op_since
        return (
            a
            for a in self.attempts
            if a.person == seat.person and since is not None and a.sent_at >= since
        )

    def carry_out(
        self, step: Step, now: datetime, outcome: Outcome | None = None, *, lands: bool = True
    ) -> None:
        """Send a step: it takes effect when it `lands`, and its answer is written down."""
        if step.kind in (Kind.NOTICE, Kind.INVITE):
            keys = {p: self._said_for(p, step, now) for p in step.people}
            self.said |= {(step.kind, p, key): now for p, key in keys.items()}
            return
        person, outcome = step.person, outcome or Accepted()
        self.attempts.append(
            Attempt(
                id=len(self.attempts) + 1, account=MAIN, kind=step.kind, group=DESK, person=person,
                because=step.because, roster="r1", zone_data="z", boot="b1", uptime=0.0,
                sent_at=now, ended_at=now + SECOND, outcome=outcome,
            )
        )  # fmt: skip
        if lands and step.kind is Kind.ADD:
            self.inside.setdefault(person, Role.MEMBER)
        elif lands:
            self.inside.pop(person, None)
        ended_at = now + SECOND
        seat = answer.after(self.seats[person], step.because, step.kind, outcome, ended_at)
        self.seats[person] = seat
        self.state = replace(self.state, mutated_at=ended_at)

    def _said_for(self, person: PersonId, step: Step, now: datetime) -> str:
        if step.kind is Kind.INVITE:
            return step.because.key
        facts = self.facts(now)
        gone = facts.gone.get(person)
        if gone is not None:
            return gone.key
        ends = facts.wanted.people[person].ends
        return next(
            c.then.key for c in facts.wanted.claims if c.person == person and c.ends == ends
        )

    def evidence(self, now: datetime, step: Step | None = None) -> guard.Evidence:
        key = (Kind.NOTICE, step.person, step.because.key) if step else None
        known = (*self.roster.people.values(),)
        return guard.Evidence(
            roster=self.roster,
            timeline=self.timeline,
            group=self.group,
            grants=tuple(self.grants),
            leavers=frozenset(self.leavers),
            seats=dict(self.seats),
            identities={p.id: Identity(p.id, p.phone) for p in known},
            own=self.account.own,
            state=self.state,
            managed=self.managed(now),
            stand_ins=self.wanted(now).stand_ins,
            notice_at=self.said.get(key) if key else None,
            recent={Kind.ADD: (), Kind.REMOVE: ()},
            recent_requests=(),
            limit={Kind.ADD: 8, Kind.REMOVE: 8},
            request_limit=60,
            trusted_until=None,
            deadline=timedelta(seconds=20),
            changes=0,
            daily=2000,
        )

    def settle(self, now: datetime) -> tuple[list[tuple[str, str]], datetime]:
        """Carry out whatever is ready, each step followed by a read, until nothing is."""
        done: list[tuple[str, str]] = []
        while step := self.decision(now).first_ready(now):
            self.carry_out(step, now)
            now += 2 * SECOND
            self.read(now)
            now += SECOND
            done.append((step.kind.value, " ".join(step.people)))
            if len(done) > 100:
                pytest.fail(f"never settles: {done[-6:]}")
        return done, now

    def grant(
        self,
        person: str,
        starts: datetime,
        until: datetime | None = None,
        *,
        out: bool = False,
        duty: bool = False,
        ended_at: datetime | None = None,
    ) -> Grant:
        """Put somebody in, or out, by mara's hand."""
        made = Grant(
            id=len(self.grants) + 1, group=DESK, person=PersonId(person),
            effect=Effect.OUT if out else Effect.IN, starts=starts, until=until, duty=duty,
            reason="as agreed", author="mara", made_at=starts, ended_at=ended_at,
        )  # fmt: skip
        self.grants.append(made)
        return made

    def wipe(self, person: str, since: datetime) -> None:
        self.leavers[PersonId(person)] = Leaver(PersonId(person), since, "mara", "left the firm")

    def refuse(self, now: datetime, *people: str, why: Refusal = Refusal.PRIVACY) -> None:
        """Their adds were refused in the occurrence that holds now."""
        for person in people_of(people):
            key = self.wanted(now).people[person].key
            self.decision(now)
            self.change(person, refused=why, refused_key=key)

    def change(self, person: str, **what: object) -> None:
        """Change what the seat of somebody says."""
        self.seats[PersonId(person)] = replace(self.seats[PersonId(person)], **what)


def build(
    inside: str = "",
    *,
    shifts: Mapping[str, tuple[str, str | Turns]] | None = None,
    mode: Mode = Mode.MANAGED,
    always_in: str = "",
    pins: str = "",
    others: str = "dora mara",
    read_at: datetime | None = None,
    **policy: object,
) -> Desk:
    """A desk that follows the sun (ana from 00:00, ben from 08:00, chen from 16:00 UTC).

    `inside` are truly in the group; they are also seen if `read_at` is given.
    """
    told = FOLLOW_THE_SUN if shifts is None else shifts
    known = {name: shift(name, *what) for name, what in told.items()}
    names = [p for s in known.values() for p in s.people]
    names += people_of(f"{always_in} {pins} {others} {inside}")
    people = {p: Person(p, p.title(), Phone(f"+1555000{i:04d}")) for i, p in enumerate(names)}
    group = Group(
        DESK,
        MAIN,
        ChatId("120363041234567890@g.us"),
        tuple(s.id for s in known.values()),
        mode,
        Policy(**policy),
        people_of(always_in),
        people_of(pins),
    )
    roster = Roster(people, {s.id: s for s in known.values()}, {DESK: group})
    desk = Desk(roster, dict.fromkeys(people_of(inside), Role.MEMBER))
    if read_at is not None:
        desk.seats = {p: Seat(DESK, p) for p in people}
        desk.read(read_at)
    return desk


@pytest.fixture(scope="session")
def desk() -> Callable[..., Desk]:
    """Makes a desk; what is not said is as plain as can be."""
    return build


@pytest.fixture(scope="session")
def turns() -> Callable[..., Turns]:
    """Whose turn it is, changing every day from Monday 5 January 2026."""

    def made(order: str, unit: Every = Every.DAY, on_duty: int = 1) -> Turns:
        return Turns(people_of(order), unit, 1, ANCHOR, on_duty)

    return made
