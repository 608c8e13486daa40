"""A world that is killed comes back as it was."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rotation.sandbox import GivenError, NoAnswer, Request, World
from rotation.sandbox.example import ACCOUNT, SMALL, example_world
from rotation.sandbox.journal import Founding, Journal, resume

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
CHAT = "120363041234567890@g.us"
HEADERS = {"access-token": ACCOUNT["token"], "x-instance-id": ACCOUNT["instance_id"]}
FAULTS = [{"fault": "timeout_after", "chance": 0.3}, {"fault": "late", "chance": 0.3}]


def now() -> datetime:
    return START + timedelta(hours=5)


def founding(*, stepped: bool = True, seed: int = 3) -> Founding:
    return Founding({**example_world(SMALL), "faults": FAULTS}, seed, stepped, START)


def ask(world: World, journal: Journal, method: str, target: str, body: object = None) -> bytes:
    sent = json.dumps(body).encode() if body is not None else b""
    request = Request.to(method, target, HEADERS, sent)
    journal.note(request, world.clock.now())
    try:
        return world.handle(request).body
    except NoAnswer:
        return b"-"


def some_history(world: World, journal: Journal, steps: int = 30) -> None:
    body = {"participants": [{"id": "6591234567@c.us"}]}
    for n in range(steps):
        ask(world, journal, "POST", f"/v2/groups/{CHAT}/participants/add", body)
        ask(world, journal, "POST", f"/v2/groups/{CHAT}/participants/remove", body)
        until = START + timedelta(minutes=n)
        ask(world, journal, "POST", "/sandbox/clock", {"idle_until": until.isoformat()})


def state(world: World) -> list[bytes]:
    return [
        world.handle(Request.to("GET", f"/sandbox/{what}")).body
        for what in ("state", "verdict", "clock", "log", "messages")
    ]


@pytest.mark.parametrize("stepped", [True, False])
def test_a_world_resumes_with_clock_dice_and_verdict(tmp_path: Path, *, stepped: bool) -> None:
    path = tmp_path / "world.jsonl"
    world, journal, was_there = resume(path, founding(stepped=stepped), now)
    assert not was_there
    some_history(world, journal)
    left = state(world)
    journal.close()
    again, journal, was_there = resume(path, founding(seed=99), now)
    assert was_there
    assert state(again) == left
    some_history(world, journal, 3)
    some_history(again, journal, 3)
    assert world.trace == again.trace
    journal.close()


def test_looking_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    world, journal, _ = resume(path, founding(), now)
    before = path.stat().st_size
    ask(world, journal, "GET", "/sandbox/state")
    assert path.stat().st_size == before
    journal.close()


def test_a_line_torn_by_a_kill_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    world, journal, _ = resume(path, founding(), now)
    some_history(world, journal, 2)
    left = state(world)
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"at": "2026-01-05T09')
    again, journal, _ = resume(path, founding(), now)
    assert state(again) == left
    journal.close()
    assert path.read_bytes() == whole


def test_two_sandboxes_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    _, journal, _ = resume(path, founding(), now)
    with pytest.raises(GivenError, match="another sandbox is running on this file"):
        resume(path, founding(), now)
    journal.close()


@pytest.mark.parametrize("text", ["buy milk\n", "buy milk", "{}\n"])
def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(GivenError, match="not a sandbox journal"):
        resume(path, founding(), now)
    assert path.read_text() == text
