"""A desk in three time zones, rehearsed into a ledger file, and somebody at the command line."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner, Result

from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Goodbye,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.ledger import Ledger, upgrade
from rotation.surfaces.cli.desk import Clock
from rotation.surfaces.cli.frame import app
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal
from tests.answering import answering, gives

Json: TypeAlias = Any
"""Whatever a command prints; tests look into it freely."""

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = "aiko ben chen dora emil fay mara otto"
DIGEST = "0123abcd4567"


def build_roster(policy: Policy | None = None) -> Roster:
    """Asia from 00:00, Europe from 08:00, America from 16:00 UTC; two take turns day by day."""
    people = {
        PersonId(who): Person(PersonId(who), who.title(), Phone(f"+3519100000{n:02}"))
        for n, who in enumerate(NAMES.split())
    }
    shifts = {
        shift.id: shift
        for shift in (
            _shift("asia", "Asia/Singapore", 8, "aiko ben"),
            _shift("europe", "Europe/Lisbon", 8, "chen dora"),
            _shift("america", "America/New_York", 11, "emil fay"),
        )
    }
    policy = policy or Policy(join_early=timedelta(minutes=10), stay_late=timedelta(minutes=5))
    always, pinned = (PersonId("mara"),), (PersonId("otto"),)
    spoken = Policy(goodbye=Goodbye({("", ""): "{names} sign off."}))
    groups = [
        _group("acme", 1, tuple(shifts), policy, always_in=always),
        _group("bolt", 2, tuple(shifts), spoken, pins=pinned),
        _group("trial", 3, tuple(shifts), policy, mode=Mode.WATCH),
    ]
    return Roster(people, shifts, {g.id: g for g in groups})


def _shift(name: str, zone: str, starts: int, who: str) -> Shift:
    order = tuple(PersonId(person) for person in who.split())
    turns = Turns(order, Every.DAY, 1, date(2026, 1, 5))
    hours = Hours(starts * 60, (starts + 8) * 60)
    return Shift(ShiftId(name), zone, hours, frozenset(range(7)), turns)


def _group(name: str, n: int, shifts: tuple[ShiftId, ...], policy: Policy, **more: Json) -> Group:
    chat = ChatId(f"12036304123456700{n}@g.us")
    made = {"mode": Mode.MANAGED, **more}
    return Group(GroupId(name), AccountId("main"), chat, shifts, policy=policy, **made)


AHEAD = timedelta(days=60)
"""How long the judge knows who is on duty."""


def rehearse(
    folder: Path,
    roster: Roster,
    starts: datetime,
    until: datetime,
    change: Callable[[dict[str, Any]], None] = lambda _world: None,
    url: str = "",
) -> Rehearsal:
    """A daemon's life over a ledger file in `folder`, or the ledger at `url`, so far."""
    url = url or f"sqlite:///{folder / 'rotation.db'}"
    upgrade(url)
    world = world_for(roster, starts, instance=INSTANCE, token=TOKEN, length=AHEAD)
    change(world)
    found = Rehearsal(world, starts, ledger=Ledger(url))
    found.adopt(roster, DIGEST)
    found.run(until)
    return found


@dataclass
class Office:
    """A folder with settings and a ledger, and somebody who runs commands in it at an instant."""

    folder: Path
    at: datetime
    runner: CliRunner = field(default_factory=CliRunner)

    @property
    def config(self) -> Path:
        return self.folder / "rotation.toml"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'rotation.db'}"

    def run(self, *arguments: str, at: datetime | None = None, says: str | None = None) -> Result:
        """Run a command; its own time is `at`, and somebody types `says`."""
        given = [*arguments, "--config", str(self.config)]
        made = app(arguments[0])
        found = self.runner.invoke(made, given, obj=Clock(at or self.at), input=says)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    def text(self, *arguments: str, at: datetime | None = None) -> str:
        found = self.run(*arguments, at=at)
        assert found.exit_code == 0, found.output
        return found.stdout

    def json(self, *arguments: str, at: datetime | None = None, ends: int = 0) -> Json:
        found = self.run(*arguments, "--json", at=at)
        assert found.exit_code == ends, found.output
        return json.loads(found.stdout)

    def ledger(self) -> Ledger:
        return Ledger(self.url)


