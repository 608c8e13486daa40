"""The clocks: the machine's, and the stepped one that belongs to a sandbox."""

import http.client
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from rotation.core.facts import Moment

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

LONGEST_REST = timedelta(seconds=5)
OTHERS_WORK = 0.01
"""Real seconds to wait while somebody else is at work in a stepped world."""


class WallClock(Protocol):
    """Tells the moment it is, in UTC and on the boot clock."""

    def __call__(self) -> Moment: ...


class RealClock:
    """The machine's own clock. The boot clock goes on while the machine sleeps."""

    def __init__(self) -> None:
        self._boot = _boot()

    def __call__(self) -> Moment:
        return Moment(datetime.now(UTC), self._boot, _uptime())


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        # Without a boot id every process is a boot of its own: calls of an earlier one count as
        # made when this one started, which is the careful side.
        return f"process-{time.time_ns()}"


def _uptime() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SandboxClock:
    """The stepped clock of a sandbox at `base_url`: stands still until everybody is idle.

    Asked anew each time, since a call that times out spends world time. Raises ConnectionError
    when the sandbox does not answer, ValueError when its clock is a real one.
    """

    def __init__(self, base_url: str, who: str = "daemon") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=30)
        self._turn = threading.Lock()
        self._who = who
        told = self._ask("GET")
        if told.get("mode") != "stepped":
            raise ValueError("the sandbox at this address has no stepped clock")
        self._boot = f"sandbox {told['boot']}"

    def __call__(self) -> Moment:
        return self._moment(self._ask("GET"))

    def idle(self, until: datetime) -> Moment:
        """Nothing to do before `until`: let the world's time go on, and say what time it is."""
        return self._moment(self._ask("POST", {"idle_until": until.isoformat(), "who": self._who}))

    def close(self) -> None:
        self._connection.close()

    def _moment(self, told: dict[str, object]) -> Moment:
        at = datetime.fromisoformat(str(told["now"])).astimezone(UTC)
        return Moment(at, self._boot, at.timestamp())

    def _ask(self, method: str, body: dict[str, str] | None = None) -> dict[str, object]:
        sent = json.dumps(body) if body else None
        with self._turn:
            try:
                return self._answered(method, sent)
            except (OSError, http.client.HTTPException):
                # An idle line that the other side closed; asking again changes nothing.
                self._connection.close()
            try:
                return self._answered(method, sent)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._connection.close()
                raise ConnectionError(f"the sandbox's clock does not answer ({error})") from error

    def _answered(self, method: str, sent: str | None) -> dict[str, object]:
        self._connection.request(method, "/sandbox/clock", sent)
        answer = self._connection.getresponse()
        told: object = json.loads(answer.read())
        if answer.status != http.client.OK or not isinstance(told, dict):
            raise ConnectionError("the sandbox's clock answered something else than a time")
        return told


def rest(clock: RealClock | SandboxClock, until: datetime) -> None:
    """Let time pass until then, or for a while; whoever waits looks at the clock again."""
    now = clock().at
    seconds = max(min(until - now, LONGEST_REST).total_seconds(), 0.0)
    if isinstance(clock, SandboxClock):
        seconds = OTHERS_WORK if clock.idle(until).at == now else 0.0
    threading.Event().wait(seconds)
