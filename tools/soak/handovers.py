"""Handovers without end: one desk after another, each drawn from its seed and rehearsed whole."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

from told import Soaked

from rotation.wiring.desks import BOUNDARIES, planned
from rotation.wiring.heap import keep_what_is_here
from rotation.wiring.simulation import Simulation

TOLD_EVERY = 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What became of the desk of one seed."""

    seed: int
    force: str
    handovers: int
    proven: int
    attempts: int
    restarts: int
    trace: str
    violations: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """All desks together."""

    began: float = field(default_factory=time.monotonic)
    took: float = 0.0
    first: int = 0
    desks: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def adds(self, desk: Desk) -> None:
        self.desks += 1
        self.took = time.monotonic() - self.began
        self.counts.update(
            handovers=desk.handovers, proven=desk.proven, attempts=desk.attempts,
            restarts=desk.restarts, **{f"desks in {desk.force} weather": 1},
        )  # fmt: skip
        for text in desk.violations:
            self.violations.append(f"seed {desk.seed}: {text}")
            print(f"VIOLATION {self.violations[-1]}")
            print(f"    again: python tools/soak --handovers 1 --seed {desk.seed}", flush=True)

    @property
    def rate(self) -> float:
        """Handovers a second."""
        return self.counts["handovers"] / self.took if self.took else 0.0

    def summary(self) -> Soaked:
        more = {
            **self.counts,
            "handovers a second": round(self.rate, 1),
            "processes": os.cpu_count(),
        }
        last = self.first + self.desks - 1
        return Soaked(self.counts["handovers"], last, tuple(self.violations), more)

    def __str__(self) -> str:
        made = self.counts
        return (
            f"{made['handovers']:,} handovers ({made['proven']:,} proven) on {self.desks:,} desks, "
            f"{made['attempts']:,} attempts, {made['restarts']:,} restarts, "
            f"{len(self.violations)} violations, {self.rate:.0f} a second"
        )


def soaked(handovers: int, seed: int) -> Soaked:
    """Desks of one seed after the other until so many boundaries were proven or ended."""
    found, told_at = Tally(first=seed), time.monotonic()
    for desk in _desks(seed, found, handovers):
        found.adds(desk)
        if time.monotonic() - told_at > TOLD_EVERY:
            told_at = time.monotonic()
            print(found, flush=True)
    print(found)
    return found.summary()


def _desks(seed: int, found: Tally, handovers: int) -> Iterator[Desk]:
    """As they are done, on all cores; every seed that was begun is brought to its end."""
    seeds, cores = count(seed), os.cpu_count() or 1
    with ProcessPoolExecutor(cores, max_tasks_per_child=50, initializer=keep_what_is_here) as pool:
        under_way: set[Future[Desk]] = set()
        while under_way or found.counts["handovers"] < handovers:
            left = handovers - found.counts["handovers"] - BOUNDARIES * len(under_way)
            while left > 0 and len(under_way) < cores + 1:
                under_way.add(pool.submit(_rehearsed, next(seeds)))
                left -= BOUNDARIES
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _rehearsed(seed: int) -> Desk:
    plan = planned(seed)
    simulation = Simulation(plan)
    simulation.run()
    with simulation.rehearsal.ledger.reading() as books:
        proven = sum(row.proven_at is not None for row in books.handovers.of())
        attempts = len(books.attempts.after(0))
    wrong = tuple(str(violation) for violation in simulation.oracles.found)
    return Desk(
        seed, plan.force.value, simulation.handovers, proven, attempts, simulation.restarts,
        simulation.trace, wrong,
    )  # fmt: skip
