"""A whole world from the few words a roster has: an account, groups with members, people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

from pydantic import ConfigDict

from rotation.sandbox.given import STRICT, ChatId, Phone, read

ACCOUNT: Mapping[str, str] = {
    "instance_id": "5A9D0B0C1234",
    "token": "sandbox-token",
    "phone": "+15550100000",
    "name": "Rotation",
}
"""The account of the examples; nobody outside the sandbox knows its token."""

SMALL: Mapping[str, object] = {
    "groups": [
        {
            "chat": "120363041234567890@g.us",
            "subject": "Acme VIP",
            "creator": "+15550100100",
            "members": ["+15550100101", "+819012345678"],
        }
    ],
    "people": [
        {"phone": "+15550100100", "name": "Acme"},
        {"phone": "+15550100101", "name": "Acme Two"},
        {"phone": "+819012345678", "name": "Aiko"},
        {"phone": "+6591234567", "name": "Ben"},
        {"phone": "+351912345678", "name": "Mara"},
    ],
}
"""The world of a sandbox that was given none."""


@dataclass(frozen=True, slots=True)
class _PersonWanted:
    phone: Phone
    name: str = ""


@dataclass(frozen=True, slots=True)
class _GroupWanted:
    """`creator` None invents a customer who made the group."""

    chat: ChatId
    subject: str = ""
    creator: Phone | None = None
    members: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    account: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[_GroupWanted, ...] = ()
    people: tuple[_PersonWanted, ...] = ()


def example_world(wanted: object) -> dict[str, object]:
    """A world, as `World.from_dict` takes it, from `{account, groups, people}`.

    `account`: instance_id, token, phone, name, each with a default. `groups`: chat, subject,
    creator, members. `people`: phone, name. Our account becomes an admin of every group, and
    everybody gets a LID. Raises `GivenError`.
    """
    given = read(_Wanted, wanted)
    account = {**ACCOUNT, **given.account}
    people = {person.phone: person.name for person in given.people}
    groups = [_group(group, account["phone"]) for group in given.groups]
    for group in given.groups:
        people.setdefault(group.creator or _customer(group.chat), f"{group.subject} (customer)")
        for phone in group.members:
            people.setdefault(phone, "")
    people.pop(account["phone"], None)
    return {
        "accounts": [{**account, "lid": lid_of(account["phone"])}],
        "groups": groups,
        "people": [
            {"phone": phone, "name": name, "lid": lid_of(phone)} for phone, name in people.items()
        ],
    }


def _group(group: _GroupWanted, own: str) -> dict[str, object]:
    return {
        "chat": group.chat,
        "subject": group.subject or group.chat,
        "creator": group.creator or _customer(group.chat),
        "members": list(group.members),
        "admins": [own],
    }


def lid_of(phone: str) -> str:
    """A made-up LID, the same each time, that says nothing about the number."""
    return str(int(sha256(phone.encode()).hexdigest()[:12], 16) % 10**15).zfill(15)


def _customer(chat: str) -> str:
    return f"+1555{int(sha256(chat.encode()).hexdigest()[:8], 16) % 10**7:07d}"
