"""How each engine behind Wawp words its answers: NOWEB, GOWS, WEBJS, and Wawp's own documents.

The shapes follow Baileys (NOWEB), whatsmeow (GOWS) and whatsapp-web.js (WEBJS), which the engines
pass through unchanged; the last one is the plain `{"ok": true}` of Wawp's pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rotation.sandbox.chat import Code, Role
from rotation.sandbox.wire import Kind, Response, answer, refusal


class Engine(StrEnum):
    NOWEB = "noweb"
    GOWS = "gows"
    WEBJS = "webjs"
    WAWP = "wawp"


@dataclass(frozen=True, slots=True)
class Shown:
    """A member as the account is shown them; `phone` None where only the LID is known."""

    phone: str | None
    lid: str | None
    role: Role
    name: str = ""
    by_lid: bool = False
    left: bool = False

    @property
    def number_id(self) -> str | None:
        return None if self.phone is None else f"{digits(self.phone)}@s.whatsapp.net"

    @property
    def lid_id(self) -> str | None:
        return None if self.lid is None else f"{self.lid}@lid"

    @property
    def id(self) -> str:
        first, second = self.number_id, self.lid_id
        if self.by_lid:
            first, second = second, first
        return first or second or "@s.whatsapp.net"

    @property
    def outward_id(self) -> str:
        return self.id.replace("@s.whatsapp.net", "@c.us")


@dataclass(frozen=True, slots=True)
class Page:
    """A group as the account is shown it."""

    chat: str
    subject: str
    created: datetime | None
    by_lid: bool
    owner: Shown | None
    people: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one person in a call; `id` as the caller named them."""

    id: str
    shown: Shown
    code: Code
    invite: str | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the account's that was taken."""

    id: str
    chat: str
    text: str
    at: datetime
    sender: Shown


def digits(phone: str) -> str:
    return phone.removeprefix("+")


def outward(phone: str) -> str:
    return f"{digits(phone)}@c.us"


def broken_engine(
    message: str, call: Mapping[str, object], data: object = None, name: str = "Error"
) -> Response:
    """The 500 in which an engine's exception, and WhatsApp's own code with it, is buried."""
    exception = {"message": message, "name": name, "stack": f"{name}: {message}"}
    if data is not None:
        exception["data"] = str(data)
    body = {
        "statusCode": 500,
        "exception": {**exception, **({} if data is None else {"data": data})},
        "request": call,
        "version": {"version": "2026.7.1", "tier": "PLUS"},
    }
    return answer(body, 500)


class Wawp:
    """The shapes Wawp's pages describe; the others differ from these."""

    name = Engine.WAWP
    webhook_name = "WEBJS"

    def members(self, page: Page) -> object:
        return [self.member(shown) for shown in page.people]

    def member(self, shown: Shown) -> object:
        return {
            "id": shown.outward_id,
            "isAdmin": shown.role is not Role.MEMBER,
            "isSuperAdmin": shown.role is Role.SUPERADMIN,
        }

    def members_v2(self, page: Page) -> object:
        return [self.member_v2(shown) for shown in page.people]

    def member_v2(self, shown: Shown) -> dict[str, object]:
        role = {Role.MEMBER: "participant", Role.ADMIN: "admin", Role.SUPERADMIN: "superadmin"}
        number = None if shown.phone is None else outward(shown.phone)
        return {
            "id": shown.outward_id,
            "pn": number,
            "role": "left" if shown.left else role[shown.role],
        }

    def group(self, page: Page) -> object:
        return {
            "id": page.chat,
            "subject": page.subject,
            "owner": page.owner.outward_id if page.owner else None,
            "size": len(page.people),
            "participants": self.members(page),
        }

    def groups(self, pages: Sequence[Page], *, with_people: bool) -> object:
        return [self._without(self.group(page), with_people=with_people) for page in pages]

    def _without(self, group: object, *, with_people: bool) -> object:
        if with_people or not isinstance(group, dict):
            return group
        return {key: value for key, value in group.items() if key.lower() != "participants"}

    def changed(self, kind: Kind, results: Sequence[Result]) -> Response:
        codes = {result.code for result in results}
        if Code.CREATOR in codes:
            return refusal(500, "Failed to update participants", "Internal Server Error")
        if kind is not Kind.ADD and codes == {Code.UNKNOWN}:
            return refusal(404, "Participant is not a member of the group", "Not Found")
        return answer({"ok": True})

    def said(self, said: Said) -> object:
        return {
            "id": f"true_{said.chat}_{said.id}",
            "timestamp": int(said.at.timestamp()),
            "from": said.sender.outward_id,
            "to": said.chat,
            "fromMe": True,
            "body": said.text,
        }

    def lid(self, phone: str | None, lid: str | None) -> object:
        return {"lid": lid and f"{lid}@lid", "number": phone and digits(phone)}

    def unknown_group(self, chat: str, call: Mapping[str, object]) -> Response:
        _ = call
        return refusal(404, f"Group {chat} not found", "Not Found")

    def not_in_group(self, chat: str, call: Mapping[str, object]) -> Response:
        _ = chat, call
        return refusal(403, "The instance is not a participant of this group", "Forbidden")

    def not_admin(self, kind: Kind, call: Mapping[str, object]) -> Response:
        _ = kind, call
        return refusal(403, "The instance must be a group admin", "Forbidden")


