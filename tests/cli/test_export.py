"""export: duty as a file, from the roster files or else from the roster in force."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import icalendar
import pytest
from typer.testing import CliRunner, Result

from rotation.ledger import Ledger, upgrade
from rotation.roster_file import read
from rotation.surfaces.cli.frame import app

DESK = """\
people:
  pia: {name: Pia Moss, phone: "+351 91 234 5601"}
  quin: {name: "=Quin", phone: "+44 7700 900102"}
shifts:
  day: {zone: Europe/London, hours: 08:00 to 16:00, days: weekdays, everyone: [pia]}
  night: {zone: Europe/London, hours: 20:00 to 04:00, everyone: [quin]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, night]}
  brio: {account: main, chat: 120363041234567002@g.us, shifts: [day]}
"""
MARCH = ("--from", "2027-03-01", "--months", "1")
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules" / "desk.yaml").write_text(DESK)
    (tmp_path / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    def invoke(*arguments: str) -> Result:
        given = ["export", *arguments, "--config", str(folder / "rotation.toml")]
        return CliRunner().invoke(app("export"), given)

    return invoke


def events(text: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def test_a_persons_duty_comes_out_as_a_calendar_the_same_each_time(run: Run) -> None:
    result = run("--person", "pia", *MARCH)
    assert result.exit_code == 0, result.output
    found = events(result.stdout_bytes)
    assert {str(one["summary"]) for one in found} == {"day: acme, brio"}
    assert [found[0].decoded("dtstart").isoformat(), len(found)] == [
        "2027-03-01T08:00:00+00:00",
        23,
    ]
    assert run("--person", "pia", *MARCH).stdout_bytes == result.stdout_bytes


@pytest.mark.parametrize(
    ("of", "count"),
    [((), 55), (("--group", "brio"), 23), (("--group", "acme"), 55), (("--shift", "night"), 32)],
)
def test_duty_is_that_of_whom_one_asks_for(run: Run, of: tuple[str, ...], count: int) -> None:
    assert len(events(run(*of, *MARCH, "--ical").stdout_bytes)) == count


def test_a_spreadsheet_gets_rows_and_no_formula(run: Run) -> None:
    found = list(csv.DictReader(StringIO(run("--shift", "night", *MARCH, "--csv").stdout)))
    assert len(found) == 32
    assert {one["name"] for one in found} == {"'=Quin"}


def test_it_goes_into_a_file(run: Run, folder: Path) -> None:
    result = run("--group", "acme", *MARCH, "--to", str(folder / "acme.ics"))
    assert (result.exit_code, result.output) == (0, "")
    assert len(events((folder / "acme.ics").read_bytes())) == 55


def test_without_files_it_is_the_roster_in_force(run: Run, folder: Path) -> None:
    upgrade(f"sqlite:///{folder / 'rotation.db'}")
    ledger = Ledger(f"sqlite:///{folder / 'rotation.db'}")
    with ledger.writing() as books:
        roster = read(folder / "schedules")
        books.rosters.adopt(roster, "0123abcd4567", datetime(2027, 1, 1, tzinfo=UTC), "2026f")
    ledger.close()
    of_files = run(*MARCH).stdout_bytes
    (folder / "schedules" / "desk.yaml").unlink()
    assert run(*MARCH).exit_code == 1  # an empty folder is a mistake
    (folder / "schedules").rmdir()
    assert run(*MARCH).stdout_bytes == of_files


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("--person", "pya"), "there is no person `pya`. Did you mean `pia`?"),
        (("--group", "acne"), "there is no group `acne`"),
        (("--shift", "x"), "there is no shift `x`"),
        (("--person", "pia", "--group", "acme"), "one calendar shows one thing"),
        (("--ical", "--csv"), "exclude each other"),
        (("--from", "2027-02-30"), "is no date and time"),
        (("--from", "03/01/2027"), "is no date and time"),
        (("--from", "1999-12-31"), "outside the years"),
    ],
)
def test_what_makes_no_sense_is_said(run: Run, wrong: tuple[str, ...], says: str) -> None:
    result = run(*wrong)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
