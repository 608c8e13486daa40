"""Sockets whose every wait lasts at most as long as a deadline leaves."""

import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import httpcore
import httpx

_SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class NameUnknown(httpx.ConnectError):
    """The host's name leads to no address that we are willing to talk to."""


class NotTrusted(httpx.ConnectError):
    """TLS could not be agreed on, or the certificate is not one to trust."""


def is_this_machine(host: str) -> bool:
    """Whether `host` is written as this machine's own name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Deadline(threading.local):
    """When the running call of this thread must be over, on the monotonic clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends = 0.0

    def begin(self, seconds: float) -> None:
        self._ends = self._monotonic() + seconds

    def left(self, late: type[Exception]) -> float:
        """Seconds left, more than nothing; raises `late` when there are none."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise late("deadline")
        return left


class Network(httpcore.NetworkBackend):
    """Connects within the deadline, also when a name has several addresses.

    `lookup` and `connect` are the machine's own, but to a test of names that change their mind.
    `private`: also to addresses of private networks, for what a person at a terminal names.
    """

    def __init__(
        self,
        deadline: Deadline,
        lookup: "_Lookup | None" = None,
        connect: "_Connect | None" = None,
        *,
        private: bool = False,
    ) -> None:
        self._private = private
        self._deadline = deadline
        self._lookup = lookup or _looked_up
        self._connect = connect or _connected

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline stands in for all timeouts
        local_address: str | None = None,  # noqa: ARG002 - the pool asks for none
        socket_options: Iterable[_SocketOption] | None = None,  # noqa: ARG002 - the pool asks for none
    ) -> httpcore.NetworkStream:
        addresses = _usable(host, self._lookup(host, port), private=self._private)
        failure: type[Exception] = httpcore.ConnectError
        for tried, (family, address) in enumerate(addresses):
            # A dead first address must leave time for the next one.
            share = self._deadline.left(httpcore.ConnectTimeout) / (len(addresses) - tried)
            try:
                return _Stream(self._connect(family, address, share), self._deadline)
            except TimeoutError:
                failure = httpcore.ConnectTimeout
            except OSError:
                failure = httpcore.ConnectError
        raise failure("no address answered")


_Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_Found: TypeAlias = Sequence[tuple[socket.AddressFamily, _Address]]
_Lookup: TypeAlias = Callable[[str, int], _Found]
_Connect: TypeAlias = Callable[[socket.AddressFamily, _Address, float], socket.socket]


def _looked_up(host: str, port: int) -> _Found:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NameUnknown("name not found") from None
    return [(family, at) for family, _, _, _, at in found]


def _usable(host: str, found: _Found, *, private: bool) -> _Found:
    """Of the addresses of `host` this machine's if it names this machine, else the open internet's.

    What was looked up is what is connected to, so no name leads into a private network or to a
    cloud's metadata.
    """
    wanted = {"loopback"} if is_this_machine(host) else {"open", *(["private"] if private else [])}
    usable = [(family, at) for family, at in found if _reach(at) in wanted]
    if not usable:
        raise NameUnknown("no usable address")
    return usable


def _reach(address: _Address) -> Literal["loopback", "open", "private"]:
    ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
    ip = (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip
    if ip.is_loopback:
        return "loopback"
    return "open" if ip.is_global and not ip.is_multicast else "private"


def _connected(family: socket.AddressFamily, address: _Address, seconds: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


class _Stream(httpcore.NetworkStream):
    """A socket whose every wait lasts at most as long as the deadline leaves.

    The timeouts httpcore passes are ignored: they start anew with every read and write.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ARG002 - see the class
    ) -> bytes:
        try:
            self._sock.settimeout(self._deadline.left(httpcore.ReadTimeout))
            return self._sock.recv(max_bytes)
        except TimeoutError:
            raise httpcore.ReadTimeout("deadline") from None
        except OSError:
            raise httpcore.ReadError("connection broke") from None

    def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ARG002 - see the class
    ) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                self._sock.settimeout(self._deadline.left(httpcore.WriteTimeout))
                rest = rest[self._sock.send(rest) :]
        except TimeoutError:
            raise httpcore.WriteTimeout("deadline") from None
        except OSError:
            # httpcore goes on to read: a server may answer before it has read everything.
            raise httpcore.WriteError("connection broke") from None

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - see the class
    ) -> httpcore.NetworkStream:
        try:
            # The ssl module counts a socket's timeout over the whole handshake.
            self._sock.settimeout(self._deadline.left(httpcore.ConnectTimeout))
            secured = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise httpcore.ConnectTimeout("deadline") from None
        except (OSError, ValueError):
            self.close()
            raise NotTrusted("no TLS") from None
        return _Stream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        if info == "is_readable":  # an idle connection that can be read from has been closed
            return _is_readable(self._sock)
        return None


def _is_readable(sock: socket.socket) -> bool:
    if sock.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
