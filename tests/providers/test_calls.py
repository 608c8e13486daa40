"""The other calls, and how every call carries its credentials."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

import httpx
import pytest

from rotation.core.outcome import Accepted, InDoubt, Refusal, Refused, Throttled
from rotation.core.roster import ChatId, Phone
from rotation.providers import Address, Own, Session, SessionStatus
from rotation.providers.wawp import Credentials, CredentialStyle, Endpoint, Wawp

Answering: TypeAlias = Callable[..., object]

ME = {"id": "351912345678@c.us", "pushName": "Desk"}
PHONE = Phone("+351912345678")
CODE = "AbCdEfGhIjKlMnOpQrStUv"
LINK = f"https://chat.whatsapp.com/{CODE}"


@pytest.mark.parametrize(
    ("body", "session"),
    [
        ({"name": "wawp-84729105", "status": "WORKING", "config": {"webhooks": {}}, "me": ME},
         Session(SessionStatus.WORKING, PHONE)),
        ({"status": "WORKING", "me": ME | {"lid": "88880000111:4@lid"}},
         Session(SessionStatus.WORKING, PHONE, "88880000111@lid")),
        ({"data": {"status": "STARTING", "me": None}}, Session(SessionStatus.STARTING)),
        ({"instance_id": "x", "status": "SCAN_QR_CODE", "qr": "2@abc", "ts": 1767607200},
         Session(SessionStatus.SCAN_QR_CODE)),
        ({"status": "STOPPED"}, Session(SessionStatus.STOPPED)),
        ({"status": "FAILED", "me": {}}, Session(SessionStatus.FAILED)),
        ({"status": "READY"}, Session(SessionStatus.WORKING)),
        ({"status": "PASSKEY_REQUIRED"}, Session(SessionStatus.SCAN_QR_CODE)),
        ({"status": "SOMETHING_NEW"}, Session(SessionStatus.UNKNOWN)),
    ],
)  # fmt: skip
def test_a_session_is_read(answering: Answering, body: object, session: Session) -> None:
    told = answering(body)
    assert told.wawp.session() == session
    assert (told.only.method, told.only.url.path) == ("POST", "/v2/session/info")


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("READY", SessionStatus.WORKING),
        ("PASSKEY_REQUIRED", SessionStatus.SCAN_QR_CODE),
        ("PASSKEY_CONFIRMATION_REQUIRED", SessionStatus.SCAN_QR_CODE),
        ("OFFLINE", SessionStatus.STOPPED),
        ("PAUSED", SessionStatus.STOPPED),
    ],
)
def test_what_others_call_a_sessions_state_is_understood(
    answering: Answering, status: str, means: SessionStatus
) -> None:
    assert answering({"status": status}).wawp.session() == Session(means)


@pytest.mark.parametrize("missing", [404, 405, 501])
def test_a_server_that_tells_a_session_by_get_only_is_asked_by_get(
    credentials: Callable[[], Credentials], now: datetime, missing: int
) -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        is_get = request.method == "GET"
        return httpx.Response(200 if is_get else missing, json={"status": "WORKING"})

    wawp = Wawp(credentials, lambda: now, transport=httpx.MockTransport(serve))
    first = wawp.session()
    assert isinstance(first, InDoubt)
    assert first.again
    assert wawp.session() == wawp.session() == Session(SessionStatus.WORKING)
    assert asked == ["POST", "GET", "GET"]


def test_a_session_that_is_not_there_is_not_asked_for_in_another_way(answering: Answering) -> None:
    told = answering({"message": "Session 'default' not found"}, 404)
    assert isinstance(told.wawp.session(), Refused)
    assert isinstance(told.wawp.session(), Refused)
    assert [request.method for request in told.requests] == ["POST", "POST"]


@pytest.mark.parametrize(
    "body", [{}, [], None, {"status": None}, {"status": 7}, {"status": ""}, {"status": "success"},
             {"status": "WORKING", "me": {"id": "nobody"}}]
)  # fmt: skip
def test_a_session_that_is_not_understood_is_in_doubt(answering: Answering, body: object) -> None:
    assert isinstance(answering(body).wawp.session(), InDoubt)


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (ME, Own(PHONE, None)),
        (ME | {"lid": "88880000111@lid"}, Own(PHONE, "88880000111@lid")),
        ({"id": "88880000111@lid", "jid": "351912345678:3@s.whatsapp.net"},
         Own(PHONE, "88880000111@lid")),
        ({"id": {"server": "c.us", "user": "351912345678"}}, Own(PHONE, None)),
        ({"data": ME}, Own(PHONE, None)),
    ],
)  # fmt: skip
def test_our_own_account_is_read(answering: Answering, body: object, own: Own) -> None:
    told = answering(body)
    assert told.wawp.own() == own
    assert (told.only.method, told.only.url.path) == ("GET", "/v2/session/me")


@pytest.mark.parametrize("body", [None, {}, [], "x", {"id": ""}, {"id": "1@g.us"}, {"ok": True}])
def test_an_account_that_is_not_told_is_in_doubt(answering: Answering, body: object) -> None:
    assert isinstance(answering(body).wawp.own(), InDoubt)


@pytest.mark.parametrize(
    "body", [CODE, LINK, {"code": CODE}, {"inviteCode": CODE}, {"link": LINK}, {"data": CODE},
             {"data": {"invite_code": CODE}}, {"ok": True, "code": CODE}]
)  # fmt: skip
def test_an_invite_link_is_read(answering: Answering, chat: ChatId, body: object) -> None:
    assert answering(body).wawp.invite_link(chat) == LINK


def test_an_invite_code_may_come_as_bare_text(answering: Answering, chat: ChatId) -> None:
    assert answering(raw=f"{CODE}\n".encode()).wawp.invite_link(chat) == LINK


@pytest.mark.parametrize(
    "body", ["undefined", "null", None, "", [], {}, {"code": None}, {"code": 7},
             "https://evil.example/AbCdEfGhIjKlMnOpQrStUv", CODE + "\u0660", {"ok": True}]
)  # fmt: skip
def test_anything_else_is_no_invite_link(answering: Answering, chat: ChatId, body: object) -> None:
    assert isinstance(answering(body).wawp.invite_link(chat), InDoubt)


def test_an_invite_link_needs_the_admin_right(answering: Answering, chat: ChatId) -> None:
    read = answering({"message": "Forbidden"}, 403).wawp.invite_link(chat)
    assert isinstance(read, Refused)
    assert read.why is Refusal.NOT_ADMIN


@pytest.mark.parametrize("body", [CODE, {"ok": True}, {"code": CODE}, {"success": True}])
def test_an_invite_is_revoked(answering: Answering, chat: ChatId, body: object) -> None:
    told = answering(body)
    assert isinstance(told.wawp.revoke_invite(chat), Accepted)
    assert told.only.method == "POST"
    assert told.only.url.path == f"/v2/groups/{chat}/invite-code/revoke"


@pytest.mark.parametrize("body", ["undefined", None, {}, {"ok": False}])
def test_a_revocation_without_an_answer_is_in_doubt(
    answering: Answering, chat: ChatId, body: object
) -> None:
    assert isinstance(answering(body).wawp.revoke_invite(chat), InDoubt)


@pytest.mark.parametrize(
    ("body", "lid"),
    [
        ({"lid": "999888777@lid", "number": "351912345678"}, "999888777@lid"),
        ({"lid": "999888777@lid", "pn": "351912345678@c.us"}, "999888777@lid"),
        ({"lid": "999888777@lid", "number": 351912345678}, "999888777@lid"),
        ({"data": {"lid": "999888777@lid"}}, "999888777@lid"),
        ({"lid": None, "pn": "351912345678@c.us"}, None),
    ],
)
def test_a_hidden_id_is_looked_up(answering: Answering, body: object, lid: str | None) -> None:
    told = answering(body)
    assert told.wawp.lid_of(PHONE) == lid
    assert told.only.url.path == "/v2/lids/pn/351912345678"


@pytest.mark.parametrize(
    "body", [{}, None, [], {"lid": ""} | {"pn": "4915100000000@c.us"}, {"lid": "351912345678@c.us"},
             {"lid": 7}, {"lid": "999888777@lid", "number": "4915100000000"}]
)  # fmt: skip
def test_a_hidden_id_is_not_guessed(answering: Answering, body: object) -> None:
    assert isinstance(answering(body).wawp.lid_of(PHONE), InDoubt)


def test_an_unknown_number_is_not_a_number_without_a_hidden_id(answering: Answering) -> None:
    assert isinstance(answering({"message": "Not Found"}, 404).wawp.lid_of(PHONE), InDoubt)


@pytest.mark.parametrize(
    ("body", "exists"),
    [
        ({"numberExists": True, "chatId": "351912345678@c.us"}, True),
        ({"numberExists": False}, False),
        ({"data": {"exists": True}}, True),
    ],
)
def test_a_number_is_checked(answering: Answering, body: object, exists: bool) -> None:  # noqa: FBT001 - the expected answer itself
    told = answering(body)
    assert told.wawp.exists(PHONE) is exists
    assert told.only.url.params["phone"] == "351912345678"


@pytest.mark.parametrize("body", [{}, {"numberExists": "true"}, {"numberExists": 1}, None, []])
def test_a_number_is_not_guessed_to_exist(answering: Answering, body: object) -> None:
    assert isinstance(answering(body).wawp.exists(PHONE), InDoubt)


@pytest.mark.parametrize("phone", ["351912345678", "+0123", "+35191234567x", "+٣٥١٩١٢٣٤٥٦٧٨", "+1"])
def test_what_is_no_number_is_not_asked_about(answering: Answering, phone: str) -> None:
    told = answering({})
    outcomes = [told.wawp.exists(Phone(phone)), told.wawp.lid_of(Phone(phone))]
    assert all(isinstance(o, Refused) and o.why is Refusal.BAD_REQUEST for o in outcomes)
    assert told.requests == []


@pytest.mark.parametrize(
    "body",
    [
        {"id": "true_120363041234567890@g.us_3EB0"},
        {"id": {"fromMe": True, "id": "3EB0", "_serialized": "true_x_3EB0"}},
        {"key": {"id": "3EB0", "fromMe": True}, "status": 1},
        {"_data": {"id": {"id": "3EB0"}}},
        {"_data": {"Info": {"ID": "3EB0"}}},
        {"data": {"id": "3EB0"}},
        {"ok": True},
        {"status": "success", "message": "Message sent"},
    ],
)
def test_a_message_is_accepted_when_it_has_an_id(
    answering: Answering, chat: ChatId, body: object
) -> None:
    told = answering(body, 201)
    assert isinstance(told.wawp.say(chat, "Ana signs off. Ben has it now."), Accepted)
    sent = json.loads(told.only.content)
    assert (sent["chatId"], sent["message"]) == (chat, "Ana signs off. Ben has it now.")
    assert told.only.url.path == "/v2/send/text"


@pytest.mark.parametrize("body", [{}, [], None, "sent", {"id": ""}, {"id": 7}, {"message": "ok"}])
def test_a_message_without_an_id_is_in_doubt(
    answering: Answering, chat: ChatId, body: object
) -> None:
    assert isinstance(answering(body).wawp.say(chat, "hello"), InDoubt)


def test_a_person_is_written_to_by_number(answering: Answering) -> None:
    told = answering({"id": "3EB0"})
    told.wawp.say(PHONE, "hello")
    assert json.loads(told.only.content)["chatId"] == "351912345678@c.us"


def test_a_refused_message_is_about_the_group_or_about_the_person(
    answering: Answering, chat: ChatId
) -> None:
    told = answering({"message": "Forbidden"}, 403)
    assert [told.wawp.say(to, "hello").why for to in (chat, PHONE)] == [
        Refusal.NOT_ADMIN,
        Refusal.PRIVACY,
    ]


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("120363041234567890@g.us", ""),
        ("120363041234567890@g.us", "x" * 4097),
        ("120363041234567890@g.us", "\ud800"),
        ("+12", "hello"),
        ("", "hello"),
        ("a/b", "hello"),
    ],
)
def test_what_cannot_be_said_is_refused_unsent(answering: Answering, to: str, text: str) -> None:
    told = answering({"id": "3EB0"})
    outcome = told.wawp.say(ChatId(to), text)
    assert isinstance(outcome, Refused)
    assert (outcome.why, told.requests) == (Refusal.BAD_REQUEST, [])


def test_the_servers_clock_is_compared_with_ours(answering: Answering, chat: ChatId) -> None:
    ahead = answering({}, headers={"Date": "Mon, 05 Jan 2026 10:01:30 GMT"})
    assert ahead.wawp.clock_offset is None
    ahead.wawp.remove(chat, Address(PHONE))
    assert ahead.wawp.clock_offset == timedelta(seconds=90)
    for silent in ({}, {"Date": "yesterday"}, {"Date": "Mon, 05 Jan 99999 10:01:30 GMT"}):
        told = answering({}, headers=silent)
        told.wawp.remove(chat, Address(PHONE))
        assert told.wawp.clock_offset is None


def sent_with(
    style: CredentialStyle, credentials: Callable[[], Credentials], now: datetime
) -> tuple[httpx.Request, httpx.Request]:
    """A GET and a POST as they leave in `style`."""
    requests: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    endpoint = Endpoint(style=style)
    wawp = Wawp(credentials, lambda: now, endpoint, transport=httpx.MockTransport(serve))
    wawp.own()
    wawp.session()
    return requests[0], requests[1]


def test_no_style_but_query_puts_the_token_into_a_url(
    credentials: Callable[[], Credentials], now: datetime, token: str, instance: str
) -> None:
    for style in CredentialStyle:
        for request in sent_with(style, credentials, now):
            in_url = request.url.params.get("access_token") == token
            assert in_url == (style is CredentialStyle.QUERY)
            everything = f"{request.url!s}{dict(request.headers)}{request.content.decode()}"
            assert instance in everything


def test_each_style_carries_the_credentials_in_its_own_place(
    credentials: Callable[[], Credentials], now: datetime, token: str, instance: str
) -> None:
    get, post = sent_with(CredentialStyle.BODY_HEADER, credentials, now)
    assert (get.headers["access-token"], get.headers["x-instance-id"]) == (token, instance)
    assert json.loads(post.content) == {"instance_id": instance, "access_token": token}
    get, post = sent_with(CredentialStyle.HEADER, credentials, now)
    assert (get.headers["access-token"], get.url.params["instance_id"]) == (token, instance)
    assert (post.headers["access-token"], post.content) == (token, b"{}")
    get, post = sent_with(CredentialStyle.BEARER, credentials, now)
    assert {r.headers["authorization"] for r in (get, post)} == {f"Bearer {token}"}


def test_a_changed_token_is_used_at_the_next_call(now: datetime) -> None:
    class Given:
        def __init__(self, text: str) -> None:
            self.text = text

        def reveal(self) -> str:
            return self.text

    seen: list[str] = []
    tokens = iter(["first-token", "second-token"])

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["access-token"])
        return httpx.Response(200, json=ME)

    wawp = Wawp(
        lambda: Credentials("INST", Given(next(tokens))),
        lambda: now,
        transport=httpx.MockTransport(serve),
    )
    wawp.own()
    wawp.own()
    assert seen == ["first-token", "second-token"]


@pytest.mark.parametrize("token", ["", "to ken", "tok\r\nX-Evil: 1", "tökén", "\ud800"])
def test_a_token_that_cannot_be_sent_is_refused_unsent(now: datetime, token: str) -> None:
    class Given:
        def reveal(self) -> str:
            return token

    def serve(request: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    transport = httpx.MockTransport(serve)
    outcome = Wawp(lambda: Credentials("I", Given()), lambda: now, transport=transport).own()
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.CREDENTIALS


def test_a_token_that_cannot_be_read_is_refused_in_words(now: datetime) -> None:
    def missing() -> Credentials:
        raise FileNotFoundError("/etc/rotation/token")

    outcome = Wawp(missing, lambda: now, transport=httpx.MockTransport(lambda _: None)).own()
    assert outcome == Refused(
        Refusal.CREDENTIALS, "the account's token cannot be read (FileNotFoundError)"
    )


def test_probing_tells_which_styles_the_server_accepts(
    credentials: Callable[[], Credentials], now: datetime, token: str
) -> None:
    urls: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        if request.headers.get("Authorization") == f"Bearer {token}":
            if request.method == "POST":
                return httpx.Response(422, json={"error": "Session status is not as expected."})
            return httpx.Response(200, json={"id": None})
        if "access-token" in request.headers:
            return httpx.Response(400, json={"message": "missing parameter: access_token"})
        return httpx.Response(429)

    wawp = Wawp(credentials, lambda: now, transport=httpx.MockTransport(serve))
    found = wawp.probe_styles()
    assert found[CredentialStyle.BEARER] == Accepted()
    assert isinstance(found[CredentialStyle.HEADER], Refused)
    assert isinstance(found[CredentialStyle.BODY_HEADER], Refused)
    assert CredentialStyle.QUERY not in found
    assert not any(token in url for url in urls)
    assert isinstance(wawp.probe_styles(also_in_the_url=True)[CredentialStyle.QUERY], Throttled)


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("https://api.wawp.net", "https://api.wawp.net/v2/session/me"),
        ("https://api.wawp.net/", "https://api.wawp.net/v2/session/me"),
        ("https://api.wawp.net/v2/", "https://api.wawp.net/v2/session/me"),
        ("http://127.0.0.1:8765/wawp", "http://127.0.0.1:8765/wawp/v2/session/me"),
    ],
)
def test_the_base_url_may_be_written_with_or_without_the_version(
    credentials: Callable[[], Credentials], now: datetime, base: str, path: str
) -> None:
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={})

    Wawp(credentials, lambda: now, Endpoint(base), httpx.MockTransport(serve)).own()
    assert seen == [path]


def test_a_base_url_that_would_show_the_token_is_refused(
    credentials: Callable[[], Credentials], now: datetime
) -> None:
    with pytest.raises(ValueError, match="must start with https"):
        Wawp(credentials, lambda: now, Endpoint("http://api.wawp.net"))
