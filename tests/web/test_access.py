"""Who had access, as a page: the same as the command says, and made to be printed."""

from html import unescape
from typing import Any, TypeAlias

import pytest

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""


def test_the_groups_page_leads_to_who_had_access(board: Board) -> None:
    assert 'href="/groups/acme/access"' in board.page("/groups/acme")
    seen = unescape(board.page("/groups/acme/access?zone=Asia/Tokyo"))
    assert "Mon 2026-01-05 16:50 +09:00" in seen
    assert "shift europe/2026-01-05/0; by roster 0123abcd4567" in seen
    assert "our call was accepted; a read showed it (record" in seen
    assert "still in, by the last read" in seen
    assert "numbers that reached a phone stay on it" in seen
    assert "<script" not in seen  # nothing moves on what is printed


def test_two_dates_are_whole_days_on_the_clocks_that_were_asked_for(board: Board) -> None:
    asked = "/groups/acme/access?from=2026-01-04&until=2026-01-04&zone="
    assert "aiko" not in board.page(f"{asked}UTC")
    assert "aiko" in board.page(f"{asked}America/Los_Angeles")  # 23:00 there


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("from=soon", "“soon” is no date"),
        ("until=2026-13-01", "“2026-13-01” is no date"),
        ("zone=Mars/Olympus", "Mars/Olympus"),
        ("from=0001-01-01&until=9999-12-31", "still in, by the last read"),
        ("from=2025-12-01&until=2025-12-01", "in before rotation noted it"),
        ("from=2026-02-01&until=2026-01-01", "the window ends before it begins"),
    ],
)
def test_any_question_gives_a_page(board: Board, query: str, wrong: str) -> None:
    assert wrong in unescape(board.page(f"/groups/acme/access?{query}"))


def test_of_no_group_there_is_no_report(board: Board) -> None:
    assert "There is no group" in board.page("/groups/acne/access", 404)
