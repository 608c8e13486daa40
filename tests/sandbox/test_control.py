"""The door for people and tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import GivenError, SteppedClock, World
from rotation.sandbox.example import SMALL, example_world, lid_of
from rotation.sandbox.given import read_file

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


CHAT, US, CREATOR, ANA, BEN = (
    "1000@g.us", "+15550100999", "+15550100001", "+351900000001", "+351900000002"
)  # fmt: skip


def test_people_and_groups_can_be_made_and_changed_while_it_runs(play: Make) -> None:
    a_world = play()
    a_world.call("POST", "/sandbox/people", {"phone": "+4915100000", "name": "Dora"})
    made = a_world.json(
        "POST", "/sandbox/groups", {"chat": "3000@g.us", "creator": CREATOR, "admins": [US]}
    )
    assert made["members"] == {US: "admin", CREATOR: "superadmin"}
    a_world.add("+4915100000", chat="3000@g.us")
    assert "+4915100000" in a_world.members("3000@g.us")
    a_world.call("POST", "/sandbox/people", {"phone": BEN, "privacy": "contacts"})
    assert json.loads(a_world.add(BEN).body)[0]["status"] == "403"


def test_the_log_goes_on_from_a_number(play: Make) -> None:
    a_world = play()
    a_world.read()
    a_world.add(BEN)
    [entry] = a_world.json("GET", "/sandbox/log?since=1")["entries"]
    assert entry == {
        "number": 2, "at": "2026-01-05T08:00:00+00:00", "kind": "add", "account": "A1",
        "chat": CHAT, "people": [BEN], "acted": True, "answer": "200", "fault": "",
    }  # fmt: skip


def test_all_there_is_can_be_asked_for(play: Make) -> None:
    a_world = play()
    told = a_world.json("GET", "/sandbox")
    assert "wrong_group" in told["faults"]
    assert "number_change" in told["deeds"]
    assert "members" in told["calls"]
    for line in told["there_is"]:
        method, path = line.split()
        if method == "GET":
            assert a_world.call(method, path).status == 200


def test_the_state_holds_no_token(play: Make) -> None:
    assert b"secret" not in play().call("GET", "/sandbox/state").body


def test_settings_change_one_at_a_time(play: Make) -> None:
    a_world = play(settings={"engine": "gows"})
    a_world.call("POST", "/sandbox/settings", {"latency": 1})
    changed = a_world.json("GET", "/sandbox/state")["settings"]
    assert (changed["engine"], changed["latency"]) == ("gows", 1)


def test_faults_are_listed_with_what_is_left_of_them_and_cleared(play: Make) -> None:
    a_world = play()
    a_world.fault("error_before", next=2)
    a_world.add(BEN)
    [fault] = a_world.json("GET", "/sandbox/faults")["faults"]
    assert (fault["answer"], fault["acts"], fault["left"]) == ("error", "no", 1)
    assert a_world.json("DELETE", "/sandbox/faults") == {"faults": []}


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "complaint"),
    [
        ("GET", "/sandbox/nothing", None, 404, "nothing at"),
        ("GET", "/sandbox/log?since=x", None, 400, "since"),
        ("POST", "/sandbox/people", {"phone": "3519"}, 400, "is not a phone number such as"),
        ("POST", "/sandbox/groups", {"chat": "acme", "creator": ANA}, 400, "is not a chat id"),
        ("POST", "/sandbox/groups/9@g.us/add", {"phone": ANA}, 400, "no group is called"),
        ("POST", f"/sandbox/groups/{CHAT}/hug", {"phone": ANA}, 400, "do"),
        ("POST", f"/sandbox/groups/{CHAT}/add", {}, 400, "phone is missing"),
        ("POST", "/sandbox/script", {"do": "number_change", "phone": ANA}, 400, "new_phone"),
        ("POST", "/sandbox/clock", {"idle_until": "soon"}, 400, "idle_until"),
        ("POST", "/sandbox/settings", [1], 400, "not a JSON object"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    play: Make, method: str, target: str, body: object, status: int, complaint: str
) -> None:
    answer = play().call(method, target, body)
    assert answer.status == status
    assert complaint in json.loads(answer.body)["error"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"accounts": []}, "accounts"),
        ({"groups": [{"chat": CHAT}]}, "groups.0.creator: Field required"),
        ({"hooks": {"B": []}}, "no account is called B"),
        ({"faults": [{"fault": "x"}]}, "no fault is called"),
        ({"weather": "fine"}, "weather"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused_with_its_place(
    play: Make, change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(GivenError, match=complaint):
        play(**change)


def test_an_example_world_is_whole(play: Make) -> None:
    world = example_world(
        {
            "account": {"phone": US},
            "groups": [{"chat": CHAT, "subject": "Acme", "members": [ANA]}],
            "people": [{"phone": BEN, "name": "Ben"}],
        }
    )
    a_world = World.from_dict(world, clock=SteppedClock(play().now))
    assert a_world.next_event_at is None
    [group] = world["groups"]
    assert group["admins"] == [US]
    people = {p["phone"]: p["lid"] for p in world["people"]}
    assert people[BEN] == lid_of(BEN)
    assert {ANA, BEN, group["creator"]} == set(people)


def test_the_small_example_stands_on_its_own() -> None:
    assert example_world(SMALL)["groups"]


def test_a_yaml_file_keeps_numbers_of_phones_as_text(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text("people: [{phone: +351900000001}]\nat: 2026-01-05T08:00:00Z\n")
    assert read_file(path) == {
        "people": [{"phone": "+351900000001"}], "at": "2026-01-05T08:00:00Z"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [("w.yaml", "a: [1"), ("w.json", "{"), ("w.yml", "a\t:")]
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(GivenError, match=name):
        read_file(path)
