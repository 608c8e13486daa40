"""A Wawp account as a chat: each of its calls is one request, and ends in one outcome."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import httpx

from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Unread
from rotation.core.roster import ChatId, Phone
from rotation.providers import Address, GroupInfo, Members, Own, Page, Session, Webhook
from rotation.providers.deadline import MIB
from rotation.providers.wawp import readings
from rotation.providers.wawp.changes import changed
from rotation.providers.wawp.credentials import Credentials, CredentialStyle
from rotation.providers.wawp.ids import Id, MisreadError, in_path, is_phone, participant
from rotation.providers.wawp.shapes import group, groups, members, members_named
from rotation.providers.wawp.strict_json import Garbled, Json
from rotation.providers.wawp.verdicts import Act, complaint, no
from rotation.providers.wawp.ways import Ways, is_absent
from rotation.providers.wawp.wire import Answer, Call, Clock, Endpoint, Transcript, Wire

_T = TypeVar("_T")

LONGEST_TEXT: Final = 4096
"""Characters of one message; the vendor's limit."""
_ALL_GROUPS_CAP: Final = 16 * MIB
"""The list of groups carries everybody in every group on some engines, so it may be longer."""
_PARTIAL_CONTENT: Final = 206


class Wawp:
    """The Wawp API of one account (https://api.wawp.net, version 2); a `Chat`.

    Every call is one request with a total deadline, never repeated and never raising for what a
    server or a network does. `credentials` is asked at every call; `clock` tells UTC. `transport`
    takes the place of the network (a simulated world); `transcript` is shown every exchange,
    redacted. Raises ValueError for a base URL that secrets must not be sent to.
    """

    def __init__(
        self,
        credentials: Callable[[], Credentials],
        clock: Clock,
        endpoint: Endpoint | None = None,
        transport: httpx.BaseTransport | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self._wire = Wire(endpoint or Endpoint(), credentials, clock, transport, transcript)
        self._ways = Ways(clock)

    def __repr__(self) -> str:
        return f"Wawp({self._wire!r})"

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the server's clock was ahead of ours at its last dated answer."""
        return self._wire.clock_offset

    def close(self) -> None:
        self._wire.close()

    def add(self, chat: ChatId, who: Address) -> Outcome:
        return self._change(Act.ADD, "add", chat, who)

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        return self._change(Act.REMOVE, "remove", chat, who)

    def say(self, to: ChatId | Phone, text: str) -> Outcome:
        """Send `text` to a group, or to one person by number."""
        recipient = participant(Address(Phone(to))) if to.startswith("+") else to
        if recipient is None or in_path(ChatId(recipient)) is None:
            return _bad("not a number or a group that can be written to")
        if not 0 < len(text) <= LONGEST_TEXT or not _is_encodable(text):
            return _bad(f"a text must have 1 to {LONGEST_TEXT} ordinary characters")
        fields: Mapping[str, Json] = {"chatId": recipient, "message": text}
        act = Act.SAY_TO_PERSON if to.startswith("+") else Act.SAY_TO_GROUP
        return self._read(act, Call("POST", "/v2/send/text", fields), readings.sent)

    def members(self, chat: ChatId) -> Members | Unread:
        """Everyone in the group, whole and understood to the last entry, or why not.

        Asked of the group itself, under either of its two addresses, as that answer names it;
        where the server has neither, the bare list is taken.
        """
        segment = in_path(chat)
        if segment is None:
            return _bad_group()
        calls = (
            Call("GET", f"/v2/groups/{segment}"),
            Call("GET", "/v2/groups/detail", {"groupId": chat}),
            Call("GET", f"/v2/groups/{segment}/participants"),
        )
        way = self._ways.of(chat)
        understood = members if way == len(calls) - 1 else members_named
        answer = self._wire.send(calls[way])
        if not isinstance(answer, Answer):
            return answer
        found = _judged(Act.READ_GROUP, answer, lambda body: understood(body, chat))
        if found is None or is_absent(answer, found):
            return self._ways.absent(chat, len(calls), answer)
        return found

    def group(self, chat: ChatId) -> GroupInfo | Unread:
        return self._read_group(chat, "", lambda body: group(body, chat))

    def groups(self, page: Page | None = None) -> tuple[GroupInfo, ...] | Unread:
        """Groups the account is in. Empty is believed here: an account may be in none.

        Pages are sorted by id, so that one that is added meanwhile hides no other.
        """
        asked: dict[str, Json] = {}
        if page is not None:
            asked = {"limit": page.size, "offset": page.after, "sortBy": "id", "sortOrder": "asc"}
        call = Call("GET", "/v2/groups", asked, body_cap=_ALL_GROUPS_CAP)
        return self._read(Act.READ_ACCOUNT, call, groups)

    def session(self) -> Session | Unread:
        """The session's state; documented as a POST, and asked for by others with GET."""
        answer = self._wire.send(self._session_call())
        if not isinstance(answer, Answer):
            return answer
        found = _judged(Act.READ_ACCOUNT, answer, readings.session)
        if is_absent(answer, found):
            return self._ways.absent(_SESSION, len(_SESSION_CALLS), answer)
        return found

    def _session_call(self) -> Call:
        return _SESSION_CALLS[self._ways.of(_SESSION)]

    def own(self) -> Own | Unread:
        return self._read(Act.READ_ACCOUNT, _OWN_CALL, readings.own)

    def invite_link(self, chat: ChatId) -> str | Unread:
        segment = in_path(chat)
        if segment is None:
            return _bad_group()
        return self._read(
            Act.INVITE, Call("GET", f"/v2/groups/{segment}/invite-code"), readings.invite_link
        )

    def revoke_invite(self, chat: ChatId) -> Outcome:
        segment = in_path(chat)
        if segment is None:
            return _bad_group()
        call = Call("POST", f"/v2/groups/{segment}/invite-code/revoke", {"id": chat})
        return self._read(Act.INVITE, call, readings.revoked)

    def lid_of(self, phone: Phone) -> str | Unread | None:
        """The hidden id of a number; None when the server answers that it knows none."""
        if not is_phone(phone):
            return _bad("not a phone number")
        call = Call("GET", f"/v2/lids/pn/{phone[1:]}")
        found = self._read(Act.READ_ACCOUNT, call, lambda body: readings.lid_of(body, phone))
        return found.lid if isinstance(found, Id) else found

    def exists(self, phone: Phone) -> bool | Unread:
        """Whether the number is on WhatsApp. The vendor asks for at most one such call a second."""
        if not is_phone(phone):
            return _bad("not a phone number")
        call = Call("GET", "/v2/contacts/check-exists", {"phone": phone[1:]})
        return self._read(Act.READ_ACCOUNT, call, readings.exists)

    def webhooks(self) -> tuple[Webhook, ...] | Unread:
        """Where the account's events go; the provider's own address for them is not among these."""
        return self._read(Act.READ_ACCOUNT, Call("GET", _WEBHOOKS), readings.webhooks)

    def set_webhooks(self, hooks: Sequence[Webhook]) -> Accepted | Unread:
        """Send the account's events to these addresses, and to no other any more."""
        told: list[Mapping[str, Any]] = [
            {**hook.more, "url": hook.url, "events": [*hook.events], "is_active": hook.active}
            for hook in hooks
        ]
        call = Call("POST", _WEBHOOKS, {"webhooks": told})
        return self._read(Act.READ_ACCOUNT, call, readings.understood)

    def probe_styles(
        self, *, also_in_the_url: bool = False
    ) -> dict[CredentialStyle, Accepted | Unread]:
        """How the server takes each way of sending the credentials, by calls that only read.

        A style is Accepted when a GET and a POST both get past the credentials (a session that is
        not working is past them). The style that writes the token into URLs is tried on request
        only: trying it leaves the token in the server's logs.
        """
        return {
            style: self._probe(style)
            for style in CredentialStyle
            if also_in_the_url or style is not CredentialStyle.QUERY
        }

    def _probe(self, style: CredentialStyle) -> Accepted | Unread:
        for call in (_OWN_CALL, self._session_call()):
            found = self._read(Act.READ_ACCOUNT, call, readings.understood, style)
            is_session_down = isinstance(found, Refused) and found.why is Refusal.SESSION
            if not isinstance(found, Accepted) and not is_session_down:
                return found
        return Accepted()

    def _change(self, act: Act, verb: str, chat: ChatId, who: Address) -> Outcome:
        segment, name = in_path(chat), participant(who)
        if segment is None:
            return _bad_group()
        if name is None:
            return _bad("the person has neither a usable number nor a usable id")
        # One person a request: a batch could be half done, and one bad id fails all of it.
        fields: Mapping[str, Json] = {"id": chat, "participants": [{"id": name}]}
        answer = self._wire.send(Call("POST", f"/v2/groups/{segment}/participants/{verb}", fields))
        return changed(act, who, answer) if isinstance(answer, Answer) else answer

    def _read_group(self, chat: ChatId, rest: str, understood: Callable[[Json], _T]) -> _T | Unread:
        segment = in_path(chat)
        if segment is None:
            return _bad_group()
        return self._read(Act.READ_GROUP, Call("GET", f"/v2/groups/{segment}{rest}"), understood)

    def _read(
        self,
        act: Act,
        call: Call,
        understood: Callable[[Json], _T],
        style: CredentialStyle | None = None,
    ) -> _T | Unread:
        """The answer as `understood` reads it; in doubt where it raises MisreadError."""
        answer = self._wire.send(call, style)
        return _judged(act, answer, understood) if isinstance(answer, Answer) else answer


def _judged(act: Act, answer: Answer, understood: Callable[[Json], _T]) -> _T | Unread:
    if not answer.is_good:
        return no(act, answer)
    body = readings.bare_code(answer.body) if act is Act.INVITE else answer.body
    if isinstance(body, Garbled) or answer.status == _PARTIAL_CONTENT:
        why = body.why if isinstance(body, Garbled) else "a part of an answer"
        return InDoubt(f"{answer.status}: {why}")
    if (hidden := complaint(body)) is not None:
        return no(act, answer, hidden)
    try:
        return understood(body)
    except MisreadError as why:
        return InDoubt(f"{answer.status}: {why}")


_SESSION: Final = "/v2/session/info"
_SESSION_CALLS: Final = (Call("POST", _SESSION), Call("GET", _SESSION))
_WEBHOOKS: Final = "/v2/session/webhook"
_OWN_CALL: Final = Call("GET", "/v2/session/me")


def _bad(why: str) -> Refused:
    """A refusal of our own: nothing was sent."""
    return Refused(Refusal.BAD_REQUEST, f"{why}; nothing was sent")


def _bad_group() -> Refused:
    return _bad("the group's chat id cannot be used in an address")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
