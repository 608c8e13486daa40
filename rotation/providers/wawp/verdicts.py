"""What an answer that says no means: one table by status, and the words that sharpen it.

Status codes lie in this family of services: a rate limit comes as 400, a refusal inside a 200, an
error of the chat inside a 500. So a verdict is only as strong as its evidence. A clear, documented
no is *refused*; whatever could mean two things is *in doubt*, which costs a quiet time and a read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from rotation.core.outcome import InDoubt, Refusal, Refused, Throttled, Unread
from rotation.providers.wawp.strict_json import EXCERPT, Garbled, Json, Object, objects
from rotation.providers.wawp.wire import Answer


class Act(Enum):
    """What was asked for: the same code means different things for different acts."""

    ADD = auto()
    REMOVE = auto()
    SAY_TO_GROUP = auto()
    SAY_TO_PERSON = auto()
    INVITE = auto()
    READ_GROUP = auto()
    READ_ACCOUNT = auto()


class Pace(Enum):
    """The other thing an answer's words can mean, besides a refusal."""

    TOO_FAST = auto()


Meaning: TypeAlias = Refusal | Pace

_WORDS: Final[Mapping[Meaning, Sequence[str]]] = {
    # 463: the number may not write to people it never talked to ("reach-out time lock")
    Refusal.RESTRICTED: (r"\b(?:error|status|code|data)\W{1,3}463\b", r"reach-?out.?time.?lock"),
    Pace.TOO_FAST: (r"rate.?(?:over)?limit", r"too many requests", r"\bstatus 429\b"),
    Refusal.SESSION: (
        r"session status is not as expected",
        r"\bSCAN_QR_CODE\b",
        r"\bsession\b.{0,60}\b(?:not found|not exist|not working|stopped)\b",
    ),
    Refusal.FULL: (
        r"\bgroup (?:is )?full\b",
        r"\bparticipants?\b.{0,30}\b(?:limit|maximum)\b",
        r"\b(?:limit|maximum)\b.{0,30}\bparticipants?\b",
    ),
    Refusal.PLAN: (
        r"\b(?:quota(?:_reached)?|subscription(?:_required)?|upgrade)\b",
        r"\b(?:limit|maximum)\b.{0,40}\b(?:reached|exceeded)\b",
        r"\bexceeded\b.{0,40}\b(?:limit|maximum)\b",
    ),
    Refusal.CREDENTIALS: (
        r"\binvalid_instance\b",
        r"\binstance\b.{0,40}\b(?:not found|not exist|invalid)\b",
        r"\baccess[_ -]?token\b|\binstance_id\b|\binvalid token\b|\bunauthori[sz]ed\b",
    ),
    Refusal.GROUP_GONE: (  # not "group member not found": it must be the group that is not
        r"\bnot participating\b",
        r"\bgroup(?: with id \S+| \S+@g\.us)? (?:was |is )?not found\b",
        r"\bgroup (?:does not|doesn't) exist\b",
        r"\bempty group\b",
    ),
    Refusal.NOT_ADMIN: (
        r"\bno admin rights\b",
        r"\b(?:not|must be) (?:a |an |the )?(?:group )?admin",
    ),
    Refusal.BAD_REQUEST: (
        r"\bvalidation failed\b",
        r"\bmust (?:be|contain|match)\b",
        r"\bmissing parameter\b",
    ),
}
"""Words in a server's message, the most telling first."""

_PATTERNS: Final = tuple(
    (re.compile("|".join(words), re.IGNORECASE), meaning) for meaning, words in _WORDS.items()
)


def _meaning(text: str) -> Meaning | None:
    return next((meaning for pattern, meaning in _PATTERNS if pattern.search(text)), None)


@dataclass(frozen=True, slots=True)
class _Row:
    """How a status is judged: the `words` believed with it, else `default` (None: in doubt)."""

    words: frozenset[Meaning] = frozenset()
    default: Refusal | Mapping[Act, Refusal] | None = None


_ANY: Final[frozenset[Meaning]] = frozenset({*Refusal, *Pace})
_WHERE: Final[frozenset[Meaning]] = frozenset(
    {Refusal.GROUP_GONE, Refusal.SESSION, Refusal.CREDENTIALS}
)
# An error of the chat itself inside a 500 ("info query returned status 400: bad-request"). 400 and
# 403 also hide rate limits and passing trouble, so they conclude nothing and stay in doubt; 429 is
# said by the chat in so many words, so nothing happened and slower is right. No hold comes of them.
_HIDDEN: Final[frozenset[Meaning]] = frozenset(
    {Refusal.RESTRICTED, Refusal.SESSION, Refusal.GROUP_GONE, *Pace}
)
_FORBIDDEN: Final = {
    Act.ADD: Refusal.NOT_ADMIN,
    Act.REMOVE: Refusal.NOT_ADMIN,
    Act.INVITE: Refusal.NOT_ADMIN,
    Act.SAY_TO_GROUP: Refusal.NOT_ADMIN,  # only admins may write in some groups
    Act.SAY_TO_PERSON: Refusal.PRIVACY,
    Act.READ_ACCOUNT: Refusal.PLAN,  # reading a group: could be either, so in doubt
}

_ENVELOPE: Final[Mapping[int, _Row]] = {
    0: _Row(_ANY),  # a 2xx whose body says no, without a number
    400: _Row(_ANY, Refusal.BAD_REQUEST),
    401: _Row(default=Refusal.CREDENTIALS),
    402: _Row(default=Refusal.PLAN),
    403: _Row(_ANY - {Refusal.BAD_REQUEST}, _FORBIDDEN),
    404: _Row(_WHERE),  # group, session, instance or person unknown: by itself never "gone"
    408: _Row(),  # the server gave up waiting; the chat may not have
    409: _Row(frozenset({Refusal.SESSION})),  # a member already, or a session that is busy
    417: _Row(default={Act.ADD: Refusal.COMMUNITY}),
    419: _Row(default={Act.ADD: Refusal.FULL}),
    422: _Row(_ANY, Refusal.SESSION),  # what the engine says while its session is not WORKING
}
_ELSEWHERE: Final = _Row(_HIDDEN)
"""Every 5xx, and every status nobody documents."""

