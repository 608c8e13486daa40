"""The dial: what the caller hears and what the world does are two things."""

import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import CutOff, NoAnswer, TimedOut

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


CHAT, OTHER, US, CREATOR, CUSTOMER, ANA, BEN, CHEN = (
    "1000@g.us", "2000@g.us", "+15550100999", "+15550100001", "+15550100002",
    "+351900000001", "+351900000002", "+351900000003",
)  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "status", "acted"),
    [
        ("error_before", 502, False),
        ("error_after", 502, True),
        ("lie", 200, False),
        ("partial", 200, False),
        ("hollow", 200, True),
        ("blank", 200, True),
        ("html", 200, False),
        ("truncated", 200, True),
        ("throttle", 429, False),
        ("disguised", 500, False),
        ("restricted", 500, False),
        ("quota", 403, False),
        ("outage", 503, False),
        ("queued", 200, False),
        ("slow", 200, True),
    ],
)
def test_what_is_heard_and_what_is_done(
    play: Make, fault: str, status: int, *, acted: bool
) -> None:
    a_world = play()
    a_world.fault(fault)
    assert a_world.add(BEN).status == status
    assert (BEN in a_world.members()) is acted
    assert a_world.log[-1]["acted"] is acted


@pytest.mark.parametrize(
    ("fault", "silence", "acted"),
    [
        ("timeout_before", TimedOut, False),
        ("timeout_after", TimedOut, True),
        ("reset_before", CutOff, False),
        ("reset_after", CutOff, True),
        ("late", TimedOut, False),
    ],
)
def test_no_answer_at_all(play: Make, fault: str, silence: type[NoAnswer], *, acted: bool) -> None:
    a_world = play()
    a_world.fault(fault)
    with pytest.raises(silence) as caught:
        a_world.add(BEN)
    assert caught.value.acted is acted
    assert (BEN in a_world.members()) is acted


def test_a_timeout_costs_its_caller_world_time(play: Make) -> None:
    a_world = play()
    before = a_world.now
    a_world.fault("timeout_after", seconds=25)
    with pytest.raises(TimedOut):
        a_world.add(BEN)
    assert (a_world.now - before).total_seconds() == 25


def test_a_slow_call_acts_when_it_arrives_and_is_answered_later(play: Make) -> None:
    a_world = play()
    before = a_world.now
    a_world.fault("slow", slow=7)
    answer = a_world.add(BEN)
    assert answer.held == 7
    assert (a_world.now - before).total_seconds() == 7
    assert parsedate_to_datetime(answer.headers["date"]) == a_world.now


def test_a_late_effect_comes_after_its_delay_and_not_before(play: Make) -> None:
    a_world = play()
    a_world.fault("late", delay=90, seconds=20, next=1)
    with pytest.raises(TimedOut):
        a_world.remove(ANA)
    a_world.wait(69)
    assert ANA in a_world.members()
    a_world.wait(1)
    assert ANA not in a_world.members()


def test_a_late_effect_that_is_no_longer_possible_does_nothing(play: Make) -> None:
    a_world = play()
    a_world.fault("queued", delay=60, next=1)
    a_world.remove(ANA)
    a_world.deed("demote", "us")
    a_world.wait(60)
    assert ANA in a_world.members()


def test_a_lie_sounds_exactly_like_the_truth(play: Make) -> None:
    truth, lie = play(), play()
    lie.fault("lie")
    assert lie.add(BEN).body == truth.add(BEN).body
    assert BEN not in lie.members()


def test_half_of_a_batch_is_done(play: Make) -> None:
    a_world = play()
    a_world.fault("partial")
    results = json.loads(a_world.add(BEN, CHEN).body)
    assert [r["status"] for r in results] == ["200", "500"]
    assert a_world.members() & {BEN, CHEN} == {BEN}


def test_a_fault_strikes_only_where_when_and_as_often_as_it_is_set(play: Make) -> None:
    a_world = play()
    a_world.fault(
        "error_before", on=["add"], chats=[CHAT], next=2,
        starts="2026-01-05T08:01:00Z", ends="2026-01-05T08:02:00Z",
    )  # fmt: skip

    def statuses() -> list[int]:
        return [a_world.add(BEN).status, a_world.remove(BEN).status]

    assert statuses() == [200, 200]
    a_world.wait(60)
    assert a_world.add(BEN, chat=OTHER).status == 200
    assert statuses() == [502, 200]
    assert a_world.add(BEN).status == 502
    assert statuses() == [200, 200]


def test_a_window_is_half_open(play: Make) -> None:
    a_world = play()
    a_world.fault("outage", starts="2026-01-05T08:01:00Z", ends="2026-01-05T08:02:00Z")
    seen = []
    for seconds in (59, 1, 59, 1):
        a_world.wait(seconds)
        seen.append(a_world.read().status)
    assert seen == [200, 503, 503, 200]


def test_chance_is_the_seeds(play: Make) -> None:
    def statuses(seed: int) -> list[int]:
        a_world = play(seed=seed)
        a_world.fault("error_before", chance=0.5, on=["remove"])
        return [a_world.remove(BEN).status for _ in range(40)]

    assert statuses(3) == statuses(3)
    assert statuses(3) != statuses(4)
    assert 5 < statuses(3).count(502) < 35


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("empty_list", set()),
        ("list_without_us", {CREATOR, CUSTOMER, ANA}),
        ("wrong_group", {US, CREATOR, CHEN}),
    ],
)
@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
def test_lists_that_lie(play: Make, fault: str, shown: set[str], engine: str) -> None:
    a_world = play(settings={"engine": engine})
    a_world.fault(fault, next=1)
    assert a_world.listed() == shown
    assert a_world.listed() == {US, CREATOR, CUSTOMER, ANA}


