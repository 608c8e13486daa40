"""What systemd is told of us: that we are ready, alive, or stopping, and how it goes.

The protocol of sd_notify(3) in the standard library: one datagram to the socket that the
service's environment names. Without systemd nothing is said and nothing fails.
"""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


def notify(*states: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Tells systemd each of `states`; returns whether anybody was there to hear it."""
    name = environ.get("NOTIFY_SOCKET", "")
    if name[:1] not in {"/", "@"}:
        return False
    address = "\0" + name[1:] if name.startswith("@") else name
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as end:
            end.setblocking(False)
            end.sendto("\n".join(states).encode(), address)
    except OSError:
        return False
    return True


def status(text: str) -> str:
    """The state that `systemctl status` shows as one line."""
    return "STATUS=" + " ".join(text.split())


def alive_every(
    environ: Mapping[str, str] = os.environ, pid: int | None = None
) -> timedelta | None:
    """How often to say ALIVE: half of what the watchdog allows, or None if there is none."""
    allowed, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    is_ours = not whose or whose == str(pid or os.getpid())
    if not is_ours or not (allowed.isascii() and allowed.isdigit() and int(allowed)):
        return None
    return timedelta(microseconds=int(allowed) // 2)
