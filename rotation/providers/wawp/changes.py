"""What the answer to an add or a remove says of the one person it was about.

Nothing here is proof: *accepted* only means that the provider took the call.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Throttled
from rotation.providers import Address
from rotation.providers.wawp.ids import NOBODY, Id, MisreadError, person_id
from rotation.providers.wawp.shapes import identity
from rotation.providers.wawp.strict_json import Garbled, Json, Object, items, objects
from rotation.providers.wawp.verdicts import Act, code_of, complaint, is_entry, no, said, says_yes
from rotation.providers.wawp.wire import Answer

_PERSON: Final[Mapping[Act, Mapping[int, Refusal]]] = {
    Act.ADD: {
        400: Refusal.BAD_REQUEST,
        401: Refusal.PRIVACY,  # the person blocked us
        403: Refusal.PRIVACY,  # by private invite only
        404: Refusal.NOT_REACHABLE,
        408: Refusal.RECENTLY_LEFT,
        409: Refusal.ALREADY,
        417: Refusal.COMMUNITY,
        419: Refusal.FULL,
        463: Refusal.RESTRICTED,
    },
    Act.REMOVE: {
        400: Refusal.BAD_REQUEST,
        403: Refusal.PROTECTED,  # this one may not be removed; not being admin refuses the call
        404: Refusal.ABSENT,
        405: Refusal.PROTECTED,
        406: Refusal.PROTECTED,
        463: Refusal.RESTRICTED,
    },
}
"""Codes for one person that are a clear no; 2xx (and GOWS' 0) is accepted, the rest in doubt."""

_NO_CONTENT, _TOO_MANY_REQUESTS = 204, 429
_RESULTS: Final = (
    "participants",
    "Participants",
    "updateParticipants",
    "result",
    "data",
    "response",
)
_DEEPEST = 4


def changed(act: Act, who: Address, answer: Answer) -> Outcome:
    """How an add or a remove of `who` ended, by its answer."""
    if not answer.is_good:
        return no(act, answer)
    if answer.status == _NO_CONTENT:
        return Accepted("204")
    if isinstance(answer.body, Garbled):
        return InDoubt(f"{answer.status}: {answer.body.why}")
    return _change_told(act, who, answer, answer.body)


def _change_told(act: Act, who: Address, answer: Answer, body: Json) -> Outcome:
    for _ in range(_DEEPEST):
        if isinstance(body, str) or (hidden := complaint(body)) is not None:
            # whatsapp-web.js answers with a sentence when it will not even try
            return no(act, answer, 0 if isinstance(body, str) else hidden)
        if (people := _people(body)) is not None:
            return _verdict(act, who, answer, people)
        found = objects(body) or {}
        results = next((found[key] for key in _RESULTS if _holds_results(found.get(key))), None)
        if results is None:
            return _without_people(body, answer)
        body = results
    return InDoubt(f"{answer.status}: an answer in no known shape")


def _holds_results(value: Json | None) -> bool:
    return objects(value) is not None or items(value) is not None


def _without_people(body: Json, answer: Answer) -> Outcome:
    if says_yes(body):
        return Accepted()
    return InDoubt(f"{answer.status}: an answer in no known shape")


def _people(body: Json) -> Sequence[tuple[str | None, Json]] | None:
    """The results person by person, each with its key where it had one; None if there are none."""
    if (listed := items(body)) is not None:
        return [(None, entry) for entry in listed]
    found = objects(body)
    if not found:
        return None
    if is_entry(found):
        return [(None, found)]
    return list(found.items()) if all("@" in key for key in found) else None


def _verdict(
    act: Act, who: Address, answer: Answer, people: Sequence[tuple[str | None, Json]]
) -> Outcome:
    if not people:
        # An engine that got no answer from the chat in time says exactly this: 2xx and [].
        return InDoubt(f"{answer.status}: an empty result")
    try:
        results = [(_identity(key, entry), entry) for key, entry in people]
    except MisreadError as why:
        return InDoubt(f"{answer.status}: {why}")
    ours = [entry for found, entry in results if not found.contradicts(who)]
    if len(people) != 1 or not ours:
        return InDoubt(f"{answer.status}: a result about someone else")
    return _of_the_person(act, answer, ours[0])


def _identity(key: str | None, entry: Json) -> Id:
    found = objects(entry)
    who = person_id(key).joined(NOBODY if found is None else identity(found))
    if who == NOBODY:
        raise MisreadError("a result that names nobody")
    return who


def _of_the_person(act: Act, answer: Answer, entry: Json) -> Outcome:
    found = objects(entry)
    code = code_of(entry) if found is None else _code(found)
    if code is None:
        return InDoubt(answer.redaction.text(f"{answer.status}: no code for the person"))
    text = "" if found is None else _told(found)
    detail = answer.redaction.text(f"{code} for the person{text}")
    if code == 0 or code in range(200, 300):
        return Accepted(detail)
    if code == _TOO_MANY_REQUESTS:
        return Throttled(answer.wait, detail)
    why = _PERSON[act].get(code)
    return InDoubt(detail) if why is None else Refused(why, detail, _invite(act, found))


def _code(found: Object) -> int | None:
    if objects(found.get("AddRequest")) is not None:
        return 403  # GOWS: the person can only be invited
    told = (code_of(found.get(key)) for key in ("Error", "error", "status", "code", "statusCode"))
    return next((code for code in told if code is not None), None)


def _told(found: Object) -> str:
    text = said({"message": found.get("message")})
    sent = "; the chat sent a private invite" if found.get("isInviteV4Sent") is True else ""
    return f": {text}{sent}" if found.get("message") else sent


_LINK = re.compile(r"https://chat\.whatsapp\.com/([A-Za-z0-9_-]{16,40})")


def _invite(act: Act, found: Object | None) -> str | None:
    """A link the person may follow, only where the answer has a whole one.

    The `add_request` code that comes with a privacy refusal is not such a link: it is valid only
    inside a private invite message from our number to this person, and opens nothing as a URL.
    """
    if act is not Act.ADD or found is None:
        return None
    told = (found.get(key) for key in ("invite", "inviteLink", "invite_link", "link"))
    return next((text for text in told if isinstance(text, str) and _LINK.fullmatch(text)), None)
