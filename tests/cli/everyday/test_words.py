"""Instants, lengths and lists as they are said; and what comes next, hand and roster together."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from rotation.core.facts import Effect, Grant
from rotation.core.roster import GroupId, Hours, PersonId, Roster, Season, ShiftId
from rotation.core.timeline import Handover, Timeline
from rotation.surfaces.coming import handovers
from rotation.surfaces.saying import length_said, listed, moment_said, occurrence_said

NOW = datetime(2026, 7, 6, 12, 0, tzinfo=UTC)
ACME = GroupId("acme")


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        ("2026-07-06T13:00", "Europe/London", "14:00 London (13:00 UTC)"),
        ("2026-07-07T13:00", "Europe/London", "Tue 14:00 London (13:00 UTC)"),
        ("2026-07-07T03:00", "America/New_York", "23:00 New York (Tue 03:00 UTC)"),
        ("2026-08-06T13:00", "Europe/London", "Thu 2026-08-06 14:00 London (13:00 UTC)"),
        ("2026-07-06T13:00", "UTC", "13:00 UTC"),
    ],
)
def test_an_instant_is_said_there_and_in_utc(at: str, zone: str, said: str) -> None:
    assert moment_said(datetime.fromisoformat(at).replace(tzinfo=UTC), zone, NOW) == said


def test_a_length_is_said_in_one_unit() -> None:
    seconds = (0, 40, 300, 7200, 86400 * 3)
    told = [length_said(timedelta(seconds=s)) for s in seconds]
    assert told == ["0 s", "40 s", "5 min", "2 h", "3 days"]


def test_names_are_listed_as_one_speaks() -> None:
    assert [listed(n) for n in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        *("nobody", "A", "A and B", "A, B and C")
    ]


def test_an_occurrence_is_said_with_its_date_and_hours(roster: Roster) -> None:
    said = occurrence_said("asia/2026-01-05/0", roster)
    assert said == "asia 2026-01-05 08:00-16:00 Singapore"
    night = replace(
        roster.shifts[ShiftId("asia")],
        hours=replace(roster.shifts[ShiftId("asia")].hours, days_later=3),
    )
    weekend = replace(roster, shifts={night.id: night})
    assert occurrence_said("asia/2026-01-09/0", weekend).endswith("16:00 3 days later Singapore")
    day = date(2026, 1, 5)
    for hours, told in ((Hours(540, 900), "2026-01-05 09:00-15:00"), (None, "2026-01-05")):
        season = Season(day, day, hours, frozenset(range(7)))
        asia = replace(roster.shifts[ShiftId("asia")], seasons=(season,))
        in_season = replace(roster, shifts={asia.id: asia})
        assert occurrence_said("asia/2026-01-05/0", in_season) == f"asia {told} Singapore"
    assert occurrence_said("gone/2026-01-05/0", roster) == "gone/2026-01-05/0"


def grant(person: str, effect: Effect, starts: datetime, until: datetime | None) -> Grant:
    return Grant(
        *(1, ACME, PersonId(person), effect, starts, until, effect is Effect.IN),
        *("", "mara", starts),
    )


def changes(roster: Roster, grants: list[Grant], after: datetime, count: int) -> list[Handover]:
    return list(islice(handovers(Timeline(roster), ACME, grants, (), after), count))


def test_a_stand_in_comes_and_goes_between_the_scheduled_handovers(
    roster: Roster, monday: datetime
) -> None:
    starts, until = monday.replace(hour=10), monday.replace(hour=12)
    by_hand = [
        grant("aiko", Effect.IN, starts, until),
        grant("chen", Effect.OUT, starts, until),
    ]
    found = changes(roster, by_hand, monday.replace(hour=9), 3)
    assert [(h.at.hour, set(h.incoming), set(h.outgoing)) for h in found] == [
        (10, {"aiko"}, {"chen"}),
        (12, {"chen"}, {"aiko"}),
        (16, {"emil"}, {"chen"}),
    ]


def test_somebody_cut_from_all_of_a_shift_is_in_no_handover(
    roster: Roster, monday: datetime
) -> None:
    off = [grant("chen", Effect.OUT, monday, monday + timedelta(days=1))]
    found = changes(roster, off, monday.replace(hour=7), 2)
    assert [(h.at.hour, set(h.incoming), set(h.outgoing)) for h in found] == [
        (8, set(), {"aiko"}),
        (16, {"emil"}, set()),
    ]


def test_a_roster_without_handovers_has_none_to_come(roster: Roster, monday: datetime) -> None:
    nobody = replace(roster, groups={ACME: replace(roster.groups[ACME], shifts=())})
    assert changes(nobody, [], monday, 1) == []
