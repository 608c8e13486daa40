"""What systemd hears from us, over a socket of its kind."""

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rotation.surfaces.systemd import ALIVE, READY, alive_every, notify, status


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The name that $NOTIFY_SOCKET gives, and the end systemd listens on."""
    name = str(tmp_path / "n")[-90:] if request.param == "abstract" else str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(f"\0{name}" if request.param == "abstract" else name)
        end.settimeout(5)
        yield (f"@{name}" if request.param == "abstract" else name), end


def test_systemd_hears_every_state_in_one_message(manager: tuple[str, socket.socket]) -> None:
    name, end = manager
    assert notify(READY, status("3 groups,\n all covered"), environ={"NOTIFY_SOCKET": name})
    assert end.recv(1000) == b"READY=1\nSTATUS=3 groups, all covered"


@pytest.mark.parametrize("name", ["", "/nowhere/notify", "relative", "vsock:2:1234"])
def test_without_systemd_nothing_fails(name: str) -> None:
    assert not notify(ALIVE, environ={"NOTIFY_SOCKET": name} if name else {})


@pytest.mark.parametrize(
    ("environ", "every"),
    [
        ({"WATCHDOG_USEC": "30000000"}, timedelta(seconds=15)),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=15)),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_life_is_shown_twice_as_often_as_the_watchdog_asks(
    environ: dict[str, str], every: timedelta | None
) -> None:
    assert alive_every(environ) == every
