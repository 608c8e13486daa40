"""The whole way: commands, daemon and a pretend Wawp as processes that only share a ledger."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.roster_file import read
from rotation.surfaces.example import Place, example_rosters, sandbox
from tests.process.programs import Program

pytestmark = pytest.mark.process

NOON = datetime(2027, 1, 12, 12, 0, tzinfo=UTC)
Rotation: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Done:
    """What a command said, and how it ended."""

    stdout: str
    stderr: str
    returncode: int


@pytest.fixture
def place() -> Iterator[Place]:
    """A sandbox that fits the example rosters in the middle of a shift, and stays there."""
    with sandbox(read(example_rosters()), NOON, stepped=True) as found:
        yield found


@pytest.fixture
def rotation(place: Place) -> Rotation:
    def run(*arguments: str) -> Done:
        program = Program(place.folder, *arguments, "--config", str(place.config))
        code = program.ends()
        return Done("".join(program.out.lines), "".join(program.err.lines), code)

    return run


def inside(rotation: Rotation) -> set[str]:
    (room,) = json.loads(rotation("status", "acme-vip", "--json").stdout)["groups"]
    return {p["name"] for p in room["people"] if p["seen"] == "in"}


@pytest.mark.promise("P-handover")
def test_a_handover_by_hand_is_carried_out_and_undone_over_the_wire(rotation: Rotation) -> None:
    until = NOON + timedelta(hours=2)
    assert rotation("run", "--once", "acme-vip").returncode == 0
    assert "Otto Brandt" not in inside(rotation)

    ask = ("handover", "acme-vip", "--in", "otto", "--until", until.isoformat())
    asked = rotation(*ask, "--reason", "a hard case", "--yes")
    assert asked.returncode == 0, asked.stderr
    assert "`rotation run --once acme-vip` carries it out" in asked.stdout
    assert rotation("plan", "acme-vip", "--exit-code").returncode == 2
    assert rotation("run", "--once", "acme-vip").returncode == 0
    assert "Otto Brandt" in inside(rotation)

    fresh = rotation("plan", "acme-vip", "--fresh", "--exit-code")
    assert fresh.returncode == 0, fresh.stderr
    assert re.search(r"as of \d+ s ago", fresh.stdout)
    assert "nothing to do" in fresh.stdout

    assert rotation("undo", "h1", "--yes").returncode == 0
    assert rotation("run", "--once", "acme-vip").returncode == 0
    assert "Otto Brandt" not in inside(rotation)
    assert rotation("history", "--verify").returncode == 0


def test_a_plan_that_cannot_read_says_that_the_token_is_refused(
    rotation: Rotation, place: Place
) -> None:
    assert rotation("run", "--once", "acme-vip").returncode == 0
    (place.folder / "token").write_text("wrong")
    (place.folder / "token").chmod(0o600)
    place.config.write_text(place.config.read_text() + 'token_file = "token"\n')
    found = rotation("plan", "acme-vip", "--fresh")
    assert found.returncode == 3
    assert "the provider does not accept the account's token" in found.stderr
    assert "Put a valid token into" in found.stderr
    assert rotation("plan", "acme-vip").returncode == 0


def test_run_once_finds_that_a_ledger_was_restored_though_nothing_is_to_be_done(
    rotation: Rotation, place: Place
) -> None:
    assert rotation("run", "--once").returncode == 0
    assert rotation("backup", "copy.db").returncode == 0
    assert rotation("restore", "copy.db", "--yes").returncode == 0
    assert rotation("run", "--once").returncode == 0
    held = rotation("holds")
    assert held.returncode == 1
    assert "restored" in held.stdout


@pytest.mark.promise("P-ticket", "P-moved")
def test_a_ticket_and_the_end_of_a_group_are_carried_out_over_the_wire(rotation: Rotation) -> None:
    def done(*arguments: str) -> str:
        found = rotation(*arguments)
        assert found.returncode == 0, found.stdout + found.stderr
        return found.stdout

    done("run", "--once", "acme-vip")
    asked = ("--ticket", "OPS-1", "--reason", "a hard case", "--yes")
    done("grant", "acme-vip", "--person", "otto", *asked)
    done("run", "--once", "acme-vip")
    assert "Otto Brandt" in inside(rotation)
    done("resolve", "OPS-1", "--reason", "fixed", "--yes")
    done("run", "--once", "acme-vip")
    assert "Otto Brandt" not in inside(rotation)
    done("close", "acme-vip", "--message", "Thank you all.", "--reason", "over", "--yes")
    done("run", "--once", "acme-vip")
    assert inside(rotation) == {"Mara Costa"}
    assert "none changed or taken out" in done("history", "--verify")
