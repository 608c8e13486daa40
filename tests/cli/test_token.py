"""`rotation token`: made and shown once, listed without its secret, and ended."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.ledger import Ledger, upgrade
from rotation.surfaces.cli.frame import app


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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("create", " "), "a token needs a name"),
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
