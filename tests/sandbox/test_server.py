"""The sandbox as a program: a port on this machine, held lines, webhooks, kill -9."""

import contextlib
import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.sandbox.example import ACCOUNT
from tests.answering import answering, body, gives
from tests.process.programs import Program
from tests.process.waiting import GENEROUS, in_time

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


pytestmark = pytest.mark.process

CHAT, BEN, AIKO = "120363041234567890@g.us", "+6591234567", "+819012345678"
HEADERS = {"access-token": ACCOUNT["token"], "X-Instance-ID": ACCOUNT["instance_id"]}


def seating(what: str, phone: str) -> tuple[str, str, str]:
    """A request that adds or removes somebody: method, target and body."""
    told = json.dumps({"participants": [{"id": f"{phone[1:]}@c.us"}]})
    return "POST", f"/v2/groups/{CHAT}/participants/{what}", told


class Sandbox:
    """A running sandbox."""

    def __init__(self, folder: Path, *options: object) -> None:
        self.program = Program(folder, "sandbox", "--port", "0", *map(str, options))
        in_time(lambda: self.said or not self.program.runs, "its first words")
        found = re.match(r"http://127\.0\.0\.1:(\d+) ", self.said)
        self.port = int(found[1]) if found else None

    @property
    def said(self) -> str:
        return "".join(self.program.out.lines)

    def call(self, method: str, target: str, body: object = None) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=GENEROUS)
        with contextlib.closing(connection):
            sent = body if body is None or isinstance(body, str) else json.dumps(body)
            connection.request(method, target, sent, HEADERS)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def seat(self, what: str, phone: str) -> tuple[int, Any]:
        return self.call(*seating(what, phone))

    def members(self) -> set[str]:
        return set(self.call("GET", "/sandbox/state")[1]["groups"][CHAT]["members"])

    def end(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.program.send(sign)
        return self.ends()

    def ends(self) -> tuple[int, str]:
        """The exit code and the words at the end, once it has ended."""
        return self.program.ends(), "".join(self.program.err.lines)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Make]:
    running = []

    def start(*options: object) -> Sandbox:
        found = Sandbox(tmp_path, *options)
        running.append(found)
        return found

    yield start
    for found in running:
        found.program.kill()


def test_it_serves_and_ends_cleanly_when_asked(sandbox: Make) -> None:
    program = sandbox("--engine", "gows")
    status, groups = program.call("GET", "/v2/groups")
    assert (status, groups[0]["JID"]) == (200, CHAT)
    assert program.seat("add", BEN)[0] == 200
    assert BEN in program.members()
    assert program.call("GET", "/sandbox/clock")[1]["mode"] == "real"
    assert program.end() == (0, "")


def test_a_held_line_keeps_nobody_else_waiting_and_does_not_stop_the_end(sandbox: Make) -> None:
    program = sandbox()
    held = {"fault": "timeout_after", "next": 1, "seconds": 100_000}
    program.call("POST", "/sandbox/faults", held)
    waiting = threading.Thread(target=_swallow, args=(program.seat, "remove", AIKO))
    waiting.start()
    while AIKO in program.members():
        pass
    assert waiting.is_alive()
    assert program.end() == (0, "")
    waiting.join(GENEROUS)
    assert not waiting.is_alive()


def test_a_caller_who_hangs_up_on_a_held_line_keeps_nobody_waiting(sandbox: Make) -> None:
    program = sandbox()
    held = {"fault": "timeout_after", "next": 1, "seconds": 100_000}
    program.call("POST", "/sandbox/faults", held)
    line = HTTPConnection("127.0.0.1", program.port, timeout=GENEROUS)
    line.request(*seating("remove", AIKO), HEADERS)
    while AIKO in program.members():
        pass
    line.close()
    assert program.seat("add", BEN)[0] == 200
    assert program.end() == (0, "")


def _swallow(call: Callable[..., object], *arguments: object) -> None:
    with contextlib.suppress(OSError, HTTPException, ValueError):
        call(*arguments)


def test_a_cut_line_is_cut_before_any_answer(sandbox: Make) -> None:
    program = sandbox()
    program.call("POST", "/sandbox/faults", {"fault": "reset_after", "next": 1})
    with pytest.raises((ConnectionError, HTTPException)):
        program.seat("add", BEN)
    assert BEN in program.members()


def test_a_stepped_world_survives_kill_9_and_its_participants_with_it(
    sandbox: Make, tmp_path: Path
) -> None:
    options = ("--stepped", "2026-01-05T08:00:00Z", "--state", tmp_path / "world.jsonl")
    program = sandbox(*options)
    boot = program.call("GET", "/sandbox/clock")[1]["boot"]
    program.call("POST", "/sandbox/faults", {"fault": "late", "delay": 120, "seconds": 20})
    with pytest.raises((ConnectionError, HTTPException)):
        program.seat("remove", AIKO)
    moved = program.call("POST", "/sandbox/clock", {"idle_until": "2026-01-05T08:01:00Z"})[1]
    assert moved["now"] == "2026-01-05T08:01:00+00:00"
    assert program.end(signal.SIGKILL)[0] == -signal.SIGKILL

    again = sandbox(*options)
    told = again.call("GET", "/sandbox/clock")[1]
    assert (told["now"], told["boot"]) == ("2026-01-05T08:01:00+00:00", boot)
    assert told["idle"] == {"daemon": "2026-01-05T08:01:00+00:00"}
    assert AIKO in again.members()
    idle = {"idle_until": "2026-01-05T09:00:00Z"}
    assert again.call("POST", "/sandbox/clock", idle)[1]["now"] == "2026-01-05T08:02:00+00:00"
    assert AIKO not in again.members()
    assert again.end() == (0, "")


def test_webhooks_have_arrived_before_a_stepped_clock_moves_on(sandbox: Make) -> None:
    got = []

    def answer(to: BaseHTTPRequestHandler) -> None:
        got.append(json.loads(body(to)))
        gives(to, 200)

    with answering(answer) as place:
        program = sandbox("--stepped", "2026-01-05T08:00:00Z")
        program.call("POST", "/v2/session/webhook", {"webhooks": [{"url": f"{place}/hooks"}]})
        program.seat("add", BEN)
        program.call("POST", "/sandbox/clock", {"idle_until": "2026-01-05T08:01:00Z"})
        assert [event["event"] for event in got] == ["group.v2.participants"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--stepped", "tomorrow"), "--stepped: tomorrow is not an instant such as 2026"),
        (("--stepped", "start"), "the world has no `starts`"),
        (("--engine", "typewriter"), "engine"),
        (("--world", "/no/such/file"), "/no/such/file"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(
    sandbox: Make, options: tuple[str, ...], complaint: str
) -> None:
    program = sandbox(*options)
    code, errors = program.ends()
    assert code in {2, 3}
    assert complaint in errors
    assert "Traceback" not in errors


def test_a_world_is_printed_to_begin_a_file_with(sandbox: Make, tmp_path: Path) -> None:
    printing = sandbox("--print", "--engine", "gows")
    assert printing.ends() == (0, "")
    printed = printing.said
    there = tmp_path / "world.json"
    there.write_text(printed)
    program = sandbox("--world", str(there))
    _, state = program.call("GET", "/sandbox/state")
    [account] = json.loads(printed)["accounts"]
    assert state["settings"]["engine"] == "gows"
    assert state["accounts"][0]["instance_id"] == account["instance_id"]


def test_a_port_that_is_taken_is_named(sandbox: Make) -> None:
    first = sandbox()
    second = sandbox("--port", first.port)
    code, errors = second.ends()
    assert (code, str(first.port) in errors) == (3, True)
