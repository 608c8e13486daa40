"""`rotation demo --against naive`: the two columns, and what the README says of them."""

from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rotation.roster_file import read
from rotation.surfaces.against import days, players
from rotation.surfaces.against.reckoning import Column
from rotation.surfaces.cli.frame import app
from rotation.surfaces.example import example_rosters

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.process
@pytest.mark.promise("P-sandbox")
def test_the_readme_shows_the_table_that_the_command_prints() -> None:
    ended = CliRunner().invoke(app(), ["demo", "--against", "naive"])
    assert ended.exit_code == 0, ended.output
    printed = [line for line in ended.stdout.splitlines() if line.strip()]
    begins = next(n for n, line in enumerate(printed) if line.startswith("what "))
    table = "\n".join(printed[begins : begins + len(fields(Column)) + 1])
    assert table in README.read_text(encoding="utf-8")
    assert "rotation did no wrong, and left nobody behind" in ended.stdout
    assert "naive.py" in ended.stdout
    assert "\x1b" not in ended.stdout
    assert ended.stderr == ""


def test_nobody_else_is_there_to_be_compared_with() -> None:
    ended = CliRunner().invoke(app(), ["demo", "--against", "luck"])
    assert ended.exit_code == 2
    assert "There is: naive" in ended.stderr


class Dead(players.Rehearsed):
    """Never does a thing."""

    def lives(self, until: datetime) -> None:
        self.passes(until)


@pytest.mark.slow
def test_the_figures_of_one_who_does_nothing() -> None:
    three = days.Days(read(example_rosters()), 0)
    column = three.lived(Dead(three), lambda _at: None)
    assert column.right < column.handovers
    assert column.left_behind > 0
    assert column.missing > 0
    assert column.uncovered > 24 * 60
    assert column.past_end > column.longest_stay > 24 * 60
    assert column.changes == column.wrongs == column.reads == column.most_changes == 0


def test_the_script_knows_every_coming_and_going_of_the_roster() -> None:
    three = days.Days(read(example_rosters()), 0)
    crontab = players.rota(three)
    for at, line in crontab.items():
        instant = datetime.fromisoformat(at)
        for chat, change in line.items():
            before, told = instant - timedelta(seconds=1), three.duties[chat]
            assert not told.left_behind(change["on"], instant)
            assert told.left_behind(change["on"], before) == set(change["on"])
            assert told.left_behind(change["off"], instant) == set(change["off"])
            assert not told.left_behind(change["off"], before)
