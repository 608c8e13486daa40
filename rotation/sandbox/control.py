"""The other door, `/sandbox/...`: for people and tests to look at the world and to change it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import ClassVar, TypeAlias

from pydantic import ConfigDict, TypeAdapter

from rotation.sandbox.chat import Group
from rotation.sandbox.clock import SteppedClock
from rotation.sandbox.duty import read_duty
from rotation.sandbox.faults import NAMED, Fault, read_fault
from rotation.sandbox.founding import GroupGiven, PersonGiven, Settings, settle
from rotation.sandbox.given import STRICT, GivenError, Instant, as_utc, read
from rotation.sandbox.script import Deed, Do
from rotation.sandbox.stage import Stage
from rotation.sandbox.wire import Kind, Request, Response, answer

_Fields: TypeAlias = Mapping[str, object]
_JSON: TypeAdapter[object] = TypeAdapter(object)


@dataclass(frozen=True, slots=True)
class Idle:
    """`who` has nothing to do until `idle_until`; None takes them out of the count."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    idle_until: Instant | None
    who: str = "daemon"


class Control:
    """Answers `/sandbox/...` over a stage. Nothing here is a call of ours to the judge."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._routes: dict[tuple[str, str], Callable[[Request, _Fields], object]] = {
            ("GET", ""): self._index,
            ("GET", "state"): self._state,
            ("GET", "log"): self._log,
            ("GET", "messages"): self._messages,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._set_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "people"): self._settle,
            ("POST", "groups"): self._found,
            ("POST", "script"): self._script,
            ("POST", "settings"): self._settings,
            ("POST", "duty"): self._duty,
            ("GET", "verdict"): self._verdict,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._idle,
        }

    def serve(self, request: Request) -> Response:
        name = request.path.removeprefix("/sandbox").strip("/")
        deed = re.fullmatch(r"groups/([^/]+)/([a-z_]+)", name)
        try:
            if deed and request.method == "POST":
                return answer(self._deed(deed[1], deed[2], request.fields()))
            route = self._routes.get((request.method, name))
            if route is None:
                return answer({"error": f"nothing at {request.path}", "there_is": self._there}, 404)
            return answer(_JSON.dump_python(route(request, request.fields()), mode="json"))
        except GivenError as error:
            return answer({"error": str(error)}, 400)
        except (ValueError, RecursionError):
            return answer({"error": "the body is not a JSON object"}, 400)

    @property
    def _there(self) -> list[str]:
        found = [f"{method} /sandbox/{name}".rstrip("/") for method, name in self._routes]
        return [*found, "POST /sandbox/groups/{chat}/{deed}"]

    # To look at

    def _index(self, _request: Request, _fields: _Fields) -> object:
        return {
            "there_is": self._there,
            "faults": list(NAMED),
            "deeds": list(Do),
            "calls": list(Kind),
        }

    def _state(self, _request: Request, _fields: _Fields) -> object:
        chats = self._stage.chats
        return {
            "now": as_utc(self._stage.clock.now()),
            "settings": asdict(self._stage.settings),
            "accounts": [
                {
                    "instance_id": account.instance_id,
                    "phone": account.phone,
                    "name": account.name,
                    "lid": account.lid,
                    "status": account.status,
                }
                for account in chats.accounts.values()
            ],
            "people": [asdict(person) for person in chats.people.values()],
            "groups": {chat: _group(group) for chat, group in chats.groups.items()},
            "calls": len(self._stage.diary),
            "trace": self._stage.diary.trace,
        }

    def _log(self, request: Request, _fields: _Fields) -> object:
        since = _number(request.query.get("since", "0"))
        entries = self._stage.diary.since(since)
        return {"entries": [{"number": number, **entry.plain()} for number, entry in entries]}

    def _messages(self, request: Request, _fields: _Fields) -> object:
        chat = request.query.get("chat")
        return {
            "messages": [
                {"at": as_utc(m.at), "chat": m.chat, "sender": m.sender, "text": m.text}
                for m in self._stage.chats.messages
                if chat is None or m.chat == chat
            ]
        }

    def _verdict(self, _request: Request, _fields: _Fields) -> object:
        return self._stage.judge.verdict(self._stage.clock.now())

    def _clock(self, _request: Request, _fields: _Fields) -> object:
        clock, ahead = self._stage.clock, self._stage.next_event_at
        told: dict[str, object] = {
            "now": as_utc(clock.now()),
            "mode": clock.mode,
            "boot": self._stage.boot,
            "next_event": as_utc(ahead) if ahead else None,
        }
        if isinstance(clock, SteppedClock):
            told["idle"] = {who: as_utc(until) for who, until in clock.participants.items()}
            told["looks"] = clock.looks
        return told

    def _faults(self, _request: Request, _fields: _Fields) -> object:
        return {"faults": [_fault(fault, left) for fault, left in self._stage.dial.faults]}

    # To change

    def _set_faults(self, request: Request, fields: _Fields) -> object:
        given = fields.get("faults", [fields])
        if not isinstance(given, list):
            raise GivenError("faults is not a list")
        self._stage.dial.set([read_fault(fault) for fault in given])
        return self._faults(request, fields)

    def _clear_faults(self, request: Request, fields: _Fields) -> object:
        self._stage.dial.clear()
        return self._faults(request, fields)

    def _settle(self, _request: Request, fields: _Fields) -> object:
        return asdict(settle(self._stage.chats, read(PersonGiven, fields)))

    def _found(self, _request: Request, fields: _Fields) -> object:
        given = read(GroupGiven, fields)
        self._stage.found_group(given)
        return _group(self._stage.chats.groups[given.chat])

    def _deed(self, chat: str, do: str, fields: _Fields) -> object:
        if chat not in self._stage.chats.groups:
            raise GivenError(f"no group is called {chat}")
        self._stage.plan([read(Deed, {"do": do, **fields, "chat": chat})])
        group = self._stage.chats.groups.get(chat)
        return _group(group) if group else {}

    def _script(self, _request: Request, fields: _Fields) -> object:
        deeds = read(tuple[Deed, ...], fields.get("script", [fields]))
        self._stage.plan(deeds)
        return {"planned": len(deeds)}

    def _settings(self, _request: Request, fields: _Fields) -> object:
        given = read(Settings, fields)
        changed = {word: getattr(given, word) for word in fields}
        self._stage.settle(replace(self._stage.settings, **changed))
        return asdict(self._stage.settings)

    def _duty(self, request: Request, fields: _Fields) -> object:
        self._stage.judge.told(read_duty(fields), self._stage.clock.now())
        return self._verdict(request, fields)

    def _idle(self, request: Request, fields: _Fields) -> object:
        given = read(Idle, fields)
        if given.idle_until is not None:
            self._stage.idle(given.idle_until, given.who)
        elif isinstance(self._stage.clock, SteppedClock):
            self._stage.clock.leave(given.who)
        return self._clock(request, fields)


def _group(group: Group) -> dict[str, object]:
    return {
        "chat": group.chat,
        "subject": group.subject,
        "creator": group.creator,
        "limit": group.limit,
        "invite_code": group.invite_code,
        "by_lid": group.by_lid,
        "community": group.community,
        "members": {phone: role.value for phone, role in group.members.items()},
    }


def _fault(fault: Fault, left: int | None) -> dict[str, object]:
    return {**asdict(fault), "left": left}


def _number(text: str) -> int:
    if not text.isdecimal():
        raise GivenError("since is not the number of an entry")
    return int(text)


def asked_to_look_only(request: Request) -> bool:
    """Whether a request changes nothing, so that a journal need not hold it."""
    return request.method == "GET" and request.path.startswith("/sandbox")
