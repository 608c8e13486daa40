"""Ledgers to write in, and a roster small enough to read."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from rotation.core.facts import Attempt, Because, Kind
from rotation.core.reason import Reason
from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    ClosedHours,
    Doing,
    Every,
    Goodbye,
    Group,
    GroupId,
    Hours,
    IfAddFails,
    Mode,
    OnHolidays,
    Person,
    PersonId,
    Phone,
    Policy,
    PublicHolidays,
    Roster,
    Season,
    Shift,
    ShiftId,
    Turns,
    Uncovered,
)
from rotation.ledger import Books, Ledger, in_memory, upgrade

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases keep every promise of the ledger; a test that asks for one runs on both."""
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
def ledger(kind: str, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """An empty ledger in memory, or on a server."""
    if kind == "postgresql":
        found, emptied = request.getfixturevalue("on_server")
        yield found
        emptied()
    else:
        found = in_memory()
        yield found
        found.close()


@pytest.fixture(scope="session")
def on_server(postgres: Any) -> Iterator[tuple[Ledger, Callable[[], None]]]:  # noqa: ANN401 - a fixture of the tests' own
    """One ledger on the server, and what makes it a new one: much quicker than another one."""
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as past_guards:
        past_guards.execute("SET session_replication_role = replica")
        names = past_guards.execute(
            "SELECT format('DELETE FROM %I', tablename) FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'alembic_version' "
            "UNION ALL SELECT format('ALTER SEQUENCE %I RESTART', sequencename) FROM pg_sequences"
        )
        emptying = "; ".join(name for (name,) in names.fetchall()).encode()
        ledger = Ledger(url)
        yield ledger, lambda: past_guards.execute(emptying) and None
        ledger.close()


@pytest.fixture
def books(ledger: Ledger) -> Iterator[Books]:
    """One open transaction over an empty ledger."""
    with ledger.writing() as found:
        yield found


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file brought up by the migrations, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def file_url(migrated: Path, tmp_path: Path) -> str:
    """The URL of a fresh ledger file of one's own."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'rotation.db')}"


@pytest.fixture
def server_url(postgres: Any) -> Iterator[str]:  # noqa: ANN401 - a fixture of the tests' own
    """The URL of a fresh ledger of one's own on the server."""
    with postgres.database() as found:
        yield found


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of a fresh ledger that outlives its connections."""
    found = request.getfixturevalue("file_url" if kind == "sqlite" else "server_url")
    assert isinstance(found, str)
    return found


@pytest.fixture
def by_hand(url: str) -> Iterator[Connection]:
    """The database as somebody sees it who has a tool of their own and full rights."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as found:
        yield found


@pytest.fixture
def unguarded(by_hand: Connection, kind: str) -> Connection:
    """The same with the guarding triggers out of the way."""
    if kind == "postgresql":
        by_hand.exec_driver_sql("SET session_replication_role = replica")
        return by_hand
    triggers = by_hand.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in triggers.scalars().all():
        by_hand.exec_driver_sql(f"DROP TRIGGER {name}")
    return by_hand


@contextmanager
def reopening(url: str) -> Iterator[Callable[..., Ledger]]:
    opened: list[Ledger] = []

    def open_one(**how: timedelta) -> Ledger:
        opened.append(Ledger(url, **how))
        return opened[-1]

    yield open_one
    for found in opened:
        found.close()


@pytest.fixture
def open_ledger(url: str) -> Iterator[Callable[..., Ledger]]:
    """Opens the ledger once more at each call, as another process would."""
    with reopening(url) as found:
        yield found


@pytest.fixture
def open_file(file_url: str) -> Iterator[Callable[..., Ledger]]:
    """The same for what is so of a file only."""
    with reopening(file_url) as found:
        yield found


@pytest.fixture
def roster() -> Callable[..., Roster]:
    """A desk with one shift; people are given as `ana="+351911111111"`."""

    def build(**phones: str) -> Roster:
        people = {
            PersonId(who): Person(
                PersonId(who), who.title(), Phone(phone), "Asia/Tokyo", "pt", "agent"
            )
            for who, phone in phones.items()
        }
        turns = Turns(tuple(people), Every.WEEK, 1, date(2026, 1, 5))
        days = frozenset({0, 4})
        summer = Season(date(2027, 8, 1), date(2027, 8, 31), Hours(540, 900), days, "summer")
        new_year = Season(date(2028, 1, 1), date(2028, 1, 1), None, days)
        seasons, on_holidays = (summer, new_year), OnHolidays("PT", None)
        day = Shift(
            ShiftId("day"), "Europe/Lisbon", Hours(480, 960), days, turns, seasons, on_holidays
        )
        kept = PublicHolidays(((date(2027, 12, 25), "Christmas Day"),), "holidays 0.109")
        policy = Policy(
            join_early=timedelta(minutes=10),
            uncovered=Uncovered.EMPTY,
            closed=(ClosedHours(Hours(0, 0, 2), frozenset({5}), "Europe/Lisbon", "weekend"),),
            if_add_fails=(IfAddFails.NEXT, IfAddFails.TELL),
            goodbye=Goodbye({("", ""): "{names} go", ("leaver", "pt"): "adeus"}),
        )
        desk = Group(
            GroupId("desk"),
            AccountId("main"),
            ChatId("120363041234567890@g.us"),
            (day.id,),
            Mode.MANAGED,
            policy,
        )
        first = PersonId(next(iter(people)))
        off = Change(Doing.OFF, first, first=date(2026, 2, 2), last=date(2026, 2, 6), reason="rest")
        written = {"changes": (off,), "holidays": {"PT": kept}}
        return Roster(people, {day.id: day}, {desk.id: desk}, tuple(people)[:1], **written)

    return build


@pytest.fixture
def begin() -> Callable[..., Attempt]:
    """Begins an attempt; only what a test is about needs saying."""

    def begin_one(
        books: Books,
        kind: Kind = Kind.REMOVE,
        *,
        account: str = "main",
        group: str | None = "desk",
        person: str | None = "ana",
        sent_at: datetime = NOW,
    ) -> Attempt:
        return books.attempts.begin(
            account=AccountId(account),
            kind=kind,
            group=None if group is None else GroupId(group),
            person=None if person is None else PersonId(person),
            because=Because(Reason.SHIFT_END, "day/2026-01-05/0", "roster 3f9c", ends=NOW),
            roster="3f9c",
            zone_data="2026b",
            boot="boot-1",
            uptime=12.5,
            sent_at=sent_at,
        )

    return begin_one
