"""Webhooks in: is it authentic, and what does it tell, whatever engine worded it.

An authentic webhook is signed over its raw bytes, or came to an address that only the provider was
told. Nothing in it is believed but that there is something to look at: a shape that is not known
is taken and tells nothing, and what is no JSON object with an event is malformed.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from rotation.core.roster import ChatId
from rotation.providers import Active, Address, Doing, Said, Tidings, Unheard
from rotation.providers.wawp.credentials import Secret
from rotation.providers.wawp.ids import NOBODY, MisreadError, group_id, person_id
from rotation.providers.wawp.redaction import tidy
from rotation.providers.wawp.strict_json import (
    Garbled,
    Json,
    Object,
    is_too_deep,
    items,
    objects,
    parsed,
)

SHORTEST_SECRET: Final = 22
"""Characters: 128 bits, in letters and digits."""
EVENTS: Final = (
    "session.status", "message", "message.reaction",
    "group.v2.join", "group.v2.leave", "group.v2.update", "group.v2.participants",
)  # fmt: skip
"""What we want to be told of. `message.any` would only say most of it twice."""

_SIGNATURE, _ALGORITHM = "x-webhook-hmac", "x-webhook-hmac-algorithm"
_SENT_AT = "x-webhook-timestamp"
_BY_LENGTH: Final = {128: "sha512", 64: "sha256"}
_LONGEST_NAME = 128


def path_key(secret: str, account: str) -> str:
    """The last part of the address that only the provider is told: 160 bits, made of the secret."""
    text = f"rotation webhooks of {account}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


class Hooks:
    """Listens for one account; `secrets` is asked each time, so that a changed one counts at once.

    Several count at a time, while a secret is replaced. With none nothing is authentic. Of the
    group `commands` what is written is told as well, and of no other.
    """

    def __init__(
        self,
        account: str,
        secrets: Callable[[], Sequence[Secret]],
        commands: ChatId | None = None,
    ) -> None:
        self._account = account
        self._secrets = secrets
        self._commands = commands

    def hear(self, headers: Mapping[str, str], body: bytes, key: str | None) -> Tidings | Unheard:
        if not self._is_authentic(headers, body, key):
            return Unheard.NOT_AUTHENTIC
        value = Garbled("too deep") if is_too_deep(body) else parsed(body)
        told = None if isinstance(value, Garbled) else objects(value)
        if told is None:
            return Unheard.MALFORMED
        try:
            return _tidings(told, headers.get(_SENT_AT), self._commands)
        except MisreadError:
            return Unheard.MALFORMED

    @property
    def listens(self) -> bool:
        return any(True for _ in self._revealed())

    def rival(self, address: str) -> str:
        """As `Ear.rival`; an address with our own name and no key is taken for one of ours."""
        found = _OURS_OR_THEIRS.search(address.partition("?")[0])
        if found is None:
            return ""
        harmless = found[1] == self._account if found[2] is None else self.is_ours(address)
        return "" if harmless else shown_address(address)

    def is_ours(self, address: str) -> bool:
        """Whether an address of webhooks is one that was made of a secret of ours."""
        found = _OURS_OR_THEIRS.search(address.partition("?")[0])
        keys = {path_key(secret, self._account) for secret in self._revealed()}
        return found is not None and found[2] in keys

    def _is_authentic(self, headers: Mapping[str, str], body: bytes, key: str | None) -> bool:
        """Compared in the same time whatever is wrong with it, and with each of the secrets."""
        signed = _bytes(headers.get(_SIGNATURE, "").lower())
        named = headers.get(_ALGORITHM, "").lower() or _BY_LENGTH.get(len(signed), "")
        way = hashlib.sha256 if named == "sha256" else hashlib.sha512
        given, found = _bytes(key or ""), False
        for secret in self._revealed():
            right = hmac.new(secret.encode(), body, way).hexdigest().encode()
            found |= hmac.compare_digest(right, signed)
            found |= hmac.compare_digest(path_key(secret, self._account).encode(), given)
        return found

    def _revealed(self) -> Iterator[str]:
        for secret in self._secrets():
            with suppress(Exception):  # one that cannot be read now opens nothing
                yield secret.reveal()


_OURS_OR_THEIRS: Final = re.compile(r"/hooks/([a-z0-9][a-z0-9_-]*)(?:/([0-9A-Za-z_-]{16,}))?/?$")


def shown_address(address: str) -> str:
    """Where it leads, without what may be a secret in it."""
    parts = urlsplit(address)
    found = _OURS_OR_THEIRS.search(parts.path)
    path = f"/hooks/{found[1]}{'/***' if found[2] else ''}" if found else "/***"
    return tidy(f"{parts.scheme}://{parts.hostname or ''}{path}", 120)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


# -- what it tells -------------------------------------------------------------------------------


def _tidings(told: Object, header: str | None, commands: ChatId | None) -> Tidings:
    event, payload = told.get("event"), objects(told.get("payload"))
    if event is None and isinstance(told.get("status"), str):
        event, payload = "session.status", told  # the oldest form is flat
    if not isinstance(event, str):
        raise MisreadError("a webhook without an event")
    name = told.get("id")
    found = Tidings(
        event=name if isinstance(name, str) and len(name) <= _LONGEST_NAME else "",
        at=_first_instant([told.get("timestamp"), told.get("ts"), header]),
    )
    if event in _SESSION:
        return _with(found, session=True)
    if event in _CHANGES or event.startswith("group.v2."):
        return _with(found, changed=frozenset(_changed(told)))
    if payload is not None and (doing := _DOING.get(event)) is not None:
        active = tuple(_active(payload, doing, found.at))
        said = _said(payload, active, commands) if event == "message" else None
        return _with(found, active=active, said=said)
    return found


_SESSION: Final = frozenset({"session.status", "state.change"})
_CHANGES: Final = frozenset(
    {
        "group.participants.update", "group-participants.update", "participant_changed",
        "group.join", "group.leave",
    }
)  # fmt: skip
"""Wawp's own pages name the first and third, Baileys the second, and older engines the others."""
_DOING: Final = {
    "message": Doing.MESSAGE,
    "message.any": Doing.MESSAGE,
    "message.reaction": Doing.REACTION,
    "poll.vote": Doing.POLL,
    "poll.vote.failed": Doing.POLL,
}


