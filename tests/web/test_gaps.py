"""What the roster leaves open, as a page that shows it on a phone and reads it aloud."""

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from io import StringIO
from typing import Any, TypeAlias

import pytest

from rotation.core.budget import Rule
from rotation.core.gaps import UNCOVERED, Found, Kind, gaps
from rotation.core.roster import (
    AccountId,
    GroupId,
    Hours,
    OnHolidays,
    PersonId,
    PublicHolidays,
    Roster,
    Season,
    ShiftId,
    Uncovered,
)
from rotation.core.timeline import Timeline
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board import gaps as board_gaps
from rotation.surfaces.web.board.heat import heat

Board: TypeAlias = Any
Make: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EUROPE = ShiftId("europe")


def drip(_account: AccountId) -> Rule:
    return Rule(8)


def _text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def _sight(roster: Roster, at: datetime = NOON) -> Sight:
    return Sight(None, "4567abcd0123", roster, Timeline(roster), at)  # type: ignore[arg-type]  # no ledger is asked


def _asked(roster: Roster, **query: str) -> board_gaps.Page:
    return board_gaps.page(board_gaps.Gaps(drip).looked(_sight(roster), query))


def test_it_says_first_how_many_gaps_there_are_and_when_the_first_is(board: Board) -> None:
    seen = _text(board.page("/gaps?months=3"))
    assert "28 gaps in 3 groups until 2026-04-05" in seen
    assert (
        "The first: Mon 2026-03-09 07:00 to 08:00 Singapore (2026-03-08 23:00 to 2026-03-09 00:00"
        " UTC), acme and 2 more groups"
    ) in seen
    assert "nobody for 60 min between america and asia" in seen
    assert "clocks New York forward 60 min on 2026-03-08" in seen
    assert "europe and america together for 60 min" in seen
    assert "<script" not in board.page("/gaps")
    assert 'href="/gaps"' in board.page("/week")


def test_where_nothing_is_open_it_says_just_that(board: Board) -> None:
    page = board.page("/gaps?months=2&group=acme")
    assert "acme is covered until 2026-03-05" in _text(page)
    assert 'class="heat"' not in page


def test_the_map_is_a_table_of_weeks_in_which_each_day_says_how_long_it_is_open(
    board: Board,
) -> None:
    page = board.page("/gaps?months=3").partition('class="heat"')[2].partition("</table>")[0]
    rows = [
        re.findall(r">([^<>]+)</(?:time|td)>", row)
        for row in page.partition("<tbody>")[2].split("</tr>")[:-1]
    ]
    assert rows == [
        ["2026-01-05", "9 weeks covered"],
        *([f"2026-03-{day:02}", *["1h"] * 7] for day in (9, 16, 23)),
        ["2026-03-30", *["1h"] * 7],
    ]
    assert page.count('scope="col"') == 8
    assert page.count('scope="row"') == 5
    assert page.count('class="heat-1"') == 28


def test_the_file_has_every_time_by_the_clocks_of_the_group_and_of_utc(board: Board) -> None:
    told = board.ask("/gaps.csv?months=3&group=bolt")
    assert told.headers["content-disposition"] == 'attachment; filename="gaps-2026-01-05.csv"'
    rows = list(csv.DictReader(StringIO(told.text)))
    with board.ledger.reading() as books:
        _, roster = books.rosters.in_force()
    found = gaps(Timeline(roster), NOON, datetime(2026, 4, 5, 12, tzinfo=UTC))
    open_ = [one.stretches for one in found if one.kind is Kind.GAP]
    assert len(open_) == 1
    assert [row["from"] for row in rows if row["kind"] == "gap"] == [
        f"{starts:%Y-%m-%dT%H:%M:%SZ}" for starts, _ in open_[0]
    ]
    assert {row["group"] for row in rows} == {"bolt"}
    assert {
        "kind": "gap", "group": "bolt", "person": "", "shifts": "america asia",
        "from": "2026-03-08T23:00:00Z", "until": "2026-03-09T00:00:00Z", "minutes": "60",
        "local": "Mon 2026-03-09 07:00 to 08:00 Singapore",
        "clocks": "New York forward 60 min on 2026-03-08", "because": "",
    } in rows  # fmt: skip


def test_clocks_seasons_holidays_and_what_is_closed_on_purpose_are_told_apart(
    make_roster: Make,
) -> None:
    roster = make_roster()
    short = Hours(8 * 60, 12 * 60)
    day = date(2026, 1, 12)
    shift = replace(
        roster.shifts[EUROPE],
        seasons=(Season(day, day, short, frozenset(range(7)), "inventory"),),
        holidays=OnHolidays("PT", short),
    )
    shut = Season(date(2026, 1, 20), date(2026, 1, 20), None, frozenset(range(7)), "the fair")
    shift = replace(shift, seasons=(*shift.seasons, shut))
    feasts = {"PT": PublicHolidays(((date(2026, 1, 14), "a feast"),))}
    page = _asked(replace(roster, shifts={**roster.shifts, EUROPE: shift}, holidays=feasts))
    by_key = {part.key: part.lines for part in page.parts}
    assert [one.why for one in by_key["open"][:2]] == [
        (("season", "inventory"),),
        (("holiday", "a feast"),),
    ]
    assert [sort for sort, _ in by_key["open"][2].why] == ["clocks"]
    assert [one.what for one in by_key["closed"]] == ["closed for 8 h: the fair"]
    assert page.summed_up.startswith("2")


