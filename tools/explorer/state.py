"""One state of the explored system: what the ledger holds, what is true, and what is under way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from desk import ACCOUNT, GROUP, PEOPLE, Desk, Said

from rotation.core.decide import Step
from rotation.core.facts import Attempt, GroupState, Kind, Seat
from rotation.core.outcome import Outcome
from rotation.core.roster import PersonId


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger that both replicas share: `holder` acts for the account, until `until`."""

    seats: tuple[Seat, ...]
    group: GroupState
    holder: int
    until: datetime
    attempts: tuple[Attempt, ...] = ()
    said: Said = ()

    def seat(self, person: PersonId) -> Seat:
        return self.seats[PEOPLE.index(person)]

    def by_person(self) -> Mapping[PersonId, Seat]:
        return dict(zip(PEOPLE, self.seats, strict=True))

    def saving(self, *seats: Seat) -> "Books":
        kept = {s.person: s for s in self.seats} | {s.person: s for s in seats}
        return replace(self, seats=tuple(kept[p] for p in PEOPLE))


@dataclass(frozen=True, slots=True)
class Coming:
    """A call that will take effect: `late` when nobody could expect it any more."""

    at: datetime
    kind: Kind
    person: PersonId
    late: bool


@dataclass(frozen=True, slots=True)
class World:
    """Who is truly inside and was before the last change, and what the last list showed since.

    `misled` once a list was not true; `sent` counts notices that left, by person and occurrence.
    """

    inside: frozenset[PersonId]
    before: frozenset[PersonId]
    coming: tuple[Coming, ...] = ()
    shown: tuple[datetime, frozenset[PersonId]] | None = None
    misled: bool = False
    sent: tuple[tuple[PersonId, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call that left: which attempt, when its answer comes, and what that will be."""

    attempt: int
    ends: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Replica:
    """A daemon: due at `wakes`; `down` until then; `stalled` between a decision and its guard."""

    wakes: datetime
    trusted: datetime
    down: bool = False
    knows: bool = True
    call: Call | None = None
    stalled: Step | None = None


@dataclass(frozen=True, slots=True)
class State:
    now: datetime
    books: Books
    world: World
    replicas: tuple[Replica, ...]
    faults: int
    crashes: int

    def with_replica(self, number: int, replica: Replica) -> "State":
        others = list(self.replicas)
        others[number] = replica
        return replace(self, replicas=tuple(others))


def beginning(desk: Desk, faults: int, crashes: int, lease: datetime) -> State:
    """Nothing is known yet, and the first replica has the lease."""
    at = desk.begins
    seats = tuple(Seat(GROUP, p) for p in PEOPLE)
    books = Books(seats, GroupState(GROUP, ACCOUNT, at), 0, lease)
    world = World(desk.inside, desk.inside)
    return State(at, books, world, (Replica(at, lease), Replica(at, at)), faults, crashes)
