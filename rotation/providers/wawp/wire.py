"""One request to the server and what came back, as values: no exception and no secret gets out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal, TypeAlias

import httpx

from rotation.core.outcome import InDoubt, Refusal, Refused
from rotation.providers.deadline import BODY_CAP, DeadlineTransport, checked_url, in_words
from rotation.providers.wawp.credentials import (
    Credentials,
    CredentialStyle,
    Draft,
    is_writable,
)
from rotation.providers.wawp.redaction import Redaction
from rotation.providers.wawp.strict_json import Garbled, Json, parsed

Clock: TypeAlias = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the API lives, how it takes credentials, and how many seconds a whole call may last."""

    base_url: str = "https://api.wawp.net"
    style: CredentialStyle = CredentialStyle.BODY_HEADER
    deadline: float = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request in the API's words. A GET's `fields` go into its query, a POST's into its body."""

    method: Literal["GET", "POST"]
    path: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    body_cap: int = BODY_CAP


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `wait` is what Retry-After asks for, clamped to 1 s .. 1 h."""

    status: int
    body: Json | Garbled
    wait: timedelta | None
    redaction: Redaction

    @property
    def is_good(self) -> bool:
        return self.status in range(200, 300)

    @property
    def is_redirect(self) -> bool:
        return self.status in range(300, 400)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An exchange as a person may see it: no secrets, numbers by their last three digits.

    `status` is None and `failure` says why when no whole answer came.
    """

    method: str
    path: str
    sent: str
    status: int | None
    body: str
    milliseconds: int
    failure: str = ""


Transcript: TypeAlias = Callable[[Exchanged], None]


class Wire:
    """Sends calls to one server with one account's credentials.

    `credentials` is asked at every call, so that a token changed on disk is used at once. `clock`
    gives the present instant in UTC. Raises ValueError when the base URL is not one to send
    secrets to.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Callable[[], Credentials],
        clock: Clock,
        transport: httpx.BaseTransport | None,
        transcript: Transcript | None,
    ) -> None:
        url = checked_url(endpoint.base_url, "the account's base URL")
        self._base = re.sub(r"(/v2)?/*$", "", str(url.copy_with(query=None, fragment=None)))
        self._style = endpoint.style
        self._credentials = credentials
        self._clock = clock
        self._transport = transport or DeadlineTransport(endpoint.deadline)
        self._transcript = transcript
        self.clock_offset: timedelta | None = None

    def __repr__(self) -> str:
        return f"Wire({self._base!r})"

    def send(self, call: Call, style: CredentialStyle | None = None) -> Answer | InDoubt | Refused:
        """The server's answer; InDoubt when none came whole; Refused without usable credentials."""
        try:
            credentials = self._credentials()
            instance, token = credentials.instance_id, credentials.token.reveal()
        except Exception as error:  # noqa: BLE001 - whatever keeps a secret from being read
            why = f"the account's token cannot be read ({type(error).__name__})"
            return Refused(Refusal.CREDENTIALS, why)
        if not (is_writable(instance) and is_writable(token)):
            return Refused(Refusal.CREDENTIALS, "the account's token or instance id is not usable")
        draft = _draft(call)
        draft.sign(style or self._style, instance, token)
        redaction = Redaction(token, instance)
        began = self._clock()
        answer = self._exchange(call, self._request(call, draft), redaction)
        self._record(call, answer, began, redaction)
        return answer

    def close(self) -> None:
        self._transport.close()

    def _request(self, call: Call, draft: Draft) -> httpx.Request:
        return httpx.Request(
            call.method,
            self._base + call.path,
            params=draft.query or None,
            headers=draft.headers,
            json=draft.body,
            extensions={"body_cap": call.body_cap},
        )

    def _exchange(
        self, call: Call, request: httpx.Request, redaction: Redaction
    ) -> Answer | InDoubt:
        try:
            response = self._transport.handle_request(request)
            body = _whole(response, call.body_cap)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return InDoubt(in_words(error))
        now = self._clock()
        served_at = _instant(response.headers.get("Date"))
        if served_at is not None:
            self.clock_offset = served_at - now
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            body_read: Json | Garbled = Garbled("the answer is compressed, though we asked not to")
        else:
            body_read = parsed(body)
        wait = _retry_after(response.headers.get("Retry-After"), served_at or now)
        return Answer(response.status_code, body_read, wait, redaction)

    def _record(
        self, call: Call, answer: Answer | InDoubt, began: datetime, redaction: Redaction
    ) -> None:
        if self._transcript is None:
            return
        took = round((self._clock() - began) / timedelta(milliseconds=1))
        textless = {key: value for key, value in call.fields.items() if key != "message"}
        path, sent = redaction.path(call.path), redaction.body(textless)
        status, body, failure = None, "", ""
        if isinstance(answer, InDoubt):
            failure = answer.detail
        elif isinstance(answer.body, Garbled):
            status, body, failure = (
                answer.status,
                redaction.text(answer.body.text),
                answer.body.why,
            )
        else:
            status, body = answer.status, redaction.body(answer.body)
        self._transcript(Exchanged(call.method, path, sent, status, body, took, failure))


def _draft(call: Call) -> Draft:
    is_post = call.method == "POST"
    return Draft(
        headers={
            "User-Agent": "rotation",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
        query={} if is_post else {key: str(value) for key, value in call.fields.items()},
        body=dict(call.fields) if is_post else None,
    )


def _whole(response: httpx.Response, cap: int) -> bytes:
    """The body as it was sent; any transport is held to the cap."""
    stream = response.stream
    if not isinstance(stream, httpx.SyncByteStream):
        raise httpx.StreamConsumed
    body = b""
    try:
        for chunk in stream:
            body += chunk
            if len(body) > cap:
                raise httpx.ReadError("the answer is too long")
    finally:
        response.close()
    return body


_SHORTEST: Final = timedelta(seconds=1)
_LONGEST: Final = timedelta(hours=1)
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def _retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After asks for, clamped to 1 s .. 1 h; None when it says nothing we read.

    `now` is the server's own date where it told one: its clock need not be ours.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = min(float(text[:20]), _LONGEST.total_seconds())
        return max(timedelta(seconds=seconds), _SHORTEST)
    until = _instant(text)
    return None if until is None else min(max(until - now, _SHORTEST), _LONGEST)


def _instant(header: str | None) -> datetime | None:
    """An HTTP date in UTC, or None."""
    try:
        found = parsedate_to_datetime(header or "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
