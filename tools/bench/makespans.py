"""How long a handover of a hundred people takes, and whether any minute ever held too many calls.

The real engine, ledger and provider in a rehearsal, a call and its answer being on their way for
up to half a second together, in some scenes for up to a whole one. The limit is what the drip
alone would allow: a call as soon as the sixty seconds of the one before the window are over, and
no time for anything else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import rosters
from table import Goal, Row

from rotation.core.budget import Rule
from rotation.core.facts import Attempt, Kind
from rotation.core.roster import Roster
from rotation.engine import AccountRules
from rotation.surfaces.forecast import Job, Pace, finish_times
from rotation.wiring.example import CUSTOMERS, duty_for, world_for
from rotation.wiring.mortal import Killed
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

EIGHT = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
BEFORE, AFTER = timedelta(minutes=10), timedelta(hours=2)
PEOPLE = 100
RULES = AccountRules()
WINDOW = 60.0
ON_THE_WAY = 0.25
"""Seconds a call may be on its way, and its answer as long again."""
LIMIT = Goal("<=", 1.01)
RIGHT = Goal("<=", 0.01, "")
NONE = Goal("=", 0, "")


@dataclass(frozen=True, slots=True)
class Scene:
    """One handover: so many groups, so many people each, and what goes wrong meanwhile."""

    what: str
    groups: int
    paced: bool = False
    on_the_way: float = ON_THE_WAY
    trouble: Callable[[Rehearsal], None] = lambda _rehearsal: None
    killed_at: int = 0
    seed: int = 1


def measured() -> Iterator[Row]:
    too_many = 0
    for scene in SCENES:
        done = _played(scene)
        too_many += done.too_many
        yield from done.rows()
    for scene in TROUBLED:
        done = _played(scene)
        too_many += done.too_many
        yield Row(f"changes made: {scene.what}", str(done.changes), str(2 * PEOPLE),
                  done.changes / (2 * PEOPLE), Goal(">=", 1))  # fmt: skip
    runs = f"{len(SCENES) + len(TROUBLED)} handovers"
    yield Row("minutes with a call too many, as the server counts", str(too_many), runs,
              too_many, NONE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Played:
    """A handover as it went: when each call left, in seconds after the boundary."""

    scene: Scene
    adds: list[float]
    removes: list[float]
    proven_at: float
    foretold: float
    too_many: int

    @property
    def changes(self) -> int:
        return len(self.adds) + len(self.removes)

    @property
    def _goal(self) -> Goal | None:
        return LIMIT if self.scene.on_the_way == ON_THE_WAY else None

    def rows(self) -> Iterator[Row]:
        name, limit = self.scene.what, _limit(PEOPLE, paced=self.scene.paced)
        yield Row(f"{name}: first addition", f"{self.adds[0]:.2f} s", "")
        for kind, made in (("additions", self.adds), ("removals", self.removes)):
            took = made[-1] - (0.0 if kind == "additions" else made[0])
            yield _ratio(f"{name}: {kind}", took, limit, self._goal)
        if self.scene.groups > 1:
            yield _ratio(f"{name}: all of it", max(self.adds[-1], self.removes[-1]), limit, None)
        off = abs(self.foretold - self.proven_at) / self.proven_at
        yield Row(f"{name}: forecast", f"{self.foretold:.0f} s", f"{self.proven_at:.0f} s",
                  off, RIGHT)  # fmt: skip


def _ratio(what: str, took: float, limit: float, goal: Goal | None) -> Row:
    return Row(what, f"{took:.1f} s", f"{limit:.1f} s", took / limit, goal)


def _limit(count: int, *, paced: bool) -> float:
    """Seconds until the last of `count` calls may leave, were there nothing but the rule."""
    if paced:
        return (count - 1) * WINDOW / RULES.drip
    return (count - 1) // RULES.drip * WINDOW


def _played(scene: Scene) -> Played:
    roster = rosters.everyone_changes(scene.groups, PEOPLE // scene.groups)
    rehearsal = _rehearsal(scene, roster)
    rehearsal.run(EIGHT)
    scene.trouble(rehearsal)
    while rehearsal.now < EIGHT + AFTER:
        try:
            rehearsal.run(EIGHT + AFTER)
        except Killed:
            rehearsal.restart()
    made = _made(rehearsal)
    proven = [e.at for e in rehearsal.events if e.kind in {"added", "removed"} and e.at > EIGHT]
    verdict = rehearsal.world.verdict()["counts"]
    assert isinstance(verdict, dict)  # noqa: S101 - for the types
    return Played(
        scene,
        adds=_seconds(made, Kind.ADD),
        removes=_seconds(made, Kind.REMOVE),
        proven_at=(max(proven) - EIGHT).total_seconds(),
        foretold=_foretold(scene, roster),
        too_many=verdict["rate_exceeded"],
    )


def _rehearsal(scene: Scene, roster: Roster) -> Rehearsal:
    starts = EIGHT - BEFORE
    world = world_for(roster, starts, instance=INSTANCE, token=TOKEN)
    world["groups"] = [
        {
            "chat": group.chat,
            "creator": CUSTOMERS[0],
            "admins": [world_account(world)],
            "members": rosters.inside_at_night(roster, group),
        }
        for group in roster.groups.values()
    ]
    world["duty"] = duty_for(roster, starts - AFTER, EIGHT + AFTER, drip=RULES.drip)
    dice, calls = Random(scene.seed), 0  # noqa: S311 - jitter keeps no secret

    def on_its_way() -> None:
        made.world.clock.spend(dice.random() * scene.on_the_way)

    def answered() -> None:
        nonlocal calls
        calls += 1
        on_its_way()
        if calls == scene.killed_at:
            raise Killed

    made = Rehearsal(
        world, starts, rules=AccountRules(paced=scene.paced),
        before_call=on_its_way, after_call=answered,
    )  # fmt: skip
    made.adopt(roster, "d1")
    return made


def world_account(world: dict[str, object]) -> str:
    accounts = world["accounts"]
    assert isinstance(accounts, list)  # noqa: S101 - for the types
    return str(accounts[0]["phone"])


def _made(rehearsal: Rehearsal) -> list[Attempt]:
    with rehearsal.ledger.reading() as books:
        return books.attempts.since(rosters.ACCOUNT, EIGHT - AFTER)


def _seconds(made: list[Attempt], kind: Kind) -> list[float]:
    """By the boot clock, which no trouble of these scenes moves."""
    boundary = EIGHT.timestamp()
    return sorted(a.uptime - boundary for a in made if a.kind is kind)


def _foretold(scene: Scene, roster: Roster) -> float:
    """What `rotation plan` would have said at the boundary, knowing how long calls take."""
    jobs = [
        Job(group, kind)
        for group in roster.groups
        for kind in (Kind.ADD, Kind.REMOVE)
        for _ in range(PEOPLE // scene.groups)
    ]
    drip = Rule(RULES.drip, scene.paced)
    pace = Pace(drip, RULES.all_requests, RULES.all_sweeps, call=scene.on_the_way)
    return max(finish_times(jobs, pace))


# -- what goes wrong -----------------------------------------------------------------------------


def _restarts(rehearsal: Rehearsal) -> None:
    for _ in range(5):
        rehearsal.run(rehearsal.now + timedelta(seconds=37))
        rehearsal.restart()


def _clock_steps(rehearsal: Rehearsal) -> None:
    """The wall clock jumps an hour ahead, and back behind, while the boot clock goes on."""
    for hours in (1, -1, 0):
        rehearsal.run(rehearsal.now + timedelta(seconds=50))
        rehearsal.clock_error = timedelta(hours=hours)
        rehearsal.wake()
    rehearsal.wake()


SCENES = (
    Scene("one group, 100 and 100", 1),
    Scene("ten groups, 10 and 10 each", 10),
    Scene("a hundred groups, 1 and 1 each", 100),
    Scene("ten groups, paced", 10, paced=True),
    Scene("one group, calls of up to a second", 1, on_the_way=0.5),
    Scene("a hundred groups, calls of up to a second", 100, on_the_way=0.5),
)
TROUBLED = (
    *(Scene(f"killed in call {n}", 10, killed_at=n) for n in (22, 33, 60)),
    Scene("five restarts", 10, trouble=_restarts),
    Scene("a clock that jumps by hours", 10, trouble=_clock_steps),
)
