"""What a setting may be that names a place: a provider's server, a database, an outside address."""

from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from rotation.settings.addresses import Reach, reach_of
from rotation.settings.kinds import Kind, Written, path_of

LAST_PORT = 65535


@dataclass(frozen=True)
class ServerUrl(Kind[str]):
    """Where a provider is: `https`, or anything on this machine. Without a trailing slash."""

    @property
    def says(self) -> str:
        return "an https address, or an http one on this machine (127.0.0.1)"

    def read(self, written: Written) -> str:
        parts = web_parts(written.value)
        reach = reach_of(parts.host)
        if parts.query:
            raise ValueError("leave out what follows the ? or #")
        if reach is Reach.PRIVATE:
            raise ValueError("it leads into a private network")
        if parts.scheme == "http" and reach is not Reach.LOOPBACK:
            raise ValueError("a token may only travel over https")
        return parts.url.rstrip("/")


def fetched_url(text: str) -> str:
    """An address that is fetched from, and is a secret. Raises ValueError without repeating it."""
    try:
        parts = web_parts(text)
    except ValueError as why:
        raise ValueError(f"is no https address{': ' if str(why) else ''}{why}") from None
    reach = reach_of(parts.host)
    if reach is Reach.PRIVATE:
        raise ValueError("leads into a private network")
    if parts.scheme != "https" and reach is not Reach.LOOPBACK:
        raise ValueError("does not begin with https://")
    return text


def outside_url(text: str) -> str:
    """An address on the open internet that alerts go to. Raises ValueError without repeating it."""
    try:
        parts = web_parts(text)
    except ValueError as why:
        raise ValueError(f"is no https address{': ' if str(why) else ''}{why}") from None
    if parts.scheme != "https":
        raise ValueError("does not begin with https://")
    if reach_of(parts.host) is not Reach.OPEN:
        raise ValueError("leads to this machine or into a private network; use a command for that")
    return text


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the web server listens: an address of this machine, and a port (0: any free one)."""

    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        return reach_of(self.host) is Reach.LOOPBACK

    def with_port(self, port: int) -> "Listening":
        return replace(self, port=port)

    def __str__(self) -> str:
        return self.url.removeprefix("http://")


OFF = "off"


@dataclass(frozen=True)
class ListenAt(Kind[Listening | None]):
    """An address and a port, or `off`."""

    @property
    def says(self) -> str:
        return 'an address of this machine and a port, like "127.0.0.1:8780", or "off"'

    def read(self, written: Written) -> Listening | None:
        value = written.value
        if value == OFF:
            return None
        if not isinstance(value, str) or not value.isascii():
            raise ValueError
        host, _, port = value.rpartition(":")
        bare = host.removeprefix("[").removesuffix("]") if "[" in host else host
        if not port.isdecimal() or not 0 <= int(port) <= LAST_PORT:
            raise ValueError
        if bare != "localhost" and not _is_address(bare):
            raise ValueError
        return Listening(bare, int(port))

    def show(self, value: Listening | None) -> str:
        return OFF if value is None else str(value)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class PublicUrl(Kind[str | None]):
    """Where the world reaches the web server, through whatever stands before it."""

    @property
    def says(self) -> str:
        return 'an https address without a path, like "https://rotation.example.com"'

    def read(self, written: Written) -> str | None:
        parts = web_parts(written.value)
        bare = urlsplit(parts.url)
        if parts.scheme != "https" or parts.query or bare.path.strip("/"):
            raise ValueError
        return f"https://{bare.netloc}"

    def show(self, value: str | None) -> str:
        return value or ""


@dataclass(frozen=True)
class DatabaseUrl(Kind[tuple[str, str | None]]):
    """A database, as its URL without a password, and the password that stood in it."""

    quotable = False

    @property
    def says(self) -> str:
        return '"sqlite:///rotation.db" or "postgresql://user@host/name"'

    def read(self, written: Written) -> tuple[str, str | None]:
        value = written.value
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError
        if value.startswith("sqlite:///"):
            return sqlite_url(written), None
        return postgresql_url(value)

    def show(self, value: tuple[str, str | None]) -> str:
        return value[0]


def sqlite_url(written: Written) -> str:
    name, _, query = str(written.value).removeprefix("sqlite:///").partition("?")
    if not name or name == ":memory:" or query:
        raise ValueError("name a file, so that what was done is remembered")
    return f"sqlite:///{path_of(replace(written, value=name))}"


def postgresql_url(value: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(value)
        user, password, host = parts.username, parts.password, parts.hostname
        _ = parts.port
    except ValueError:
        raise ValueError("") from None
    if parts.scheme not in {"postgresql", "postgresql+psycopg", "postgres"} or parts.fragment:
        raise ValueError
    if not parts.path.strip("/"):
        raise ValueError("it names no database")
    if {"password", "sslpassword", "passfile"} & parse_qs(parts.query).keys():
        raise ValueError("put the password into database_password_file")
    if password is not None and not (user and host):
        raise ValueError("a password needs a user and a host")
    place = parts.netloc.rpartition("@")[2]
    bare = f"{parts.netloc.rpartition('@')[0].partition(':')[0]}@{place}" if user else place
    scheme = "postgresql" if parts.scheme == "postgres" else parts.scheme
    url = urlunsplit((scheme, bare, parts.path, parts.query, ""))
    return url, unquote(password) if password else None


@dataclass(frozen=True, slots=True)
class WebParts:
    url: str
    scheme: str
    host: str
    query: bool


def web_parts(value: object) -> WebParts:
    """The parts of a web address that rules look at. Raises ValueError if it is none."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError
    if " " in value or "\\" in value:
        raise ValueError
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError
    if "@" in parts.netloc:
        raise ValueError("a user or password must not stand in an address")
    return WebParts(value, parts.scheme, host, query=bool(parts.query or parts.fragment))
