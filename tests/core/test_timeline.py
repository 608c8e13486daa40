"""The hard cases of time, a test each: D clock changes, Z zones, R turns, S shapes of shifts."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from datetime import UTC, date, datetime, timedelta

import pytest

from rotation import zone_data
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    Person,
    PersonId,
    Phone,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.core.served import Served
from rotation.core.timeline import (
    MOMENT,
    Handover,
    Span,
    Timeline,
    clock_time,
    instant,
    is_jump,
    local,
    local_date,
    minute_of_day,
    readings,
)

EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))
DESK = GroupId("desk")


@pytest.fixture(scope="module", autouse=True)
def newest_zone_data() -> zone_data.ZoneData:
    return zone_data.use_newest()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def everyone(*people: str) -> Everyone:
    return Everyone(tuple(PersonId(p) for p in people))


def turns(order: str, unit: Every, anchor: str, count: int = 1, on_duty: int = 1) -> Turns:
    people = tuple(PersonId(p) for p in order.split())
    return Turns(people, unit, count, date.fromisoformat(anchor), on_duty)


def hours(text: str, days_later: int | None = None) -> Hours:
    starts, ends = (int(t[:2]) * 60 + int(t[3:]) for t in text.split("-"))
    later = days_later if days_later is not None else int(ends <= starts)
    return Hours(starts, ends, later)


def shift(
    zone: str,
    when: str | Hours,
    who: Turns | Everyone | None = None,
    weekdays: frozenset[int] = EVERY_DAY,
    name: str = "s",
) -> Shift:
    told = hours(when) if isinstance(when, str) else when
    return Shift(ShiftId(name), zone, told, weekdays, who or everyone("ana"))


def timeline(*shifts: Shift) -> Timeline:
    people = {p for s in shifts for p in s.people}
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in shifts))
    return Timeline(
        Roster(
            people={p: Person(p, p.title(), Phone("+351910000000")) for p in people},
            shifts={s.id: s for s in shifts},
            groups={DESK: group},
        )
    )


def around(day: str, days: int = 2) -> tuple[datetime, datetime]:
    at = utc(day)
    return at - timedelta(days=days), at + timedelta(days=days)


def begun(found: Shift, day: str) -> Span:
    """The one span of the occurrence that starts on the local date `day`."""
    (span,) = (s for s in timeline(found).spans(DESK, *around(day, 9)) if s.key == f"s/{day}/0")
    return span


def length(found: Shift, day: str) -> float:
    span = begun(found, day)
    return (span.ends - span.starts) / timedelta(hours=1)


def moves(found: Timeline, since: str, until: str) -> list[tuple[str, str, str]]:
    def names(people: frozenset[PersonId]) -> str:
        return " ".join(sorted(people))

    return [
        (f"{h.at:%m-%d %H:%M}", names(h.incoming), names(h.outgoing))
        for h in found.handovers(DESK, utc(since), utc(until))
    ]


# ---- R1-R8: the rules every case follows


def test_R1_at_the_boundary_the_incoming_are_on_and_the_outgoing_off() -> None:
    found = timeline(
        shift("UTC", "08:00-16:00", everyone("ana"), name="day"),
        shift("UTC", "16:00-23:00", everyone("ben"), name="late"),
    )
    at = utc("2027-01-05T16:00")
    assert found.on_duty(DESK, at - timedelta(microseconds=1)) == {"ana"}
    assert found.on_duty(DESK, at) == {"ben"}
    boundary = Handover(
        DESK, at, frozenset({"ben"}), outgoing=frozenset({"ana"}), on_duty=frozenset({"ben"})
    )
    assert found.handovers(DESK, utc("2027-01-05T15:00"), at) == (boundary,)
    assert found.handovers(DESK, at, utc("2027-01-05T17:00")) == ()


@pytest.mark.promise("F1")
def test_R3_a_missing_time_is_the_first_instant_after_the_jump_whatever_fold_says() -> None:
    assert instant(date(2027, 3, 14), 150, "America/New_York") == utc("2027-03-14T07:00")


@pytest.mark.parametrize("fold_reading", ["2027-03-14T07:30", "2027-03-14T06:30"])
def test_R3_neither_reading_of_fold_gives_the_rule(fold_reading: str) -> None:
    assert instant(date(2027, 3, 14), 150, "America/New_York") != utc(fold_reading)


@pytest.mark.promise("F3")
def test_R4_and_R5_a_length_is_the_time_between_two_instants() -> None:
    assert length(shift("Europe/London", "22:00-06:00"), "2027-03-27") == 7


def test_R6_the_weekdays_are_those_of_the_local_date_a_shift_starts_on() -> None:
    # Tuesday 00:30 in Auckland is Monday in UTC.
    found = timeline(shift("Pacific/Auckland", "00:30-08:00", weekdays=frozenset({1})))
    spans = found.spans(DESK, utc("2027-01-03"), utc("2027-01-09"))
    assert [s.starts for s in spans] == [utc("2027-01-04T11:30")]
    assert spans[0].key == "s/2027-01-05/0"


def test_R7_who_several_shifts_hold_is_on_duty_until_the_last_one_ends() -> None:
    found = timeline(shift("UTC", "08:00-12:00", name="a"), shift("UTC", "10:00-14:00", name="b"))
    assert moves(found, "2027-01-05", "2027-01-06") == [
        ("01-05 08:00", "ana", ""),
        ("01-05 14:00", "", "ana"),
    ]


def test_R8_an_occurrence_keeps_its_key_when_its_hours_or_people_change() -> None:
    early = begun(shift("Europe/London", "08:00-12:00"), "2027-03-28")
    late = begun(shift("Asia/Tokyo", "09:30-12:00", everyone("ben")), "2027-03-28")
    assert early.key == late.key == "s/2027-03-28/0"


# ---- D: clock changes

CLOCK_CHANGES = [
    ("D1", "America/New_York", "2027-03-14", "02:30", "2027-03-14T07:00"),
    ("D2", "America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30"),
    ("D3 spring", "Europe/London", "2027-03-28", "01:30", "2027-03-28T01:00"),
    ("D3 autumn", "Europe/London", "2027-10-31", "01:30", "2027-10-31T00:30"),
    ("D5 Cairo", "Africa/Cairo", "2027-04-30", "00:00", "2027-04-29T22:00"),
    ("D5 Beirut", "Asia/Beirut", "2027-03-28", "00:00", "2027-03-27T22:00"),
    ("D5 Santiago", "America/Santiago", "2027-09-05", "00:00", "2027-09-05T04:00"),
    ("D6 Cairo", "Africa/Cairo", "2027-10-28", "23:30", "2027-10-28T20:30"),
    ("D6 Beirut", "Asia/Beirut", "2027-10-30", "23:30", "2027-10-30T20:30"),
    ("D6 Santiago", "America/Santiago", "2027-04-03", "23:30", "2027-04-04T02:30"),
    ("D7", "Africa/Cairo", "2027-10-29", "00:00", "2027-10-28T22:00"),
    ("D8 missing", "Atlantic/Azores", "2027-03-28", "00:00", "2027-03-28T01:00"),
    ("D8 twice", "Atlantic/Azores", "2027-10-31", "00:00", "2027-10-31T00:00"),
    ("D9", "America/Nuuk", "2027-03-27", "23:30", "2027-03-28T01:00"),
    ("D10 missing", "Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02T15:30"),
    ("D10 twice", "Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45"),
    ("D13 missing", "Pacific/Chatham", "2027-09-26", "02:50", "2027-09-25T14:00"),
    ("D13 twice", "Pacific/Chatham", "2027-04-04", "03:15", "2027-04-03T13:30"),
    ("Z1", "Asia/Kolkata", "2027-01-05", "09:30", "2027-01-05T04:00"),
    ("Z1", "Asia/Kathmandu", "2027-01-05", "09:30", "2027-01-05T03:45"),
    ("Z1", "Australia/Eucla", "2027-01-05", "09:30", "2027-01-05T00:45"),
    ("Z1", "Pacific/Marquesas", "2027-01-05", "09:30", "2027-01-05T19:00"),
    ("Z1", "America/St_Johns", "2027-01-05", "09:30", "2027-01-05T13:00"),
    ("Z1", "Australia/Adelaide", "2027-01-05", "09:30", "2027-01-04T23:00"),
    ("Z1", "Pacific/Chatham", "2027-01-05", "09:30", "2027-01-04T19:45"),
    ("Z3 twice", "Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30"),
    ("Z3 missing", "Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:00"),
    ("Z4 switch", "Africa/Casablanca", "2026-09-20", "01:30", "2026-09-20T00:30"),
    ("Z4 after", "Africa/Casablanca", "2027-02-20", "08:00", "2027-02-20T08:00"),
    ("Z7 Vancouver", "America/Vancouver", "2026-12-01", "08:00", "2026-12-01T15:00"),
    ("Z7 Edmonton", "America/Edmonton", "2026-12-01", "08:00", "2026-12-01T14:00"),
    ("Z7 Winnipeg", "America/Winnipeg", "2026-12-01", "08:00", "2026-12-01T13:00"),
    ("Z7 Havana", "America/Havana", "2026-12-01", "08:00", "2026-12-01T12:00"),
]


@pytest.mark.promise("F1")
@pytest.mark.parametrize(("row", "zone", "day", "wall", "expected"), CLOCK_CHANGES)
def test_a_wall_time_is_the_instant_of_its_row(
    row: str, zone: str, day: str, wall: str, expected: str
) -> None:
    minute = int(wall[:2]) * 60 + int(wall[3:])
    assert instant(date.fromisoformat(day), minute, zone) == utc(expected)


def test_D1_a_moved_handover_happens_once_and_says_so() -> None:
    at_night = shift("America/New_York", "02:30-10:00")
    span = begun(at_night, "2027-03-14")
    assert span.starts == utc("2027-03-14T07:00")
    assert span.moved
    assert not begun(at_night, "2027-03-15").moved


def test_D1_an_end_can_be_moved_as_well_and_other_times_of_that_day_are_not() -> None:
    assert begun(shift("America/New_York", "20:00-02:30"), "2027-03-13").moved
    assert not begun(shift("America/New_York", "04:00-10:00"), "2027-03-14").moved


def test_D2_nothing_happens_at_the_second_of_two_equal_times() -> None:
    found = timeline(shift("America/New_York", "01:30-05:00"))
    assert moves(found, "2027-11-07T04:00", "2027-11-07T09:00") == [("11-07 05:30", "ana", "")]


@pytest.mark.promise("F3")
@pytest.mark.parametrize(
    ("row", "zone", "day", "expected"),
    [
        ("D4 spring", "Europe/London", "2027-03-27", 7),
        ("D4 autumn", "Europe/London", "2027-10-30", 9),
        ("D11 autumn", "Australia/Lord_Howe", "2027-04-03", 8.5),
        ("D11 spring", "Australia/Lord_Howe", "2027-10-02", 7.5),
        ("D12", "Antarctica/Troll", "2027-03-27", 6),
    ],
)
def test_a_night_is_as_long_as_the_clocks_make_it(
    row: str, zone: str, day: str, expected: float
) -> None:
    assert length(shift(zone, "22:00-06:00"), day) == expected


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Africa/Cairo", "2027-04-30"),
        ("Asia/Beirut", "2027-03-28"),
        ("America/Santiago", "2027-09-05"),
    ],
)
def test_D5_a_day_whose_midnight_is_missing_is_served_once(zone: str, day: str) -> None:
    found = timeline(shift(zone, "00:00-08:00"))
    keys = [s.key for s in found.spans(DESK, *around(day))]
    assert keys.count(f"s/{day}/0") == 1
    assert len(set(keys)) == len(keys)


def test_D7_the_day_of_a_repeated_hour_lasts_25_hours() -> None:
    day = shift("Africa/Cairo", Hours(0, 1440))
    assert length(day, "2027-10-28") == 25
    assert length(shift("Africa/Cairo", Hours(0, 0, 1)), "2027-10-28") == 25


@pytest.mark.promise("F1")
def test_D9_a_time_moved_past_midnight_still_belongs_to_its_own_date() -> None:
    span = begun(shift("America/Nuuk", "23:30-06:00"), "2027-03-27")
    assert span.starts == utc("2027-03-28T01:00")
    assert local(span.starts, "America/Nuuk") == "Sun 2027-03-28 00:00 -01:00 America/Nuuk"


def test_D14_a_shift_inside_the_missing_hour_vanishes_and_can_be_counted() -> None:
    found = timeline(shift("America/New_York", "02:00-02:30"))
    window = around("2027-03-14", 1)
    assert "s/2027-03-14/0" not in [s.key for s in found.spans(DESK, *window)]
    assert not [h for h in found.handovers(DESK, *window) if h.at == utc("2027-03-14T07:00")]
    assert [(v.key, v.at) for v in found.vanished(DESK, *window)] == [
        ("s/2027-03-14/0", utc("2027-03-14T07:00"))
    ]
    assert found.vanished(DESK, utc("2027-03-14T07:00:01"), window[1]) == ()


def test_D15_a_shift_inside_the_repeated_hour_lasts_to_its_second_end() -> None:
    span = begun(shift("America/New_York", "01:00-02:00"), "2027-11-07")
    assert (span.starts, span.ends) == (utc("2027-11-07T05:00"), utc("2027-11-07T07:00"))


def test_D16_neighbours_that_meet_in_the_repeated_hour_stay_joined() -> None:
    found = timeline(
        shift("America/New_York", "20:00-01:30", everyone("ana"), name="a"),
        shift("America/New_York", "01:30-09:00", everyone("ben"), name="b"),
    )
    assert moves(found, "2027-11-07T04:00", "2027-11-07T12:00") == [("11-07 05:30", "ben", "ana")]


def test_D17_a_week_of_turns_is_167_or_169_hours_long() -> None:
    week = Hours(540, 540, 7)
    monday = frozenset({0})
    found = shift("America/Chicago", week, turns("a b", Every.WEEK, "2027-01-04"), monday)
    assert length(found, "2027-03-08") == 167
    assert length(found, "2027-11-01") == 169
    assert begun(found, "2027-03-08").ends == utc("2027-03-15T14:00")
    assert begun(found, "2027-11-01").ends == utc("2027-11-08T15:00")


def test_D18_a_weekend_is_61_or_63_hours_long() -> None:
    weekend = shift("Europe/London", Hours(18 * 60, 8 * 60, 3), weekdays=frozenset({4}))
    assert length(weekend, "2027-03-26") == 61
    assert length(weekend, "2027-10-29") == 63


def test_D19_boundaries_that_fall_on_one_instant_are_one_handover() -> None:
    found = timeline(
        shift("America/New_York", "20:00-02:00", everyone("ana"), name="a"),
        shift("America/New_York", "02:00-02:30", everyone("ben"), name="b"),
        shift("America/New_York", "02:30-09:00", everyone("cho"), name="c"),
    )
    assert moves(found, "2027-03-14T06:00", "2027-03-14T08:00") == [("03-14 07:00", "cho", "ana")]


def test_D20_half_an_hour_before_is_counted_from_the_real_instant() -> None:
    starts = begun(shift("America/New_York", "02:30-10:00"), "2027-03-14").starts
    assert starts - timedelta(minutes=30) == utc("2027-03-14T06:30")


def test_a_time_between_two_dates_that_are_one_jump_apart_is_the_jump() -> None:
    # Samoa went from the 29th straight to the 31st of December 2011.
    jump = utc("2011-12-30T10:00")
    assert instant(date(2011, 12, 30), 8 * 60, "Pacific/Apia") == jump
    assert instant(date(2011, 12, 29), 1440, "Pacific/Apia") == jump


def test_a_jump_that_skips_midnight_is_one_instant_on_both_its_dates() -> None:
    # Toronto's clocks went from 23:30 on 30 March 1919 to 00:30 on the 31st.
    jump = utc("1919-03-31T04:30")
    assert instant(date(1919, 3, 30), 23 * 60 + 45, "America/Toronto") == jump
    assert instant(date(1919, 3, 31), 15, "America/Toronto") == jump


# ---- Z: zones


def test_Z2_the_date_is_that_of_the_reader() -> None:
    at = utc("2027-01-05T10:30")
    assert local(at, "Pacific/Kiritimati") == "Wed 2027-01-06 00:30 +14:00 Pacific/Kiritimati"
    assert local(at, "Pacific/Apia") == "Tue 2027-01-05 23:30 +13:00 Pacific/Apia"
    assert local(at, "Pacific/Niue") == "Mon 2027-01-04 23:30 -11:00 Pacific/Niue"
    assert local_date(at, "Pacific/Kiritimati") == date(2027, 1, 6)
    assert minute_of_day(at, "Pacific/Kiritimati") == (at.hour + 14) % 24 * 60 + at.minute


def test_Z2_weekdays_follow_the_zone_of_the_shift() -> None:
    monday = frozenset({0})
    (span,) = timeline(shift("Pacific/Kiritimati", "08:00-10:00", weekdays=monday)).spans(
        DESK, utc("2027-01-01"), utc("2027-01-07")
    )
    assert span.starts == utc("2027-01-03T18:00")


def test_Z5_ramadan_of_2027_changes_no_clock_in_morocco() -> None:
    offsets = {
        instant(date(2027, 1, 1) + timedelta(days=n), 480, "Africa/Casablanca").hour
        for n in range(365)
    }
    assert offsets == {8}


# ---- R-: turns


def owners(found: Shift, *days: str) -> list[str]:
    return [" ".join(Served(found).on_turn(date.fromisoformat(d))) for d in days]


@pytest.mark.promise("R6")
def test_R_1_every_second_week_is_counted_from_the_anchor_through_week_53() -> None:
    found = shift("UTC", "08:00-16:00", turns("A B", Every.WEEK, "2026-12-14"))
    days = ("2026-12-14", "2026-12-21", "2026-12-28", "2027-01-04", "2027-01-11")
    assert owners(found, *days) == ["A", "B", "A", "B", "A"]


@pytest.mark.promise("R6")
def test_R_2_two_weeks_are_local_dates_and_not_seconds() -> None:
    fortnight = turns("a b", Every.WEEK, "2027-03-08", count=2)
    found = shift("America/New_York", "08:00-16:00", fortnight)
    assert begun(found, "2027-03-22").starts == utc("2027-03-22T12:00")
    assert owners(found, "2027-03-21", "2027-03-22") == ["a", "b"]


def test_R_3_before_the_anchor_nobody_is_on_duty() -> None:
    found = shift("UTC", "08:00-16:00", turns("a b", Every.WEEK, "2027-06-07"))
    assert owners(found, "2027-06-06", "2027-06-07") == ["", "a"]
    assert timeline(found).next_handover(DESK, utc("2027-05-20")) == Handover(
        DESK, utc("2027-06-07T08:00"), frozenset({"a"}), frozenset(), frozenset({"a"})
    )


def test_from_later_to_earlier_there_is_nothing_however_far() -> None:
    found = timeline(shift("UTC", "08:00-16:00", turns("a b", Every.WEEK, "2027-01-04")))
    for earlier in (utc("2027-06-07"), utc("2026-01-05")):
        assert found.spans(DESK, utc("2027-06-08"), earlier) == ()
        assert found.handovers(DESK, utc("2027-06-08"), earlier) == ()


def test_R_4_the_first_occurrence_after_an_anchor_outside_the_pattern_is_the_first_turn() -> None:
    saturday = "2027-01-02"
    for unit in Every:
        found = shift("UTC", "08:00-16:00", turns("a b", unit, saturday), WORKDAYS)
        assert owners(found, "2027-01-04") == ["a"], unit


def test_R_5_days_that_are_not_served_use_up_no_turn() -> None:
    found = shift("UTC", "08:00-16:00", turns("a b c", Every.DAY, "2027-01-07"), WORKDAYS)
    days = ("2027-01-07", "2027-01-08", "2027-01-11", "2027-01-12")
    assert owners(found, *days) == ["a", "b", "c", "a"]


def test_R_5_every_three_days_counts_served_days() -> None:
    found = shift("UTC", "08:00-16:00", turns("a b", Every.DAY, "2027-01-07", count=3), WORKDAYS)
    days = ("2027-01-07", "2027-01-08", "2027-01-11", "2027-01-12")
    assert owners(found, *days) == ["a", "a", "a", "b"]


def test_R_6_a_month_turn_of_the_31st_uses_the_last_day_of_short_months_without_drift() -> None:
    found = shift("UTC", "08:00-16:00", turns("a b c d", Every.MONTH, "2027-01-31"))
    days = ("2027-02-27", "2027-02-28", "2027-03-30", "2027-03-31", "2027-04-29", "2027-04-30")
    assert owners(found, *days) == ["a", "b", "b", "c", "c", "d"]


def test_R_6_an_anchor_on_the_29th_of_february_is_itself_again_in_leap_years() -> None:
    found = shift("UTC", "08:00-16:00", turns("a b", Every.MONTH, "2028-02-29", count=12))
    days = ("2029-02-27", "2029-02-28", "2032-02-28", "2032-02-29")
    assert owners(found, *days) == ["a", "b", "b", "a"]


def test_R_10_a_roster_of_one_has_no_handovers_but_the_ends_of_work() -> None:
    all_day = Hours(0, 0, 1)
    found = timeline(shift("Europe/London", all_day, turns("a", Every.WEEK, "2027-01-04")))
    assert moves(found, "2027-01-05", "2027-12-31") == []
    assert found.next_handover(DESK, utc("2027-01-05")) is None


def test_R_11_who_is_in_both_shifts_is_in_neither_side_of_the_handover() -> None:
    found = timeline(
        shift("UTC", "08:00-16:00", everyone("ana", "ben"), name="day"),
        shift("UTC", "16:00-23:00", everyone("ben", "cho"), name="late"),
    )
    (handover,) = found.handovers(DESK, utc("2027-01-05T15:00"), utc("2027-01-05T17:00"))
    assert (handover.incoming, handover.outgoing) == ({"cho"}, {"ana"})
    assert handover.on_duty == {"ben", "cho"}
    (ben,) = (
        d
        for d in found.duty_spans(DESK, utc("2027-01-05T09:00"), utc("2027-01-05T20:00"))
        if d.person == "ben"
    )
    assert (ben.starts, ben.ends) == (utc("2027-01-05T08:00"), utc("2027-01-05T23:00"))


def test_R_12_twice_in_the_order_is_twice_the_turns() -> None:
    found = shift("UTC", "08:00-16:00", turns("a b a c", Every.DAY, "2027-01-04"))
    week = [f"2027-01-{n:02}" for n in range(4, 12)]
    assert owners(found, *week) == ["a", "b", "a", "c"] * 2


def test_blocks_of_people_on_duty_follow_each_other_and_wrap() -> None:
    four = shift("UTC", "08:00-16:00", turns("a b c d", Every.DAY, "2027-01-04", on_duty=2))
    three = shift("UTC", "08:00-16:00", turns("a b c", Every.DAY, "2027-01-04", on_duty=2))
    days = ("2027-01-04", "2027-01-05", "2027-01-06", "2027-01-07")
    assert owners(four, *days) == ["a b", "c d", "a b", "c d"]
    assert owners(three, *days) == ["a b", "c a", "b c", "a b"]


def test_a_weekly_turn_changes_on_the_weekday_of_its_anchor() -> None:
    thursday = turns("a b", Every.WEEK, "2027-01-07")
    found = shift("UTC", "08:00-16:00", thursday)
    assert owners(found, "2027-01-13", "2027-01-14", "2027-01-18") == ["a", "b", "b"]


# ---- S-: shapes


def test_S_1_a_weekend_is_one_occurrence_that_midnight_does_not_cut() -> None:
    weekend = shift("Europe/London", Hours(18 * 60, 8 * 60, 3), weekdays=frozenset({4}))
    found = timeline(weekend)
    assert moves(found, "2027-01-07", "2027-01-13") == [
        ("01-08 18:00", "ana", ""),
        ("01-11 08:00", "", "ana"),
    ]
    assert found.on_duty(DESK, utc("2027-01-10T12:00")) == {"ana"}


def test_S_1_a_shift_longer_than_a_week_overlaps_itself_and_nobody_leaves() -> None:
    ten_days = shift("UTC", Hours(480, 480, 10), weekdays=frozenset({0}))
    assert moves(timeline(ten_days), "2027-02-01", "2027-05-01") == []


def test_S_2_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    friday = shift("Europe/London", "22:00-06:00", weekdays=frozenset({4}))
    assert moves(timeline(friday), "2027-01-04", "2027-01-11") == [
        ("01-08 22:00", "ana", ""),
        ("01-09 06:00", "", "ana"),
    ]


def test_S_3_a_whole_day_is_as_long_as_the_day() -> None:
    all_day = shift("Europe/London", Hours(0, 0, 1))
    assert length(all_day, "2027-03-28") == 23
    assert length(all_day, "2027-10-31") == 25


def test_S_4_an_end_at_2400_is_the_next_midnight_even_where_that_is_missing() -> None:
    late = shift("Africa/Cairo", Hours(16 * 60, 1440))
    assert begun(late, "2027-04-29").ends == utc("2027-04-29T22:00")


def test_S_5_overlapping_shifts_keep_both_people_to_their_own_end() -> None:
    found = timeline(
        shift("UTC", "08:00-12:00", everyone("ana"), name="a"),
        shift("UTC", "10:00-14:00", everyone("ben"), name="b"),
    )
    assert moves(found, "2027-01-05", "2027-01-06") == [
        ("01-05 08:00", "ana", ""),
        ("01-05 10:00", "ben", ""),
        ("01-05 12:00", "", "ana"),
        ("01-05 14:00", "", "ben"),
    ]


def test_S_6_the_end_of_one_of_two_overlapping_shifts_removes_nobody() -> None:
    found = timeline(shift("UTC", "08:00-12:00", name="a"), shift("UTC", "10:00-14:00", name="b"))
    assert not found.handovers(DESK, utc("2027-01-05T09:00"), utc("2027-01-05T13:00"))


def test_S_8_a_gap_is_a_handover_to_nobody() -> None:
    found = timeline(shift("UTC", "08:00-16:00"))
    (ended,) = found.handovers(DESK, utc("2027-01-05T15:00"), utc("2027-01-05T17:00"))
    assert ended.on_duty == frozenset()


def test_spans_come_by_start_then_shift_then_turn() -> None:
    pair = turns("b a", Every.DAY, "2027-01-04", on_duty=2)
    found = timeline(
        shift("UTC", "08:00-16:00", everyone("zoe"), name="late"),
        shift("UTC", "08:00-16:00", pair, name="early"),
        shift("UTC", "07:00-08:30", everyone("max"), name="dawn"),
    )
    spans = found.spans(DESK, utc("2027-01-05T07:00"), utc("2027-01-05T20:00"))
    assert [s.person for s in spans] == ["max", "zoe", "b", "a"]


def test_every_instant_is_in_utc() -> None:
    span = begun(shift("Africa/Cairo", "00:00-08:00"), "2027-04-30")
    assert span.starts.tzinfo is UTC
    assert span.ends.tzinfo is UTC


def test_decades_asked_about_at_once_are_laid_out_as_each_day_alone() -> None:
    found = timeline(shift("UTC", "08:00-16:00"))
    whole = utc("2002-01-01"), utc("2027-01-01")
    spans = found.spans(DESK, *whole)
    assert len(spans) == (whole[1] - whole[0]).days
    one = found.spans(DESK, utc("2014-07-01"), utc("2014-07-02"))
    assert [s for s in spans if s.starts == utc("2014-07-01T08:00")] == list(one)


def test_an_instant_is_told_as_people_there_say_it() -> None:
    at = datetime(2026, 3, 30, 19, 5, tzinfo=UTC)
    assert local(at, "Europe/Lisbon") == "Mon 2026-03-30 20:05 +01:00 Europe/Lisbon"
    assert clock_time(at, "Europe/Lisbon") == "Mon 20:05"
    assert clock_time(at, "Asia/Tokyo") == "Tue 04:05"


def test_clocks_jump_at_one_instant_of_a_zone_and_not_elsewhere() -> None:
    jump, moment = datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(microseconds=1)
    assert is_jump(jump, "Europe/Lisbon")
    assert not is_jump(jump - moment, "Europe/Lisbon")
    assert not is_jump(jump + moment, "Europe/Lisbon")
    assert not is_jump(jump, "America/New_York")


@pytest.mark.parametrize(
    ("day", "minute", "utc"),
    [
        (date(2026, 10, 25), 90, ["00:30", "01:30"]),
        (date(2026, 10, 25), 60, ["00:00", "01:00"]),
        (date(2026, 10, 25), 120, ["02:00"]),
        (date(2026, 3, 29), 90, []),
        (date(2026, 3, 29), 120, ["01:00"]),
        (date(2026, 7, 1), 1440, ["23:00"]),
    ],
)
def test_a_wall_time_is_read_as_often_as_clocks_show_it(
    day: date, minute: int, utc: list[str]
) -> None:
    assert [f"{at:%H:%M}" for at in readings(day, minute, "Europe/Lisbon")] == utc


# ---- what is kept


def test_however_many_are_asked_about_the_answers_are_those_of_the_first_time() -> None:
    team = everyone(*(f"p{number}" for number in range(300)))
    found, days = timeline(shift("UTC", "08:00-16:00", team)), range(0, 400, 30)
    noons = [utc("2027-01-05T12:00") + timedelta(days=day) for day in days]
    for at in (*noons, *noons):
        assert found.spans(DESK, at, at + MOMENT)[0].starts == at - timedelta(hours=4)
        assert found.on_duty(DESK, at) == {*team.people}
        assert found.on_duty(DESK, at - timedelta(hours=5)) == frozenset()


def test_two_shifts_with_the_same_hours_have_turns_of_their_own() -> None:
    early = turns("ana ben", Every.WEEK, "2027-01-04")
    late = turns("chen dora eve", Every.WEEK, "2026-12-28", on_duty=2)
    found = timeline(
        shift("Europe/Lisbon", "09:00-17:00", early, name="one"),
        shift("Europe/Lisbon", "09:00-17:00", late, name="two"),
    )
    assert found.on_duty(DESK, utc("2027-01-06T12:00")) == {"ana", "eve", "chen"}
    assert found.on_duty(DESK, utc("2027-01-13T12:00")) == {"ben", "dora", "eve"}
