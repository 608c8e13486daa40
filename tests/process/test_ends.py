"""How a daemon ends, and how the next one begins."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any, TypeAlias

import pytest

from rotation.core.outcome import InDoubt
from rotation.ledger import file_lock
from tests.answering import answering, gives
from tests.process.waiting import GENEROUS

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]


@pytest.mark.promise("C9", "P-operator")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_told_to_stop_ends_with_0_and_lets_go_of_its_ledger(
    site: MakeSite, number: signal.Signals
) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    desk.until("08:10", daemon)
    assert daemon.stop(number) == 0
    assert daemon.complaint == ""
    with file_lock(f"sqlite:///{desk.database}"):
        pass


@pytest.mark.promise("C9", "C2", "S10", "F33")
@pytest.mark.parametrize("arrives", [False, True], ids=["before it arrives", "before its answer"])
def test_a_call_under_way_at_sigterm_is_in_doubt_and_the_next_daemon_settles_it(
    site: MakeSite, *, arrives: bool
) -> None:
    desk = site("07:50", between=True)
    daemon = desk.daemon()
    desk.until("07:59", daemon)
    held = desk.between.hold("remove", arrives=arrives)
    desk.until("08:05", daemon, held)
    held.wait()
    assert daemon.stop() == 0
    with desk.books() as books:
        last = books.attempts.of()[0]
    assert isinstance(last.outcome, InDoubt)
    calls = len(desk.world.calls())
    held.drop()

    daemon = desk.daemon()
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}
    assert len(desk.world.calls()) > calls
    desk.world.is_lawful()
    desk.is_whole()
    assert daemon.stop() == 0


@pytest.mark.promise("C9", "F33")
def test_a_daemon_in_real_time_ends_with_a_call_and_a_list_under_way(site: MakeSite) -> None:
    desk = site(None, ALWAYS, between=True)
    held = desk.between.hold("add", arrives=True)
    asked, goes_on = Event(), Event()

    def answer(to: BaseHTTPRequestHandler) -> None:
        asked.set()
        goes_on.wait(GENEROUS)
        gives(to, 503)

    with answering(answer) as place:
        daemon = desk.daemon(ROTATION_LEAVERS__URL=f"{place}/leavers.csv")
        held.wait()
        assert asked.wait(GENEROUS)
        daemon.send(signal.SIGTERM)
        daemon.waits_for("stopping")
        goes_on.set()
        assert daemon.ends() == 0
    held.drop()
    with desk.books() as books:
        (attempt,) = books.attempts.of()
    assert isinstance(attempt.outcome, InDoubt)
    assert desk.holds() == set()
    assert daemon.told("a job failed") == []
    assert [line for line in daemon.told() if line["level"] in ("warning", "error")] == []


ALWAYS = """\
shifts:
  day: {zone: UTC, hours: all day, days: every day, everyone: [ben]}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [day]
    mode: managed
"""


@pytest.mark.promise("S9", "F27", "E-23")
def test_a_second_daemon_says_who_holds_the_ledger_and_ends(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    second = desk.runs("run", "--config", desk.config)
    assert second.ends() == 3
    assert f"process {daemon.process.pid} on " in second.complaint
    assert "Traceback" not in second.complaint
    once = desk.once("run", "--once")
    assert once.returncode == 3
    assert f"process {daemon.process.pid} on " in once.stderr
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}


@pytest.mark.promise("F27")
def test_the_lock_of_a_killed_daemon_is_free(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    desk.until("07:55", daemon)
    daemon.kill()
    assert "process" in (desk.folder / "rotation.db.lock").read_text()
    daemon = desk.daemon()
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}


@pytest.mark.promise("P-sqlite", "F29")
def test_a_ledger_from_the_future_is_refused_and_left_alone(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    assert desk.database.stat().st_mode & 0o777 == 0o600, "an empty ledger is made, for us alone"
    assert daemon.stop() == 0
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as found:
        found.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = desk.runs("run", "--config", desk.config)
    assert refused.ends() == 3
    assert "has schema 9999" in refused.complaint
    assert "newer rotation" in refused.complaint
    assert "Traceback" not in refused.complaint


def test_a_file_that_is_no_ledger_is_refused_in_words(site: MakeSite) -> None:
    desk = site("07:50")
    desk.write("rotation.db", "this is a shopping list\n" * 100)
    refused = desk.runs("run", "--config", desk.config)
    assert refused.ends() == 3
    assert "not a database" in refused.complaint
    assert "Traceback" not in refused.complaint


def test_a_sandbox_that_ends_under_a_daemon_ends_it_in_words(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    desk.until("07:55", daemon)
    desk.sandbox.kill()
    assert daemon.ends() == 3
    assert "the sandbox's clock does not answer" in daemon.complaint
    assert "Traceback" not in daemon.complaint
