"""Trouble with the account, the group or the machine, and how the daemon comes out of it."""

import resource
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

WRONG = "wrong-4f8d01c2a9"
INSTANCE = "9F3A7C21E8BD"
CHAT = "120363041234567001@g.us"
US, MARA = "us", "961234567"


def names_hold(desk: Any, hold: str) -> None:  # noqa: ANN401 - a site
    assert desk.holds() == {hold}


@pytest.mark.promise("C4", "F6")
def test_a_wrong_token_holds_the_account_and_a_right_one_frees_it(site: MakeSite) -> None:
    desk = site("07:50")
    desk.write("main.token", WRONG, mode=0o600)
    daemon = desk.daemon()
    desk.until("08:50", daemon)
    names_hold(desk, "credentials")
    assert 3 <= len(desk.world.calls()) <= 6, "tried every 15 min, and nothing else"
    assert desk.world.inside() == {"chen"}
    desk.restore_token()
    desk.until("09:06", daemon)
    assert desk.holds() == set()
    assert desk.world.inside() == {"ben"}
    desk.world.is_lawful()
    assert daemon.stop() == 0
    assert WRONG not in "".join(daemon.err.lines)


@pytest.mark.promise("P-operator")
def test_sighup_tries_a_new_token_at_once(site: MakeSite) -> None:
    desk = site("07:50")
    desk.write("main.token", WRONG, mode=0o600)
    daemon = desk.daemon()
    desk.until("08:06", daemon)
    names_hold(desk, "credentials")
    desk.restore_token()
    daemon.send(signal.SIGHUP)
    daemon.waits_for("add_accepted")
    assert desk.is_at("08:06")


@pytest.mark.promise("P-not-admin", "F7")
def test_without_the_admin_right_the_group_waits_and_goes_on_with_it(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    desk.until("07:55", daemon)
    desk.world.does("demote", chat=CHAT, phone=US)
    desk.until("08:50", daemon)
    names_hold(desk, "not_admin")
    assert desk.world.inside() == {"ana"}
    assert len(desk.world.calls("add", "remove")) <= 7, "looked at every 15 min, and not hammered"
    desk.world.does("promote", chat=CHAT, phone=US)
    desk.until("09:10", daemon)
    assert desk.holds() == set()
    assert desk.world.inside() == {"ben"}
    desk.world.is_lawful()


@pytest.mark.promise("S2", "P-immune")
def test_the_creator_stays_though_the_roster_names_them(site: MakeSite) -> None:
    desk = site("07:50", creator="+351912345678")
    daemon = desk.daemon()
    desk.until("12:00", daemon)
    assert desk.world.inside() == {"ana", "ben"}
    names_hold(desk, "protected")
    assert desk.world.calls("remove")[-1]["people"] == ["+8613812345678"]
    assert all(c["people"] != ["+351912345678"] for c in desk.world.calls("remove"))
    desk.world.is_lawful()


@pytest.mark.promise("C4", "C7", "F16")
def test_a_session_that_drops_for_an_hour_is_told_and_waited_for(site: MakeSite) -> None:
    desk = site("07:50")
    desk.world.does("session", status="SCAN_QR_CODE", at=desk.clock("07:55"))
    desk.world.does("session", status="WORKING", at=desk.clock("08:55"))
    daemon = desk.daemon()
    desk.until("08:10", daemon)
    assert desk.holds() == {"cover", "session"}
    assert "session" in desk.alerts
    assert "session" in {line["hold"] for line in daemon.told("held")}
    desk.until("09:00", daemon)
    assert "session" in {line["hold"] for line in daemon.told("lifted")}
    assert desk.holds() == set()
    assert desk.world.inside() == {"ben"}
    assert {c["kind"] for c in desk.world.calls() if c["answer"] != "200"} <= {"group", "session"}
    desk.world.is_lawful()
    desk.is_whole()


@pytest.mark.promise("P-downtime", "C7", "S13", "F5")
def test_a_daemon_stopped_for_hours_goes_straight_to_now(site: MakeSite) -> None:
    desk = site("07:50", GOODBYE)
    daemon = desk.daemon()
    desk.until("08:05", daemon)
    assert desk.world.messages(CHAT) == ["Ana Reis signs off."]
    desk.stands_still(daemon)
    desk.until("24:20", daemon)
    calls = len(desk.world.calls("add", "remove"))
    daemon.send(signal.SIGCONT)
    desk.is_up(daemon)
    desk.until("24:25", daemon)
    assert desk.world.inside() == {"ana"}
    assert desk.world.messages(CHAT) == ["Ana Reis signs off."]
    assert len(desk.world.calls("add", "remove")) == calls + 2
    desk.until("32:10", daemon)
    assert desk.world.inside() == {"ben"}
    assert desk.world.messages(CHAT) == ["Ana Reis signs off."] * 2
    desk.world.is_lawful()


GOODBYE = """\
shifts:
  asia: {zone: UTC, hours: 00:00 to 08:00, days: every day, everyone: [ana]}
  europe: {zone: UTC, hours: 08:00 to 16:00, days: every day, everyone: [ben]}
  america: {zone: UTC, hours: 16:00 to 24:00, days: every day, everyone: [chen]}
defaults:
  goodbye: {before: 0 min, to: group, text: "{names} signs off."}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [asia, europe, america]
    mode: managed
"""


@pytest.mark.promise("S10", "F31")
def test_without_a_ledger_nothing_is_sent_and_the_daemon_leaves_after_three_tries(
    site: MakeSite,
) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    desk.until("07:59", daemon)
    before = len(desk.world.calls("add", "remove", "text"))
    # No file may grow, as on a full disk; the log is a pipe, and is spared.
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    desk.until("08:05", daemon)
    assert daemon.ends() == 3
    assert len(daemon.told("no ledger")) == 3
    assert len(desk.world.calls("add", "remove", "text")) == before
    assert "Traceback" not in daemon.complaint

    daemon = desk.daemon()
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}
    desk.world.is_lawful()
    desk.is_whole()


