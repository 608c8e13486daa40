"""Alerts and signs of life: one request, never an exception, never the URL in what is told."""

import json
from collections.abc import Callable

import httpx
import pytest

from rotation.core.outcome import Accepted, InDoubt
from rotation.providers.outward import LONGEST_ALERT, ping, post_alert

URL = "https://hooks.example.org/services/T0/secret-path"


def replying(status: int, requests: list[httpx.Request]) -> httpx.MockTransport:
    def serve(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status, headers={"Location": "https://evil.example"})

    return httpx.MockTransport(serve)


def test_an_alert_is_posted_as_text() -> None:
    requests: list[httpx.Request] = []
    outcome = post_alert(URL, "Nobody is on duty in acme", transport=replying(200, requests))
    assert outcome == Accepted("200")
    assert [(r.method, str(r.url), json.loads(r.content)) for r in requests] == [
        ("POST", URL, {"text": "Nobody is on duty in acme"})
    ]


def test_a_ping_is_a_get() -> None:
    requests: list[httpx.Request] = []
    assert ping(URL, transport=replying(204, requests)) == Accepted("204")
    assert [r.method for r in requests] == ["GET"]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500])
def test_anything_but_a_yes_is_told_without_the_url(status: int) -> None:
    requests: list[httpx.Request] = []
    outcome = post_alert(URL, "x", transport=replying(status, requests))
    assert outcome == InDoubt(f"the server answered {status}")
    assert len(requests) == 1


@pytest.mark.parametrize(
    "error", [httpx.ConnectError(URL), httpx.ReadTimeout(URL), OSError(URL), TimeoutError(URL)]
)
def test_a_failing_network_is_told_without_the_url(error: Exception) -> None:
    def serve(_: httpx.Request) -> httpx.Response:
        raise error

    for outcome in (
        ping(URL, transport=httpx.MockTransport(serve)),
        post_alert(URL, "x", transport=httpx.MockTransport(serve)),
    ):
        assert isinstance(outcome, InDoubt)
        assert "secret-path" not in outcome.detail


@pytest.mark.parametrize("url", ["", "hooks.example.org", "http://hooks.example.org/s", "\ud800"])
def test_a_url_that_cannot_be_used_is_told_and_not_raised(url: str) -> None:
    assert isinstance(ping(url), InDoubt)
    assert isinstance(post_alert(url, "x"), InDoubt)


def test_a_text_that_cannot_be_sent_as_it_is_is_mended_and_cut() -> None:
    requests: list[httpx.Request] = []
    post_alert(URL, "\ud800" + "x" * 9000, transport=replying(200, requests))
    text = json.loads(requests[0].content)["text"]
    assert (len(text), text[0]) == (LONGEST_ALERT, "?")


def test_a_real_alert_arrives(loopback: Callable[..., str]) -> None:
    got: list[bytes] = []

    def script(peer: object) -> None:
        got.append(peer.request())
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    assert post_alert(loopback(script) + "/hook?key=1", "hello") == Accepted("200")
    assert got[0].startswith(b"POST /hook?key=1 HTTP/1.1")
