"""The pretend WhatsApp: people, groups, who may do what, and what WhatsApp says to it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from random import Random


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"
    SUPERADMIN = "superadmin"


class Privacy(StrEnum):
    """Who may add a person to a group: anyone, or only contacts (others send an invite)."""

    ANYONE = "anyone"
    CONTACTS = "contacts"


class Code(IntEnum):
    """WhatsApp's own answer about one person in an add or remove."""

    DONE = 200
    PRIVACY = 403
    UNKNOWN = 404
    CREATOR = 405
    RECENTLY_LEFT = 408
    ALREADY = 409
    COMMUNITY = 417
    FULL = 419
    FAILED = 500


@dataclass(slots=True)
class Person:
    """Someone with a phone. `lid_known` says whether the account's phone can map lid and number."""

    phone: str
    name: str = ""
    lid: str | None = None
    lid_known: bool = True
    privacy: Privacy = Privacy.ANYONE
    on_whatsapp: bool = True


@dataclass(slots=True)
class Account:
    """One login of the provider: the number it acts as, and its session."""

    instance_id: str
    token: str
    phone: str
    name: str = ""
    lid: str | None = None
    status: str = "WORKING"


@dataclass(slots=True)
class Group:
    """`left` is when each former member last went, `knew` the invite code they went with."""

    chat: str
    subject: str
    creator: str
    invite_code: str
    limit: int = 1024
    by_lid: bool = False
    community: bool = False
    created: datetime | None = None
    members: dict[str, Role] = field(default_factory=dict)
    left: dict[str, datetime] = field(default_factory=dict)
    knew: dict[str, str] = field(default_factory=dict)
    lists: deque[tuple[datetime, dict[str, Role]]] = field(default_factory=lambda: deque(maxlen=64))

    def list_at(self, at: datetime) -> Mapping[str, Role]:
        """The members as they were; the oldest list kept when `at` is older still."""
        older = [members for since, members in self.lists if since <= at]
        return older[-1] if older else self.lists[0][1]

    def is_run_by(self, phone: str) -> bool:
        return self.members.get(phone, Role.MEMBER) is not Role.MEMBER


