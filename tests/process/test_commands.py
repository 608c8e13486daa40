"""`rotation run --once`, `run --example` and `demo`: what people start by hand, start to end."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import psutil
import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Run: TypeAlias = Callable[..., Any]


@pytest.mark.promise("P-handover", "P-operator")
def test_run_once_carries_out_what_is_due_in_one_group(site: MakeSite) -> None:
    desk = site("08:10", TWO_GROUPS)
    desk.leaves_the_clock("test")
    done = desk.once("run", "--once", "acme")
    assert done.returncode == 0, done.stderr
    assert "as the roster wants it" in done.stdout
    assert desk.world.inside(1) == {"ben"}
    assert desk.once("run", "--once", "nobody").returncode == 2
    everything = desk.once("run", "--once")
    assert everything.returncode == 0, everything.stderr
    assert desk.world.inside(2) == {"dora"}
    desk.world.is_lawful()
    desk.is_whole()


@pytest.mark.promise("P-operator")
def test_run_once_says_when_something_still_waits(site: MakeSite) -> None:
    desk = site("08:10")
    desk.world.fault("error_before", on=["add"])
    desk.leaves_the_clock("test")
    done = desk.once("run", "--once", "desk")
    assert done.returncode == 1, done.stderr
    assert "still waits" in done.stdout
    assert desk.world.inside() == {"ana"}
    desk.world.is_lawful()
    desk.is_whole()


TWO_GROUPS = """\
shifts:
  one: {zone: UTC, hours: all day, days: every day, everyone: [ben]}
  two: {zone: UTC, hours: all day, days: every day, everyone: [dora]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [one], mode: managed}
  bolt: {account: main, chat: 120363041234567002@g.us, shifts: [two], mode: managed}
"""


def left_behind(folder: Path) -> list[str]:
    """What is still there of a run whose temporary files were to be in `folder`."""
    running = [
        " ".join(p.info["cmdline"] or ())
        for p in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(p.info["cmdline"] or ())
    ]
    return [*running, *(path.name for path in folder.iterdir())]


@pytest.mark.promise("P-sandbox", "P-handover")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_example_proves_a_handover_and_leaves_nothing_behind(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    example = run("run", "--example", TMPDIR=str(tmp_path))
    example.hears("PROVEN")
    assert left_behind(tmp_path)
    assert example.stop(number) == 0
    assert left_behind(tmp_path) == []
    assert example.err.lines == []


def test_an_example_that_is_stopped_while_it_starts_leaves_nothing_behind(
    run: Run, tmp_path: Path
) -> None:
    example = run("run", "--example", TMPDIR=str(tmp_path))
    example.until(lambda: left_behind(tmp_path))
    assert example.stop() == 0
    assert left_behind(tmp_path) == []


@pytest.mark.promise("P-sandbox", "C2", "P-retry")
def test_the_demo_ends_well_and_leaves_nothing_behind_and_touches_no_ledger_of_ours(
    run: Run, tmp_path: Path
) -> None:
    ours = tmp_path / "ours.db"
    demo = run("demo", "--json", TMPDIR=str(tmp_path), ROTATION_DATABASE_URL=f"sqlite:///{ours}")
    assert demo.ends(within=600) == 0
    assert json.loads("".join(demo.out.lines))["converged"] is True
    assert left_behind(tmp_path) == []


@pytest.mark.promise("P-operator")
def test_a_roster_is_drafted_from_the_groups_of_the_account_beside_its_daemon(
    site: MakeSite,
) -> None:
    desk = site("08:10", TWO_GROUPS)
    daemon = desk.daemon()
    desk.until("08:15", daemon)
    everything = desk.folder / "schedules"
    everything.rename(desk.folder / "elsewhere")
    desk.leaves_the_clock("test")
    linked = desk.once("link", "--to", "linked.yaml")
    assert linked.returncode == 0, linked.stderr
    assert "2 groups in watch mode" in linked.stdout
    everything.mkdir()
    (desk.folder / "linked.yaml").rename(everything / "linked.yaml")
    assert desk.once("check").returncode == 0
    again = desk.once("link", "--json")
    assert json.loads(again.stdout)["groups"] == []
    assert "no group to draft" in desk.once("link", "--only", "nothing").stderr
    assert desk.once("link", "--account", "mian").returncode == 2
    desk.world.is_lawful()
