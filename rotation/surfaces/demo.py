"""Three days in about a minute: the real daemon against a faulty sandbox, and what came of it.

The sandbox's stepped clock lets whole days pass as fast as the work is done. On the way the
daemon meets failing removals, an outage and a kill -9, across a change to winter time.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

from pydantic import BaseModel

from rotation.core.facts import Kind
from rotation.core.roster import GroupId, Mode, Roster
from rotation.core.timeline import Timeline
from rotation.ledger import Books, Ledger
from rotation.roster_file import read
from rotation.settings import load, without_settings
from rotation.surfaces import live
from rotation.surfaces.example import Place, example_rosters, sandbox, until_terminated
from rotation.wiring import SandboxClock
from rotation.zone_data import use_newest

STARTS = datetime(2026, 10, 24, 6, tzinfo=UTC)
"""The Saturday before Europe leaves summer time."""
DAYS = 3
OUTAGE = (STARTS + timedelta(hours=30), STARTS + timedelta(hours=36))
RECOVERED = OUTAGE[1] + timedelta(minutes=15)
"""By then everything that failed in the outage was tried again."""
SHOWN = frozenset({"handover", "proven", "alarm"})
MIDST = timedelta(seconds=1)
"""So long after a removal falls due the daemon is killed: sent, and not yet proven."""
WORD = 0.05
"""Real seconds between two looks at the sandbox's clock."""


class Stay(BaseModel):
    minutes: float = 0.0


class Measures(BaseModel):
    longest_stay_past_end: Stay
    uncovered_minutes: dict[str, float]


class Verdict(BaseModel):
    """What we read of the judge's verdict."""

    wrongs: int
    measures: Measures

    @property
    def uncovered(self) -> float:
        """Minutes in which somebody was on duty and nobody of them inside, over all groups."""
        return sum(self.measures.uncovered_minutes.values())


class Clock(BaseModel):
    """What we read of the sandbox's clock: who takes part, asleep until when."""

    idle: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class Result:
    """What three days came to, counted by the ledger and by the sandbox's own judge."""

    handovers: int
    proven: int
    overtaken: int
    attempts: int
    retries: int
    longest_stay: float
    uncovered: float
    uncovered_in_outage: float
    wrongs: int
    unsettled: int

    @property
    def converged(self) -> bool:
        """Nothing is open, nothing was wrong, and what was not proven was overtaken by the next."""
        proven = self.proven + self.overtaken == self.handovers
        return self.wrongs == 0 and self.unsettled == 0 and proven

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("handovers", str(self.handovers)),
            ("proven by a read-back", str(self.proven)),
            ("overtaken by the next one", f"{self.overtaken}, in the outage"),
            ("attempts", f"{self.attempts} additions and removals, {self.retries} of them again"),
            ("longest stay past the end", f"{self.longest_stay:.1f} min"),
            (
                "nobody on duty inside",
                f"{self.uncovered:.1f} min, and {self.uncovered_in_outage:.1f} min in the outage",
            ),
            ("wrongs counted by the judge", str(self.wrongs)),
            ("still open at the end", str(self.unsettled)),
        ]


def run_demo(say: Callable[[str], None], seed: int = 0) -> Result:
    """Run the three days; raises RuntimeError when sandbox or daemon do not start."""
    use_newest()
    roster = read(example_rosters())
    killed_at = _in_the_midst(roster)
    say(_PLAN.format(day=DAYS, start=STARTS, outage=OUTAGE[0], killed=killed_at))
    with until_terminated(), ExitStack() as stack:
        place = stack.enter_context(
            sandbox(roster, STARTS, stepped=True, faults=_faults(), seed=seed)
        )
        clock = stack.enter_context(closing(SandboxClock(place.url, who="demo")))
        with _daemon(place, roster, say) as first:
            _until_it_takes_part(place, first)
            _wait(clock, killed_at, first)
            first.send_signal(signal.SIGKILL)
            first.wait()
            say(f"{killed_at:%a %H:%M:%S}  kill -9 of the daemon, with a removal on its way")
        with _daemon(place, roster, say) as second:
            _wait(clock, OUTAGE[0], second)
            before = _verdict(place).uncovered
            _wait(clock, RECOVERED, second)
            in_outage = _verdict(place).uncovered - before
            _wait(clock, STARTS + timedelta(days=DAYS), second)
        return _result(place, roster, in_outage)


