"""Nights on which clocks jump, carried out: the real engine around the instants that move."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Goodbye

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

NEW_YORK = "America/New_York"
JUMP = datetime(2027, 3, 14, 7, tzinfo=UTC)
"""Clocks in New York go from 02:00 to 03:00."""
QUARTER, HALF = timedelta(minutes=15), timedelta(minutes=30)
AT_HALF_PAST_TWO = {
    "night": ("18:00-02:30", "ana", NEW_YORK),
    "day": ("02:30-18:00", "ben", NEW_YORK),
}


def at(calls: list[Any]) -> list[datetime]:
    return [datetime.fromisoformat(call["at"]).replace(microsecond=0) for call in calls]


@pytest.mark.promise("S-7", "D20")
def test_who_joins_early_and_what_is_said_before_count_real_time_on_the_night_of_a_jump(
    day: Make,
) -> None:
    goodbye = Goodbye({("", ""): "{names} sign off."}, before=HALF)
    rehearsed = day(
        AT_HALF_PAST_TWO, starts=JUMP - 2 * HALF, join_early=HALF, goodbye=goodbye
    ).until(JUMP + QUARTER)
    assert at(rehearsed.calls("add")) == [JUMP - HALF]
    (said,) = at(rehearsed.calls("text"))
    assert JUMP - HALF <= said <= JUMP - HALF + timedelta(seconds=10)
    (gone,) = at(rehearsed.calls("remove"))
    assert JUMP <= gone <= JUMP + timedelta(seconds=10)
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S-7")
def test_who_stays_late_stays_so_long_in_real_time_over_a_jump(day: Make) -> None:
    early = {"night": ("18:00-01:50", "ana", NEW_YORK), "day": ("01:50-18:00", "ben", NEW_YORK)}
    ends = JUMP - timedelta(minutes=10)
    rehearsed = day(early, starts=JUMP - 2 * HALF, join_early=QUARTER, stay_late=QUARTER)
    rehearsed.until(JUMP + HALF)
    assert at(rehearsed.calls("add")) == [ends - QUARTER]
    (gone,) = at(rehearsed.calls("remove"))
    assert ends + QUARTER <= gone <= ends + QUARTER + timedelta(seconds=10)
    assert rehearsed.unlawful() == []


def test_D1_a_handover_at_a_missing_time_is_done_once_and_says_that_it_was_moved(
    day: Make,
) -> None:
    rehearsed = day(AT_HALF_PAST_TWO, starts=JUMP - HALF).until(JUMP + timedelta(hours=3))
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert at(rehearsed.calls("add")) == [JUMP]
    (told,) = (e for e in rehearsed.events("handover") if e.at == JUMP)
    assert told.text.endswith("(moved to the jump of clocks in America/New_York)")
    rehearsed.until(JUMP + timedelta(hours=24))
    assert "moved" not in rehearsed.events("handover")[-1].text


def test_D2_nothing_is_sent_at_the_second_of_two_equal_times(day: Make) -> None:
    twice = {"night": ("18:00-01:30", "ana", NEW_YORK), "day": ("01:30-18:00", "ben", NEW_YORK)}
    first = datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    rehearsed = day(twice, starts=first - HALF).until(first + timedelta(hours=2))
    assert at(rehearsed.calls("add")) == [first]
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert len(rehearsed.events("handover")) == 2, "the one that stood at the start, and this one"


def test_D14_a_shift_that_vanishes_adds_and_removes_nobody_and_is_logged_once(day: Make) -> None:
    vanishing = {
        "day": ("03:00-02:00", "ana", NEW_YORK),
        "gap": ("02:00-02:30", "ben", NEW_YORK),
    }
    rehearsed = day(vanishing, starts=JUMP - HALF).until(JUMP + timedelta(minutes=90))
    assert rehearsed.sent() == []
    (gone,) = rehearsed.events("vanished")
    assert (gone.at, gone.text.split(":")[0]) == (JUMP, "gap/2027-03-14/0")
    assert [e for e in rehearsed.events("handover") if e.at == JUMP] == []


def test_D19_of_two_handovers_in_one_jump_only_the_end_state_is_carried_out(day: Make) -> None:
    both = {
        "a": ("18:00-02:00", "ana", NEW_YORK),
        "b": ("02:00-02:30", "ben", NEW_YORK),
        "c": ("02:30-18:00", "chen", NEW_YORK),
    }
    rehearsed = day(both, starts=JUMP - HALF).until(JUMP + HALF)
    assert rehearsed.sent() == ["add chen", "remove ana"]
    with rehearsed.books() as books:
        (row,) = books.handovers.of(since=JUMP)
    assert (row.at, row.incoming, row.outgoing) == (JUMP, ("chen",), ("ana",))
    assert row.proven_at is not None
    assert rehearsed.unlawful() == []
