"""How a call to Wawp looks on the wire: which endpoint, whose credentials, about whom."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

LIMIT = 1024 * 1024
"""Bytes of a request body; more is answered with 413."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as plain data. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def to(
        cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> "Request":
        """A request for `target`, a path with or without a query (or a whole URL)."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method.upper(), unquote(parts.path), query, lowered, body)

    def fields(self) -> Mapping[str, object]:
        """The JSON object in the body, or nothing. Raises ValueError for anything else in it."""
        if not self.body:
            return {}
        data: object = json.loads(self.body)
        if not isinstance(data, dict):
            raise ValueError("the body is not a JSON object")  # noqa: TRY004 - one error for the caller
        return data


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer.

    `held` is how many seconds a server keeps it back; a stepped clock has spent them already.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    held: float = 0.0


class NoAnswer(Exception):  # noqa: N818 - says what happened to a call, not what is wrong here
    """The call got no answer; `acted` tells whether it took effect.

    `seconds` is how long its caller waited: a real server waits them, a stepped clock has spent
    them already.
    """

    def __init__(self, *, acted: bool, seconds: float = 0.0) -> None:
        super().__init__(f"no answer (acted: {acted})")
        self.acted = acted
        self.seconds = seconds


class TimedOut(NoAnswer):
    """The server says nothing for `seconds`, longer than anybody waits."""


class CutOff(NoAnswer):
    """The connection breaks before the answer."""


def answer(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, {"content-type": "application/json", **(headers or {})}, body)


def refusal(status: int, message: str, error: str, **more: object) -> Response:
    """Wawp's ErrorResponse: `{status, message, error}`, sometimes with a `code`."""
    return answer({"status": status, "message": message, "error": error, **more}, status)


class Kind(StrEnum):
    """What an endpoint does."""

    SESSION = "session"
    ME = "me"
    GROUPS = "groups"
    GROUP = "group"
    DETAIL = "detail"
    MEMBERS = "members"
    MEMBERS_V2 = "members_v2"
    ADD = "add"
    REMOVE = "remove"
    PROMOTE = "promote"
    DEMOTE = "demote"
    INVITE = "invite"
    REVOKE = "revoke"
    TEXT = "text"
    EXISTS = "exists"
    LIDS = "lids"
    LID_OF = "lid_of"
    HOOKS = "hooks"
    SET_HOOKS = "set_hooks"


SEATS = frozenset({Kind.ADD, Kind.REMOVE, Kind.PROMOTE, Kind.DEMOTE})
CHANGES = SEATS | {Kind.REVOKE, Kind.TEXT}
LISTS = frozenset({Kind.GROUPS, Kind.GROUP, Kind.DETAIL, Kind.MEMBERS, Kind.MEMBERS_V2})

_G = r"/v2/groups/(?P<chat>[^/]+)"
_ROUTES: tuple[tuple[str, re.Pattern[str], Kind], ...] = tuple(
    (methods, re.compile(pattern), kind)
    for methods, pattern, kind in (
        ("GET POST", r"/v2/session/info", Kind.SESSION),
        ("GET", r"/v2/session/me", Kind.ME),
        ("GET", r"/v2/session/webhook", Kind.HOOKS),
        ("POST", r"/v2/session/webhook", Kind.SET_HOOKS),
        ("GET", r"/v2/groups", Kind.GROUPS),
        ("GET", r"/v2/groups/detail", Kind.DETAIL),
        ("GET", _G, Kind.GROUP),
        ("GET", _G + r"/participants", Kind.MEMBERS),
        ("GET", _G + r"/participants/v2", Kind.MEMBERS_V2),
        ("POST", _G + r"/participants/add", Kind.ADD),
        ("POST", _G + r"/participants/remove", Kind.REMOVE),
        ("POST", _G + r"/admin/promote", Kind.PROMOTE),
        ("POST", _G + r"/admin/demote", Kind.DEMOTE),
        ("GET", _G + r"/invite-code", Kind.INVITE),
        ("POST", _G + r"/invite-code/revoke", Kind.REVOKE),
        ("GET POST", r"/v2/send/text", Kind.TEXT),
        ("GET", r"/v2/contacts/check-exists", Kind.EXISTS),
        ("GET", r"/v2/lids", Kind.LIDS),
        ("GET", r"/v2/lids/pn/(?P<number>[^/]+)", Kind.LID_OF),
    )
)


