"""The chats we act on: the protocol every provider satisfies, and one module per service.

A provider never raises for what a server or a network does; it answers with an outcome. It never
retries, never sleeps, and keeps no state beyond its connection: the engine decides, the ledger
remembers.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
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
    def groups(self) -> tuple[GroupInfo, ...] | Unread: ...
    def session(self) -> Session | Unread:
        """The session's state. InDoubt may say `again`, as of `members`."""
        ...

    def own(self) -> Own | Unread: ...
    def invite_link(self, chat: ChatId) -> str | Unread: ...
    def revoke_invite(self, chat: ChatId) -> Outcome: ...
    def lid_of(self, phone: Phone) -> str | Unread | None: ...
    def exists(self, phone: Phone) -> bool | Unread: ...

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the server's clock was ahead of ours at its last dated answer."""
        ...

    def close(self) -> None: ...
