"""Telling the outside: a real command gets the text and nothing else; failures are told."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psutil
import pytest

from rotation.core.outcome import Accepted, InDoubt
from rotation.providers import apprised
from rotation.settings import Alerts, Secret
from rotation.surfaces.outside import run, teller
from tests.answering import answering, body, gives

ENVIRON = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nowhere",
    "ROTATION_ACCOUNTS__MAIN__TOKEN": "canary",
    "DATABASE_PASSWORD": "canary",
    "CREDENTIALS_DIRECTORY": "/run/canary",
}
URL = Secret.of("https://hooks.example.com/T0/x", "alerts.url", "here")


@pytest.fixture
def heard(tmp_path: Path) -> tuple[tuple[str, ...], Callable[[], list[str]]]:
    """An alert command that keeps what it is given, and what it kept."""
    kept = tmp_path / "kept"
    code = (
        "import json, os, sys; open(sys.argv[1], 'w').write('\\0'.join("
        "[sys.argv[2], sys.stdin.read(), os.environ['ROTATION_ALERT'], "
        "json.dumps(sorted(os.environ))]))"
    )
    command = (sys.executable, "-I", "-c", code, str(kept), "$HOME; `false`")
    return command, lambda: kept.read_text().split("\0")


def post_to(posted: list[tuple[str, str]], outcome: Accepted | InDoubt) -> Callable[..., object]:
    def post(url: str, text: str) -> Accepted | InDoubt:
        posted.append((url, text))
        return outcome

    return post


def test_a_command_gets_the_text_as_input_and_as_a_variable_and_no_secret(
    heard: tuple[tuple[str, ...], Callable[[], list[str]]],
) -> None:
    command, kept = heard
    text = "acme-vip: nobody is on duty\nname someone, or set `uncovered: empty`"
    assert run(command, text, ENVIRON) is None
    argument, stdin, variable, names = kept()
    assert (argument, stdin, variable) == ("$HOME; `false`", text, text)
    assert set(json.loads(names)) - {"LC_CTYPE"} == {"HOME", "PATH", "ROTATION_ALERT"}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit('no network')", "ended with 1: no network"),
        ("import sys; print('x' * 9999); sys.exit(3)", f"ended with 3: {'x' * 299}"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9: no words"),
    ],
)
def test_a_command_that_fails_says_why(code: str, why: str) -> None:
    assert run((sys.executable, "-I", "-c", code), "text", ENVIRON) == why


def test_a_command_that_is_not_there_is_named() -> None:
    assert run(("/nowhere/notify",), "text", ENVIRON) == (
        "/nowhere/notify can't be started: No such file or directory"
    )


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    heard = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    script = f"exec 3>{alive}; sleep 600 & wait"
    told = run(("/bin/sh", "-c", script), "text", ENVIRON, timedelta(seconds=0.3))
    assert told == "did not end within 0.3 s"
    # The pipe ends for its reader once the last that could write to it, the child, is gone.
    os.set_blocking(heard, True)
    assert os.read(heard, 1) == b""
    os.close(heard)


def test_a_command_that_leaves_a_child_behind_has_told(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path / 'pid'}"
    assert run(("/bin/sh", "-c", script), "text", ENVIRON, timedelta(minutes=4)) is None
    psutil.Process(int((tmp_path / "pid").read_text())).kill()


def test_without_a_way_there_is_nobody_to_tell() -> None:
    assert teller(Alerts(), post_to([], Accepted()), ENVIRON) is None


def test_a_url_is_posted_to() -> None:
    posted: list[tuple[str, str]] = []
    tell = teller(Alerts(url=URL), post_to(posted, Accepted("200")), ENVIRON)
    assert tell
    assert tell("acme-vip is held")
    assert posted == [(URL.reveal(), "acme-vip is held")]


def test_somebody_reached_is_enough_and_nobody_reached_is_said() -> None:
    posted: list[tuple[str, str]] = []
    works, broken = post_to(posted, Accepted()), post_to(posted, InDoubt("timed out"))
    both = Alerts(command=("/nowhere/notify",), url=URL)
    for post, is_told in ((works, True), (broken, False)):
        tell = teller(both, post, ENVIRON)
        assert tell
        assert tell("text") is is_told


def test_a_url_that_can_no_longer_be_read_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    gone = Secret.at(tmp_path / "gone", "alerts.url", "rotation.toml:3")
    tell = teller(Alerts(url=gone), post_to([], Accepted()), ENVIRON)
    assert tell
    assert not tell("text")


@pytest.mark.promise("S14")
def test_what_leaves_the_house_has_no_number_and_no_control_characters_in_it() -> None:
    posted: list[tuple[str, str]] = []
    tell = teller(Alerts(url=URL), post_to(posted, Accepted()), ENVIRON)
    assert tell
    tell("Ben\x1b[2J\0 +351 91 234 5678\nsecond line" + "x" * 9999)
    ((_, text),) = posted
    assert text.startswith("Ben [2J  ***678\nsecond linexxx")
    assert len(text) == 4000


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A service on this machine that Apprise knows how to reach: its place, and what it took."""
    took: list[str] = []

    def answer(to: BaseHTTPRequestHandler) -> None:
        took.append(json.loads(body(to))["message"])
        gives(to, 200)

    with answering(answer) as place:
        yield place.removeprefix("http://"), took


def apprise(*urls: str) -> Alerts:
    return Alerts(apprise=Secret.of(" ".join(urls), "alerts.apprise", "here"))


NOBODY = "json://user:canary@127.0.0.1:9/"


@pytest.mark.process
def test_by_apprise_it_is_enough_that_one_service_takes_it_and_no_address_is_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with listening() as (place, took):
        tell = teller(apprise(f"json://user:canary@{place}/", NOBODY), _unasked, os.environ)
        assert tell is not None
        assert tell("acme: cover; call +351 91 234 5678")
    assert took == ["acme: cover; call ***678"]
    said = capsys.readouterr().out
    assert "number 2 did not take it" in said
    assert "canary" not in said


def test_apprise_says_which_address_did_not_take_it() -> None:
    asked = io.StringIO(json.dumps({"urls": [NOBODY, "nonsense://x"], "text": "hello"}))
    said = io.StringIO()
    assert apprised.main(asked, said) == apprised.NONE
    assert said.getvalue() == "of 2 addresses numbers 1, 2 did not take it\n"


def _unasked(_url: str, _text: str) -> Accepted | InDoubt:
    raise AssertionError("no URL is set")
