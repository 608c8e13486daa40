"""What deserves a look, as a page and as files: the same as the command says, without numbers."""

import csv
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind, Role, Seat, Seen
from rotation.core.roster import AccountId, GroupId, PersonId, Phone, Silent
from rotation.core.silence import Hearing
from rotation.ledger import LastActive
from rotation.settings import Listening, Web
from rotation.surfaces.web.board import review

Board: TypeAlias = Any
Make: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
ACME = GroupId("acme")
MONTH = timedelta(days=30)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SILENT, YOUNG = "+491511000001", "+491511000002"
pytestmark = pytest.mark.promise("P-review")


@pytest.fixture
def watched(noon: Path, tmp_path: Path, make_board: Make, make_roster: Make) -> Iterator[Board]:
    """In acme a silent stranger, a new one, and dora past her time; we are no admin there."""
    shutil.copytree(noon, tmp_path / "watched")
    board = make_board(tmp_path / "watched", NOON)
    roster, long_ago = make_roster(), NOON - 2 * MONTH
    groups = dict(roster.groups)
    groups[ACME] = replace(groups[ACME], policy=replace(groups[ACME].policy, silent=Silent(MONTH)))
    with closing(board.ledger), board.ledger.writing() as books:
        books.rosters.adopt(replace(roster, groups=groups), "abcd01234567", NOON, "2026a")
        books.activity.hears(AccountId("main"), Hearing(long_ago - MONTH, NOON, NOON))
        for phone, at in ((SILENT, long_ago), (YOUNG, NOON - MONTH / 2)):
            person = books.people.stranger(Phone(phone), None, long_ago)
            books.seats.save(Seat(ACME, person, Seen.IN, Role.MEMBER, seen_at=NOON))
            books.activity.note([LastActive(ACME, person, "seen", at)])
        dora = books.seats.of(ACME).get(PersonId("dora")) or Seat(ACME, PersonId("dora"))
        books.seats.save(replace(dora, seen=Seen.IN, managed_since=long_ago, op=Kind.REMOVE))
        state = books.groups.state(ACME)
        books.groups.save(replace(state, size=9, unresolved=2, we_are_admin=False))
        board.silent = books.people.find(Phone(SILENT))
    yield board
    board.ledger.close()


def test_it_is_one_of_the_pages_and_says_what_to_do(watched: Board) -> None:
    assert 'href="/review"' in watched.page("/")
    page = unescape(watched.page("/review"))
    order = ["past", "uncovered", "not_admin", "silent", "stranger", "hidden", "unknown"]
    assert re.findall(r'<h2 id="(\w+)"', page) == order
    assert "***001" in page
    assert "for 60 days" in page
    assert "take them out in WhatsApp" in page
    assert "<script" not in page  # nothing moves on what is printed
    assert f'href="/people/{watched.silent}"' in page


def test_the_files_say_what_the_page_says(watched: Board) -> None:
    told = watched.ask("/review.json")
    assert told.headers["content-disposition"] == 'attachment; filename="review-2026-01-05.json"'
    found = json.loads(told.text)
    assert found["counts"]["silent"] == 1
    assert found["roster"] == "abcd01234567"
    rows = list(csv.DictReader(io.StringIO(watched.ask("/review.csv").text)))
    assert [(r["look"], r["group"], r["name"]) for r in rows] == [
        (one["look"], one["group"], one["name"]) for one in found["findings"]
    ]
    assert {r["look"] for r in rows} >= {"past", "not_admin", "silent", "stranger", "unknown"}


def test_nobodys_number_is_in_any_of_it(watched: Board) -> None:
    for path in ("/review", "/review.csv", "/review.json", f"/people/{watched.silent}"):
        text = watched.ask(path).text
        assert "***001" in text or path.startswith("/people")
        assert SILENT[1:9] not in text


def test_a_group_can_be_looked_for_and_many_are_looked_at_page_by_page(
    watched: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "acme" not in watched.page("/review?find=BOLT").partition("<main")[2]
    assert "acme" not in watched.ask("/review.csv?find=BOLT").text
    whole = watched.ask("/review.json").text
    monkeypatch.setattr(review, "PER_PAGE", 2)
    page = watched.page("/review?find=l&page=1")
    assert "in 2 of 3 groups" in page
    assert "page 1 of 1" not in page
    assert 'href="?page=2"' in watched.page("/review")
    assert "acme" not in watched.page("/review?page=9").partition("<main")[2]
    assert watched.ask("/review.json").text == whole


def test_a_group_that_cannot_be_read_is_on_it_and_the_others_are_too(watched: Board) -> None:
    with closing(sqlite3.connect(watched.folder / "rotation.db", isolation_level=None)) as found:
        found.execute("UPDATE seats SET seen = 'inside' WHERE \"group\" = 'bolt'")
    page = unescape(watched.page("/review"))
    assert "the ledger cannot be read there" in page
    assert "***001" in page


def test_without_a_token_nobody_from_elsewhere_gets_any_of_it(noon: Path, make_board: Make) -> None:
    board = make_board(noon, NOON, Web(Listening("127.0.0.1", 8780), "https://board.example"))
    with closing(board.ledger):
        assert [board.ask(f"/review{end}").status_code for end in ("", ".csv", ".json")] == [
            401
        ] * 3


def test_explain_says_whether_somebody_is_silent_and_why_not(watched: Board) -> None:
    def told(person: str) -> str:
        return unescape(watched.page(f"/people/{person}"))

    assert "silent: inside for 60 days, all of it heard, and gave no sign" in told(watched.silent)
    with watched.ledger.writing() as books:
        young = books.people.find(Phone(YOUNG))
        books.activity.note([LastActive(ACME, watched.silent, "poll", NOON - 2 * MONTH)])
    assert "it is unknown whether they are silent: they have not been seen here for so" in told(
        young
    )
    with watched.ledger.writing() as books:
        books.activity.note([LastActive(ACME, young, "message", NOON - timedelta(days=2))])
    assert "not silent: a message, 2 days ago" in told(young)
    assert "silent" not in told("mara")
