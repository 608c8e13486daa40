"""docs/operating.md says of holds and exit codes what the program says."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rotation.core.facts import Kind
from rotation.core.holds import MEANING
from rotation.core.outcome import Accepted, InDoubt, Refusal, Refused, Throttled
from rotation.engine import wipes
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


def test_every_line_of_the_log_that_is_an_effect_is_told(page: str, root: Path) -> None:
    told = {
        word for row in table(page, "Read the log") for word in re.findall(r"`([^`]+)`", row[0])
    }
    engine = "".join(p.read_text("utf-8") for p in (root / "rotation" / "engine").glob("*.py"))
    sent = {
        f"{kind.value}_{type(outcome).__name__.lower()}"
        for kind in (Kind.ADD, Kind.REMOVE, Kind.NOTICE, Kind.BRIEF, Kind.INVITE, Kind.RESET)
        for outcome in (Accepted(), Throttled(None), Refused(Refusal.FULL), InDoubt())
    }
    seen = set(re.findall(r'\(Change\.\w+, \w+\): "(\w+)"', engine))
    other = set(re.findall(r'Event\([\w.]+, "(\w+)"', engine))
    for pair in re.findall(r'kind = "(\w+)" if .* else "(\w+)"', engine):
        other.update(pair)
    other |= {wipes.PROVEN, wipes.WAITS}
    assert min(len(seen), len(other)) > 5
    surfaces = "".join(
        (root / "rotation" / "surfaces" / name).read_text("utf-8")
        for name in ("held.py", "duties.py", "incoming/entrance.py", "orders/performing.py")
    )
    aside = {word for word in told if f'("{word}",' in surfaces}
    assert {"held", "lifted", "the account is ours"} <= aside
    assert told == sent | seen | other | aside


def test_every_file_that_the_page_points_at_is_there(page: str, root: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)", page)
    assert any(link.startswith("../ops/") for link in links)
    assert [link for link in links if not (root / "docs" / link).exists()] == []
    named = re.findall(r"\bops/[\w.-]+\.\w+", page)
    assert [name for name in named if not (root / name).exists() and "secrets" not in name] == []
