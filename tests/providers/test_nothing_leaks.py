"""Whatever a server sends back, no secret and no whole number is told, and nothing is raised."""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rotation.core.outcome import Accepted, InDoubt, Refused, Throttled
from rotation.core.roster import ChatId, Phone
from rotation.providers import Address, GroupInfo, Members, Own, Session
from rotation.providers.wawp import Credentials, CredentialStyle, Endpoint, Exchanged, Wawp
from rotation.providers.wawp.redaction import Redaction

Calling: TypeAlias = Callable[..., Wawp]

CHAT = ChatId("120363041234567890@g.us")
WHO = Address(Phone("+351912345678"), "88880000111@lid")
TOKEN, INSTANCE = "cnry-Zq7/Kw+93bTx41mPv", "9F3A7C21E8BD"
ANSWERS = (Accepted, InDoubt, Refused, Throttled, Members, GroupInfo, tuple, Session, Own)


class Given:
    def reveal(self) -> str:
        return TOKEN


def every_call(wawp: Wawp) -> Iterator[object]:
    yield wawp.add(CHAT, WHO)
    yield wawp.remove(CHAT, WHO)
    yield wawp.say(CHAT, "hello")
    yield wawp.say(Phone("+351912345678"), "hello")
    yield wawp.members(CHAT)
    yield wawp.group(CHAT)
    yield wawp.groups()
    yield wawp.session()
    yield wawp.own()
    yield wawp.invite_link(CHAT)
    yield wawp.revoke_invite(CHAT)
    yield wawp.lid_of(Phone("+351912345678"))
    yield wawp.exists(Phone("+351912345678"))
    yield from wawp.probe_styles(also_in_the_url=True).values()


def account(
    status: int,
    content: bytes,
    headers: Mapping[str, str | bytes] | None = None,
    style: CredentialStyle = CredentialStyle.BODY_HEADER,
) -> tuple[Wawp, list[Exchanged]]:
    told: list[Exchanged] = []

    def serve(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers=headers)

    def now() -> datetime:
        return datetime.fromisoformat("2026-01-05T10:00:00+00:00")

    wawp = Wawp(
        lambda: Credentials(INSTANCE, Given()),
        now,
        Endpoint(style=style),
        httpx.MockTransport(serve),
        told.append,
    )
    return wawp, told


def is_an_answer(found: object) -> bool:
    return found is None or isinstance(found, (str, bool, *ANSWERS))


texts = st.text(max_size=40) | st.sampled_from(
    [TOKEN, INSTANCE, "351912345678@c.us", "88880000111@lid", CHAT, "200", "403", "WORKING",
     "superadmin", "left", "success", "\ud800", "٣٥", "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQr"]
)  # fmt: skip
keys = st.sampled_from(
    ["id", "jid", "JID", "lid", "LID", "pn", "status", "code", "Error", "error", "message", "ok",
     "success", "data", "participants", "exception", "isAdmin", "role", "admin", "AddRequest",
     "groupMetadata", "me", "subject", "size", "0", "1", "351912345678@c.us", CHAT, "_serialized",
     "user", "server", "numberExists", "wawp_upstream_error"]
)  # fmt: skip
leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts
bodies = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | texts, inner, max_size=5),
    max_leaves=20,
)
statuses = st.sampled_from([200, 201, 204, 206, 302, 400, 401, 403, 404, 408, 409, 417, 419, 422,
                            429, 500, 502, 503]) | st.integers(200, 999)  # fmt: skip


@given(bodies, statuses)
@example([["9" * 400]], 200)
@example({"status": 10**300}, 200)
@pytest.mark.slow
@settings(max_examples=150)
def test_any_json_ends_in_an_answer(body: object, status: int) -> None:
    wawp, told = account(status, json.dumps(body).encode())
    assert all(is_an_answer(found) for found in every_call(wawp))
    assert TOKEN not in repr(told)


@given(st.binary(max_size=200), statuses, st.text(max_size=20), st.text(max_size=20))
def test_any_bytes_end_in_an_answer(body: bytes, status: int, wait: str, date: str) -> None:
    sendable = {"Retry-After": wait, "Date": date}
    headers = {name: value.encode("utf-8", "replace") for name, value in sendable.items()}
    wawp, _ = account(status, body, headers)
    assert all(is_an_answer(found) for found in every_call(wawp))


ECHOES = [
    json.dumps({"message": f"Invalid token: {TOKEN}", "error": TOKEN}).encode(),
    json.dumps({"message": f"bad url ?access_token={quote(TOKEN, safe='')}&x"}).encode(),
    json.dumps({"exception": {"message": f"token {TOKEN[:9]}... of {INSTANCE}"}}).encode(),
    json.dumps({TOKEN: {"id": TOKEN, "status": TOKEN}, "participants": [TOKEN]}).encode(),
    json.dumps([{"jid": "351912345678@c.us", "status": "403", "message": TOKEN.upper()}]).encode(),
    json.dumps({"me": {"id": TOKEN}, "status": "WORKING", "access_token": TOKEN}).encode(),
    json.dumps({"message": "\u200b".join(TOKEN)}).encode(),
    json.dumps(TOKEN).encode(),
    f"no such token {TOKEN} for +351 91 234 5678".encode(),
    f"<html>{TOKEN}</html>".encode(),
    json.dumps({"message": "x" * 195 + TOKEN}).encode(),
    json.dumps({"message": "call +351 91 234 5678 or 351912345678@c.us"}).encode(),
]


