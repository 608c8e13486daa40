"""The same founding, seed and calls give the same world, byte for byte."""

import os
import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import NoAnswer

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


PEOPLE = ("+351900000001", "+351900000002", "+351900000003", "+15550100002")
FAULTS = [
    {"fault": "timeout_after", "chance": 0.2},
    {"fault": "late", "chance": 0.2, "delay": 45},
    {"fault": "half_list", "chance": 0.2},
    {"fault": "slow", "chance": 0.3, "slow": 2},
]


def history(play: Make, seed: int) -> tuple[list[bytes], str, object]:
    world = {"faults": FAULTS, "settings": {"re_adding_chance": 0.5}}
    a_world, choices = play(seed=seed, **world), Random(7)
    heard = []
    for _ in range(200):
        what = choices.choice((a_world.add, a_world.remove))
        try:
            heard.append(what(choices.choice(PEOPLE)).body)
            heard.append(a_world.read().body)
        except NoAnswer as silence:
            heard.append(repr(silence).encode())
        a_world.wait(choices.random() * 30)
    return heard, a_world.world.trace, a_world.verdict


def test_the_same_seed_gives_the_same_history(play: Make) -> None:
    assert history(play, 1) == history(play, 1)
    assert history(play, 1)[1] != history(play, 2)[1]


SCRIPT = """
import json
from datetime import UTC, datetime
from rotation.sandbox import Request, SteppedClock, World
from rotation.sandbox.example import ACCOUNT, SMALL, example_world
world = World.from_dict(example_world(SMALL), clock=SteppedClock(datetime(2026, 1, 5, tzinfo=UTC)))
headers = {"access-token": ACCOUNT["token"], "X-Instance-ID": ACCOUNT["instance_id"]}
for target in ("/v2/groups", "/v2/lids", "/sandbox/state"):
    print(world.handle(Request.to("GET", target, headers)).body.decode())
print(world.trace)
"""


@pytest.mark.process
def test_pythons_own_hash_seed_changes_nothing() -> None:
    def printed(seed: str) -> bytes:
        env = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, check=True, capture_output=True
        ).stdout

    assert printed("1") == printed("2")
