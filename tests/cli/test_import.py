"""import: other services' exports on the command line, and what a script sees of them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.surfaces.cli.frame import app

EXPORTS = Path(__file__).parents[1] / "importing" / "exports"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for export in EXPORTS.iterdir():
        shutil.copy(export, tmp_path)
    monkeypatch.chdir(tmp_path)

    def invoke(*line: str) -> Result:
        return CliRunner().invoke(app(line[0]), [*line])

    return invoke


PAGERDUTY = ("import", "pagerduty", "pagerduty.json", "--users", "pagerduty-users.json")
OPSGENIE = ("import", "opsgenie", "opsgenie.json", "--users", "opsgenie-users.json")


TABLE = ("import", "csv", "rota.csv")
WORKBOOK = ("import", "csv", "rota.xlsx")


@pytest.mark.parametrize(
    ("line", "shifts"), [(PAGERDUTY, 4), (OPSGENIE, 6), (TABLE, 2), (WORKBOOK, 2)]
)
def test_what_is_imported_is_a_roster_that_check_accepts(
    run: Run, tmp_path: Path, line: tuple[str, ...], shifts: int
) -> None:
    (tmp_path / "schedules").mkdir()
    written = run(*line, "--to", "schedules/made.yaml")
    assert written.exit_code == 0
    assert (
        f"wrote schedules/made.yaml: 3 people, {shifts} shifts, and no groups yet" in written.stdout
    )
    checked = run("check", "--schedules", "schedules")
    assert checked.exit_code == 0
    printed = run(*line)
    assert printed.stdout == (tmp_path / "schedules" / "made.yaml").read_text()
    assert "is on duty as" in printed.stderr


def test_no_file_is_ever_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text("mine")
    result = run(*PAGERDUTY, "--to", "made.yaml")
    assert result.exit_code == 2
    assert "made.yaml is there already" in result.stderr
    assert (tmp_path / "made.yaml").read_text() == "mine"


def test_what_cannot_be_carried_over_ends_with_1_and_writes_nothing(
    run: Run, tmp_path: Path
) -> None:
    result = run("import", "pagerduty", "pagerduty.json", "--to", "made.yaml")
    assert result.exit_code == 1
    assert "Ana Lim (PANA001): there is no phone number" in result.stderr
    assert "3 problems, so no roster was made" in result.stderr
    assert not (tmp_path / "made.yaml").exists()
    told = json.loads(run("import", "pagerduty", "pagerduty.json", "--json").stdout)
    assert (told["ok"], len(told["problems"])) == (False, 3)


def test_spans_that_differ_are_told_and_end_with_1(run: Run, tmp_path: Path) -> None:
    export = json.loads((tmp_path / "opsgenie.json").read_text())
    periods = export[1]["data"]["finalTimeline"]["rotations"][0]["periods"]
    periods[0]["recipient"]["id"] = "u-ben"
    (tmp_path / "opsgenie.json").write_text(json.dumps(export))
    result = run(*OPSGENIE)
    assert result.exit_code == 1
    assert "Guest care Nights differs from what Opsgenie has in 1 span" in result.stderr
    said = "2026-03-27 20:00Z to 2026-03-28 08:00Z: Opsgenie has ben-ortiz, the roster cleo-marsh"
    assert said in result.stderr
    (compared,) = json.loads(run(*OPSGENIE, "--json").stdout)["compared"]
    assert compared["differences"] == [
        {
            "starts": "2026-03-27T20:00:00Z",
            "ends": "2026-03-28T08:00:00Z",
            "theirs": ["ben-ortiz"],
            "ours": ["cleo-marsh"],
        }
    ]


def test_partly_tells_what_was_left_out_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    export = json.loads((tmp_path / "opsgenie.json").read_text())
    export[0]["data"]["rotations"][0]["length"] = 200
    (tmp_path / "opsgenie.json").write_text(json.dumps(export))
    result = run(*OPSGENIE, "--partly")
    assert result.exit_code == 1
    assert "left out: opsgenie.json: [0].data.rotations[0].length: turns of" in result.stderr
    assert "# LEFT OUT, because it cannot be carried over exactly:" in result.stdout
    assert "guest-care-nights:" in result.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("import", "pagerduty", "nowhere.json"), "nowhere.json"),
        ((*PAGERDUTY, "--top", "middle"), "--top is `first` or `last`"),
        (("import", "jira", "x.json"), "jira"),
    ],
)
def test_a_line_that_cannot_be_ends_with_2(run: Run, line: tuple[str, ...], said: str) -> None:
    result = run(*line)
    assert result.exit_code == 2
    assert said in result.stderr


def test_rows_that_break_a_table_end_with_1(run: Run, tmp_path: Path) -> None:
    rows = (tmp_path / "rota.csv").read_text().splitlines()
    (tmp_path / "rota.csv").write_text("\n".join(rows[:-3]))
    assert run(*TABLE).exit_code == 0
    (tmp_path / "rota.csv").write_text("\n".join([*rows[:9], *rows[10:]]))
    result = run(*TABLE)
    assert result.exit_code == 1
    assert "has nobody on 2026-03-06. Give a row for each date" in result.stderr


def test_numbers_in_complaints_are_masked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("person,phone\nPANA001,6591234567\n")
    result = run("import", "pagerduty", "pagerduty.json", "--users", "numbers.csv")
    assert "numbers.csv:2:2: phone: `***567` has no country code" in result.stderr
    assert "6591234567" not in result.output