class _PassedThrough(Wawp):
    """What the three real engines have in common."""

    def lid(self, phone: str | None, lid: str | None) -> object:
        return {"lid": lid and f"{lid}@lid", "pn": phone and outward(phone)}


class Noweb(_PassedThrough):
    name = Engine.NOWEB
    webhook_name = "NOWEB"

    def member(self, shown: Shown) -> object:
        other = {"phoneNumber": shown.number_id} if shown.by_lid else {"lid": shown.lid_id}
        role = None if shown.role is Role.MEMBER else shown.role.value
        return {"id": shown.id, **{k: v for k, v in other.items() if v}, "admin": role}

    def group(self, page: Page) -> object:
        return {
            "id": page.chat,
            "addressingMode": "lid" if page.by_lid else "pn",
            "subject": page.subject,
            "owner": page.owner.id if page.owner else None,
            "creation": int(page.created.timestamp()) if page.created else None,
            "size": len(page.people),
            "restrict": False,
            "announce": False,
            "participants": self.members(page),
        }

    def groups(self, pages: Sequence[Page], *, with_people: bool) -> object:
        return {
            page.chat: self._without(self.group(page), with_people=with_people) for page in pages
        }

    def changed(self, kind: Kind, results: Sequence[Result]) -> Response:
        _ = kind
        return answer([self._result(result) for result in results])

    def _result(self, result: Result) -> object:
        jid, code = result.shown.id, str(result.code.value)
        content: list[object] = []
        if result.invite and result.expires:
            expiration = str(int(result.expires.timestamp()))
            attrs = {"code": result.invite, "expiration": expiration}
            content = [{"tag": "add_request", "attrs": attrs}]
        attrs = {"jid": jid} if code == "200" else {"jid": jid, "error": code}
        node = {"tag": "participant", "attrs": attrs, "content": content}
        return {"status": code, "jid": jid, "content": node}

    def said(self, said: Said) -> object:
        return {
            "key": {"remoteJid": said.chat, "fromMe": True, "id": said.id},
            "message": {"extendedTextMessage": {"text": said.text}},
            "messageTimestamp": str(int(said.at.timestamp())),
            "status": "PENDING",
        }

    def unknown_group(self, chat: str, call: Mapping[str, object]) -> Response:
        return broken_engine(f"Group with id '{chat}' not found", call)

    def not_in_group(self, chat: str, call: Mapping[str, object]) -> Response:
        return self.unknown_group(chat, call)


