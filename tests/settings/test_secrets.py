"""Secrets: where they may come from, and that nothing shows them."""

import copy
import dataclasses
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.roster import AccountId
from rotation.settings import Secret, Settings, SettingsErrors

Load = Callable[..., Settings]
Refused = Callable[..., list[str]]
Write = Callable[..., Path]

CANARY = "canary-7f3a+9/=~"
ACCOUNT = '[accounts.main]\ninstance_id = "A1"\n'
LINES = "has more than one line, or characters that can't be printed"
NO_HEADER = "has characters that can't be sent in a header"
VARIABLE = "ROTATION_ACCOUNTS__MAIN__TOKEN"


def token(settings: Settings) -> str:
    return settings.accounts[AccountId("main")].token.reveal()


def source(settings: Settings, key: str) -> str:
    return next(e.source for e in settings.explain() if e.key == key)


@pytest.fixture
def credentials(tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Passes a systemd credential and returns the environment that says so."""

    def give(name: str, text: str) -> dict[str, str]:
        folder = tmp_path / "credentials"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o400)
        return {"CREDENTIALS_DIRECTORY": str(folder)}

    return give


def test_a_token_is_taken_from_the_file_that_is_named(write: Write, read: Load) -> None:
    file = write(f"{CANARY}\n", "secrets/main")
    write(f'{ACCOUNT}token_file = "secrets/main"')
    settings = read(need_secrets=True)
    assert token(settings) == CANARY
    assert source(settings, "accounts.main.token") == f"{file} (rotation.toml:3)"


def test_a_systemd_credential_is_called_like_the_key(
    write: Write, read: Load, credentials: Callable[[str, str], dict[str, str]]
) -> None:
    write("from file", "t")
    write(f'{ACCOUNT}token_file = "t"')
    settings = read(credentials("accounts.main.token", CANARY), need_secrets=True)
    assert token(settings) == CANARY
    assert source(settings, "accounts.main.token").endswith(
        "/credentials/accounts.main.token (systemd credential)"
    )


def test_a_variable_wins_over_credential_and_file(
    write: Write, read: Load, credentials: Callable[[str, str], dict[str, str]]
) -> None:
    write(ACCOUNT)
    passed = credentials("accounts.main.token", "passed")
    assert token(read(passed | {VARIABLE: CANARY}, need_secrets=True)) == CANARY
    write(CANARY, "other")
    assert token(read(passed | {f"{VARIABLE}_FILE": "other"}, need_secrets=True)) == CANARY


def test_a_token_given_twice_by_variables_is_refused(write: Write, refused: Refused) -> None:
    write(ACCOUNT)
    write(CANARY, "other")
    told = refused({VARIABLE: "x", f"{VARIABLE}_FILE": "other"})
    assert told == [f"{VARIABLE}: {VARIABLE}_FILE is set as well; unset one of them"]


def test_a_token_nobody_gave_says_how_to_give_it(
    write: Write, read: Load, refused: Refused
) -> None:
    write(ACCOUNT)
    told = (
        "rotation.toml:1: accounts.main.token is missing; name its file in token_file, pass a "
        f"systemd credential called accounts.main.token, or set {VARIABLE}"
    )
    assert refused(need_secrets=True) == [told]
    with pytest.raises(SettingsErrors) as caught:
        token(read(need_secrets=False))
    assert str(caught.value) == told


def test_the_sandbox_needs_no_token(write: Write, read: Load) -> None:
    write('[accounts.main]\nprovider = "sandbox"')
    assert token(read(need_secrets=True))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "can't be taken from {}, which is empty"),
        (b" \n\n", "can't be taken from {}, which is empty"),
        (b"one\ntwo\n", f"can't be taken from {{}}, which {LINES}"),
        ("schlüssel".encode(), f"can't be taken from {{}}, which {NO_HEADER}"),
        (b"\xff\xfe", "can't be {}, which is not text in UTF-8"),
        (b"x" * 4097, "can't be {}, which is larger than 4096 bytes"),
    ],
)
def test_a_file_without_a_secret_in_it_says_why(
    content: bytes, problem: str, write: Write, refused: Refused
) -> None:
    file = write(content, "token")
    write(f'{ACCOUNT}token_file = "token"')
    assert refused(need_secrets=True) == [
        f"rotation.toml:3: accounts.main.token {problem.format(file)}"
    ]


def test_a_secret_file_that_is_absent_or_a_folder_is_named(
    tmp_path: Path, write: Write, refused: Refused
) -> None:
    write(f'{ACCOUNT}token_file = "token"')
    where = f"rotation.toml:3: accounts.main.token can't be read from {tmp_path}/token"
    assert refused(need_secrets=True) == [f"{where}: no such file or directory"]
    (tmp_path / "token").mkdir()
    assert refused(need_secrets=True) == [f"{where}: it is not a file"]


@pytest.fixture
def powerless() -> Iterator[None]:
    """For as long as a test runs, even root is nobody: a file's mode means something."""
    mine, nobody = os.geteuid(), 65534
    if mine == 0:
        os.seteuid(nobody)
    yield
    os.seteuid(mine)


def test_what_may_not_be_read_is_named(
    write: Write, refused: Refused, request: pytest.FixtureRequest
) -> None:
    secret = write(CANARY, "closed/token")
    config = write("", "closed/rotation.toml")
    config.parent.chmod(0o000)
    request.addfinalizer(lambda: config.parent.chmod(0o700))
    request.getfixturevalue("powerless")
    denied = "permission denied"
    assert refused(config=config) == [f"closed/rotation.toml: can't be read: {denied}"]
    problem = Secret.at(secret, "token", "here").problem()
    assert str(problem) == f"here: token can't be read from {secret}: {denied}"


def test_a_byte_order_mark_and_a_foreign_line_end_are_no_part_of_a_secret(
    write: Write, read: Load
) -> None:
    write(b"\xef\xbb\xbf" + CANARY.encode() + b"\r\n", "token")
    write(f'{ACCOUNT}token_file = "token"')
    assert token(read(need_secrets=True)) == CANARY


@pytest.mark.parametrize(
    ("mode", "what"),
    [
        (0o600, ""),
        (0o400, ""),
        (0o640, ""),
        (0o644, "read"),
        (0o660, "changed"),
        (0o602, "changed"),
    ],
)
def test_a_secret_file_open_to_others_is_a_warning(
    mode: int, what: str, write: Write, read: Load
) -> None:
    file = write(CANARY, "token", mode=mode)
    write(f'{ACCOUNT}token_file = "token"')
    told = f"{file} can be {what} by others (mode {mode:04o}): chmod 600 {file}"
    assert read(need_secrets=True).warnings == ((told,) if what else ())


@pytest.mark.promise("F6")
def test_a_rotated_token_file_takes_effect_without_a_reload(write: Write, read: Load) -> None:
    write("first", "token")
    write(f'{ACCOUNT}token_file = "token"')
    secret = read(need_secrets=True).accounts[AccountId("main")].token
    assert secret.reveal() == "first"
    write("next!", "new").replace(write("x", "token"))
    assert secret.reveal() == "next!"
    write("third-in-place", "token")
    assert secret.reveal() == "third-in-place"


def test_while_a_secret_file_is_being_replaced_the_last_good_value_stays(
    write: Write, read: Load
) -> None:
    file = write("first", "token")
    write(f'{ACCOUNT}token_file = "token"')
    secret = read(need_secrets=True).accounts[AccountId("main")].token
    write("", "token")
    assert secret.reveal() == "first"
    assert secret.problem() is not None
    file.unlink()
    assert secret.reveal() == "first"
    write("second", "token")
    assert secret.reveal() == "second"
    assert secret.problem() is None


def test_a_database_password_is_taken_out_of_the_url(read: Load) -> None:
    database = read({"ROTATION_DATABASE_URL": "postgres://me:p%40s%2Fs@db:5433/led?a=b"}).database
    assert database.url == "postgresql://me@db:5433/led?a=b"
    assert database.reveal() == "postgresql://me:p%40s%2Fs@db:5433/led?a=b"
    assert "p%40s" not in repr(database)


def test_a_database_password_may_have_a_file_of_its_own(write: Write, read: Load) -> None:
    write("p@s/s", "pw")
    write('database_url = "postgresql://me@[::1]/led"\ndatabase_password_file = "pw"')
    assert read().database.reveal() == "postgresql://me:p%40s%2Fs@[::1]/led"
    assert read({"ROTATION_DATABASE_PASSWORD": "other"}).database.reveal().count("other") == 1


def test_a_database_password_given_twice_is_refused(refused: Refused) -> None:
    url = "postgresql://me:pw@db/led"
    told = refused({"ROTATION_DATABASE_URL": url, "ROTATION_DATABASE_PASSWORD": "other"})
    assert told == [
        "ROTATION_DATABASE_URL: database_url has a password, and database_password is set as well"
    ]


def test_an_alert_url_is_a_secret_of_which_the_host_may_be_shown(write: Write, read: Load) -> None:
    write(f"https://hooks.example.com/T0/{CANARY}?k=1", "hook")
    write('[alerts]\nurl_file = "hook"')
    settings = read(need_secrets=True)
    assert settings.alerts.url is not None
    assert settings.alerts.url.reveal().endswith("?k=1")
    (shown,) = [e.shown for e in settings.explain() if e.key == "alerts.url"]
    assert shown == "https://hooks.example.com/***"


def everything_shown(settings: Settings) -> str:
    every = [settings, settings.database, settings.alerts, *settings.accounts.values()]
    texts = [f(value) for value in every for f in (str, repr, format)]
    copied = [copy.deepcopy(settings.secrets), dataclasses.astuple(settings.alerts)]
    return "\n".join([*texts, repr(settings.explain()), repr(settings.warnings), repr(copied)])


def test_nothing_shows_a_secret(write: Write, read: Load) -> None:
    for name in ("token", "hook-secret", "password"):
        write(f"{CANARY}-{name}", name, mode=0o644)
    for name in ("alert", "ping"):
        write(f"https://example.com/{CANARY}", name, mode=0o644)
    write(
        'database_url = "postgresql://me@db/led"\ndatabase_password_file = "password"\n'
        f'{ACCOUNT}token_file = "token"\nwebhook_secret_file = "hook-secret"\n'
        '[alerts]\nurl_file = "alert"\nping_url_file = "ping"\n'
    )
    settings = read(need_secrets=True)
    assert len(settings.secrets) == 5
    assert all(CANARY in secret.reveal() for secret in settings.secrets)
    assert CANARY not in everything_shown(settings)


PLANTED = [
    f'{ACCOUNT}token = "{CANARY}"',
    f'{ACCOUNT}tokken = "{CANARY}"',
    f"{ACCOUNT}token = {CANARY}",
    f'[alerts]\nurl = "https://hooks.example.com/{CANARY}"',
    f'{ACCOUNT}base_url = "https://{CANARY}@api.wawp.net"',
    f'{ACCOUNT}base_url = "https://api.wawp.net?access_token={CANARY}"',
    f'database_url = "postgresql://me:{CANARY}@db/led"',
    f'database_url = "postgresql://me:{CANARY}"',
    f'database_url = "mysql://me:{CANARY}@db/led"',
    f'database_url = "postgresql://db/led?password={CANARY}"',
    f'database_password = "{CANARY}"',
]


@pytest.mark.parametrize("text", PLANTED)
def test_no_error_repeats_a_secret(text: str, write: Write, refused: Refused) -> None:
    write(text)
    assert CANARY not in "\n".join(refused(need_secrets=True))


@pytest.mark.parametrize("key", ["DATABASE_URL", "ALERTS__URL", "ACCOUNTS__MAIN__BASE_URL"])
def test_no_error_repeats_a_secret_from_a_variable(key: str, refused: Refused) -> None:
    told = refused({f"ROTATION_{key}": f"ftp://me:{CANARY}@h", "ROTATION_TOKENS": CANARY})
    assert len(told) > 1
    assert CANARY not in "\n".join(told)


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not written down"):
        pickle.dumps(Secret.of(CANARY, "k", "here"))


@given(value=st.text(min_size=4, max_size=40), around=st.text(max_size=20))
def test_scrubbing_leaves_no_trace_of_a_secret(value: str, around: str) -> None:
    try:
        secret = Secret.of(value, "k", "here")
    except ValueError:
        return
    known = secret.reveal()
    if len(known) >= 4 and known not in around + "***" + around:
        assert known not in secret.scrub(around + known + around)


def test_every_value_a_secret_ever_had_is_scrubbed(write: Write) -> None:
    secret = Secret.at(write("old-value", "token"), "k", "here")
    secret.reveal()
    write("new/value", "token")
    secret.reveal()
    text = "old-value new/value new%2Fvalue other"
    assert secret.scrub(text) == "*** *** *** other"
