"""A ledger that moves from its file to a server takes all it knows with it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import AccountId
from rotation.ledger import (
    RESTORED_AT,
    Books,
    Ledger,
    LedgerHeld,
    LedgerUnavailable,
    copy,
    file_lock,
    upgrade,
)
from rotation.ledger.tables import metadata

Make: TypeAlias = Callable[..., Any]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def lived(day: Make, tmp_path: Path) -> str:
    """A file with half a day in it."""
    url = f"sqlite:///{tmp_path / 'rotation.db'}"
    upgrade(url)
    made = day(ledger=url, seed=7)
    made.fault("error_after", on=["remove"], next=2)
    made.until("08:30")
    made.human("leave", "ben")
    made.until("16:30")
    made.rehearsal.ledger.close()
    return url


@pytest.fixture
def empty(postgres: Any) -> Any:  # noqa: ANN401 - of the tests' own
    with postgres.database("template1") as url:
        yield url


def told(url: str) -> tuple[object, ...]:
    """What a ledger says of the day."""
    ledger = Ledger(url)
    with ledger.reading() as books:
        said = (
            books.attempts.of(), books.audit.list(limit=10_000), books.seats.all(),
            books.groups.all(), books.handovers.of(), books.people.all(), books.rosters.versions(),
            books.rosters.in_force(), books.holds.in_force(),
            books.reads.recent(AccountId("main"), 99),
        )  # fmt: skip
    ledger.close()
    return said


def marked(books: Books) -> bool:
    return books.meta.get(RESTORED_AT) is not None


@pytest.mark.promise("P-server", "A5")
def test_all_of_it_is_there_and_goes_on_with_the_next_numbers(lived: str, empty: str) -> None:
    heard: dict[str, int] = {}
    counts = copy(lived, empty, NOW, heard.__setitem__)
    assert set(counts) == {t.name for t in metadata.sorted_tables} - {"leases", "replicas"}
    assert heard == {name: count for name, count in counts.items() if count}
    assert min(counts[name] for name in ("attempts", "audit", "reads", "people", "seats")) > 1
    assert told(empty) == told(lived)
    ledger = Ledger(empty)
    with ledger.writing() as books:
        last = books.attempts.of()[0]
        again = books.attempts.begin(
            account=last.account, kind=last.kind, group=last.group, person=last.person,
            because=last.because, roster=last.roster, zone_data=last.zone_data, boot=last.boot,
            uptime=last.uptime, sent_at=NOW,
        )  # fmt: skip
        assert again.id == last.id + 1
        assert not marked(books)
    ledger.close()
    ledger = Ledger(lived)
    with ledger.reading() as books:
        assert marked(books)
    ledger.close()


@pytest.mark.promise("P-server")
def test_a_database_with_something_in_it_or_in_use_is_left_as_it_was(
    lived: str, empty: str
) -> None:
    with file_lock(lived), pytest.raises(LedgerHeld):
        copy(lived, empty, NOW, lambda _table, _done: None)
    upgrade(empty)
    with file_lock(empty, shared=True), pytest.raises(LedgerHeld):
        copy(lived, empty, NOW, lambda _table, _done: None)
    copy(lived, empty, NOW, lambda _table, _done: None)
    before = told(empty)
    with pytest.raises(LedgerUnavailable, match="is not empty"):
        copy(lived, empty, NOW, lambda _table, _done: None)
    assert told(empty) == before
