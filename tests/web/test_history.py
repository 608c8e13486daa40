"""The past, page after page, without a gap and without saying anything twice."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
MANY = 137


@pytest.fixture(scope="module")
def busy(noon: Path, tmp_path_factory: pytest.TempPathFactory, make_board: Board) -> Iterator[Any]:
    """A ledger in which very much happened, most of it at the same instants."""
    folder = tmp_path_factory.mktemp("busy")
    shutil.copytree(noon, folder, dirs_exist_ok=True)
    found = make_board(folder, None)
    with closing(found.ledger):
        with found.ledger.writing() as books:
            last = books.audit.list(limit=1)[0].at
            for n in range(MANY):
                books.audit.append(
                    at=last + timedelta(seconds=n // 60), kind="removed", group=GroupId("acme"),
                    person=PersonId("ben"), reason=Reason.MANUAL, origin=f"word {n}", detail={},
                )  # fmt: skip
        found.at = last + timedelta(hours=1)
        yield found


def lines(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<span class="text"[^>]*>([^<]*)<', page)]


def all_of(board: Board, path: str) -> list[str]:
    """What every page says, going on to older ones as a reader does."""
    found: list[str] = []
    while path:
        page = board.page(path)
        found += lines(page)
        older = re.search(r'rel="next" href="([^"]*)"', page)
        path = f"/history{unescape(older[1])}" if older else ""
    return found


def test_all_that_happened_is_on_some_page_once_and_newest_first(busy: Board) -> None:
    found = all_of(busy, "/history?kind=removed")
    words = [line for line in found if "word " in line]
    assert words == [f"Ben was removed (manual, word {n})" for n in reversed(range(MANY))]
    with busy.ledger.reading() as books:
        assert len(found) == len(books.audit.list(kind="removed"))


def test_records_and_handovers_are_in_one_order(busy: Board) -> None:
    page = busy.page("/history")
    assert len(lines(page)) == 50
    everything = all_of(busy, "/history")
    with busy.ledger.reading() as books:
        assert len(everything) == len(books.audit.list(without="handover_done")) + len(
            books.handovers.of()
        )
    times = re.findall(r'<li class="kind[^>]*><time datetime="([^"]*)"', page)
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("asked", "shows", "hides"),
    [
        ("group=bolt", "Otto was added", "word 1)"),
        ("person=chen", "Chen was added", "word 1)"),
        ("kind=handover", "handover: Chen in, Aiko out", "was added"),
        ("kind=added&group=acme", "Chen was added", "handover"),
        ("since=2026-01-06", "", "Chen was added"),
    ],
)
def test_a_filter_shows_what_it_names(board: Board, asked: str, shows: str, hides: str) -> None:
    found = "\n".join(lines(board.page(f"/history?{asked}")))
    assert shows in found
    assert hides not in found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("group=none", "there is no group “none”"),
        ("person=none", "there is nobody called “none”"),
        ("kind=none", "there is no kind “none”"),
        ("since=yesterday", "“yesterday” is no date"),
    ],
)
def test_a_question_that_makes_no_sense_is_said(board: Board, asked: str, said: str) -> None:
    page = board.page(f"/history?{asked}")
    assert said in unescape(page)
    assert not lines(page)


@pytest.mark.parametrize("before", ["x", "2026-99-99T00:00:00.000000Z1", "", "%00"])
def test_a_cursor_that_leads_nowhere_begins_at_the_newest(board: Board, before: str) -> None:
    assert lines(board.page(f"/history?before={before}")) == lines(board.page("/history"))
