"""Who is in a group: every engine's list is understood whole, or not believed at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.facts import Role
from rotation.core.outcome import InDoubt, Refusal, Refused, Throttled, Unread
from rotation.core.roster import ChatId, Phone
from rotation.providers import GroupInfo, Member, Members, Page
from rotation.providers.wawp import Credentials, Wawp
from rotation.providers.wawp.ids import MisreadError
from rotation.providers.wawp.shapes import members
from rotation.providers.wawp.strict_json import Garbled, parsed

Answering: TypeAlias = Callable[..., object]

CHAT = ChatId("120363041234567890@g.us")
ANA, BEN, BOSS = Phone("+351912345678"), Phone("+4915100000000"), Phone("+819012345678")


def people(*found: tuple[Phone | None, str | None, Role]) -> Members:
    return Members(tuple(Member(*entry) for entry in found))


def members_told(told: Any) -> Members | Unread:  # noqa: ANN401 - an account and its server
    """What the account says, asked again where it says so, as the engine does."""
    while isinstance(found := told.wawp.members(CHAT), InDoubt) and found.again:
        pass
    return found


THREE = people((ANA, None, Role.MEMBER), (BEN, None, Role.ADMIN), (BOSS, None, Role.CREATOR))
WEBJS = [
    {"id": {"server": "c.us", "user": "351912345678", "_serialized": "351912345678@c.us"},
     "isAdmin": False, "isSuperAdmin": False},
    {"id": {"server": "c.us", "user": "4915100000000", "_serialized": "4915100000000@c.us"},
     "isAdmin": True, "isSuperAdmin": False},
    {"id": {"server": "c.us", "user": "819012345678"}, "isAdmin": True, "isSuperAdmin": True},
]  # fmt: skip
PLAIN = [
    {"id": "351912345678@c.us", "isAdmin": False, "isSuperAdmin": False},
    {"id": "4915100000000@c.us", "isAdmin": True, "isSuperAdmin": False},
    {"id": "819012345678@c.us", "isAdmin": False, "isSuperAdmin": True},
]
NOWEB = [
    {"id": "351912345678@s.whatsapp.net", "admin": None},
    {"id": "4915100000000:3@s.whatsapp.net", "admin": "admin"},
    {"id": "819012345678.0:12@s.whatsapp.net", "admin": "superadmin"},
]
NAMED = {"id": CHAT, "participants": NOWEB}
GOWS = [
    {"JID": "351912345678@s.whatsapp.net", "IsAdmin": False, "IsSuperAdmin": False, "Error": 0},
    {"JID": "4915100000000@s.whatsapp.net", "IsAdmin": True, "IsSuperAdmin": False, "Error": 0},
    {"JID": "819012345678@s.whatsapp.net", "IsAdmin": True, "IsSuperAdmin": True, "Error": 0},
]
WEBJS_CHAT = {"server": "g.us", "user": "120363041234567890", "_serialized": CHAT}
V2 = [
    {"id": "351912345678@c.us", "role": "participant"},
    {"id": "4915100000000@c.us", "role": "admin"},
    {"id": "819012345678@c.us", "role": "superadmin"},
    {"id": "15550001111@c.us", "role": "left"},
]


@pytest.mark.parametrize(
    "body",
    [
        WEBJS,
        PLAIN,
        NOWEB,
        V2,
        {"participants": PLAIN},
        {"id": CHAT, "subject": "Acme", "participants": NOWEB, "size": 3},
        {"id": {"server": "g.us", "user": "120363041234567890"}, "participants": WEBJS},
        {"JID": CHAT, "Participants": PLAIN, "ParticipantCount": 3},
        {"data": {"participants": {str(n): entry for n, entry in enumerate(PLAIN)}}},
        {"2": PLAIN[2], "0": PLAIN[0], "1": PLAIN[1]},
        {str(entry["id"]): entry for entry in PLAIN},
        {
            str(entry["id"]): {"isAdmin": entry["isAdmin"], "isSuperAdmin": entry["isSuperAdmin"]}
            for entry in PLAIN
        },
        {"groupMetadata": {"id": CHAT, "participants": WEBJS}},
    ],
)
def test_every_engines_list_is_read_alike(answering: Answering, body: object) -> None:
    read = members_told(answering(body))
    assert isinstance(read, Members)
    assert sorted(read.people, key=lambda m: m.phone or "") == sorted(
        THREE.people, key=lambda m: m.phone or ""
    )


def test_hidden_ids_stand_beside_numbers_or_alone(answering: Answering) -> None:
    body = [
        {"JID": "88880000111@lid", "PhoneNumber": "351912345678@s.whatsapp.net",
         "LID": "88880000111@lid", "IsAdmin": False, "IsSuperAdmin": False, "Error": 0},
        {"JID": "4915100000000@s.whatsapp.net", "PhoneNumber": "", "LID": "88880000222@lid",
         "IsAdmin": True, "IsSuperAdmin": False, "Error": 0},
        {"JID": "88880000333@lid", "PhoneNumber": "", "LID": "", "IsAdmin": False,
         "IsSuperAdmin": False, "Error": 0},
        {"id": "88880000444@lid", "pn": "819012345678@c.us", "role": "superadmin"},
        {"id": "88880000555@lid", "pn": None, "role": "participant"},
        {"id": "15550002222@s.whatsapp.net", "lid": "88880000666:7@lid", "admin": None},
        {"id": "88880000777@lid", "phoneNumber": "+15550003333"},
    ]  # fmt: skip
    assert members_told(answering(body)) == people(
        (ANA, "88880000111@lid", Role.MEMBER),
        (BEN, "88880000222@lid", Role.ADMIN),
        (None, "88880000333@lid", Role.MEMBER),
        (BOSS, "88880000444@lid", Role.CREATOR),
        (None, "88880000555@lid", Role.MEMBER),
        (Phone("+15550002222"), "88880000666@lid", Role.MEMBER),
        (Phone("+15550003333"), "88880000777@lid", Role.MEMBER),
    )


def test_whatsapps_own_assistant_is_nobody_and_spoils_no_list(answering: Answering) -> None:
    with_assistant = [*NOWEB, {"id": "867051314767696@bot", "admin": None}]
    assert members_told(answering(with_assistant)) == THREE
    assert isinstance(members_told(answering([*NOWEB, {"id": "867051314767696@what"}])), InDoubt)


def test_someone_listed_twice_is_one_member_with_the_higher_role(answering: Answering) -> None:
    body = [
        {"id": "351912345678@c.us", "role": "participant"},
        {"id": "88880000111@lid", "role": "admin"},
        {"id": "88880000111@lid", "pn": "351912345678", "role": "participant"},
        {"id": "351912345678:4@s.whatsapp.net", "role": "participant"},
    ]
    expected = people((ANA, "88880000111@lid", Role.ADMIN))
    assert members_told(answering(body)) == expected


GOOD = {"id": "351912345678@c.us", "isAdmin": True}
BAD_ENTRIES = [
    None,
    7,
    [],
    {},
    "someone",
    {"isAdmin": True},
    {"id": "", "isAdmin": False},
    {"id": None, "isAdmin": False},
    {"id": "351912345679", "isAdmin": False},
    {"id": "٣٥١٩١٢٣٤٥٦٧٨@c.us", "isAdmin": False},
    {"id": "351912345678@c.us\n", "isAdmin": False},
    {"id": " 4915100000000@c.us", "isAdmin": False},
    {"id": "0351912345678@c.us", "isAdmin": False},
    {"id": "1234567890123456789@c.us", "isAdmin": False},
    {"id": "120363041234567890@g.us", "isAdmin": False},
    {"id": "4915100000000@example.org", "isAdmin": False},
    {"id": "\ud800@c.us", "isAdmin": False},
    {"id": 4915100000000, "isAdmin": False},
    {"id": {"user": "4915100000000"}, "isAdmin": False},
    {"id": {"user": 4915100000000, "server": "c.us"}, "isAdmin": False},
    {"id": {"user": "1", "server": "c.us", "_serialized": "4915100000000@c.us"}},
    {"id": "4915100000000@c.us", "role": "moderator"},
    {"id": "4915100000000@c.us", "admin": "Admin"},
    {"id": "4915100000000@c.us", "admin": True},
    {"id": "4915100000000@c.us", "isAdmin": "false"},
    {"id": "4915100000000@c.us", "isAdmin": 0},
    {"id": "4915100000000@c.us", "lid": "4915100000000@c.us"},
    {"id": "4915100000000@c.us", "phoneNumber": "819012345678@s.whatsapp.net"},
    {"id": "88880000111@lid", "lid": "88880000222@lid"},
    {"id": "88880000111@lid", "pn": "88880000111@lid"},
    {"id": "88880000111@lid", "pn": "not known"},
    {"id": "88880000111@lid", "pn": False},
    {"JID": "4915100000000@s.whatsapp.net", "Error": 404},
]


@pytest.mark.parametrize("entry", BAD_ENTRIES)
def test_one_entry_that_is_not_understood_spoils_the_whole_list(
    answering: Answering, entry: object
) -> None:
    assert isinstance(members_told(answering([GOOD])), Members)
    for body in ([GOOD, entry], {"participants": [entry, GOOD]}, {"0": GOOD, "1": entry}):
        assert isinstance(members_told(answering(body)), InDoubt)


@pytest.mark.promise("F17")
@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        None,
        True,
        "undefined",
        3,
        {"participants": []},
        {"participants": None},
        {"ok": True},
        [{"id": "351912345678@c.us", "role": "left"}],
        {"0": GOOD, "2": GOOD},
        {"00": GOOD},
        {"351912345678@c.us": True},
        {"351912345678@c.us": {"id": "4915100000000@c.us", "isAdmin": True}},
        {"351912345678@c.us": GOOD, "total": 2},
        {"participants": [GOOD], "size": 2},
        {"participants": [GOOD], "hasMore": True},
        {"participants": [GOOD], "nextCursor": "x"},
        {"id": "120363049999999999@g.us", "participants": [GOOD]},
        {"chatId": "nonsense", "participants": [GOOD]},
        {"data": {"data": {"data": {"data": {"data": [GOOD]}}}}},
        ["351912345678@c.us", "4915100000000@c.us"],
        [{"id": "351912345678@c.us"}, {"id": "4915100000000@c.us"}],
        [
            {"id": "351912345678@c.us", "lid": "88880000111@lid", "isAdmin": True},
            {"id": "351912345678@c.us", "lid": "88880000222@lid", "isAdmin": True},
        ],
        [
            {"id": "351912345678@c.us", "lid": "88880000111@lid", "isAdmin": True},
            {"id": "4915100000000@c.us", "lid": "88880000111@lid", "isAdmin": True},
        ],
    ],
)
def test_a_list_that_cannot_be_whole_is_not_believed(answering: Answering, body: object) -> None:
    assert isinstance(members_told(answering(body)), InDoubt)


def test_a_part_of_an_answer_is_not_believed(answering: Answering) -> None:
    assert isinstance(members_told(answering([GOOD], 206)), InDoubt)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, {}, Refusal.CREDENTIALS),
        (422, {"error": "Session status is not as expected."}, Refusal.SESSION),
        (500, {"exception": {"message": "you're not participating in that group"}},
         Refusal.GROUP_GONE),
        (200, {"status": 401, "message": "Unauthorized"}, Refusal.CREDENTIALS),
    ],
)  # fmt: skip
def test_a_refused_read_says_why(
    answering: Answering, status: int, body: object, why: Refusal
) -> None:
    read = members_told(answering(body, status))
    assert isinstance(read, Refused)
    assert read.why is why


@pytest.mark.promise("F8")
def test_a_403_or_404_on_a_read_does_not_say_that_the_group_is_gone(answering: Answering) -> None:
    assert isinstance(members_told(answering({"message": "Forbidden"}, 403)), InDoubt)
    assert isinstance(members_told(answering({"message": "Not Found"}, 404)), InDoubt)
    assert isinstance(answering({"message": "Not Found"}, 404).wawp.group(CHAT), InDoubt)


def test_a_throttled_read_says_so(answering: Answering) -> None:
    assert isinstance(members_told(answering({}, 429)), Throttled)


def test_a_list_is_asked_for_by_one_get(answering: Answering) -> None:
    told = answering(NAMED)
    assert told.wawp.members(CHAT) == replace(THREE, named=True)
    assert (told.only.method, told.only.url.path) == ("GET", f"/v2/groups/{CHAT}")


OTHER = "120363049999999999@g.us"


@pytest.mark.promise("S3")
@pytest.mark.parametrize(
    "body",
    [
        {"id": OTHER, "participants": NOWEB},
        {"JID": OTHER, "Participants": PLAIN},
        {"id": {"server": "g.us", "user": OTHER[:-5]}, "participants": WEBJS},
        {"id": CHAT, "groupMetadata": {"id": OTHER, "participants": WEBJS}},
        {"data": {"id": OTHER, "participants": PLAIN}},
        {"id": CHAT, "groupId": OTHER, "participants": PLAIN},
    ],
)
def test_another_groups_list_is_not_believed_and_not_asked_for_in_another_way(
    answering: Answering, body: object
) -> None:
    assert answering(body).wawp.members(CHAT) == InDoubt("200: an answer about another group")


class Server:
    """A server with three addresses for a group's members: its own, its detail, its bare list."""

    def __init__(self, credentials: Callable[[], Credentials], now: datetime) -> None:
        missing = (404, {"message": "Cannot GET"})
        self.says: dict[str, tuple[int, object]] = {
            "own": missing, "detail": missing, "bare": (200, NOWEB)
        }  # fmt: skip
        self.now = now
        self.asked: list[str] = []
        transport = httpx.MockTransport(self._serve)
        self.wawp = Wawp(credentials, lambda: self.now, transport=transport)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        known = {
            f"/v2/groups/{CHAT}": "own",
            f"/v2/groups/detail?groupId={quote(CHAT)}": "detail",
            f"/v2/groups/{CHAT}/participants": "bare",
        }
        self.asked.append(known.get(target, target))
        status, body = self.says.get(self.asked[-1], (404, {}))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, content=content)

    def read(self) -> Members | Unread:
        """What comes of it in the end, asked as often as the answers say `again`."""
        while isinstance(found := self.wawp.members(CHAT), InDoubt) and found.again:
            pass
        return found