def furnished(folder: Path) -> None:
    (folder / "rotation.toml").write_text(
        '[accounts.main]\nprovider = "sandbox"\n', encoding="utf-8"
    )


@pytest.fixture(scope="session")
def monday_at_noon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger after a quiet morning: chen is on duty everywhere."""
    folder = tmp_path_factory.mktemp("noon")
    found = rehearse(folder, build_roster(), MONDAY + timedelta(hours=7), MONDAY.replace(hour=12))
    found.ledger.close()
    furnished(folder)
    return folder


@pytest.fixture(scope="session")
def refused_on_tuesday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger an hour after dora, whose privacy allows no adding, should have come for ben."""
    folder = tmp_path_factory.mktemp("refused")
    roster = build_roster()

    def shy(world: dict[str, Any]) -> None:
        for person in world["people"]:
            if person["name"] == "Dora":
                person["privacy"] = "contacts"

    tuesday = MONDAY + timedelta(days=1)
    found = rehearse(folder, roster, tuesday.replace(hour=7), tuesday.replace(hour=9), shy)
    found.ledger.close()
    furnished(folder)
    return folder


@pytest.fixture
def office(monday_at_noon: Path, tmp_path: Path) -> Office:
    """Monday noon, in a copy of one's own."""
    shutil.copytree(monday_at_noon, tmp_path, dirs_exist_ok=True)
    return Office(tmp_path, MONDAY.replace(hour=12))


@pytest.fixture
def troubled(refused_on_tuesday: Path, tmp_path: Path) -> Office:
    """Tuesday 09:00, in a copy of one's own."""
    shutil.copytree(refused_on_tuesday, tmp_path, dirs_exist_ok=True)
    return Office(tmp_path, MONDAY.replace(day=6, hour=9))


@dataclass
class Watch:
    """An office whose daemon runs: what commands write down, it carries out."""

    office: Office
    rehearsal: Rehearsal

    def run(self, *arguments: str) -> Result:
        found = self.office.run(*arguments, at=self.rehearsal.now)
        self.rehearsal.wake()
        return found

    def wait(self, until: datetime) -> None:
        self.rehearsal.run(until)

    def inside(self, group: str) -> set[str]:
        with self.rehearsal.ledger.reading() as books:
            return {p for p, s in books.seats.of(GroupId(group)).items() if s.seen == "in"}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    """Makes a watch of a roster whose world was changed, until 12:00 on Monday."""
    made: list[Watch] = []

    def make(roster: Roster | None = None, *, starts: str = "07:00", **more: Json) -> Watch:
        furnished(tmp_path)
        at = MONDAY + timedelta(hours=int(starts[:2]), minutes=int(starts[3:]))
        found = rehearse(tmp_path, roster or build_roster(), at, MONDAY.replace(hour=12), **more)
        made.append(Watch(Office(tmp_path, found.now), found))
        return made[-1]

    yield make
    for one in made:
        one.rehearsal.ledger.close()


@pytest.fixture
def watch(watched: Callable[..., Watch]) -> Watch:
    """Monday 12:00, with the daemon going on."""
    return watched()


@pytest.fixture
def monday() -> datetime:
    return MONDAY


@pytest.fixture
def roster() -> Roster:
    return build_roster()


@pytest.fixture
def empty_office(tmp_path: Path) -> Office:
    """Settings, but no ledger yet."""
    furnished(tmp_path)
    return Office(tmp_path, MONDAY)


@contextmanager
def _served(office: Office, table: str, texts: list[str]) -> Iterator[list[str]]:
    """Texts, one after the other, at an address that the settings name; what was sent to get it."""
    asked: list[str] = []

    def answer(to: BaseHTTPRequestHandler) -> None:
        asked.append(to.headers["authorization"])
        gives(to, 200, texts.pop(0) if len(texts) > 1 else texts[0])

    secret = office.folder / "hr.token"
    secret.write_text("hr-token-0123456789\n")
    secret.chmod(0o600)
    with answering(answer) as place:
        at = f'url = "{place}/l.csv"\ntoken_file = "hr.token"\n'
        office.config.write_text(f"{office.config.read_text()}\n{table}\n{at}")
        yield asked


@pytest.fixture
def served() -> Callable[..., AbstractContextManager[list[str]]]:
    return _served
