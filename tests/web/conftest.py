"""The board over ledgers that a rehearsed daemon left, asked without a network."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, cast

import httpx
import pytest

from rotation.core.facts import Moment
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
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
from rotation.engine import Engine, Intake
from rotation.ledger import Ledger, upgrade
from rotation.roster_file import read
from rotation.settings import Listening, Web, load
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.web import app
from rotation.wiring import Parts
from rotation.wiring.example import founded
from rotation.wiring.pulse import Pulse
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal
from rotation.zone_data import use_newest

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = "aiko ben chen dora emil fay mara otto"
Change: TypeAlias = Callable[[dict[str, Any]], None]


def build_roster(names: Mapping[str, str] | None = None, *, acme: str = "acme") -> Roster:
    """Asia from 00:00, Europe from 08:00, America from 16:00 UTC; two take turns day by day."""
    people = {
        PersonId(who): Person(
            PersonId(who), (names or {}).get(who, who.title()), Phone(f"+3519100000{n:02}"),
            zone="Asia/Tokyo" if who == "aiko" else None,
        )
        for n, who in enumerate(NAMES.split())
    }  # fmt: skip
    shifts = [
        _shift("asia", "Asia/Singapore", 8, "aiko ben"),
        _shift("europe", "Europe/Lisbon", 8, "chen dora"),
        _shift("america", "America/New_York", 11, "emil fay"),
    ]
    ids = tuple(s.id for s in shifts)
    groups = [
        _group(acme, 1, ids, always_in=(PersonId("mara"),)),
        _group("bolt", 2, ids, pins=(PersonId("otto"),)),
        _group("trial", 3, ids, mode=Mode.WATCH),
    ]
    return Roster(people, {s.id: s for s in shifts}, {g.id: g for g in groups})


def _shift(name: str, zone: str, starts: int, who: str) -> Shift:
    turns = Turns(tuple(map(PersonId, who.split())), Every.DAY, 1, date(2026, 1, 5))
    hours = Hours(starts * 60, (starts + 8) * 60)
    return Shift(ShiftId(name), zone, hours, frozenset(range(7)), turns)


def _group(name: str, number: int, shifts: tuple[ShiftId, ...], **more: Any) -> Group:  # noqa: ANN401 - any of a group's fields
    chat = ChatId(f"12036304123456700{number}@g.us")
    policy = Policy(join_early=timedelta(minutes=10), stay_late=timedelta(minutes=5))
    made = {"mode": Mode.MANAGED, "policy": policy, **more}
    return Group(GroupId(name), AccountId("main"), chat, shifts, **made)


def rehearse(
    folder: Path, roster: Roster, starts: datetime, until: datetime, change: Change | None = None
) -> Rehearsal:
    """A daemon's life so far, over a ledger file in `folder`."""
    folder.mkdir(exist_ok=True)
    url = f"sqlite:///{folder / 'rotation.db'}"
    upgrade(url)
    world = founded(roster, starts, instance=INSTANCE, token=TOKEN)
    if change is not None:
        change(world)
    found = Rehearsal(world, starts, ledger=Ledger(url))
    found.adopt(roster, "0123abcd4567")
    found.run(until)
    return found


@dataclass
class Board:
    """Asks the app of one ledger for pages, as a browser on this machine."""

    folder: Path
    at: datetime
    web: Web | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
        settings = load({}, config=self.folder / "rotation.toml", need_secrets=False)
        self.ledger = Ledger(f"sqlite:///{self.folder / 'rotation.db'}")

        def clock() -> Moment:
            return Moment(self.at, "boot", 0.0)

        self.parts = Parts(
            replace(settings, web=self.web or settings.web),
            self.ledger,
            {},
            clock,  # type: ignore[arg-type]  # a clock is what tells the moment
            cast("Engine", None),
            Intake(self.ledger, {}, clock),
        )
        self.serve()

    def serve(self, **settings: Any) -> None:  # noqa: ANN401 - whatever settings there are
        """Answer by these settings from now on."""
        self.parts = replace(self.parts, settings=replace(self.parts.settings, **settings))
        fitness = Fitness(self.parts, Pulse(()), use_newest())
        self.app = app.build(fitness, self.stopping)

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:  # noqa: ANN401 - whatever a request has
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", cookies=self.cookies
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def page(self, path: str, status: int = 200) -> str:
        answer = self.ask(path)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        return answer.text


def _finished(found: Rehearsal, folder: Path) -> Path:
    found.ledger.close()
    return folder


@pytest.fixture(scope="session")
def noon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After a quiet morning, with chen on duty everywhere."""
    folder = tmp_path_factory.mktemp("noon")
    starts, until = MONDAY.replace(hour=7), MONDAY.replace(hour=12)
    return _finished(rehearse(folder, build_roster(), starts, until), folder)


@pytest.fixture(scope="session")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour after dora, whose privacy allows no adding, should have come for ben on Tuesday."""
    folder = tmp_path_factory.mktemp("refused")

    def shy(world: dict[str, Any]) -> None:
        for person in world["people"]:
            if person["name"] == "Dora":
                person["privacy"] = "contacts"

    tuesday = MONDAY + timedelta(days=1)
    found = rehearse(folder, build_roster(), tuesday.replace(hour=7), tuesday.replace(hour=9), shy)
    return _finished(found, folder)


@pytest.fixture
def board(noon: Path) -> Iterator[Board]:
    """Monday noon; nothing that pages do is written, so all tests share the ledger."""
    found = Board(noon, MONDAY.replace(hour=12))
    with closing(found.ledger):
        yield found


@pytest.fixture
def troubled(refused: Path) -> Iterator[Board]:
    """Tuesday 09:00."""
    found = Board(refused, MONDAY.replace(day=6, hour=9))
    with closing(found.ledger):
        yield found


@pytest.fixture
def shut(noon: Path, tmp_path: Path) -> Iterator[Board]:
    """Monday noon, reached by a name in the world, over a ledger of its own."""
    shutil.copytree(noon, tmp_path, dirs_exist_ok=True)
    web = Web(Listening("127.0.0.1", 8780), "https://board.example")
    found = Board(tmp_path, MONDAY.replace(hour=12), web)
    with closing(found.ledger):
        yield found


@pytest.fixture
def filed(shut: Board) -> Callable[[str], Board]:
    """The same, with roster files that say this and are in force."""

    def written(desk: str) -> Board:
        schedules = shut.folder / "schedules"
        schedules.mkdir()
        (schedules / "desk.yaml").write_text(desk, encoding="utf-8")
        with shut.ledger.writing() as books:
            books.rosters.adopt(read(schedules), "files", shut.at, "2026a")
        return shut

    return written


@pytest.fixture(scope="session")
def make_board() -> type[Board]:
    return Board


@pytest.fixture(scope="session")
def rehearsed() -> Callable[..., Rehearsal]:
    return rehearse


@pytest.fixture(scope="session")
def make_roster() -> Callable[..., Roster]:
    return build_roster
