"""gaps: the months to come, as a manager and a build read them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.surfaces.cli.frame import app

DESK = """\
people:
  pia: {name: Pia Moss, phone: "+351 91 234 5601"}
  quin: {name: Quin Ha, phone: "+44 7700 900102"}
  rae: {name: Rae Long, phone: "+1 212 555 0103"}
shifts:
  sydney: {zone: Australia/Sydney, hours: 09:00 to 17:00, everyone: [pia]}
  london: {zone: Europe/London, hours: 06:00 to 14:00, everyone: [quin]}
  new-york: {zone: America/New_York, hours: 09:00 to 17:00, everyone: [rae]}
  launch: {zone: Europe/London, hours: 13:00 to 15:00, everyone: [quin]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [sydney, london, new-york]}
  brio:
    {account: main, chat: 120363041234567002@g.us, shifts: [launch], uncovered: empty}
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "desk.yaml").write_text(DESK)

    def invoke(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app(), [command, *arguments, "--schedules", str(tmp_path)])

    return invoke


def test_gaps_names_every_range_with_the_clocks_that_made_it_and_draws_the_days(run: Run) -> None:
    result = run("gaps", "--from", "2027-03-01T00:00Z", "--months", "2")
    assert result.exit_code == 1
    assert (
        result.stdout
        == """\
acme
  nobody for 60 min between new-york and sydney, 20 times from 2027-03-14 21:00Z to 2027-04-02
      clocks: New York forward 60 min on 2027-03-14, Sydney back 60 min on 2027-04-04
  nobody for 2 h between new-york and sydney, 28 times from 2027-04-03 21:00Z to 2027-04-30
      clocks: Sydney back 60 min on 2027-04-04, New York forward 60 min on 2027-03-14
  london and new-york together for 60 min, 14 times from 2027-03-14 13:00Z to 2027-03-27
      clocks: New York forward 60 min on 2027-03-14, London forward 60 min on 2027-03-28
  sydney and london together for 60 min, 7 times from 2027-03-28 05:00Z to 2027-04-03
      clocks: London forward 60 min on 2027-03-28, Sydney back 60 min on 2027-04-04
  sydney and london together for 2 h, 27 times from 2027-04-04 05:00Z to 2027-04-30
      clocks: Sydney back 60 min on 2027-04-04, London forward 60 min on 2027-03-28
          1    6    11   16   21   26   31
  2027-03 ·············░░░░░░░░░░░░░░░░░░
  2027-04 ░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
          UTC days; open for: · nothing  ░ up to 1 h  ▒ up to 4 h  ▓ more  █ all day

People
  Quin Ha is on london and launch at once for 60 min, 61 times from 2027-03-01 13:00Z to 2027-04-30

1 group is uncovered at times from 2027-03-01 to 2027-05-01.
Move hours, add people, name `fallback` people, or declare it `closed` where it is meant.
"""
    )


def test_gaps_of_one_group_are_its_own_and_end_well_where_there_are_none(run: Run) -> None:
    result = run("gaps", "brio", "--from", "2027-03-01T00:00Z", "--months", "1", "--rest", "22")
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
People
  Quin Ha rests only 21 h between launch, on 2027-03-27 at 15:00Z

