"""Who is silent in a group: with webhooks, without them, and with a daemon that was gone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.reason import Reason
from rotation.core.roster import Goodbye, GroupId, Mode, Silent, WhenSilent
from rotation.core.silence import Standing, Verdict
from rotation.engine.silent import verdicts
from rotation.wiring.post import Mail, Post

Day: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Make = Callable[..., Any]

DESK, ZOE = GroupId("desk"), "+491511000001"
SIX_HOURS = Silent(after=timedelta(hours=6))
pytestmark = [pytest.mark.slow, pytest.mark.promise("P-silent")]


def with_zoe(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
    world["people"].append({"phone": ZOE, "name": "Zoe"})


def a_day(day: Make, **more: object) -> Day:
    """Zoe, whom nobody wrote down, is in from 07:40 on; where silence is judged after six hours."""
    found = day(change=with_zoe, post=Post(0), silent=SIX_HOURS, **more).until("07:40")
    found.human("add", ZOE)
    return found.after(minutes=20)


def zoe(day: Day) -> Verdict:
    view = day.rehearsal.engine.view(DESK)
    with day.books() as books:
        person = books.people.by_id()[ZOE]
        found = verdicts(books, view, day.now)
    assert isinstance(found[person], Verdict)
    return found[person]


def talks(day: Day, hours: int) -> Day:
    """The customer says something every hour, so that webhooks are known to arrive."""
    for _ in range(hours):
        day.human("say", "+15550100002", text="well")
        day.after(hours=1)
    return day


def test_a_stranger_who_says_nothing_is_unknown_for_so_long_and_then_silent(day: Make) -> None:
    rehearsed = talks(a_day(day), 5)
    assert zoe(rehearsed).standing is Standing.UNKNOWN
    talks(rehearsed, 3)
    assert zoe(rehearsed).standing is Standing.SILENT
    rehearsed.human("say", ZOE, text="hello")
    rehearsed.after(seconds=5)
    assert zoe(rehearsed).standing is Standing.ACTIVE
    assert rehearsed.unlawful() == []


def test_whoever_left_and_came_back_begins_anew(day: Make) -> None:
    rehearsed = talks(a_day(day), 7)
    rehearsed.human("leave", ZOE)
    rehearsed.after(minutes=20)
    rehearsed.human("add", ZOE)
    rehearsed.after(minutes=20)
    assert zoe(rehearsed).standing is Standing.UNKNOWN


def test_after_webhooks_were_lost_or_nobody_ran_nobody_is_silent(day: Make) -> None:
    lost = talks(a_day(day), 5)
    lost.rehearsal.post.mail = Mail(lost=1.0)
    talks(lost, 25)
    assert zoe(lost).standing is Standing.UNKNOWN
    lost.rehearsal.post.mail = Mail()
    talks(lost, 3)
    assert "lost" in zoe(lost).why
    gone = talks(a_day(day), 7).down(timedelta(minutes=40))
    talks(gone, 1)
    assert "lost" in zoe(gone).why
    talks(gone, 6)
    assert zoe(gone).standing is Standing.SILENT


def test_a_short_restart_forgets_nothing(day: Make) -> None:
    rehearsed = talks(a_day(day), 6)
    rehearsed.human("say", "+15550100002", text="well")
    rehearsed.after(seconds=5)
    rehearsed.rehearsal.restart()
    talks(rehearsed, 2)
    assert zoe(rehearsed).standing is Standing.SILENT


def test_what_there_was_no_room_for_is_lost(day: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearsed = talks(a_day(day), 7)
    assert zoe(rehearsed).standing is Standing.SILENT
    monkeypatch.setattr("rotation.engine.intake.MOST_KEPT", 0)
    talks(rehearsed, 1)
    assert "lost" in zoe(rehearsed).why


def test_where_the_roster_does_not_ask_for_it_nobody_is_met_or_judged(day: Make) -> None:
    rehearsed = day(change=with_zoe, post=Post(0)).until("07:40")
    rehearsed.human("add", ZOE)
    rehearsed.after(minutes=20)
    talks(rehearsed, 1)
    view = rehearsed.rehearsal.engine.view(DESK)
    with rehearsed.books() as books:
        assert ZOE not in books.people.by_id()
        assert verdicts(books, view, rehearsed.now) == {}
        assert books.activity.hearing(rehearsed.rehearsal.account).open_at is None


LEAVE = replace(SIX_HOURS, do=WhenSilent.REMOVE)
OTHERS = [f"+49151200000{n}" for n in range(7)]
GOODBYE = Goodbye({("", ""): "Bye.", ("silent", ""): "{names} leaves, not heard of for long."})


def with_others(world: Any) -> None:  # noqa: ANN401 - as above
    with_zoe(world)
    world["people"] += [{"phone": phone, "name": "Other"} for phone in OTHERS]


def a_room(day: Make, *extra: str, **more: object) -> Day:
    policy = {"silent": LEAVE, "goodbye": GOODBYE, **more}
    found = day(change=with_others, post=Post(0), **policy).until("07:40")
    for phone in (ZOE, *extra):
        found.human("add", phone)
        found.managed.append(phone)
    found.tell_judge()
    return found.after(minutes=20)


@pytest.mark.promise("P-review", "S1", "S13")
def test_the_silent_leave_after_their_notice_where_the_policy_says_so(day: Make) -> None:
    rehearsed = talks(a_room(day), 5)
    assert ZOE in rehearsed.members()
    talks(rehearsed, 2)
    assert ZOE not in rehearsed.members()
    assert "+15550100002" in rehearsed.members()
    (removed,) = [r for r in rehearsed.audit("removed") if r.reason is Reason.SILENT]
    assert removed.origin == "roster"
    assert rehearsed.said().count("a guest leaves, not heard of for long.") == 1
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-review", "S1")
def test_whoever_gives_a_sign_while_their_removal_waits_stays(day: Make) -> None:
    rehearsed = a_room(day)
    talks(rehearsed, 5)
    rehearsed.fault("error_before", on=["remove"])
    talks(rehearsed, 2)
    assert "silent" in {str(a.because.reason) for a in rehearsed.attempts(Kind.REMOVE)}
    rehearsed.human("say", ZOE, text="I am here")
    rehearsed.after(seconds=2)
    rehearsed.heal()
    talks(rehearsed, 2)
    assert ZOE in rehearsed.members()
    assert zoe(rehearsed).standing is Standing.ACTIVE


@pytest.mark.promise("P-review", "S8")
def test_many_at_once_wait_for_a_person_and_whoever_gives_a_sign_meanwhile_stays(
    day: Make,
) -> None:
    rehearsed = talks(a_room(day, *OTHERS), 8)
    assert {ZOE, *OTHERS} <= rehearsed.members()
    assert rehearsed.holds()["desk"] == "breaker"
    rehearsed.human("say", OTHERS[0], text="still here")
    rehearsed.after(minutes=1)
    assert rehearsed.release("breaker") == "released"
    talks(rehearsed, 1)
    assert {ZOE, *OTHERS} & rehearsed.members() == {OTHERS[0]}
    assert "breaker" not in rehearsed.holds().values()
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-review", "P-modes")
@pytest.mark.parametrize("policy", [{"silent": SIX_HOURS}, {"mode": Mode.WATCH}])
def test_where_they_are_only_reported_nobody_leaves(day: Make, policy: dict[str, Any]) -> None:
    rehearsed = talks(a_room(day, **policy), 8)
    assert zoe(rehearsed).standing is Standing.SILENT
    assert ZOE in rehearsed.members()
