"""Where a setting comes from, which source wins, and what files and variables may look like."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rotation.core.roster import AccountId
from rotation.settings import Settings, SettingsErrors, load

Load = Callable[..., Settings]
Refused = Callable[..., list[str]]
Write = Callable[..., Path]

MAIN = AccountId("main")
IN_FILE = {
    "database_url": 'database_url = "sqlite:////data/file.db"',
    "schedules": 'schedules = "/data/file"',
    "keep": 'keep = "90 days"',
    "log.level": '[log]\nlevel = "warning"',
    "log.format": '[log]\nformat = "json"',
    "alerts.command": '[alerts]\ncommand = ["/bin/tell", "ops team"]',
    "alerts.repeat": '[alerts]\nrepeat = "1 h"',
    "alerts.ping_every": "[alerts]\nping_every = 120",
    "web.listen": '[web]\nlisten = "[::1]:9000"',
    "web.url": '[web]\nurl = "https://file.example.com/"',
    "leavers.url": '[leavers]\nurl = "https://hr.example.com/file.csv"',
    "leavers.every": '[leavers]\nevery = "2 h"',
    "leavers.zone": '[leavers]\nzone = "Europe/Lisbon"',
    "accounts.main.provider": '[accounts.main]\nprovider = "sandbox"',
    "accounts.main.base_url": '[accounts.main]\nbase_url = "http://127.0.0.1:1/"',
    "accounts.main.instance_id": '[accounts.main]\ninstance_id = "FILE"',
    "accounts.main.credentials": '[accounts.main]\ncredentials = "bearer"',
    "accounts.main.drip": "[accounts.main]\ndrip = 5",
    "accounts.main.pace": '[accounts.main]\npace = "paced"',
    "accounts.main.requests_per_minute": "[accounts.main]\nrequests_per_minute = 30",
    "accounts.main.changes_per_day": "[accounts.main]\nchanges_per_day = 300",
    "accounts.main.deadline": '[accounts.main]\ndeadline = "10 s"',
    "accounts.main.clock": '[accounts.main]\nclock = "stepped"',
}
IN_VARIABLE = {
    "database_url": ("postgresql://me@db/rotation", "postgresql://me@db/rotation"),
    "schedules": ("/data/variable", "/data/variable"),
    "keep": ("730 days", "730 days"),
    "log.level": ("debug", "debug"),
    "log.format": ("console", "console"),
    "alerts.command": ("/bin/shout 'ops team' $HOME", "/bin/shout 'ops team' '$HOME'"),
    "alerts.repeat": ("600", "10 min"),
    "alerts.ping_every": ("45 s", "45 s"),
    "web.listen": ("off", "off"),
    "web.url": ("https://variable.example.com", "https://variable.example.com"),
    "leavers.url": ("http://127.0.0.1:1/a.csv", "http://127.0.0.1:1/a.csv"),
    "leavers.every": ("900", "15 min"),
    "leavers.zone": ("Asia/Tokyo", "Asia/Tokyo"),
    "accounts.main.provider": ("sandbox", "sandbox"),
    "accounts.main.base_url": ("https://api.example.com", "https://api.example.com"),
    "accounts.main.instance_id": ("VARIABLE", "VARIABLE"),
    "accounts.main.credentials": ("header", "header"),
    "accounts.main.drip": ("9", "9"),
    "accounts.main.pace": ("sliding", "sliding"),
    "accounts.main.requests_per_minute": ("90", "90"),
    "accounts.main.changes_per_day": ("900", "900"),
    "accounts.main.deadline": ("15", "15 s"),
    "accounts.main.clock": ("real", "real"),
}
DEFAULTS = {
    "keep": "400 days",
    "log.level": "info",
    "log.format": "console",
    "alerts.command": "",
    "alerts.repeat": "30 min",
    "alerts.ping_every": "1 min",
    "web.listen": "127.0.0.1:8780",
    "web.url": "",
    "leavers.url": "",
    "leavers.every": "1 h",
    "leavers.zone": "UTC",
    "accounts.main.provider": "wawp",
    "accounts.main.base_url": "https://api.wawp.net",
    "accounts.main.credentials": "body+header",
    "accounts.main.drip": "8",
    "accounts.main.pace": "sliding",
    "accounts.main.requests_per_minute": "60",
    "accounts.main.changes_per_day": "2000",
    "accounts.main.deadline": "20 s",
    "accounts.main.clock": "real",
}


def variable(key: str) -> str:
    return "ROTATION_" + key.upper().replace(".", "__")


def account_for(key: str) -> dict[str, str]:
    """What an account needs besides `key`, so that nothing else is wrong with it."""
    if not key.startswith("accounts.") or key.endswith(".base_url"):
        return {variable("accounts.main.instance_id"): "A1"}
    kind = {} if key.endswith(".provider") else {variable("accounts.main.provider"): "sandbox"}
    return {variable("accounts.main.instance_id"): "A1"} | kind


def shown(settings: Settings, key: str) -> tuple[str, str]:
    (found,) = [e for e in settings.explain() if e.key == key]
    return found.shown, found.source


def test_every_setting_is_tried_in_every_source() -> None:
    assert IN_FILE.keys() == IN_VARIABLE.keys() > DEFAULTS.keys()


@pytest.mark.parametrize("key", IN_FILE)
def test_a_variable_wins_over_the_file(key: str, write: Write, read: Load) -> None:
    write(IN_FILE[key] + "\n")
    text, meant = IN_VARIABLE[key]
    settings = read(account_for(key) | {variable(key): text})
    assert shown(settings, key) == (meant, variable(key))


@pytest.mark.parametrize("key", [key for key in IN_FILE if not key.endswith("instance_id")])
def test_the_file_wins_over_the_default(key: str, write: Write, read: Load) -> None:
    write(IN_FILE[key] + "\n")
    value, source = shown(read(account_for(key)), key)
    assert source == f"rotation.toml:{IN_FILE[key].count(chr(10)) + 1}"
    assert value != DEFAULTS.get(key)


@pytest.mark.parametrize("key", DEFAULTS)
def test_what_nobody_wrote_has_a_default(key: str, read: Load) -> None:
    settings = read({variable("accounts.main.instance_id"): "A1"})
    assert shown(settings, key) == (DEFAULTS[key], "default")


def test_without_a_file_everything_lives_in_the_working_folder(tmp_path: Path, read: Load) -> None:
    settings = read()
    assert settings.config is None
    assert settings.database.url == f"sqlite:///{tmp_path}/rotation.db"
    assert settings.schedules == tmp_path / "schedules"
    assert settings.accounts == {}


def test_an_empty_variable_is_not_set(write: Write, read: Load) -> None:
    write('[log]\nlevel = "error"')
    assert read({"ROTATION_LOG__LEVEL": "", "ROTATION_CONFIG": ""}).log.level == "error"


def test_the_command_line_names_the_file_before_the_environment_does(
    write: Write, read: Load
) -> None:
    asked = write('[log]\nlevel = "debug"', "asked.toml")
    named = write('[log]\nlevel = "error"', "named.toml")
    write('[log]\nlevel = "warning"')
    environ = {"ROTATION_CONFIG": str(named)}
    assert read(environ, config=asked).log.level == "debug"
    assert read(environ).log.level == "error"
    assert read().log.level == "warning"


def test_paths_in_a_file_start_from_its_folder_and_those_in_variables_from_here(
    tmp_path: Path, write: Write, read: Load
) -> None:
    file = write('schedules = "rosters"\ndatabase_url = "sqlite:///led.db"', "etc/r.toml")
    settings = read({"ROTATION_DATABASE_URL": "sqlite:///here.db"}, config=file)
    assert settings.schedules == tmp_path / "etc" / "rosters"
    assert settings.database.url == f"sqlite:///{tmp_path}/here.db"
    assert read(config=file).database.url == f"sqlite:///{tmp_path}/etc/led.db"


def test_an_account_may_be_told_by_variables_alone(read: Load) -> None:
    settings = read({"ROTATION_ACCOUNTS__SPARE__INSTANCE_ID": "B2"})
    assert settings.accounts[AccountId("spare")].instance_id == "B2"


def test_a_dash_in_a_name_is_an_underscore_in_a_variable(write: Write, read: Load) -> None:
    write('[accounts.acme-uk]\ninstance_id = "A1"')
    settings = read({"ROTATION_ACCOUNTS__ACME_UK__DRIP": "6"})
    assert [(a.id, a.drip) for a in settings.accounts.values()] == [("acme-uk", 6)]


def test_what_kubernetes_and_an_alert_put_into_the_environment_is_no_mistake(read: Load) -> None:
    read(
        {
            "ROTATION_SERVICE_HOST": "10.0.0.1",
            "ROTATION_SERVICE_PORT": "80",
            "ROTATION_SERVICE_PORT_HTTP": "80",
            "ROTATION_PORT": "tcp://10.0.0.1:80",
            "ROTATION_PORT_80_TCP_ADDR": "10.0.0.1",
            "ROTATION_ALERT": "text",
            "PATH": "/bin",
        }
    )


@pytest.mark.parametrize("content", [b"", b"\n", b"# nothing yet\n", b"\xef\xbb\xbf"])
def test_an_empty_file_sets_nothing(content: bytes, write: Write, read: Load) -> None:
    write(content)
    assert read().log.level == "info"


def test_a_file_from_another_system_is_read_with_right_lines(
    write: Write, refused: Refused
) -> None:
    write(b'\xef\xbb\xbf[log]\r\nlevel = "debug"\r\n\r\nformat = "xml"\r\n')
    assert refused() == ['rotation.toml:4: log.format is "xml"; it may be "console" or "json"']


def test_lines_are_counted_through_texts_and_lists_of_many_lines(
    write: Write, refused: Refused
) -> None:
    write(
        'schedules = """\nin\n[log]\nformat = 1"""\n'
        '[alerts]\ncommand = [\n  "tell",\n  "ops",\n]\nrepeat = "never"\n'
        'log.x.y = 1\n["accounts" . "m\\u0061in"]\n"drip" = 0\ninstance_id = "A"\n'
    )
    assert refused() == [
        "rotation.toml:13: accounts.main.drip is 0; it may be a whole number from 1 to 30",
        (
            'rotation.toml:10: alerts.repeat is "never"; it may be a length of time like "5 min", '
            "up to 24 h"
        ),
        "rotation.toml:11: alerts.log is not a setting",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"log = \nx = 1", "rotation.toml:1:7: is not valid TOML: Invalid value"),
        (b"a = 1\na = 2\n", "rotation.toml:2:6: is not valid TOML: Cannot overwrite a value"),
        (b"a = '\xff'", "rotation.toml: is not text in UTF-8"),
        (b"a = " + b"[" * 20_000, "rotation.toml: is nested too deeply"),
        (
            b"#" * (1 << 16) + b"\n",
            "rotation.toml: is larger than 64 KiB, so it is no settings file",
        ),
    ],
)
def test_a_file_that_is_no_settings_file_says_why(
    content: bytes, problem: str, write: Write, refused: Refused
) -> None:
    write(content)
    assert refused() == [problem]


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "rotation.toml").mkdir()
    assert refused() == ["rotation.toml: is not a file"]


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path, refused: Refused) -> None:
    absent = "can't be read: no such file or directory"
    assert refused(config=Path("no.toml")) == [f"no.toml: {absent}"]
    assert refused({"ROTATION_CONFIG": "/nowhere/r.toml"}) == [f"/nowhere/r.toml: {absent}"]
    (tmp_path / "rotation.toml").symlink_to("gone")
    assert refused() == [f"rotation.toml: {absent}"]


def test_a_file_others_may_change_is_a_warning(write: Write, read: Load) -> None:
    path = write("", mode=0o666)
    assert read().warnings == (f"{path} can be changed by others (mode 0666): chmod 600 {path}",)
    path.chmod(0o644)
    assert read().warnings == ()


def test_reading_the_same_again_gives_equal_settings(write: Write, tmp_path: Path) -> None:
    write("t0ken-1", "token")
    write('[accounts.main]\ninstance_id = "A1"\ntoken_file = "token"')
    first, second = load({}, folder=tmp_path), load({}, folder=tmp_path)
    assert first == second
    write('# moved down\n[accounts.main]\ninstance_id = "A1"\ntoken_file = "token"')
    assert load({}, folder=tmp_path) == first
    write("t0ken-2", "token")
    assert load({}, folder=tmp_path) != second


def test_no_errors_come_without_a_place(refused: Refused, write: Write) -> None:
    write("x = 1\n[accounts]\nmain = 3\n[log]\nlevel = 3\n")
    with pytest.raises(SettingsErrors) as caught:
        load({"ROTATION_Y": "1"}, config=write("x = 1", "o.toml"), folder=Path("/"))
    assert all(error.place for error in caught.value.errors)
    assert all(line.startswith(("rotation.toml:", "ROTATION_")) for line in refused())