class Gows(_PassedThrough):
    name = Engine.GOWS
    webhook_name = "GOWS"

    def member(self, shown: Shown) -> object:
        return self._object(shown, 0, None)

    def _object(self, shown: Shown, error: int, add_request: object) -> object:
        return {
            "JID": shown.id,
            "PhoneNumber": shown.number_id or "",
            "LID": shown.lid_id or "",
            "IsAdmin": shown.role is not Role.MEMBER,
            "IsSuperAdmin": shown.role is Role.SUPERADMIN,
            "DisplayName": "",
            "Error": error,
            "AddRequest": add_request,
        }

    def group(self, page: Page) -> object:
        return {
            "JID": page.chat,
            "OwnerJID": page.owner.id if page.owner else "",
            "Name": page.subject,
            "Topic": "",
            "IsLocked": False,
            "IsAnnounce": False,
            "AddressingMode": "lid" if page.by_lid else "pn",
            "GroupCreated": page.created.isoformat() if page.created else None,
            "ParticipantCount": len(page.people),
            "Participants": self.members(page),
        }

    def changed(self, kind: Kind, results: Sequence[Result]) -> Response:
        _ = kind
        return answer([self._result(result) for result in results])

    def _result(self, result: Result) -> object:
        error = 0 if result.code is Code.DONE else result.code.value
        asked = None
        if result.invite and result.expires:
            asked = {"Code": result.invite, "Expiration": result.expires.isoformat()}
        return self._object(result.shown, error, asked)

    def said(self, said: Said) -> object:
        info = {"ID": said.id, "Chat": said.chat, "Sender": said.sender.id, "IsFromMe": True}
        return {
            "id": f"true_{said.chat}_{said.id}",
            "timestamp": int(said.at.timestamp()),
            "fromMe": True,
            "to": said.chat,
            "body": said.text,
            "_data": {"Info": info},
        }

    def not_in_group(self, chat: str, call: Mapping[str, object]) -> Response:
        _ = chat
        return broken_engine("2 UNKNOWN: you're not participating in that group", call)


class Webjs(_PassedThrough):
    name = Engine.WEBJS
    webhook_name = "WEBJS"

    def member(self, shown: Shown) -> object:
        return {
            "id": self._id(shown.outward_id),
            "isAdmin": shown.role is not Role.MEMBER,
            "isSuperAdmin": shown.role is Role.SUPERADMIN,
        }

    def _id(self, jid: str) -> object:
        user, _, server = jid.partition("@")
        return {"server": server, "user": user, "_serialized": jid}

    def group(self, page: Page) -> object:
        about = {
            "id": self._id(page.chat),
            "creation": int(page.created.timestamp()) if page.created else None,
            "owner": self._id(page.owner.outward_id) if page.owner else None,
            "subject": page.subject,
            "size": len(page.people),
            "participants": self.members(page),
        }
        return {
            "id": self._id(page.chat),
            "name": page.subject,
            "isGroup": True,
            "groupMetadata": about,
        }

    def _without(self, group: object, *, with_people: bool) -> object:
        if with_people or not isinstance(group, dict):
            return group
        about = super()._without(group["groupMetadata"], with_people=False)
        return {**group, "groupMetadata": about}

    def changed(self, kind: Kind, results: Sequence[Result]) -> Response:
        """An add tells; a remove says 200 whatever happened, or breaks when nobody is left."""
        if kind is Kind.ADD:
            return answer({result.id: self._result(result) for result in results})
        if all(result.code is Code.UNKNOWN for result in results):
            return broken_engine("expected at least 1 children, but found 0", {})
        return answer({"status": 200})

    def _result(self, result: Result) -> object:
        return {
            "code": result.code.value,
            "message": result.code.name.replace("_", " ").lower(),
            "isInviteV4Sent": result.code is Code.PRIVACY,
        }

    def said(self, said: Said) -> object:
        whole = f"true_{said.chat}_{said.id}"
        return {
            "id": {"fromMe": True, "remote": said.chat, "id": said.id, "_serialized": whole},
            "timestamp": int(said.at.timestamp()),
            "body": said.text,
            "to": said.chat,
        }

    def not_admin(self, kind: Kind, call: Mapping[str, object]) -> Response:
        """No error at all: a sentence instead of a result, or a 200 that did nothing."""
        _ = call
        if kind is Kind.ADD:
            return answer("You have no admin rights to add a participant to a group")
        return answer({"status": 200})


ENGINES: Mapping[Engine, Wawp] = {
    Engine.NOWEB: Noweb(),
    Engine.GOWS: Gows(),
    Engine.WEBJS: Webjs(),
    Engine.WAWP: Wawp(),
}
