"""A series of a calendar is its occurrences, by its own clocks; or it is refused by its name."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.roster import ShiftId
from rotation.importing.events import calendar
from rotation.importing.pasted import pasted
from rotation.importing.stretches import Stretch
from rotation.roster_file import RosterErrors, read_snapshot

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
"""A Friday."""
IN_LISBON = ";TZID=Europe/Lisbon:"
TUESDAYS = f"DTSTART{IN_LISBON}20261201T080000\nDTEND{IN_LISBON}20261201T160000\n"
DATES = "DTSTART;VALUE=DATE:20261201\n"
CUSTOM = """BEGIN:VTIMEZONE
TZID:Desk
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""


def ics(*events: str, zones: str = "") -> bytes:
    told = "".join(f"BEGIN:VEVENT\nUID:tue\nSUMMARY:cho\n{e.strip()}\nEND:VEVENT\n" for e in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{zones}{told}END:VCALENDAR\n".encode()


def read(*events: str, zones: str = "", zone: str | None = None) -> list[Stretch]:
    return calendar("x.ics", ics(*events, zones=zones), zone, NOW)


def begin(*events: str, zones: str = "", zone: str | None = None) -> list[str]:
    """When they begin in UTC, or on which dates; without what is over and what is not near."""
    found = read(*events, zones=zones, zone=zone)
    near = (one for one in found if one.window[1] > NOW and one.window[0] < NOW.replace(year=2028))
    return [f"{one.starts:%m-%d %H:%M}" if one.starts else f"{one.first:%m-%d}" for one in near]


@pytest.mark.promise("S-12")
@pytest.mark.parametrize(
    ("series", "dates"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=3", "12-01 12-08 12-15"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3", "12-01 12-15 12-29"),
        ("RRULE:FREQ=DAILY;INTERVAL=10;COUNT=3", "12-01 12-11 12-21"),
        ("RRULE:FREQ=DAILY;BYDAY=MO,TU;COUNT=3", "12-01 12-07 12-08"),
        ("RRULE:FREQ=MONTHLY;COUNT=3", "12-01 01-01 02-01"),
        ("RRULE:FREQ=MONTHLY;BYDAY=1TU;COUNT=3", "12-01 01-05 02-02"),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1;COUNT=3", "12-01 01-04 02-01"),
        ("RRULE:FREQ=YEARLY;BYMONTH=4,12;BYMONTHDAY=1;COUNT=3", "12-01 04-01 12-01"),
        # weeks that begin on another day, as RFC 5545 has it
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "12-01 12-06 12-15 12-20"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "12-01 12-13 12-15 12-27"),
        # what is left out counts, and what is added does not
        ("RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261208,20270105", "12-01 12-15"),
        ("RRULE:FREQ=WEEKLY;COUNT=2\nRDATE;VALUE=DATE:20261204,20261208", "12-01 12-04 12-08"),
        ("RDATE;VALUE=DATE:20261204\nRDATE;VALUE=DATE:20261203", "12-01 12-03 12-04"),
        ("RRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;TZID=Europe/Lisbon:20261208T000000", "12-01"),
        # until a date, or a time that is on that date by whatever clocks
        ("RRULE:FREQ=WEEKLY;UNTIL=20261208", "12-01 12-08"),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261208T235959Z", "12-01 12-08"),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261208T120000", "12-01 12-08"),
    ],
)
def test_S_12_of_a_series_each_occurrence_is_an_event(series: str, dates: str) -> None:
    assert begin(DATES + series) == dates.split()


@pytest.mark.promise("S-12")
@pytest.mark.parametrize("until", ["20261208T080000Z", "20261208T080000", "20261209"])
def test_S_12_a_series_ends_by_its_own_clocks_or_in_utc(until: str) -> None:
    summer = TUESDAYS.replace("20261201", "20260602")
    for begins in (TUESDAYS, summer):
        found = begin(f"{begins}RRULE:FREQ=WEEKLY;UNTIL={until}")
        assert found[-2:] == ["12-01 08:00", "12-08 08:00"]


