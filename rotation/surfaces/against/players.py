"""Who plays: cron with its script, by HTTP to a sandbox, and rotation, rehearsed in memory.

rotation's engine, ledger and provider are the real ones. The stepped clock stands still while
either of them works, so that it makes no difference how long a call takes on this machine.
"""

import json
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

from rotation.roster_file import digest
from rotation.sandbox import Request
from rotation.surfaces.against import naive
from rotation.surfaces.against.days import ENDS, STARTS, Days
from rotation.surfaces.demo import ask
from rotation.surfaces.example import serving
from rotation.wiring import SandboxClock
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal


class Cron:
    """Starts the script at the instants of its rota; what it sleeps through never is."""

    def __init__(self, url: str, clock: SandboxClock, rota: naive.Rota) -> None:
        self.told = 0
        self._url, self._clock, self._rota = url, clock, rota
        self._waiting = deque(sorted(rota, key=datetime.fromisoformat))

    def lives(self, until: datetime) -> None:
        while self._waiting and datetime.fromisoformat(self._waiting[0]) <= until:
            self._starts(self._waiting.popleft())
        self._passes(until)

    def _starts(self, line: str) -> None:
        self._passes(datetime.fromisoformat(line))
        server = HTTPConnection(urlsplit(self._url).netloc, timeout=naive.PATIENCE)
        wawp = naive.Wawp(server, INSTANCE, TOKEN)
        self.told += not naive.hand_over(self._rota, line, wawp, self._pauses)

    def is_down(self, until: datetime) -> None:
        while self._waiting and datetime.fromisoformat(self._waiting[0]) < until:
            self._waiting.popleft()
        self._passes(until)

    def looks(self, name: str) -> object:
        return ask(self._url, name)

    def _passes(self, until: datetime) -> None:
        while self._clock.idle(until).at < until:
            pass

    def _pauses(self, seconds: float) -> None:
        self._passes(self._clock().at + timedelta(seconds=seconds))


@contextmanager
def cron(days: Days) -> Iterator[Cron]:
    """Cron before a sandbox of its own; what the script logs is not shown."""
    propagates, naive.log.propagate = naive.log.propagate, False
    silent = logging.NullHandler()
    naive.log.addHandler(silent)
    try:
        with (
            serving(days.world, stepped=True, seed=days.seed) as place,
            closing(SandboxClock(place.url, who="cron")) as clock,
        ):
            yield Cron(place.url, clock, rota(days))
    finally:
        naive.log.removeHandler(silent)
        naive.log.propagate = propagates


def rota(days: Days) -> naive.Rota:
    """When everybody comes and goes, `join_early` and `stay_late` counted in, in UTC."""
    found: naive.Rota = {}
    for chat, told in days.duties.items():
        for phone, starts, ends in told.stays():
            for at, way in ((starts, "on"), (ends, "off")):
                if STARTS < at < ENDS:
                    line = found.setdefault(at.isoformat(), {})
                    line.setdefault(chat, {"on": [], "off": []})[way].append(phone)
    return found


class Rehearsed:
    """rotation over the same world in memory."""

    def __init__(self, days: Days) -> None:
        self.told = 0
        self._rehearsal = Rehearsal(days.world, STARTS, seed=days.seed, alert=self._alerted)
        self._rehearsal.adopt(days.roster, digest(days.roster))

    def _alerted(self, _text: str) -> bool:
        """The alert command of the settings, as cron has its mail; it goes around the provider."""
        self.told += 1
        return True

    def lives(self, until: datetime) -> None:
        self._rehearsal.run(until)

    def is_down(self, until: datetime) -> None:
        self.passes(until)
        self._rehearsal.restart()

    def passes(self, until: datetime) -> None:
        """Time goes by and nothing is done."""
        while self._rehearsal.now < until:
            self._rehearsal.world.idle(until)

    def looks(self, name: str) -> object:
        answer = self._rehearsal.world.handle(Request.to("GET", f"/sandbox/{name}"))
        told: object = json.loads(answer.body)
        return told
