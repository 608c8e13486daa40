"""What comes over the wire is one clear request or is refused, and nobody lets us wait."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from uvicorn.server import ServerState

from rotation.surfaces.web.serving import configured
from rotation.surfaces.web.wire import IDLE, LARGEST, MOST_HEADERS, PATIENCE, Wire

HEAD = b"Host: localhost\r\n"
LATER = b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n"
GENEROUS = 240.0
"""Real seconds anything may take on a busy machine; nothing is measured by them."""
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Place:
    """A server on this machine that tells what it was asked, in a loop of its own."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.state = ServerState()
        self.loop = asyncio.new_event_loop()
        self._goes_on = asyncio.Event()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.port: int = self.does(self._begin)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as apps take them
        request = Request(scope, receive)
        path = request.url.path
        self.asked.append(path)
        if path == "/waits":
            await self._goes_on.wait()
        try:
            body = await request.body() if path != "/early" else b""
        except ClientDisconnect:
            self.asked.append("gone")
            return
        said = f"{request.method} {path} {len(body)} {sorted(request.headers)}"
        answer: Response = PlainTextResponse(said)
        await answer(scope, receive, send)

    async def _begin(self) -> int:
        config = configured(self._app)
        self._server = await self.loop.create_server(
            lambda: Wire(config, self.state, {}, self.loop), "127.0.0.1", 0
        )
        return int(self._server.sockets[0].getsockname()[1])

    def does(self, what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it gives
        return asyncio.run_coroutine_threadsafe(what(), self.loop).result(GENEROUS)

    def goes_on(self) -> None:
        self.loop.call_soon_threadsafe(self._goes_on.set)

    def looks_in(self, seconds: float) -> None:
        """As it looks each second, so much later."""

        async def look() -> None:
            for connection in list(self.state.connections):
                assert isinstance(connection, Wire)
                connection.look(self.loop.time() + seconds)

        self.does(look)

    def until_heard(self, line: socket.socket, said: bytes, path: str) -> None:
        """Send it, and wait until the app was asked for a path."""
        line.sendall(said)
        while path not in self.asked:
            self.does(lambda: asyncio.sleep(0))

    def says(self, said: bytes) -> bytes:
        """All that comes back until the server ends the connection."""
        with closing(self.line()) as line:
            line.sendall(said)
            return rest(line)

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=GENEROUS)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self._server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


def rest(line: socket.socket) -> bytes:
    found = b""
    while part := line.recv(65536):
        found += part
    return found


def statuses(said: bytes) -> list[int]:
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture(scope="module")
def shared_place() -> Iterator[Place]:
    found = Place()
    yield found
    found.close()


@pytest.fixture
def place(shared_place: Place) -> Place:
    shared_place.asked.clear()
    shared_place._goes_on.clear()  # noqa: SLF001 - of this file
    return shared_place


def post(*headers: bytes, body: bytes = b"", version: bytes = b"1.1", first: bytes = HEAD) -> bytes:
    told = b"".join(header + b"\r\n" for header in headers)
    return b"POST / HTTP/" + version + b"\r\n" + first + told + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
UNCLEAR = {
    "two lengths": post(b"Content-Length: 4", b"Content-Length: 5", body=b"12345"),
    "two lengths in one": post(b"Content-Length: 4, 4", body=b"1234"),
    "a length with a sign": post(b"Content-Length: +4", body=b"1234"),
    "a length below nothing": post(b"Content-Length: -1"),
    "a length in another base": post(b"Content-Length: 0x4", body=b"1234"),
    "a length with no end": post(b"Content-Length: " + b"9" * 40),
    "a length and chunks": post(b"Content-Length: 4", CHUNKED, body=b"0\r\n\r\n" + LATER),
    "chunks and a length": post(CHUNKED, b"Content-Length: 4", body=b"0\r\n\r\n" + LATER),
    "chunks twice": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"),
    "chunks within something": post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunks that are none": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunks, and then not": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "nothing like chunks": post(b"Transfer-Encoding: identity", body=b"1234"),
    "chunks in 1.0": post(CHUNKED, body=b"0\r\n\r\n", version=b"1.0"),
    "a space before the colon": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "a header folded": post(b"X-A: b\r\n c", body=b""),
    "a header of no name": post(b": x"),
    "a name with a space": post(b"X A: b"),
    "a name beyond ASCII": post(b"X-\xc3\xa9: b"),
    "a zero byte in a value": post(b"X-A: b\0c"),
    "a bare CR in a value": post(b"X-A: b\rX-B: c"),
    "bare LF after the first line": b"GET / HTTP/1.1\nHost: x\n\n",
    "bare LF after a header": b"GET / HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n",
    "bare LF at the end": b"GET / HTTP/1.1\r\nHost: x\r\n\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": post(b"Host: other"),
    "two hosts in 1.0": post(b"Host: other", version=b"1.0"),
    "another version": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "an old version": b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no such method": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a small method": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a way through": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address beyond ASCII": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address with a space": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address of nothing": b"GET ? HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(range(64)),
    "noise": bytes(range(256)),
}  # fmt: skip
BAD_CHUNKS = {
    "of no size": b"\r\n", "of a size that is none": b"x\r\n", "of a size with a sign": b"-1\r\n",
    "of a size in words": b"0x4\r\n1234\r\n", "of a size beyond all": b"f" * 17 + b"\r\n",
    "with a space": b"4 \r\n1234\r\n", "with a bare LF": b"4\n1234\r\n",
    "with a bare LF in what they add": b"4;a\n1234\r\n", "longer than said": b"4\r\n12345\r\n",
    "with no end": b"4\r\n1234\n0\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("said", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_clearly_one_request_is_refused_and_nothing_after_it_is_heard(
    place: Place, said: bytes
) -> None:
    told = place.says(said + LATER)
    assert statuses(told) == [400]
    assert b"connection: close" in told
    assert place.asked == []


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS)
def test_bad_chunks_end_their_request_and_nothing_after_them_is_heard(
    place: Place, body: bytes
) -> None:
    told = place.says(post(CHUNKED, body=body + b"0\r\n\r\n" + LATER))
    assert statuses(told) == [400]
    assert "/later" not in place.asked


