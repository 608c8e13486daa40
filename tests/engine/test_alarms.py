"""What people are told, when, and how often."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import HeldItem
from rotation.core.holds import Hold

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
Trouble: TypeAlias = Callable[[Any], None]
Mortal: TypeAlias = Callable[..., Any]
"""The class of what kills a daemon."""
SOON = timedelta(minutes=5)


def demoted(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.human("demote", "us")


def private(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.ask("POST", "people", {"phone": day.phone("ben"), "privacy": "contacts"})


def deleted(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.human("delete_group")


def unreadable(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.fault("html", on=["members", "members_v2", "group"])


def stubborn(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.fault("error_before", on=["remove"])


def skewed(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.script("clock_skew", seconds=300)


def promoted(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    day.human("promote", "ana")


@pytest.mark.slow
@pytest.mark.promise("C4")
@pytest.mark.parametrize(
    ("trouble", "about"),
    [
        (demoted, "make our account an admin"),
        (private, "follow the invite"),
        (deleted, "add our account to the group again"),
        (unreadable, "look at the provider's console"),
        (stubborn, "remove them by hand"),
        (skewed, "set the machine's clock"),
        (promoted, "take their admin right away"),
    ],
)
def test_trouble_at_a_handover_reaches_a_person_within_five_minutes_with_what_to_do(
    day: Make, trouble: Trouble, about: str
) -> None:
    rehearsed = day(tell="mara").until("07:59")
    numbers = rehearsed.members()
    trouble(rehearsed)
    handover = rehearsed.at("08:00")
    rehearsed.until("09:15")
    told = [e for e in rehearsed.events("alarm") if about in e.text]
    assert told
    assert told[0].at - handover <= SOON
    assert told[0].text.split("\n")[0].startswith(("Group desk", "Account main"))
    heard = [t for t in rehearsed.said("mara") if about in t]
    assert 2 <= len(heard) <= 3
    assert "Still, for" in heard[1]
    mention_none_of(numbers, heard)


def mention_none_of(numbers: set[str], texts: list[str]) -> None:
    """No text has any of the numbers, not even their last digits."""
    assert not [n for n in numbers for text in texts if n[-6:] in text]


@pytest.mark.slow
def test_the_same_trouble_is_told_once_in_thirty_minutes(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:59")
    stubborn(rehearsed)
    rehearsed.until("10:10")
    heard = [datetime.fromisoformat(e["at"]) for e in rehearsed.calls("text")]
    gaps = [later - earlier for earlier, later in pairwise(heard)]
    assert len(heard) >= 4
    assert min(gaps) >= timedelta(minutes=30)
    assert max(gaps) <= timedelta(minutes=36)


@pytest.mark.promise("P-told")
@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_is_set_brings_no_repeats_and_no_silence(day: Make, hours: int) -> None:
    rehearsed = day(tell="mara").until("07:59")
    unreadable(rehearsed)
    rehearsed.until("08:10")
    rehearsed.rehearsal.clock_moves(timedelta(hours=hours))
    rehearsed.until("08:45")
    first, second = (at for at, text in rehearsed.heard("mara") if "list of members" in text)
    assert timedelta(minutes=30) <= second - first <= timedelta(minutes=32)


@pytest.mark.promise("C4", "P-told")
def test_what_was_told_before_the_clock_was_put_back_is_told_by_the_next_life(day: Make) -> None:
    rehearsed = day(tell="mara").until("08:10")
    demoted(rehearsed)
    rehearsed.until("08:40").rehearsal.clock_moves(-timedelta(hours=3))
    rehearsed.rehearsal.restart()
    rehearsed.until("08:50")
    heard = [text for text in rehearsed.said("mara") if "make our account an admin" in text]
    assert len(heard) == 2


@pytest.mark.slow
def test_trouble_that_ends_is_told_no_more(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:59")
    stubborn(rehearsed)
    rehearsed.until("08:10").heal()
    rehearsed.until("10:10")
    assert len(rehearsed.said("mara")) == 1


@pytest.mark.slow
def test_trouble_that_comes_back_begins_anew(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:59")
    stubborn(rehearsed)
    rehearsed.until("08:10").heal()
    rehearsed.until("08:40").human("rejoin", "ana")
    stubborn(rehearsed)
    rehearsed.until("09:10")
    first, again = rehearsed.said("mara")
    assert "should have left" in first
    assert "should have left" in again
    assert "Still" not in again


def test_several_people_are_told(day: Make) -> None:
    rehearsed = day(tell="mara dora").until("07:59")
    demoted(rehearsed)
    rehearsed.until("08:10")
    assert len(rehearsed.said("mara")) == len(rehearsed.said("dora")) == 1


def test_while_the_session_is_dead_the_alert_reaches_somebody_outside(day: Make) -> None:
    outside: list[str] = []

    def alert(text: str) -> bool:
        outside.append(text)
        return True

    rehearsed = day(tell="mara", alert=alert).until("07:50")
    rehearsed.script("session", status="SCAN_QR_CODE")
    rehearsed.until("08:30")
    assert rehearsed.said("mara") == []
    assert "scan the code" in outside[0]
    assert "Account main" in outside[0]
    assert len(outside) <= 2
    mention_none_of(rehearsed.members(), outside)


@pytest.mark.slow
@pytest.mark.promise("C4")
def test_an_outage_that_stops_many_groups_is_told_as_one_thing(day: Make) -> None:
    """Each group is found unreadable at a time of its own, and nobody hears of each apart."""
    heard: list[str] = []

    def alert(text: str) -> bool:
        heard.append(text)
        return True

    groups = " ".join(f"g{n}" for n in range(12))
    rehearsed = day(groups=groups, alert=alert).until("09:00")
    unreadable(rehearsed)
    rehearsed.until("11:00")
    assert {f"g{n}" for n in range(12)} == set(rehearsed.holds())
    told = [text for text in heard if "no list came" in text]
    assert "Still, for" in told[-1]
    assert "and 7 more" in told[-1]
    assert told[-1].count("\n") == 0
    assert len(told) <= 2 * 4 + 8, "reminders each half hour, and the first minutes of the sweep"


@pytest.mark.slow
def test_a_session_that_comes_back_is_told_by_whatsapp_only_if_it_is_still_down(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:50")
    rehearsed.script("session", status="STOPPED")
    rehearsed.until("08:30")
    rehearsed.script("session", status="WORKING")
    rehearsed.until("09:00")
    assert rehearsed.said("mara") == []


def test_an_alert_that_fails_is_tried_again_without_a_storm(day: Make) -> None:
    outside: list[str] = []

    def alert(text: str) -> bool:
        outside.append(text)
        return False

    rehearsed = day(tell="mara", alert=alert).until("07:50")
    rehearsed.script("session", status="STOPPED")
    rehearsed.until("08:50")
    assert 5 <= len(outside) <= 15


def test_an_alert_that_fails_is_tried_again_where_nobody_else_is_named(day: Make) -> None:
    outside: list[str] = []

    def alert(text: str) -> bool:
        outside.append(text)
        return len(outside) > 1

    rehearsed = day(alert=alert).until("07:50")
    rehearsed.human("demote", "us")
    rehearsed.until("08:20")
    assert len(outside) == 2
    assert "make our account an admin" in outside[1]


def test_an_alarm_whose_telling_ended_in_doubt_is_told_again_after_five_minutes(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:50")
    rehearsed.human("demote", "us")
    rehearsed.fault("timeout_after", on=["text"])
    rehearsed.until("08:07")
    rehearsed.heal()
    rehearsed.until("08:23")
    told = [at for at, text in rehearsed.heard("mara") if "make our account an admin" in text]
    assert len(told) == 2
    assert SOON <= told[1] - told[0] <= SOON + timedelta(minutes=1)


@pytest.mark.promise("C4", "P-told")
def test_a_shift_that_ends_while_fewer_calls_are_asked_for_is_told_within_five_minutes(
    day: Make,
) -> None:
    outside: list[datetime] = []
    rehearsed = day(
        starts="07:40", alert=lambda text: bool("Ana" in text and outside.append(at())) or True
    )

    def at() -> datetime:
        now: datetime = rehearsed.now
        return now

    rehearsed.until("07:44").fault("throttle", retry_after="900", next=1)
    handover = rehearsed.at("08:00")
    rehearsed.until("08:06")
    assert rehearsed.calls(since=handover) == []
    assert outside
    assert timedelta(minutes=4) <= outside[0] - handover <= SOON


@pytest.mark.promise("C4", "P-told")
def test_where_slow_calls_keep_an_account_busy_every_stay_is_told_within_five_minutes(
    day: Make,
) -> None:
    names = [f"g{n:02}" for n in range(12)]
    slow = {"settings": {"latency": 8.0}}
    rehearsed = day(starts="07:50", groups=" ".join(names), alert=lambda _text: True, world=slow)
    handover = rehearsed.at("08:00")
    stubborn(rehearsed.until("07:59"))
    rehearsed.until("08:05:30")
    with rehearsed.by_hand() as books:
        told = {key: one.told_at for key, one in books.alarms.known().items()}
    why = {n: (f"overdue/{n}/ana", f"hold/cover/main/{n}/ana") for n in names}
    told_at = {
        n: [t for key in keys if (t := told.get(key)) is not None] for n, keys in why.items()
    }
    assert {n: some for n, some in told_at.items() if not some or min(some) > handover + SOON} == {}


@pytest.mark.promise("P-told")
def test_a_daemon_that_dies_while_it_tells_by_whatsapp_does_not_alert_the_outside_again(
    day: Make, death: Mortal
) -> None:
    dies: list[int] = []
    outside: list[str] = []

    def alert(text: str) -> bool:
        if not outside:
            dies.append(rehearsed.death.answers + 1)
        outside.append(text)
        return True

    rehearsed = day(tell="mara", alert=alert, death=death(at_answers=dies)).until("07:50")
    rehearsed.human("demote", "us")
    rehearsed.until("08:20")
    assert len(rehearsed.said("mara")) == 1
    assert len(outside) == 1


@pytest.mark.promise("C4")
def test_errors_in_the_first_roster_ever_reach_the_outside(day: Make) -> None:
    outside: list[str] = []
    rehearsed = day(alert=lambda text: bool(outside.append(text)) or True, adopted=False)
    with rehearsed.by_hand() as books:
        wrong = HeldItem(Hold.ROSTER, detail="desk.yaml:1:1: this is no roster")
        books.holds.settle(None, None, (wrong,), rehearsed.now)
    rehearsed.after(minutes=5)
    assert len(outside) == 1
    assert "desk.yaml:1:1" in outside[0]
    assert "rotation check" in outside[0]
    assert rehearsed.sent() == []


def test_a_healthy_handover_tells_nobody(day: Make) -> None:
    rehearsed = day(tell="mara", world={"settings": {"latency": 1.0}}).until("09:00")
    assert rehearsed.said("mara") == []
    assert rehearsed.events("alarm", "alarm_untold") == []
