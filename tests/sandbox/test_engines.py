"""Each engine words the same facts in its own way."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


CHAT, US, CREATOR, CUSTOMER, ANA, BEN = (
    "1000@g.us", "+15550100999", "+15550100001", "+15550100002", "+351900000001", "+351900000002"
)  # fmt: skip
TOKEN = {"access_token": "secret"}
ENGINES = ("noweb", "gows", "webjs", "wawp")


def with_engine(name: str) -> dict[str, object]:
    return {"settings": {"engine": name}}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_lists_all_members(play: Make, engine: str) -> None:
    assert play(**with_engine(engine)).listed() == {US, CREATOR, CUSTOMER, ANA}


def test_noweb_lists_baileys_participants(play: Make) -> None:
    members = {m["id"]: m for m in json.loads(play().read().body)}
    assert members["351900000001@s.whatsapp.net"] == {
        "id": "351900000001@s.whatsapp.net", "lid": "901@lid", "admin": None
    }  # fmt: skip
    assert members["15550100001@s.whatsapp.net"]["admin"] == "superadmin"
    assert members["15550100999@s.whatsapp.net"]["admin"] == "admin"


def test_gows_lists_whatsmeow_participants(play: Make) -> None:
    members = {m["JID"]: m for m in json.loads(play(**with_engine("gows")).read().body)}
    assert members["351900000001@s.whatsapp.net"]["LID"] == "901@lid"
    assert members["15550100001@s.whatsapp.net"]["IsSuperAdmin"] is True
    assert members["351900000001@s.whatsapp.net"]["IsAdmin"] is False


def test_webjs_lists_ids_as_objects(play: Make) -> None:
    first = json.loads(play(**with_engine("webjs")).read().body)[0]
    assert first["id"] == {
        "server": "c.us", "user": "15550100002", "_serialized": "15550100002@c.us"
    }  # fmt: skip


def test_a_group_addressed_by_lid_shows_numbers_only_where_the_engine_knows_them(
    play: Make,
) -> None:
    group = {"chat": CHAT, "creator": CREATOR, "admins": [US], "members": [ANA, BEN]}
    people = [
        {"phone": ANA, "lid": "901"},
        {"phone": BEN, "lid": "902", "lid_known": False},
    ]
    world = {"groups": [{**group, "by_lid": True}], "people": people}
    noweb = {m["id"]: m for m in json.loads(play(**world).read().body)}
    assert noweb["901@lid"]["phoneNumber"] == "351900000001@s.whatsapp.net"
    assert "phoneNumber" not in noweb["902@lid"]
    gows = json.loads(play(**world, **with_engine("gows")).read().body)
    assert {m["PhoneNumber"] for m in gows if m["JID"] == "902@lid"} == {""}
    wawp = json.loads(play(**world, **with_engine("wawp")).read().body)
    assert "901@lid" in {m["id"] for m in wawp}


def test_noweb_keys_the_list_of_groups_by_chat_and_the_others_list_them(play: Make) -> None:
    assert set(play().json("GET", "/v2/groups")) == {CHAT, "2000@g.us"}
    gows = play(**with_engine("gows")).json("GET", "/v2/groups")
    assert {g["JID"] for g in gows} == {CHAT, "2000@g.us"}


@pytest.mark.parametrize("engine", ENGINES)
def test_groups_can_be_listed_without_their_people(play: Make, engine: str) -> None:
    text = play(**with_engine(engine)).call("GET", "/v2/groups?exclude=participants").body.decode()
    assert "articipants" not in text.replace("ParticipantCount", "")


@pytest.mark.parametrize("engine", ENGINES)
def test_groups_come_in_pages(play: Make, engine: str) -> None:
    a_world = play(**with_engine(engine))
    assert len(a_world.json("GET", "/v2/groups?limit=1")) == 1
    assert len(a_world.json("GET", "/v2/groups?limit=10&offset=1")) == 1
    assert len(a_world.json("GET", "/v2/groups?limit=10&offset=2")) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_group_is_404_but_500_on_noweb(play: Make, engine: str) -> None:
    answer = play(**with_engine(engine)).read("999@g.us")
    assert answer.status == (500 if engine == "noweb" else 404)


def test_an_engines_error_repeats_the_request_with_its_token(play: Make) -> None:
    body = {**TOKEN, "instance_id": "A1", "participants": [{"id": "1@c.us"}]}
    answer = play().json("POST", "/v2/groups/9@g.us/participants/add", body)
    assert answer["request"]["body"]["access_token"] == TOKEN["access_token"]


def test_the_privacy_refusal_carries_an_invite_where_the_engine_has_one(play: Make) -> None:
    people = {"people": [{"phone": BEN, "privacy": "contacts"}]}
    noweb = json.loads(play(**people).add(BEN).body)[0]
    assert noweb["status"] == "403"
    assert noweb["content"]["content"][0]["attrs"]["code"]
    gows = json.loads(play(**people, **with_engine("gows")).add(BEN).body)[0]
    assert (gows["Error"], bool(gows["AddRequest"]["Code"])) == (403, True)
    webjs = json.loads(play(**people, **with_engine("webjs")).add(BEN).body)
    assert webjs["351900000002@c.us"]["isInviteV4Sent"] is True
    wawp = play(**people, **with_engine("wawp"))
    assert json.loads(wawp.add(BEN).body) == {"ok": True}
    assert BEN not in wawp.members()


@pytest.mark.parametrize(
    ("engine", "status", "body"),
    [("noweb", 200, "404"), ("gows", 200, '"Error":404'), ("webjs", 500, "0"), ("wawp", 404, "")],
)
def test_removing_somebody_who_is_not_in_the_group(
    play: Make, engine: str, status: int, body: str
) -> None:
    answer = play(**with_engine(engine)).remove(BEN)
    assert answer.status == status
    assert body in answer.body.decode()


@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_removes_the_creator(play: Make, engine: str) -> None:
    a_world = play(**with_engine(engine))
    a_world.remove(CREATOR)
    assert CREATOR in a_world.members()


@pytest.mark.parametrize("engine", ENGINES)
def test_only_admins_change_a_group_and_webjs_says_so_in_a_200(play: Make, engine: str) -> None:
    a_world = play(**with_engine(engine))
    a_world.deed("demote", "us")
    assert a_world.add(BEN).status == (200 if engine == "webjs" else 403)
    assert a_world.remove(ANA).status == (200 if engine == "webjs" else 403)
    assert a_world.members() == {US, CREATOR, CUSTOMER, ANA}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sent_text_has_an_id_somewhere(play: Make, engine: str) -> None:
    a_world = play(**with_engine(engine))
    answer = a_world.say("hello")
    said = json.loads(answer.body)
    id_ = said.get("id") or said["key"]["id"]
    assert answer.status == 201
    assert id_["id"] if isinstance(id_, dict) else id_
    messages = a_world.json("GET", f"/sandbox/messages?chat={CHAT}")["messages"]
    assert messages[-1] == {"at": "2026-01-05T08:00:00+00:00", "chat": CHAT, "sender": US,
                            "text": "hello"}  # fmt: skip


def test_the_lid_of_a_number_has_wawps_key_or_the_engines(play: Make) -> None:
    assert play().json("GET", "/v2/lids/pn/351900000001") == {
        "lid": "901@lid", "pn": "351900000001@c.us"
    }  # fmt: skip
    wawp = play(**with_engine("wawp"))
    assert wawp.json("GET", "/v2/lids/pn/351900000001")["number"] == "351900000001"
    assert wawp.json("GET", "/v2/lids/pn/15550100002")["lid"] is None


def test_the_v2_list_has_one_shape_and_can_name_those_who_left(play: Make) -> None:
    a_world = play(settings={"lists_left": True})
    a_world.remove(ANA)
    people = a_world.json("GET", f"/v2/groups/{CHAT}/participants/v2")
    roles = {p["pn"]: p["role"] for p in people}
    assert roles["351900000001@c.us"] == "left"
    assert roles["15550100001@c.us"] == "superadmin"
