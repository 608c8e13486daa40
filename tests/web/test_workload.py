"""How the work is shared out, as a page: the same as the command says."""

import csv
from html import unescape
from io import StringIO
from typing import Any, TypeAlias

import pytest

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