@pytest.mark.slow
@pytest.mark.parametrize("style", CredentialStyle)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
@pytest.mark.parametrize("body", ECHOES)
def test_no_part_of_a_secret_and_no_whole_number_is_told(
    body: bytes, status: int, style: CredentialStyle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wawp, told = account(status, body, {"Location": f"https://x/?t={TOKEN}"}, style)
    found = list(every_call(wawp))
    shown = f"{found!r}{told!r}{wawp!r}{caplog.text}{Credentials(INSTANCE, Given())!r}".lower()
    parts = {TOKEN, INSTANCE, quote(TOKEN, safe="")}
    assert not any(
        part[at : at + 8].lower() in shown for part in parts for at in range(len(part) - 7)
    )
    details = " ".join(getattr(one, "detail", "") for one in found)
    assert not re.search(r"\d{5}|912|345", details)
    assert len(told) == 13 + 2 * len(CredentialStyle) - sum(
        1 for one in found[-4:] if not isinstance(one, Accepted)
    )


@pytest.mark.parametrize(
    "body", [*ECHOES, json.dumps({"message": "\x07\x1b[2J\u202e" * 300}).encode()]
)
def test_details_are_one_short_line(body: bytes) -> None:
    wawp, _ = account(400, body)
    for found in every_call(wawp):
        assert isinstance(found, Refused | Throttled | InDoubt)
        assert len(found.detail) <= 200
        assert found.detail.isprintable()


def test_a_real_exchange_writes_no_log(
    loopback: Callable[..., str], calling: Calling, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    class Peer:
        def __call__(self, peer: object) -> None:
            peer.request()
            peer.send(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}')

    assert calling(loopback(Peer())).remove(CHAT, WHO) == Accepted()
    assert caplog.text == ""


def test_a_transcript_shows_the_shape_of_an_exchange_and_nobody_in_it() -> None:
    body = [
        {"id": "351912345678@c.us", "isAdmin": True, "pushName": "Ana Costa", "n": 351912345678},
        {"id": {"user": "4915100000000", "server": "c.us"}, "notify": "Ben"},
        {"id": "88880000111@lid"},
        {"id": "88880000112@lid"},
    ]
    wawp, told = account(200, json.dumps(body).encode())
    wawp.members(CHAT)
    assert told == [
        Exchanged(
            "GET",
            "/v2/groups/…890@g.us",
            "{}",
            200,
            '[{"id": "…678@c.us", "isAdmin": true, "pushName": "text of 9 characters",'
            ' "n": "…678"}, {"id": {"user": "…000", "server": "c.us"},'
            ' "notify": "text of 3 characters"}, {"id": "…111@lid"}, "… 1 more"]',
            0,
        )
    ]


def test_a_transcript_says_how_long_it_took_and_why_nothing_came() -> None:
    start = datetime.fromisoformat("2026-01-05T10:00:00+00:00")
    instants = iter([start, start + timedelta(milliseconds=1500)])
    told: list[Exchanged] = []

    def serve(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("x")

    Wawp(
        lambda: Credentials(INSTANCE, Given()),
        lambda: next(instants),
        transport=httpx.MockTransport(serve),
        transcript=told.append,
    ).say(CHAT, "Ana signs off.")
    (shown,) = told
    assert (shown.status, shown.milliseconds) == (None, 1500)
    assert shown.failure == "no whole answer within the deadline"
    assert "signs off" not in shown.sent


@given(st.text(max_size=30), st.text(max_size=30), st.text(min_size=1, max_size=40))
def test_a_secret_is_taken_out_wherever_it_stands(before: str, after: str, secret: str) -> None:
    shown = Redaction(secret).text(f"{before}{secret}{after}", 400)
    if len(secret) > 3 and secret.isalnum() and secret.isascii():
        assert secret not in shown


@given(st.text(), st.integers(2, 300))
def test_what_is_told_is_one_printable_line_of_limited_length(text: str, limit: int) -> None:
    shown = Redaction("secret-token").text(text, limit)
    assert len(shown) <= limit
    assert "\n" not in shown
    shown.encode()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+351 91 234 5678", "+…678"),
        ("351912345678@c.us", "…678@c.us"),
        ("(351) 912-345-678", "(…678"),
        ("٣٥١٩١٢٣٤٥٦٧٨", "…٦٧٨"),
        ("status 403", "status 403"),
        ("4096 characters", "4096 characters"),
    ],
)
def test_a_number_keeps_its_last_three_digits(number: str, shown: str) -> None:
    assert Redaction("secret-token").text(number) == shown


def test_a_number_that_shares_digits_with_a_secret_does_not_stay_half_readable() -> None:
    assert Redaction("99912345688").text("351912345678@c.us") == "***@c.us"
