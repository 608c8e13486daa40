"""kill -9 at every kind of instant of a handover: it ends where no crash would have."""

import signal
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

HOURLY = """\
shifts:
  a: {zone: UTC, hours: 00:00 to 01:00, days: every day, everyone: [ana]}
  b: {zone: UTC, hours: 01:00 to 02:00, days: every day, everyone: [ben]}
  c: {zone: UTC, hours: 02:00 to 03:00, days: every day, everyone: [chen]}
  d: {zone: UTC, hours: 03:00 to 04:00, days: every day, everyone: [dora]}
  e: {zone: UTC, hours: 04:00 to 05:00, days: every day, everyone: [ana]}
  f: {zone: UTC, hours: 05:00 to 06:00, days: every day, everyone: [ben]}
  g: {zone: UTC, hours: 06:00 to 07:00, days: every day, everyone: [chen]}
defaults:
  goodbye: {before: 0 min, to: group, text: "{names} sign off. {next} have it now."}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [a, b, c, d, e, f, g]
    mode: managed
"""
WHO = ("ana", "ben", "chen", "dora", "ana", "ben", "chen")


COMMITS = 21
"""Transactions of a handover that write something."""
CALLS = ("@g.us", "add", "@g.us", "text", "remove", "@g.us")
"""How the paths end of what is asked of the chat in a handover, in order; a read by the group."""


def all_is_well(desk: Any, hour: int, daemon: Any) -> None:  # noqa: ANN401 - a site and its daemon
    """The handover at `hour` is done, once and provably; now it is the eve of the next."""
    desk.until(f"{hour}:12", daemon)
    assert daemon.runs, daemon.complaint
    assert desk.world.inside() == {WHO[hour]}
    desk.until(f"{hour}:59", daemon)
    desk.world.is_lawful()
    desk.is_whole()


@pytest.mark.promise("C2", "S10", "A5")
@pytest.mark.parametrize("first", [1, 5, 9, 13, 17, 18])
def test_a_daemon_killed_in_any_commit_of_a_handover_converges(site: MakeSite, first: int) -> None:
    desk = site("00:02", HOURLY)
    daemon = desk.daemon(mortal=True)
    all_is_well(desk, 0, daemon)
    for hour, commit in enumerate(range(first, first + 4), start=1):
        desk.dies_in(commit)
        desk.until(f"{hour}:05", daemon)
        assert daemon.ends() == -signal.SIGKILL, f"{commit} is beyond the last commit"
        desk.dies_in(0)
        daemon = desk.daemon(mortal=True)
        all_is_well(desk, hour, daemon)
    assert first + 4 <= COMMITS + 1


def test_a_handover_has_no_commits_beyond_those_that_were_tried(site: MakeSite) -> None:
    desk = site("00:02", HOURLY)
    daemon = desk.daemon(mortal=True)
    all_is_well(desk, 0, daemon)
    desk.dies_in(COMMITS + 1)
    desk.until("1:05", daemon)
    assert daemon.runs, "there is one commit more"
    assert desk.world.inside() == {WHO[1]}


@pytest.mark.promise("C2", "S13", "A1")
@pytest.mark.parametrize("arrives", [False, True], ids=["before it arrives", "before its answer"])
def test_a_daemon_killed_in_the_midst_of_any_call_of_a_handover_converges(
    site: MakeSite, *, arrives: bool
) -> None:
    desk = site("00:02", HOURLY, between=True)
    daemon = desk.daemon()
    all_is_well(desk, 0, daemon)
    for hour, what in enumerate(CALLS, start=1):
        held = desk.between.hold(what, nth=CALLS[:hour].count(what), arrives=arrives)
        desk.until(f"{hour}:05", daemon, held)
        held.wait()
        daemon.kill()
        held.drop()
        daemon = desk.daemon()
        all_is_well(desk, hour, daemon)


@pytest.mark.promise("C2")
@pytest.mark.parametrize("what", ["add", "remove"])
def test_a_daemon_killed_again_while_it_recovers_converges(site: MakeSite, what: str) -> None:
    desk = site("00:02", HOURLY, between=True)
    daemon = desk.daemon()
    all_is_well(desk, 0, daemon)
    for hour, commit in enumerate((1, 2, 3), start=1):
        held = desk.between.hold(what, arrives=True)
        desk.until(f"{hour}:05", daemon, held)
        held.wait()
        daemon.kill()
        held.drop()
        desk.dies_in(commit)
        again = desk.daemon(mortal=True)
        desk.until(f"{hour}:05", again)
        assert again.ends() == -signal.SIGKILL
        desk.dies_in(0)
        daemon = desk.daemon()
        all_is_well(desk, hour, daemon)