_TOO_MANY_REQUESTS: Final = 429


def no(act: Act, answer: Answer, hidden: int | None = None) -> Unread:
    """The verdict on an answer that is not a yes; `hidden` is the status a 2xx body hides."""
    status = answer.status if hidden is None else hidden
    text = said(answer.body)
    detail = answer.redaction.text(f"{_label(answer, hidden)}: {text}")
    if status == _TOO_MANY_REQUESTS:
        return Throttled(answer.wait, detail)
    if answer.is_redirect:
        return InDoubt(f"{status}: the server redirects elsewhere; check the account's base URL")
    if _is_somebody_elses(status, answer.body):
        return InDoubt(detail)
    row, meaning = _ENVELOPE.get(status, _ELSEWHERE), _meaning(text)
    if meaning is Pace.TOO_FAST and meaning in row.words:
        return Throttled(answer.wait, detail)
    if isinstance(meaning, Refusal) and meaning in row.words:
        return Refused(meaning, detail)
    default = row.default.get(act) if isinstance(row.default, Mapping) else row.default
    return InDoubt(detail) if default is None else Refused(default, detail)


def _label(answer: Answer, hidden: int | None) -> str:
    if hidden is None:
        return str(answer.status)
    return f"{answer.status} saying {hidden}" if hidden else f"{answer.status} saying no"


def _is_somebody_elses(status: int, body: Json | Garbled) -> bool:
    """Whether a proxy or a web framework answered: only the API itself knows of admins and codes.

    417 and 419 have meanings of their own on the web, so they count only with the API's JSON.
    """
    if not isinstance(body, Garbled):
        return False
    return body.is_web_page or status in {417, 419}


_TOLD_IN: Final = ("code", "message", "error", "msg", "detail", "reason")
_ERROR_CODES: Final = frozenset(
    {
        "quota_reached",
        "subscription_required",
        "invalid_instance",
        "proxy_error",
        "wawp_upstream_error",
    }
)


def said(body: Json | Garbled) -> str:
    """What the server says in words; never what it echoes of our own request."""
    if isinstance(body, Garbled):
        return body.text or body.why
    if isinstance(body, str):
        return body[:EXCERPT]
    return "; ".join(dict.fromkeys(_messages(body, 0)))[:EXCERPT] or "no message"


_DEEPEST: Final = 3
"""{exception: {data: {...}}} is the deepest message known."""


def _messages(body: Json, depth: int) -> Iterator[str]:
    found = objects(body)
    if found is None or depth == _DEEPEST:
        return
    for key in _TOLD_IN:
        match found.get(key):
            case str(text):
                yield text
            case [str(text), *_]:  # validators send a list of sentences
                yield text
            case _:
                pass
    # WhatsApp's own code, where the engine leaves it as a number
    yield from (f"{k} {n}" for k in ("code", "data") if (n := code_of(found.get(k))) is not None)
    yield from (code for code in sorted(_ERROR_CODES) if code in found)
    for key in ("exception", "error", "data"):
        yield from _messages(found.get(key), depth + 1)


def code_of(value: Json) -> int | None:
    """A status, as a number or as its three ASCII digits; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in range(1000):
        return value
    return None


_FAILED: Final = frozenset({"error", "fail", "failed", "failure"})
_PASSED: Final = frozenset({"success", "ok"})


_A_NO: Final = 400
"""The least status that is one."""


def complaint(body: Json) -> int | None:
    """The status that a 2xx body hides: 0 for a no without a number, None for no complaint."""
    found = objects(body)
    if found is None or is_entry(found):
        return None
    for key in ("statusCode", "status", "code"):
        code = code_of(found.get(key))
        if code is not None and code >= _A_NO:
            return code
    if _says_no(found) or _is_success_beyond_the_plan(found):
        return 0
    return None


def _says_no(found: Object) -> bool:
    return (
        found.get("ok") is False
        or found.get("success") is False
        or _word(found.get("status")) in _FAILED
        or _word(found.get("code")) in _ERROR_CODES
        or not _ERROR_CODES.isdisjoint(found)
        or "exception" in found
        or bool(found.get("error"))
    )


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _is_success_beyond_the_plan(found: Object) -> bool:
    """The older API reports a used-up quota as `status: "success"` and a sentence."""
    return found.get("status") == "success" and _meaning(said(found)) is Refusal.PLAN


def says_yes(body: Json) -> bool:
    """Whether a body is one of the known ways of saying that all went well, and no more."""
    found = objects(body)
    if found is None:
        return body is True
    status = found.get("status")
    return (
        found.get("ok") is True
        or found.get("success") is True
        or _word(status) in _PASSED
        or code_of(status) in {200, 201}
    )


def is_entry(found: Object) -> bool:
    """Whether an object is the result for one person: it names somebody and has a code."""
    names = any(found.get(key) for key in ("jid", "JID", "participant", "id"))
    return names and any(key in found for key in ("status", "code", "Error", "error"))


def first(body: Json, keys: Sequence[str]) -> Json:
    """The first of `keys` that is told in an object, or in its `data`; None if none is."""
    found = objects(body)
    if found is None:
        return None
    told = next((found[key] for key in keys if found.get(key) is not None), None)
    return first(found.get("data"), keys) if told is None else told
