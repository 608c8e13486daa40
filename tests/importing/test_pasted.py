"""Rows copied from a spreadsheet mean people, or who has a shift on a date; or they are refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from rotation.core.roster import Roster
from rotation.importing.pasted import pasted
from rotation.roster_file import RosterErrors, read_snapshot
from rotation.roster_file.tree import Data

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
ROSTER = """\
people:
  ana: {name: Ana Reis, phone: "+351912345601"}
  ben: {name: Ben Hale, phone: "+351912345602", zone: Europe/Lisbon}
  cho: {name: Cho Park, phone: "+351912345603"}
shifts:
  day: {zone: UTC, hours: 08:00 to 16:00, turns: {change: every week, from: 2026-11-02, order: [ana, ben]}}
  night: {zone: UTC, hours: 20:00 to 06:00, days: mon-fri, everyone: [cho]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, night]}
"""  # noqa: E501 - as people write it


@pytest.fixture(scope="module")
def roster() -> Roster:
    return read_snapshot((("a.yaml", ROSTER.encode()),))


def edit(roster: Roster, *rows: str, with_tabs: bool = True) -> dict[str, Data]:
    text = "\n".join(rows)
    content = text.replace(",", "\t") if with_tabs else text
    return pasted("the table", content.encode(), roster, NOW).edit


def test_people_are_new_or_known_by_key_number_or_name(roster: Roster) -> None:
    assert edit(
        roster,
        "Name,Mobile,Time zone,Role",
        "Zoë Ali,+44 7700 900130,Asia/Dubai,lead",
        "Ana Maria Reis,+351 912 345 601,,",
        "cho park,+351 912 345 699,,",
    ) == {
        "people": {
            "zoe-ali": {
                "name": "Zoë Ali", "phone": "+447700900130", "zone": "Asia/Dubai", "role": "lead",
            },
            "ana": {"name": "Ana Maria Reis"},
            "cho": {"name": "cho park", "phone": "+351912345699"},
        }
    }  # fmt: skip


def test_dates_that_differ_from_the_turns_become_covers_and_extra_people(roster: Roster) -> None:
    """From 30 November it is ana's week."""
    assert edit(
        roster,
        "date,shift,who",
        "2026-11-26,day,Cho Park",  # has been
        "2026-12-01,day,ana",
        "2026-12-02,Day,Cho Park",
        "2026-12-02,night,cho",
        "2026-12-02,night,ben",
    ) == {
        "changes": [
            {"cover": "ana", "by": "cho", "shift": "day", "from": "2026-12-02"},
            {"extra": "ben", "shift": "night", "from": "2026-12-02"},
        ]
    }


def test_a_table_that_begins_before_today_and_goes_round_becomes_turns(roster: Roster) -> None:
    first = date(2026, 11, 23)
    rows = [f"{first + timedelta(days=n)},day,{['ana', 'ben', 'cho'][n % 3]}" for n in range(40)]
    assert edit(roster, "date,shift,name", *rows, with_tabs=False) == {
        "shifts": {
            "day": {
                "turns": {
                    "change": "every day", "from": "2026-11-23", "order": ["ana", "ben", "cho"],
                }
            }
        }
    }  # fmt: skip


def test_what_the_roster_has_already_is_no_edit(roster: Roster) -> None:
    assert edit(roster, "date,shift,name", "2026-12-01,day,ana") == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["name,phonne", "A,1"], "1:2: the column `phonne` is not known. Did you mean `phone`?"),
        (["name", "A"], "the first line does not name `name` and `phone`. Begin with name,phone"),
        (["name,name", "A,B"], "the column `name` is there twice"),
        (["name,phone"], "there are 0 rows under the first line"),
        (["name,phone", "Zoe,0912345678"], "2:2: phone: `0912345678` has no country code"),
        (["name,phone", "Zoe,+447700900130", "Zoe,+447700900131", "Cho Park,+447700900132",
          "Cho Park,+447700900133"], "the table:5:1: `cho` stands in a row above as well"),
        (["name,phone", "Eva,+447700900134", "Eva,+447700900134"],
         "the table:3:2: the number stands in a row above as well"),
        (["date,name", "2026-12-01,ana"], "it does not say which shift. Add a column `shift`"),
        (["date,shift,name", "01/12/2026,day,ana"], "may be read with either number as the month"),
        (["date,shift,name", "2026-12-01,day,an"], "nobody is called `an`. Did you mean `ana`?"),
        (["date,shift,name", "2026-12-01,dy,ana"], "there is no shift `dy`. Did you mean `day`?"),
        (["date,shift,name", "2026-12-05,night,cho"], "night is not served on 2026-12-05"),
        (["date,shift,name", "2026-12-01,day,ana", "2026-12-01,day,ana"], "the row stands above"),
    ],
)  # fmt: skip
def test_every_row_that_means_nothing_is_named(roster: Roster, rows: list[str], said: str) -> None:
    with pytest.raises(RosterErrors) as caught:
        edit(roster, *rows)
    assert any(said in str(problem) for problem in caught.value.problems)
