"""Reading the smaller answers: the session, our own account, a number, an invite, a message."""

import re
from collections.abc import Mapping
from typing import Final

from rotation.core.outcome import Accepted
from rotation.core.roster import Phone
from rotation.providers import Own, Session, SessionStatus, Webhook
from rotation.providers.wawp.ids import NOBODY, Id, MisreadError, number, person_id
from rotation.providers.wawp.shapes import identity
from rotation.providers.wawp.strict_json import Garbled, Json, items, objects
from rotation.providers.wawp.verdicts import first, says_yes


def sent(body: Json) -> Accepted:
    """A sent message comes back as an object with an id, in the engine's own form."""
    found = objects(body)
    data = objects((found or {}).get("data")) or {}
    if says_yes(body) or _message_id(found) or _message_id(data):
        return Accepted()
    raise MisreadError("an answer without a message id")


def _message_id(found: Mapping[str, Json] | None) -> bool:
    if found is None:
        return False
    inner = objects(found.get("_data")) or {}
    places: list[Json] = [found, found.get("id"), found.get("key"), inner, inner.get("id")]
    places += [inner.get("Info")]
    told = [objects(p) or {} for p in places]
    return any(
        isinstance(v := o.get(k), str) and v
        for o in told
        for k in ("id", "ID", "_serialized", "messageId")
    )


_CODE = re.compile(r"(?:https://chat\.whatsapp\.com/)?([A-Za-z0-9_-]{16,40})")


def bare_code(body: Json | Garbled) -> Json | Garbled:
    """An invite code also comes as bare text, without JSON's quotes."""
    if isinstance(body, Garbled) and _CODE.fullmatch(body.text.strip()):
        return body.text.strip()
    return body


_CODE_KEYS: Final = ("code", "inviteCode", "invite_code", "link", "inviteLink", "invite_link")


def invite_link(body: Json) -> str:
    """The link of an answer that is the code, or has it; raises MisreadError."""
    told = body
    if not isinstance(body, str):
        told = first(body, _CODE_KEYS) or first(body, ("data", "result"))
    found = _CODE.fullmatch(told) if isinstance(told, str) else None
    if found is None:  # for a group where we are no admin, engines answer 200 and "undefined"
        raise MisreadError("no invite code; is the account an admin of the group?")
    return f"https://chat.whatsapp.com/{found.group(1)}"


def revoked(body: Json) -> Accepted:
    if not says_yes(body):
        invite_link(body)
    return Accepted()


_STATUSES: Final[dict[str, SessionStatus]] = {
    **{status.value: status for status in SessionStatus},
    "READY": SessionStatus.WORKING,
    "PASSKEY_REQUIRED": SessionStatus.SCAN_QR_CODE,  # a person has to act on the phone
    "PASSKEY_CONFIRMATION_REQUIRED": SessionStatus.SCAN_QR_CODE,
    "OFFLINE": SessionStatus.STOPPED,
    "PAUSED": SessionStatus.STOPPED,
}


def session(body: Json) -> Session:
    told = first(body, ("status",))
    if not isinstance(told, str) or not told.isupper():
        raise MisreadError("an answer without a session status")
    me = objects(first(body, ("me",)))
    who = NOBODY if me is None else _self(me)
    return Session(_STATUSES.get(told, SessionStatus.UNKNOWN), who.phone, who.lid)


def own(body: Json) -> Own:
    found = objects(body) or {}
    inner = objects(found.get("data")) or objects(found.get("me"))
    who = _self(inner or found)
    if who == NOBODY:
        raise MisreadError("no account is logged in")
    return Own(who.phone, who.lid)


def _self(me: Mapping[str, Json]) -> Id:
    return identity({key: me.get(key) for key in ("id", "jid", "lid", "phone", "number")})


def lid_of(body: Json, phone: Phone) -> Id:
    found = objects(body)
    if found is not None and "lid" not in found:
        found = objects(found.get("data"))
    if found is None or "lid" not in found:
        raise MisreadError("an answer without a hidden id")
    about = number(found.get("pn")).joined(number(found.get("number")))
    if about.phone not in {None, phone}:
        raise MisreadError("an answer about another number")
    lid = person_id(found["lid"])
    if lid.phone is not None:
        raise MisreadError("a number where a hidden id belongs")
    return lid


def exists(body: Json) -> bool:
    told = first(body, ("numberExists", "exists"))
    if not isinstance(told, bool):
        raise MisreadError("an answer that is neither yes nor no")
    return told


def webhooks(body: Json) -> tuple[Webhook, ...]:
    """Every address that events go to; raises MisreadError unless all of them are understood."""
    found = objects(body)
    if found is not None and "webhooks" not in found:
        found = objects(found.get("data"))
    if found is None or "webhooks" not in found:
        raise MisreadError("an answer without webhooks")
    listed = found["webhooks"] or ()
    entries = items(listed)
    if entries is None:
        raise MisreadError("webhooks in no known shape")
    return tuple(_webhook(entry) for entry in entries)


def _webhook(entry: Json) -> Webhook:
    found = objects(entry) or {}
    url, active = found.get("url"), found.get("is_active", True)
    events = items(found.get("events") or ())
    if not isinstance(url, str) or not url or active not in (True, False) or events is None:
        raise MisreadError("a webhook in no known shape")
    more = {k: v for k, v in found.items() if k not in {"url", "events", "is_active"}}
    return Webhook(url, tuple(str(name) for name in events), bool(active), more)


def understood(body: Json) -> Accepted:
    if objects(body) is None:
        raise MisreadError("an answer in no known shape")
    return Accepted()