@pytest.mark.parametrize(
    "said",
    [
        b"GET /" + b"a" * LARGEST + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"a" * LARGEST + b"\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-Many: 1\r\n" * (MOST_HEADERS + 1) + HEAD + b"\r\n",
        b"GET / HTTP/1.1\r\nX-Never: " + b"a" * 40 * LARGEST,
        b"GET /" + b"a" * 40 * LARGEST,
    ],
    ids=["address", "header", "headers", "header without an end", "address without an end"],
)
def test_more_than_a_head_may_have_is_refused(place: Place, said: bytes) -> None:
    with closing(place.line()) as line:
        threading.Thread(target=_sent, args=(line, said), daemon=True).start()
        assert statuses(line.recv(65536)) == [431]
    assert place.asked == []


def _sent(line: socket.socket, said: bytes) -> None:
    try:
        line.sendall(said)
    except OSError:
        return  # nobody listens any more, as it should be


def test_a_head_is_long_and_comes_in_small_pieces(place: Place) -> None:
    said = b"GET /?" + b"a" * 8000 + b" HTTP/1.1\r\nX-Long: " + b"b" * 16_000 + b"\r\n" + HEAD
    with closing(place.line()) as line:
        for start in range(0, len(said), 1000):
            line.sendall(said[start : start + 1000])
        line.sendall(b"Connection: close\r\n\r\n")
        assert statuses(rest(line)) == [200]


def test_what_follows_a_body_is_no_header_of_it(place: Place) -> None:
    told = place.says(post(CHUNKED, body=b"4\r\n1234\r\n0\r\nX-Admin: yes\r\n\r\n") + LAST)
    assert statuses(told) == [200, 200]
    assert b"POST / 4 ['host', 'transfer-encoding']" in told


def test_questions_on_one_line_are_answered_in_their_order(place: Place) -> None:
    told = place.says(post(b"Content-Length: 3", body=b"abc") + LATER * 2 + LAST)
    assert statuses(told) == [200] * 4
    assert place.asked == ["/", "/later", "/later", "/last"]


def test_nothing_is_heard_after_a_question_that_ends_the_line(place: Place) -> None:
    told = place.says(post(b"Connection: close") + LATER)
    assert statuses(told) == [200]
    assert place.asked == ["/"]


def test_another_protocol_is_not_spoken_and_what_was_asked_is_answered(place: Place) -> None:
    told = place.says(post(b"Connection: Upgrade", b"Upgrade: h2c", body=LATER))
    assert statuses(told) == [200]
    assert place.asked == ["/"]


def test_nonsense_behind_a_question_leaves_its_answer_whole(place: Place) -> None:
    with closing(place.line()) as line:
        place.until_heard(line, b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n", "/waits")
        line.sendall(b"\0" * 100)
        place.goes_on()
        told = rest(line)
    assert statuses(told) == [200]
    assert b"connection: close" in told


def test_a_head_that_does_not_come_is_not_waited_for(place: Place) -> None:
    for begun in (b"", b"GET / HT", b"\r\n" * 10, LATER + b"GET / HTTP/1.1\r\nHost"):
        with closing(place.line()) as line:
            line.sendall(begun)
            place.until_heard(line, b"", "/later") if begun.startswith(LATER) else None
            place.says(LAST)  # so that what came before was read
            place.looks_in(PATIENCE / 2)
            if not begun.startswith(LATER):
                assert place.state.connections
            place.looks_in(PATIENCE + 1)
            assert statuses(rest(line)) in ([], [408], [200, 408])


def test_a_line_on_which_nobody_asks_for_more_is_kept_for_a_little(place: Place) -> None:
    with closing(place.line()) as line:
        line.sendall(LATER)
        assert statuses(line.recv(65536)) == [200]
        place.looks_in(IDLE / 2)
        line.sendall(LATER)
        assert statuses(line.recv(65536)) == [200]
        place.looks_in(IDLE + 1)
        assert line.recv(1) == b""


def test_an_answer_that_takes_long_is_waited_for(place: Place) -> None:
    with closing(place.line()) as line:
        place.until_heard(line, b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n", "/waits")
        place.looks_in(10 * PATIENCE)
        place.goes_on()
        assert statuses(line.recv(65536)) == [200]


def test_a_body_that_nobody_wanted_is_not_waited_for(place: Place) -> None:
    with closing(place.line()) as line:
        line.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nabc")
        assert statuses(line.recv(65536)) == [200]
        place.looks_in(PATIENCE + 1)
        assert line.recv(1) == b""


def test_whoever_hangs_up_is_asked_nothing_more(place: Place) -> None:
    with closing(place.line()) as line:
        place.until_heard(line, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", "/")
    while "gone" not in place.asked:
        place.does(lambda: asyncio.sleep(0))
