"""Reading lists of people and groups, whatever engine wrote them.

Three engines stand behind the API and each passes its own objects through: a list, an object keyed
by id or by index, `{participants: [...]}`; ids as text or as parts; roles as words or as booleans.
All of them are understood, or the whole answer is not: a list is never quietly shorter than what
was sent, because a removal would be proven by it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from rotation.core.facts import Role
from rotation.core.roster import ChatId
from rotation.providers import GroupInfo, Member, Members
from rotation.providers.wawp.ids import (
    NOBODY,
    Id,
    MisreadError,
    group_id,
    is_bot,
    number,
    person_id,
)
from rotation.providers.wawp.redaction import tidy
from rotation.providers.wawp.strict_json import Json, Object, items, objects

_WRAPPERS: Final = (
    "participants",
    "Participants",
    "members",
    "groups",
    "Groups",
    "groupMetadata",
    "data",
    "result",
    "response",
)
_DEEPEST = 4
_SIZES: Final = ("size", "Size", "total", "ParticipantCount")
_MORE: Final = ("hasMore", "has_more", "nextCursor", "next_cursor", "next")


class NoListError(MisreadError):
    """An answer that is understood, and has no list in it."""


def members(body: Json, chat: ChatId) -> Members:
    """Everyone in `chat` by this answer; raises MisreadError if any of it is not understood."""
    entries, named = _entries(body, chat)
    found = [_member(entry, key) for key, entry in entries if not _is_nobody(entry)]
    if found and not any(says_role for _, _, says_role in found):
        raise MisreadError("a list that tells no roles: the creator could not be told apart")
    people = _merged((who, role) for who, role, _ in found if role is not None)
    if not people:
        raise MisreadError("an empty list of members")
    return Members(people, named)


def members_named(body: Json, chat: ChatId) -> Members | None:
    """As `members`, of an answer that names the group; None where it does not, or has no list."""
    try:
        found = members(body, chat)
    except NoListError:
        return None
    return found if found.named else None


_Entries: TypeAlias = Sequence[tuple[str | None, Json]]


def _entries(body: Json, chat: ChatId | None) -> tuple[_Entries, bool]:
    """The entries of a list however it is wrapped, each with its key where it had one.

    And whether a wrapping named `chat`.
    """
    named = False
    for _ in range(_DEEPEST):
        if (listed := items(body)) is not None:
            return [(None, entry) for entry in listed], named
        found = objects(body)
        if found is None:
            break
        named |= _is_about(found, chat)
        if (wrapper := next((k for k in _WRAPPERS if k in found), None)) is None:
            return _keyed(found), named
        _check_it_is_whole(found, found[wrapper])
        body = found[wrapper]
    raise MisreadError("a list in no known shape")


def _keyed(found: Object) -> Sequence[tuple[str, Json]]:
    if not found:
        return []
    if all("@" in key and objects(value) is not None for key, value in found.items()):
        return list(found.items())
    raise NoListError("an answer without a list")


def _is_about(found: Object, chat: ChatId | None) -> bool:
    """Whether an object names `chat`; raises MisreadError when it names another group."""
    if chat is None:
        return False
    named = [found[k] for k in ("id", "JID", "chatId", "groupId") if found.get(k) is not None]
    if any(group_id(name) != chat for name in named):
        raise MisreadError("an answer about another group")
    return bool(named)


def _check_it_is_whole(found: Object, listed: Json) -> None:
    told = [n for k in _SIZES if isinstance(n := found.get(k), int) and not isinstance(n, bool)]
    entries = items(listed) or objects(listed) or ()
    if any(found.get(k) for k in _MORE) or any(n > len(entries) for n in told):
        raise MisreadError("a list that goes on elsewhere")


def _is_nobody(entry: Json) -> bool:
    """An assistant takes a seat in the list, but nobody could add, remove or count it."""
    found = objects(entry)
    named = [entry] if found is None else [found.get(k) for k in ("id", "jid", "JID")]
    return any(is_bot(name) for name in named)


def _member(entry: Json, key: str | None) -> tuple[Id, Role | None, bool]:
    """Who an entry is, in which role (None: has left), and whether it says anything of a role."""
    found = objects(entry)
    if found is None:
        return _one_of(person_id(entry)), Role.MEMBER, False
    if found.get("Error"):
        raise MisreadError("an entry with an error")
    who = _one_of(identity(found).joined(person_id(key)))
    role, says_role = _role(found)
    return who, role, says_role


def _one_of(who: Id) -> Id:
    if who == NOBODY:
        raise MisreadError("an entry without an id")
    return who


def identity(found: Object) -> Id:
    """Every id a participant's object tells, as one. Raises MisreadError on a contradiction."""
    who = NOBODY
    for value in _told(found, "id", "jid", "JID", "participant"):
        who = who.joined(person_id(value))
    for value in _told(found, "lid", "LID"):
        lid = person_id(value)
        if lid.phone is not None:
            raise MisreadError("a number where a hidden id belongs")
        who = who.joined(lid)
    for value in _told(found, "phoneNumber", "PhoneNumber", "pn", "number", "phone"):
        who = who.joined(number(value))
    return who


