"""The chats we act on: the protocol every provider satisfies, and one module per service.

A provider never raises for what a server or a network does; it answers with an outcome. It never
retries, never sleeps, and keeps no state beyond its connection: the engine decides, the ledger
remembers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Protocol

from rotation.core.facts import Role
from rotation.core.outcome import Outcome, Unread
from rotation.core.roster import ChatId, Phone


@dataclass(frozen=True, slots=True)
class Member:
    """One participant as the chat lists them: by number, by LID, or by both."""

    phone: Phone | None
    lid: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class Members:
    """A well-formed list of a group's participants (people who left are not in it).

    `named`: the answer said which group it is of. One that did not is taken at its word, and would
    pass for this group's though it were another's.
    """

    people: tuple[Member, ...]
    named: bool = False


@dataclass(frozen=True, slots=True)
class GroupInfo:
    chat: ChatId
    subject: str
    size: int | None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: at most `size` of it, leaving out the first `after`."""

    after: int
    size: int


class SessionStatus(StrEnum):
    WORKING = "WORKING"
    STARTING = "STARTING"
    SCAN_QR_CODE = "SCAN_QR_CODE"
    STOPPED = "STOPPED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Session:
    status: SessionStatus
    own_phone: Phone | None = None
    own_lid: str | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """Our own account as the chat knows it."""

    phone: Phone | None
    lid: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """How to name a person to the chat: a number, or a LID where no number is known."""

    phone: Phone | None
    lid: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that events are sent to; `events` are which, none means all.

    The address may be a secret. `more` is whatever else the service keeps with it.
    """

    url: str = field(repr=False)
    events: tuple[str, ...] = ()
    active: bool = True
    more: Mapping[str, object] = field(default_factory=dict, repr=False)


class Chat(Protocol):
    """One account of one chat service. Every call ends within the deadline it was built with."""

    def add(self, chat: ChatId, who: Address) -> Outcome: ...
    def remove(self, chat: ChatId, who: Address) -> Outcome: ...
    def say(self, to: ChatId | Phone, text: str) -> Outcome:
        """Send `text` to a group, or to one person by number."""
        ...

    def members(self, chat: ChatId) -> Members | Unread:
        """Everyone in the group. InDoubt may say `again`: then the next call asks otherwise."""
        ...

    def group(self, chat: ChatId) -> GroupInfo | Unread: ...
    def groups(self, page: "Page | None" = None) -> tuple[GroupInfo, ...] | Unread:
        """The groups the account is in: a page of them, or as many as the service gives at once.

        A service that knows no pages answers with all of them to each.
        """
        ...

    def session(self) -> Session | Unread:
        """The session's state. InDoubt may say `again`, as of `members`."""
        ...

    def own(self) -> Own | Unread: ...
    def invite_link(self, chat: ChatId) -> str | Unread: ...
    def revoke_invite(self, chat: ChatId) -> Outcome: ...
    def lid_of(self, phone: Phone) -> str | Unread | None: ...
    def exists(self, phone: Phone) -> bool | Unread: ...

    def webhooks(self) -> tuple[Webhook, ...] | Unread:
        """Where the service sends the account's events."""
        ...

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the server's clock was ahead of ours at its last dated answer."""
        ...

    def close(self) -> None: ...


# -- webhooks in ---------------------------------------------------------------------------------


class Doing(StrEnum):
    """What somebody did in a group, so that they are not silent there."""

    MESSAGE = "message"
    REACTION = "reaction"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class Active:
    """Somebody did something in a group; `at` is None where the service does not say when."""

    chat: ChatId
    who: Address
    doing: Doing
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote in the group in which commands are listened to, and when."""

    who: Address
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Tidings:
    """What an authentic webhook tells: where to look, and never what is so.

    `changed` are groups that somebody joined, left or was given a right in; `session` says that the
    account's session changed. `event` names the event, where it has a name; the same one may come
    again. `at` is when it was sent, if it says so.
    """

    event: str = ""
    at: datetime | None = None
    changed: frozenset[ChatId] = frozenset()
    session: bool = False
    active: tuple[Active, ...] = ()
    said: Said | None = None


class Unheard(Enum):
    """Why a webhook is not listened to."""

    NOT_AUTHENTIC = auto()
    MALFORMED = auto()


class Ear(Protocol):
    """Listens to the webhooks of one account. Never raises, and looks at no body unasked."""

    def hear(self, headers: Mapping[str, str], body: bytes, key: str | None) -> Tidings | Unheard:
        """What a webhook tells that came with these headers (names in small letters).

        `key` is the last part of the address it came to, where that has one.
        """
        ...

    @property
    def listens(self) -> bool:
        """Whether any webhook could be authentic."""
        ...

    def rival(self, address: str) -> str:
        """An address of webhooks as it may be shown, if another installation is at it; else ""."""
        ...


class _Deaf:
    """An account that no webhook is for."""

    listens = False

    def hear(self, _headers: Mapping[str, str], _body: bytes, _key: str | None) -> Unheard:
        return Unheard.NOT_AUTHENTIC

    def rival(self, _address: str) -> str:
        return ""


DEAF: Ear = _Deaf()
