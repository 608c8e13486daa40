"""A desk with the real daemon, the real sandbox and a real file, each a process or on disk.

Time in the sandbox is stepped: it stands still while the daemon works, and goes on when a test
lets it. So a day takes seconds, and every instant a test names is met exactly.
"""

import http.client
import json
import math
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import pytest

from rotation.core.facts import Kind
from rotation.core.roster import Roster
from rotation.ledger import Books, Ledger, upgrade
from rotation.roster_file import read
from rotation.wiring.example import OWN_PHONE, duty_for, world_for
from rotation.wiring.parts import SLOW
from rotation.zone_data import use_newest

Json: TypeAlias = Any
"""Whatever an answer holds; tests look into it freely."""
T = TypeVar("T")

TOKEN = "cnry-Zq7Kw93bTx41mPv"  # noqa: S105 - a canary: it must never be seen again
INSTANCE = "9F3A7C21E8BD"
MONDAY = date(2026, 1, 5)
AHEAD = timedelta(days=30)
"""How long the judge knows who is on duty; no test lets more time pass."""
GENEROUS = 240.0
"""Real seconds anything may take on a busy machine; nothing is measured by them."""
ROTATION = ("-m", "rotation")
MORTAL = Path(__file__).with_name("mortal.py")
NURSERY = Path(__file__).with_name("nursery.py")

KINDS = {
    "add": {Kind.ADD},
    "remove": {Kind.REMOVE},
    "text": {Kind.NOTICE, Kind.INVITE, Kind.TELL},
}
"""What the sandbox calls a call, and what the ledger may call it."""

PEOPLE = """\
tell: [mara]
people:
  ana: {name: Ana Reis, phone: "+351912345678"}
  ben: {name: Ben Lim, phone: "+6591234567"}
  chen: {name: Chen Wu, phone: "+8613812345678"}
  dora: {name: Dora Roth, phone: "+491711234567"}
  mara: {name: Mara Costa, phone: "+351961234567"}
"""
DESK = """\
shifts:
  asia: {zone: UTC, hours: 00:00 to 08:00, days: every day, everyone: [ana]}
  europe: {zone: UTC, hours: 08:00 to 16:00, days: every day, everyone: [ben]}
  america: {zone: UTC, hours: 16:00 to 24:00, days: every day, everyone: [chen]}
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    shifts: [asia, europe, america]
    mode: managed
"""
SETTINGS = """\
[log]
format = "json"
[web]
listen = "off"
[accounts.main]
provider = "sandbox"
base_url = "{url}"
instance_id = "{instance}"
token_file = "main.token"
clock = "{clock}"
deadline = "5 s"
[alerts]
command = ["tee", "--append", "alerts.txt"]
"""


@dataclass(frozen=True)
class ByTheHour:
    """A desk where one agent follows another at every full hour, each with a word of goodbye."""

    names: tuple[str, ...] = ("ana", "ben", "chen", "dora")

    def who(self, hour: int) -> set[str]:
        return {self.names[hour % len(self.names)]}

    @property
    def people(self) -> str:
        """With nobody to tell: an alarm in doubt is told again, by design, and a notice never."""
        return "people:\n" + "".join(
            f'  {name}: {{name: {name.title()}, phone: "+35191000000{n}"}}\n'
            for n, name in enumerate(self.names)
        )

    @property
    def desk(self) -> str:
        shifts = "".join(
            f"  h{n}: {{zone: UTC, hours: {n:02}:00 to {n + 1:02}:00, days: every day, "
            f"everyone: {sorted(self.who(n))}}}\n"
            for n in range(24)
        )
        return f"shifts:\n{shifts}{GOODBYE}{GROUP}    shifts: {[f'h{n}' for n in range(24)]}\n"


GOODBYE = """\
defaults:
  goodbye: {before: 0 min, to: group, text: "{names} sign off. {next} have it now."}
"""
GROUP = """\
groups:
  desk:
    account: main
    chat: 120363041234567001@g.us
    mode: managed
"""


@pytest.fixture(scope="session")
def hourly() -> ByTheHour:
    return ByTheHour()


def instant(clock: str, day: date = MONDAY) -> datetime:
    """`08:00` or `08:00:30` on the day of the tests, in UTC; `24:00` and more is the next one."""
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    after = timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
    return datetime.combine(day, datetime.min.time(), UTC) + after


