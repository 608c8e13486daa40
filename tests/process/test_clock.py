"""A machine whose clock is set: the daemon notices by itself, long before its timers would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId
from rotation.core.timeline import Timeline

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

SET_CLOCK = Path(__file__).with_name("set_clock.py")


@pytest.mark.promise("I7", "P-operator")
def test_a_clock_that_is_set_wakes_the_daemon_and_removes_nobody(site: MakeSite) -> None:
    desk = site(None)
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