@pytest.fixture
def server(credentials: Callable[[], Credentials], now: datetime) -> Server:
    return Server(credentials, now)


NO_LIST = [
    (404, {"message": "Cannot GET /v2/groups/x", "error": "Not Found"}),
    (404, b"<!DOCTYPE html><html><body>Cannot GET</body></html>"),
    (405, b""),
    (501, {"statusCode": 501, "message": "not implemented by the engine"}),
    (200, NOWEB),
    (200, {"participants": PLAIN}),
    (200, {"id": CHAT, "subject": "Acme", "size": 3}),
]


@pytest.mark.parametrize("answer", NO_LIST)
def test_where_an_answer_has_no_list_that_names_the_group_the_next_address_is_asked(
    server: Server, answer: tuple[int, object]
) -> None:
    server.says |= {"own": answer, "detail": (200, NAMED)}
    assert server.read() == server.read() == replace(THREE, named=True)
    assert server.asked == ["own", "detail", "detail"]


@pytest.mark.parametrize("answer", NO_LIST)
def test_where_no_answer_names_the_group_the_bare_list_is_taken(
    server: Server, answer: tuple[int, object]
) -> None:
    server.says |= {"own": answer, "detail": answer}
    assert server.read() == server.read() == THREE
    assert server.asked == ["own", "detail", "bare", "bare"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"id": CHAT, "participants": []}),
        (200, {"JID": CHAT, "Participants": None, "ParticipantCount": 952}),
        (200, {"id": CHAT, "participants": [*NOWEB, {"id": "?"}]}),
        (200, b"<html>"),
        (403, {"message": "Forbidden"}),
        (404, {"message": "Group not found"}),
        (429, {}),
        (500, {}),
        (503, b""),
    ],
)
def test_a_list_that_is_only_bad_is_not_asked_for_elsewhere(
    server: Server, status: int, body: object
) -> None:
    server.says["own"] = (status, body)
    for _ in range(2):
        assert not isinstance(server.read(), Members)
    assert server.asked == ["own", "own"]


