"""Cover, time off, swaps and extra people, as a page and on the pages of those they are about."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Change, Doing, PersonId, ShiftId, WhileOff
from rotation.surfaces.web.board import changes as board_changes

Board: TypeAlias = Any
Make: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
AIKO, BEN, CHEN, DORA, FAY = map(PersonId, ("aiko", "ben", "chen", "dora", "fay"))
EUROPE = ShiftId("europe")
OFF = Change(
    Doing.OFF, DORA, first=date(2026, 1, 10), last=date(2026, 1, 12), turn=WhileOff.HOLD,
    reason="holiday",
)  # fmt: skip
COVER = Change(
    Doing.COVER, CHEN, FAY, starts=NOON, ends=NOON + timedelta(hours=2),
    reason="ill, call +351 91 234 5601", author="mara",
)  # fmt: skip
SWAP = Change(
    Doing.SWAP, AIKO, BEN, occurrence="asia/2026-01-08/0", for_occurrence="asia/2026-01-09/0",
    author="mara",
)  # fmt: skip
EXTRA = Change(
    Doing.EXTRA, FAY, shift=EUROPE, first=date(2026, 1, 20), last=date(2026, 1, 20), author="otto"
)  # fmt: skip


@pytest.fixture
def changed(noon: Path, tmp_path: Path, make_board: Make, make_roster: Make) -> Iterator[Board]:
    """Dora is off by the files; cover, a swap that is void, extra, and one that was undone."""
    shutil.copytree(noon, tmp_path / "changed")
    board = make_board(tmp_path / "changed", NOON)
    with closing(board.ledger):
        with board.ledger.writing() as books:
            roster = replace(make_roster(), changes=(OFF,))
            books.rosters.adopt(roster, "abcd01234567", NOON, "2026a")
            for one in (COVER, SWAP, EXTRA):
                books.changes.make(one, NOON - timedelta(hours=1))
            undone = books.changes.make(replace(EXTRA, reason="a mistake"), NOON)
            books.changes.end(undone.id, NOON)
        yield board


def _lines(page: str) -> list[str]:
    """What each of the changes on a page says."""
    found = re.findall(r'<li><p><span class="tag">.*?</li>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", one)).split()) for one in found]


def test_each_change_says_who_when_by_whom_why_and_what_ends_it(changed: Board) -> None:
    page = changed.page("/changes")
    off, cover, swap, extra = _lines(page)
    assert off == (
        "time off Dora , 2026-01-10 to 2026-01-12 holiday ; by the files ; turn: hold it stands in"
        " a roster file, and ends when it is taken out there"
    )
    assert cover == (
        "cover Fay for Chen , 2026-01-05 12:00Z to 2026-01-05 14:00Z ill, call ***601 ; by mara ,"
        " 2026-01-05 11:00 UTC Undo rotation undo c1"
    )
    assert swap == (
        "swap Aiko with Ben , asia 2026-01-08 for asia 2026-01-09 void by mara , 2026-01-05 11:00"
        " UTC ; VOID: aiko is not on duty in asia on 2026-01-08 Undo rotation undo c2"
    )
    assert extra == (
        "extra Fay in europe , 2026-01-20 by otto , 2026-01-05 11:00 UTC Undo rotation undo c3"
    )
    assert "<code>rotation undo c1</code>" in page
    assert 'href="/changes"' in changed.page("/week")


def test_a_persons_page_has_those_that_they_are_in(changed: Board) -> None:
    assert [one.split()[0] for one in _lines(changed.page("/people/fay"))] == ["cover", "extra"]
    assert [one.split()[0] for one in _lines(changed.page("/people/chen"))] == ["cover"]
    assert _lines(changed.page("/people/emil")) == []
    assert _lines(changed.page("/changes?person=fay")) == _lines(changed.page("/people/fay"))


def test_what_is_over_is_not_shown(changed: Board) -> None:
    changed.at = NOON + timedelta(days=30)
    page = changed.page("/changes")
    assert _lines(page) == []
    assert "is changed." in page


def test_many_are_counted_and_the_rest_is_left_to_the_command(
    changed: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_changes, "MOST", 1)
    monkeypatch.setattr(board_changes, "MOST_OF_ONE", 1)
    page = changed.page("/changes")
    assert len(_lines(page)) == 1
    assert "and 3 more" in page
    assert 'href="/changes?person=fay"' in changed.page("/people/fay")


def test_somebody_whom_the_roster_does_not_name_is_said_to_be_unknown(board: Board) -> None:
    seen = unescape(board.page("/changes?person=nobody"))
    assert "there is nobody “nobody” in the roster in force" in seen
    assert "Nobody's duty is changed." in unescape(board.page("/changes"))
