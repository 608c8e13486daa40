"""HTTP with a deadline that is real: connecting, TLS, request and the whole answer together.

A timeout per read never ends while a server drips one byte at a time. Here every wait on the
socket gets the time that is *left*, so nothing a server sends, or does not send, outlasts the
deadline. Looking up a name is the one exception: the system's resolver has its own limit
(`timeout` and `attempts` in resolv.conf). When it takes too long nothing is sent at all, so a call
still never *acts* after its deadline.

There is no HTTP client above this transport, on purpose: no redirects, no cookies, no proxies from
the environment, no .netrc, no log lines with URLs in them, no retries.
"""

import contextlib
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import httpcore
import httpx

from rotation.providers.sockets import Deadline, NameUnknown, Network, NotTrusted, is_this_machine

MIB: Final = 1024 * 1024
BODY_CAP: Final = MIB
"""The longest answer read, in bytes; a request may ask for more with the extension `body_cap`."""

KEEP_ALIVE: Final = 4.0
"""Seconds an idle connection is kept. Many servers close theirs after 5: a change sent into a
connection that is just being closed would be in doubt for no good reason."""

# Their debug lines carry addresses and response headers; nothing of an exchange belongs in a log.
for _name in ("httpx", "httpcore"):
    _logger = logging.getLogger(_name)
    _logger.setLevel(logging.CRITICAL + 1)
    _logger.propagate = False


class TooBig(httpx.ReadError):
    """The answer is longer than the cap."""


def checked_url(url: str, what: str) -> httpx.URL:
    """`url` as a place we may send secrets to: https, or plain http on this machine only.

    Raises ValueError, in words for an operator and without repeating the URL (it may hold a
    secret); `what` names the setting.
    """
    try:
        parsed = httpx.URL(url)
        port = parsed.port
    except (httpx.InvalidURL, ValueError, TypeError):
        raise ValueError(f"{what} is not a URL; write it like https://host/path") from None
    if parsed.userinfo:
        raise ValueError(f"{what} must not contain a user name or password")
    is_reachable = _HOST.fullmatch(parsed.host) and (port is None or 0 < port <= _LAST_PORT)
    if not is_reachable or not _keeps_secrets(parsed):
        raise ValueError(f"{what} must start with https:// (http:// only for this machine)")
    return parsed


_HOST: Final = re.compile(r"[^\s/\\@?#%]{1,253}")


_LAST_PORT: Final = 65535


def _keeps_secrets(url: httpx.URL) -> bool:
    return url.scheme == "https" or (url.scheme == "http" and is_this_machine(url.host))


def in_words(error: Exception) -> str:
    """Why an exchange failed, in our own words: a library's message may quote the URL or bytes."""
    return next((words for kind, words in _WORDS if isinstance(error, kind)), "the exchange failed")


_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (NameUnknown, "the server's name leads to no usable address; nothing was sent"),
    (NotTrusted, "no trusted TLS connection; nothing was sent"),
    (TooBig, "the answer is too long"),
    (httpx.ConnectTimeout, "no connection within the deadline; nothing was sent"),
    (httpx.PoolTimeout, "no free connection within the deadline; nothing was sent"),
    (httpx.ConnectError, "could not connect; nothing was sent"),
    (httpx.TimeoutException, "no whole answer within the deadline"),
    (httpx.DecodingError, "the answer could not be decoded"),
    (httpx.UnsupportedProtocol, "not an HTTP address; nothing was sent"),
    (httpx.LocalProtocolError, "the request could not be written"),
    (httpx.ProtocolError, "the connection closed early, or the answer was not HTTP"),
    (httpx.TransportError, "the connection broke"),
    (OSError, "the connection broke"),
)


class DeadlineTransport(httpx.BaseTransport):
    """Sends one request and reads its whole answer within `seconds`; keeps connections alive.

    Raises httpx.TransportError only. Safe to share between threads: each call has its own
    deadline.
    """

    def __init__(
        self,
        seconds: float,
        *,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        private: bool = False,
    ) -> None:
        self._seconds = seconds
        self._deadline = Deadline(monotonic)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or _trust(),
            max_connections=None,
            max_keepalive_connections=2,
            keepalive_expiry=KEEP_ALIVE,
            http2=False,
            retries=0,
            network_backend=Network(self._deadline, private=private),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._deadline.begin(self._seconds)
        with _as_httpx_errors():
            answer = self._pool.handle_request(_core_request(request))
            try:
                body = _read(answer, int(request.extensions.get("body_cap", BODY_CAP)))
            finally:
                answer.close()
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(body))

    def close(self) -> None:
        self._pool.close()


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.read(),
    )


def _read(answer: httpcore.Response, cap: int) -> bytes:
    body = bytearray()
    for chunk in answer.iter_stream():
        body += chunk
        if len(body) > cap:
            raise TooBig("the answer is too long")
    return bytes(body)


_AS_HTTPX: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.NetworkError, httpx.ReadError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.ProtocolError, httpx.RemoteProtocolError),
    (OSError, httpx.ReadError),
)


@contextlib.contextmanager
def _as_httpx_errors() -> Iterator[None]:
    try:
        yield
    except tuple(kind for kind, _ in _AS_HTTPX) as error:
        as_httpx = next(to for kind, to in _AS_HTTPX if isinstance(error, kind))
        raise as_httpx(type(error).__name__) from None


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe to be who they say. All accounts believe the same, and it takes a MiB."""
    return httpx.create_ssl_context(trust_env=False)