@pytest.mark.parametrize(("zones", "clocks"), [("", IN_LISBON), (CUSTOM, ";TZID=Desk:"), ("", ":")])
def test_it_begins_and_ends_when_its_clocks_say_so_whatever_they_do_meanwhile(
    zones: str, clocks: str
) -> None:
    """A night of every Saturday, over the end of winter."""
    series = f"DTSTART{clocks}20270320T220000\nDTEND{clocks}20270321T060000\nRRULE:FREQ=WEEKLY"
    found = read(series, zones=zones, zone="Europe/Lisbon")[:3]
    one_east = timedelta(hours=clocks == ";TZID=Desk:")
    shown = [[f"{at + one_east:%d %H}" for at in one.window] for one in found]
    assert shown == [["20 22", "21 06"], ["27 22", "28 05"], ["03 21", "04 05"]]
    lasting = series.replace(f"DTEND{clocks}20270321T060000", "DURATION:PT8H")
    starts, ends = read(lasting, zones=zones, zone="Europe/Lisbon")[1].window
    assert ends - starts == timedelta(hours=8)


@pytest.mark.promise("S-12")
def test_S_12_one_that_was_moved_or_cancelled_takes_the_place_of_the_one_it_names() -> None:
    series = TUESDAYS + "RRULE:FREQ=WEEKLY;COUNT=4"
    moved = TUESDAYS.replace("1201", "1210") + f"RECURRENCE-ID{IN_LISBON}20261208T080000"
    in_utc = moved.replace(f"{IN_LISBON}20261208T080000", ":20261208T080000Z")
    gone = TUESDAYS + f"STATUS:CANCELLED\nRECURRENCE-ID{IN_LISBON}20261222T080000"
    for one in (moved, in_utc):
        found = read(gone, one, series)
        assert {s.uid: f"{s.starts:%m-%d}" for s in found} == {
            "tue of 2026-12-01 08:00": "12-01", "tue of 2026-12-08 08:00": "12-10",
            "tue of 2026-12-15 08:00": "12-15",
        }  # fmt: skip
        assert {s.uid: s.line for s in found}["tue of 2026-12-08 08:00"] == 12
    assert begin(series + "\nSTATUS:CANCELLED", moved) == []
    # and so far from where the series has it that this is over, or is not near yet
    old = TUESDAYS.replace("1201", "0602") + "RRULE:FREQ=WEEKLY;COUNT=2"
    late = TUESDAYS + f"RECURRENCE-ID{IN_LISBON}20260609T080000"
    assert begin(old, late) == ["12-01 08:00"]
    far = TUESDAYS + f"RECURRENCE-ID{IN_LISBON}20280404T080000"
    assert begin(TUESDAYS.replace("1201", "1208") + "RRULE:FREQ=WEEKLY", far)[-1] == "12-01 08:00"


def test_one_without_its_series_is_an_event_under_the_name_it_has_in_it() -> None:
    one = TUESDAYS + f"RECURRENCE-ID{IN_LISBON}20261124T080000"
    assert [s.uid for s in read(one)] == ["tue of 2026-11-24 08:00"]


def test_an_endless_series_is_told_for_a_year_and_a_month_and_the_one_after() -> None:
    found = read(DATES.replace("2026", "2019") + "RRULE:FREQ=WEEKLY;BYDAY=SU,TH")
    firsts = [s.first for s in found if s.first]
    assert firsts[0] <= date(2026, 11, 26)
    assert firsts[-1] > NOW.date() + timedelta(days=400) >= firsts[-3]


