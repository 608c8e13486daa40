"""Webhooks: they bring a read forward and do nothing else, however many come, and from whomever."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.facts import Kind, Seen
from rotation.core.roster import AccountId, GroupId
from rotation.core.timeline import Timeline
from rotation.engine import AccountRules
from rotation.engine.intake import AHEAD, LARGEST, OLDEST
from rotation.ledger import Rights, upgrade
from rotation.sandbox import Request
from rotation.surfaces.orders import By, Channel
from rotation.surfaces.orders.read import READ, Wish
from rotation.surfaces.sight import Sight
from rotation.wiring.post import Mail, Post
from rotation.wiring.rehearsal import HOOK_SECRET, INSTANCE, TOKEN, hook_of

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
Day: TypeAlias = Any
Json: TypeAlias = Any

DESK, MAIN = GroupId("desk"), AccountId("main")
HOOK = hook_of(MAIN)


def body_of(day: Day, event: str, payload: Json, name: str = "", **more: Json) -> bytes:
    told = {"event": event, "payload": payload, "timestamp": int(day.now.timestamp() * 1000)}
    return json.dumps({**told, "id": name, **more}).encode()


def signed(body: bytes) -> dict[str, str]:
    made = hmac.new(HOOK_SECRET.reveal().encode(), body, hashlib.sha512).hexdigest()
    return {"x-webhook-hmac": made}


def arrives(day: Day, event: str, payload: Json, name: str = "", **more: Json) -> int:
    body = body_of(day, event, payload, name, **more)
    return int(day.rehearsal.intake.take("main", signed(body), body))


def change(day: Day, group: str = "desk") -> Json:
    return {"type": "leave", "group": {"id": day.chat(group)}, "participants": []}


def flush(day: Day) -> None:
    if day.rehearsal.intake.flush():
        day.rehearsal.wake()


def reads(day: Day, group: str = "desk") -> int:
    found = day.calls("group", "detail", "members")
    return sum(call["chat"] == day.chat(group) for call in found)


def all_there_is(day: Day) -> Json:
    """What is known and was done, but for when things were read."""
    with day.books() as books:
        seats = [
            (s.group, s.person, s.seen, s.role, s.op, s.key, s.proven, s.strikes)
            for s in books.seats.all()
        ]
        audit = [(r.kind, r.group, r.person, r.reason, r.origin) for r in books.audit.list()]
        attempts = [(a.kind, a.group, a.person, a.because.key) for a in books.attempts.of()]
        held = [h.item for h in books.holds.in_force()]
        people = dict(books.people.all())
    inside = {group: day.inside(group) for group in day.roster.groups}
    return seats, audit, sorted(attempts), held, people, inside


@pytest.mark.promise("F22", "P-webhooks", "S12")
def test_F22_what_somebody_does_by_hand_is_seen_within_seconds_of_its_webhook(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    rehearsed.human("add", "dora")
    rehearsed.after(seconds=5)
    assert rehearsed.seats()["dora"].seen is Seen.IN
    slow = day(starts="08:30").until("08:40")
    slow.human("add", "dora")
    slow.after(seconds=5)
    assert "dora" not in slow.seats()


@pytest.mark.promise("F22", "P-webhooks", "C6")
def test_F22_with_every_webhook_lost_all_is_seen_within_a_sweep(day: Make) -> None:
    post = Post(0)
    post.mail = Mail(lost=1.0)
    rehearsed = day(starts="08:30", post=post).until("08:40")
    rehearsed.human("add", "dora")
    rehearsed.after(minutes=16)
    assert rehearsed.seats()["dora"].seen is Seen.IN


@pytest.mark.promise("F22", "I1")
def test_F22_a_burst_of_webhooks_is_one_read(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    before = reads(rehearsed)
    for n in range(200):
        assert arrives(rehearsed, "group.v2.participants", change(rehearsed), f"evt_{n}") == 202
        if n % 20 == 0:
            flush(rehearsed)
            rehearsed.after(seconds=0.1)
    flush(rehearsed)
    rehearsed.after(seconds=29)
    assert reads(rehearsed) == before + 1
    rehearsed.until("08:50")
    assert reads(rehearsed) == before + 1


def asks_for(day: Day, group: str) -> None:
    """As a person does who wants to see it as it is now."""
    with day.by_hand() as books:
        sight = Sight(books, "", day.roster, Timeline(day.roster), day.now)
        counter: Any = None
        write = READ.weigh(counter, sight, Wish(group)).write
        assert write is not None
        write(By("mara", "plan --fresh", Rights.OPERATOR, Channel.COMMAND))


def test_a_person_who_asks_for_a_group_waits_for_no_more_of_the_kind(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    before = reads(rehearsed)
    for more in range(1, 4):
        asks_for(rehearsed, "desk")
        rehearsed.after(seconds=3)
        assert reads(rehearsed) == before + more


def test_a_person_who_asks_for_a_group_goes_before_those_that_are_read_after_a_start(
    day: Make,
) -> None:
    groups = " ".join(f"g{n:02}" for n in range(40))
    rehearsed = day(starts="12:00", groups=groups, rules=AccountRules(requests=20))
    rehearsed.after(seconds=10)
    waiting = [group for group in groups.split() if not reads(rehearsed, group)]
    assert len(waiting) > 5
    asks_for(rehearsed, waiting[-1])
    while all(not reads(rehearsed, group) for group in waiting):
        rehearsed.after(seconds=1)
    assert reads(rehearsed, waiting[-1]) == 1


def test_a_person_who_asks_again_and_again_leaves_calls_to_what_has_to_be_done(day: Make) -> None:
    rehearsed = day(starts="08:30", rules=AccountRules(requests=40, drip=4)).until("08:40")
    began = rehearsed.now
    for _ in range(60):
        asks_for(rehearsed, "desk")
        rehearsed.after(seconds=0.5)
    assert 20 <= len(rehearsed.calls("group", "detail", "members", since=began)) <= 25


@pytest.mark.promise("F22", "I1")
def test_F22_an_event_that_comes_again_is_known_by_its_name(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    body = body_of(rehearsed, "group.v2.participants", change(rehearsed), "evt_1")
    intake = rehearsed.rehearsal.intake
    before = reads(rehearsed)
    for _again in range(10):
        assert intake.take("main", signed(body), body) == 202
        flush(rehearsed)
        rehearsed.after(seconds=50)
    assert reads(rehearsed) == before + 1


@pytest.mark.promise("F22", "S7", "S12")
def test_F22_an_authentic_flood_delays_no_handover_and_stays_in_the_budget(day: Make) -> None:
    groups = "a b c d e f"
    rehearsed = day(
        starts="07:50", groups=groups, post=Post(0), rules=AccountRules(drip=5, requests=30)
    ).until("07:55")
    calm = day(starts="07:50", groups=groups, rules=AccountRules(drip=5, requests=30))
    number, ends = 0, rehearsed.now + timedelta(minutes=15)
    while rehearsed.now < ends:
        for group in groups.split():
            for event in ("group.v2.participants", "session.status"):
                number += 1
                arrives(rehearsed, event, change(rehearsed, group), f"evt_{number}")
        flush(rehearsed)
        rehearsed.after(seconds=5)
    calm.until(rehearsed.now)
    assert [rehearsed.inside(g) for g in groups.split()] == ["ben"] * 6
    assert rehearsed.unlawful() == []
    proven, calmly = (max(event.at for event in one.events("proven")) for one in (rehearsed, calm))
    assert proven - calmly <= timedelta(minutes=1)


@pytest.mark.promise("F22", "P-webhooks")
def test_F22_a_session_that_is_lost_and_found_is_asked_for_at_once(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    rehearsed.script("session", status="SCAN_QR_CODE")
    rehearsed.after(seconds=2)
    assert rehearsed.holds() == {"main: session": "session"} or "main" in rehearsed.holds()
    rehearsed.after(seconds=63)
    rehearsed.script("session")
    rehearsed.after(seconds=3)
    assert rehearsed.holds() == {}


def test_news_of_a_session_that_works_lets_the_calm_after_too_many_calls_go_on(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    since = rehearsed.now - timedelta(minutes=10)
    with rehearsed.by_hand() as books:
        state = books.accounts.state(MAIN)
        books.accounts.save(replace(state, throttles=2, paused_until=since))
    arrives(rehearsed, "session.status", {"status": "WORKING"})
    flush(rehearsed)
    asked = len(rehearsed.calls("session"))
    rehearsed.after(minutes=1)
    assert len(rehearsed.calls("session")) > asked
    with rehearsed.books() as books:
        assert books.accounts.state(MAIN).paused_until == since


def test_a_number_that_whatsapp_restricts_is_not_asked_for_sooner(day: Make) -> None:
    rehearsed = day(starts="07:58", post=Post(0)).until("07:59")
    rehearsed.fault("restricted", on=["add"], next=1)
    rehearsed.until("08:05")
    assert rehearsed.holds()["main"] == "session"
    arrives(rehearsed, "session.status", {"status": "WORKING"})
    flush(rehearsed)
    rehearsed.after(minutes=10)
    assert rehearsed.holds()["main"] == "session"


@pytest.mark.promise("F22")
def test_F22_who_is_active_is_known_by_name_and_of_nobody_else_anything_is_kept(
    day: Make,
) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    rehearsed.human("say", "ben", text="good morning")
    rehearsed.human("say", "+15550100002", text="hello?")
    at = rehearsed.now
    rehearsed.after(seconds=5)
    late = {"from": rehearsed.chat(), "participant": f"{rehearsed.phone('ben')[1:]}@c.us"}
    earlier = int(at.timestamp()) - 600
    arrives(rehearsed, "message.reaction", {**late, "timestamp": earlier}, "evt_late")
    flush(rehearsed)
    with rehearsed.books() as books:
        found = books.activity.of(DESK)
        assert set(books.people.all()) == set(rehearsed.roster.people)
    assert {p: (one.doing, one.at) for p, one in found.items()} == {"ben": ("message", at)}


FORGED: Mapping[str, tuple[int, Callable[[Day, bytes], tuple[str, dict[str, str], bytes]]]] = {
    "without a signature": (401, lambda _day, body: ("main", {}, body)),
    "with a word more": (401, lambda _day, body: ("main", signed(body), body + b" ")),
    "for nobody": (404, lambda _day, body: ("nobody", signed(body), body)),
    "not JSON": (400, lambda _day, _body: ("main", signed(b"{"), b"{")),
    "too large": (
        413,
        lambda _day, body: ("main", signed(body + b" " * LARGEST), body + b" " * LARGEST),
    ),
}


@pytest.mark.promise("F23", "S12")
@pytest.mark.parametrize("way", FORGED)
def test_F23_what_is_not_authentic_changes_nothing(day: Make, way: str) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    status, made = FORGED[way]
    account, headers, body = made(rehearsed, body_of(rehearsed, "group.join", change(rehearsed)))
    assert rehearsed.rehearsal.intake.take(account, headers, body) == status
    assert rehearsed.rehearsal.intake.answered == {status: 1}
    assert rehearsed.rehearsal.intake.flush() == frozenset()
    with rehearsed.books() as books:
        assert books.webhooks.of(MAIN).heard_at is None
        assert not books.webhooks.told(MAIN)


@pytest.mark.promise("F23", "S12")
@pytest.mark.parametrize(
    ("off", "status"),
    [
        (-OLDEST - timedelta(seconds=1), 401),
        (-OLDEST + timedelta(seconds=1), 202),
        (AHEAD - timedelta(seconds=1), 202),
        (AHEAD + timedelta(seconds=1), 401),
    ],
)
def test_F23_a_webhook_is_good_for_a_while_only(day: Make, off: timedelta, status: int) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    sent = int((rehearsed.now + off).timestamp())
    for key in ("timestamp", "ts"):
        told = {"timestamp": None, key: sent}
        assert arrives(rehearsed, "group.join", change(rehearsed), **told) == status


def test_an_ear_that_stumbles_brings_nothing_down(day: Make) -> None:
    intake = day(starts="08:30", post=Post(0)).rehearsal.intake
    nothing: Any = None
    assert intake.take("main", nothing, b"{}") == 400
    assert intake.stumbles == 1


def test_what_was_taken_and_not_written_down_costs_no_more_than_time(day: Make) -> None:
    rehearsed = day(starts="08:30", post=Post(0)).until("08:40")
    rehearsed.rehearsal.post = None
    rehearsed.human("add", "dora")
    arrives(rehearsed, "group.join", change(rehearsed))
    rehearsed.rehearsal.restart()
    rehearsed.after(minutes=16)
    assert rehearsed.seats()["dora"].seen is Seen.IN


def test_marks_that_somebody_damaged_are_dropped(day: Make, tmp_path: Path) -> None:
    path = tmp_path / "rotation.db"
    upgrade(f"sqlite:///{path}")
    rehearsed = day(starts="08:30", post=Post(0), ledger=f"sqlite:///{path}").until("08:40")
    arrives(rehearsed, "group.join", change(rehearsed))
    flush(rehearsed)
    with closing(sqlite3.connect(path)) as found, found:
        found.execute("UPDATE told SET at = 'soon'")
        found.execute("UPDATE webhooks SET heard_at = 'soon'")
    rehearsed.until("16:30")
    assert rehearsed.inside() == "chen"
    assert rehearsed.holds() == {}


# -- any webhooks at all -------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """One authentic webhook: what about, whether by hand or made up, and when it arrives."""

    event: str
    group: str
    who: str
    minute: float
    copies: int


SENT = st.builds(
    Sent,
    st.sampled_from(
        ("group.v2.participants", "group.v2.leave", "session.status", "message", "nothing")
    ),
    st.sampled_from(("desk", "other")),
    st.sampled_from(("ana", "ben", "chen", "dora", "nobody")),
    st.floats(0, 25),
    st.integers(1, 3),
)


def lived(day: Make, sent: Iterable[Sent]) -> Day:
    rehearsed = day(starts="07:50", groups="desk other", post=Post(0))
    rehearsed.rehearsal.post.mail = Mail(lost=1.0)
    begin = rehearsed.now
    rehearsed.script("add", at=(begin + timedelta(minutes=12)).isoformat(),
                     chat=rehearsed.chat(), phone=rehearsed.phone("dora"))  # fmt: skip
    for number, one in enumerate(sorted(sent, key=lambda s: (s.minute, repr(s)))):
        rehearsed.until(begin + timedelta(minutes=one.minute))
        who = f"{rehearsed.phone(one.who).removeprefix('+')}@c.us"
        payload = {
            "chatId": rehearsed.chat(one.group), "from": rehearsed.chat(one.group),
            "action": "leave", "participants": [who], "participant": who, "status": "FAILED",
        }  # fmt: skip
        for _copy in range(one.copies):
            assert arrives(rehearsed, one.event, payload, f"evt_{number}") == 202
            flush(rehearsed)
    return rehearsed.until("09:00")


@pytest.mark.slow
@pytest.mark.promise("I1", "S12", "F22")
@settings(deadline=None, max_examples=15)
@given(sent=st.lists(SENT, max_size=12))
def test_whatever_webhooks_come_the_same_is_known_and_was_done_as_with_none(
    day: Make, quietly: Day, sent: list[Sent]
) -> None:
    assert all_there_is(lived(day, sent)) == all_there_is(quietly)


@pytest.fixture(scope="module")
def quietly(day: Make) -> Day:
    """The day without any webhook."""
    return lived(day, ())


# -- where the provider sends them ---------------------------------------------------------------


def sets_hooks(day: Day, *hooks: Json) -> None:
    """As anybody may who has the account's token."""
    told = {"instance_id": INSTANCE, "access_token": TOKEN, "webhooks": hooks}
    body, kind = json.dumps(told).encode(), {"content-type": "application/json"}
    request = Request.to("POST", "/v2/session/webhook", kind, body)
    assert day.rehearsal.world.handle(request).status == 200


