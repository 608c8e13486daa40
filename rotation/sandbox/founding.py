"""How a world begins: the file or plain data it is founded on, and the settings of its server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from rotation.sandbox.chat import Account, Chats, Group, Person, Privacy, ReAdding, Role
from rotation.sandbox.engines import Engine
from rotation.sandbox.given import STRICT, Chance, ChatId, GivenError, Instant, Phone, Seconds, read
from rotation.sandbox.hooks import Hook
from rotation.sandbox.script import Deed
from rotation.sandbox.wire import Kind, Style


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server behaves when nothing is wrong.

    `latency` is seconds of world time per call. `changes_per_minute` answers more with 429.
    `re_adding_chance` and `re_adding_minutes`: how often, and how long, adding someone who has
    just gone is refused with 408. `lacks`: kinds of calls that the server has no address for.
    `lists_left`: the v2 list names former members too.
    `hooks_lost` and `hooks_doubled` are chances per webhook.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    engine: Engine = Engine.NOWEB
    accepts: tuple[Style, ...] = tuple(Style)
    latency: Seconds = 0.0
    changes_per_minute: int | None = None
    retry_after: str | None = "30"
    re_adding_chance: Chance = 0.0
    re_adding_minutes: Annotated[float, Field(ge=0)] = 15.0
    lacks: tuple[Kind, ...] = ()
    lists_left: bool = False
    hooks_lost: Chance = 0.0
    hooks_doubled: Chance = 0.0

    @property
    def re_adding(self) -> ReAdding:
        return ReAdding(self.re_adding_chance, timedelta(minutes=self.re_adding_minutes))


@dataclass(frozen=True, slots=True)
class AccountGiven:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    instance_id: str
    token: str
    phone: Phone
    name: str = ""
    lid: str | None = None
    status: str = "WORKING"


@dataclass(frozen=True, slots=True)
class PersonGiven:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    phone: Phone
    name: str = ""
    lid: str | None = None
    lid_known: bool = True
    privacy: Privacy = Privacy.ANYONE
    on_whatsapp: bool = True


@dataclass(frozen=True, slots=True)
class GroupGiven:
    """`members` and `admins` add up; the creator is a member without being named there."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    chat: ChatId
    creator: Phone
    subject: str = ""
    members: tuple[Phone, ...] = ()
    admins: tuple[Phone, ...] = ()
    limit: Annotated[int, Field(ge=1)] = 1024
    invite_code: str = ""
    by_lid: bool = False
    community: bool = False


@dataclass(frozen=True, slots=True)
class WorldGiven:
    """A whole world. `faults` and `duty` stay plain here; the dial and the judge read them.

    `starts` is where a stepped clock begins that is told to begin where the world does.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    accounts: Annotated[tuple[AccountGiven, ...], Field(min_length=1)]
    groups: tuple[GroupGiven, ...] = ()
    people: tuple[PersonGiven, ...] = ()
    settings: Settings = field(default_factory=Settings)
    faults: tuple[object, ...] = ()
    script: tuple[Deed, ...] = ()
    hooks: Mapping[str, tuple[Hook, ...]] = field(default_factory=dict)
    duty: Mapping[str, object] | None = None
    starts: Instant | None = None


def read_world(data: object) -> WorldGiven:
    """A world from plain data. Raises `GivenError`."""
    given = read(WorldGiven, data)
    unknown = set(given.hooks) - {account.instance_id for account in given.accounts}
    if unknown:
        raise GivenError(f"hooks: no account is called {', '.join(sorted(unknown))}")
    return given


def people_it(chats: Chats, given: WorldGiven, at: datetime) -> None:
    """Fills an empty WhatsApp with what the world is founded on."""
    for person in given.people:
        settle(chats, person)
    for login in given.accounts:
        account = Account(
            login.instance_id, login.token, login.phone, login.name, login.lid, login.status
        )
        chats.accounts[account.instance_id] = account
        chats.people[account.phone] = Person(account.phone, account.name, account.lid)
    for group in given.groups:
        found(chats, group, at)
    chats.re_adding = given.settings.re_adding


def settle(chats: Chats, given: PersonGiven) -> Person:
    """Someone new, or someone known in a new condition."""
    person = Person(
        given.phone, given.name, given.lid, given.lid_known, given.privacy, given.on_whatsapp
    )
    chats.people[person.phone] = person
    return person


def found(chats: Chats, given: GroupGiven, at: datetime) -> Group:
    """A group with its first members, who need not have been named before."""
    members = dict.fromkeys(given.members, Role.MEMBER)
    members |= dict.fromkeys(given.admins, Role.ADMIN)
    members[given.creator] = Role.SUPERADMIN
    group = Group(
        chat=given.chat,
        subject=given.subject or given.chat,
        creator=given.creator,
        invite_code=given.invite_code or chats.new_code(),
        limit=given.limit,
        by_lid=given.by_lid,
        community=given.community,
        created=at,
        members=members,
    )
    group.lists.append((at, dict(members)))
    for phone in members:
        chats.people.setdefault(phone, Person(phone))
    chats.groups[group.chat] = group
    return group
