"""A wipe in the real process: fifty groups, a daemon killed on the way, a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import PersonId
from rotation.wiring.example import OWN_PHONE, duty_for
from tests.process.programs import outside
from tests.process.waiting import GENEROUS

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

BEN = "+6591234567"
ROSTERED, UNKNOWN = 40, 10
DAYS_AFTER = int(os.environ.get("ROTATION_DAYS_AFTER", "0"))
"""How long handovers go on after the wipe; `make soak` has a month of it."""
FORTY = """\
shifts:
  early: {zone: UTC, hours: 00:00 to 07:40, days: every day, everyone: [ana, ben]}
  late: {zone: UTC, hours: 07:40 to 24:00, days: every day, everyone: [chen, ben]}
groups:
""" + "".join(
    f"  g{n:02}: {{account: main, chat: 120363041234567{n:03}@g.us, shifts: [early, late],"
    f" mode: managed}}\n"
    for n in range(1, ROSTERED + 1)
)


def with_everybody_in(desk: Any) -> None:  # noqa: ANN401 - a site
    """Ana and Ben are in all groups of the roster, and Ben in ten more; two of these are his."""
    people = desk.roster.people
    script = [
        {"do": "add", "chat": group.chat, "phone": people[PersonId(who)].phone}
        for group in desk.roster.groups.values()
        for who in ("ana", "ben")
    ]
    desk.world.ask("script", {"script": script})
    for number in range(UNKNOWN):
        creator = BEN if number < 2 else "+15550100001"
        made = {"subject": f"Old friends {number}", "creator": creator, "admins": [OWN_PHONE]}
        chat = f"12036304129999{number:04}@g.us"
        desk.world.ask("groups", {**made, "chat": chat, "members": [BEN, "+351912345678"]})
    desk.world.does("demote", chat="120363041234567001@g.us", phone="us")


def is_left(desk: Any, since: datetime) -> None:  # noqa: ANN401 - a site
    """The judge hears that Ben may be in no group any more."""
    now = desk.world.now
    duty = duty_for(desk.roster, now - timedelta(days=1), now + timedelta(days=2))
    desk.world.ask("duty", {**duty, "leavers": [{"phone": BEN, "since": since.isoformat()}]})


def goes_on(desk: Any, daemon: Any, since: datetime) -> None:  # noqa: ANN401 - a site, a process
    """Days of handovers in all forty groups, in which the leaver comes back to none."""
    for passed in range(1, DAYS_AFTER * 4 + 1):
        desk.until(since + timedelta(hours=6 * passed), daemon)
        is_left(desk, since)
        assert places(desk) == []
        desk.world.is_lawful()


def places(desk: Any) -> list[str]:  # noqa: ANN401 - a site
    groups = desk.world.ask("state")["groups"].values()
    return sorted(g["subject"] for g in groups if BEN in g["members"])


def handed_over_without_ben(desk: Any) -> int:  # noqa: ANN401 - a site
    """How many handovers were proven; Ben was asked into no group, not even at 07:40."""
    assert [c for c in desk.world.calls("add") if BEN in c["people"]] == []
    with desk.books() as books:
        proven = sum(h.proven_at is not None for h in books.handovers.of())
        joined = {r.person for r in books.audit.list() if r.kind in ("added", "late_add")}
    assert proven >= (ROSTERED - 1) * (1 + 2 * DAYS_AFTER), "all but g01, where we may not"
    assert PersonId("chen") in joined
    assert PersonId("ben") not in joined
    return proven


def says_what_is_left(report: str) -> None:
    assert "Ben Lim: waits for people" in report
    assert f"removed from {ROSTERED + UNKNOWN - 3}" in report
    assert "by hand: g01: our account is not an admin" in report
    assert report.count("nobody can remove whoever did") == 2


WIPE = ("wipe", "Ben Lim", "--reason", "left the firm", "--author", "mara", "--yes")


@pytest.mark.promise("C5", "S5", "S7", "C2", "P-wipe", "P-wipe-proof")
def test_a_leaver_is_out_of_fifty_groups_in_time_though_the_daemon_is_killed_on_the_way(
    site: MakeSite, record_property: Callable[[str, object], None]
) -> None:
    desk = site("07:20", FORTY)
    with_everybody_in(desk)
    daemon = desk.daemon()
    desk.until("07:24", daemon)
    assert len(places(desk)) == ROSTERED + UNKNOWN
    since = desk.world.now
    is_left(desk, since)
    asked = desk.once(*WIPE, "--no-wait")
    assert asked.returncode == 0, asked.stderr
    assert "groups that no roster names are listed first" in asked.stderr
    desk.until(since + timedelta(minutes=2), daemon)
    daemon.kill()
    daemon = desk.daemon()
    waiting = desk.runs(*WIPE, "--config", desk.config)
    desk.until(since + timedelta(minutes=ceil((ROSTERED + UNKNOWN) / 8) + 2), daemon)
    assert places(desk) == ["Old friends 0", "Old friends 1", "g01"]
    assert waiting.ends() == 1, "something is left to people"
    says_what_is_left("".join(waiting.out.lines))
    for chat in ("120363041299990000", "120363041299990001", "120363041234567001"):
        desk.world.does("leave", chat=f"{chat}@g.us", phone=BEN)
    desk.until("08:00", daemon)
    report = desk.once("wipe", "--report", "ben", "--json")
    assert report.returncode == 0, report.stdout
    assert places(desk) == []
    goes_on(desk, daemon, since)
    record_property("days after a wipe", DAYS_AFTER)
    record_property("handovers after a wipe", handed_over_without_ben(desk))
    desk.world.is_lawful()
    assert daemon.stop() == 0
    desk.is_whole()


@pytest.mark.promise("P-operator")
def test_what_was_typed_at_a_terminal_is_carried_out_by_run_once_in_every_group(
    site: MakeSite,
) -> None:
    desk = site("08:10", creator=BEN)
    with_everybody_in(desk)
    desk.leaves_the_clock("test")
    assert desk.once("run", "--once").returncode == 0
    is_left(desk, desk.world.now)
    terminal(desk, "bem", ends=1)
    terminal(desk, "ben", ends=0)
    assert desk.once("run", "--once").returncode == 0
    assert places(desk) == ["Old friends 0", "Old friends 1", "desk"]
    assert desk.once("wipe", "--report", "ben").returncode == 1
    desk.world.is_lawful()


def terminal(desk: Any, typed: str, *, ends: int) -> None:  # noqa: ANN401 - a site
    """Ask for the wipe on a terminal, where the key has to be typed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "rotation", *WIPE[:-1], "--config", desk.config]
    with os.fdopen(theirs, "rb", buffering=0) as keys:
        program = subprocess.Popen(
            command,
            stdin=keys,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=outside(),
        )
    os.write(ours, f"{typed}\n".encode())
    out, err = program.communicate(timeout=GENEROUS)
    os.close(ours)
    assert "is removed from every group of every account now" in err
    assert "Type ben to do it" in err
    assert program.returncode == ends, err
    with desk.books() as books:
        assert (PersonId("ben") in books.leavers.everywhere()) == (ends == 0)
    assert ("may be in no group any more" in out) == (ends == 0)