def test_a_server_with_none_of_the_addresses_is_asked_each_of_them_once_a_read(
    server: Server,
) -> None:
    server.says["bare"] = (404, {})
    for _ in range(2):
        assert isinstance(server.read(), InDoubt)
    assert server.asked == ["own", "detail", "bare"] * 2


def test_the_groups_own_answer_is_tried_again_after_an_hour(server: Server) -> None:
    server.read()
    server.now += timedelta(minutes=59)
    server.read()
    server.says["own"] = (200, NAMED)
    server.now += timedelta(minutes=1)
    assert server.read() == replace(THREE, named=True)
    assert server.asked == ["own", "detail", "bare", "bare", "own"]


def test_one_group_without_an_answer_of_its_own_changes_nothing_for_another(
    server: Server,
) -> None:
    server.read()
    server.wawp.members(ChatId(OTHER))
    assert server.asked[3:] == [f"/v2/groups/{OTHER}"]


@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
def test_every_engines_own_answer_names_the_group_and_lists_everybody(
    answering: Answering, engine: str
) -> None:
    body = {
        "noweb": {"id": CHAT, "subject": "Acme", "size": 3, "participants": NOWEB},
        "gows": {"JID": CHAT, "Participants": GOWS, "ParticipantCount": 3},
        "webjs": {"id": WEBJS_CHAT, "groupMetadata": {"id": WEBJS_CHAT, "participants": WEBJS}},
        "wawp": {"id": CHAT, "owner": "819012345678@c.us", "participants": PLAIN},
    }[engine]
    assert answering(body).wawp.members(CHAT) == replace(THREE, named=True)


