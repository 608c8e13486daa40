"""A folder with settings, rosters and a token; the world they lead to; daemons on both.

Time in the sandbox is stepped: it stands still while the daemon works, and goes on when a test
lets it. So a day takes seconds, and every instant a test names is met exactly.
"""

import json
import math
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from rotation.core.facts import Kind
from rotation.core.roster import Roster
from rotation.ledger import Books, Ledger
from rotation.roster_file import read
from rotation.wiring.example import OWN_PHONE, duty_for, world_for
from rotation.wiring.parts import SLOW
from tests.process.between import Between, Held
from tests.process.desks import SETTINGS
from tests.process.programs import ROTATION, Json, Program
from tests.process.waiting import in_time
from tests.process.world import World

TOKEN = "cnry-Zq7Kw93bTx41mPv"  # noqa: S105 - a canary: it must never be seen again
INSTANCE = "9F3A7C21E8BD"
MONDAY = date(2026, 1, 5)
AHEAD = timedelta(days=30)
"""How long the judge knows who is on duty; no test lets more time pass."""
MORTAL = Path(__file__).with_name("mortal.py")
KINDS = {
    "add": {Kind.ADD},
    "remove": {Kind.REMOVE},
    "text": {Kind.NOTICE, Kind.INVITE, Kind.TELL},
}
"""What the sandbox calls a call, and what the ledger may call it."""


def instant(clock: str, day: date = MONDAY) -> datetime:
    """`08:00` or `08:00:30` on the day of the tests, in UTC; `24:00` and more is the next one."""
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    after = timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))
    return datetime.combine(day, datetime.min.time(), UTC) + after


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
