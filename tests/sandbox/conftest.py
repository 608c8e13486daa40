"""Builders: a world at 08:00, and somebody who calls it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import Request, Response, SteppedClock, World

CHAT = "1000@g.us"
OTHER = "2000@g.us"
US = "+15550100999"
CREATOR = "+15550100001"
CUSTOMER = "+15550100002"
ANA, BEN, CHEN = "+351900000001", "+351900000002", "+351900000003"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


Json: TypeAlias = Any
"""Whatever an answer holds; tests look into it freely."""


@dataclass
class Play:
    """A world and somebody who calls it."""

    world: World
    headers: Mapping[str, str]

    def call(self, method: str, target: str, body: object = None) -> Response:
        sent = b"" if body is None else json.dumps(body).encode()
        return self.world.handle(Request.to(method, target, self.headers, sent))

    def json(self, method: str, target: str, body: object = None) -> Json:
        return json.loads(self.call(method, target, body).body)

    def add(self, *phones: str, chat: str = CHAT) -> Response:
        return self._seats("participants/add", phones, chat)

    def remove(self, *phones: str, chat: str = CHAT) -> Response:
        return self._seats("participants/remove", phones, chat)

    def demote(self, *phones: str, chat: str = CHAT) -> Response:
        return self._seats("admin/demote", phones, chat)

    def promote(self, *phones: str, chat: str = CHAT) -> Response:
        return self._seats("admin/promote", phones, chat)

    def _seats(self, what: str, phones: tuple[str, ...], chat: str) -> Response:
        ids = [p if "@" in p else f"{p.removeprefix('+')}@c.us" for p in phones]
        body = {"participants": [{"id": id_} for id_ in ids]}
        return self.call("POST", f"/v2/groups/{chat}/{what}", body)

    def say(self, text: str, to: str = CHAT) -> Response:
        return self.call("POST", "/v2/send/text", {"chatId": to, "message": text})

    def read(self, chat: str = CHAT) -> Response:
        return self.call("GET", f"/v2/groups/{chat}/participants")

    def listed(self, chat: str = CHAT) -> set[str]:
        """Numbers in the list as the server shows it (any engine, groups addressed by number)."""
        return {_number(member) for member in json.loads(self.read(chat).body)}

    def members(self, chat: str = CHAT) -> set[str]:
        """Who is truly in the group."""
        return set(self.json("GET", "/sandbox/state")["groups"][chat]["members"])

    def deed(self, do: str, phone: str = "", chat: str = CHAT, **more: object) -> None:
        answer = self.call("POST", f"/sandbox/groups/{chat}/{do}", {"phone": phone, **more})
        assert answer.status == 200, answer.body

    def fault(self, name: str, **more: object) -> None:
        answer = self.call("POST", "/sandbox/faults", {"fault": name, **more})
        assert answer.status == 200, answer.body

    def wait(self, seconds: float) -> datetime:
        """Lets exactly this much world time pass."""
        until = self.now + timedelta(seconds=seconds)
        while (now := self.world.idle(until, "test")) < until:
            pass
        return now

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def log(self) -> Json:
        return self.json("GET", "/sandbox/log")["entries"]

    @property
    def counts(self) -> dict[str, int]:
        """The rules that were broken, and how often."""
        return {rule: count for rule, count in self.verdict["counts"].items() if count}

    @property
    def verdict(self) -> Json:
        return self.json("GET", "/sandbox/verdict")


def _number(member: Json) -> str:
    id_ = member.get("JID") or member["id"]
    text = id_["_serialized"] if isinstance(id_, dict) else id_
    return "+" + text.partition("@")[0]


MakePlay: TypeAlias = Callable[..., Play]


def founding(**more: object) -> dict[str, Any]:
    return {
        "accounts": [{"instance_id": "A1", "token": "secret", "phone": US, "lid": "900"}],
        "people": [
            {"phone": CREATOR, "name": "Acme"},
            {"phone": CUSTOMER, "name": "Acme Two"},
            {"phone": ANA, "name": "Ana", "lid": "901"},
            {"phone": BEN, "name": "Ben", "lid": "902"},
            {"phone": CHEN, "name": "Chen", "lid": "903"},
        ],
        "groups": [
            {
                "chat": CHAT,
                "subject": "Acme VIP",
                "creator": CREATOR,
                "admins": [US],
                "members": [CUSTOMER, ANA],
            },
            {"chat": OTHER, "creator": CREATOR, "admins": [US], "members": [CHEN]},
        ],
        **more,
    }


@pytest.fixture
def play() -> MakePlay:
    """A world at 08:00: Ana is in the group, Ben and Chen could come. Words change the world."""

    def make(*, seed: int = 0, starts: datetime = START, **more: object) -> Play:
        world = World.from_dict(founding(**more), clock=SteppedClock(starts), seed=seed)
        return Play(world, {"access-token": "secret", "X-Instance-ID": "A1"})

    return make