_PLAN = """\
{day} days from {start:%a %d %b %Y %H:%M} UTC, across Europe's change to winter time. 30 % of
removals fail, nothing answers for six hours from {outage:%a %H:%M}, and the daemon is killed
(kill -9) at {killed:%a %H:%M:%S} in the middle of a handover.
"""


def _faults() -> tuple[object, ...]:
    starts, ends = (t.isoformat() for t in OUTAGE)
    return (
        {"fault": "outage", "starts": starts, "ends": ends},
        {"fault": "error_before", "on": ["remove"], "chance": 0.15},
        {"fault": "error_after", "on": ["remove"], "chance": 0.15},
    )


def _in_the_midst(roster: Roster) -> datetime:
    """An instant on the first evening at which a removal has been sent and not been proven."""
    group = roster.groups[GroupId("acme-vip")]
    ends = Timeline(roster).handovers(group.id, STARTS, STARTS + timedelta(days=1))
    leaving = next(h for h in ends if h.outgoing)
    return leaving.at + group.policy.stay_late + MIDST


@contextmanager
def _daemon(
    place: Place, roster: Roster, say: Callable[[str], None]
) -> Iterator[subprocess.Popen[str]]:
    """The real daemon as a process of its own; what it logs is said in short.

    An operator's variables would lead it to their ledger, and to their accounts.
    """
    command = [sys.executable, "-m", "rotation", "run", "--config", str(place.config)]
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, env=without_settings(os.environ), stderr=subprocess.PIPE, text=True
    )
    listener = threading.Thread(target=_listen, args=(process, roster, say), daemon=True)
    listener.start()
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        listener.join()
        if process.stderr:
            process.stderr.close()


def _listen(process: subprocess.Popen[str], roster: Roster, say: Callable[[str], None]) -> None:
    for text in process.stderr or ():
        try:
            told = json.loads(text)
        except ValueError:
            continue
        if told.get("event") in SHOWN:
            say(live.of_log(told, roster))


def _until_it_takes_part(place: Place, daemon: subprocess.Popen[str]) -> None:
    """World time must not begin before the daemon is there to live in it."""
    pause = threading.Event()
    while "daemon" not in Clock.model_validate(ask(place.url, "clock")).idle:
        if daemon.poll() is not None:
            raise RuntimeError(f"the daemon did not start, it ended with {daemon.returncode}")
        pause.wait(WORD)


def _wait(clock: SandboxClock, until: datetime, daemon: subprocess.Popen[str]) -> None:
    """Let world time pass until an instant, at which it stands still for us."""
    pause = threading.Event()
    while clock.idle(until).at < until:
        if daemon.poll() is not None:
            raise RuntimeError(f"the daemon ended by itself, with {daemon.returncode}")
        pause.wait(WORD)


def _verdict(place: Place) -> Verdict:
    return Verdict.model_validate(ask(place.url, "verdict"))


def _result(place: Place, roster: Roster, in_outage: float) -> Result:
    verdict = _verdict(place)
    settings = load({}, config=place.config)
    ledger = Ledger(settings.database.reveal())
    try:
        with ledger.reading() as books:
            return _counted(books, roster, verdict, in_outage)
    finally:
        ledger.close()


def _counted(books: Books, roster: Roster, verdict: Verdict, in_outage: float) -> Result:
    kept = {g.id for g in roster.groups.values() if g.mode is not Mode.WATCH}
    rows = [h for h in books.handovers.of() if h.group in kept]
    tried = [a for a in books.attempts.of() if a.kind in (Kind.ADD, Kind.REMOVE)]
    first = {(a.group, a.person, a.kind, a.because.key) for a in tried}
    last = {h.group: h.at for h in sorted(rows, key=lambda h: h.at)}
    open_ = [h for h in rows if h.proven_at is None]
    return Result(
        handovers=len(rows),
        proven=len(rows) - len(open_),
        overtaken=sum(1 for h in open_ if h.at < last[h.group]),
        attempts=len(tried),
        retries=len(tried) - len(first),
        longest_stay=verdict.measures.longest_stay_past_end.minutes,
        uncovered=round(verdict.uncovered - in_outage, 6),
        uncovered_in_outage=in_outage,
        wrongs=verdict.wrongs,
        unsettled=sum(1 for s in books.seats.all() if s.group in kept and s.op is not None),
    )


def ask(url: str, name: str) -> object:
    """What the sandbox at `url` says of itself under /sandbox/NAME."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", f"/sandbox/{name}")
        told: object = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return told
