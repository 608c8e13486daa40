"""The few people, shifts and rights that are explored, and plain arithmetic over them.

What is asked of the core goes through `facts` and `evidence`; what the judge needs (`on_duty`,
`may_stay`, `may_come`) is worked out from the hours alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from rotation.core import guard
from rotation.core.difference import GroupFacts
from rotation.core.facts import (
    AccountState,
    Because,
    GroupState,
    Identity,
    Kind,
    Leaver,
    Role,
    Seat,
)
from rotation.core.reason import Reason
from rotation.core.roster import (
    AccountId,
    ChatId,
    Everyone,
    Goodbye,
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
)
from rotation.core.timeline import Timeline
from rotation.core.wanted import Wanted, last_wanted, wanted

GROUP, ACCOUNT = GroupId("desk"), AccountId("main")
ANA, BEN, CHEN = (PersonId(name) for name in ("ana", "ben", "chen"))
PEOPLE = (ANA, BEN, CHEN)
OWN = "+15550100999"
OURS = AccountState(ACCOUNT, own=frozenset({OWN}))
DEADLINE = timedelta(seconds=20)
EARLY = LATE = timedelta(minutes=1)
Said = tuple[tuple[Kind, PersonId, str, datetime], ...]


@cache
def noon(minutes: float) -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Desk:
    """Who is on in which minutes after noon, who is inside at `begins`, and who is special."""

    name: str
    hours: tuple[tuple[PersonId, int, int], ...]
    inside: frozenset[PersonId]
    begins: datetime
    leaves: tuple[PersonId, datetime] | None = None
    creator: PersonId | None = None
    always_in: frozenset[PersonId] = frozenset()
    roster: Roster = field(init=False)
    timeline: Timeline = field(init=False)
    _wanted: dict[object, Wanted] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roster", _roster(self.hours, self.always_in))
        object.__setattr__(self, "timeline", Timeline(self.roster))

    __hash__ = object.__hash__

    @property
    def group(self) -> Group:
        return self.roster.groups[GROUP]

    @property
    def last_change(self) -> datetime:
        """From then on everything should stay as it is."""
        return max(noon(starts) for _, starts, _ in self.hours) + LATE

    # Plain arithmetic, for the judge

    def on_duty(self, at: datetime) -> set[PersonId]:
        found = {p for p, starts, ends in self.hours if noon(starts) <= at < noon(ends)}
        return found - self.leavers(at).keys()

    def may_stay(self, person: PersonId, at: datetime) -> bool:
        return any(
            p == person and noon(starts) - EARLY <= at < noon(ends) + LATE
            for p, starts, ends in self.hours
        )

    def may_come(self, person: PersonId, at: datetime) -> bool:
        return any(
            p == person and noon(starts) - EARLY <= at < noon(ends)
            for p, starts, ends in self.hours
        )

    def leavers(self, at: datetime) -> Mapping[PersonId, Leaver]:
        if self.leaves is None or at < self.leaves[1]:
            return {}
        person, since = self.leaves
        return {person: Leaver(person, since, "mara", "left the firm")}

    def present(self, inside: frozenset[PersonId]) -> Mapping[PersonId, Role]:
        return {p: Role.CREATOR if p == self.creator else Role.MEMBER for p in inside}

    # What the core is asked with

    def facts(
        self, seats: Mapping[PersonId, Seat], state: GroupState, said: Said, now: datetime
    ) -> GroupFacts:
        who, leavers = self.wanted(now), self.leavers(now)
        managed = frozenset(PEOPLE) - self.always_in
        return GroupFacts(
            group=self.group,
            mode=Mode.MANAGED,
            wanted=who,
            seats=dict(seats),
            state=state,
            account=OURS,
            managed=managed,
            kept=self.always_in,
            said={(kind, person, key): at for kind, person, key, at in said},
            gone={p: self._gone(p, who, leavers, now) for p in managed if p not in who.people},
        )

    def wanted(self, now: datetime) -> Wanted:
        if now not in self._wanted:
            self._wanted[now] = wanted(
                self.timeline, self.group, (), self.leavers(now), now, origin="r1"
            )
        return self._wanted[now]

    def _gone(
        self, person: PersonId, who: Wanted, leavers: Mapping[PersonId, Leaver], now: datetime
    ) -> Because:
        if person in leavers:
            return Because(Reason.LEAVER, f"leaver/{person}", "mara", ends=leavers[person].since)
        last = who.gone.get(person) or last_wanted(self.timeline, self.group, person, now)
        return last or Because(Reason.ENFORCEMENT, f"off-duty/{person}", "roster")

    def evidence(
        self,
        seats: Mapping[PersonId, Seat],
        state: GroupState,
        notice_at: datetime | None,
        trusted_until: datetime,
        now: datetime,
    ) -> guard.Evidence:
        return guard.Evidence(
            roster=self.roster,
            timeline=self.timeline,
            group=self.group,
            grants=(),
            leavers=frozenset(self.leavers(now)),
            seats=seats,
            identities=_IDENTITIES,
            own=OURS.own,
            state=state,
            managed=frozenset(PEOPLE) - self.always_in,
            stand_ins={},
            notice_at=notice_at,
            recent={Kind.ADD: (), Kind.REMOVE: ()},
            recent_requests=(),
            limit={Kind.ADD: 8, Kind.REMOVE: 8},
            request_limit=60,
            trusted_until=trusted_until,
            deadline=DEADLINE,
            changes=0,
            daily=2000,
        )


_IDENTITIES = {p: Identity(p, Phone(f"+1555010000{n}")) for n, p in enumerate(PEOPLE)}


def _roster(hours: tuple[tuple[PersonId, int, int], ...], always_in: frozenset[PersonId]) -> Roster:
    shifts = {}
    for number, (person, starts, ends) in enumerate(hours):
        told = Hours(12 * 60 + starts, 12 * 60 + ends)
        name = ShiftId(f"s{number}")
        shifts[name] = Shift(name, "UTC", told, frozenset(range(7)), Everyone((person,)))
    policy = Policy(
        join_early=EARLY,
        stay_late=LATE,
        goodbye=Goodbye({("", ""): "{names} sign off."}, timedelta(minutes=1)),
    )
    chat = ChatId("120363041234567890@g.us")
    group = Group(
        GROUP, ACCOUNT, chat, tuple(shifts), Mode.MANAGED, policy, tuple(sorted(always_in))
    )
    people = {p: Person(p, p.title(), _IDENTITIES[p].phone or Phone("")) for p in PEOPLE}
    return Roster(people, shifts, {GROUP: group})


DESKS = (
    Desk(
        "three in a row",
        ((ANA, 0, 5), (BEN, 5, 8), (CHEN, 8, 120)),
        frozenset({ANA}),
        noon(3.5),
    ),
    Desk(
        "back again at once",
        ((ANA, 0, 5), (BEN, 5, 8), (ANA, 8, 120)),
        frozenset({ANA, CHEN}),
        noon(3.5),
        always_in=frozenset({CHEN}),
    ),
    Desk(
        "one of two is a leaver",
        ((ANA, 0, 5), (CHEN, 0, 5), (BEN, 5, 120), (CHEN, 5, 120)),
        frozenset({ANA, CHEN}),
        noon(3.5),
        leaves=(CHEN, noon(4.5)),
    ),
    Desk(
        "the one who goes created the group",
        ((ANA, 0, 5), (BEN, 5, 8), (CHEN, 8, 120)),
        frozenset({ANA}),
        noon(3.5),
        creator=ANA,
    ),
    Desk(
        "long after a handover that nobody saw",
        ((CHEN, 0, 5), (ANA, 5, 60), (BEN, 5, 60)),
        frozenset({CHEN}),
        noon(8),
    ),
)
