"""Events out, by the real daemon in real time: signed, in order, and through a kill."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ALWAYS = """\
shifts:
  always: {zone: UTC, hours: all day, everyone: [ana]}
groups:
  desk:
    {account: main, chat: 120363041234567001@g.us, shifts: [always], mode: managed}
"""
PATIENCE = 60.0


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
            assert self.turn.wait_for(until, PATIENCE)

    @property
    def records(self) -> list[int]:
        return [event["data"]["record"] for event in self.heard]


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    found = Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(found.takes({k.lower(): v for k, v in self.headers.items()}, body))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found, f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_receiver_hears_of_everything_in_order_through_trouble_and_a_kill(
    site: MakeSite, receiver: tuple[Receiver, str]
) -> None:
    (found, url), desk = receiver, site(None, ALWAYS)
    settings = (desk.folder / "rotation.toml").read_text()
    desk.write("rotation.toml", f'{settings}\n[events.crm]\nurl = "{url}"\n')
    how = {"ROTATION_EVENTS__CRM__SECRET": SECRET, "ROTATION_WEB__LISTEN": "off"}
    found.status = 503
    daemon = desk.daemon(**how)
    daemon.waits_for("events are not taken")
    found.status = 204
    found.waits(lambda: any(event["type"] == "member.added" for event in found.heard))
    daemon.kill()
    asked = ("desk", "--person", "ben", "--ticket", "T-1", "--reason", "helps", "--yes")
    given = desk.runs("grant", *asked, "--config", desk.config, **how)
    assert given.ends() == 0, given.err.lines
    again = desk.daemon(**how)
    found.waits(lambda: any(event["type"] == "record.granted" for event in found.heard))
    assert again.stop() == 0
    first = min(found.records)
    assert sorted(set(found.records)) == list(range(first, first + len(set(found.records))))
    assert found.records.index(max(found.records)) >= len(set(found.records)) - 1
    assert len(found.ids) - len(set(found.ids)) <= 20
    assert SECRET not in "".join([*daemon.err.lines, *again.err.lines])
