"""A machine whose clock is set: the daemon notices by itself, long before its timers would."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId
from rotation.core.timeline import Timeline
from rotation.wiring import RealClock

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

SET_CLOCK = Path(__file__).with_name("set_clock.py")


def far_from_a_boundary() -> str:
    """A desk whose shifts change four hours from now and four hours ago, whenever now is."""
    hours = [f"{(RealClock()().at + timedelta(hours=n)):%H}:00" for n in (-4, 4, 12)]
    shifts = [
        f"  s{n}: {{zone: UTC, hours: {starts} to {ends}, days: every day, everyone: [{who}]}}"
        for n, (starts, ends, who) in enumerate(
            zip(hours, (*hours[1:], hours[0]), ("ana", "ben", "chen"), strict=True)
        )
    ]
    return "\n".join(["shifts:", *shifts, *GROUP])


GROUP = (
    "groups:",
    "  desk:",
    "    account: main",
    "    chat: 120363041234567001@g.us",
    "    shifts: [s0, s1, s2]",
    "    mode: managed",
)


@pytest.mark.promise("I7", "P-operator", "F4")
def test_a_clock_that_is_set_wakes_the_daemon_and_removes_nobody(site: MakeSite) -> None:
    desk = site(None, far_from_a_boundary())
    desk.write("seconds", "0")
    daemon = desk.runs(desk.config, "seconds", by=(str(SET_CLOCK),))
    daemon.waits_for("proven")
    inside = desk.world.inside()
    (group,) = desk.roster.groups
    now = desk.world.now
    coming = Timeline(desk.roster).next_handover(GroupId(group), now)
    assert coming
    desk.write("seconds", str((coming.at - now).total_seconds() + 60))
    moved = daemon.waits_for("the clock moved")
    assert moved["seconds"] > 50
    desk.is_held_by("clock")
    assert inside <= desk.world.inside(), "removals wait until the clocks agree"

    desk.write("seconds", "0")
    daemon.waits_for("the clock moved", times=2)
    desk.is_held_by()
    desk.comes_to_hold(inside)
    assert daemon.stop() == 0