class Style(StrEnum):
    """The ways credentials were seen to be sent; which of them count is a setting."""

    BODY = "body"
    HEADER = "header"
    BEARER = "bearer"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Call:
    """A request understood. `ids` are the people as the caller named them."""

    kind: Kind
    path: str = ""
    chat: str = ""
    ids: tuple[str, ...] = ()
    to: str = ""
    text: str = ""
    number: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


class Misread(Exception):  # noqa: N818 - carries the answer to a request that makes no sense
    """A request that can't be understood, with the answer it gets."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def understood(request: Request) -> Call:
    """What a request asks for. Raises `Misread`."""
    if len(request.body) > LIMIT:
        raise Misread(refusal(413, "Body too large", "Payload Too Large"))
    kind, named = _routed(request)
    try:
        fields = request.fields()
        ids = _ids({**request.query, **fields}) if kind in SEATS else ()
    except (ValueError, RecursionError):
        raise Misread(refusal(400, "Invalid parameter format", "Bad Request")) from None
    given = {**request.query, **fields}
    if kind is Kind.DETAIL and "groupId" not in given:
        raise Misread(refusal(400, "groupId is missing", "Bad Request"))
    return Call(
        kind=kind,
        path=request.path,
        chat=named.get("chat", str(given.get("groupId", "")) if kind is Kind.DETAIL else ""),
        ids=ids,
        to=str(given.get("chatId", "")),
        text=str(given.get("message", given.get("text", ""))),
        number=named.get("number", str(given.get("phone", ""))),
        fields=fields,
        query=request.query,
    )


def _routed(request: Request) -> tuple[Kind, Mapping[str, str]]:
    path = request.path.rstrip("/")
    for methods, pattern, kind in _ROUTES:
        match = pattern.fullmatch(path)
        if match and request.method in methods.split():
            return kind, match.groupdict()
    raise Misread(refusal(404, f"Cannot {request.method} {request.path}", "Not Found"))


def _ids(given: Mapping[str, object]) -> tuple[str, ...]:
    named = given.get("participants")
    people: object = json.loads(named) if isinstance(named, str) else named
    if not isinstance(people, list) or not people:
        raise ValueError("participants is not a list of people")
    ids = [person.get("id") if isinstance(person, dict) else None for person in people]
    if not all(isinstance(id_, str) and id_ for id_ in ids):
        raise ValueError("a participant is not an object with an id")
    return tuple(str(id_) for id_ in ids)


def claimed(request: Request) -> str:
    """The instance a request says it is made for, whether its token fits or not."""
    try:
        fields = request.fields()
    except (ValueError, RecursionError):
        fields = {}
    return str(
        request.headers.get("x-instance-id")
        or fields.get("instance_id")
        or request.query.get("instance_id")
        or ""
    )


def credentials(request: Request, accepted: Collection[Style]) -> tuple[str, str] | None:
    """The (instance id, token) a request carries in one of the accepted ways."""
    try:
        fields = request.fields()
    except (ValueError, RecursionError):
        fields = {}
    instance = claimed(request)
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    tokens = {
        Style.BODY: str(fields.get("access_token", "")),
        Style.HEADER: request.headers.get("access-token", ""),
        Style.BEARER: bearer,
        Style.QUERY: request.query.get("access_token", ""),
    }
    token = next((tokens[style] for style in Style if style in accepted and tokens[style]), "")
    return (instance, token) if instance and token else None
