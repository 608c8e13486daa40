"""A whole account in trouble: its session, its token, its clock, its plan."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Goodbye, PersonId
from rotation.engine.tenure import Alone

GOODBYE = Goodbye({("", ""): "{names} sign off."})

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""


def hour(day: Any, hours: int, minutes: int = 0) -> datetime:  # noqa: ANN401 - a rehearsed day
    return datetime.combine(day.now.date(), time(hours, minutes), UTC)


@pytest.mark.slow
@pytest.mark.promise("F16")
@pytest.mark.parametrize("status", ["STOPPED", "SCAN_QR_CODE", "FAILED", "STARTING"])
def test_a_session_that_is_down_for_an_hour_stops_everything_and_costs_only_time(
    day: Make, status: str
) -> None:
    rehearsed = day(tell="mara").until("07:50")
    rehearsed.script("session", status=status)
    rehearsed.until("08:50")
    assert rehearsed.holds()["main"] == "session"
    assert len(rehearsed.calls("add", "remove", "text", "group", since=hour(rehearsed, 7, 51))) <= 1
    rehearsed.script("session", status="WORKING")
    rehearsed.after(minutes=3)
    assert rehearsed.inside() == "ben"
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F16")
def test_a_session_lost_between_two_calls_of_a_handover_is_found_by_the_next(day: Make) -> None:
    rehearsed = day(world={"settings": {"latency": 1.0}}).until("07:50")
    at = hour(rehearsed, 8) + timedelta(seconds=2.5)
    rehearsed.script("session", status="STOPPED", at=at.isoformat())
    rehearsed.until("08:20")
    assert "ana" in rehearsed.inside()
    rehearsed.script("session", status="WORKING")
    rehearsed.after(minutes=3)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F6")
def test_a_token_that_is_wrong_for_an_hour_is_tried_now_and_then_and_resumes_by_itself(
    day: Make,
) -> None:
    rehearsed = day().until("07:50")
    rehearsed.fault("error_before", on=["all"], status=401, ends=hour(rehearsed, 8, 40).isoformat())
    rehearsed.until("08:39")
    assert rehearsed.holds()["main"] == "credentials"
    entries = rehearsed.ask("GET", "log")["entries"]
    asked = [e for e in entries if datetime.fromisoformat(e["at"]) >= hour(rehearsed, 7, 51)]
    assert len(asked) <= 6
    rehearsed.until("08:56")
    assert rehearsed.inside() == "ben"
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


def test_a_server_that_tells_no_session_is_not_asked_in_a_hurry(day: Make) -> None:
    rehearsed = day(world={"settings": {"lacks": ["session"]}}).until("07:50")
    rehearsed.script("session", status="STOPPED")
    rehearsed.until("08:20")
    asked = rehearsed.calls("session")
    assert 2 <= len(asked) <= 2 * 15
    assert rehearsed.holds()["main"] == "session"
    assert rehearsed.wrongs == {}


@pytest.mark.slow
@pytest.mark.promise("F4")
@pytest.mark.parametrize("seconds", [90, -90])
def test_nobody_is_removed_while_the_clocks_disagree(day: Make, seconds: float) -> None:
    rehearsed = day().until("07:50")
    rehearsed.script("clock_skew", seconds=seconds)
    rehearsed.until("08:20")
    assert rehearsed.sent() == ["add ben"]
    assert rehearsed.holds() == {"ana": "clock"}
    rehearsed.script("clock_skew", seconds=0)
    rehearsed.after(minutes=16)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F4")
@pytest.mark.parametrize("seconds", [-75, 75])
def test_nobody_is_removed_while_the_servers_clock_disagrees_though_the_providers_agrees(
    day: Make, seconds: float
) -> None:
    rehearsed = day(tell="mara").until("07:50")
    on_server = Alone(0.0)
    rehearsed.rehearsal.engine = rehearsed.rehearsal._engine(on_server)  # noqa: SLF001 - a tenure of our own
    on_server.clock_offset = timedelta(seconds=seconds)
    rehearsed.until("08:10")
    assert rehearsed.sent() == ["add ben"]
    assert rehearsed.holds() == {"ana": "clock"}
    assert "or the database's differ" in rehearsed.said("mara")[-1]
    on_server.clock_offset = timedelta(0)
    rehearsed.after(minutes=16)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("I7", "F4")
@pytest.mark.parametrize(
    "error", [timedelta(hours=-2), timedelta(minutes=-10), timedelta(seconds=-40)]
)
def test_a_machine_clock_put_back_after_a_handover_changes_nothing_twice(
    day: Make, error: timedelta
) -> None:
    rehearsed = day(starts="07:30").until("08:05")
    sent = rehearsed.sent()
    rehearsed.rehearsal.clock_error = error
    rehearsed.rehearsal.wake()
    ticks = rehearsed.rehearsal.ticks
    rehearsed.until("08:30")
    assert rehearsed.rehearsal.ticks - ticks < 300
    rehearsed.rehearsal.clock_error = timedelta(0)
    rehearsed.rehearsal.wake()
    rehearsed.until("09:00")
    removed = [s for s in rehearsed.sent() if s.startswith("remove")]
    assert removed == ["remove ana"]
    assert rehearsed.inside() == "ben"
    assert set(rehearsed.sent()[len(sent) :]) <= {"add ana"}
    assert rehearsed.audit("refused_by_guard") == []


@pytest.mark.slow
@pytest.mark.promise("I7", "F4")
def test_a_small_step_back_over_a_boundary_is_waited_out(day: Make) -> None:
    rehearsed = day(starts="07:50").until("08:00:10")
    sent = rehearsed.sent()
    rehearsed.rehearsal.clock_error = -timedelta(seconds=40)
    with rehearsed.by_hand() as books:
        books.groups.wake(rehearsed.now - timedelta(seconds=40))
    rehearsed.until("08:05")
    assert rehearsed.sent() == sent == ["add ben", "remove ana"]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("A1")
def test_a_handover_that_a_wrong_clock_made_before_shares_no_attempt_with_the_true_one(
    day: Make,
) -> None:
    rehearsed = day(starts="05:30")
    rehearsed.rehearsal.clock_moves(timedelta(hours=2))
    rehearsed.until("06:00:10")
    rehearsed.rehearsal.clock_moves(timedelta(0))
    rehearsed.until("08:05")
    early, late = rehearsed.audit("added", person="ben")
    assert not set(early.attempts) & set(late.attempts)
    assert rehearsed.inside() == "ben"


@pytest.mark.promise("C2", "C6")
def test_a_clock_put_right_while_no_daemon_ran_leaves_no_group_alone(day: Make) -> None:
    rehearsed = day(starts="07:30").until("08:05")
    rehearsed.rehearsal.clock_error = timedelta(hours=2)
    rehearsed.after(minutes=10)
    rehearsed.rehearsal.clock_error = timedelta(0)
    rehearsed.rehearsal.restart()
    rehearsed.human("remove", "ben")
    rehearsed.after(minutes=20)
    assert rehearsed.inside() == "ben"


@pytest.mark.promise("C5")
def test_reads_and_calls_from_before_a_step_back_hold_nothing_up(day: Make) -> None:
    rehearsed = day(starts="07:30").until("08:00:10")
    rehearsed.rehearsal.clock_error = -timedelta(hours=2)
    with rehearsed.by_hand() as books:
        now = rehearsed.now - timedelta(hours=2)
        books.leavers.mark(PersonId("ben"), "mara", "left the firm", now)
        books.groups.wake(now)
    ticks = rehearsed.rehearsal.ticks
    rehearsed.after(minutes=2)
    assert "ben" not in rehearsed.inside()
    assert rehearsed.audit("refused_by_guard") == []
    assert rehearsed.rehearsal.ticks - ticks < 100


@pytest.mark.promise("F10")
def test_a_call_that_asks_for_fewer_calls_stops_all_calls_for_as_long_as_it_says(
    day: Make,
) -> None:
    rehearsed = day(starts="07:50").until("07:55")
    rehearsed.fault("throttle", retry_after="120", next=1)
    rehearsed.until("08:01:50")
    assert rehearsed.sent() == []
    rehearsed.until("08:03")
    assert rehearsed.inside() == "ben"
    assert rehearsed.events("alarm") == []
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("F10", "F16")
def test_a_session_is_not_forgotten_because_its_probe_was_one_call_too_many(day: Make) -> None:
    told: list[str] = []
    rehearsed = day(tell="mara", alert=lambda text: told.append(text) is None).until("07:51")
    rehearsed.script("session", status="SCAN_QR_CODE")
    rehearsed.until("08:00:30")
    assert rehearsed.holds()["main"] == "session"
    rehearsed.fault("throttle", next=1)
    rehearsed.until("08:05")
    assert rehearsed.holds()["main"] == "session"
    assert "the account's WhatsApp session is not working" in told[0]


# -- clocks that step, machines that sleep ---------------------------------------------------


def stepped(day: Any, error: timedelta) -> None:  # noqa: ANN401 - a rehearsed day
    """The machine's clock is set so far off; the daemon notices and looks around."""
    day.rehearsal.clock_error = error
    with day.by_hand() as books:
        books.groups.wake(day.now + error)


