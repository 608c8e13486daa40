"""Several daemons rehearsed over one ledger and one world, one step of one of them at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from rotation.core.facts import Moment
from rotation.core.roster import Roster
from rotation.engine import Adopted, Engine, Shared, Terms
from rotation.ledger import Replica
from rotation.wiring.mortal import Killed
from rotation.wiring.rehearsal import Rehearsal


@dataclass(slots=True, eq=False)
class Machine:
    """One of the daemons. `due` is by its own clock, the other instants are the world's.

    `at_work`: in the middle of a step, in which it may stand still while others go on.
    """

    place: str
    shared: Shared
    engine: Engine
    beat_at: datetime
    due: datetime | None = None
    away_until: datetime | None = None
    at_work: bool = False


class Fleet(Rehearsal):
    """`replicas` daemons where a rehearsal has one. Whoever is killed is away for `down`.

    `looks` is called after every step, whoever made it.
    """

    def __init__(
        self,
        world: dict[str, object],
        starts: datetime,
        *,
        replicas: int = 3,
        terms: Terms | None = None,
        share: type[Shared] = Shared,
        looks: Callable[[], None] | None = None,
        **rest: Any,  # noqa: ANN401 - what a rehearsal takes
    ) -> None:
        self._terms = terms or Terms()
        self._share = share
        self._looks = looks or (lambda: None)
        self._numbers = count(1)
        self._at_work: Machine | None = None
        self.down = timedelta(0)
        self.takeovers = 0
        super().__init__(world, starts, **rest)
        self.machines = [self._machine(f"machine {n}") for n in range(1, replicas + 1)]

    def _machine(self, place: str) -> Machine:
        me = Replica(
            replica=f"{place}/{next(self._numbers)}",
            place=place,
            version="rehearsal",
            zone_data=self.zone_data,
            accounts=(self.account,),
            roster="",
            standby="",
            beat=0,
            started_at=self.now,
            seen_at=self.now,
        )
        shared = self._share(self.ledger, self.moment, me, self._terms)
        return Machine(place, shared, self._engine(shared), self.now)

    @property
    def at_work(self) -> str:
        """The replica that makes a step now."""
        return self._at_work.shared.me.replica if self._at_work is not None else ""

    def moment(self) -> Moment:
        place = self._at_work.place if self._at_work is not None else "rehearsal"
        return Moment(self.now + self.clock_error, place, self.now.timestamp())

    def adopt(self, roster: Roster, digest: str) -> Adopted:
        self.wake()
        return super().adopt(roster, digest)

    def clock_moves(self, error: timedelta) -> None:
        super().clock_moves(error)
        self.wake()

    def wake(self) -> None:
        for machine in self.machines:
            machine.due = None

    def restart(self) -> None:
        """Nobody is away for longer than until now."""
        for machine in self.machines:
            if machine.away_until is not None:
                machine.away_until = self.now

    def pause(self, length: timedelta) -> None:
        """Whoever is at work stands still for so long; the others do not."""
        ends = self.now + length
        while self.now < ends:
            self.step(ends)

    def step(self, until: datetime) -> None:
        """A step of whoever is due next, or world time passes until somebody is."""
        free = [m for m in self.machines if not m.at_work]
        machine = min(free, key=self._next_at, default=None)
        at = until if machine is None else self._next_at(machine)
        if machine is None or at > self.now:
            self.world.idle(min(at, until))
            return
        before, self._at_work = self._at_work, machine
        machine.at_work = True
        try:
            self._act(machine)
        except Killed:
            machine.away_until, self.down = self.now + self.down, timedelta(0)
        finally:
            machine.at_work = False
            self._at_work = before
        self._looks()

    def _next_at(self, machine: Machine) -> datetime:
        if machine.away_until is not None:
            return machine.away_until
        due = self.now if machine.due is None else machine.due - self.clock_error
        return min(machine.beat_at, due, self._posted_at())

    def _act(self, machine: Machine) -> None:
        if machine.away_until is not None:
            anew = self._machine(machine.place)
            machine.shared, machine.engine = anew.shared, anew.engine
            machine.beat_at, machine.due, machine.away_until = self.now, None, None
        elif self._posted_at() <= self.now or self.intake.has_news():
            self._take_post()
        elif machine.beat_at <= self.now:
            self._beat(machine)
        else:
            machine.due = machine.engine.tick(self.account)
            self.ticks += 1

    def _beat(self, machine: Machine) -> None:
        held = machine.shared.held
        pause = machine.shared.beat()
        machine.beat_at = (self.now + timedelta(seconds=pause)).astimezone(UTC)
        if machine.shared.held - held:
            self.takeovers += 1
            machine.due = None
