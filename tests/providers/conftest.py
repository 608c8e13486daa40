"""Builders: a Wawp whose server answers what a test says, and a real server on loopback."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from rotation.core.roster import ChatId, Phone
from rotation.providers import Address
from rotation.providers.wawp import Credentials, Endpoint, Wawp


class Hidden:
    """A secret as settings hand it out."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text


TOKEN = "cnry-Zq7/Kw+93bTx41mPv"  # noqa: S105 - a canary: it must never be seen again
INSTANCE = "9F3A7C21E8BD"
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
GENEROUS = 240.0
"""Real seconds anything may take on a busy machine; nothing is measured by them."""


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def instance() -> str:
    return INSTANCE


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def chat() -> ChatId:
    return ChatId("120363041234567890@g.us")


@pytest.fixture
def ana() -> Address:
    return Address(Phone("+351912345678"), "88880000111@lid")


@pytest.fixture
def credentials() -> Callable[[], Credentials]:
    return lambda: Credentials(INSTANCE, Hidden(TOKEN))


@dataclass
class Told:
    """What the server was sent, and the account that sent it."""

    wawp: Wawp
    requests: list[httpx.Request] = field(default_factory=list)

    @property
    def only(self) -> httpx.Request:
        (request,) = self.requests
        return request


@pytest.fixture
def answering(credentials: Callable[[], Credentials]) -> Callable[..., Told]:
    """A Wawp whose every call gets this status and body (JSON, or text or bytes as they are)."""

    def build(
        body: object = b"",
        status: int = 200,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        **wawp: object,
    ) -> Told:
        content = json.dumps(body).encode() if raw is None else raw
        requests: list[httpx.Request] = []

        def serve(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return httpx.Response(status, headers=headers, content=content)

        built = Wawp(credentials, lambda: NOW, transport=httpx.MockTransport(serve), **wawp)
        return Told(built, requests)

    return build


@pytest.fixture
def failing(credentials: Callable[[], Credentials]) -> Callable[[Exception], Wawp]:
    """A Wawp whose network raises `error`."""

    def build(error: Exception) -> Wawp:
        def serve(request: httpx.Request) -> httpx.Response:
            raise error

        return Wawp(credentials, lambda: NOW, transport=httpx.MockTransport(serve))

    return build


class Connection:
    """The server's end of a connection: a script reads requests from it and sends bytes."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self.sock = sock
        self.over = over

    def request(self) -> bytes:
        """The next whole request; empty when the client has hung up."""
        seen = b""
        while b"\r\n\r\n" not in seen:
            got = self.sock.recv(65536)
            if not got:
                return b""
            seen += got
        head, _, body = seen.partition(b"\r\n\r\n")
        lengths = [
            line.split(b":")[1]
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        while lengths and len(body) < int(lengths[0]):
            body += self.sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes) -> None:
        """One byte every 20 ms, until the test is over."""
        for byte in data:
            if self.over.wait(0.02):
                return
            self.send(bytes([byte]))


Script = Callable[[Connection], None]


class Loopback:
    """Servers on loopback; each of a server's connections runs its script."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._listeners: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __call__(self, script: Script) -> str:
        """Starts a server and gives its base URL."""
        listener = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(listener)
        self._start(lambda: self._accept(listener, script))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def close(self) -> None:
        self._over.set()
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join(timeout=GENEROUS)

    def _start(self, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, daemon=True))
        self._threads[-1].start()

    def _accept(self, listener: socket.socket, script: Script) -> None:
        while not self._over.is_set():
            try:
                sock, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            self._start(lambda sock=sock: self._run(sock, script))

    def _run(self, sock: socket.socket, script: Script) -> None:
        with sock:
            sock.settimeout(GENEROUS)
            try:
                script(Connection(sock, self._over))
            except OSError:  # the client hung up: what most of these tests are about
                return


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    servers = Loopback()
    yield servers
    servers.close()


@pytest.fixture
def calling(credentials: Callable[[], Credentials]) -> Iterator[Callable[..., Wawp]]:
    """A Wawp that talks to a real address."""
    built: list[Wawp] = []

    def build(url: str, deadline: float = GENEROUS) -> Wawp:
        endpoint = Endpoint(base_url=url, deadline=deadline)
        built.append(Wawp(credentials, lambda: NOW, endpoint))
        return built[-1]

    yield build
    for wawp in built:
        wawp.close()