def fired(day: Any) -> tuple[list[str], int, list[int]]:  # noqa: ANN401 - a rehearsed day
    """What was sent and said for handovers, and the hours of those on record."""
    with day.books() as books:
        rows = books.handovers.of(since=hour(day, 1))
    return day.sent(), len(day.said()), sorted(r.at.hour for r in rows)


@pytest.mark.promise("Z16", "R8", "I7", "F4")
@pytest.mark.parametrize("error", [timedelta(hours=-2), timedelta(minutes=-10)])
def test_a_step_back_over_a_handover_repeats_nothing_and_it_still_comes_to_the_next(
    day: Make, error: timedelta
) -> None:
    rehearsed = day(starts="07:30", goodbye=GOODBYE).until("08:05")
    once = fired(rehearsed)
    assert once == (["add ben", "remove ana"], 1, [8])
    stepped(rehearsed, error)
    rehearsed.until("08:40")
    stepped(rehearsed, timedelta(0))
    rehearsed.until("09:30")
    sent, said, hours = fired(rehearsed)
    assert (sent, said, hours) == once
    assert rehearsed.inside() == "ben"
    rehearsed.until("16:05")
    assert rehearsed.inside() == "chen"
    assert fired(rehearsed)[2] == [8, 16]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("Z16")
def test_a_clock_that_was_ahead_and_is_put_right_does_not_hold_the_day_up(day: Make) -> None:
    rehearsed = day(starts="07:30").until("07:40")
    stepped(rehearsed, timedelta(hours=6))
    rehearsed.until("07:50")
    stepped(rehearsed, timedelta(0))
    rehearsed.until("08:20")
    assert rehearsed.inside() == "ben"
    assert rehearsed.holds() == {}


