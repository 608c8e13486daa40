"""Weeks of rotation, and the nights on which clocks jump."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Goodbye

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

EARLY = timedelta(minutes=10)
GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})


@pytest.mark.slow
@pytest.mark.promise("P-add-first", "C3")
def test_a_week_of_three_people_is_handed_over_on_time_and_is_always_covered(day: Make) -> None:
    rehearsed = day(
        starts="07:30", join_early=EARLY, stay_late=EARLY / 2, goodbye=GOODBYE,
        world={"settings": {"latency": 0.5}},
    ).after(days=7)  # fmt: skip
    with rehearsed.books() as books:
        passed = books.handovers.of(since=rehearsed.now - timedelta(days=7))
    assert len(passed) == 21
    assert all(row.proven_at for row in passed)
    measures = rehearsed.measures
    assert (measures["adds"], measures["removals"]) == (21, 21)
    assert set(measures["uncovered_minutes"].values()) == {0.0}
    assert measures["longest_stay_past_end"]["minutes"] < 0.5
    assert len(rehearsed.said()) == 21
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


LISBON_NIGHT = {
    "late": ("18:00-01:30", "ana", "Europe/Lisbon"),
    "early": ("01:30-18:00", "ben", "Europe/Lisbon"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("evening", "handover"),
    [
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_handover_on_a_night_of_jumping_clocks_happens_once_at_its_instant(
    day: Make, evening: datetime, handover: datetime
) -> None:
    rehearsed = day(LISBON_NIGHT, starts=evening)
    rehearsed.until(handover - timedelta(seconds=1))
    assert rehearsed.sent() == []
    rehearsed.until(evening + timedelta(hours=6))
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert datetime.fromisoformat(rehearsed.calls("add")[0]["at"]) == handover
    assert rehearsed.unlawful() == []
