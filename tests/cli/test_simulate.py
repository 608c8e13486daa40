"""`rotation simulate`, as people and programs use it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.surfaces.cli.frame import app

DESK = """\
tell: [ana]
people:
  ana: {name: Ana Reis, phone: "+351 91 234 5601"}
  ben: {name: Ben Hale, phone: "+44 7700 900102"}
shifts:
  day: {zone: Europe/Lisbon, hours: 08:00 to 20:00, everyone: [ana]}
  night: {zone: Europe/Lisbon, hours: 20:00 to 08:00, everyone: [ben]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, night], mode: managed}
  brio: {account: other, chat: 120363041234567002@g.us, shifts: [day, night], mode: managed}
"""
A_DAY = ("--days", "1", "--from", "2026-03-02")

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "desk.yaml").write_text(DESK)

    def invoke(*arguments: str) -> Result:
        line = ["simulate", *arguments, "--schedules", str(tmp_path)]
        return CliRunner().invoke(app(), line)

    return invoke


@pytest.mark.slow
def test_a_day_of_every_account_is_summed_up_with_what_to_do_next(run: Run) -> None:
    result = run(*A_DAY)
    assert result.exit_code == 0, result.output
    for said in (
        "1 day from Mon 2026-03-02 00:00 UTC, faults none, seed 1",
        "main: What came of it",
        "other: What came of it",
        "no invariant was broken, and all converged",
        "rotation simulate --faults mild",
        "rotation simulate --from 2026-03-02T00:00Z --days 1 --faults none --seed 1",
    ):
        assert said in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


@pytest.mark.slow
def test_the_json_is_one_object_and_the_page_is_written_beside_it(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "rehearsal.html"
    result = run(*A_DAY, "--faults", "wild", "--seed", "3", "--json", "--report", str(report))
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [a["account"] for a in told["accounts"]] == ["main", "other"]
    assert (told["ok"], told["violations"], told["starts"]) == (True, [], "2026-03-02T00:00:00Z")
    assert all(a["trace"] in report.read_text(encoding="utf-8") for a in told["accounts"])


def test_a_weather_nobody_knows_is_refused(run: Run) -> None:
    result = run("--faults", "terrible")
    assert result.exit_code == 2
    assert "no weather is called terrible. There are: none, mild, wild" in result.stderr


def test_rosters_with_mistakes_are_not_simulated(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("groups: {acme: {}}")
    result = run(*A_DAY)
    assert result.exit_code == 1
    assert "the files make no roster" in result.stderr


def test_a_folder_of_people_only_has_nothing_to_rehearse(run: Run, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("people: {ana: {name: Ana, phone: '+351 91 234 5601'}}")
    result = run(*A_DAY)
    assert result.exit_code == 2
    assert "nothing to rehearse" in result.stderr


@pytest.mark.slow
def test_a_page_that_cant_be_written_is_said(run: Run, tmp_path: Path) -> None:
    result = run(*A_DAY, "--report", str(tmp_path / "nowhere" / "page.html"))
    assert result.exit_code == 3
    assert "can't be written" in result.stderr
