"""The week as it is drawn: an hour is an hour, also on the days when clocks change."""

import re
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Effect
from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import instant
from rotation.ledger import upgrade
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.week import HOUR, week

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""


def drawn(board: Board, **query: str) -> Any:  # noqa: ANN401 - a week
    with Desk(board.parts).look() as sight:
        return week(sight, {"from": query.pop("on", ""), **query})


@pytest.mark.parametrize(
    ("on", "zone", "odd", "hours"),
    [
        ("2026-03-29", "Europe/Lisbon", {"Sun 29": "23 h: clocks change"}, 167),
        ("2026-10-25", "Europe/Lisbon", {"Sun 25": "25 h: clocks change"}, 169),
        ("2026-03-08", "America/New_York", {"Sun 8": "23 h: clocks change"}, 167),
        ("2026-03-29", "Asia/Singapore", {}, 168),
        ("2026-04-05", "Australia/Lord_Howe", {"Sun 5": "24.5 h: clocks change"}, 168.5),
    ],
)
def test_a_day_is_as_wide_as_it_is_long(
    board: Board, on: str, zone: str, odd: dict[str, str], hours: float
) -> None:
    found = drawn(board, on=on, zone=zone)
    assert {day.label: day.odd for day in found.days if day.odd} == odd
    assert found.width == hours * HOUR
    for one, following in zip(found.days, found.days[1:], strict=False):
        assert one.x + one.width == pytest.approx(following.x)


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "UTC", "America/New_York", "Asia/Kathmandu"])
def test_a_bar_lies_where_its_instants_lie(board: Board, zone: str) -> None:
    found = drawn(board, on="2026-03-29", zone=zone)
    first = instant(found.monday, 0, zone)
    bars = [bar for lane in found.lanes for bar in lane.bars]
    assert bars
    for bar in bars:
        left = max((bar.starts - first) / timedelta(hours=1) * HOUR, 0)
        right = min((bar.ends - first) / timedelta(hours=1) * HOUR, found.width)
        assert bar.x == pytest.approx(left, abs=0.02)
        assert bar.x + bar.width == pytest.approx(right, abs=0.02)


def test_a_shift_of_eight_hours_is_eight_hours_wide_whatever_clocks_do(board: Board) -> None:
    (lane,) = drawn(board, on="2026-03-29", zone="Europe/Lisbon").lanes
    assert {bar.width for bar in lane.bars if bar.what == "europe"} == {8 * HOUR}


def test_bars_of_one_lane_never_lie_on_each_other(board: Board) -> None:
    for lane in drawn(board, on="2026-03-29").lanes:
        rows: dict[int, float] = {}
        for bar in sorted(lane.bars, key=lambda b: b.x):
            assert bar.x >= rows.get(bar.y, 0) - 0.03
            assert lane.y <= bar.y <= lane.y + lane.height
            rows[bar.y] = bar.x + bar.width


def test_groups_whose_week_is_the_same_share_a_lane(board: Board) -> None:
    (lane,) = drawn(board).lanes
    assert lane.groups == ("acme", "bolt", "trial")


def test_the_table_has_what_the_drawing_has(board: Board) -> None:
    page = board.page("/week?zone=Europe/Lisbon")
    table = page.partition("<tbody>")[2]
    bars = [bar for lane in drawn(board, zone="Europe/Lisbon").lanes for bar in lane.bars]
    assert table.count("<tr>") == len(bars)
    assert "Mon 5 08:00 Lisbon" in table
    assert 'aria-labelledby="week-name week-about"' in page
    assert len(re.findall(r"<title>", page)) == len(bars) + 1  # and the page's own


def test_words_are_on_the_clocks_that_were_asked_for(board: Board) -> None:
    seen = board.page("/week?from=2026-01-05&zone=Asia/Tokyo")
    assert "Chen, europe: Mon 5 17:00 Tokyo to Tue 6 01:00 Tokyo" in seen


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "EST5EDT4"])
def test_a_zone_that_is_none_is_said_and_the_rosters_own_is_used(board: Board, zone: str) -> None:
    found = drawn(board, zone=zone)
    assert found.zone == "Asia/Singapore"
    assert found.wrong


@pytest.mark.parametrize("on", ["soon", "0001-01-01", "9999-12-31", "2026-13-01", "20260105"])
def test_any_date_gives_a_week(board: Board, on: str) -> None:
    assert len(drawn(board, on=on).days) == 7
    assert "<svg" in board.page(f"/week?from={on}")


def test_what_was_done_by_hand_is_drawn_over_the_shifts(
    noon: Path, tmp_path: Path, make_board: Board
) -> None:
    shutil.copytree(noon, tmp_path, dirs_exist_ok=True)
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    found = make_board(tmp_path, now)
    with closing(found.ledger):
        with found.ledger.writing() as books:
            books.grants.make(
                group=GroupId("acme"), person=PersonId("fay"), effect=Effect.IN, duty=True,
                starts=now, until=now + timedelta(hours=2), reason="sick", author="mara", now=now,
            )  # fmt: skip
        page = unescape(found.page("/week?zone=UTC"))
    assert "Fay, in by hand, by mara: sick: Mon 5 12:00 UTC to Mon 5 14:00 UTC" in page
    assert 'class="bar look-hand"' in page


def test_without_a_roster_there_is_a_week_without_rooms(tmp_path: Path, make_board: Board) -> None:
    upgrade(f"sqlite:///{tmp_path / 'rotation.db'}")
    found = make_board(tmp_path, datetime(2026, 1, 5, tzinfo=UTC))
    with closing(found.ledger):
        assert "No group of that name" in found.page("/week")
        assert "No roster is in force yet" in found.page("/")
