"""Weeks of rotation, and the nights on which clocks jump."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
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


def follow_invites(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    """Whoever was sent the link and is not inside uses it."""
    inside = day.inside().split()
    code = day.ask("GET", "state")["groups"][day.chat()]["invite_code"]
    for person in ("ana", "ben", "chen"):
        if person not in inside and any(code in text for text in day.said(person)[-1:]):
            day.human("rejoin", person, code=code)


@pytest.mark.slow
@pytest.mark.parametrize(("chance", "days"), [(0.0, 2), (0.2, 4), (1.0, 7)])
def test_with_re_adds_refused_the_group_is_covered_by_invites_one_each(
    day: Make, chance: float, days: int
) -> None:
    rehearsed = day(
        starts="07:30", join_early=EARLY,
        world={"settings": {"re_adding_chance": chance, "re_adding_minutes": 24 * 60}},
    )  # fmt: skip
    for _ in range(3 * days):
        rehearsed.after(minutes=25)
        follow_invites(rehearsed)
        rehearsed.after(hours=8, minutes=-25)
    measures = rehearsed.measures
    assert set(measures["uncovered_minutes"].values()) == {0.0}
    assert measures["hot_retries"] == 0
    assert measures["most_invites_per_shift"] == (1 if chance else 0)
    assert (measures["refused_adds"] > 0) == bool(chance)
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


@pytest.mark.slow
@pytest.mark.promise("P-retry", "P-not-late", "C4")
def test_a_removal_that_fails_for_27_hours_is_never_late_and_never_forgotten(day: Make) -> None:
    rehearsed = day(starts="07:55")
    fails = timedelta(hours=27)
    rehearsed.fault("error_before", on=["remove"], ends=(rehearsed.now + fails).isoformat())
    rehearsed.after(hours=27)
    tried = [a for a in rehearsed.attempts(Kind.REMOVE) if a.person == "ana"]
    assert not [a for a in tried if a.sent_at.hour < 8]
    within = [a.sent_at for a in tried if a.sent_at.day == 5]
    gaps = [later - earlier for earlier, later in pairwise(within)]
    assert max(gaps) <= timedelta(minutes=16)
    rehearsed.after(minutes=20)
    assert rehearsed.inside() == "ben"
    assert max(rehearsed.measures["uncovered_minutes"].values()) < 0.2
    assert rehearsed.unlawful() == []