@pytest.mark.promise("Z16", "F4")
@pytest.mark.parametrize("slow", [timedelta(minutes=10), timedelta(hours=10)])
def test_a_step_forward_over_handovers_goes_straight_to_now(day: Make, slow: timedelta) -> None:
    rehearsed = day(starts="07:50", goodbye=GOODBYE)
    stepped(rehearsed, -slow)
    rehearsed.until("16:20")
    stepped(rehearsed, timedelta(0))
    rehearsed.after(minutes=16)
    assert rehearsed.inside() == "chen"
    assert rehearsed.holds() == {}
    assert not [hour_ for hour_ in fired(rehearsed)[2] if hour_ not in (8, 16)]
    assert set(rehearsed.wrongs) <= {"unentitled_added"}, "while it was slow, and nobody removed"


@pytest.mark.promise("Z16", "C7", "F5")
def test_a_machine_that_slept_over_two_handovers_misses_neither_and_repeats_nothing(
    day: Make,
) -> None:
    """No daemon was started anew: the one that slept goes on."""
    rehearsed = day(starts="07:30", goodbye=GOODBYE).until("07:40")
    wakes = hour(rehearsed, 16, 20)
    while rehearsed.now < wakes:
        rehearsed.rehearsal.world.idle(wakes)
    rehearsed.after(minutes=5)
    assert fired(rehearsed) == (["add chen", "remove ana"], 0, [8, 16])
    with rehearsed.books() as books:
        assert [(r.at.hour, r.missed) for r in books.handovers.of(since=hour(rehearsed, 1))] == [
            (16, False),
            (8, True),
        ]
    assert rehearsed.unlawful() == []
