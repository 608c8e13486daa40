"""What people and machines do in the world by themselves: at once, or at an instant to come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from rotation.sandbox.chat import Account, Actor, Chats, Group, Message, Role
from rotation.sandbox.given import STRICT, GivenError, Instant

US = "us"
"""Stands for the number of the (first) account wherever a deed names a phone."""


class Do(StrEnum):
    """The deeds."""

    ADD = "add"  # a human admin adds `phone` to `chat`
    REMOVE = "remove"  # a human admin removes `phone`
    LEAVE = "leave"  # `phone` leaves
    REJOIN = "rejoin"  # `phone` follows the invite link: `code`, or the last known
    PROMOTE = "promote"
    DEMOTE = "demote"
    SAY = "say"  # `phone` writes `text` into `chat`
    RENUMBER = "number_change"  # `phone` becomes `new_phone`
    CLOSE = "delete_group"
    SESSION = "session"  # the account's session becomes `status`
    SKEW = "clock_skew"  # the server's Date is `seconds` ahead from now on


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed; `at` None means now."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    do: Do
    at: Instant | None = None
    chat: str = ""
    phone: str = ""
    new_phone: str = ""
    code: str = ""
    text: str = ""
    status: str = "WORKING"
    seconds: float = 0.0
    account: str = ""


_IN_A_GROUP = frozenset(Do) - {Do.RENUMBER, Do.SESSION, Do.SKEW}


def checked(deed: Deed) -> Deed:
    """The deed, if it names all it needs. Raises `GivenError`."""
    if deed.do in _IN_A_GROUP and not deed.chat:
        raise GivenError(f"{deed.do}: chat is missing")
    if deed.do not in {Do.CLOSE, Do.SESSION, Do.SKEW} and not deed.phone:
        raise GivenError(f"{deed.do}: phone is missing")
    if deed.do is Do.RENUMBER and not deed.new_phone:
        raise GivenError(f"{deed.do}: new_phone is missing")
    return deed


def in_group(chats: Chats, deed: Deed, at: datetime) -> Message | None:
    """Carries out a deed in a group; one that makes no sense there (any more) does nothing."""
    group = chats.groups.get(deed.chat)
    if group is None:
        return None
    phone = named(chats, deed.phone)
    human = Actor(group.creator)
    match deed.do:
        case Do.ADD:
            chats.add(group, phone, human, at)
        case Do.REMOVE:
            chats.remove(group, phone, human, at)
        case Do.PROMOTE | Do.DEMOTE:
            role = Role.ADMIN if deed.do is Do.PROMOTE else Role.MEMBER
            chats.rank(group, phone, role, human, at)
        case Do.SAY:
            return chats.say(group.chat, phone, deed.text, at)
        case _:
            _by_themselves(chats, group, phone, deed, at)
    return None


def _by_themselves(chats: Chats, group: Group, phone: str, deed: Deed, at: datetime) -> None:
    match deed.do:
        case Do.LEAVE:
            chats.remove(group, phone, Actor(phone), at)
        case Do.REJOIN:
            code = deed.code or group.knew.get(phone, group.invite_code)
            chats.join(group, phone, code, at)
        case _:
            chats.close(group.chat, at)


def named(chats: Chats, phone: str) -> str:
    return next(iter(chats.accounts.values())).phone if phone == US else phone


def account_of(chats: Chats, deed: Deed) -> Account | None:
    if deed.account:
        return chats.accounts.get(deed.account)
    return next(iter(chats.accounts.values()), None)
