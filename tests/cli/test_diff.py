"""diff: whose shifts move between two folders of rosters, for people, spreadsheets and programs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.surfaces.cli.frame import app

DESK = """\
people:
  pia: {name: Pia Moss, phone: "+351 91 234 5601"}
  quin: {name: Quin Bo, phone: "+44 7700 900102"}
shifts:
  day: {zone: UTC, hours: 08:00 to 16:00, days: weekdays, everyone: [pia]}
  late: {zone: UTC, hours: 16:00 to 20:00, days: weekdays, everyone: [quin]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, late]}
  bolt: {account: main, chat: 120363041234567002@g.us, shifts: [day, late]}
"""
DAYS = ("--from", "2027-01-04T00:00Z", "--until", "2027-01-05T00:00Z")


def folder(root: Path, name: str, text: str) -> Path:
    made = root / name
    made.mkdir()
    (made / "desk.yaml").write_text(text)
    return made


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return folder(tmp_path, "old", DESK)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    changed = DESK.replace("08:00 to 16:00", "08:00 to 15:00").replace(
        "16:00 to 20:00", "15:00 to 20:00"
    )
    return folder(tmp_path, "new", changed + "  cord: {account: main, shifts: [late],"
                  " chat: 120363041234567003@g.us}\n")  # fmt: skip


def diff(*arguments: object) -> Result:
    return CliRunner().invoke(app(), ["diff", *map(str, arguments), *DAYS])


def test_it_says_who_is_on_instead_of_whom_and_who_is_to_be_told(old: Path, new: Path) -> None:
    found = diff(old, new)
    assert found.exit_code == 0, found.stderr
    assert found.stdout.splitlines() == [
        "new groups: cord",
        "acme, bolt",
        "FROM                   UNTIL                  OFF       ON",
        "Mon 2027-01-04 15:00Z  Mon 2027-01-04 16:00Z  Pia Moss  Quin Bo",
        "",
        "cord",
        "FROM                   UNTIL                  OFF     ON",
        "Mon 2027-01-04 15:00Z  Mon 2027-01-04 20:00Z  nobody  Quin Bo",
        "",
        "To be told",
        "WHO       HOURS  FIRST",
        "Pia Moss  -1     Mon 2027-01-04 15:00Z",
        "Quin Bo   +5     Mon 2027-01-04 15:00Z",
        "",
        "The duty of 2 people moves from 2027-01-04 00:00Z to 2027-01-05 00:00Z.",
    ]
    assert diff(old, new, "--exit-code").exit_code == 1


def test_a_roster_written_in_another_way_is_the_same(old: Path, tmp_path: Path) -> None:
    halves = DESK.replace("  late:", "  dusk: {zone: UTC, hours: 12:00 to 16:00, days: weekdays,"
                          " everyone: [pia]}\n  late:")  # fmt: skip
    halves = halves.replace("08:00 to 16:00", "08:00 to 12:00").replace("[day,", "[day, dusk,")
    found = diff(old, folder(tmp_path, "same", halves), "--exit-code")
    assert (found.exit_code, found.stdout) == (
        0, "Nobody's duty moves from 2027-01-04 00:00Z to 2027-01-05 00:00Z.\n",
    )  # fmt: skip


def test_programs_and_spreadsheets_get_each_move_by_key(old: Path, new: Path) -> None:
    told = json.loads(diff(old, new, "--json").stdout)
    assert told["moves"][0] == {
        "group": "acme", "from": "2027-01-04T15:00:00Z", "until": "2027-01-04T16:00:00Z",
        "off": ["pia"], "on": ["quin"],
    }  # fmt: skip
    assert told["people"][0] == {
        "person": "pia", "loses_hours": 1.0, "gains_hours": 0.0, "first": "2027-01-04T15:00:00Z",
    }  # fmt: skip
    assert diff(old, new, "--csv").stdout.splitlines()[1] == (
        "acme,2027-01-04T15:00:00Z,2027-01-04T16:00:00Z,pia,quin"
    )


def test_a_folder_that_makes_no_roster_is_one_clear_error(old: Path, tmp_path: Path) -> None:
    found = diff(old, folder(tmp_path, "bad", DESK.replace("[pia]", "[pja]")))
    assert (found.exit_code, found.stdout) == (1, "")
    assert "pja" in found.stderr


def test_a_season_shows_by_whose_duty_it_moves(old: Path, tmp_path: Path) -> None:
    season = "seasons: [{from: 2027-01-04, to: 2027-01-04, hours: none}]"
    text = DESK.replace("everyone: [pia]", f"everyone: [pia], {season}")
    found = diff(old, folder(tmp_path, "closed", text))
    assert "Mon 2027-01-04 08:00Z  Mon 2027-01-04 16:00Z  Pia Moss  nobody" in found.stdout
