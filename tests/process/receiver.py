"""A system on this machine that is told of events, and checks that each is signed."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.answering import answering, body, gives, named
from tests.process.waiting import GENEROUS

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass
class Receiver:
    """A system on this machine that takes events, or answers `status`, or dies of them."""

    status: int = 204
    heard: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    refused: int = 0
    turn: threading.Condition = field(default_factory=threading.Condition)

    def takes(self, headers: dict[str, str], body: bytes) -> int:
        stamp = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
        wanted = hmac.new(KEY, stamp + body, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
        with self.turn:
            if self.status >= 300:
                self.refused += 1
            else:
                self.heard.append(json.loads(body))
                self.ids.append(headers["webhook-id"])
            self.turn.notify_all()
            return self.status

    def waits(self, until: Callable[[], bool]) -> None:
        with self.turn:
            assert self.turn.wait_for(until, GENEROUS)

    @property
    def records(self) -> list[int]:
        return [event["data"]["record"] for event in self.heard]


@contextmanager
def receiving() -> Iterator[tuple[Receiver, str]]:
    """A receiver, and its address."""
    found = Receiver()

    def answer(to: BaseHTTPRequestHandler) -> None:
        told = body(to)
        gives(to, found.takes(named(to), told))

    with answering(answer) as place:
        yield found, f"{place}/hook"
