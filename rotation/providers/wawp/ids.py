"""The ids an engine knows people and groups by, in all the forms they are written in."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote

from rotation.core.roster import ChatId, Phone
from rotation.providers import Address
from rotation.providers.wawp.strict_json import Json, objects


class MisreadError(ValueError):
    """An answer that is not understood; its text is ours and safe to show."""


class Id(NamedTuple):
    """A person as an engine names them: by number, by LID (an id that hides it), or by both."""

    phone: Phone | None = None
    lid: str | None = None

    def joined(self, other: "Id") -> "Id":
        """Both as one. Raises MisreadError where they contradict each other."""
        phones, lids = {self.phone, other.phone} - {None}, {self.lid, other.lid} - {None}
        if len(phones) > 1 or len(lids) > 1:
            raise MisreadError("two ids that contradict each other")
        return Id(self.phone or other.phone, self.lid or other.lid)

    def contradicts(self, who: Address) -> bool:
        """Whether this cannot be `who`. Ids of different kinds contradict nothing."""
        other_phone = self.phone and who.phone and self.phone != who.phone
        return bool(other_phone or (self.lid and who.lid and self.lid != who.lid))


NOBODY: Final = Id()

# [0-9], not \d: other scripts' digits are not the same number. A device (`:12`) and an agent
# (`.0`) may follow the user part.
_PERSON = re.compile(
    r"([0-9]{5,20})(?:\.[0-9]{1,3})?(?::[0-9]{1,3})?@(c\.us|s\.whatsapp\.net|hosted|lid|hosted\.lid)"
)
_NUMBER = re.compile(r"\+?([1-9][0-9]{4,14})")
_PHONE = re.compile(r"\+[1-9][0-9]{4,14}")
_LID = re.compile(r"[0-9]{5,20}@lid")
_BOT = re.compile(r"[0-9]{5,30}(?:\.[0-9]{1,3})?(?::[0-9]{1,3})?@bot")
_GROUP = re.compile(r"[0-9]{5,30}(?:-[0-9]{1,30})?@g\.us")


def _written(value: Json) -> str | None:
    """The text of an id: a string, or whatsapp-web.js's {server, user, _serialized}."""
    parts = objects(value)
    if parts is None:
        return value if isinstance(value, str) else None
    user, server, whole = parts.get("user"), parts.get("server"), parts.get("_serialized")
    joined = f"{user}@{server}" if isinstance(user, str) and isinstance(server, str) else None
    if isinstance(whole, str) and joined in {None, whole}:
        return whole
    return joined if whole is None else None


def is_bot(value: Json) -> bool:
    """Whether an id is that of WhatsApp's own assistant: in the list, and nobody."""
    return _BOT.fullmatch(_written(value) or "") is not None


def person_id(value: Json) -> Id:
    """A person's id in any of its forms; None and "" are NOBODY. Raises MisreadError."""
    if value is None or value == "":
        return NOBODY
    found = _PERSON.fullmatch(_written(value) or "")
    if found is None:
        raise MisreadError("an id that is not a person's")
    user, server = found.groups()
    return Id(lid=f"{user}@lid") if server.endswith("lid") else Id(phone=_phone(user))


def number(value: Json) -> Id:
    """A field that holds a number: bare digits, with a plus, or an id. Raises MisreadError."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and (bare := _NUMBER.fullmatch(value)):
        return Id(phone=_phone(bare.group(1)))
    found = person_id(value)
    if found.lid is not None:
        raise MisreadError("a hidden id where a number belongs")
    return found


def _phone(digits: str) -> Phone:
    if not _NUMBER.fullmatch(digits):
        raise MisreadError("an id that is no phone number")
    return Phone(f"+{digits}")


def group_id(value: Json) -> ChatId:
    """A group's id. Raises MisreadError."""
    written = _written(value)
    if written is None or not _GROUP.fullmatch(written):
        raise MisreadError("an id that is not a group's")
    return ChatId(written)


def participant(who: Address) -> str | None:
    """How to name `who` in a request: by number where there is one; None if they have no id."""
    if who.phone is not None:
        return f"{who.phone[1:]}@c.us" if is_phone(who.phone) else None
    return who.lid if who.lid is not None and _LID.fullmatch(who.lid) else None


def is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None


_LONGEST_CHAT = 128


def in_path(chat: ChatId) -> str | None:
    """`chat` as a segment of a path, `@` left as the vendor writes it; None if it cannot be one."""
    is_one_segment = (
        0 < len(chat) <= _LONGEST_CHAT
        and chat.isprintable()
        and not set(chat) & set("/\\ ")
        and chat not in {".", ".."}
    )
    return quote(chat, safe="@") if is_one_segment else None
