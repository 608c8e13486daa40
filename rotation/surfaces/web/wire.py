"""HTTP/1.1 as it comes over the wire: taken apart in C, and within bounds.

The parser, llhttp, is strict about what a message is; what it leaves open is closed here. Strangers
write to this, so whatever is not clearly one request is refused, and its connection ends: nobody
between us and them can have read it differently.
"""

import asyncio
from http import HTTPStatus

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LARGEST = 32 * 1024
"""Bytes of the first line and the headers of a request, together."""
MOST_HEADERS = 100
PATIENCE = 10.0
"""Seconds from which on a request has to be all here, but for a body that is being read."""
IDLE = 5.0
"""Seconds that a connection is kept on which nobody asks for more."""
_CODINGS, _VERSIONS = (b"", b"chunked"), ("1.0", "1.1")


class _RefusedError(Exception):
    """Raised where the parser calls us; it makes an error of its own of that."""


class Wire(HttpToolsProtocol):
    """One connection."""

    _joined: "_Joined"
    _under_way: RequestResponseCycle | None = None
    """The request that is being answered; those behind it wait in the pipeline."""
    _is_last = False
    """Whether nothing more is listened to."""
    _in_head = False
    _size = _count = 0
    """Bytes that the parser told of this head, and how many headers."""
    _come = 0
    """Bytes that came of it, told or not: of a header without an end nothing is told."""
    _since: float | None = None
    """From when on something has been waited for (of the loop's clock); None: for our own answer,
    or for a body by whoever reads it."""
    _why = HTTPStatus.BAD_REQUEST

    # -- what the loop tells --------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        self._since = self.loop.time()
        self._joined = _Joined(self.loop, transport)
        super().connection_made(self._joined)  # type: ignore[arg-type]  # has all that is used
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)

    def data_received(self, data: bytes) -> None:
        if self._is_last:
            return
        begun_before = self._in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(self._why)
        except httptools.HttpParserUpgrade:
            self._is_last = True  # we speak nothing else; what was asked is answered as it is
        else:
            if begun_before and self._in_head:
                self._come += len(data)
                if self._come > LARGEST:
                    self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def look(self, now: float) -> None:
        """Ends it where something has been waited for too long, by the loop's clock."""
        waited = 0.0 if self._since is None else now - self._since
        if waited > PATIENCE and self._in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif waited > (IDLE if self._is_between else PATIENCE):
            self.transport.close()

    @property
    def _is_between(self) -> bool:
        """Whether one request was answered, and nothing has come of another."""
        one = self._under_way
        answered = one is not None and one.response_complete and not one.more_body
        return answered and not self._in_head

    # -- what the parser tells ------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._is_last:
            raise _RefusedError
        self._in_head = True
        self._size = self._count = self._come = 0
        self._since = self.loop.time()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._is_within(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count += 1
        self._is_within(len(name) + len(value))
        if self._in_head:  # what comes after a body is not a header of the request
            super().on_header(name, value)

    def _is_within(self, size: int) -> None:
        self._size += size
        if self._size > LARGEST or self._count > MOST_HEADERS:
            self._why = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _RefusedError

    def on_headers_complete(self) -> None:
        self._in_head, self._since = False, None
        if not self._is_clear():
            raise _RefusedError
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def _is_clear(self) -> bool:
        """Whether nobody can have understood it differently."""
        version = self.parser.get_http_version()
        hosts, coding = 0, b""
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding":
                coding += value.strip().lower()
        may_have = (1,) if version == "1.1" else (0, 1)
        chunked = coding in _CODINGS and (version == "1.1" or not coding)
        return version in _VERSIONS and hosts in may_have and chunked

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self.cycle.response_complete:  # the rest of a body that nobody wanted to have
            self.cycle.more_body = False
            self._since = self.loop.time()
        self._is_last = self._is_last or not self.cycle.keep_alive

    # -- answers --------------------------------------------------------------------------

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._under_way = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """As it was, but that one look a second stands for a timer of each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._since = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            self._since = None
            self._start_asgi_task(*self.pipeline.pop())

    def _refuse(self, status: HTTPStatus) -> None:
        """Say what is wrong, unless an earlier request is still to be answered, and hear no more.

        What is wrong with a body ends the request whose body it is.
        """
        self._is_last = True
        self.pipeline.clear()
        one = self._under_way
        if one is None or one.response_complete:
            self._say(status)
        elif one is self.cycle and one.more_body:
            one.disconnected = True
            one.message_event.set()
            if one.response_started:
                self.transport.close()
            else:
                self._say(status)
        else:
            one.keep_alive = False

    def _say(self, status: HTTPStatus) -> None:
        said = f"{status.phrase}\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "content-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(said)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + said)
        self.transport.close()


class _Joined:
    """A transport that lets the head of an answer leave with its body, and not before it.

    Each packet wakes whoever waits for it. What is written alone leaves when the loop comes round.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        self._loop = loop
        self._transport = transport
        self._held = b""
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing
        self.pause_reading, self.resume_reading = transport.pause_reading, transport.resume_reading

    def write(self, data: bytes) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif data:
            self._held = bytes(data)
            self._loop.call_soon(self._leave)

    def close(self) -> None:
        self._leave()
        self._transport.close()

    def _leave(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)
