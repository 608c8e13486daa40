"""The web in the daemon: there while it runs, kept to itself, and never in the way of the watch."""

import hashlib
import hmac
import http.client
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest

from tests.process.waiting import GENEROUS, in_time

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
ANY_PORT = {"ROTATION_WEB__LISTEN": "127.0.0.1:0"}


def place_of(daemon: Any) -> str:  # noqa: ANN401 - a process of the tests' own
    return urlsplit(daemon.waits_for("the board is at")["url"]).netloc


def asked(place: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(place, timeout=GENEROUS)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


def test_a_daemon_answers_while_it_works_and_lets_go_of_its_port(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon(**ANY_PORT)
    place = place_of(daemon)
    status, _, headers = asked(place, "/healthz")
    assert status == 200
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert asked(place, "/readyz")[0] == 200
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}
    told = asked(place, "/metrics")[1].splitlines()
    tried = 'rotation_attempts_total{account="main",kind="remove",outcome="accepted"}'
    assert any(row.startswith(tried) for row in told)
    assert 'rotation_seats{account="main",standing="in"} 1.0' in told
    waiting = socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2])))
    assert daemon.stop() == 0
    waiting.close()
    in_time(lambda: is_free(place), "its port is free, for us or whoever was given it for a moment")


def is_free(place: str) -> bool:
    with suppress(OSError), socket.create_server(("127.0.0.1", int(place.rpartition(":")[2]))):
        return True
    return False


def test_a_page_elsewhere_that_points_its_name_here_gets_nothing(site: MakeSite) -> None:
    desk = site("07:50")
    place = place_of(desk.daemon(**ANY_PORT))
    for host in ("evil.example", "127.0.0.1.evil.example:80", "[", ""):
        assert asked(place, "/healthz", Host=host)[0] == 421, host
    assert asked(place, "/healthz", Host="localhost:1234")[0] == 200


def test_an_address_that_is_taken_is_said_and_groups_are_handed_over_all_the_same(
    site: MakeSite,
) -> None:
    desk = site("07:50")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        daemon = desk.daemon(ROTATION_WEB__LISTEN=f"127.0.0.1:{taken.getsockname()[1]}")
        said = daemon.waits_for("nobody can open the board")
        assert "in use" in said["why"]
        desk.until("08:10", daemon)
        assert desk.world.inside() == {"ben"}
        assert daemon.stop() == 0


ALWAYS = """\
shifts:
  day: {zone: UTC, hours: all day, days: every day, everyone: [ben]}
groups:
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [day], mode: managed}
"""


def test_a_webhook_makes_the_daemon_look_soon_and_a_forged_one_does_nothing(site: MakeSite) -> None:
    desk, secret = site(None, ALWAYS), "h00k-" + "5ecret" * 6
    daemon = desk.daemon(ROTATION_ACCOUNTS__MAIN__WEBHOOK_SECRET=secret, **ANY_PORT)
    place = place_of(daemon)
    daemon.waits_for("added")
    told = {
        "id": "evt_1", "event": "group.v2.participants",
        "payload": {"group": {"id": "120363041234567001@g.us"}, "type": "leave",
                    "participants": [{"id": "6591234567@c.us"}]},
    }  # fmt: skip
    body = json.dumps(told).encode()
    desk.world.does("leave", chat="120363041234567001@g.us", phone="+6591234567")
    assert sent(place, "/hooks/main", body, "0" * 128) == 401
    assert sent(place, "/hooks/main/guessed", body, "") == 401
    assert sent(place, "/hooks/nobody", body, signed(secret, body)) == 404
    assert sent(place, "/hooks/main", b"x" * 70_000, "0" * 128) == 413
    assert sent(place, "/hooks/main", b"{", signed(secret, b"{")) == 400
    assert daemon.told("seen_out") == []
    assert sent(place, "/hooks/main", body, signed(secret, body)) == 202
    daemon.waits_for("seen_out")  # a sweep would have found it in a quarter of an hour
    daemon.waits_for("added", 2)
    assert secret not in "".join(daemon.err.lines)
    assert daemon.stop() == 0


def signed(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


def sent(place: str, path: str, body: bytes, signature: str) -> int:
    connection = http.client.HTTPConnection(place, timeout=GENEROUS)
    try:
        connection.request("POST", path, body, {"X-Webhook-Hmac": signature})
        return connection.getresponse().status
    finally:
        connection.close()