REFUSED = [
    ("RRULE:FREQ=SECONDLY", "cho 2026-12-01 08:00: of its series, it is repeated secondly"),
    ("RRULE:FREQ=HOURLY;INTERVAL=8", "it is repeated hourly. Repeat it by days"),
    ("RRULE:FREQ=DAILY;BYHOUR=8,20", "BYHOUR in a daily rule is not read"),
    ("RRULE:FREQ=WEEKLY;BYDAY=1TU", "BYDAY=1TU is not of a week"),
    ("RRULE:FREQ=WEEKLY\nRDATE;TZID=Europe/Lisbon:20270328T013000",
     "2027-03-28 01:30 never comes, since clocks jump over it in Europe/Lisbon. Move that one"),
    ("RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL is not from 1 to 1000"),
    ("RRULE:FREQ=DAILY;COUNT=999999999", "COUNT is not from 1 to 10000"),
    ("RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "it ends both by COUNT and by UNTIL"),
    ("RRULE:FREQ=WEEKLY;BYDAY=WE", "its first date is none of its rule"),
    ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "its first date is none of its rule"),
    ("RRULE:FREQ=MONTHLY;BYDAY=1TU;BYSETPOS=2", "its first date is none of its rule"),
    ("RRULE:FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 300), "the rule is too long"),
    ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "it has several rules (RRULE)"),
    ("RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "EXRULE is not read"),
    ("RRULE:FREQ=FORTNIGHTLY", "RRULE: "),
    ("RRULE:FREQ=WEEKLY;UNTIL=20261208", "UNTIL=20261208 leaves open whether that day is in it"),
    ("RRULE:FREQ=WEEKLY\nEXDATE;VALUE=DATE:20261208", "EXDATE is a date, and the series is of"),
    ("RDATE;VALUE=PERIOD:20261208T080000Z/PT8H", "RDATE is a period, and the series is of times"),
    (f"RECURRENCE-ID;RANGE=THISANDFUTURE{IN_LISBON}20261201T080000", "all that follow (RANGE)"),
    ("RRULE:FREQ=DAILY\nDTSTART:20261202T080000Z", "it does not say, once, when it begins"),
]  # fmt: skip


@pytest.mark.promise("S-12")
@pytest.mark.parametrize(("rule", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_S_12_a_series_that_cannot_be_laid_out_exactly_is_refused_by_its_name(
    rule: str, said: str
) -> None:
    with pytest.raises(RosterErrors) as caught:
        read(TUESDAYS + rule)
    assert "x.ics:4:1: " in str(caught.value)
    assert said in str(caught.value)


def test_what_is_instead_of_none_of_a_series_or_of_one_twice_is_refused() -> None:
    series = TUESDAYS + "RRULE:FREQ=WEEKLY"
    wednesday = TUESDAYS + f"RECURRENCE-ID{IN_LISBON}20261202T080000"
    with pytest.raises(RosterErrors, match=r"x.ics:11:1: .* has none on 2026-12-02 08:00 whose"):
        read(series, wednesday)
    twice = [f"RECURRENCE-ID{at}" for at in (f"{IN_LISBON}20261208T080000", ":20261208T080000Z")]
    with pytest.raises(RosterErrors, match="two events take the place of the same one"):
        read(series, *(TUESDAYS + one for one in twice))
    over = wednesday.replace("20261202", "20200101").replace("20261201", "20200102")
    assert len(read(series, over)) == len(read(series))


@pytest.mark.parametrize(
    ("ends", "dates"),
    [("20261207T235959Z", ["12-01", "12-07"]), ("20261206T230000Z", None)],
)
def test_dates_until_a_time_are_refused_where_it_depends_on_clocks(
    ends: str, dates: list[str] | None
) -> None:
    """Midnight in Madrid, said in UTC: the 7th for whoever wrote it, the 6th as it stands there."""
    series = f"{DATES}RRULE:FREQ=DAILY;INTERVAL=6;UNTIL={ends}"
    if dates is not None:
        assert begin(series, zone="Europe/Madrid") == dates
        return
    with pytest.raises(RosterErrors, match="whether 2026-12-07 is in it depends on clocks"):
        read(series, zone="Europe/Madrid")


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("19260201", "up to here there are more dates of series"),
        ("20260101", "come to 2030 events"),
    ],
)
def test_more_than_can_be_laid_out_is_refused(since: str, said: str) -> None:
    each = f"SUMMARY:cho\nDTSTART;VALUE=DATE:{since}\nRRULE:FREQ=DAILY"
    many = "".join(f"BEGIN:VEVENT\nUID:{n}\n{each}\nEND:VEVENT\n" for n in range(5))
    content = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{many}END:VCALENDAR\n".encode()
    with pytest.raises(RosterErrors, match=said):
        calendar("x.ics", content, None, NOW)


def test_days_without_service_are_nothing_where_the_rest_of_a_series_has_some() -> None:
    roster = read_snapshot((("a.yaml", b"""\
people:
  ana: {name: Ana Reis, phone: "+351912345601"}
  cho: {name: Cho Park, phone: "+351912345603"}
shifts:
  day: {zone: Europe/Lisbon, hours: 08:00 to 16:00, days: [mon, tue], everyone: [ana]}
"""),))  # fmt: skip

    def covers(series: str) -> list[object]:
        found = pasted("x.ics", ics(DATES + series), roster, NOW, (ShiftId("day"),))
        told = found.edit.get("changes", [])
        assert isinstance(told, list)
        return [one["from"] for one in told if isinstance(one, dict)]

    assert covers("RRULE:FREQ=DAILY;COUNT=8") == ["2026-12-01", "2026-12-07", "2026-12-08"]
    with pytest.raises(RosterErrors, match="2026-12-05: no shift is served then"):
        covers("RDATE;VALUE=DATE:20261205\nEXDATE;VALUE=DATE:20261201")
    endless = pasted("x.ics", ics(DATES + "RRULE:FREQ=WEEKLY"), roster, NOW)
    told = endless.edit["changes"]
    assert isinstance(told, list)
    said = "Of a series only what begins within 400 days is in it, and not `cho 2028-01-04`: follow"
    assert (len(told), [one[: len(said)] for one in endless.left]) == (57, [said])


RULES = st.builds(
    lambda often, parts: ";".join([f"RRULE:FREQ={often}", *parts]),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.lists(
        st.sampled_from(
            ["INTERVAL=3", "INTERVAL=999", "COUNT=7", "UNTIL=20270101", "UNTIL=99991231T235959Z",
             "UNTIL=00010101", "BYDAY=TU", "BYDAY=1TU,-1FR", "BYMONTHDAY=1,-1", "BYMONTH=12",
             "BYSETPOS=1", "WKST=SU", "BYWEEKNO=1", "X", "COUNT=-1", "BYMONTH=5L"]
        ),
        max_size=4, unique=True,
    ),
)  # fmt: skip
OTHERS = st.sampled_from(
    ["EXDATE:20261208T080000Z", "EXDATE;TZID=Mars:20261208T080000", "EXDATE:x", "RDATE:20261209",
     "RDATE:00010101T000000Z", "EXDATE;VALUE=DATE:99991231", "RECURRENCE-ID:20261201",
     "RECURRENCE-ID:x", "DURATION:-P1D", "DTSTART:20260101T000000Z"]
)  # fmt: skip


@settings(max_examples=40)
@given(st.sampled_from([TUESDAYS, DATES, DATES.replace("2026", "0001")]), RULES,
       st.lists(OTHERS, max_size=2))  # fmt: skip
def test_no_series_breaks_the_reader(begins: str, rule: str, more: list[str]) -> None:
    content = ics("\n".join([begins.strip(), rule, *more]), TUESDAYS + "RECURRENCE-ID:20261208")
    with suppress(RosterErrors):
        found = calendar("x.ics", content, "Europe/Lisbon", NOW)
        assert len({one.uid for one in found}) == len(found)
