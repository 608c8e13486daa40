"""The web in the daemon: there while it runs, kept to itself, and never in the way of the watch."""

import http.client
import socket
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
ANY_PORT = {"ROTATION_WEB__LISTEN": "127.0.0.1:0"}
PATIENCE = 60.0


def place_of(daemon: Any) -> str:  # noqa: ANN401 - a Program of conftest
    return urlsplit(daemon.waits_for("the board is at")["url"]).netloc


def asked(place: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(place, timeout=PATIENCE)
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
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}
    waiting = socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2])))
    assert daemon.stop() == 0
    waiting.close()
    with socket.create_server(("127.0.0.1", int(place.rpartition(":")[2]))):
        pass


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "[", ""])
def test_a_page_elsewhere_that_points_its_name_here_gets_nothing(host: str, site: MakeSite) -> None:
    desk = site("07:50")
    place = place_of(desk.daemon(**ANY_PORT))
    assert asked(place, "/healthz", Host=host)[0] == 421
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
