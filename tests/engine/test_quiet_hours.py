"""Nights in which nothing is said: who goes on time without a word, and who waits for the day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.reason import Reason
from rotation.core.roster import Goodbye, GroupId, Hours, NoticeTo, Phone, Quiet
from rotation.engine import subscriptions
from rotation.roster_file import Member

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
DESK, ZOE = GroupId("desk"), Phone("+49151000001")
NIGHT = Quiet(Hours(22 * 60, 7 * 60, 1), "UTC")
GOODBYE = Goodbye(
    {("", ""): "{names} sign off. {next} have it now.", ("warning", ""): "{names}: {until}."},
    timedelta(minutes=5),
    quiet=NIGHT,
)
SHIFTS = {
    "day": ("07:00-15:00", "ana"),
    "evening": ("15:00-22:30", "ben"),
    "night": ("22:30-07:00", "chen"),
}


def with_zoe(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
    world["people"].append({"phone": ZOE, "name": "Zoe"})


def subscribed(day: Any, until: str, warn_days: int = 0) -> None:  # noqa: ANN401 - a rehearsed day
    row = Member(2, "M-1", ZOE, "Zoe", DESK, day.at(until), None, warn_days)
    with day.by_hand() as books:
        found = subscriptions.weigh(books, day.roster, [row], day.now, whole=False)
        subscriptions.keep(books, found, ("mara", "the list"), day.now, "list.csv")
        (grant,) = books.grants.all()
    day.given.append(replace(grant, person=ZOE))
    day.tell_judge()


@pytest.mark.slow
@pytest.mark.promise("S13", "P-told", "A1")
@pytest.mark.parametrize("to", NoticeTo)
def test_over_a_night_agents_go_on_time_without_a_word_and_a_member_goes_by_day(
    day: Make, to: NoticeTo
) -> None:
    words = replace(GOODBYE, to=to)
    rehearsed = day(SHIFTS, starts="20:00", change=with_zoe, goodbye=words, tell="mara")
    rehearsed.until("20:10")
    subscribed(rehearsed, "23:30")
    rehearsed.until("22:40")
    assert rehearsed.inside() == "chen", "an exit with an hour of its own is made on time"
    rehearsed.until("06:59")
    assert ZOE in rehearsed.members()
    assert [call["kind"] for call in rehearsed.calls("text")] == []
    (unsaid,) = rehearsed.audit("notice")
    assert (unsaid.person, unsaid.detail["how"], unsaid.detail["why"]) == (
        "ben", "not said", "quiet hours"
    )  # fmt: skip
    rehearsed.until("07:05")
    assert rehearsed.inside() == "ana"
    assert ZOE not in rehearsed.members()
    heard = rehearsed.said()
    if to is NoticeTo.PERSON:
        heard = [text for _, text in rehearsed.heard("chen")]
    assert heard[0].endswith("sign off. Ana have it now.")
    removed = {r.person: r for r in rehearsed.audit("removed")}
    gone = next(r for r in removed.values() if r.reason is Reason.SUBSCRIPTION)
    assert str(gone.detail["due"]).startswith(f"{rehearsed.now.date()}T07:00")
    assert [a.sent_at for a in rehearsed.attempts(Kind.TELL)] == []
    assert rehearsed.unlawful() == []


def test_a_removal_that_has_to_be_tried_again_by_day_is_still_not_announced(day: Make) -> None:
    until = Quiet(Hours(7 * 60, 8 * 60 + 2), "UTC")
    rehearsed = day(goodbye=replace(GOODBYE, before=timedelta(0), quiet=until)).until("07:50")
    rehearsed.fault("error_before", on=["remove"])
    rehearsed.until("08:03").heal()
    rehearsed.until("08:10")
    assert rehearsed.inside() == "ben"
    assert rehearsed.said() == []
    assert len(rehearsed.audit("notice")) == 1
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-subscription")
def test_a_warning_waits_for_the_morning_and_is_dropped_when_the_end_comes_first(
    day: Make,
) -> None:
    for until, said in (("23:00", 1), ("06:00", 0)):
        rehearsed = day(starts="21:00", change=with_zoe, goodbye=GOODBYE).until("21:10")
        subscribed(rehearsed, until)
        with rehearsed.by_hand() as books:
            (one,) = books.subscriptions.to_warn() or books.subscriptions.all().values()
            ends = one.until + timedelta(days=1 if said else 0)
            warn_at = rehearsed.at("22:15")
            books.subscriptions.save(replace(one, until=ends, agreed=ends, warn_at=warn_at))
            books.groups.wake(rehearsed.now)
        rehearsed.until("06:59")
        assert rehearsed.calls("text") == []
        rehearsed.until("07:02")
        sent = [r.detail["how"] for r in rehearsed.audit("warning")]
        assert sent == (["said"] if said else ["not said"])