def _told(found: Object, *keys: str) -> list[Json]:
    return [found[key] for key in keys if key in found]


_ROLES: Final[dict[str | None, Role | None]] = {
    "left": None,
    None: Role.MEMBER,
    "": Role.MEMBER,
    "member": Role.MEMBER,
    "participant": Role.MEMBER,
    "admin": Role.ADMIN,
    "superadmin": Role.CREATOR,
    "creator": Role.CREATOR,
    "owner": Role.CREATOR,
}
_FLAGS: Final = {
    "isAdmin": Role.ADMIN,
    "IsAdmin": Role.ADMIN,
    "isSuperAdmin": Role.CREATOR,
    "IsSuperAdmin": Role.CREATOR,
}
_BY_RANK: Final = (Role.MEMBER, Role.ADMIN, Role.CREATOR)


def _role(found: Object) -> tuple[Role | None, bool]:
    words = [_role_word(found[k]) for k in ("role", "admin") if k in found]
    flags = [role for key, role in _FLAGS.items() if key in found and _is_set(found[key])]
    if None in words:
        return None, True
    roles = [role for role in (*words, *flags) if role is not None]
    said = bool(words) or any(key in found for key in _FLAGS)
    return max(roles, key=_BY_RANK.index, default=Role.MEMBER), said


def _role_word(value: Json) -> Role | None:
    if value is False:
        return Role.MEMBER
    if (value is not None and not isinstance(value, str)) or value not in _ROLES:
        raise MisreadError("a role that is not known")
    return _ROLES[value]


def _is_set(value: Json) -> bool:
    if value is not None and not isinstance(value, bool):
        raise MisreadError("a role that is neither true nor false")
    return bool(value)


def _merged(found: Iterable[tuple[Id, Role]]) -> tuple[Member, ...]:
    """One member per person, also when listed by number here and by LID there."""
    listed = list(found)
    lid_of: dict[str, str] = {}
    phone_of: dict[str, Id] = {}
    for who, _ in listed:
        if who.phone and who.lid:
            known = phone_of.setdefault(who.lid, who)
            if known.phone != who.phone or lid_of.setdefault(who.phone, who.lid) != who.lid:
                raise MisreadError("two ids that contradict each other")
    roles: dict[Id, Role] = {}
    for who, role in listed:
        whole = phone_of.get(who.lid or lid_of.get(who.phone or "", ""), who)
        roles[whole] = max(role, roles.get(whole, Role.MEMBER), key=_BY_RANK.index)
    return tuple(Member(who.phone, who.lid, role) for who, role in roles.items())


def groups(body: Json) -> tuple[GroupInfo, ...]:
    """The groups of a list or of an object keyed by group id; raises MisreadError."""
    found: dict[ChatId, GroupInfo] = {}
    entries, _ = _entries(body, None)
    for key, entry in entries:
        info = _group(entry)
        if key is not None and group_id(key) != info.chat:
            raise MisreadError("a group listed under another one's id")
        found[info.chat] = info
    return tuple(found.values())


def group(body: Json, chat: ChatId) -> GroupInfo:
    """One group's own data; raises MisreadError, also when the answer is about another group."""
    found = objects(body)
    for wrapper in ("data", "result", "response"):
        if found is not None and (inner := objects(found.get(wrapper))) is not None:
            found = inner
    info = _group(found)
    if info.chat != chat:
        raise MisreadError("an answer about another group")
    return info


def _group(entry: Json) -> GroupInfo:
    outer = objects(entry)
    if outer is None:
        raise MisreadError("a group that is not an object")
    layers = [outer, *filter(None, [objects(outer.get("groupMetadata"))])]
    ids = {group_id(v) for o in layers for k in ("id", "JID") if (v := o.get(k)) is not None}
    if len(ids) != 1:
        raise MisreadError("a group without one id")
    return GroupInfo(ids.pop(), _subject(layers), _size(layers), _owner(layers))


def _subject(layers: Sequence[Object]) -> str:
    told = _first_text(layers, ("subject", "Subject", "name", "Name", "formattedTitle"))
    return tidy(told or "", 200)


def _first_text(layers: Sequence[Object], keys: Sequence[str]) -> str | None:
    return next((v for k in keys for o in layers if isinstance(v := o.get(k), str) and v), None)


def _size(layers: Sequence[Object]) -> int | None:
    for layer in layers:
        for key in ("participants", "Participants"):
            if (listed := items(layer.get(key))) is not None and listed:
                return len(listed)
    return next((n for n in _sizes(layers) if n >= 0), None)


def _sizes(layers: Sequence[Object]) -> Iterator[int]:
    for layer in layers:
        told = (layer.get(key) for key in _SIZES)
        yield from (n for n in told if isinstance(n, int) and not isinstance(n, bool))


def _owner(layers: Sequence[Object]) -> str | None:
    who = NOBODY
    for layer in layers:
        for key in ("owner", "OwnerJID", "ownerPn", "OwnerPN"):
            try:
                who = who.joined(person_id(layer.get(key)))
            except MisreadError:  # who owns the group is told to people; nothing is decided by it
                continue
    return who.phone or who.lid
