"""workload: hours, nights and weekends, as a table, for a spreadsheet and for programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.surfaces.cli.frame import app

DESK = """\
people:
  pia: {name: Pia Moss, phone: "+351 91 234 5601"}
  quin: {name: "=Quin", phone: "+44 7700 900102"}
shifts:
  day: {zone: Europe/London, hours: 08:00 to 16:00, days: weekdays, everyone: [pia]}
  night: {zone: Europe/London, hours: 20:00 to 04:30, everyone: [quin]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, night]}
"""
WEEK = ("--from", "2027-01-04T12:00Z", "--until", "2027-01-11T12:00Z")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "desk.yaml").write_text(DESK)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app(), ["workload", *arguments, "--schedules", str(tmp_path)])

    return invoke


def test_workload_lists_everybody_with_most_first(run: Run) -> None:
    result = run(*WEEK)
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
On duty from 2027-01-04 12:00Z to 2027-01-11 12:00Z, in hours
NAME      HOURS  NIGHT  WEEKEND  SHIFTS  HOLIDAY
=Quin     59.5   38.5   17       7       0
Pia Moss  40     0      0        6       0
"""
    )


def test_workload_goes_into_a_spreadsheet_as_text_and_numbers(run: Run) -> None:
    assert (
        run(*WEEK, "--csv").stdout
        == """\
person,name,hours,night_hours,weekend_hours,shifts,holiday_hours
quin,'=Quin,59.5,38.5,17.0,7,0.0
pia,Pia Moss,40.0,0.0,0.0,6,0.0
"""
    )


def test_workload_answers_programs(run: Run) -> None:
    found = json.loads(run(*WEEK, "--json").stdout)
    assert found["from"] == "2027-01-04T12:00:00Z"
    assert found["people"][1] == {
        "person": "pia",
        "name": "Pia Moss",
        "hours": 40.0,
        "night_hours": 0.0,
        "weekend_hours": 0.0,
        "shifts": 6,
        "holiday_hours": 0.0,
    }


@pytest.mark.parametrize(
    "wrong", [("--until", "2020-01-01T00:00Z"), ("--until", "2040-01-01T00:00Z"), ("--from", "x")]
)
def test_a_stretch_that_makes_no_sense_is_said(run: Run, wrong: tuple[str, ...]) -> None:
    result = run(*wrong)
    assert result.exit_code == 2
    assert result.output.startswith("rotation: ")
