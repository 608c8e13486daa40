"""`rotation init`: what it writes is valid and explains itself; what exists is left alone."""

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from rotation.core.roster import AccountId, GroupId, Mode
from rotation.roster_file import read, reading, snapshot
from rotation.settings import load
from rotation.surfaces.cli.init import init

FILES = ["rotation.toml", "schedules/desk.yaml", ".gitignore"]
Init = Callable[..., Result]


@pytest.fixture
def rotation_init() -> Init:
    """Runs the command with the arguments given."""
    app = typer.Typer()
    app.command()(init)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def begun(tmp_path: Path, rotation_init: Init) -> Path:
    """A folder that `rotation init` has made."""
    folder = tmp_path / "new"
    assert rotation_init(folder).exit_code == 0
    return folder


def test_a_new_folder_gets_its_files_and_its_owner_the_next_steps(
    tmp_path: Path, rotation_init: Init
) -> None:
    result = rotation_init(tmp_path / "a" / "b")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[:3] == [f"wrote {tmp_path}/a/b/{name}" for name in FILES]
    assert lines[4] == "Next:"
    assert "rotation check" in lines[5]
    assert "secrets/main.token" in lines[6]
    assert "rotation doctor" in lines[7]


def test_only_the_owner_may_read_the_settings_and_the_secrets(begun: Path) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((begun / name).stat().st_mode)

    assert mode("rotation.toml") == 0o600
    assert mode("secrets") == 0o700


def test_what_exists_is_left_alone_and_named(tmp_path: Path, rotation_init: Init) -> None:
    (tmp_path / "rotation.toml").write_text("# mine\n")
    (tmp_path / ".gitignore").symlink_to("elsewhere")
    result = rotation_init(tmp_path)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:3] == [
        f"wrote {tmp_path}/schedules/desk.yaml",
        f"kept  {tmp_path}/rotation.toml, which was there already",
        f"kept  {tmp_path}/.gitignore, which was there already",
    ]
    assert (tmp_path / "rotation.toml").read_text() == "# mine\n"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["ours.yaml", "ours.yml"])
def test_the_example_does_not_join_a_folder_of_real_rosters(
    name: str, tmp_path: Path, rotation_init: Init
) -> None:
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules" / name).write_text("people: {}\n")
    rotation_init(tmp_path)
    assert [path.name for path in (tmp_path / "schedules").iterdir()] == [name]


def test_a_second_time_changes_nothing(begun: Path, rotation_init: Init) -> None:
    before = {name: (begun / name).stat().st_mtime_ns for name in FILES}
    told = json.loads(rotation_init(begun, "--json").stdout)
    assert (told["wrote"], told["kept"]) == ([], FILES)
    assert {name: (begun / name).stat().st_mtime_ns for name in FILES} == before


def test_for_machines_the_result_is_one_json_object(tmp_path: Path, rotation_init: Init) -> None:
    result = rotation_init(tmp_path, "--json")
    told = json.loads(result.stdout)
    assert told["folder"] == str(tmp_path)
    assert (told["wrote"], told["kept"]) == (FILES, [])
    assert len(told["next"]) == 4


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path, rotation_init: Init) -> None:
    (tmp_path / "file").write_text("")
    result = rotation_init(tmp_path / "file")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"rotation: can't write {tmp_path}/file")
    assert len(result.stderr.splitlines()) == 1


def test_the_example_settings_work_once_the_token_is_there(begun: Path) -> None:
    token = begun / "secrets" / "main.token"
    token.write_text("t0k3n\n")
    token.chmod(0o600)
    settings = load({}, folder=begun)
    assert settings.warnings == ()
    assert settings.accounts[AccountId("main")].token.reveal() == "t0k3n"


def test_the_example_settings_show_the_defaults_as_they_are(begun: Path) -> None:
    path = begun / "rotation.toml"
    text = path.read_text()
    usual = {e.key: e.shown for e in load({}, folder=begun, need_secrets=False).explain()}
    path.write_text(re.sub(r"^#(?=[a-z])", "", text, flags=re.MULTILINE))
    written = load({}, folder=begun, need_secrets=False).explain()
    assert {e.key: e.shown for e in written} == usual
    defaults = [e.key for e in written if e.source == "default" and e.shown]
    assert defaults == []


def test_the_example_settings_name_every_key(begun: Path) -> None:
    text = (begun / "rotation.toml").read_text()
    every = {
        f"ROTATION_{key}": "x"
        for key in (
            *("DATABASE_PASSWORD_FILE", "ALERTS__URL_FILE", "ALERTS__PING_URL_FILE"),
            *("ACCOUNTS__MAIN__WEBHOOK_SECRET_FILE", "DATABASE_URL", "ALERTS__COMMAND"),
        )
    } | {"ROTATION_DATABASE_URL": "postgresql://me@db/led"}
    explained = load(every, folder=begun, need_secrets=False).explain()
    names = [e.key.rpartition(".")[2] for e in explained]
    assert len(names) > 20
    assert [n for n in names if not re.search(rf"\b{n}(_file)? = ", text)] == []


def test_the_example_settings_become_a_sandbox_s_as_their_comment_says(begun: Path) -> None:
    path = begun / "rotation.toml"
    lines = path.read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("instance_id", "token_file"))]
    path.write_text("\n".join(kept).replace('#provider = "wawp"', 'provider = "sandbox"'))
    account = load({}, folder=begun).accounts[AccountId("main")]
    assert account.base_url.startswith("http://127.0.0.1:")


def test_the_example_roster_is_valid_and_touches_nobody(begun: Path) -> None:
    roster = read(begun / "schedules")
    group = roster.groups[GroupId("acme")]
    assert group.mode is Mode.WATCH
    assert group.account in load({}, folder=begun, need_secrets=False).accounts
    assert len(roster.people) == 2
    assert reading(snapshot(begun / "schedules")).remarks == ()