class Move(StrEnum):
    JOIN = "join"
    LEAVE = "leave"
    PROMOTE = "promote"
    DEMOTE = "demote"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to one member.

    `by` is the account that did it, None for a human; `late` says that the account's call was
    answered before it took effect.
    """

    at: datetime
    chat: str
    phone: str
    move: Move
    by: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in a chat; `sender` None is WhatsApp's own line (`Ana was added`)."""

    at: datetime
    chat: str
    sender: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ReAdding:
    """WhatsApp's dislike of adding someone who has just gone: 408, this often, for this long."""

    chance: float = 0.0
    window: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes a group: an account through a call, or a human (`account` None)."""

    phone: str
    account: str | None = None
    late: bool = False


class Chats:
    """The state of the pretend WhatsApp. Every change is told to `tell`, as it happens."""

    def __init__(self, dice: Random, tell: Callable[[Change], None]) -> None:
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.accounts: dict[str, Account] = {}
        self.messages: deque[Message] = deque(maxlen=10_000)
        self.re_adding = ReAdding()
        self._dice = dice
        self._tell = tell

    def person(self, phone: str) -> Person | None:
        return self.people.get(phone)

    def phone_of(self, lid: str) -> str | None:
        return next((p.phone for p in self.people.values() if p.lid == lid), None)

    def new_code(self) -> str:
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
        return "".join(self._dice.choices(letters, k=22))

    def add(self, group: Group, phone: str, actor: Actor, at: datetime) -> Code:
        """One person into a group by an admin's hand, with WhatsApp's reasons to say no."""
        code = self._why_not(group, phone, at)
        if code is Code.DONE:
            self._let_in(group, phone, actor, at)
            self._note(group, at, f"{self._name(actor.phone)} added {self._name(phone)}")
        return code

    def _why_not(self, group: Group, phone: str, at: datetime) -> Code:
        person = self.people.get(phone)
        if person is None or not person.on_whatsapp:
            return Code.UNKNOWN
        if phone in group.members:
            return Code.ALREADY
        if len(group.members) >= group.limit:
            return Code.FULL
        if group.community:
            return Code.COMMUNITY
        if self._just_left(group, phone, at):
            return Code.RECENTLY_LEFT
        return Code.PRIVACY if person.privacy is Privacy.CONTACTS else Code.DONE

    def _just_left(self, group: Group, phone: str, at: datetime) -> bool:
        rule, left = self.re_adding, group.left.get(phone)
        if not rule.chance or left is None or at - left >= rule.window:
            return False
        return rule.chance >= 1 or self._dice.random() < rule.chance

    def join(self, group: Group, phone: str, code: str, at: datetime) -> bool:
        """Someone follows an invite link; an old link leads nowhere."""
        if code != group.invite_code or phone in group.members:
            return False
        if len(group.members) >= group.limit:
            return False
        self._let_in(group, phone, Actor(phone), at)
        self._note(group, at, f"{self._name(phone)} joined using this group's invite link")
        return True

    def remove(self, group: Group, phone: str, actor: Actor, at: datetime) -> Code:
        if phone not in group.members:
            return Code.UNKNOWN
        if phone == group.creator and phone != actor.phone:
            return Code.CREATOR
        self._let_out(group, phone, actor, at)
        gone = "left" if phone == actor.phone else f"was removed by {self._name(actor.phone)}"
        self._note(group, at, f"{self._name(phone)} {gone}")
        return Code.DONE

    def rank(self, group: Group, phone: str, role: Role, actor: Actor, at: datetime) -> Code:
        """Makes a member an admin, or no admin any more. The creator stays what they are."""
        if phone not in group.members:
            return Code.UNKNOWN
        if phone == group.creator:
            return Code.CREATOR
        group.members[phone] = role
        self._happened(group, phone, Move.PROMOTE if role is Role.ADMIN else Move.DEMOTE, actor, at)
        return Code.DONE

    def renumber(self, old: str, new: str, at: datetime) -> None:
        """A person changes their number: the groups know them by the new one, with a new LID."""
        person = self.people.pop(old)
        self.people[new] = Person(new, person.name, None, privacy=person.privacy)
        for group in self.groups.values():
            role = group.members.get(old)
            if role is not None:
                self._let_out(group, old, Actor(old), at)
                self._let_in(group, new, Actor(new), at, role)
                self._note(group, at, f"{old} changed their number to {new}")

    def close(self, chat: str, at: datetime) -> None:
        group = self.groups[chat]
        for phone in list(group.members):
            self._let_out(group, phone, Actor(group.creator), at)
        del self.groups[chat]

    def say(self, chat: str, sender: str, text: str, at: datetime) -> Message:
        said = Message(at, chat, sender, text)
        self.messages.append(said)
        return said

    def _let_in(
        self, group: Group, phone: str, actor: Actor, at: datetime, role: Role = Role.MEMBER
    ) -> None:
        group.members[phone] = role
        self._happened(group, phone, Move.JOIN, actor, at)

    def _let_out(self, group: Group, phone: str, actor: Actor, at: datetime) -> None:
        del group.members[phone]
        group.left[phone] = at
        group.knew[phone] = group.invite_code
        self._happened(group, phone, Move.LEAVE, actor, at)

    def _happened(self, group: Group, phone: str, move: Move, actor: Actor, at: datetime) -> None:
        group.lists.append((at, dict(group.members)))
        self._tell(Change(at, group.chat, phone, move, actor.account, actor.late))

    def _note(self, group: Group, at: datetime, text: str) -> None:
        self.messages.append(Message(at, group.chat, None, text))

    def _name(self, phone: str) -> str:
        person = self.people.get(phone)
        return person.name if person and person.name else phone
