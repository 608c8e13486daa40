"""The daemon as systemd runs it: what it is started with, and what systemd hears of it."""

import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.process.waiting import GENEROUS

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

SET_CLOCK = Path(__file__).with_name("set_clock.py")
UNIT = Path(__file__).parents[2] / "ops" / "rotation.service"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The end that systemd listens on, whose name `told` gives to a daemon."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(f"\0rotation {tmp_path.name} {id(end)}")
        end.settimeout(GENEROUS)
        yield end


def told(manager: socket.socket) -> dict[str, str]:
    return {"NOTIFY_SOCKET": "@" + manager.getsockname()[1:].decode(), "WATCHDOG_USEC": "60000000"}


@pytest.mark.promise("P-operator")
def test_the_unit_starts_it_with_a_token_of_systemds_and_hears_that_it_lives(
    site: MakeSite, manager: socket.socket
) -> None:
    desk = site(None)
    unit = [line.partition("=") for line in UNIT.read_text(encoding="utf-8").splitlines()]
    (start,) = (value for key, _, value in unit if key == "ExecStart")
    ((name, path),) = (value.split(":") for key, _, value in unit if key == "LoadCredential")
    (desk.folder / "main.token").rename(desk.folder / name)
    desk.write(path.rpartition("/")[2], "not the one that systemd hands over", mode=0o600)
    line = [word.replace("/etc/rotation", str(desk.folder)) for word in shlex.split(start)]
    daemon = desk.runs(*line[1:], **told(manager), CREDENTIALS_DIRECTORY=str(desk.folder))
    assert manager.recv(100) == b"READY=1"
    daemon.waits_for("proven")
    assert manager.recv(100) == b"WATCHDOG=1"
    assert daemon.stop() == 0
    last = manager.recv(100)
    while last == b"WATCHDOG=1":
        last = manager.recv(100)
    assert last == b"STOPPING=1"


@pytest.mark.promise("P-operator")
def test_a_daemon_whose_ticks_do_not_move_does_not_say_that_it_lives(
    site: MakeSite, manager: socket.socket
) -> None:
    desk = site(None)
    desk.write("seconds", "0")
    daemon = desk.runs(desk.config, "seconds", by=(str(SET_CLOCK),), **told(manager))
    assert manager.recv(100) == b"READY=1"
    daemon.waits_for("proven")
    assert manager.recv(100) == b"WATCHDOG=1"
    desk.write("seconds.hasty", "")
    daemon.waits_for("nobody looks after an account")
    manager.setblocking(False)
    drained(manager)
    daemon.waits_for("nobody looks after an account", times=5)
    assert drained(manager) == []


def drained(manager: socket.socket) -> list[bytes]:
    """What was said and not heard yet."""
    found: list[bytes] = []
    with suppress(BlockingIOError):
        while True:
            found.append(manager.recv(100))
    return found