def in_time(fact: Callable[[], T], what: str) -> T:
    """The fact once it is true; an error naming `what` after a generous time."""
    ends, pause = time.monotonic() + GENEROUS, threading.Event()
    while time.monotonic() < ends:
        if found := fact():
            return found
        pause.wait(0.02)
    raise AssertionError(f"never came about: {what}")


class Heard:
    """Lines that a process says, read as they come, so that it never waits for its reader.

    Whoever asks for them gets all that was said by then, whether or not the reader was there.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._lines: list[str] = []
        self._rest = b""
        self._is_over = False
        self._turn = threading.Lock()
        self._stream = stream
        os.set_blocking(stream.fileno(), False)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[str]:
        self._take()
        return self._lines

    def _read(self) -> None:
        with self._stream:
            said = select.poll()
            said.register(self._stream, select.POLLIN)
            while not self._is_over:
                said.poll()
                self._take()

    def _take(self) -> None:
        """What is in the pipe by now."""
        with self._turn, suppress(BlockingIOError):
            while not self._is_over:
                said = os.read(self._stream.fileno(), 1 << 16)
                self._is_over = not said
                *whole, self._rest = (self._rest + said).splitlines(keepends=True) or [b""]
                if self._is_over or self._rest.endswith(b"\n"):
                    whole, self._rest = [*whole, self._rest], b""
                self._lines += [line.decode() for line in whole if line]

    def to_the_end(self) -> None:
        self._reader.join(GENEROUS)
        assert not self._reader.is_alive()


class Nursery:
    """Where programs are called for; see nursery.py."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, NURSERY, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=outside(),
                start_new_session=True,
            )

    def close(self) -> None:
        self.line.close()
        self._process.wait()


nursery = cache(Nursery)


@pytest.fixture(scope="session", autouse=True)
def no_nursery_left() -> Iterator[None]:
    yield
    if nursery.cache_info().currsize:
        nursery().close()


