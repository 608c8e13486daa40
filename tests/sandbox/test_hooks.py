"""Webhooks: what they say, for whom, and how they are signed."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pytest

from rotation.sandbox.hooks import Delivery, signature
from rotation.sandbox.postman import is_this_machine

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


CHAT, ANA, BEN = "1000@g.us", "+351900000001", "+351900000002"
HOOK = {"url": "http://127.0.0.1:9/hooks", "secret": "key"}


def bodies(outbox: Iterable[Delivery]) -> list[dict[str, Any]]:
    return [json.loads(sent.body) for sent in outbox]


def test_the_signature_is_the_one_the_engines_document() -> None:
    body = b'{"event":"message","session":"default","engine":"WEBJS"}'
    assert signature("my-secret-key", body) == (
        "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
        "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
    )


def test_a_membership_change_is_told_signed_and_in_the_engines_shape(play: Make) -> None:
    a_world = play(hooks={"A1": [HOOK]})
    a_world.add(BEN)
    [sent] = a_world.world.outbox
    body = json.loads(sent.body)
    assert sent.headers["x-webhook-hmac"] == signature("key", sent.body)
    assert sent.headers["x-webhook-hmac-algorithm"] == "sha512"
    assert (body["event"], body["session"], body["engine"]) == (
        "group.v2.participants", "A1", "NOWEB"
    )  # fmt: skip
    assert body["payload"] == {
        "type": "join",
        "timestamp": 1767600000000,
        "group": {"id": CHAT},
        "participants": [
            {"id": "351900000002@c.us", "pn": "351900000002@c.us", "role": "participant"}
        ],
        "_data": {},
    }


def test_wawps_own_pages_have_another_shape(play: Make) -> None:
    a_world = play(settings={"engine": "wawp"}, hooks={"A1": [HOOK]})
    a_world.remove(ANA)
    assert bodies(a_world.world.outbox)[0]["payload"] == {
        "chatId": CHAT, "action": "leave", "participants": {"0": "351900000001@c.us"}
    }  # fmt: skip


def test_messages_of_people_and_sessions_are_told(play: Make) -> None:
    a_world = play(hooks={"A1": [HOOK]})
    a_world.deed("say", ANA, text="good morning")
    a_world.call("POST", "/sandbox/script", {"do": "session", "status": "FAILED"})
    said, dropped = bodies(a_world.world.outbox)
    assert (said["event"], said["payload"]["body"], said["payload"]["participant"]) == (
        "message", "good morning", "351900000001@c.us"
    )  # fmt: skip
    assert (dropped["event"], dropped["payload"]["status"]) == ("session.status", "FAILED")


def test_hooks_are_set_over_the_api_and_replace_those_before(play: Make) -> None:
    a_world = play(hooks={"A1": [HOOK]})
    hook = {"url": "http://127.0.0.1:9/new", "events": ["message"], "is_active": 1}
    answer = a_world.json("POST", "/v2/session/webhook", {"webhooks": [hook]})
    assert answer == a_world.json("GET", "/v2/session/webhook")
    a_world.add(BEN)
    assert not a_world.world.outbox
    a_world.deed("say", ANA, text="hi")
    [sent] = a_world.world.outbox
    assert sent.url == "http://127.0.0.1:9/new"
    assert "x-webhook-hmac" not in sent.headers


def test_webhooks_can_be_lost_or_doubled(play: Make) -> None:
    lost = play(settings={"hooks_lost": 1}, hooks={"A1": [HOOK]})
    lost.add(BEN)
    assert not lost.world.outbox
    doubled = play(settings={"hooks_doubled": 1}, hooks={"A1": [HOOK]})
    doubled.add(BEN)
    first, second = doubled.world.outbox
    assert first == second


def test_the_account_is_told_of_its_own_removal_but_not_of_what_comes_after(play: Make) -> None:
    a_world = play(hooks={"A1": [HOOK]})
    a_world.deed("remove", "us")
    a_world.deed("add", BEN)
    assert [b["payload"]["type"] for b in bodies(a_world.world.outbox)] == ["leave"]


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False),
     ("example.com", False), ("127.0.0.1.example.com", False)],
)  # fmt: skip
def test_webhooks_stay_on_this_machine(host: str, *, here: bool) -> None:
    assert is_this_machine(host) is here
