"""Calendars say the instants of the timeline, to whoever reads them and by whatever clocks."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TypeAlias

import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream

from rotation import zone_data
from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    Doing,
    Everyone,
    Group,
    GroupId,
    Hours,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
)
from rotation.core.timeline import Timeline
from rotation.surfaces.calendars.cells import COLUMNS, rows
from rotation.surfaces.calendars.entries import Calendar, calendar
from rotation.surfaces.calendars.ics import as_ical
from rotation.surfaces.calendars.whose import Of, Whose, whose
from rotation.surfaces.data import write_csv

Found: TypeAlias = set[tuple[str, datetime, datetime]]
"""Entries by name, with their instants in UTC."""
STAMP = datetime(2027, 1, 1, tzinfo=UTC)
EVERY_DAY, FRIDAY = frozenset(range(7)), frozenset({4})
ANA, BEN = PersonId("ana"), PersonId("ben")
DESK = GroupId("desk")


@pytest.fixture(scope="module", autouse=True)
def newest_zone_data() -> zone_data.ZoneData:
    return zone_data.use_newest()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shift(name: str, zone: str, when: str, days: int = 0, on: frozenset[int] = EVERY_DAY) -> Shift:
    starts, ends = (int(t[:2]) * 60 + int(t[3:]) for t in when.split("-"))
    hours = Hours(starts, ends, days or int(ends <= starts))
    return Shift(ShiftId(name), zone, hours, on, Everyone((ANA,)))


def roster(*shifts: Shift, names: dict[str, str] | None = None, **more: object) -> Roster:
    people = {
        p: Person(p, (names or {}).get(p, p.title()), Phone("+351912345678")) for p in (ANA, BEN)
    }
    groups = [
        Group(GroupId(g), AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in shifts))
        for g in (DESK, "vip")
    ]
    return Roster(people, {s.id: s for s in shifts}, {g.id: g for g in groups}, **more)  # type: ignore[arg-type]  # what a roster has


def by_icalendar(text: bytes) -> Found:
    return {
        (str(e["uid"]), e.decoded("dtstart").astimezone(UTC), e.decoded("dtend").astimezone(UTC))
        for e in icalendar.Calendar.from_ical(text).walk("VEVENT")
    }


def by_its_own_clocks(text: bytes) -> Found:
    """Read by somebody who knows no zone by name, and so has to believe the calendar's clocks."""
    return by_icalendar(re.sub(rb"(TZID[:=])", rb"\1Unheard-of ", text.replace(b"\r\n ", b"")))


def by_ical(text: bytes) -> Found:
    found = IcsCalendarStream.calendar_from_ics(text.decode())
    return {
        (str(e.uid), e.dtstart.astimezone(UTC), e.dtend.astimezone(UTC))  # type: ignore[union-attr]  # instants, no dates
        for e in found.events
    }


HARD = [
    ("D1", shift("s", "America/New_York", "02:30-09:00"), "2027-03-14"),
    ("D2", shift("s", "America/New_York", "01:30-09:00"), "2027-11-07"),
    ("D4", shift("s", "Europe/London", "22:00-06:00"), "2027-03-28"),
    ("D4", shift("s", "Europe/London", "22:00-01:30"), "2027-10-31"),
    ("D5", shift("s", "Africa/Cairo", "00:00-08:00"), "2027-04-30"),
    ("D5", shift("s", "America/Santiago", "00:00-08:00"), "2027-09-05"),
    ("D9", shift("s", "America/Nuuk", "23:30-08:00"), "2027-03-27"),
    ("D10", shift("s", "Australia/Lord_Howe", "02:15-09:00"), "2027-10-03"),
    ("D12", shift("s", "Antarctica/Troll", "22:00-06:00"), "2027-03-28"),
    ("D13", shift("s", "Pacific/Chatham", "02:50-03:15", 7), "2027-04-04"),
    ("D15", shift("s", "America/New_York", "01:00-02:00"), "2027-11-07"),
    ("D18", shift("s", "Europe/London", "18:00-08:00", 3, FRIDAY), "2027-10-31"),
    ("Z1", shift("s", "Asia/Kathmandu", "09:30-17:45"), "2027-03-28"),
    ("Z4", shift("s", "Africa/Casablanca", "01:30-09:00"), "2026-09-20"),
    ("Z7", shift("s", "America/Vancouver", "08:00-16:00"), "2026-11-01"),
    ("UTC", shift("s", "UTC", "08:00-16:00"), "2027-03-28"),
]


