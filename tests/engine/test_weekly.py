"""The weekly message: in time, once to each, true, and in nobody's way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.roster import PersonId, Roster, Weekly

MakeDay: TypeAlias = Callable[..., Any]
MakeRoster: TypeAlias = Callable[..., Roster]
NINE = datetime(2026, 1, 12, 9, tzinfo=UTC)
"""A Monday's, when the week is told."""
EARLY = NINE - timedelta(hours=10)


@pytest.fixture
def asking(make_roster: MakeRoster) -> Roster:
    """A roster whose week ends on Mondays at nine, for Mara; Ben hears of his own."""
    made = make_roster(tell="mara")
    return replace(made, weekly=Weekly(0, 9 * 60, "UTC", (PersonId("ben"),)))


def weekly(day: Any, person: str) -> list[tuple[datetime, str]]:  # noqa: ANN401 - a Day of conftest
    return [(at, text) for at, text in day.heard(person) if "week" in text.lower()]


def test_the_week_is_told_at_its_hour_once_to_each_in_words_of_their_own(
    day: MakeDay, asking: Roster
) -> None:
    desk = day(asking, starts=EARLY)
    desk.until(NINE + timedelta(hours=3))
    ((heard_at, said),) = weekly(desk, "mara")
    assert timedelta(0) <= heard_at - NINE < timedelta(minutes=1)
    lines = said.splitlines()
    assert lines[0] == "The week to Mon 09:00 (UTC)"
    assert "On duty now in desk: Ben" in lines
    assert any(line.endswith("handovers proven") for line in lines)
    assert "Somebody on duty was in all the time" in lines
    ((_, own),) = weekly(desk, "ben")
    assert "desk: you leave Mon 16:00, back Tue 08:00" in own.splitlines()
    assert weekly(desk, "chen") == []
    assert desk.wrongs == {}


def test_the_week_in_which_it_was_first_asked_for_is_not_told(day: MakeDay, asking: Roster) -> None:
    desk = day(asking, starts=NINE + timedelta(hours=1))
    desk.after(hours=2)
    assert weekly(desk, "mara") == []


def test_a_refused_message_is_not_said_again_and_keeps_nobody_else_from_theirs(
    day: MakeDay, asking: Roster
) -> None:
    desk = day(asking, starts=EARLY)
    desk.until(NINE - timedelta(minutes=1))
    before = len(desk.attempts(Kind.TELL))
    desk.fault("error_before", on=["text"])
    desk.until(NINE + timedelta(minutes=30))
    assert len(desk.attempts(Kind.TELL)) == before + 2
    desk.heal()
    desk.after(hours=2)
    assert len(desk.attempts(Kind.TELL)) == before + 2
    assert [e.kind for e in desk.events("weekly", "weekly_untold")] == ["weekly_untold"] * 2


@pytest.mark.parametrize(("hours", "told"), [(20, 1), (30, 0)])
def test_after_an_outage_the_week_is_told_the_same_day_and_not_later(
    day: MakeDay, asking: Roster, hours: int, told: int
) -> None:
    desk = day(asking, starts=EARLY)
    desk.until(NINE - timedelta(hours=1))
    desk.down(NINE + timedelta(hours=hours))
    desk.after(hours=1)
    assert len(weekly(desk, "mara")) == told


def test_a_leaver_hears_of_no_week(day: MakeDay, asking: Roster) -> None:
    desk = day(asking, starts=EARLY)
    desk.until(NINE - timedelta(hours=1))
    with desk.by_hand() as books:
        books.leavers.mark(PersonId("ben"), "mara", "left", desk.now)
    desk.until(NINE + timedelta(hours=1))
    assert weekly(desk, "ben") == []
    assert len(weekly(desk, "mara")) == 1


def test_handovers_go_before_what_is_only_told(day: MakeDay, asking: Roster) -> None:
    early = replace(asking, weekly=Weekly(0, 8 * 60, "UTC", (PersonId("ben"),)))
    desk = day(early, starts=EARLY)
    desk.until(NINE)
    eight = NINE - timedelta(hours=1)
    changes = [datetime.fromisoformat(c["at"]) for c in desk.calls("add", "remove", since=eight)]
    ((heard_at, _),) = weekly(desk, "mara")
    assert heard_at - eight < timedelta(minutes=5)
    assert max(changes) - eight < timedelta(minutes=2)
    assert desk.wrongs == {}
