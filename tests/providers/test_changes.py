"""What the answer to an add or a remove means, in every form an engine gives it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

import httpx
import pytest

from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Throttled
from rotation.core.roster import ChatId, Phone
from rotation.providers import Address

Answering: TypeAlias = Callable[..., object]

ANA, LID = "351912345678@c.us", "88880000111@lid"
WAHA_ERROR = {
    "statusCode": 500,
    "timestamp": 1767607200000,
    "exception": {"message": "", "name": "Error", "stack": "Error: at x"},
    "request": {"path": "/x", "body": {"participants": [{"id": ANA}]}},
    "version": {"engine": "GOWS"},
}


def waha_error(message: str, **more: object) -> dict[str, object]:
    return WAHA_ERROR | {"exception": {"message": message, "name": "Error", **more}}


def gows(error: object, **more: object) -> dict[str, object]:
    return {
        "JID": "88880000111@lid",
        "PhoneNumber": "351912345678@s.whatsapp.net",
        "LID": "88880000111@lid",
        "IsAdmin": False,
        "IsSuperAdmin": False,
        "DisplayName": "",
        "Error": error,
        "AddRequest": None,
    } | more


def meant(outcome: Outcome) -> str:
    match outcome:
        case Refused(why):
            return why.value
        case _:
            return type(outcome).__name__


TAKEN = [
    {"ok": True},
    {"status": 200},
    {"success": True},
    {"success": True, "data": None},
    {"success": True, "error": None},
    {"ok": True, "error": False},
    {"status": "success", "message": "Done"},
    True,
    [{"status": "200", "jid": "351912345678@s.whatsapp.net", "content": {"tag": "participant"}}],
    [{"status": 200, "jid": "351912345678:12@s.whatsapp.net"}],
    [gows(0)],
    [gows(0, PhoneNumber="", JID=LID)],
    {ANA: {"code": 200, "message": "The participant was added", "isInviteV4Sent": False}},
    {ANA: 200},
    {"0": {"status": "200", "jid": ANA}},
    {"participants": [{"id": ANA, "status": "200"}]},
    {"updateParticipants": [{"status": "200", "jid": ANA, "content": None}]},
    {"ok": True, "data": [{"status": "200", "jid": ANA}]},
    {"status": "200", "jid": ANA},
]


@pytest.mark.parametrize("body", TAKEN)
def test_every_form_of_yes_is_accepted(
    answering: Answering, chat: ChatId, ana: Address, body: object
) -> None:
    for status in (200, 201):
        assert isinstance(answering(body, status).wawp.remove(chat, ana), Accepted)
        assert isinstance(answering(body, status).wawp.add(chat, ana), Accepted)


def test_no_content_is_accepted(answering: Answering, chat: ChatId, ana: Address) -> None:
    assert isinstance(answering(raw=b"", status=204).wawp.remove(chat, ana), Accepted)


CODES = [
    (400, "bad_request", "bad_request"),
    (401, "privacy", "InDoubt"),
    (403, "privacy", "protected"),
    (404, "not_reachable", "absent"),
    (405, "InDoubt", "protected"),
    (406, "InDoubt", "protected"),
    (408, "recently_left", "InDoubt"),
    (409, "already", "InDoubt"),
    (417, "community", "InDoubt"),
    (419, "full", "InDoubt"),
    (429, "Throttled", "Throttled"),
    (463, "restricted", "restricted"),
    (500, "InDoubt", "InDoubt"),
    (418, "InDoubt", "InDoubt"),
    (100, "InDoubt", "InDoubt"),
]
FORMS: list[Callable[[int], object]] = [
    lambda code: [{"status": str(code), "jid": "351912345678@s.whatsapp.net", "content": {}}],
    lambda code: [{"status": code, "jid": ANA}],
    lambda code: [gows(code)],
    lambda code: {ANA: {"code": code, "message": "", "isInviteV4Sent": False}},
    lambda code: {ANA: str(code)},
    lambda code: {"0": {"status": code, "id": ANA}},
    lambda code: {"ok": True, "participants": [{"jid": ANA, "status": str(code)}]},
]


@pytest.mark.promise("F9")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CODES)
def test_a_code_for_the_person_means_the_same_in_every_form(
    answering: Answering,
    chat: ChatId,
    ana: Address,
    form: Callable[[int], object],
    case: tuple[int, str, str],
) -> None:
    code, added, removed = case
    assert meant(answering(form(code)).wawp.add(chat, ana)) == added
    assert meant(answering(form(code)).wawp.remove(chat, ana)) == removed


UNCLEAR = [
    [],
    {},
    None,
    False,
    0,
    42,
    "",
    "undefined",
    [[]],
    [None],
    [{"jid": ANA}],
    [{"status": "200"}],
    [{"status": "2OO", "jid": ANA}],
    [{"status": "٢٠٠", "jid": ANA}],
    [{"status": "200", "jid": "٣٥١٩١٢٣٤٥٦٧٨@c.us"}],
    [{"status": True, "jid": ANA}],
    [{"status": 200.0, "jid": ANA}],
    [{"status": "200", "jid": "4915100000000@c.us"}],
    [{"status": "200", "jid": "99990000999@lid"}],
    [{"status": "200", "jid": ANA}, {"status": "200", "jid": "4915100000000@c.us"}],
    [{"status": "200", "jid": "120363041234567890@g.us"}],
    {"participants": []},
    {"0": {"status": "200", "jid": ANA}, "2": {"status": "200", "jid": ANA}},
    {"4915100000000@c.us": {"code": 200}},
    {"message": "queued"},
    {"ok": "true"},
    {"ok": False},
    {"status": "pending"},
    {"data": {"data": {"data": {"data": {"ok": True}}}}},
]


@pytest.mark.parametrize("body", UNCLEAR)
def test_an_answer_that_proves_nothing_either_way_is_in_doubt(
    answering: Answering, chat: ChatId, ana: Address, body: object
) -> None:
    assert isinstance(answering(body).wawp.remove(chat, ana), InDoubt)
    assert isinstance(answering(body).wawp.add(chat, ana), InDoubt)


RAW = [
    b"",
    b"   ",
    b"OK",
    b"<html><body>Bad gateway</body></html>",
    b'<?xml version="1.0"?><error/>',
    b'{"ok":true',
    b'{"ok":true}{"ok":true}',
    b'{"ok":false,"ok":true}',
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"ok":true,"n":NaN}',
    b'{"ok":true,"n":-Infinity}',
    b'{"status":1e999}',
    b'{"status":' + b"9" * 5000 + b"}",
    b'[{"status":"200","jid":"\\ud800@c.us"}]',
    b'"\\udfff"',
    b"\x00",
    b"true\x00",
]


@pytest.mark.parametrize("raw", RAW)
def test_a_body_that_is_no_answer_is_in_doubt(
    answering: Answering, chat: ChatId, ana: Address, raw: bytes
) -> None:
    assert isinstance(answering(raw=raw).wawp.remove(chat, ana), InDoubt)


def test_a_byte_order_mark_hides_nothing(answering: Answering, chat: ChatId, ana: Address) -> None:
    raw = b'\xef\xbb\xbf{"ok":true}'
    assert isinstance(answering(raw=raw).wawp.remove(chat, ana), Accepted)


def test_a_compressed_answer_is_not_opened(
    answering: Answering, chat: ChatId, ana: Address
) -> None:
    told = answering({"ok": True}, headers={"Content-Encoding": "br"})
    assert isinstance(told.wawp.remove(chat, ana), InDoubt)
    assert told.only.headers["Accept-Encoding"] == "identity"


ENVELOPES = [
    # status, body, add, remove
    (302, {}, "InDoubt", "InDoubt"),
    (400, {"status": 400, "message": "bad id", "error": "Bad Request"}, "bad_request",
     "bad_request"),
    (400, {"message": "rate-overlimit"}, "Throttled", "Throttled"),
    (400, {"message": "missing parameter: access_token"}, "credentials", "credentials"),
    (400, {"code": "invalid_instance", "message": "no"}, "credentials", "credentials"),
    (401, {"message": "Unauthorized", "statusCode": 401}, "credentials", "credentials"),
    (402, {}, "plan", "plan"),
    (403, {"message": "Forbidden"}, "not_admin", "not_admin"),
    (403, {"message": "You must be an admin of this group"}, "not_admin", "not_admin"),
    (403, {"code": "subscription_required", "message": "x"}, "plan", "plan"),
    (403, {"code": "quota_reached"}, "plan", "plan"),
    (403, {"message": "Monthly message limit reached"}, "plan", "plan"),
    (404, {"message": "Not Found"}, "InDoubt", "InDoubt"),
    (404, {"message": "Participant not found"}, "InDoubt", "InDoubt"),
    (404, {"message": "group member not found"}, "InDoubt", "InDoubt"),
    (404, {"message": "Cannot POST /v2/groups/x", "error": "Not Found"}, "InDoubt", "InDoubt"),
    (404, {"message": "Session 'default' not found"}, "session", "session"),
    (404, {"message": "Instance not found"}, "credentials", "credentials"),
    (404, {"message": "Group not found"}, "group_gone", "group_gone"),
    (405, {}, "InDoubt", "InDoubt"),
    (408, {"message": "Request Timeout"}, "InDoubt", "InDoubt"),
    (409, {"message": "Conflict"}, "InDoubt", "InDoubt"),
    (410, {}, "InDoubt", "InDoubt"),
    (413, {}, "InDoubt", "InDoubt"),
    (417, {"message": "community"}, "community", "InDoubt"),
    (419, {"message": "resource-limit"}, "full", "InDoubt"),
    (422, {"error": "Session status is not as expected. Try again later or restart the session",
           "session": "default", "status": "STARTING", "expected": ["WORKING"]},
     "session", "session"),
    (422, {}, "session", "session"),
    (422, {"message": ["participants must be an array"]}, "bad_request", "bad_request"),
    (429, {}, "Throttled", "Throttled"),
    (500, {"message": "unexpected failure"}, "InDoubt", "InDoubt"),
    (500, {"code": "wawp_upstream_error", "message": "x"}, "InDoubt", "InDoubt"),
    (500, waha_error("2 UNKNOWN: info query returned status 400: bad-request"), "InDoubt",
     "InDoubt"),
    (500, waha_error("2 UNKNOWN: info query returned status 403: forbidden"), "InDoubt",
     "InDoubt"),
    (500, waha_error("2 UNKNOWN: info query returned status 404: item-not-found"), "InDoubt",
     "InDoubt"),
    (500, waha_error("2 UNKNOWN: info query returned status 429: rate-overlimit"), "Throttled",
     "Throttled"),
    (500, waha_error("bad-request", data=400), "InDoubt", "InDoubt"),
    (500, waha_error("2 UNKNOWN: server returned error 463"), "restricted", "restricted"),
    (500, waha_error("nack", data=463), "restricted", "restricted"),
    (500, waha_error("Group with id '120363041234567890@g.us' not found"), "group_gone",
     "group_gone"),
    (500, waha_error("you're not participating in that group"), "group_gone", "group_gone"),
    (500, {"error": "Session status is not as expected.", "status": "STARTING"}, "session",
     "session"),
    (500, waha_error("expected at least 1 children, but found 0"), "InDoubt", "InDoubt"),
    (500, waha_error("You are not an admin"), "InDoubt", "InDoubt"),
    (502, {}, "InDoubt", "InDoubt"),
    (503, {}, "InDoubt", "InDoubt"),
    (504, {}, "InDoubt", "InDoubt"),
    (599, {}, "InDoubt", "InDoubt"),
    # a no inside a 2xx
    (200, {"status": 403, "message": "Forbidden", "error": "x"}, "not_admin", "not_admin"),
    (200, {"statusCode": 401, "message": "Unauthorized"}, "credentials", "credentials"),
    (200, {"status": 429, "message": "slow"}, "Throttled", "Throttled"),
    (200, {"status": 408, "message": "timeout"}, "InDoubt", "InDoubt"),
    (200, {"status": 500, "message": "x"}, "InDoubt", "InDoubt"),
    (200, {"success": False, "message": "You are not an admin"}, "not_admin", "not_admin"),
    (200, {"success": False, "message": "no idea"}, "InDoubt", "InDoubt"),
    (200, {"status": "error", "message": "Subscription expired"}, "plan", "plan"),
    (200, {"status": "success", "message": "You have exceeded the monthly maximum of messages"},
     "plan", "plan"),
    (200, {"wawp_upstream_error": {"x": 1}}, "InDoubt", "InDoubt"),
    (200, {"ok": True, "wawp_upstream_error": None}, "InDoubt", "InDoubt"),
    (200, {"ok": True, "code": "wawp_upstream_error"}, "InDoubt", "InDoubt"),
    (200, {"ok": True, "code": "proxy_error"}, "InDoubt", "InDoubt"),
    (200, {"success": True, "code": "invalid_instance"}, "credentials", "credentials"),
    (200, {"ok": True, "error": {"message": "You are not an admin"}}, "not_admin", "not_admin"),
    (200, {"status": "success", "error": True}, "InDoubt", "InDoubt"),
    (200, {"ok": True, "exception": {"message": "rate-overlimit"}}, "Throttled", "Throttled"),
    (200, {"error": "Session status is not as expected."}, "session", "session"),
    (200, "AddParticipantsError: You have no admin rights to add a participant to a group",
     "not_admin", "not_admin"),
    (200, "AddParticipantsError: The participant can't be added to an empty group", "group_gone",
     "group_gone"),
]  # fmt: skip


@pytest.mark.promise("F8")
@pytest.mark.parametrize("case", ENVELOPES)
def test_an_answer_as_a_whole_means_one_thing_for_each_act(
    answering: Answering, chat: ChatId, ana: Address, case: tuple[int, object, str, str]
) -> None:
    status, body, added, removed = case
    assert meant(answering(body, status).wawp.add(chat, ana)) == added
    assert meant(answering(body, status).wawp.remove(chat, ana)) == removed


@pytest.mark.promise("F15")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 417, 419, 422, 500, 503])
def test_a_web_page_is_a_proxys_and_concludes_nothing(
    answering: Answering, chat: ChatId, ana: Address, status: int
) -> None:
    page = b"<!DOCTYPE html><html><body>quota, session not found, access token</body></html>"
    assert isinstance(answering(raw=page, status=status).wawp.add(chat, ana), InDoubt)


@pytest.mark.parametrize("status", [417, 419])
def test_codes_with_a_meaning_of_their_own_on_the_web_count_as_json_only(
    answering: Answering, chat: ChatId, ana: Address, status: int
) -> None:
    told = answering(raw=b"Page Expired", status=status)
    assert isinstance(told.wawp.add(chat, ana), InDoubt)


@pytest.mark.parametrize(("status", "why"), [(401, Refusal.CREDENTIALS), (403, Refusal.NOT_ADMIN)])
def test_an_error_in_plain_words_is_still_an_error(
    answering: Answering, chat: ChatId, ana: Address, status: int, why: Refusal
) -> None:
    outcome = answering(raw=b"Forbidden", status=status).wawp.remove(chat, ana)
    assert isinstance(outcome, Refused)
    assert outcome.why is why


WAITS = [
    ("30", timedelta(seconds=30)),
    ("0", timedelta(seconds=1)),
    ("0.2", timedelta(seconds=1)),
    ("3600", timedelta(hours=1)),
    ("999999999999999999999999", timedelta(hours=1)),
    ("Mon, 05 Jan 2026 10:02:00 GMT", timedelta(minutes=2)),
    ("Mon, 05 Jan 2026 09:00:00 GMT", timedelta(seconds=1)),
    ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(hours=1)),
    (None, None),
    ("", None),
    ("soon", None),
    ("-5", None),
    ("NaN", None),
    ("inf", None),
    ("1e9", None),
    ("٣٠", None),
    ("Mon, 99 Jan 2026 10:02:00 GMT", None),
]


@pytest.mark.promise("F10")
@pytest.mark.parametrize(("header", "wait"), WAITS)
def test_retry_after_is_clamped_and_never_trusted(
    answering: Answering, chat: ChatId, ana: Address, header: str | None, wait: timedelta | None
) -> None:
    headers = {} if header is None else {"Retry-After": header.encode()}
    outcome = answering({}, 429, headers=headers).wawp.remove(chat, ana)
    assert isinstance(outcome, Throttled)
    assert outcome.wait == wait


@pytest.mark.promise("F10")
def test_a_retry_date_is_read_by_the_servers_own_clock(
    answering: Answering, chat: ChatId, ana: Address
) -> None:
    headers = {
        "Date": "Mon, 05 Jan 2026 12:00:00 GMT",
        "Retry-After": "Mon, 05 Jan 2026 12:00:45 GMT",
    }
    told = answering({}, 429, headers=headers)
    outcome = told.wawp.remove(chat, ana)
    assert isinstance(outcome, Throttled)
    assert outcome.wait == timedelta(seconds=45)
    assert told.wawp.clock_offset == timedelta(hours=2)


def test_a_private_invites_code_is_not_offered_as_a_link(
    answering: Answering, chat: ChatId, ana: Address
) -> None:
    request = {"Code": "AbCdEfGhIjKlMnOpQrStUv", "Expiration": "2026-01-08T10:00:00Z"}
    node = {"tag": "add_request", "attrs": {"code": "AbCdEfGhIjKlMnOpQrStUv"}}
    for body in (
        [gows(403, AddRequest=request)],
        [gows(0, AddRequest=request)],
        [{"status": "403", "jid": ANA, "content": {"attrs": {"error": "403"}, "content": [node]}}],
    ):
        outcome = answering(body).wawp.add(chat, ana)
        assert isinstance(outcome, Refused)
        assert (outcome.why, outcome.invite) == (Refusal.PRIVACY, None)


def test_a_whole_link_is_offered(answering: Answering, chat: ChatId, ana: Address) -> None:
    link = "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"
    outcome = answering([{"jid": ANA, "status": "403", "invite_link": link}]).wawp.add(chat, ana)
    assert isinstance(outcome, Refused)
    assert outcome.invite == link


@pytest.mark.parametrize(
    "link", ["https://evil.example/AbCdEfGhIjKlMnOpQrStUv", "AbCdEfGhIjKlMnOpQrStUv", 7, "",
             "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv?x=https://evil.example"]
)  # fmt: skip
def test_anything_else_is_not_offered_as_a_link(
    answering: Answering, chat: ChatId, ana: Address, link: object
) -> None:
    outcome = answering([{"jid": ANA, "status": "403", "link": link}]).wawp.add(chat, ana)
    assert isinstance(outcome, Refused)
    assert outcome.invite is None


def test_that_the_chat_sent_a_private_invite_is_told(
    answering: Answering, chat: ChatId, ana: Address
) -> None:
    body = {ANA: {"code": 403, "message": "only by invite", "isInviteV4Sent": True}}
    outcome = answering(body).wawp.add(chat, ana)
    assert outcome.detail == "403 for the person: only by invite; the chat sent a private invite"


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("https://x?access_token=1"),
        httpx.ConnectError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.WriteError("x"),
        httpx.PoolTimeout("x"),
        httpx.DecodingError("x"),
        httpx.StreamConsumed(),
        OSError("x"),
        TimeoutError("x"),
    ],
)
def test_a_failing_network_is_in_doubt_and_never_an_exception(
    failing: Callable[[Exception], object], chat: ChatId, ana: Address, error: Exception
) -> None:
    outcome = failing(error).remove(chat, ana)
    assert isinstance(outcome, InDoubt)
    assert "access_token" not in outcome.detail


def test_a_person_is_named_by_number_and_else_by_lid(
    answering: Answering, chat: ChatId, ana: Address
) -> None:
    told = answering({"ok": True})
    told.wawp.remove(chat, ana)
    told.wawp.add(chat, Address(None, LID))
    assert [b'{"id":"351912345678@c.us"}' in told.requests[0].content] == [True]
    assert b'{"id":"88880000111@lid"}' in told.requests[1].content


@pytest.mark.parametrize(
    "who",
    [
        Address(None),
        Address(Phone("351912345678")),
        Address(Phone("+٣٥١٩١٢٣٤٥٦٧٨")),
        Address(Phone("+1")),
        Address(None, "88880000111@c.us"),
        Address(None, "88880000111@lid/../x"),
    ],
)
def test_someone_without_a_usable_id_is_refused_unsent(
    answering: Answering, chat: ChatId, who: Address
) -> None:
    told = answering({"ok": True})
    outcome = told.wawp.remove(chat, who)
    assert isinstance(outcome, Refused)
    assert (outcome.why, told.requests) == (Refusal.BAD_REQUEST, [])


@pytest.mark.parametrize(
    "bad", ["", "..", "a/b@g.us", "a\\b@g.us", "a\nb@g.us", "a b", "\ud800@g.us", "x" * 200]
)
def test_a_chat_id_that_could_change_the_address_is_refused_unsent(
    answering: Answering, ana: Address, bad: str
) -> None:
    told = answering({"ok": True})
    outcomes = [
        told.wawp.add(ChatId(bad), ana),
        told.wawp.remove(ChatId(bad), ana),
        told.wawp.members(ChatId(bad)),
        told.wawp.group(ChatId(bad)),
        told.wawp.invite_link(ChatId(bad)),
        told.wawp.revoke_invite(ChatId(bad)),
    ]
    assert all(isinstance(o, Refused) and o.why is Refusal.BAD_REQUEST for o in outcomes)
    assert told.requests == []


def test_a_chat_id_stands_in_the_path_as_the_vendor_writes_it(
    answering: Answering, ana: Address
) -> None:
    told = answering({"ok": True})
    told.wawp.remove(ChatId("4915100000000-1600000000@g.us"), ana)
    told.wawp.remove(ChatId("1?x=1#é%2f@g.us"), ana)
    paths = [request.url.raw_path for request in told.requests]
    assert paths == [
        b"/v2/groups/4915100000000-1600000000@g.us/participants/remove",
        b"/v2/groups/1%3Fx%3D1%23%C3%A9%252f@g.us/participants/remove",
    ]
