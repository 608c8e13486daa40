"""A calendar or PagerDuty's overrides become covers, exactly, or the event is named that cannot."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.roster import Roster, ShiftId
from rotation.importing.pasted import pasted
from rotation.roster_file import RosterErrors, read_snapshot
from rotation.roster_file.edit import Opened, edit_of
from rotation.roster_file.tree import Data

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
ROSTER = """\
people:
  ana: {name: Ana Reis, phone: "+351912345601"}
  ben: {name: Ben Hale, phone: "+351912345602"}
  cho: {name: Cho Park, phone: "+351912345603"}
shifts:
  day: {zone: Europe/Lisbon, hours: 08:00 to 16:00, turns: {change: every week, from: 2026-11-02, order: [ana, ben]}}
  night: {zone: Europe/Lisbon, hours: 20:00 to 06:00, turns: {change: every week, from: 2026-11-02, order: [ben, ana]}}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, night]}
"""  # noqa: E501 - as people write it
FILES = (("a.yaml", ROSTER.encode()),)
VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Customized
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


@pytest.fixture(scope="module")
def roster() -> Roster:
    return read_snapshot(FILES)


def calendar(*events: str, zones: str = "") -> bytes:
    told = "".join(f"BEGIN:VEVENT\n{e.strip()}\nEND:VEVENT\n" for e in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{zones}{told}END:VCALENDAR\n".encode()


def event(begins: str, ends: str = "", who: str = "On call: Cho Park", **more: str) -> str:
    ends = f"DTEND{ends}\n" if ends else ""
    return f"DTSTART{begins}\n{ends}SUMMARY:{who}\n" + "".join(
        f"{k}:{v}\n" for k, v in more.items()
    )


def changes(roster: Roster, content: bytes, *shifts: str) -> list[Data]:
    found = pasted("x.ics", content, roster, NOW, tuple(map(ShiftId, shifts))).edit
    edit = edit_of(found) if found else None
    assert edit is None or not Opened(FILES).edited(edit, NOW).problems
    told = found.get("changes", [])
    assert isinstance(told, list)
    return told


DAY = {"by": "cho", "shift": "day"}


@pytest.mark.parametrize(
    ("one", "covers"),
    [
        # a whole shift, in a zone, in UTC, and in a zone that the calendar describes
        (event(";TZID=Europe/Lisbon:20261201T080000", ";TZID=Europe/Lisbon:20261201T160000"),
         [{"cover": "ana", **DAY, "from": "2026-12-01"}]),
        (event(":20261201T080000Z", ":20261201T160000Z"),
         [{"cover": "ana", **DAY, "from": "2026-12-01"}]),
        (event(";TZID=Customized:20261201T090000", ";TZID=Customized:20261201T170000"),
         [{"cover": "ana", **DAY, "from": "2026-12-01"}]),
        # a part of one, and none that has passed
        (event(":20261201T100000Z", ":20261201T120000Z"),
         [{"cover": "ana", **DAY, "from": "2026-12-01 10:00", "to": "2026-12-01 12:00",
           "zone": "UTC"}]),
        (event(":20261101T080000Z", ":20261101T160000Z"), []),
        (event(":20261201T080000Z", who="cho", DURATION="PT8H"),
         [{"cover": "ana", **DAY, "from": "2026-12-01"}]),
        # who has it already, and what is cancelled
        (event(":20261201T080000Z", ":20261201T160000Z", "Ana Reis"), []),
        (event(":20261201T080000Z", ":20261201T160000Z", STATUS="CANCELLED"), []),
    ],
)  # fmt: skip
def test_an_event_covers_whoever_has_the_shift_then(
    roster: Roster, one: str, covers: list[Data]
) -> None:
    assert changes(roster, calendar(one, zones=VTIMEZONE)) == covers


def test_S_11_dates_end_before_their_last_and_are_read_by_the_clocks_of_the_shift(
    roster: Roster,
) -> None:
    """Two weeks back to back: ana's and ben's, with no day between and none twice."""
    back_to_back = calendar(
        event(";VALUE=DATE:20261130", ";VALUE=DATE:20261207"),
        event(";VALUE=DATE:20261207", ";VALUE=DATE:20261208"),
    )
    assert changes(roster, back_to_back, "day") == [
        {"cover": "ana", **DAY, "from": "2026-11-30", "to": "2026-12-06"},
        {"cover": "ben", **DAY, "from": "2026-12-07"},
    ]
    both = calendar(event(";VALUE=DATE:20261130", ";VALUE=DATE:20261201"))
    assert changes(roster, both, "day", "night") == [
        {"cover": "ana", **DAY, "from": "2026-11-30"},
        {"cover": "ben", "by": "cho", "shift": "night", "from": "2026-11-30"},
    ]
    floating = calendar(event(":20261201T200000", ":20261202T060000"))
    assert changes(roster, floating, "night") == [
        {"cover": "ben", "by": "cho", "shift": "night", "from": "2026-12-01"}
    ]


def test_S_12_of_an_event_that_is_there_twice_the_newer_counts(roster: Roster) -> None:
    old = event(":20261201T080000Z", ":20261201T160000Z", "Ben Hale", UID="1", SEQUENCE="1")
    new = event(":20261201T080000Z", ":20261201T160000Z", UID="1", SEQUENCE="2")
    assert changes(roster, calendar(new, old)) == [{"cover": "ana", **DAY, "from": "2026-12-01"}]
    assert changes(roster, calendar(old, new)) == [{"cover": "ana", **DAY, "from": "2026-12-01"}]
    assert changes(roster, calendar(new, new)) == [{"cover": "ana", **DAY, "from": "2026-12-01"}]


def at(begins: str, ends: str, who: str = "Cho Park", **more: str) -> bytes:
    """A calendar of one event, on the 1st of December where it names no date."""
    times = [f":20261201T{one}" if len(one) < 8 else one for one in (begins, ends)]
    return calendar(event(*times, who, **more))


def day(**more: str) -> bytes:
    return at("080000Z", "160000Z", **more)


def in_lisbon(date: str) -> bytes:
    zone = f";TZID=Europe/Lisbon:{date}"
    return at(f"{zone}T013000", f"{zone}T030000")


MARS = ";TZID=Mars:20261201T080000"
ON_A_DATE = ";VALUE=DATE:20261202"
TWICE = (event(":20261201T080000Z", ":20261201T160000Z", who, UID="1") for who in ("cho", "ben"))
REFUSED = [
    (day(RRULE="FREQ=HOURLY"), "Cho Park 2026-12-01 08:00: of its series, it is repeated hourly"),
    (calendar(*TWICE), "two events have the same UID and say different things"),
    (in_lisbon("20270328"), "2027-03-28 01:30 never comes"),
    (in_lisbon("20271031"), "2027-10-31 01:30 comes twice"),
    (at(MARS, MARS), "there is no zone `Mars`"),
    (at("080000Z", "070000Z"), "it ends before it begins"),
    (at("080000Z", ON_A_DATE), "it begins at a time and ends on a date"),
    (at(ON_A_DATE, "080000Z"), "it begins on a date and ends at a time"),
    (at("0800", "160000Z"), "DTSTART: "),
    (at("080030Z", "160000Z"), "its times have seconds"),
    (at("080000Z", "160000Z", "standby"), "`standby` names nobody of the roster"),
    (at("080000Z", "160000Z", "Ana Reis or ben"), "may be ana or ben"),
    (at("080000Z", "230000Z"), "several shifts are on then: day, night. Say which shift"),
    (at("170000Z", "180000Z"), "no shift is served then"),
    (at("080000Z", ":20281201T060000Z"), "it is longer than 400 days"),
    (calendar(event(":20261201T080000Z")), "it does not say when it ends"),
    (calendar("SUMMARY:cho"), "it does not say, once, when it begins and ends"),
    (calendar("DTSTART:20261201T080000Z"), "so nobody is named"),
    (calendar(), "the calendar has 0 events"),
    (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201T0800", "this is no calendar"),
    (b"<!doctype html><title>Sign in</title>", "this is a web page"),
]


@pytest.mark.parametrize(("content", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_S_12_what_cannot_be_read_exactly_is_refused_by_its_name(
    roster: Roster, content: bytes, said: str
) -> None:
    with pytest.raises(RosterErrors) as caught:
        changes(roster, content)
    assert said in str(caught.value)


def test_overrides_of_pagerduty_become_covers(roster: Roster) -> None:
    one = {"start": "2026-12-01T08:00:00Z", "end": "2026-12-01T16:00:00+00:00",
           "user": {"summary": "Cho Park"}}  # fmt: skip
    covers = [{"cover": "ana", **DAY, "from": "2026-12-01"}]
    assert changes(roster, json.dumps({"overrides": [one]}).encode()) == covers
    entries = {"overrides_subschedule": {"rendered_schedule_entries": [one]}}
    assert changes(roster, json.dumps({"schedule": entries}).encode()) == covers
    for told, said in (
        ({"overrides": []}, "overrides: there is none"),
        ({"overrides": [{**one, "user": {}}]}, "overrides[0].user.summary: a text is needed"),
        ({"overrides": [{**one, "end": "2026-12-01T16:00:00"}]}, "no instant with an offset"),
        ({"overrides": [{**one, "user": {"summary": "Zoe"}}]}, "overrides[0]: `Zoe` names nobody"),
    ):
        with pytest.raises(RosterErrors) as caught:
            changes(roster, json.dumps(told).encode())
        assert said in str(caught.value)


def test_of_several_on_duty_together_it_is_not_guessed_who_is_covered() -> None:
    turns = "turns: {change: every week, from: 2026-11-02, order: [ana, ben]}"
    text = ROSTER.replace(turns, "everyone: [ana, ben]")
    both = read_snapshot((("a.yaml", text.encode()),))
    with pytest.raises(RosterErrors, match="2 are on duty together in day/2026-12-01"):
        changes(both, calendar(event(":20261201T080000Z", ":20261201T160000Z")))


LINES = st.sampled_from(
    ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "DTSTART:20261201T080000Z", "DTSTART:",
     "UID:1",
     "DTEND;VALUE=DATE:20261202", "DURATION:P1W", "DURATION:-PT1H", "SUMMARY:cho", "TZID:x",
     "SEQUENCE:x", "DTSTART;TZID=/:20261201T080000", "RRULE:FREQ=", "X", ":", "END:VCALENDAR"]
)  # fmt: skip


@settings(max_examples=80)
@given(st.lists(LINES | st.text(max_size=20), max_size=14))
def test_no_calendar_breaks_the_reader(lines: list[str]) -> None:
    content = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode()
    with suppress(RosterErrors):
        changes(read_snapshot(FILES), content)