@pytest.mark.promise("P-calendar")
@pytest.mark.parametrize(
    ("row", "hard", "day"), HARD, ids=lambda one: one if isinstance(one, str) else one.zone
)
@pytest.mark.parametrize("read", [by_icalendar, by_its_own_clocks, by_ical])
def test_whoever_reads_a_calendar_finds_the_instants_of_the_timeline(
    row: str, hard: Shift, day: str, read: Callable[[bytes], Found]
) -> None:
    timeline, since, until = Timeline(roster(hard)), at(day) - timedelta(20), at(day) + timedelta(9)
    found = calendar(timeline, Whose(Of.GROUPS, DESK), since, until)
    spans = timeline.spans(DESK, since, until)
    assert len(spans) > 3
    assert read(as_ical(found, STAMP)) == {
        (f"{s.key}/ana/desk@rotation", s.starts, s.ends) for s in spans
    }


HANDED = Change(
    Doing.COVER, ANA, BEN, starts=at("2027-10-31T01:30"), ends=at("2027-10-31T03:00"), author="mara"
)
"""Begins in the hour that comes twice, when it has come for the second time."""


def test_the_second_of_two_equal_wall_times_is_told_in_utc() -> None:
    night = shift("night", "Europe/London", "22:00-06:00")
    timeline = Timeline(roster(night, changes=(HANDED,)))
    since, until = at("2027-10-30T12:00"), at("2027-10-31T12:00")
    text = as_ical(calendar(timeline, None, since, until), STAMP)
    assert by_icalendar(text) == by_its_own_clocks(text) == by_ical(text) == {
        ("night/2027-10-30/0/ana@rotation", at("2027-10-30T21:00"), at("2027-10-31T01:30")),
        ("night/2027-10-30/0/ben@rotation", at("2027-10-31T01:30"), at("2027-10-31T03:00")),
        ("night/2027-10-30/0/ana/2@rotation", at("2027-10-31T03:00"), at("2027-10-31T06:00")),
    }  # fmt: skip


def test_the_parts_of_an_occurrence_keep_their_names_wherever_a_calendar_begins() -> None:
    night = shift("night", "Europe/London", "22:00-06:00")
    timeline = Timeline(roster(night, changes=(HANDED,)))
    found = calendar(timeline, whose("people/ana"), at("2027-10-31T04:00"), at("2027-10-31T09:00"))
    assert [one.uid for one in found.entries] == ["night/2027-10-30/0/ana/2@rotation"]


def test_a_person_has_one_entry_for_all_groups_that_a_span_is_duty_in() -> None:
    timeline = Timeline(roster(shift("day", "Europe/London", "08:00-16:00")))
    since, until = at("2027-01-04T00:00"), at("2027-01-05T00:00")
    (one,) = icalendar.Calendar.from_ical(
        as_ical(calendar(timeline, whose("people/ana"), since, until), STAMP)
    ).walk("VEVENT")
    assert one["summary"] == "day: desk, vip"
    assert one["description"] == (
        "Ana: day, Mon 2027-01-04 08:00 to 16:00 London\nGroups: desk, vip"
    )
    assert (one["transp"], one["location"]) == ("OPAQUE", "desk, vip")
    (of_all,) = icalendar.Calendar.from_ical(
        as_ical(calendar(timeline, whose("shifts/day"), since, until), STAMP)
    ).walk("VEVENT")
    assert (of_all["summary"], of_all["transp"]) == ("Ana (day)", "TRANSPARENT")
    assert of_all["uid"] == one["uid"]


def test_whoever_stands_by_has_it_in_their_calendar_and_the_shift_has_not() -> None:
    day = roster(shift("day", "Europe/London", "08:00-16:00"))
    groups = {g.id: replace(g, policy=Policy(fallback=(BEN,))) for g in day.groups.values()}
    timeline = Timeline(replace(day, groups=groups))
    since, until = at("2027-01-04T12:00"), at("2027-01-05T12:00")
    (one,) = calendar(timeline, whose("people/ben"), since, until).entries
    assert (one.span.starts, one.span.ends) == (at("2027-01-04T16:00"), at("2027-01-05T08:00"))
    assert (one.uid, one.groups) == ("(fallback)/2027-01-04/160000/ben@rotation", ("desk", "vip"))
    assert len(calendar(timeline, None, since, until).entries) == 3
    assert len(calendar(timeline, whose("groups/desk"), since, until).entries) == 3
    assert len(calendar(timeline, whose("shifts/day"), since, until).entries) == 2


