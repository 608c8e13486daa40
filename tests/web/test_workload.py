"""How the work is shared out, as a page: the same as the command says."""

import csv
import re
from dataclasses import replace
from datetime import date
from html import unescape
from io import StringIO
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import OnHolidays, PublicHolidays, ShiftId

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""


def test_everybodys_hours_are_listed_and_lead_to_their_pages(board: Board) -> None:
    seen = board.page("/workload?from=2026-01-05&until=2026-01-11")
    assert "2026-01-05 to the end of 2026-01-11, clocks of UTC" in seen
    assert 'href="/people/chen"' in seen
    assert "<script" not in seen
    assert 'href="/workload?from=2026-01-05&amp;zone=' in board.page("/week")
    text = board.ask("/workload.csv?from=2026-01-05&until=2026-01-11").text
    found = {row["person"]: row for row in csv.DictReader(StringIO(text))}
    assert len(found) == 6
    assert found["chen"] == {
        "person": "chen", "name": "Chen", "hours": "32.0", "night_hours": "0.0",
        "weekend_hours": "8.0", "shifts": "4", "holiday_hours": "0.0",
    }  # fmt: skip


def test_dates_are_whole_days_on_the_clocks_that_were_asked_for(board: Board) -> None:
    asked = "/workload.csv?from=2026-01-05&until=2026-01-05&zone="
    assert "\nchen,Chen,8.0," in board.ask(f"{asked}UTC").text
    assert "\nchen,Chen,4.0," in board.ask(f"{asked}Asia/Kamchatka").text  # from 20:00 there


def test_hours_on_public_holidays_are_shown_where_anybody_has_some(shut: Board) -> None:
    europe, feast = ShiftId("europe"), PublicHolidays(((date(2026, 1, 5), "a feast"),))
    with shut.ledger.writing() as books:
        _, roster = books.rosters.in_force()
        shift = roster.shifts[europe]
        shifts = {**roster.shifts, europe: replace(shift, holidays=OnHolidays("PT", shift.hours))}
        kept = replace(roster, shifts=shifts, holidays={"PT": feast})
        _, secret = books.tokens.make("Mara", "mara", shut.at)
        asked = {"headers": {"authorization": f"Bearer {secret}"}}
        before = shut.ask("/workload", **asked).text
        books.rosters.adopt(kept, "4567abcd0123", shut.at, "2026c")
    assert "Holiday</th>" not in before
    seen = shut.ask("/workload?until=2026-01-05", **asked).text
    assert "Holiday</th>" in seen
    row = seen.partition('href="/people/chen"')[2].partition("</tr>")[0]
    assert re.findall(r'class="amount">([^<]*)', row) == ["8", "0", "0", "1", "8"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "2026-01-05 to the end of 2026-02-01"),
        ("from=soon", "“soon” is no date"),
        ("until=2026-13-01", "“2026-13-01” is no date"),
        ("zone=Mars/Olympus", "Mars/Olympus"),
        ("from=2026-02-01&until=2026-01-01", "the days end before they begin"),
        ("from=0001-01-01&until=9999-12-31", "that is too much for a page"),
    ],
)
def test_any_question_gives_a_page(board: Board, query: str, says: str) -> None:
    assert says in unescape(board.page(f"/workload?{query}"))
    assert board.ask(f"/workload.csv?{query}").status_code == 200