THEIRS = {"url": "https://there.example/hooks/main/" + "7" * 40, "events": ["message"]}


@pytest.mark.promise("F28")
def test_F28_an_address_of_another_installation_stops_changes_and_is_told_of(day: Make) -> None:
    told: list[str] = []
    world = {"hooks": {INSTANCE: [HOOK, THEIRS]}}
    rehearsed = day(
        starts="07:30", post=Post(0), world=world, alert=lambda text: not told.append(text)
    ).until("08:20")
    assert rehearsed.holds()["main"] == "rival"
    assert rehearsed.sent() == []
    assert "https://there.example/hooks/main/***" in told[0]
    assert "7777" not in str(told)
    assert rehearsed.release("rival") == "released"
    rehearsed.after(hours=2)
    assert rehearsed.inside() == "ben"
    assert rehearsed.holds() == {}


@pytest.mark.promise("F28")
@pytest.mark.parametrize(
    "hook",
    [
        {"url": "https://n8n.example/webhook/abc", "events": ["message"]},
        {**THEIRS, "is_active": False},
    ],
)
def test_F28_other_addresses_are_nobodys_business(day: Make, hook: Json) -> None:
    rehearsed = day(starts="07:30", post=Post(0), world={"hooks": {INSTANCE: [HOOK, hook]}})
    rehearsed.until("08:20")
    assert rehearsed.holds() == {}
    assert rehearsed.inside() == "ben"


@pytest.mark.promise("F28")
def test_F28_the_hold_ends_within_the_hour_once_the_address_is_gone(day: Make) -> None:
    world = {"hooks": {INSTANCE: [HOOK, THEIRS]}}
    rehearsed = day(starts="07:30", post=Post(0), world=world).until("08:20")
    assert rehearsed.holds()["main"] == "rival"
    sets_hooks(rehearsed, HOOK)
    rehearsed.until("09:40")
    assert rehearsed.holds() == {}
    assert rehearsed.inside() == "ben"


@pytest.mark.promise("F28")
def test_F28_a_plan_without_webhooks_holds_nothing(day: Make) -> None:
    rehearsed = day(starts="07:30", post=Post(0))
    rehearsed.ask(
        "POST", "faults", {"answer": "error", "acts": "no", "on": ["hooks"], "status": 403}
    )
    rehearsed.until("08:20")
    assert rehearsed.holds() == {}
    assert rehearsed.inside() == "ben"
    assert not rehearsed.attempts(Kind.TELL)