def test_groups_that_may_be_empty_are_named_and_have_no_gaps(make_roster: Make) -> None:
    roster = make_roster()
    empty = {
        name: replace(one, policy=replace(one.policy, uncovered=Uncovered.EMPTY))
        for name, one in roster.groups.items()
    }
    page = _asked(replace(roster, groups=empty))
    assert page.may_be_empty == 3
    assert page.first == ""
    assert page.maps == ()


def test_ten_thousand_groups_of_the_same_shifts_are_looked_at_once_an_hour(
    make_roster: Make,
) -> None:
    roster = make_roster()
    one = roster.groups[GroupId("acme")]
    many = {GroupId(f"g{n}"): replace(one, id=GroupId(f"g{n}")) for n in range(10_000)}
    sight, known = _sight(replace(roster, groups=many)), board_gaps.Gaps(drip)
    first = known.looked(sight, {})
    page = board_gaps.page(first)
    assert page.summed_up.endswith("in 10000 groups until 2027-02-05")
    assert len(page.maps) == 1
    again = known.looked(replace(sight, now=NOON.replace(minute=59)), {})
    assert again.found is first.found
    later = known.looked(replace(sight, now=NOON.replace(hour=13)), {"months": "1"})
    assert later.found is not first.found
    assert board_gaps.file_of(first).status_code == 400  # millions of rows


@pytest.mark.promise("S-9")
def test_handovers_that_the_drip_is_too_slow_for_stand_apart(make_roster: Make) -> None:
    """All groups of the account hand over at once: 2,500 come and 2,500 go, at 8 a minute."""
    one = make_roster().groups[GroupId("acme")]
    many = {GroupId(f"g{n}"): replace(one, id=GroupId(f"g{n}")) for n in range(2500)}
    crowded = replace(make_roster(), groups=many)
    page = _asked(crowded, group="g7", months="1")
    (slow,) = page.slow
    assert slow.group == "g7"
    assert "2500 to add and 2500 to remove, which takes about" in slow.what
    assert "hands over again after" in slow.what
    looked = board_gaps.Gaps(drip).looked(_sight(crowded), {"group": "g7", "months": "1"})
    (row,) = csv.DictReader(StringIO(bytes(board_gaps.file_of(looked).body).decode()))
    assert (row["kind"], row["group"], row["because"]) == ("drip", "g7", looked.slow[0].what)
    assert _asked(make_roster(), months="1").slow == ()


def test_more_sets_of_shifts_than_a_page_can_lay_out_are_refused_but_for_one_group(
    make_roster: Make,
) -> None:
    roster = make_roster()
    acme = roster.groups[GroupId("acme")]
    many = {
        GroupId(f"g{n}"): replace(
            acme, id=GroupId(f"g{n}"), policy=replace(acme.policy, fallback=(PersonId(f"p{n}"),))
        )
        for n in range(2001)
    }
    roster = replace(roster, groups={acme.id: acme, **many})
    page = _asked(roster, months="1")
    (wrong,) = page.wrong
    assert "that is too much for a page: name a group, ask for fewer months" in wrong
    assert page.summed_up == ""
    too_much = board_gaps.Gaps(drip).looked(_sight(roster), {"months": "1"})
    assert board_gaps.file_of(too_much).status_code == 400
    page = _asked(roster, months="1", group="acme")
    assert page.summed_up == "acme is covered until 2026-02-05"
    assert (page.slow, page.is_weighed) == ((), False)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "gaps in 3 groups until 2027-02-05"),
        ("months=many", "“many” are no months; write a number from 1 to 36"),
        ("months=0", "“0” are no months"),
        ("months=37", "“37” are no months"),
        ("months=٣", "“٣” are no months"),
        ("group=nowhere", "there is no group “nowhere” in the roster in force"),
    ],
)
def test_any_question_gives_a_page(board: Board, query: str, says: str) -> None:
    seen = _text(board.page(f"/gaps?{query}"))
    assert says in seen
    assert board.ask(f"/gaps.csv?{query}").status_code == (400 if "“" in says else 200)


def _open(starts: datetime, ends: datetime) -> Found:
    return Found(Kind.GAP, (GroupId("acme"),), (), None, ((starts, ends),))


def test_a_day_is_open_all_day_also_when_clocks_make_it_shorter() -> None:
    since, until = datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 12, 22, tzinfo=UTC)
    starts, ends = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 21, 45, tzinfo=UTC)
    week, quiet = heat([_open(starts, ends)], since, until, "Europe/Berlin")
    assert [cell.text for cell in week.cells] == ["·"] * 5 + ["·", "23h"]
    assert (quiet.monday, quiet.weeks, quiet.cells) == (date(2026, 3, 30), 2, ())
    whole = heat([_open(starts, ends.replace(hour=22, minute=0))], since, until, "Europe/Berlin")
    assert whole[0].cells[6].text == "all"


def test_only_what_is_uncovered_is_on_the_map() -> None:
    since, until = datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    for kind in Kind:
        found = replace(_open(since, since.replace(hour=3)), kind=kind)
        weeks = heat([found], since, until, "UTC")
        assert bool(weeks) == (kind in UNCOVERED)
        assert [cell.level for week in weeks for cell in week.cells][:2] in ([], [2, 0])
