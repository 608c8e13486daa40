"""A ledger in memory that begins as another one is, which never hears of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rotation.core.facts import Attempt
from rotation.core.roster import Roster
from rotation.ledger import Books, Ledger, UnknownSchema, file_lock, image_of, in_memory

Open = Callable[..., Ledger]


def record(books: Books, now: datetime, text: str) -> None:
    books.audit.append(
        at=now, kind="test", group=None, person=None, reason=None, origin=text, detail={}
    )


def test_a_copy_goes_on_by_itself_beside_a_daemon_and_the_ledger_stays_as_it_was(
    open_ledger: Open,
    url: str,
    now: datetime,
    roster: Callable[..., Roster],
    begin: Callable[..., Attempt],
) -> None:
    real = open_ledger()
    with real.writing() as books:
        books.rosters.adopt(roster(ana="+351911111111"), "3f9c", now, "2026b")
        stranger = books.people.stranger(None, "123456789", now)
        last = begin(books, person="ana")
        record(books, now, "there")
        before = books.audit.head()
    with file_lock(url):
        copy = in_memory(image_of(url))
    with real.reading() as was, copy.writing() as books:
        assert books.rosters.in_force() == was.rosters.in_force()
        assert books.people.all() == was.people.all()
        assert books.people.stranger(None, "123456789", now) == stranger, "the same salt"
        assert begin(books).id == last.id + 1
        assert books.audit.head() == before
        record(books, now + timedelta(seconds=1), "here")
        assert books.audit.verify() is None
    with real.reading() as books:
        assert books.audit.head() == before
        assert books.attempts.get(last.id + 1) is None
    copy.close()


def test_there_is_no_copy_of_what_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(UnknownSchema, match="there is no ledger"):
        image_of(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(ValueError, match="in memory has no file"):
        image_of("sqlite://")