No group is uncovered from 2027-03-01 to 2027-04-01
"""
    )


def test_gaps_answers_programs_too(run: Run) -> None:
    result = run("gaps", "acme", "--from", "2027-01-31T00:00Z", "--months", "1", "--json")
    assert json.loads(result.stdout) == {
        "from": "2027-01-31T00:00:00Z",
        "until": "2027-02-28T00:00:00Z",
        "found": [],
        "drip": [],
    }
    found = json.loads(run("gaps", "acme", "--from", "2027-03-01T00:00Z", "--json").stdout)["found"]
    assert found[1] == {
        "kind": "gap",
        "groups": ["acme"],
        "shifts": ["new-york", "sydney"],
        "person": None,
        "first": "2027-03-14T21:00:00Z",
        "last": "2027-04-02T21:00:00Z",
        "times": 20,
        "minutes": 60,
        "minutes_altogether": 1200,
        "clocks": [
            {"at": "2027-03-14T07:00:00Z", "zone": "America/New_York", "minutes": 60},
            {"at": "2027-04-03T16:00:00Z", "zone": "Australia/Sydney", "minutes": -60},
        ],
        "why": [],
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("acmee",), "there is no group `acmee`"),
        (("--from", "next spring"), "next spring"),
        (("--months", "0"), "--months"),
    ],
)
def test_what_gaps_cannot_take_is_said(run: Run, given: tuple[str, ...], said: str) -> None:
    result = run("gaps", *given)
    assert result.exit_code == 2
    assert said in result.output


def test_check_says_on_the_day_a_roster_is_saved_that_it_will_leak(run: Run) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "groups that are uncovered at times within 400 days: 1 of 2, first acme" in result.stdout
    assert "`rotation gaps` says when" in result.stdout


CLOSED = """\
shifts:
  shop:
    zone: UTC
    hours: 00:00 to 24:00
    days: weekdays
    everyone: [pia]
    seasons: [{from: 2027-03-10, to: 2027-03-11, hours: none, reason: moving house}]
groups:
  cora:
    account: main
    chat: 120363041234567003@g.us
    shifts: [shop]
    closed: [{hours: sat 00:00 to mon 00:00, zone: UTC, reason: weekend}]
"""


def test_what_fallback_people_fill_is_no_gap_and_is_told_as_theirs(
    run: Run, tmp_path: Path
) -> None:
    shop = CLOSED.replace("closed: [", "fallback: [quin]\n    closed: [")
    (tmp_path / "shop.yaml").write_text(shop.replace("00:00 to 24:00", "08:00 to 24:00"))
    result = run("gaps", "cora", "--from", "2027-03-01T00:00Z", "--months", "1")
    assert result.exit_code == 0
    assert "\n  fallback for 8 h between shop, 22 times from 2027-03-01 00:00Z" in result.stdout
    window = ("--from", "2027-03-03T09:00Z", "--until", "2027-03-04T09:00Z")
    line = run("timeline", "--group", "cora", *window).stdout
    (row,) = (row.split() for row in line.splitlines() if row.startswith("(fallback)"))
    assert row == ["(fallback)", "Quin", "Ha", "2027-03-04", "00:00Z", "2027-03-04", "08:00Z"]
    who = run("who", "cora", "--at", "2027-03-04T01:00Z").stdout
    assert "Quin Ha" in who
    assert "(fallback)" in who


def test_what_is_closed_on_purpose_is_listed_apart_and_is_no_gap(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(CLOSED)
    result = run("gaps", "cora", "--from", "2027-03-01T00:00Z", "--months", "1")
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
cora
  closed for 2 days: weekend, 4 times from 2027-03-06 00:00Z to 2027-03-27
  closed for 2 days: moving house, on 2027-03-10 at 00:00Z

No group is uncovered from 2027-03-01 to 2027-04-01
"""
    )
    answer = run("gaps", "cora", "--from", "2027-03-01T00:00Z", "--months", "1", "--json")
    found = json.loads(answer.stdout)["found"]
    assert [(one["kind"], one["why"]) for one in found] == [
        ("closed", ["weekend"]), ("closed", ["moving house"]),
    ]  # fmt: skip
    window = ("--from", "2027-03-10T00:00Z", "--until", "2027-03-14T00:00Z")
    line = run("timeline", "--group", "cora", *window).stdout
    assert "closed from 2027-03-10 00:00Z to 2027-03-12 00:00Z: moving house\n" in line
    assert "closed from 2027-03-13 00:00Z to 2027-03-15 00:00Z: weekend\n" in line
    assert "uncovered at times within 400 days: 1 of 3, first acme" in run("check").stdout