def test_the_same_roster_makes_the_same_bytes_and_a_later_one_replaces_them() -> None:
    def made(stamp: datetime) -> bytes:
        timeline = Timeline(roster(shift("day", "Europe/London", "08:00-16:00")))
        return as_ical(calendar(timeline, None, STAMP, STAMP + timedelta(9)), stamp)

    assert made(STAMP) == made(STAMP)
    (first, *_), (then, *_) = (
        icalendar.Calendar.from_ical(made(stamp)).walk("VEVENT")
        for stamp in (STAMP, STAMP + timedelta(minutes=1))
    )
    assert (first["uid"], first["sequence"] + 1) == (then["uid"], then["sequence"])
    assert first.decoded("dtstamp") == first.decoded("last-modified") == STAMP


@pytest.mark.parametrize("read", [by_icalendar, by_ical])
@pytest.mark.parametrize(
    "name",
    [
        'Ana;Lim, the \\first:"one"',
        "END:VEVENT\r\nEND:VCALENDAR\nX",
        "\N{SNOWMAN}\N{FAMILY}" * 60,
        "\x00\x0b\u2028\u202e=1+1",
        "\ud800",
    ],
)
def test_no_name_changes_more_of_a_calendar_than_what_is_said(
    name: str, read: Callable[[bytes], Found]
) -> None:
    def made(name: str) -> bytes:
        timeline = Timeline(roster(shift("day", "UTC", "08:00-16:00"), names={"ana": name}))
        found = calendar(timeline, Whose(Of.SHIFTS, "day"), STAMP, STAMP + timedelta(3))
        return as_ical(found, STAMP)

    text = made(name)
    assert read(text) == read(made("Ana"))
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    if name.isprintable():
        (first, *_) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert first["summary"] == f"{name} (day)"


def test_no_number_stands_in_a_calendar() -> None:
    who = PersonId("351912345678")
    plain = roster(shift("day", "UTC", "08:00-16:00"), names={"ana": "Ana +351 91 234 5678"})
    numbered = Shift(ShiftId("n"), "UTC", Hours(0, 60), EVERY_DAY, Everyone((who,)))
    people = {**plain.people, who: Person(who, "Ana", Phone("+351912345678"))}
    group = Group(DESK, AccountId("main"), ChatId("1@g.us"), (ShiftId("day"), numbered.id))
    timeline = Timeline(Roster(people, {**plain.shifts, numbered.id: numbered}, {DESK: group}))
    found = calendar(timeline, None, STAMP, STAMP + timedelta(2))
    text = as_ical(found, STAMP).replace(b"\r\n ", b"").decode()
    assert "5678" not in text + written(found)
    assert "***678" in text


def written(found: Calendar) -> str:
    cells = StringIO()
    write_csv(cells, COLUMNS, rows(found))
    return cells.getvalue()


def test_a_spreadsheet_gets_each_span_once_as_instants_and_as_its_clocks_show_it() -> None:
    names = {"ana": "=HYPERLINK(1)"}
    night = shift("night", "Europe/London", "22:00-06:00")
    found = calendar(Timeline(roster(night, names=names)), None, at("2027-10-31"), at("2027-11-01"))
    assert next(csv.DictReader(StringIO(written(found)))) == {
        "starts": "2027-10-30T21:00:00Z", "ends": "2027-10-31T06:00:00Z",
        "starts_local": "2027-10-30T22:00+01:00", "ends_local": "2027-10-31T06:00+00:00",
        "zone": "Europe/London", "hours": "9.0", "shift": "night",
        "occurrence": "night/2027-10-30/0", "person": "ana", "name": "'=HYPERLINK(1)",
        "groups": "desk vip",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "ana", "people", "people/", "ships/ana", "/ana", "PEOPLE/ana"]
)
def test_what_names_nothing_is_no_calendar(text: str) -> None:
    assert whose(text) is None


def test_an_address_says_whose_calendar_it_is() -> None:
    assert Whose(Of.GROUPS, "acme vip/2").address == "/calendar/groups/acme%20vip%2F2.ics"
    assert str(whose("people/ana.ics")) == "people/ana.ics"
