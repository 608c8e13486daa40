"""Who is in a group: every engine's list is understood whole, or not believed at all."""

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.facts import Role
from rotation.core.outcome import InDoubt, Refusal, Refused, Throttled
from rotation.core.roster import ChatId, Phone
from rotation.providers import GroupInfo, Member, Members
from rotation.providers.wawp.ids import MisreadError
from rotation.providers.wawp.shapes import members
from rotation.providers.wawp.strict_json import Garbled, parsed

Answering: TypeAlias = Callable[..., object]

CHAT = ChatId("120363041234567890@g.us")
ANA, BEN, BOSS = Phone("+351912345678"), Phone("+4915100000000"), Phone("+819012345678")


def people(*found: tuple[Phone | None, str | None, Role]) -> Members:
    return Members(tuple(Member(*entry) for entry in found))


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
    read = answering(body).wawp.members(CHAT)
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
    assert answering(body).wawp.members(CHAT) == people(
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
    assert answering(with_assistant).wawp.members(CHAT) == THREE
    assert isinstance(
        answering([*NOWEB, {"id": "867051314767696@what"}]).wawp.members(CHAT), InDoubt
    )


def test_someone_listed_twice_is_one_member_with_the_higher_role(answering: Answering) -> None:
    body = [
        {"id": "351912345678@c.us", "role": "participant"},
        {"id": "88880000111@lid", "role": "admin"},
        {"id": "88880000111@lid", "pn": "351912345678", "role": "participant"},
        {"id": "351912345678:4@s.whatsapp.net", "role": "participant"},
    ]
    expected = people((ANA, "88880000111@lid", Role.ADMIN))
    assert answering(body).wawp.members(CHAT) == expected


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
    assert isinstance(answering([GOOD]).wawp.members(CHAT), Members)
    for body in ([GOOD, entry], {"participants": [entry, GOOD]}, {"0": GOOD, "1": entry}):
        assert isinstance(answering(body).wawp.members(CHAT), InDoubt)


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
    assert isinstance(answering(body).wawp.members(CHAT), InDoubt)


def test_a_part_of_an_answer_is_not_believed(answering: Answering) -> None:
    assert isinstance(answering([GOOD], 206).wawp.members(CHAT), InDoubt)


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
    read = answering(body, status).wawp.members(CHAT)
    assert isinstance(read, Refused)
    assert read.why is why


def test_a_403_or_404_on_a_read_does_not_say_that_the_group_is_gone(answering: Answering) -> None:
    assert isinstance(answering({"message": "Forbidden"}, 403).wawp.members(CHAT), InDoubt)
    assert isinstance(answering({"message": "Not Found"}, 404).wawp.members(CHAT), InDoubt)
    assert isinstance(answering({"message": "Not Found"}, 404).wawp.group(CHAT), InDoubt)


def test_a_throttled_read_says_so(answering: Answering) -> None:
    assert isinstance(answering({}, 429).wawp.members(CHAT), Throttled)


def test_a_list_is_asked_for_by_one_get(answering: Answering) -> None:
    told = answering([GOOD])
    told.wawp.members(CHAT)
    assert told.only.method == "GET"
    assert told.only.url.path == f"/v2/groups/{CHAT}/participants"


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