GROUP_BODIES = [
    ({"id": CHAT, "subject": "Acme", "size": 7, "owner": "819012345678@s.whatsapp.net"},
     GroupInfo(CHAT, "Acme", 7, "+819012345678")),
    ({"JID": CHAT, "Name": "Acme", "OwnerJID": "88880000444@lid", "Participants": [GOOD, GOOD]},
     GroupInfo(CHAT, "Acme", 2, "88880000444@lid")),
    ({"id": {"server": "g.us", "user": "120363041234567890", "_serialized": CHAT}, "name": "Acme",
      "groupMetadata": {"id": CHAT, "owner": {"server": "c.us", "user": "819012345678"},
                        "participants": [GOOD]}},
     GroupInfo(CHAT, "Acme", 1, "+819012345678")),
    ({"id": CHAT, "subject": "Ac\u202eme\x00\n \ud800!", "owner": "nobody"},
     GroupInfo(CHAT, "Acme !", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("body", "info"), GROUP_BODIES)
def test_a_groups_data_is_read_in_every_engines_form(
    answering: Answering, body: object, info: GroupInfo
) -> None:
    assert answering(body).wawp.group(CHAT) == info
    assert answering({"data": body}).wawp.group(CHAT) == info
    for listed in ([body], {CHAT: body}, {"0": body}, {"groups": [body]}):
        assert answering(listed).wawp.groups() == (info,)


def test_an_answer_about_another_group_is_not_believed(answering: Answering) -> None:
    other = {"id": "120363049999999999@g.us", "subject": "Acme"}
    assert isinstance(answering(other).wawp.group(CHAT), InDoubt)
    assert isinstance(answering({CHAT: other}).wawp.groups(), InDoubt)


@pytest.mark.parametrize("entry", [None, "x", {}, {"subject": "x"}, {"id": "1@c.us"}, {"id": 7}])
def test_one_group_that_is_not_understood_spoils_the_list(
    answering: Answering, entry: object
) -> None:
    assert isinstance(answering([{"id": CHAT}, entry]).wawp.groups(), InDoubt)
    assert isinstance(answering(entry).wawp.group(CHAT), InDoubt)


def test_an_account_may_be_in_no_group(answering: Answering) -> None:
    assert answering([]).wawp.groups() == ()
    assert answering({}).wawp.groups() == ()


def test_a_page_of_groups_is_asked_for_in_an_order_that_stays_the_same(
    answering: Answering,
) -> None:
    told = answering([])
    told.wawp.groups(Page(200, 100))
    asked = dict(told.only.url.params)
    assert {k: asked[k] for k in ("limit", "offset", "sortBy", "sortOrder")} == {
        "limit": "100", "offset": "200", "sortBy": "id", "sortOrder": "asc",
    }  # fmt: skip
    whole = answering([])
    whole.wawp.groups()
    assert "limit" not in whole.only.url.params


def test_the_list_of_groups_may_be_long_but_not_endless(answering: Answering) -> None:
    padded = json.dumps([{"id": CHAT}]).encode()
    assert answering(raw=padded.ljust(9_000_000)).wawp.groups() == (GroupInfo(CHAT, "", None),)
    assert isinstance(answering(raw=padded.ljust(17_000_000)).wawp.groups(), InDoubt)
    assert isinstance(answering(raw=padded.ljust(1_100_000)).wawp.group(CHAT), InDoubt)


numbers = st.from_regex(r"[1-9][0-9]{9,13}", fullmatch=True)
shapes = st.sampled_from(
    [
        lambda n, role: {"id": f"{n}@c.us", "isAdmin": role != "", "isSuperAdmin": role == "s"},
        lambda n, role: {"id": f"{n}@s.whatsapp.net", "admin": "admin" if role else None},
        lambda n, role: {"id": {"server": "c.us", "user": n}, "isAdmin": bool(role)},
        lambda n, role: {"JID": "", "PhoneNumber": f"{n}@s.whatsapp.net", "IsAdmin": bool(role)},
        lambda n, role: {"id": f"{n}@c.us", "role": "admin" if role else "participant"},
    ]
)


@given(st.dictionaries(numbers, st.tuples(shapes, st.sampled_from(["", "a", "s"])), min_size=1))
def test_nobody_is_lost_or_made_up_in_any_mixture_of_forms(
    listed: dict[str, tuple[Callable[[str, str], object], str]],
) -> None:
    body = parsed(json.dumps([shape(n, role) for n, (shape, role) in listed.items()]).encode())
    assert not isinstance(body, Garbled)
    assert {m.phone for m in members(body, CHAT).people} == {f"+{n}" for n in listed}


@given(
    st.lists(st.sampled_from([GOOD, *BAD_ENTRIES]), min_size=2),
    st.sampled_from([lambda e: e, lambda e: {"participants": e}, lambda e: {"data": e}]),
)
def test_a_list_is_read_whole_or_not_at_all(
    entries: list[object], wrapped: Callable[[object], object]
) -> None:
    body = parsed(json.dumps(wrapped(entries)).encode())
    assert not isinstance(body, Garbled)
    is_good = all(entry is GOOD for entry in entries)
    try:
        members(body, CHAT)
    except MisreadError:
        assert not is_good
    else:
        assert is_good