def _with(
    found: Tidings,
    *,
    changed: frozenset[ChatId] = frozenset(),
    session: bool = False,
    active: tuple[Active, ...] = (),
    said: Said | None = None,
) -> Tidings:
    return Tidings(found.event, found.at, changed, session, active, said)


_LONGEST_COMMAND = 120


def _said(payload: Object, active: Sequence[Active], commands: ChatId | None) -> Said | None:
    """What was written, if it was in the group of commands, and is short enough for one."""
    text = payload.get("body")
    if commands is None or not isinstance(text, str) or len(text) > _LONGEST_COMMAND:
        return None
    found = next((one for one in active if one.chat == commands), None)
    return None if found is None else Said(found.who, text, found.at)


def _changed(told: Object) -> Iterator[ChatId]:
    """The groups an event is about; its payload may be one object, or a list of them."""
    payload = told.get("payload")
    for entry in items(payload) or (payload,):
        if (found := objects(entry)) is None:
            continue
        inner = objects(found.get("group"))
        for place in filter(None, (found, inner)):
            for key in ("chatId", "groupId", "id", "jid", "JID", "group", "chat"):
                if (chat := _group(place.get(key))) is not None:
                    yield chat


def _active(payload: Object, doing: Doing, sent_at: datetime | None) -> Iterator[Active]:
    """Who did something in a group; our own account and private chats tell nothing."""
    places = list(_places(payload))
    if any(place.get(key) is True for place in places for key in ("fromMe", "IsFromMe")):
        return
    chat, who = _first_group(places), NOBODY
    for value in (place.get(key) for place in places for key in _SENDERS):
        with suppress(MisreadError):
            who = who.joined(person_id(value))
    if chat is not None and who != NOBODY:
        at = _first_instant([payload.get("timestamp"), payload.get("t")]) or sent_at
        yield Active(chat, Address(who.phone, who.lid), doing, at)


_CHATS: Final = ("from", "chatId", "to", "remoteJid", "Chat", "id")
_SENDERS: Final = (
    "participant", "author", "participantPn", "participantAlt", "Sender", "SenderAlt", "from",
)  # fmt: skip
_IN_A_MESSAGE_ID = re.compile(r"(?:true|false)_([0-9-]+@g\.us)_.*", re.DOTALL)


def _places(payload: Object) -> Iterator[Object]:
    """The objects in which engines say where a message is, and whose."""
    yield payload
    data = objects(payload.get("_data")) or {}
    for value in (payload.get("vote"), payload.get("key"), data.get("Info"), data.get("key")):
        if (found := objects(value)) is not None:
            yield found


def _first_group(places: Sequence[Object]) -> ChatId | None:
    for value in (place.get(key) for place in places for key in _CHATS):
        found = _IN_A_MESSAGE_ID.fullmatch(value) if isinstance(value, str) else None
        if (chat := _group(found.group(1) if found else value)) is not None:
            return chat
    return None


def _group(value: Json) -> ChatId | None:
    try:
        return group_id(value)
    except MisreadError:
        return None


_MILLISECONDS_FROM, _LATEST = 10**11, 10**14
"""A count above the first is one of milliseconds (in seconds it would be the year 5138)."""
_NUMBER = re.compile(r"[0-9]{1,15}")


def _first_instant(told: Sequence[Json]) -> datetime | None:
    """The first that is told, in seconds or milliseconds; raises MisreadError if it is no time."""
    value = next((v for v in told if v is not None and v != ""), None)
    if value is None:
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisreadError("a time that is no number")
    if not 0 < value < _LATEST:  # nor what is no number at all
        raise MisreadError("a time that nobody lives to see")
    return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, UTC)
