"""What an operator is told about a wrong setting: where it is, what it is, what it may be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rotation.settings import Settings

Load = Callable[..., Settings]
Refused = Callable[..., list[str]]
Write = Callable[..., Path]

SERVER = "it may be an https address, or an http one on this machine (127.0.0.1)"
DRIP = "it may be a whole number from 1 to 30"
DATABASE = 'it may be "sqlite:///rotation.db" or "postgresql://user@host/name"'
COMMAND = 'it may be a list of texts: ["/usr/bin/notify", "--to", "ops"]'
ID = "the instance id that the provider's console shows"

WRONG_VALUES = {
    "drip = 0": f"drip is 0; {DRIP}",
    "drip = 31": f"drip is 31; {DRIP}",
    "drip = true": f"drip is true; {DRIP}",
    'drip = "8"': f'drip is "8"; {DRIP}',
    "drip = 8.0": f"drip is 8.0; {DRIP}",
    "drip = {a = 1}": f"drip is a table; {DRIP}",
    "drip = 2026-01-05": f'drip is "2026-01-05"; {DRIP}',
    "requests_per_minute = 4": "requests_per_minute is 4; it may be a whole number from 5 to 600",
    "changes_per_day = 0": "changes_per_day is 0; it may be a whole number from 1 to 100000",
    'provider = "WAWP"': 'provider is "WAWP"; it may be "wawp" or "sandbox"',
    'pace = "slow"': 'pace is "slow"; it may be "sliding" or "paced"',
    'credentials = "cookie"': 'credentials is "cookie"; it may be "body+header" or "header" or '
    '"bearer" or "query"',
    'deadline = "4 s"': 'deadline is "4 s"; it may be a length of time like "5 s", up to 25 s',
    "deadline = 26": 'deadline is 26; it may be a length of time like "5 s", up to 25 s',
    'deadline = "10"': 'deadline is "10"; it may be a length of time like "5 s", up to 25 s',
    'clock = "fast"': 'clock is "fast"; it may be "real" or "stepped"',
    'clock = "stepped"': 'clock is "stepped", which only an account of the sandbox can have',
    'instance_id = "A 1"': f'instance_id is "A 1"; it may be {ID}',
    'base_url = "api.wawp.net"': f'base_url is "api.wawp.net"; {SERVER}',
    'base_url = "http://api.wawp.net"': 'base_url is "http://api.wawp.net": a token may '
    f"only travel over https; {SERVER}",
    'base_url = "https://me:pass@api.wawp.net"': 'base_url is "https://***@api.wawp.net": a user '
    f"or password must not stand in an address; {SERVER}",
    'base_url = "https://api.wawp.net/?k=v"': 'base_url is "https://api.wawp.net/?***": leave out '
    f"what follows the ? or #; {SERVER}",
    'base_url = "https://api.wawp.net:x"': f'base_url is "https://api.wawp.net:x"; {SERVER}',
    'base_url = "https://10.0.0.7"': 'base_url is "https://10.0.0.7": it leads into a private '
    f"network; {SERVER}",
    "token_file = 3": "token_file is 3; it may be the path of a file",
    'token = "x"': "token must not stand in this file: put it into one of its own, mode 0600, and "
    'name that here: token_file = "secrets/token"',
    'tokn_file = "x"': "tokn_file is not a setting; did you mean token_file?",
    "zzz = 1": "zzz is not a setting",
}


@pytest.mark.parametrize("line", WRONG_VALUES)
def test_a_wrong_value_of_an_account_is_named_with_its_line(
    line: str, write: Write, refused: Refused
) -> None:
    rest = "" if line.startswith("instance_id") else 'instance_id = "A1"\n'
    write(f"[accounts.main]\n{rest}{line}\n")
    number = 2 + len(rest.splitlines())
    assert refused() == [f"rotation.toml:{number}: accounts.main.{WRONG_VALUES[line]}"]


OTHERS = {
    'database_url = "mysql://h/d"': f"rotation.toml:1: database_url can't be used; {DATABASE}",
    "database_url = 3": f"rotation.toml:1: database_url can't be used; {DATABASE}",
    'database_url = "sqlite://"': f"rotation.toml:1: database_url can't be used; {DATABASE}",
    'database_url = "sqlite:///:memory:"': "rotation.toml:1: database_url can't be used: name a "
    f"file, so that what was done is remembered; {DATABASE}",
    'database_url = "postgresql://h"': "rotation.toml:1: database_url can't be used: it names no "
    f"database; {DATABASE}",
    'database_url = "postgresql://h/d?password=x"': "rotation.toml:1: database_url can't be used: "
    f"put the password into database_password_file; {DATABASE}",
    'database_url = "postgresql://u:pw@h/d"': "rotation.toml:1: database_url must have no password "
    "in this file: name database_password_file",
    'database_password_file = "x"': "rotation.toml:1: database_password is set, but database_url "
    "names no user it could belong to",
    'schedules = ""': 'rotation.toml:1: schedules is ""; it may be the path of a folder',
    'keep = "89 days"': 'rotation.toml:1: keep is "89 days"; it may be a length of time like '
    '"90 days", up to 3650 days',
    "keep = 400": 'rotation.toml:1: keep is 400; it may be a length of time like "90 days", up to '
    "3650 days",
    '[leavers]\nurl = "http://hr.example.com/l.csv"': "rotation.toml:2: leavers.url is "
    f'"http://hr.example.com/l.csv": a token may only travel over https; {SERVER}',
    '[leavers]\nurl = "https://169.254.169.254/l.csv"': "rotation.toml:2: leavers.url is "
    f'"https://169.254.169.254/l.csv": it leads into a private network; {SERVER}',
    '[leavers]\nzone = "Lisbon"': 'rotation.toml:2: leavers.zone is "Lisbon": `Lisbon` is not a '
    'time zone. Did you mean Europe/Lisbon?; it may be a time zone like "Europe/Lisbon"',
    '[leavers]\ntoken_file = "x"': "rotation.toml:1: leavers.url is missing, and a token for it is "
    "there",
    '[calendars.x]\nevery = "15 min"': "rotation.toml:1: calendars.x.url is to be there, or "
    "address_file where it is a secret; just one of them",
    '[calendars.x]\nurl = "https://c.example.com/a"\nshifts = "night"': "rotation.toml:3: "
    'calendars.x.shifts is "night"; it may be a list of shifts as the roster calls them: ["late"]',
    "[calendars.X]\nurl = 'https://c.example.com/a'": "rotation.toml:1: calendars.X is no name "
    "for a calendar; it may be small letters, digits, - and _",
    "log = 3": "rotation.toml:1: log is a table: write [log] and its keys below it",
    "[[accounts]]": "rotation.toml:1: accounts is a table: write [accounts] and its keys below it",
    '[accounts.Main]\ninstance_id = "A"': "rotation.toml:1: accounts.Main is no name for an "
    "account; it may be small letters, digits, - and _",
    "[accounts.main]": f"rotation.toml:1: accounts.main.instance_id is missing; it is {ID}",
    '[alerts]\ncommand = "notify"': f'rotation.toml:2: alerts.command is "notify"; {COMMAND}',
    "[alerts]\ncommand = []": f"rotation.toml:2: alerts.command is []; {COMMAND}",
    '[alerts]\ncommand = ["a", 1]': f'rotation.toml:2: alerts.command is ["a", 1]; {COMMAND}',
    '[alerts]\nrepeat = "1 min"': 'rotation.toml:2: alerts.repeat is "1 min"; it may be a length '
    'of time like "5 min", up to 24 h',
    "[alerts]\nping_every = 5": "rotation.toml:2: alerts.ping_every is 5; it may be a length of "
    'time like "10 s", up to 1 h',
    '[log]\nlevel = "INFO"': 'rotation.toml:2: log.level is "INFO"; it may be "debug" or "info" or '
    '"warning" or "error"',
    "[log]\nlevle = 1": "rotation.toml:2: log.levle is not a setting; did you mean level?",
    "databse_url = 1": "rotation.toml:1: databse_url is not a setting; did you mean database_url?",
    "[account.main]": "rotation.toml:1: account is not a setting; did you mean accounts?",
}


@pytest.mark.parametrize("text", OTHERS)
def test_a_wrong_value_elsewhere_is_named_with_its_line(
    text: str, write: Write, refused: Refused
) -> None:
    write(text + "\n")
    assert refused() == [OTHERS[text]]


WRONG_VARIABLES = {
    ("ROTATION_DATABSE_URL", "x"): "ROTATION_DATABSE_URL: no such setting; did you mean "
    "ROTATION_DATABASE_URL?",
    ("ROTATION_LOG_LEVEL", "info"): "ROTATION_LOG_LEVEL: no such setting; did you mean "
    "ROTATION_LOG__LEVEL?",
    ("ROTATION_ACCOUNTS__MAIN__TOKN", "x"): "ROTATION_ACCOUNTS__MAIN__TOKN: no such setting; did "
    "you mean ROTATION_ACCOUNTS__MAIN__TOKEN?",
    (
        "ROTATION_ACCOUNTS__MAIN__DRIP",
        "many",
    ): f'ROTATION_ACCOUNTS__MAIN__DRIP: accounts.main.drip is "many"; {DRIP}',
    ("ROTATION_ACCOUNTS__MAIN__DRIP", "\u0664"): "ROTATION_ACCOUNTS__MAIN__DRIP: "
    f'accounts.main.drip is "\\u0664"; {DRIP}',
    ("ROTATION_ACCOUNTS__MAIN__TOKEN_FILE", "\0"): "ROTATION_ACCOUNTS__MAIN__TOKEN_FILE: "
    'accounts.main.token_file is "\\u0000"; it may be the path of a file',
    ("ROTATION_ACCOUNTS__MAIN__TOKEN", "two words"): "ROTATION_ACCOUNTS__MAIN__TOKEN: "
    "accounts.main.token has characters that can't be sent in a header",
    ("ROTATION_ALERTS__COMMAND", "tell 'ops"): "ROTATION_ALERTS__COMMAND: alerts.command is "
    f'"tell \'ops"; {COMMAND}',
    ("ROTATION_ALERTS__URL", "http://example.com/x"): "ROTATION_ALERTS__URL: alerts.url does not "
    "begin with https://",
    ("ROTATION_ALERTS__URL", "nonsense"): "ROTATION_ALERTS__URL: alerts.url is no https address",
    (
        "ROTATION_ALERTS__APPRISE",
        "slack",
    ): "ROTATION_ALERTS__APPRISE: alerts.apprise is not made of "
    "addresses like mailto://user:password@example.com",
    (
        "ROTATION_DATABASE_URL",
        "postgresql://:pw@/d",
    ): "ROTATION_DATABASE_URL: database_url can't be "
    f"used: a password needs a user and a host; {DATABASE}",
    ("ROTATION_ACCOUNTS__SPARE__DRIP", "8"): "ROTATION_ACCOUNTS__SPARE__DRIP: "
    f"accounts.spare.instance_id is missing; it is {ID}",
}


@pytest.mark.parametrize(("name", "text"), WRONG_VARIABLES)
def test_a_wrong_variable_is_named(name: str, text: str, write: Write, refused: Refused) -> None:
    write('[accounts.main]\ninstance_id = "A1"\n')
    assert refused({name: text}) == [WRONG_VARIABLES[name, text]]


def test_everything_that_is_wrong_is_told_at_once(write: Write, refused: Refused) -> None:
    write('[accounts.main]\ndrip = 99\npace = "slow"\n[log]\nfromat = "json"\n')
    told = refused({"ROTATION_LOG__LEVEL": "loud", "ROTATION_X": "1"}, need_secrets=True)
    assert [line.split(": ")[0] for line in told] == [
        "rotation.toml:1",  # the instance id
        "rotation.toml:2",
        "rotation.toml:3",
        "ROTATION_LOG__LEVEL",
        "rotation.toml:5",
        "ROTATION_X",
        "rotation.toml:1",  # the token
    ]


PRIVATE = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "localhost", "LOCALHOST.", "a.localhost"),
    *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1"),
    *("[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[ff02::1]"),
    *("metadata", "224.0.0.1"),
]


@pytest.mark.parametrize("host", PRIVATE)
@pytest.mark.parametrize("key", ["URL", "PING_URL"])
def test_an_alert_never_goes_to_this_machine_or_a_private_network(
    host: str, key: str, refused: Refused
) -> None:
    assert refused({f"ROTATION_ALERTS__{key}": f"https://{host}/x"}) == [
        (
            f"ROTATION_ALERTS__{key}: alerts.{key.lower()} leads to this machine or into a private "
            "network; use a command for that"
        )
    ]


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "[::1]:80"])
def test_a_provider_on_this_machine_may_speak_http(host: str, write: Write, read: Load) -> None:
    write(f'[accounts.main]\ninstance_id = "A"\nbase_url = "http://{host}/api/"')
    assert next(iter(read().accounts.values())).base_url == f"http://{host}/api"


def test_a_sandbox_is_on_this_machine_only(write: Write, refused: Refused) -> None:
    write('[accounts.main]\nprovider = "sandbox"\nbase_url = "https://api.wawp.net"')
    assert refused() == [
        (
            "rotation.toml:3: accounts.main.base_url leads off this machine, where no sandbox is; "
            "it may be http://127.0.0.1"
        )
    ]


def test_one_number_is_not_two_accounts(write: Write, refused: Refused) -> None:
    write('[accounts.a]\ninstance_id = "A1"\n[accounts.b]\ninstance_id = "A1"\n')
    assert refused() == [
        (
            "rotation.toml:4: accounts.b.instance_id is that of accounts.a too; one number is one "
            "account"
        )
    ]


def test_two_names_that_variables_cannot_tell_apart_are_refused(
    write: Write, refused: Refused
) -> None:
    write('[accounts.a-b]\ninstance_id = "A1"\n[accounts.a_b]\ninstance_id = "A2"\n')
    assert refused() == [
        "rotation.toml:3: accounts.a_b differs from another account only by - and _"
    ]


@pytest.mark.parametrize("drip", [4, 5, 10, 11])
def test_a_drip_outside_the_advice_is_allowed_with_a_warning(
    drip: int, write: Write, read: Load
) -> None:
    write(f'[accounts.main]\ninstance_id = "A1"\ndrip = {drip}\n')
    told = f"is {drip}; Wawp advises 5 to 10 a minute, so as not to be banned"
    warned = [] if 5 <= drip <= 10 else [f"rotation.toml:3: accounts.main.drip {told}"]
    assert list(read().warnings) == warned


def test_a_long_wrong_value_is_not_repeated_in_full(write: Write, refused: Refused) -> None:
    write(f'[log]\nlevel = "{"x" * 500}\\u001b[31m"')
    (line,) = refused()
    assert len(line) < 160
    assert line.isprintable()
