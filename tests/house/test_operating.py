"""docs/operating.md says of holds and exit codes what the program says."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rotation.core.holds import MEANING
from rotation.surfaces.cli import listed
from rotation.surfaces.cli.frame import app
from rotation.surfaces.cli.output import Ends


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "operating.md").read_text(encoding="utf-8")


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without its own."""
    part = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return rows[2:]


def test_every_hold_is_told_as_the_program_tells_it(page: str) -> None:
    assert table(page, "Read a hold") == [
        [
            f"`{hold.value}`",
            meaning.cause,
            meaning.what_to_do,
            meaning.lifted_by,
            "yes" if meaning.releasable else "no",
        ]
        for hold, meaning in MEANING.items()
    ]


def test_every_exit_code_is_told(page: str) -> None:
    codes = [int(code) for code, _ in table(page, "How commands end")]
    assert codes == [ends.value for ends in Ends]


def test_every_command_and_option_on_the_page_exists(page: str) -> None:
    known = {one.name for one in listed()}
    asked = re.findall(r"(?<![\w./-])rotation ([a-z]+)((?: [\w./<>-]+)*)", _commands(page))
    assert len(asked) > 10
    for name, rest in asked:
        assert name in known, name
        help_text = CliRunner().invoke(app(name), [name, "--help"]).stdout
        options = set(re.findall(r"--[a-z-]+", rest)) - {"--help"}
        assert [o for o in options if o not in help_text] == [], name


def _commands(page: str) -> str:
    """All that stands in code, a piece a line."""
    blocks = re.findall(r"^    (.*)$", page, re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`(rotation [^`]+)`", page)])
