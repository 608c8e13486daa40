"""Changes of duty by command: kept, undone, and laid over the roster of the files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from rotation.core.roster import AccountId, Change, Doing, PersonId, Roster, ShiftId, WhileOff
from rotation.ledger import Books, Ledger, Unreadable

ANA, BEN = "+351911111111", "+351922222222"
DAY = timedelta(days=1)
Build = Callable[..., Roster]
MONDAY = date(2026, 1, 5)
OFF = Change(
    Doing.OFF,
    PersonId("ana"),
    first=MONDAY,
    last=MONDAY,
    turn=WhileOff.SWAP,
    reason="a day off",
    author="mara",
)
COVER = Change(Doing.COVER, PersonId("ana"), PersonId("ben"), author="mara")


def test_a_change_comes_back_as_it_was_made_and_holds_from_then_on(
    books: Books, now: datetime
) -> None:
    off = books.changes.make(OFF, now)
    cover = books.changes.make(replace(COVER, starts=now, ends=now + DAY), now + DAY)
    assert books.changes.all() == (off, cover)
    assert off == replace(OFF, id=off.id, made_at=now)
    assert cover.made_at == now + DAY
    assert cover.id > off.id


def test_a_change_is_undone_once(books: Books, now: datetime) -> None:
    made = books.changes.make(OFF, now)
    assert books.changes.end(made.id, now + DAY)
    assert not books.changes.end(made.id, now + 2 * DAY)
    assert not books.changes.end(made.id + 1, now)
    assert books.changes.all() == (replace(made, ended_at=now + DAY),)


def test_what_is_in_force_has_another_name_after_each_change(
    books: Books, roster: Build, now: datetime
) -> None:
    files = roster(ana=ANA, ben=BEN)
    books.rosters.adopt(files, "one", now, "2026b")
    assert (books.rosters.digest(), books.rosters.in_force()) == ("one", ("one", files))
    made = books.changes.make(OFF, now)
    assert books.rosters.in_force() == ("one+1", replace(files, changes=(*files.changes, made)))
    books.changes.end(made.id, now + DAY)
    assert books.rosters.digest() == "one+2"
    assert books.rosters.version() == "one"
    assert books.rosters.written() == ("one", files)


def test_a_change_of_files_stands_before_those_by_command(
    books: Books, roster: Build, now: datetime
) -> None:
    timed = replace(COVER, starts=now, ends=now + DAY)
    files = replace(roster(ana=ANA, ben=BEN), changes=(OFF, timed))
    books.rosters.adopt(files, "one", now, "2026b")
    made = books.changes.make(COVER, now)
    found = books.rosters.in_force()
    assert found is not None
    assert found[1].changes == (OFF, timed, made)


@pytest.mark.parametrize(
    "change",
    [
        replace(OFF, person=PersonId("zoe")),
        replace(COVER, other=PersonId("zoe")),
        replace(OFF, shift=ShiftId("gone")),
        replace(COVER, kind=Doing.SWAP, occurrence="gone/2026-01-05/0"),
    ],
)
def test_a_change_about_what_the_files_name_no_more_is_kept_and_not_done(
    books: Books, roster: Build, now: datetime, change: Change
) -> None:
    files = roster(ana=ANA, ben=BEN)
    made = books.changes.make(change, now)
    assert books.changes.laid_over(files) == files
    assert books.changes.all() == (made,)


def test_before_the_first_roster_a_change_alters_nothing(books: Books, now: datetime) -> None:
    books.changes.make(OFF, now)
    assert books.rosters.digest() is None
    assert books.rosters.in_force() is None


def test_what_is_long_over_is_let_go_and_nothing_else(books: Books, now: datetime) -> None:
    over = [
        replace(OFF, first=(now - 9 * DAY).date(), last=(now - 3 * DAY).date()),
        replace(COVER, starts=now - 9 * DAY, ends=now - 3 * DAY),
        replace(COVER, kind=Doing.SWAP),
    ]
    for change in over:
        books.changes.make(change, now - 9 * DAY)
    undone = books.changes.make(replace(COVER, starts=now, ends=now + DAY), now - 9 * DAY)
    books.changes.end(undone.id, now - 3 * DAY)
    stays = books.changes.make(replace(COVER, starts=now - 9 * DAY, ends=now), now - 9 * DAY)
    before = books.rosters.digest()
    books.retention.let_go(now - 2 * DAY, now, 100, "keep")
    assert books.changes.all() == (stays,)
    assert books.rosters.digest() == before


@pytest.mark.promise("F34")
def test_a_change_that_nobody_can_read_is_named(
    url: str, by_hand: Connection, now: datetime
) -> None:
    ledger = Ledger(url)
    with ledger.writing() as books:
        books.changes.make(OFF, now)
    by_hand.exec_driver_sql("UPDATE changes SET kind = 'whatever'")
    with ledger.reading() as books:
        with pytest.raises(Unreadable, match=r"changes\.kind"):
            books.changes.all()
        assert books.damage.of_account(AccountId("main")) == "changes id 1: kind"
    ledger.close()
