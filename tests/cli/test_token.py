"""`rotation token`: made and shown once, listed without its secret, and ended."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.core.roster import (
    EMPTY,
    AccountId,
    ChatId,
    Group,
    GroupId,
    Person,
    PersonId,
    Phone,
)
from rotation.ledger import Ledger, Rights, upgrade
from rotation.surfaces.cli.frame import app

STARTS = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
    upgrade(f"sqlite:///{tmp_path / 'rotation.db'}")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    given = ["token", *arguments, "--config", str(folder / "rotation.toml")]
    return CliRunner().invoke(app("token"), given)


def test_a_token_is_shown_once_and_opens_until_it_is_revoked(folder: Path) -> None:
    made = run(folder, "create", "Mara's phone", "--author", "otto")
    assert made.exit_code == 0, made.output
    secret = made.stdout.splitlines()[0]
    prefix = re.fullmatch(r"rot_([0-9a-f]{10})_[\w-]{43}", secret)
    assert prefix
    ledger = Ledger(f"sqlite:///{folder / 'rotation.db'}")
    with ledger.reading() as books:
        (kept,) = books.tokens.all()
        assert books.tokens.find(secret, kept.made_at) == kept
    listed = run(folder, "list").stdout
    assert "Mara's phone" in listed
    assert prefix[1] in listed
    assert secret not in listed
    assert run(folder, "revoke", prefix[1]).exit_code == 0
    with ledger.reading() as books:
        assert books.tokens.find(secret, kept.made_at) is None
    ledger.close()
    assert "Mara's phone" not in run(folder, "list").stdout
    assert "revoked" in run(folder, "list", "--all").stdout


def test_programs_get_it_as_data(folder: Path) -> None:
    made = json.loads(run(folder, "create", "metrics", "--author", "otto", "--json").stdout)
    assert made["secret"].startswith(f"rot_{made['token']['prefix']}_")
    (listed,) = json.loads(run(folder, "list", "--json").stdout)["tokens"]
    assert listed == made["token"]


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_a_token_has_a_role_and_teams(served: Path, role: str) -> None:
    made = run(served, "create", "x", "--role", role, "--team", "vip", "--team", "eu", "--json")
    token = json.loads(made.stdout)["token"]
    assert (token["rights"], token["teams"]) == (role, ["eu", "vip"])
    assert f"{role} of eu, vip" in run(served, "list").stdout


def test_whoever_has_no_other_role_only_looks(folder: Path) -> None:
    token = json.loads(run(folder, "create", "x", "--json").stdout)["token"]
    assert (token["rights"], token["teams"]) == ("viewer", [])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--role", "boss"), "boss"),
        (("--team", "vipp"), "Did you mean `vip`?"),
        (("--calendar", "people/ana", "--role", "admin"), "opens that calendar alone"),
        (("--calendar", "people/ana", "--team", "vip"), "opens that calendar alone"),
    ],
)
def test_a_role_or_team_that_makes_no_sense_gets_no_token(
    served: Path, given: tuple[str, ...], says: str
) -> None:
    found = run(served, "create", "x", *given)
    assert (found.exit_code, says in found.stderr) == (2, True)
    assert run(served, "list", "--all").stdout.splitlines()[1:] == []


@pytest.fixture
def served(folder: Path) -> Path:
    """A folder whose roster is in force, on a board that has a name in the world."""
    with (folder / "rotation.toml").open("a") as settings:
        settings.write('[web]\nurl = "https://board.example/"\n')
    ledger = Ledger(f"sqlite:///{folder / 'rotation.db'}")
    people = {PersonId("ana"): Person(PersonId("ana"), "Ana", Phone("+351912345678"))}
    groups = {
        GroupId(team): Group(GroupId(team), AccountId("main"), ChatId("1@g.us"), (), team=team)
        for team in ("vip", "eu")
    }
    with ledger.writing() as books:
        books.rosters.adopt(
            replace(EMPTY, people=people, groups=groups), "0123abcd4567", STARTS, "2026f"
        )
    ledger.close()
    return folder


def test_a_calendar_has_an_address_with_a_token_that_opens_it_alone(served: Path) -> None:
    made = run(served, "create", "Ana's calendar", "--calendar", "people/ana")
    assert made.exit_code == 0, made.output
    address = "https://board.example/calendar/people/ana.ics?token="
    found = re.match(re.escape(address) + r"(rot_([0-9a-f]{10})_[\w-]{43})\n", made.stdout)
    assert found
    ledger = Ledger(f"sqlite:///{served / 'rotation.db'}")
    with ledger.reading() as books:
        (kept,) = books.tokens.all()
        assert (kept.rights, kept.calendar) == (Rights.CALENDAR, "people/ana")
        assert kept.until == kept.made_at + timedelta(days=365)
        assert books.tokens.find(found[1], kept.made_at) is None
        assert books.tokens.find(found[1], kept.made_at, "people/ana") == kept
    ledger.close()
    assert "people/ana" in run(served, "list").stdout
    given = ("--calendar", "people/ana", "--until", "2031-01-01T00:00Z", "--json")
    told = json.loads(run(served, "create", "x", *given).stdout)
    assert told["address"].startswith(address)
    assert (told["token"]["until"], told["token"]["calendar"]) == (
        "2031-01-01T00:00:00Z", "people/ana",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        ("ana", "names no calendar"),
        ("people/anna", "Did you mean `ana`?"),
        ("groups/x", "the roster in force has no `groups/x`"),
    ],
)
def test_a_calendar_that_there_is_not_gets_no_token(served: Path, calendar: str, says: str) -> None:
    found = run(served, "create", "x", "--calendar", calendar)
    assert (found.exit_code, says in found.stderr) == (2, True)
    assert run(served, "list", "--all").stdout.splitlines()[1:] == []


def test_where_no_board_is_served_no_calendar_has_an_address(folder: Path) -> None:
    with (folder / "rotation.toml").open("a") as settings:
        settings.write('[web]\nlisten = "off"\n')
    found = run(folder, "create", "x", "--calendar", "people/ana")
    assert (found.exit_code, "no board is served" in found.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("create", " "), "a token needs a name"),
        (("create", "x" * 101), "at most 100 characters"),
        (("create", "x", "--until", "2001-01-01T00:00Z"), "would have ended already"),
        (("revoke", "none"), "there is no token `none`"),
    ],
)
def test_what_makes_no_sense_is_said(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    found = run(folder, *arguments)
    assert found.exit_code == 2
    assert says in found.stderr


def test_without_a_ledger_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
    assert "rotation run" in run(tmp_path, "list").stderr
