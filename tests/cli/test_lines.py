"""A line means what typer makes of it, also where typer is spared the reading."""

from pathlib import Path

import pytest
from typer import _click as click
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from rotation.surfaces.cli.frame import app

Told = dict[str, tuple[object, object]] | str


def meant(line: list[str], *, by_typer: bool) -> Told:
    """Every value of a line with where it came from, or the complaint about it."""
    made = app(line[0])
    if by_typer:
        made.info.cls = TyperGroup
        for one in made.registered_commands:
            one.cls = TyperCommand
    group = get_command(made)
    try:
        above = group.make_context("rotation", list(line))
        assert isinstance(group, TyperGroup)
        _name, command, left = group.resolve_command(above, list(line))
        assert command is not None
        found = command.make_context(line[0], left, parent=above)
    except click.exceptions.ClickException as wrong:
        return f"{wrong.exit_code}: {wrong.format_message()}"
    return {name: (v, found.get_parameter_source(name)) for name, v in found.params.items()}


TAKEN = [
    ["who"],
    ["who", "acme-vip"],
    ["who", "--at", "2027-03-14T02:30Z"],
    ["who", "--json", "acme-vip", "--at=x"],
    ["who", "--schedules", "."],
    ["who", "--schedules", "nowhere"],
    ["who", "--schedules", ""],
    ["who", "--", "--json"],
    ["who", ""],
    ["timeline", "--from", "a", "--until", "b", "--group", "acme-vip"],
    ["run", "--once", "desk", "--config", "rotation.toml"],
    ["handover", "desk", "--in", "ben", "--reason", "sick", "--yes"],
    ["handover", "desk", "--in", "ben", "--in", "ana", "--reason", "sick"],
    ["history", "--group", "desk", "--csv"],
    ["sandbox", "--port", "0"],
]
REFUSED = [
    ["who", "acme-vip", "desk"],
    ["who", "--att", "x"],
    ["who", "--at"],
    ["who", "--json=x"],
    ["handover", "desk"],
    ["handover", "--reason", "sick"],
    ["sandbox", "--port", "many"],
    ["whom"],
]


@pytest.mark.parametrize("line", TAKEN, ids=" ".join)
def test_a_line_that_is_right_means_the_same(line: list[str]) -> None:
    found = meant(line, by_typer=False)
    assert not isinstance(found, str)
    assert found == meant(line, by_typer=True)


@pytest.mark.parametrize("line", REFUSED, ids=" ".join)
def test_a_line_that_is_wrong_is_refused_in_the_same_words(line: list[str]) -> None:
    found = meant(line, by_typer=False)
    assert isinstance(found, str)
    assert found == meant(line, by_typer=True)


@pytest.mark.parametrize("said", ["here", ""])
def test_what_the_environment_says_means_the_same(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTATION_SCHEDULES", said)
    assert meant(["who"], by_typer=False) == meant(["who"], by_typer=True)


def test_a_path_comes_as_a_path() -> None:
    found = meant(["who", "--schedules", "here"], by_typer=False)
    assert not isinstance(found, str)
    assert found["schedules"][0] == Path("here")