def outside() -> dict[str, str]:
    """The environment, without what is said to the tests."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "ROTATION"))}


class Born:
    """A process from the nursery: what is used of Popen, of a child that is not ours."""

    def __init__(self, folder: Path, argv: Sequence[str], environ: dict[str, str]) -> None:
        self.args = argv
        ours, theirs = socket.socketpair()
        (out, out_of), (err, err_of) = os.pipe(), os.pipe()
        who = {"folder": str(folder), "argv": argv, "environ": environ}
        asked = json.dumps(who).encode()
        socket.send_fds(nursery().line, [asked], [theirs.fileno(), out_of, err_of])
        theirs.close()
        os.close(out_of)
        os.close(err_of)
        self.stdout, self.stderr = os.fdopen(out), os.fdopen(err)
        self._code: int | None = None
        self._told = ours.makefile()
        ours.close()
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(list(self.args), timeout)
        return code

    def _ended(self, within: float) -> int | None:
        if self._code is None and select.select([self._told], [], [], within)[0]:
            with self._told:
                self._code = int(self._told.readline())
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Program:
    """A process of ours, with everything it says. With settings of Python it starts from cold."""

    def __init__(
        self, folder: Path, *arguments: str, by: Sequence[str] = ROTATION, **environ: str
    ) -> None:
        argv, env = [*by, *arguments], outside() | environ
        self.process: Born | subprocess.Popen[str]
        if not any(name.startswith("PYTHON") for name in environ):
            self.process = Born(folder, argv, env)
        else:
            self.process = subprocess.Popen(
                [sys.executable, *argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=folder,
                env=env,
            )
        assert self.process.stdout
        assert self.process.stderr
        self.out, self.err = Heard(self.process.stdout), Heard(self.process.stderr)

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self, within: float = GENEROUS) -> int:
        """The exit code, once it has ended by itself."""
        code = self.process.wait(within)
        self.out.to_the_end()
        self.err.to_the_end()
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send(number)
        return self.ends()

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.ends()

    def freeze(self) -> None:
        """Stopped, with all its threads: it does nothing until it gets SIGCONT."""
        self.send(signal.SIGSTOP)
        in_time(self._is_frozen, f"{self.process.args} stands still")

    def _is_frozen(self) -> bool:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/stat")
        return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)

    def until(self, fact: Callable[[], object]) -> None:
        """Back once it is so; it has to be before the process ends."""
        in_time(lambda: fact() or not self.runs, f"what was awaited of {self.process.args}")
        assert self.runs, self.err.lines

    def hears(self, word: str) -> None:
        """Back once the process has said this."""
        self.until(lambda: any(word in line for line in self.out.lines))

    def told(self, event: str = "") -> list[Json]:
        """What its log says, of one kind of event or of all."""
        lines = [json.loads(line) for line in self.err.lines if line.startswith("{")]
        return [line for line in lines if line["event"].startswith(event)]

    def waits_for(self, event: str, times: int = 1) -> Json:
        """The first line of the log with this event, once it was said so often."""
        in_time(lambda: len(self.told(event)) >= times, f"{event!r} in the log: {self.err.lines}")
        return self.told(event)[0]

    @property
    def complaint(self) -> str:
        return "".join(line for line in self.err.lines if not line.startswith("{"))


@dataclass(slots=True)
class Held:
    """A call that is held up on its way. `arrives`: whether it has reached the chat by then.

    With `passes` it is not held up, and only noticed once it was answered.
    """

    arrives: bool
    passes: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    freed: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        assert self.reached.wait(GENEROUS), "the call to be held never came"

    def drop(self) -> None:
        """The line breaks here."""
        self.freed.set()


class Between(ThreadingHTTPServer):
    """Passes calls on to the sandbox, and may hold one up: before it arrives, or its answer."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.onward = urlsplit(url).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._held: list[Held] = []
        self._lines = 0
        self._turn = threading.Lock()
        self._next: tuple[str | tuple[str, ...], int, Held] | None = None
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def hold(self, what: str | tuple[str, ...], *, arrives: bool, nth: int = 1) -> Held:
        """Hold up the nth call from now on whose path ends like this."""
        return self._awaits(what, nth, Held(arrives))

    def notice(self, what: str | tuple[str, ...], *, nth: int = 1) -> Held:
        """Notice when the nth call from now on whose path ends like this was answered."""
        return self._awaits(what, nth, Held(arrives=True, passes=True))

    def _awaits(self, what: str | tuple[str, ...], nth: int, held: Held) -> Held:
        self._held.append(held)
        self._next = (what, nth, held)
        return held

    def held(self, path: str) -> Held | None:
        """How this call is to be held up, if it is."""
        if self._next is None or not path.partition("?")[0].endswith(self._next[0]):
            return None
        what, nth, held = self._next
        self._next = (what, nth - 1, held) if nth > 1 else None
        return held if nth == 1 else None

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who was killed hears nothing."""

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's own
        self._counts(1)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the library's own
        super().shutdown_request(request)
        self._counts(-1)

    def _counts(self, lines: int) -> None:
        with self._turn:
            self._lines += lines

    def is_left(self) -> None:
        """Whatever its callers said before they ended has arrived."""
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=GENEROUS)
        line.request("GET", "/sandbox/clock")  # after whoever is not yet let in
        line.getresponse().read()
        line.close()
        in_time(lambda: not self._lines, "the last line is closed")

    def close(self) -> None:
        for held in self._held:
            held.drop()
        self.shutdown()
        self.server_close()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Between

    def setup(self) -> None:
        super().setup()
        self._onward = http.client.HTTPConnection(self.server.onward, timeout=GENEROUS)

    def finish(self) -> None:
        self._onward.close()
        super().finish()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        held = self.server.held(self.path)
        if held is not None and not held.arrives:
            self._hold(held)
            return
        try:
            self._onward.request(self.command, self.path, body, dict(self.headers))
            answer = self._onward.getresponse()
            said = answer.read()
        except (http.client.HTTPException, OSError):
            self._onward.close()
            self.close_connection = True
            return
        if held is not None and not held.passes:
            self._hold(held)
            return
        head = "".join(f"{k}: {v}\r\n" for k, v in answer.getheaders())
        self.wfile.write(f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode() + said)
        if held is not None:
            held.reached.set()

    def _hold(self, held: Held) -> None:
        held.reached.set()
        held.freed.wait(GENEROUS)
        self.close_connection = True

    do_GET = do_POST = _pass_on  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        pass


class World:
    """The sandbox, looked at and changed through its other door."""

    def __init__(self, url: str, people: Callable[[], dict[str, str]]) -> None:
        self.url = url
        self._people = people

    def ask(self, name: str, body: Json = None) -> Json:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=GENEROUS)
        try:
            sent = None if body is None else json.dumps(body, default=str)
            connection.request("GET" if body is None else "POST", f"/sandbox/{name}", sent)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, told
        return told

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.ask("clock")["now"])

    def inside(self, group: int = 1) -> set[str]:
        """The roster's people in a group, by name: the truth, not what anybody believes."""
        found = self.ask("state")["groups"][f"120363041234567{group:03}@g.us"]
        return {self._people()[p] for p in found["members"] if p in self._people()}

    def calls(self, *kinds: str) -> list[Json]:
        """What was asked of the chat, in order."""
        return [e for e in self.ask("log")["entries"] if not kinds or e["kind"] in kinds]

    def messages(self, to: str = "") -> list[str]:
        """What was written to a chat or to a person by us."""
        found = self.ask("messages")["messages"]
        return [m["text"] for m in found if to in m["chat"] and m["sender"] == OWN_PHONE]

    def fault(self, name: str, **more: Json) -> None:
        self.ask("faults", {"fault": name, **more})

    def does(self, do: str, **more: Json) -> None:
        """Somebody does something, now or `at` an instant."""
        self.ask("script", {"do": do, **more})

    def is_lawful(self) -> None:
        verdict = self.ask("verdict")
        assert verdict["wrongs"] == 0, verdict["cases"]


