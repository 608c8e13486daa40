"""Ledgers to write in, and a roster small enough to read."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rotation.core.facts import Attempt, Because, Kind
from rotation.core.reason import Reason
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Goodbye,
    Group,
    GroupId,
    Hours,
    IfAddFails,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
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


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty ledger in memory."""
    found = in_memory()
    yield found
    found.close()


@pytest.fixture
def books(ledger: Ledger) -> Iterator[Books]:
    """One open transaction over an empty ledger in memory."""
    with ledger.writing() as found:
        yield found


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file brought up by the migrations, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def url(migrated: Path, tmp_path: Path) -> str:
    """The URL of a fresh ledger file of one's own."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'rotation.db')}"


@pytest.fixture
def open_ledger(url: str) -> Iterator[Callable[..., Ledger]]:
    """Opens the ledger file once more at each call, as another process would."""
    opened: list[Ledger] = []

    def open_one(**how: timedelta) -> Ledger:
        opened.append(Ledger(url, **how))
        return opened[-1]

    yield open_one
    for found in opened:
        found.close()


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
        day = Shift(ShiftId("day"), "Europe/Lisbon", Hours(480, 960), frozenset({0, 4}), turns)
        policy = Policy(
            join_early=timedelta(minutes=10),
            uncovered=Uncovered.EMPTY,
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
        return Roster(people, {day.id: day}, {desk.id: desk}, tuple(people)[:1])

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