@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
def test_another_groups_answer_names_the_other_group_where_it_names_any(
    play: Make, engine: str
) -> None:
    a_world = play(settings={"engine": engine})
    a_world.fault("wrong_group", chats=[CHAT])
    assert a_world.listed() == a_world.members(OTHER)
    told = a_world.call("GET", f"/v2/groups/{CHAT}").body
    assert OTHER.encode() in told
    assert CHAT.encode() not in told


def test_a_server_may_have_no_address_for_a_kind_of_call(play: Make) -> None:
    a_world = play(settings={"lacks": ["group", "lids"]})
    assert a_world.call("GET", f"/v2/groups/{CHAT}").status == 404
    assert a_world.call("GET", "/v2/lids").status == 404
    assert a_world.read().status == 200
    assert [e["kind"] for e in a_world.log] == ["group", "lids", "members"]


def test_half_a_list_still_has_our_own_account(play: Make) -> None:
    a_world = play()
    a_world.fault("half_list")
    shown = a_world.listed()
    assert US in shown
    assert len(shown) == 2


def test_an_old_list_is_the_one_of_then(play: Make) -> None:
    a_world = play()
    a_world.wait(100)
    a_world.add(BEN)
    a_world.wait(100)
    a_world.remove(ANA)
    a_world.fault("stale_list", seconds=50)
    assert a_world.listed() == {US, CREATOR, CUSTOMER, ANA, BEN}
    a_world.call("DELETE", "/sandbox/faults")
    a_world.fault("stale_list", seconds=150)
    assert a_world.listed() == {US, CREATOR, CUSTOMER, ANA}
    a_world.call("DELETE", "/sandbox/faults")
    assert a_world.listed() == {US, CREATOR, CUSTOMER, BEN}


def test_a_fault_of_lists_leaves_other_reads_alone(play: Make) -> None:
    a_world = play()
    a_world.fault("empty_list", next=1)
    assert a_world.call("GET", "/v2/session/me").status == 200
    assert a_world.listed() == set()


def test_the_list_of_groups_can_be_empty_too(play: Make) -> None:
    a_world = play()
    a_world.fault("empty_list", on=["groups"])
    assert a_world.json("GET", "/v2/groups") == {}


def test_retry_after_is_sent_as_it_was_given(play: Make) -> None:
    a_world = play()
    a_world.fault("throttle", retry_after="soon", next=1)
    assert a_world.read().headers["retry-after"] == "soon"
    a_world.fault("throttle")
    assert "retry-after" not in a_world.read().headers


def test_a_session_may_drop_for_a_while(play: Make) -> None:
    a_world = play(
        script=[
            {"do": "session", "status": "STOPPED", "at": "2026-01-05T08:05:00Z"},
            {"do": "session", "status": "WORKING", "at": "2026-01-05T08:06:00Z"},
        ]
    )
    seen = []
    for seconds in (299, 1, 60):
        a_world.wait(seconds)
        seen.append(a_world.read().status)
    assert seen == [200, 422, 200]


@pytest.mark.parametrize(
    ("deed", "inside"),
    [
        ({"do": "add", "phone": BEN}, {US, CREATOR, CUSTOMER, ANA, BEN}),
        ({"do": "remove", "phone": ANA}, {US, CREATOR, CUSTOMER}),
        ({"do": "leave", "phone": CUSTOMER}, {US, CREATOR, ANA}),
        ({"do": "rejoin", "phone": BEN}, {US, CREATOR, CUSTOMER, ANA, BEN}),
        ({"do": "number_change", "phone": ANA, "new_phone": CHEN + "9"},
         {US, CREATOR, CUSTOMER, CHEN + "9"}),
        ({"do": "remove", "phone": "us"}, {CREATOR, CUSTOMER, ANA}),
    ],
)  # fmt: skip
def test_people_act_by_themselves_at_their_instant(
    play: Make, deed: dict[str, object], inside: set[str]
) -> None:
    a_world = play(script=[{"chat": CHAT, "at": "2026-01-05T08:10:00Z", **deed}])
    a_world.wait(599)
    assert a_world.members() == {US, CREATOR, CUSTOMER, ANA}
    a_world.wait(1)
    assert a_world.members() == inside


def test_a_group_can_be_deleted(play: Make) -> None:
    a_world = play()
    a_world.deed("delete_group")
    assert a_world.read().status == 500
    assert "Group with id" in a_world.read().body.decode()


def test_the_servers_clock_can_be_wrong(play: Make) -> None:
    a_world = play()
    a_world.call("POST", "/sandbox/script", {"do": "clock_skew", "seconds": 600})
    date = parsedate_to_datetime(a_world.read().headers["date"])
    assert (date - a_world.now).total_seconds() == 600


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"fault": "explode"}, "no fault is called 'explode'"),
        ({"fault": "late", "dealy": 3}, "dealy"),
        ({"fault": "late", "on": ["removal"]}, "no call is called removal"),
        ({"chance": 2}, "chance"),
        ({"starts": "2026-01-05T08:00:00"}, "starts"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_the_reason(
    play: Make, fault: dict[str, object], complaint: str
) -> None:
    answer = play().call("POST", "/sandbox/faults", fault)
    assert answer.status == 400
    assert complaint in json.loads(answer.body)["error"]
