"""Roster files that change under a running daemon: adopted whole, or said and not adopted."""

import signal
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

BROKEN = "shifts:\n  asia: {zone: UTC, hours: 00:00 to 08"


@pytest.mark.promise("P-files", "S11", "F24")
def test_a_roster_edited_in_mid_shift_is_adopted_within_seconds(site: MakeSite) -> None:
    desk = site("09:00")
    daemon = desk.daemon()
    desk.until("09:30", daemon)
    assert desk.world.inside() == {"ben"}
    desk.edit("everyone: [ben]", "everyone: [dora]")
    desk.until("09:30:30", daemon)
    assert desk.world.inside() == {"dora"}
    desk.until("16:10", daemon)
    assert desk.world.inside() == {"chen"}
    desk.world.is_lawful()
    assert daemon.stop() == 0
    desk.is_whole()
    assert len(daemon.told("roster ")) == 2


@pytest.mark.promise("S11", "P-file-errors", "C4", "F25")
def test_a_bad_roster_leaves_the_last_good_one_in_force_and_is_told(site: MakeSite) -> None:
    desk = site("09:00")
    daemon = desk.daemon()
    desk.until("09:30", daemon)
    good = (desk.folder / "schedules" / "desk.yaml").read_text()
    desk.write("schedules/desk.yaml", good.replace("[ben]", "[bne]"))
    desk.until("09:36", daemon)
    assert desk.holds() == {"roster"}
    (said,) = [line for line in daemon.told("the roster files") if line["level"] == "error"]
    assert "desk.yaml:3" in said["event"]
    assert "bne" in said["event"]
    (told,) = desk.world.messages("961234567")
    assert "roster" in told
    assert "rotation check" in told
    desk.until("16:10", daemon)
    assert desk.world.inside() == {"chen"}
    desk.write("schedules/desk.yaml", good)
    desk.until("16:11", daemon)
    assert desk.holds() == set()
    assert daemon.told("the roster files are right again")
    desk.world.is_lawful()
    assert daemon.stop() == 0


@pytest.mark.promise("S11", "P-file-errors", "C4")
def test_a_first_roster_with_errors_is_told_outside_and_comes_into_force_once_mended(
    site: MakeSite,
) -> None:
    desk = site("09:00")
    good = (desk.folder / "schedules" / "desk.yaml").read_text()
    desk.write("schedules/desk.yaml", good.replace("[ben]", "[bne]"))
    daemon = desk.daemon()
    desk.until("09:05", daemon)
    assert "no version was ever in force" in desk.alerts
    assert "desk.yaml:3" in desk.alerts
    assert "rotation check" in desk.alerts
    assert desk.alerts.count("bne") == 1
    assert desk.world.calls() == []
    holds = desk.once("holds")
    assert holds.returncode == 1
    assert "bne" in holds.stdout
    desk.write("schedules/desk.yaml", good)
    desk.until("09:30", daemon)
    assert desk.holds() == set()
    assert desk.world.inside() == {"ben"}
    desk.world.is_lawful()
    assert daemon.stop() == 0


@pytest.mark.promise("S11", "F25")
def test_a_file_that_is_half_written_for_a_moment_is_never_judged(site: MakeSite) -> None:
    desk = site("09:00")
    daemon = desk.daemon()
    desk.until("09:30", daemon)
    good = (desk.folder / "schedules" / "desk.yaml").read_text()
    for number in range(6):
        desk.write("schedules/desk.yaml", f"{BROKEN}:{number}")
        desk.until(f"09:30:{number * 2 + 1:02}", daemon)
        desk.write("schedules/desk.yaml", f"{good}# {number}\n")
        desk.until(f"09:30:{number * 2 + 2:02}", daemon)
    desk.until("09:35", daemon)
    assert desk.holds() == set()
    assert daemon.told("the roster files") == []
    assert desk.world.inside() == {"ben"}


@pytest.mark.promise("S11", "F25", "F26")
@pytest.mark.parametrize("how", ["emptied", "gone"])
def test_a_folder_without_rosters_removes_nobody_and_is_told(site: MakeSite, how: str) -> None:
    desk = site("09:00")
    daemon = desk.daemon()
    desk.until("09:30", daemon)
    folder = desk.folder / "schedules"
    if how == "emptied":
        for path in folder.iterdir():
            path.rename(desk.folder / path.name)
    else:
        folder.rename(desk.folder / "elsewhere")
    desk.until("09:36", daemon)
    assert desk.holds() == {"roster"}
    assert desk.world.inside() == {"ben"}
    assert len(daemon.told("the roster files")) == 1
    assert len(desk.world.messages("961234567")) == 1


@pytest.mark.promise("S11", "F25", "F26")
def test_a_daemon_started_on_a_bad_roster_goes_on_with_the_last_good_one(site: MakeSite) -> None:
    desk = site("09:00")
    daemon = desk.daemon()
    desk.until("09:30", daemon)
    assert daemon.stop() == 0
    desk.write("schedules/desk.yaml", BROKEN)
    daemon = desk.daemon()
    desk.until("16:10", daemon)
    assert desk.holds() == {"roster"}
    assert desk.world.inside() == {"chen"}


@pytest.mark.promise("S8", "P-breaker")
def test_an_edit_that_would_empty_the_groups_waits_for_a_person(site: MakeSite) -> None:
    crowd = "".join(f'  p{n}: {{name: P{n}, phone: "+3519300000{n:02}"}}\n' for n in range(8))
    names = ", ".join(f"p{n}" for n in range(8))
    people = f"tell: [ana]\npeople:\n  ana: {{name: Ana, phone: '+351912345678'}}\n{crowd}"
    desk = site("09:00", ONE_SHIFT.format(names=f"ana, {names}"), people=people)
    daemon = desk.daemon()
    desk.until("09:10", daemon)
    assert len(desk.world.inside()) == 9
    desk.edit(names, "p0")
    desk.until("09:30", daemon)
    assert desk.holds() == {"breaker"}
    assert len(desk.world.inside()) == 9
    with desk.books() as books:
        (hold,) = books.holds.in_force()
    assert desk.once("release", str(hold.id), "--reason", "meant").returncode == 0
    desk.minutes_pass(daemon, lambda: desk.world.inside() == {"ana", "p0"}, "ana and p0 are inside")
    desk.world.is_lawful()


ONE_SHIFT = """\
shifts:
  day: {{zone: UTC, hours: all day, days: every day, everyone: [{names}]}}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [day]
    mode: managed
"""


@pytest.mark.promise("P-operator")
def test_sighup_reads_the_rosters_at_once(site: MakeSite) -> None:
    desk = site("09:00")
    daemon = desk.daemon()
    desk.until("09:30", daemon)
    desk.edit("everyone: [ben]", "everyone: [dora]")
    daemon.send(signal.SIGHUP)
    daemon.waits_for("roster ", times=2)
    daemon.waits_for("add_accepted", times=2)
    assert desk.is_at("09:30")
    desk.until("09:35", daemon)
    assert desk.world.inside() == {"dora"}


@pytest.mark.promise("P-files")
def test_in_real_time_an_edited_roster_is_adopted_by_itself(site: MakeSite) -> None:
    desk = site(None, ALL_DAY)
    daemon = desk.daemon(PYTHONASYNCIODEBUG="1")  # complains of what is done in the wrong thread
    desk.comes_to_hold({"ben"})
    desk.edit("[ben]", "[dora]")
    desk.comes_to_hold({"dora"})
    assert daemon.stop() == 0
    assert daemon.told("a job failed") == []


ALL_DAY = ONE_SHIFT.format(names="ben")
