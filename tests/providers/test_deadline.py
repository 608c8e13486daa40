"""Against a real server: a call ends in time and in an outcome, whatever the server does."""

import socket
import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

import httpx
import pytest

from rotation.core.outcome import Accepted, InDoubt
from rotation.core.roster import ChatId
from rotation.providers import Address, Session
from rotation.providers.deadline import (
    BODY_CAP,
    DeadlineTransport,
    NameUnknown,
    checked_url,
    in_words,
)
from rotation.providers.sockets import Deadline, Network
from rotation.providers.wawp import Wawp


class Peer(Protocol):
    """The server's end of a connection."""

    sock: socket.socket
    over: threading.Event

    def request(self) -> bytes: ...
    def send(self, data: bytes) -> None: ...
    def drip(self, data: bytes) -> None: ...


Loopback: TypeAlias = Callable[[Callable[[Peer], None]], str]
Calling: TypeAlias = Callable[..., Wawp]

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}'
SHORT = 1.0
"""Real seconds that must pass; a stalled machine must not need as many to connect."""


def test_an_answer_is_read_over_a_real_connection(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)

    assert calling(loopback(script)).remove(chat, ana) == Accepted()


@pytest.mark.slow
@pytest.mark.promise("F15")
def test_a_head_dripped_byte_by_byte_cannot_outlast_the_deadline(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    padded = OK.replace(b"\r\n", b"\r\nX-Slow: " + b"z" * 400 + b"\r\n", 1)

    def script(peer: Peer) -> None:
        peer.request()
        peer.drip(padded)

    outcome = calling(loopback(script), SHORT).remove(chat, ana)
    assert outcome == InDoubt("no whole answer within the deadline")


@pytest.mark.slow
@pytest.mark.promise("F15")
def test_a_body_dripped_byte_by_byte_cannot_outlast_the_deadline(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n")
        peer.drip(b'{"ok":true}' + b" " * 389)

    outcome = calling(loopback(script), SHORT).remove(chat, ana)
    assert outcome == InDoubt("no whole answer within the deadline")


@pytest.mark.slow
def test_interim_answers_without_end_cannot_outlast_the_deadline(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        for _ in range(400):
            if peer.over.wait(0.02):
                return
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.send(OK)

    outcome = calling(loopback(script), SHORT).remove(chat, ana)
    assert outcome == InDoubt("no whole answer within the deadline")


@pytest.mark.slow
def test_a_server_that_reads_nothing_cannot_outlast_the_deadline(loopback: Loopback) -> None:
    def script(peer: Peer) -> None:
        peer.over.wait()

    request = httpx.Request("POST", loopback(script), content=b"x" * 30_000_000)
    transport = DeadlineTransport(SHORT)
    with pytest.raises(httpx.WriteTimeout):
        transport.handle_request(request)
    transport.close()


@pytest.mark.slow
def test_silence_is_in_doubt(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.over.wait()

    outcome = calling(loopback(script), SHORT).remove(chat, ana)
    assert outcome == InDoubt("no whole answer within the deadline")


@pytest.mark.slow
def test_a_tls_handshake_that_never_comes_cannot_outlast_the_deadline(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.over.wait()

    url = loopback(script).replace("http://", "https://")
    outcome = calling(url, SHORT).remove(chat, ana)
    assert outcome == InDoubt("no connection within the deadline; nothing was sent")


@pytest.mark.slow
@pytest.mark.promise("F15")
def test_a_tls_handshake_dripped_byte_by_byte_cannot_outlast_the_deadline(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.drip(b"\x16\x03\x03\x40\x00" + bytes(400))

    url = loopback(script).replace("http://", "https://")
    outcome = calling(url, SHORT).remove(chat, ana)
    assert outcome == InDoubt("no connection within the deadline; nothing was sent")


@pytest.mark.promise("F15")
def test_a_server_without_tls_is_not_spoken_to(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    seen: list[bytes] = []

    def script(peer: Peer) -> None:
        seen.append(peer.sock.recv(65536))
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    outcome = calling(loopback(script).replace("http://", "https://")).remove(chat, ana)
    assert outcome == InDoubt("no trusted TLS connection; nothing was sent")
    assert b"POST" not in b"".join(seen)


def test_a_refused_connection_says_that_nothing_was_sent(
    calling: Calling, chat: ChatId, ana: Address
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    outcome = calling(f"http://127.0.0.1:{port}").remove(chat, ana)
    assert outcome == InDoubt("could not connect; nothing was sent")


@pytest.mark.promise("F15")
def test_an_answer_over_the_cap_is_not_read_to_its_end(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    sent: list[int] = []

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
        for _ in range(900):
            peer.send(b"a" * 1_000_000)
            sent.append(1)

    outcome = calling(loopback(script)).remove(chat, ana)
    assert outcome == InDoubt("the answer is too long")
    assert len(sent) < 100


@pytest.mark.parametrize(("length", "words"), [(BODY_CAP, "Accepted"), (BODY_CAP + 1, "InDoubt")])
def test_the_cap_is_one_mebibyte_exactly(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address, length: int, words: str
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        body = b'{"ok":true}'.ljust(length)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body)

    assert type(calling(loopback(script)).remove(chat, ana)).__name__ == words


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ok"',
        b'HTTP/1.1 200 OK\r\n\r\n{"ok":',
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n{}",
        b"\x00" * 200_000,
    ],
)
def test_a_connection_cut_anywhere_is_in_doubt(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address, answer: bytes
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    assert isinstance(calling(loopback(script)).remove(chat, ana), InDoubt)


def test_a_connection_reset_is_in_doubt(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    assert isinstance(calling(loopback(script)).remove(chat, ana), InDoubt)


def test_a_whole_answer_counts_though_the_server_then_hangs_up(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    hung_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.sock.shutdown(socket.SHUT_WR)
        hung_up.set()
        peer.sock.recv(1)

    wawp = calling(loopback(script))
    assert wawp.remove(chat, ana) == Accepted()
    assert hung_up.wait(240)
    assert wawp.remove(chat, ana) == Accepted(), "on a new connection"


@pytest.mark.promise("F15")
def test_a_server_that_half_closes_before_answering_is_in_doubt(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.sock.shutdown(socket.SHUT_WR)
        peer.sock.recv(1)

    assert isinstance(calling(loopback(script)).remove(chat, ana), InDoubt)


def test_an_answer_given_before_the_request_was_read_is_heard(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(1)
        peer.send(b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.over.wait()

    assert "429" in calling(loopback(script)).remove(chat, ana).detail


@pytest.mark.promise("F15")
def test_a_redirect_is_not_followed(
    loopback: Loopback, calling: Calling, chat: ChatId, ana: Address
) -> None:
    visited = threading.Event()

    def elsewhere(peer: Peer) -> None:
        visited.set()

    target = loopback(elsewhere)

    def script(peer: Peer) -> None:
        peer.request()
        head = f"HTTP/1.1 307 Moved\r\nLocation: {target}/\r\nContent-Length: 0\r\n\r\n"
        peer.send(head.encode())

    outcome = calling(loopback(script)).remove(chat, ana)
    assert outcome == InDoubt("307: the server redirects elsewhere; check the account's base URL")
    assert not visited.is_set()


def test_calls_share_a_connection_and_no_cookies(loopback: Loopback, calling: Calling) -> None:
    connections: list[int] = []
    requests: list[bytes] = []

    def script(peer: Peer) -> None:
        connections.append(1)
        while request := peer.request():
            requests.append(request)
            body = b'{"status":"WORKING"}'
            head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: %d\r\n\r\n" % len(body)
            peer.send(head + body)

    wawp = calling(loopback(script))
    assert all(isinstance(wawp.session(), Session) for _ in range(3))
    assert (len(connections), len(requests)) == (1, 3)
    assert not any(b"cookie" in request.lower() for request in requests)


def test_a_late_call_does_not_shorten_the_next_one(loopback: Loopback) -> None:
    clock = [0.0]
    turns = iter([False, True])

    def script(peer: Peer) -> None:
        peer.request()
        if not next(turns):
            clock[0] += 100
            peer.send(OK[:20])
            peer.over.wait()
        peer.send(OK)

    transport = DeadlineTransport(60, monotonic=lambda: clock[0])
    request = httpx.Request("POST", loopback(script), content=b"{}")
    with pytest.raises(httpx.ReadTimeout):
        transport.handle_request(request)
    assert transport.handle_request(request).status_code == 200
    transport.close()


def test_nothing_is_sent_once_the_deadline_is_over(loopback: Loopback) -> None:
    reached = threading.Event()

    def script(peer: Peer) -> None:
        reached.set()

    ticks = iter([0.0, 100.0, 100.0, 100.0])
    transport = DeadlineTransport(5, monotonic=lambda: next(ticks))
    with pytest.raises(httpx.ConnectTimeout):
        transport.handle_request(httpx.Request("POST", loopback(script), content=b"{}"))
    assert not reached.is_set()
    transport.close()


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "10.0.0.7", "2130706433"]
)
def test_a_name_cannot_lead_into_a_private_network(host: str) -> None:
    transport = DeadlineTransport(1)
    with pytest.raises(NameUnknown):
        transport.handle_request(httpx.Request("GET", f"https://{host}/latest/meta-data"))
    transport.close()


OPEN, INSIDE = ("93.184.215.14", 443), ("169.254.169.254", 443)


class Rebound:
    """A name that leads outside at the first look and inside from then on, and who was called."""

    def __init__(self, *answers: list[tuple[str, int]]) -> None:
        self._answers = list(answers)
        self.looks = 0
        self.called: list[object] = []

    def network(self) -> Network:
        deadline = Deadline(lambda: 0.0)
        deadline.begin(5)
        return Network(deadline, self._look, self._connect)

    def _look(self, _host: str, _port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        found = self._answers[min(self.looks, len(self._answers) - 1)]
        self.looks += 1
        return [(socket.AF_INET, at) for at in found]

    def _connect(self, family: socket.AddressFamily, at: object, _seconds: float) -> socket.socket:
        self.called.append(at)
        return socket.socket(family)


def test_a_name_that_is_bound_anew_is_connected_to_as_it_was_checked() -> None:
    name = Rebound([OPEN], [INSIDE])
    name.network().connect_tcp("hooks.example.com", 443).close()
    assert (name.looks, name.called) == (1, [OPEN])
    with pytest.raises(NameUnknown):
        name.network().connect_tcp("hooks.example.com", 443)
    assert name.called == [OPEN]


def test_of_a_name_that_leads_outside_and_inside_at_once_only_the_outside_is_called() -> None:
    name = Rebound([INSIDE, OPEN, ("127.0.0.1", 443), ("::ffff:10.0.0.7", 443)])
    name.network().connect_tcp("hooks.example.com", 443).close()
    assert name.called == [OPEN]


@pytest.mark.promise("F15")
def test_a_name_that_does_not_exist_is_told(calling: Calling, chat: ChatId, ana: Address) -> None:
    outcome = calling("https://nowhere.invalid").remove(chat, ana)
    assert outcome == InDoubt("the server's name leads to no usable address; nothing was sent")


@pytest.mark.parametrize(
    "url",
    ["https://api.wawp.net", "https://host:8443/x", "http://127.0.0.1:1", "http://localhost/a",
     "http://[::1]:80"],
)  # fmt: skip
def test_secrets_may_go_over_tls_or_stay_on_this_machine(url: str) -> None:
    assert checked_url(url, "x").host


@pytest.mark.parametrize(
    "url",
    ["http://api.wawp.net", "http://10.0.0.7", "ftp://host", "api.wawp.net", "", "https://",
     "https://user:hunter2@host", "http://127.0.0.1.evil.example", "https://host:banana",
     "https://ho st", "https://host:99999", "x" * 70_000],
)  # fmt: skip
def test_secrets_go_nowhere_else_and_the_url_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="the base URL") as told:
        checked_url(url, "the base URL")
    assert "hunter2" not in str(told.value)
    assert "evil" not in str(told.value)


def test_a_librarys_message_is_never_what_is_told() -> None:
    assert "https://host?token=1" not in in_words(httpx.ConnectError("https://host?token=1"))
    assert in_words(RuntimeError("token")) == "the exchange failed"
