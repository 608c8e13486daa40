"""Hours that are different on some dates: what is served then, by whom, what that leaves open."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from rotation import zone_data
from rotation.core.gaps import Kind, gaps
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    OnHolidays,
    Person,
    PersonId,
    Phone,
    PublicHolidays,
    Roster,
    Season,
    Shift,
    ShiftId,
    Turns,
)
from rotation.core.served import Served
from rotation.core.timeline import Span, Timeline

DESK = GroupId("desk")
EVERY_DAY, WORKDAYS = frozenset(range(7)), frozenset(range(5))


@pytest.fixture(scope="module", autouse=True)
def newest_zone_data() -> zone_data.ZoneData:
    return zone_data.use_newest()


def hours(text: str) -> Hours:
    starts, ends = (int(t[:2]) * 60 + int(t[3:]) for t in text.split("-"))
    return Hours(starts, ends, int(ends <= starts))


def season(first: str, last: str, when: str = "", why: str = "", days: str = "0123456") -> Season:
    """Without hours it is not served. `days` are weekdays, Monday is 0."""
    told = hours(when) if when else None
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    return Season(begins, ends, told, frozenset(map(int, days)), why)


def shift(
    zone: str,
    when: str,
    *seasons: Season,
    name: str = "s",
    turns: Turns | None = None,
    weekdays: frozenset[int] = EVERY_DAY,
) -> Shift:
    who = turns or Everyone((PersonId("ana"),))
    return Shift(ShiftId(name), zone, hours(when), weekdays, who, seasons)


def by_turns(order: str, anchor: str, unit: Every = Every.DAY) -> Turns:
    return Turns(tuple(map(PersonId, order.split())), unit, 1, date.fromisoformat(anchor))


def timeline(*shifts: Shift) -> Timeline:
    people = {p: Person(p, p.title(), Phone("+351910000000")) for s in shifts for p in s.people}
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in shifts))
    return Timeline(Roster(people, {s.id: s for s in shifts}, {DESK: group}))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spans(found: Timeline, first: str, last: str) -> list[Span]:
    """Those that begin on these UTC dates."""
    since, until = utc(first), utc(last) + timedelta(days=1)
    return [span for span in found.spans(DESK, since, until) if since <= span.starts]


def told(found: Timeline, first: str, last: str) -> list[str]:
    return [f"{s.starts:%d %H:%M}-{s.ends:%H:%M}" for s in spans(found, first, last)]


def test_Z5_the_hours_of_ramadan_are_a_season_and_no_matter_of_clocks() -> None:
    ramadan = season("2027-02-08", "2027-03-09", "09:00-15:00", "Ramadan")
    found = timeline(shift("Africa/Casablanca", "08:00-16:00", ramadan))
    assert told(found, "2027-02-07", "2027-02-08") == ["07 08:00-16:00", "08 09:00-15:00"]
    assert told(found, "2027-03-09", "2027-03-10") == ["09 09:00-15:00", "10 08:00-16:00"]
    usual, in_ramadan = (spans(found, day, day)[0] for day in ("2027-02-07", "2027-02-08"))
    assert (found.season(usual), found.season(in_ramadan)) == (None, ramadan)


def test_an_occurrence_keeps_its_key_whatever_season_it_lies_in() -> None:
    summer = season("2027-07-01", "2027-08-31", "07:00-13:00")
    usual = timeline(shift("Europe/Lisbon", "08:00-16:00"))
    found = timeline(shift("Europe/Lisbon", "08:00-16:00", summer))
    assert [s.key for s in spans(found, "2027-06-28", "2027-07-03")] == [
        s.key for s in spans(usual, "2027-06-28", "2027-07-03")
    ]


@pytest.mark.promise("F1")
@pytest.mark.parametrize(
    ("row", "zone", "day", "usual", "in_season", "expected"),
    [
        ("D1", "America/New_York", "2027-03-14", "08:00-16:00", "02:30-10:00", "07:00 14:00"),
        ("D2", "America/New_York", "2027-11-07", "08:00-16:00", "01:30-10:00", "05:30 15:00"),
        ("D4", "Europe/London", "2027-03-27", "08:00-16:00", "22:00-06:00", "22:00 05:00"),
        ("D4", "Europe/London", "2027-10-30", "08:00-16:00", "22:00-06:00", "21:00 06:00"),
        ("D5", "Africa/Cairo", "2027-04-30", "08:00-16:00", "00:00-08:00", "22:00 05:00"),
        ("D12", "Antarctica/Troll", "2027-03-27", "08:00-16:00", "22:00-06:00", "22:00 04:00"),
    ],
)
def test_clocks_that_change_within_a_season_change_its_hours_by_the_same_rule(
    row: str, zone: str, day: str, usual: str, in_season: str, expected: str
) -> None:
    found = timeline(shift(zone, usual, season(day, day, in_season)))
    (span,) = (
        s
        for s in found.spans(DESK, utc(day) - timedelta(days=2), utc(day) + timedelta(days=2))
        if s.key == f"s/{day}/0"
    )
    assert f"{span.starts:%H:%M} {span.ends:%H:%M}" == expected, row


def test_D14_an_occurrence_that_a_season_puts_into_the_missing_hour_vanishes() -> None:
    spring = season("2027-03-14", "2027-03-14", "02:00-02:30")
    found = timeline(shift("America/New_York", "08:00-16:00", spring))
    since, until = utc("2027-03-14"), utc("2027-03-15")
    assert [gone.key for gone in found.vanished(DESK, since, until)] == ["s/2027-03-14/0"]
    assert found.on_duty(DESK, utc("2027-03-14T15:00")) == frozenset()


def test_D16_neighbours_stay_joined_where_both_have_a_season_over_a_clock_change() -> None:
    autumn = ("2027-10-01", "2027-11-30")
    found = timeline(
        shift("Europe/London", "08:00-20:00", season(*autumn, "01:30-13:30"), name="day"),
        shift("Europe/London", "20:00-08:00", season(*autumn, "13:30-01:30"), name="night"),
    )
    since, until = utc("2027-10-02"), utc("2027-11-29")
    assert all(a.ends == b.starts for a, b in pairwise(found.spans(DESK, since, until)))


def test_a_shift_of_many_days_that_only_a_season_has_is_found_on_its_last_day() -> None:
    found = timeline(
        Shift(
            ShiftId("s"), "UTC", hours("08:00-16:00"), EVERY_DAY, Everyone((PersonId("ana"),)),
            (Season(date(2027, 5, 1), date(2027, 5, 7), Hours(1080, 480, 3), frozenset({4})),),
        )
    )  # fmt: skip
    assert found.on_duty(DESK, utc("2027-05-10T07:59")) == {"ana"}, "Friday's, to Monday"
    assert told(found, "2027-05-06", "2027-05-08") == ["07 18:00-08:00", "08 08:00-16:00"]


def test_R_5_dates_that_a_season_does_not_serve_use_up_no_turn() -> None:
    christmas = season("2026-12-24", "2026-12-26")
    found = Served(shift("UTC", "08:00-16:00", christmas, turns=by_turns("a b c", "2026-12-21")))
    days = [date(2026, 12, 21) + timedelta(days=n) for n in range(8)]
    served = [d for d in days if found.hours(d.toordinal()) is not None]
    assert " ".join(found.on_turn(d)[0] for d in served) == "a b c a b"
    assert [d.day for d in served] == [21, 22, 23, 27, 28]


def test_R_5_a_season_on_other_weekdays_uses_up_as_many_turns_as_it_is_served() -> None:
    summer = season("2027-07-05", "2027-07-18", "09:00-12:00", days="056")
    found = Served(
        shift(
            "UTC", "08:00-16:00", summer,
            turns=by_turns("a b c d", "2027-07-01"), weekdays=WORKDAYS,
        )
    )  # fmt: skip
    served = [
        day
        for day in (date(2027, 7, 1) + timedelta(days=n) for n in range(20))
        if found.hours(day.toordinal()) is not None
    ]
    assert [d.day for d in served] == [1, 2, 5, 10, 11, 12, 17, 18, 19, 20]
    assert " ".join(found.on_turn(d)[0] for d in served) == "a b c d a b c d a b"


def test_R_5_an_anchor_within_a_season_counts_from_the_next_date_that_is_served() -> None:
    christmas = season("2026-12-20", "2026-12-26")
    found = Served(shift("UTC", "08:00-16:00", christmas, turns=by_turns("a b", "2026-12-24")))
    assert [found.on_turn(date(2026, 12, d)) for d in (27, 28, 29)] == [("a",), ("b",), ("a",)]


def test_turns_by_weeks_count_the_calendar_through_a_season() -> None:
    closed = season("2027-01-11", "2027-01-17")
    weekly = by_turns("a b c", "2027-01-04", Every.WEEK)
    found = Served(shift("UTC", "08:00-16:00", closed, turns=weekly))
    assert [found.on_turn(date(2027, 1, d)) for d in (10, 18)] == [("a",), ("c",)]


_DAYS = {"2027-06-10": "Portugal Day", "2027-08-15": "Assumption", "2027-12-25": "Christmas"}
HOLIDAYS = PublicHolidays(tuple((date.fromisoformat(d), name) for d, name in _DAYS.items()))


def with_holidays(when: str, *seasons: Season, turns: Turns | None = None) -> Timeline:
    told = OnHolidays("PT", hours(when) if when else None)
    kept = replace(shift("UTC", "08:00-16:00", *seasons, turns=turns), holidays=told)
    return Timeline(replace(timeline(kept).roster, holidays={"PT": HOLIDAYS}))


def test_R_5_public_holidays_that_are_not_served_use_up_no_turn_and_are_named() -> None:
    found = with_holidays("", turns=by_turns("a b c", "2027-06-08"))
    assert [s.person for s in spans(found, "2027-06-08", "2027-06-12")] == ["a", "b", "c", "a"]
    (away,) = found.replaced(DESK, utc("2027-06-01"), utc("2027-06-30"))
    assert (away.season.reason, away.starts) == ("Portugal Day", utc("2027-06-10T08:00"))


def test_public_holidays_may_have_hours_of_their_own() -> None:
    found = with_holidays("10:00-14:00", turns=by_turns("a b c", "2027-06-08"))
    assert told(found, "2027-06-09", "2027-06-11") == [
        "09 08:00-16:00", "10 10:00-14:00", "11 08:00-16:00",
    ]  # fmt: skip
    assert [s.person for s in spans(found, "2027-06-08", "2027-06-11")] == ["a", "b", "c", "a"]


def test_a_holiday_stands_above_a_long_season_and_not_above_the_one_date_or_what_is_closed() -> (
    None
):
    summer = season("2027-08-15", "2027-08-31", "07:00-13:00", "summer")
    early = season("2027-06-01", "2027-06-10", "07:00-13:00")
    found = with_holidays("10:00-14:00", summer, early)
    assert told(found, "2027-08-14", "2027-08-16") == [
        "14 08:00-16:00", "15 10:00-14:00", "16 07:00-13:00",
    ]  # fmt: skip
    assert told(found, "2027-06-09", "2027-06-11") == [
        "09 07:00-13:00", "10 10:00-14:00", "11 08:00-16:00",
    ]  # fmt: skip
    open_, shut = (
        season("2027-06-10", "2027-06-10", "09:00-12:00"),
        season("2027-12-24", "2027-12-26"),
    )
    found = with_holidays("10:00-14:00", open_, shut)
    assert told(found, "2027-06-10", "2027-06-10") == ["10 09:00-12:00"]
    assert told(found, "2027-12-23", "2027-12-27") == ["23 08:00-16:00", "27 08:00-16:00"]


def test_what_a_season_takes_away_is_known_with_the_season() -> None:
    christmas = season("2027-12-24", "2027-12-25", why="Christmas")
    found = timeline(
        shift("Asia/Singapore", "08:00-16:00", christmas), shift("UTC", "08:00-16:00", name="utc")
    )
    away = found.replaced(DESK, utc("2027-12-20"), utc("2027-12-31"))
    assert [(one.season.reason, f"{one.starts:%d %H}", f"{one.ends:%d %H}") for one in away] == [
        ("Christmas", "24 00", "24 08"),
        ("Christmas", "25 00", "25 08"),
    ]
    assert found.replaced(DESK, utc("2027-12-24T08:00"), utc("2027-12-25T00:00")) == ()


def test_gaps_that_a_season_makes_are_told_apart_from_others_with_its_reason() -> None:
    ramadan = season("2027-02-08", "2027-03-09", "09:00-15:00", "Ramadan")
    found = timeline(
        shift("Africa/Casablanca", "08:00-16:00", ramadan, name="day"),
        shift("Africa/Casablanca", "16:00-06:00", season("2027-03-05", "2027-03-05"), name="night"),
    )
    some = gaps(found, utc("2027-02-01"), utc("2027-03-20"))
    assert [one.why for one in some if one.kind is Kind.CLOSED] == [("a season",)]
    assert [(one.length / timedelta(hours=1), one.why, len(one.stretches)) for one in some] == [
        (2, (), 7),
        (3, ("Ramadan",), 29),
        (1, ("Ramadan",), 29),
        (1, ("Ramadan",), 1),
        (14, ("a season",), 1),
        (3, ("Ramadan",), 1),
        (2, (), 10),
    ]