class Site:
    """A folder with settings, rosters and a token; the world they lead to; daemons on both."""

    def __init__(self, folder: Path, programs: list[Program]) -> None:
        self.folder = folder
        self._programs = programs
        self.restore_token()
        self.ledger = f"sqlite:///{self.database}"
        self.between: Between | None = None
        self.world: World
        self.sandbox: Program
        self.roster: Roster

    # -- what is written --------------------------------------------------------------------

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        """A file, whole or not at all."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(text, encoding="utf-8")
        draft.chmod(mode)
        draft.replace(path)

    def restore_token(self) -> None:
        self.write("main.token", f"{TOKEN}\n", mode=0o600)

    @property
    def config(self) -> str:
        return str(self.folder / "rotation.toml")

    @property
    def database(self) -> Path:
        return self.folder / "rotation.db"

    @property
    def lease(self) -> int:
        """How many minutes a daemon waits for one that was killed: in a file for none."""
        return 0 if self.ledger.startswith("sqlite") else math.ceil(SLOW.length / 60)

    # -- what runs --------------------------------------------------------------------------

    def found(self, starts: datetime | None, *, between: bool, creator: str) -> None:
        """Start the sandbox: stepped from `starts`, or by the real clock.

        `creator` made the group, if it was not a customer.
        """
        self.roster = read(self.folder / "schedules")
        at = starts or datetime.now(UTC)  # noqa: TID251 - the daemon's clock is real as well
        world = world_for(self.roster, at, instance=INSTANCE, token=TOKEN, length=AHEAD)
        groups: Json = world["groups"]
        for group in groups:
            group["creator"] = creator or group["creator"]
        self.write("world.json", json.dumps(world))
        stepped = ("--stepped", "start") if starts else ()
        self.sandbox = sandbox = self.runs(
            "sandbox", "--port", "0", "--world", "world.json", *stepped
        )
        said = in_time(lambda: sandbox.out.lines, f"an address of the sandbox: {sandbox.err.lines}")
        url = said[0].split()[0]
        self.world = World(url, lambda: {p.phone: p.id for p in self.roster.people.values()})
        self.between = Between(url) if between else None
        self.write(
            "rotation.toml",
            f'database_url = "{self.ledger}"\n'
            + SETTINGS.format(
                url=self.between.url if self.between else url,
                instance=INSTANCE,
                clock="stepped" if starts else "real",
            ),
        )
        if starts:
            self.world.ask("clock", {"idle_until": at.isoformat(), "who": "test"})

    def runs(self, *arguments: str, by: Sequence[str] = ROTATION, **environ: str) -> Program:
        """Some command of rotation's as a process, ended at the latest with the test."""
        program = Program(self.folder, *arguments, by=by, **environ)
        self._programs.append(program)
        return program

    def daemon(self, *, mortal: bool = False, **environ: str) -> Program:
        """`rotation run`; time goes on only with it, from here on. `mortal`: see `dies_in`."""
        stepped = "stepped" in (self.folder / "rotation.toml").read_text()
        if stepped:
            self.is_left()
        by = (str(MORTAL), "will") if mortal else ROTATION
        program = self.runs("run", "--config", self.config, by=by, **environ)
        if stepped:
            self.is_up(program)
        return program

    def leaves_the_clock(self, who: str = "daemon") -> None:
        """Time goes on without the daemon, or without the test, from here on."""
        self.world.ask("clock", {"idle_until": None, "who": who})

    def is_left(self) -> None:
        """Time goes on without a daemon that has ended, or that stands still, whatever it said.

        Of a ledger in a file there is one at a time, and all go by the same name.
        """
        if self.between and self.ledger.startswith("sqlite"):
            self.between.is_left()
        self.leaves_the_clock()

    def stands_still(self, daemon: Program) -> None:
        """The daemon does nothing until it gets SIGCONT, and time goes on without it."""
        daemon.freeze()
        self.leaves_the_clock()
        self.leaves_the_clock(f"daemon {daemon.process.pid}")

    def _others(self, told: Json) -> set[str]:
        """Who takes part in the world's time besides the test; the dead do not.

        Their last word to the clock may get there after their death: so this is asked each time.
        """
        others = told["idle"].keys() - {"test"}
        for program in self._programs:
            who = f"daemon {program.process.pid}"
            if who in others and not program.runs:
                self.leaves_the_clock(who)
                others.remove(who)
        return others

    def is_up(self, program: Program) -> None:
        """The daemon takes part: time goes on only with it, from here on."""
        in_time(lambda: self._takes_part(program), f"the daemon is up: {program.err.lines}")

    def dies_in(self, commits: int) -> None:
        """A mortal daemon will be killed in the nth commit from now on (0: it lives)."""
        if commits:
            self.write("will", str(commits))
        else:
            (self.folder / "will").unlink()

    def _takes_part(self, program: Program) -> bool:
        idle = self.world.ask("clock")["idle"]
        own = {"daemon", f"daemon {program.process.pid}"}
        return not own.isdisjoint(idle) or not program.runs

    def once(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command run to its end."""
        program = self.runs(*arguments, "--config", self.config)
        code = program.ends()
        lines = ("".join(heard.lines) for heard in (program.out, program.err))
        return subprocess.CompletedProcess(arguments, code, *lines)

    def comes_to_hold(self, people: set[str]) -> None:
        """Exactly these people are inside, or soon will be."""
        in_time(lambda: self.world.inside() == people, f"{people} are inside, and nobody else")

    def clock(self, text: str) -> datetime:
        return instant(text)

    def is_at(self, clock: str) -> bool:
        """Whether no time has passed since then."""
        return self.world.now == instant(clock)

    def until(self, clock: str | datetime, daemon: Program, held: Held | None = None) -> None:
        """Let the world's time pass up to an instant, while the daemon works as it must.

        What was done before (a file changed, a command, a signal) is heard before time goes on,
        and what is due at that very instant is done as well. Back at once when the daemon ends on
        the way, or its call is `held`.
        """
        at = instant(clock) if isinstance(clock, str) else clock
        asleep = {"idle_until": at.isoformat(), "who": "test"}
        before = self.world.ask("clock")["looks"]

        def is_over() -> bool:
            return not daemon.runs or (held is not None and held.reached.is_set())

        def all_is_heard() -> bool:
            told = self.world.ask("clock")
            looks = {who: told["looks"][who] - before.get(who, 0) for who in self._others(told)}
            return is_over() or all(times >= 2 for times in looks.values())

        def come() -> bool:
            if is_over():
                return True
            told = self.world.ask("clock", asleep)
            now, idle = datetime.fromisoformat(told["now"]), told["idle"]
            work = (datetime.fromisoformat(idle[who]) <= now for who in self._others(told))
            return not any(work) and now >= at

        in_time(all_is_heard, f"what was done is heard: {daemon.err.lines[-5:]}")
        in_time(come, f"{at:%H:%M} in the world: {daemon.err.lines[-5:]}")

    def minutes_pass(self, daemon: Program, fact: Callable[[], object], what: str) -> None:
        """Let the world's time pass, a minute at a time, until it is so.

        What goes out (an event) is taken in real time, ahead of which the world's may run; and
        what follows from what came in, as a proof does, wants time to pass once more.
        """

        def after_a_minute() -> bool:
            if not fact():
                self.until(self.world.now + timedelta(minutes=1), daemon)
            return bool(fact())

        in_time(after_a_minute, what)

    # -- what is known ----------------------------------------------------------------------

    @contextmanager
    def books(self) -> Iterator[Books]:
        ledger = Ledger(self.ledger)
        try:
            with ledger.reading() as books:
                yield books
        finally:
            ledger.close()

    @property
    def alerts(self) -> str:
        """What the alert command was told."""
        path = self.folder / "alerts.txt"
        return path.read_text() if path.exists() else ""

    def holds(self) -> set[str]:
        """The names of the holds in force."""
        with self.books() as books:
            return {h.item.hold.value for h in books.holds.in_force()}

    def is_held_by(self, *holds: str) -> None:
        """Exactly these holds are in force, or soon will be."""
        in_time(lambda: self.holds() == set(holds), f"held by {holds}, and by nothing else")

    def edit(self, old: str, new: str) -> None:
        """Another text in the desk's roster, which is the law from this instant on."""
        text = (self.folder / "schedules" / "desk.yaml").read_text()
        assert old in text
        self.write("schedules/desk.yaml", text.replace(old, new))
        self.roster, before = read(self.folder / "schedules"), self.roster
        at = self.world.now
        duty = duty_for(self.roster, at - timedelta(days=1), at + AHEAD)
        for group in before.groups.values():  # who is written no more is managed until seen out
            told: Json = duty[group.chat]
            told["managed"] += [before.people[p].phone for p in before.rostered(group.id)]
        self.world.ask("duty", duty)

    def is_whole(self) -> None:
        """The trail is unbroken, no call left without its row, and nothing was done twice."""
        with self.books() as books:
            assert books.audit.verify() is None
            attempts, closed = books.attempts.of(), books.audit.list(limit=10_000)
        for call in self.world.calls("add", "remove", "text"):
            at, kinds = datetime.fromisoformat(call["at"]), KINDS[call["kind"]]
            rows = (a for a in attempts if a.kind in kinds and a.sent_at <= at)
            found = next((a for a in rows if a.ended_at is None or at <= a.ended_at), None)
            assert found is not None, f"no row was written ahead for {call}"
            attempts.remove(found)
        done = [
            (r.kind, r.group, r.person, r.detail["occurrence"])
            for r in closed
            if r.kind in ("added", "removed")
        ]
        assert len(done) == len(set(done)), "one effect has two closing records"

    def says_nothing_secret(self) -> None:
        """Every program's words, over its whole life: JSON lines, no token, nobody's number."""
        numbers = [*(p.phone for p in self.roster.people.values()), OWN_PHONE]
        secret = re.compile("|".join([re.escape(TOKEN), *(n.lstrip("+") for n in numbers)]))
        for program in self._programs:
            for line in [*program.out.lines, *program.err.lines]:
                assert not secret.search(line), line


MakeSite: TypeAlias = Callable[..., Site]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a site's ledger is: in a file of its own, or in a new database on a server."""
    if request.param == "sqlite":
        yield ""
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file brought up by the migrations, to be copied.

    A daemon that brings up its own starts another process for it; those of the examples do.
    """
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def site(tmp_path: Path, migrated: Path) -> Iterator[MakeSite]:
    """Makes a site: its rosters by file name, and the instant its world starts (None: now)."""
    use_newest()
    programs: list[Program] = []
    made: list[Site] = []

    def make(
        starts: str | datetime | None = "07:50",
        desk: str = DESK,
        *,
        between: bool = False,
        creator: str = "",
        people: str = PEOPLE,
        ledger: str = "",
    ) -> Site:
        found = Site(tmp_path, programs)
        if ledger:
            found.ledger = ledger
        else:
            shutil.copy(migrated, found.database)
        made.append(found)
        found.write("schedules/people.yaml", people)
        found.write("schedules/desk.yaml", desk)
        at = instant(starts) if isinstance(starts, str) else starts
        found.found(at, between=between, creator=creator)
        return found

    yield make
    for program in reversed(programs):
        with suppress(ProcessLookupError):
            program.send(signal.SIGCONT)
            program.kill()
    for found in made:
        if found.between:
            found.between.close()
        found.says_nothing_secret()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts some command of rotation's in a folder of its own; it ends with the test."""
    folder = tmp_path.parent / f"{tmp_path.name}-runs"
    folder.mkdir()
    programs: list[Program] = []

    def start(*arguments: str, **environ: str) -> Program:
        programs.append(Program(folder, *arguments, **environ))
        return programs[-1]

    yield start
    for program in programs:
        with suppress(ProcessLookupError):
            program.send(signal.SIGTERM)
        program.ends()
