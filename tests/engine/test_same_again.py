"""Nothing is done twice, and nothing depends on chance."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Goodbye
from rotation.sandbox.faults import NAMED

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes something: a rehearsed day, or a roster."""

GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})


@pytest.mark.promise("I2", "C1")
def test_once_a_group_is_as_wanted_nothing_is_sent_any_more(day: Make) -> None:
    rehearsed = day(goodbye=GOODBYE).until("08:05")
    settled = rehearsed.now
    for _ in range(5):
        rehearsed.rehearsal.wake()
        rehearsed.after(seconds=10)
    rehearsed.until("15:59")
    assert rehearsed.calls(since=settled) == []


@pytest.mark.slow
@pytest.mark.promise("I4")
def test_adopting_an_equal_roster_sends_nothing(day: Make, make_roster: Make) -> None:
    rehearsed = day().until("08:05")
    settled = rehearsed.now
    assert not rehearsed.adopt(make_roster()).changed
    rehearsed.after(minutes=10)
    assert rehearsed.calls(since=settled) == []


@pytest.mark.promise("I4")
def test_adopting_an_equivalent_roster_sends_nothing(day: Make, make_roster: Make) -> None:
    """The same hours in other words: a shift split in two, and UTC by another name."""
    rehearsed = day().until("09:00")
    settled = rehearsed.now
    split = {
        "asia": ("00:00-08:00", "ana", "Etc/UTC"),
        "morning": ("08:00-12:00", "ben", "Etc/UTC"),
        "noon": ("12:00-16:00", "ben", "Etc/UTC"),
        "america": ("16:00-24:00", "chen", "Etc/UTC"),
    }
    adopted = rehearsed.adopt(make_roster(split))
    assert (adopted.in_force, adopted.changed) == (True, True)
    rehearsed.until("12:30")
    assert rehearsed.calls(since=settled) == []


def troubled(day: Make, seed: int) -> Any:  # noqa: ANN401 - a rehearsed day
    rehearsed = day(starts="07:50", seed=seed, goodbye=GOODBYE, tell="mara", groups="desk other")
    for name in sorted(set(NAMED) - {"slow", "outage", "quota", "restricted"}):
        rehearsed.fault(name, chance=0.02)
    return rehearsed.until("17:00")


@pytest.mark.slow
@pytest.mark.promise("I3")
def test_the_same_seed_makes_the_same_calls(day: Make) -> None:
    one, again, other = (troubled(day, seed) for seed in (1, 1, 2))
    assert one.rehearsal.world.trace == again.rehearsal.world.trace
    assert one.rehearsal.events == again.rehearsal.events
    assert one.rehearsal.world.trace != other.rehearsal.world.trace


ELSEWHERE = """
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sys
from rotation.roster_file import digest, read
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

roster = read(Path(sys.argv[1]))
starts = datetime(2026, 10, 24, 21, 0, tzinfo=UTC)
length = timedelta(days=2)
world = world_for(roster, starts, instance=INSTANCE, token=TOKEN, length=length)
for group in world["groups"]:
    group["by_lid"] = True
for number, who in enumerate(world["people"]):
    who["lid"] = f"9{number:05d}"
world["accounts"][0]["lid"] = "800000"
world["settings"] = {"engine": "webjs"}
world["faults"] = [{"fault": "error_after", "chance": 0.2}]
rehearsal = Rehearsal(world, starts)
rehearsal.adopt(roster, digest(roster))
rehearsal.run(starts + timedelta(hours=8))
print(rehearsal.world.trace)
"""

DESK = """
tell: [mara]
people:
  mara: {name: Mara, phone: +351 91 234 5678}
  ana: {name: Ana, phone: +351 91 000 0001}
  ben: {name: Ben, phone: +351 91 000 0002}
  chen: {name: Chen, phone: +351 91 000 0003}
  dora: {name: Dora, phone: +351 91 000 0004}
  emil: {name: Emil, phone: +351 91 000 0005}
  fay: {name: Fay, phone: +351 91 000 0006}
shifts:
  night: {zone: Europe/Lisbon, hours: 22:00 to 01:30, days: every day, everyone: [ana, chen, emil]}
  day: {zone: Europe/Lisbon, hours: 01:30 to 22:00, days: every day, everyone: [ben, dora, fay]}
groups:
  desk: {account: main, chat: 120363041234567890@g.us, shifts: [night, day], mode: managed}
  other: {account: main, chat: 120363041234567891@g.us, shifts: [night, day], mode: managed}
"""


@pytest.mark.process
@pytest.mark.promise("I3")
def test_neither_the_hosts_zone_nor_its_hash_seed_changes_a_call(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    hosts = [("UTC", "0"), ("Pacific/Chatham", "1"), ("America/St_Johns", "4711")]
    traces = {
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE, tmp_path],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone, seed in hosts
    }
    assert len(traces) == 1
    assert len(traces.pop().strip()) == 64
