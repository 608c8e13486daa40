"""A simulated stretch of time: what it tells, and that nothing in it depends on chance."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Roster
from rotation.roster_file import read
from rotation.sandbox.faults import NAMED
from rotation.wiring.mortal import Edge
from rotation.wiring.simulation import Seams, Simulation
from rotation.wiring.weather import CALM, DAY, Force, Kill, Step, weather

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.slow
def test_a_quiet_morning_breaks_nothing_and_leaves_nothing_open(simulated: Make) -> None:
    morning = simulated(hours=3)
    assert morning.oracles.found == []
    assert morning.oracles.differences(morning.now) == []
    assert morning.oracles.busiest["add"] >= 1


@pytest.mark.slow
def test_all_weather_is_over_before_the_end(simulated: Make) -> None:
    day = simulated(hours=6, force=Force.WILD)
    assert day.tell("GET", "faults") == {"faults": []}
    assert day.rehearsal.clock_error == timedelta(0)
    assert [d for d in day.oracles.differences(day.now) if not d.held_by] == []


@pytest.mark.slow
@pytest.mark.promise("C1")
def test_whoever_is_left_alone_past_their_end_is_a_violation_with_names_and_no_number(
    simulated: Make,
) -> None:
    def sleeps(simulation: Simulation, _day: object) -> None:
        simulation.rehearsal.step = simulation.world.idle

    found = simulated(hours=6, seams=Seams(hand=sleeps)).oracles.found
    assert {"C1"} <= {violation.rule for violation in found}
    assert {violation.person for violation in found} <= {
        "ana",
        "ben",
        "chen",
        "dora",
        "emil",
        "fay",
    }
    assert not any("+351" in str(violation) for violation in found)


def test_weather_depends_on_nothing_but_seed_account_and_day(desks: Make) -> None:
    roster: Roster = desks()
    groups = tuple(roster.groups.values())
    days = [weather(Force.WILD, 7, roster, groups, START + n * DAY) for n in range(5)]
    again = [weather(Force.WILD, 7, roster, groups, START + n * DAY) for n in reversed(range(5))]
    assert days == again[::-1]
    assert days != [weather(Force.WILD, 8, roster, groups, START + n * DAY) for n in range(5)]
    assert weather(Force.NONE, 7, roster, groups, START) == CALM


def test_wild_weather_knows_every_fault_of_the_dial(desks: Make) -> None:
    roster: Roster = desks()
    groups = tuple(roster.groups.values())
    days = [weather(Force.WILD, 1, roster, groups, START + n * DAY) for n in range(60)]
    named = {fault.get("fault") for day in days for fault in day.faults}
    assert set(NAMED) <= named
    deeds = {deed["do"] for day in days for deed in day.deeds}
    assert {"add", "remove", "leave", "session", "demote", "promote"} <= deeds
    blows = [blow for day in days for blow in day.blows]
    edges = {blow.edge for blow in blows if isinstance(blow, Kill)}
    assert edges == set(Edge) - {Edge.WRITE}, "to die before a commit is to die after the last edge"
    errors = {blow.error for blow in blows if isinstance(blow, Step)}
    assert min(errors) < timedelta(0) < max(errors)
    assert any(day.private for day in days)
    assert any(day.settings.get("re_adding_chance") for day in days)


ELSEWHERE = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from rotation.core.roster import AccountId
from rotation.roster_file import read
from rotation.wiring.planned import Plan
from rotation.wiring.simulation import Simulation
from rotation.wiring.weather import Force

starts = datetime(2026, 3, 28, 18, 0, tzinfo=UTC)
roster = read(Path(sys.argv[1]))
plan = Plan(roster, AccountId("main"), starts, timedelta(hours=10), Force.WILD, int(sys.argv[2]))
simulation = Simulation(plan)
simulation.run()
print(simulation.trace)
"""


@pytest.mark.process
@pytest.mark.promise("I3")
def test_the_same_seed_leaves_the_same_trace_whatever_the_host(examples: Path) -> None:
    def trace(seed: int, hash_seed: str, zone: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", ELSEWHERE, examples, str(seed)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip

    one, again = trace(5, "0", "UTC"), trace(5, "4711", "Pacific/Chatham")
    assert len(one) == 64
    assert one == again
    assert trace(6, "0", "UTC") != one


@pytest.mark.slow
@pytest.mark.promise(
    "S1", "S2", "S3", "S4", "S6", "S7", "S9", "S10", "S13", "A1", "A2", "A4", "C1", "C2", "C4",
    "C6", "I2", "I7",
)  # fmt: skip
@pytest.mark.parametrize("seed", range(1, 3))
def test_the_example_rosters_break_nothing_in_wild_weather(
    simulated: Make, examples: Path, seed: int
) -> None:
    days = simulated(read(examples), hours=48, force=Force.WILD, seed=seed)
    assert days.oracles.found == []