@pytest.mark.promise("S10", "F30", "F31")
def test_a_ledger_lost_in_the_midst_of_a_call_is_settled_by_the_next_daemon(site: MakeSite) -> None:
    desk = site("07:50", between=True)
    daemon = desk.daemon()
    desk.until("07:59", daemon)
    held = desk.between.hold("remove", arrives=True)
    desk.until("08:05", daemon, held)
    held.wait()
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    held.drop()
    desk.until("08:05", daemon)
    assert daemon.ends() == 3
    daemon = desk.daemon()
    desk.until("08:15", daemon)
    assert desk.world.inside() == {"ben"}
    desk.world.is_lawful()
    desk.is_whole()


ALL_DAY = """\
shifts:
  day: {zone: UTC, hours: all day, days: every day, everyone: [ben]}
groups:
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [day], mode: managed}
"""


@pytest.mark.promise("F30")
def test_a_writer_who_is_busy_for_long_is_one_failure_for_each_account_and_ends_no_daemon(
    site: MakeSite,
) -> None:
    desk = site(None, ALL_DAY)
    settings = (desk.folder / "rotation.toml").read_text()
    main = settings[settings.index("[accounts.main]") : settings.index("[alerts]")]
    accounts = ("main", "second", "third")
    more = [
        main.replace("main]", f"{name}]").replace(INSTANCE, f"{n:012}")
        for n, name in enumerate(accounts[1:])  # the sandbox knows nobody of that number
    ]
    desk.write("rotation.toml", "\n".join([settings, *more]))
    daemon = desk.daemon()
    desk.comes_to_hold({"ben"})
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        daemon.send(signal.SIGHUP)
        daemon.until(lambda: {*accounts} <= {line["account"] for line in daemon.told("no ledger")})
    desk.edit("[ben]", "[dora]")
    desk.comes_to_hold({"dora"})
    assert daemon.stop() == 0


@pytest.mark.promise("F34")
def test_a_damaged_account_is_held_and_read_again_at_sighup_and_goes_on_once_mended(
    site: MakeSite,
) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    desk.until("07:55", daemon)
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as hand:
        hand.execute("UPDATE accounts SET paused_why = 'nonsense'")
        for times in (1, 2):
            daemon.send(signal.SIGHUP)
            daemon.waits_for("asked to read", times=times)
            desk.is_held_by("damaged")
        hand.execute("UPDATE accounts SET paused_why = NULL")
    desk.until("08:10", daemon)
    assert desk.holds() == set()
    assert desk.world.inside() == {"ben"}
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.complaint
