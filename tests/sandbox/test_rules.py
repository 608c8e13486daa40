"""What WhatsApp allows, whoever asks."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import Request, Response

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


CHAT, US, CREATOR, CUSTOMER, ANA, BEN = (
    "1000@g.us", "+15550100999", "+15550100001", "+15550100002", "+351900000001", "+351900000002"
)  # fmt: skip


def code(answer: Response) -> str:
    return json.loads(answer.body)[0]["status"]


def test_an_add_and_a_remove_change_the_group_and_leave_a_line_in_the_chat(play: Make) -> None:
    a_world = play()
    assert code(a_world.add(BEN)) == "200"
    assert code(a_world.remove(ANA)) == "200"
    assert a_world.members() == {US, CREATOR, CUSTOMER, BEN}
    texts = [m["text"] for m in a_world.json("GET", "/sandbox/messages")["messages"]]
    assert texts == [f"{US} added Ben", f"Ana was removed by {US}"]


@pytest.mark.parametrize(
    "id_", ["351900000002@c.us", "351900000002@s.whatsapp.net", "351900000002", "902@lid"]
)
def test_a_person_can_be_named_by_number_or_lid(play: Make, id_: str) -> None:
    a_world = play()
    a_world.call("POST", f"/v2/groups/{CHAT}/participants/add", {"participants": [{"id": id_}]})
    assert BEN in a_world.members()


def test_a_malformed_id_fails_the_whole_call_with_400_inside_a_500(play: Make) -> None:
    a_world = play()
    answer = a_world.add(BEN, "+351900000003@c.us")
    assert answer.status == 500
    assert json.loads(answer.body)["exception"]["data"] == 400
    assert BEN not in a_world.members()


def test_participants_must_be_objects(play: Make) -> None:
    target = f"/v2/groups/{CHAT}/participants/add"
    assert play().call("POST", target, {"participants": ["351900000002@c.us"]}).status == 400
    assert play().call("POST", target, {"participants": []}).status == 400


@pytest.mark.parametrize(
    ("world", "says"),
    [
        ({"people": [{"phone": BEN, "privacy": "contacts"}]}, "403"),
        ({"people": [{"phone": BEN, "on_whatsapp": False}]}, "404"),
        ({"people": []}, "404"),
    ],
)
def test_why_a_person_cannot_be_added(play: Make, world: dict[str, object], says: str) -> None:
    a_world = play(**world)
    assert code(a_world.add(BEN)) == says
    assert BEN not in a_world.members()


@pytest.mark.parametrize(
    ("group", "says"), [({"limit": 4}, "419"), ({"limit": 5}, "200"), ({"community": True}, "417")]
)
def test_why_a_group_takes_nobody(play: Make, group: dict[str, object], says: str) -> None:
    made = {"chat": CHAT, "creator": CREATOR, "admins": [US], "members": [CUSTOMER, ANA]}
    assert code(play(groups=[{**made, **group}]).add(BEN)) == says


def test_a_member_is_not_added_again(play: Make) -> None:
    assert code(play().add(ANA)) == "409"


def test_someone_who_has_just_gone_is_refused_within_the_window_only(play: Make) -> None:
    a_world = play(settings={"re_adding_chance": 1.0, "re_adding_minutes": 10})
    a_world.remove(ANA)
    a_world.wait(599)
    assert code(a_world.add(ANA)) == "408"
    a_world.wait(1)
    assert code(a_world.add(ANA)) == "200"


def test_a_refused_re_add_is_a_matter_of_chance_and_the_seed_decides(play: Make) -> None:
    def answers(seed: int) -> list[str]:
        a_world = play(seed=seed, settings={"re_adding_chance": 0.2})
        got = []
        for _ in range(60):
            a_world.deed("remove", ANA)
            got.append(code(a_world.add(ANA)))
            a_world.deed("add", ANA)
            a_world.wait(1)
        return got

    first = answers(1)
    assert first == answers(1)
    assert first != answers(2)
    assert 0 < first.count("408") < 30


def test_removing_ourselves_leaves_the_group_and_its_list_is_closed_to_us(play: Make) -> None:
    a_world = play(settings={"engine": "gows"})
    a_world.remove(US)
    assert US not in a_world.members()
    assert a_world.read().status == 500
    assert CHAT not in a_world.call("GET", "/v2/groups").body.decode()


def test_the_creator_cannot_be_demoted_and_others_can(play: Make) -> None:
    a_world = play()
    a_world.promote(ANA)
    a_world.demote(ANA)
    assert code(a_world.demote(CREATOR)) == "405"
    state = a_world.json("GET", "/sandbox/state")["groups"][CHAT]["members"]
    assert (state[CREATOR], state[ANA]) == ("superadmin", "member")


def test_an_old_invite_link_leads_back_in_until_it_is_revoked(play: Make) -> None:
    a_world = play()
    a_world.remove(ANA)
    a_world.deed("rejoin", ANA)
    assert ANA in a_world.members()
    a_world.remove(ANA)
    before = a_world.json("GET", f"/v2/groups/{CHAT}/invite-code")
    after = a_world.json("POST", f"/v2/groups/{CHAT}/invite-code/revoke")
    assert before != after == a_world.json("GET", f"/v2/groups/{CHAT}/invite-code")
    a_world.deed("rejoin", ANA)
    assert ANA not in a_world.members()
    a_world.deed("rejoin", ANA, code=after)
    assert ANA in a_world.members()


def test_a_text_needs_a_recipient_on_whatsapp_and_a_bounded_length(play: Make) -> None:
    a_world = play()
    assert a_world.say("hi", "351900000002@c.us").status == 201
    assert a_world.say("hi", "+351 900 000 002").status == 201
    assert a_world.say("hi", "449999999999@c.us").status == 500
    assert a_world.say("x" * 4097).status == 400
    assert a_world.say("hi", "999@g.us").status == 500


def test_numbers_can_be_checked(play: Make) -> None:
    a_world = play()
    target = "/v2/contacts/check-exists?phone="
    assert a_world.json("GET", target + "351900000002") == {
        "numberExists": True, "chatId": "351900000002@c.us"
    }  # fmt: skip
    assert a_world.json("GET", target + "449999999999") == {"numberExists": False}
    assert a_world.call("GET", target + "00351900000002").status == 400


def test_a_session_that_does_not_work_refuses_everything_but_its_own_status(play: Make) -> None:
    a_world = play()
    a_world.call("POST", "/sandbox/script", {"do": "session", "status": "SCAN_QR_CODE"})
    answer = a_world.read()
    assert answer.status == 422
    assert json.loads(answer.body)["expected"] == ["WORKING"]
    told = a_world.json("POST", "/v2/session/info", {})
    assert (told["status"], told["me"], "qr" in told) == ("SCAN_QR_CODE", None, True)


def test_more_changes_a_minute_than_allowed_are_throttled(play: Make) -> None:
    a_world = play(settings={"changes_per_minute": 2, "retry_after": "7"})
    assert [a_world.say(str(n)).status for n in range(3)] == [201, 201, 429]
    assert a_world.say("x").headers["retry-after"] == "7"
    a_world.wait(60)
    assert a_world.say("y").status == 201


@pytest.mark.parametrize(
    ("headers", "target", "body", "style"),
    [
        ({"access-token": "secret", "x-instance-id": "A1"}, "", {}, "header"),
        ({"Authorization": "Bearer secret", "X-Instance-ID": "A1"}, "", {}, "bearer"),
        ({}, "?instance_id=A1&access_token=secret", {}, "query"),
        ({}, "", {"instance_id": "A1", "access_token": "secret"}, "body"),
    ],
)
def test_credentials_count_only_in_an_accepted_style(
    play: Make, headers: dict[str, str], target: str, body: object, style: str
) -> None:
    for accepts, status in (([style], 200), ([s for s in STYLES if s != style], 401)):
        a_world = play(settings={"accepts": accepts})
        a_world.headers = headers
        assert a_world.call("POST", "/v2/session/info" + target, body).status == status


STYLES = ("body", "header", "bearer", "query")


def test_a_wrong_token_gets_wawps_error(play: Make) -> None:
    a_world = play()
    a_world.headers = {"access-token": "wrong", "X-Instance-ID": "A1"}
    assert json.loads(a_world.read().body) == {
        "status": 401, "message": "Invalid or missing access token", "error": "Unauthorized"
    }  # fmt: skip


def test_an_unknown_path_is_404_and_rubbish_is_400(play: Make) -> None:
    a_world = play()
    assert a_world.call("GET", "/v2/nothing").status == 404
    request_body = b"[" * 100_000
    target = f"/v2/groups/{CHAT}/participants/add"
    answer = a_world.world.handle(Request.to("POST", target, a_world.headers, request_body))
    assert answer.status == 400


def test_a_group_id_may_be_percent_encoded(play: Make) -> None:
    assert play().read("1000%40g.us").status == 200
