"""Shifts over every change of clocks there is, against an oracle that lets the minutes pass.

What runs each time is a part of it, drawn evenly; `make soak` has all zones and 10,000 rosters.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest

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
from rotation.core.timeline import Timeline
from rotation.zone_data import use_newest, why_not

pytestmark = pytest.mark.slow

ALL = os.environ.get("ROTATION_EVERY_ZONE") == "1"
EACH = 1 if ALL else 16
"""Of so many zones one is looked at."""
ROSTERS, AT_ONCE = (10_000, 500) if ALL else (100, 50)
FIRST, LAST = date(2024, 1, 1), date(2037, 12, 31)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BEFORE, AFTER = 2, 6
"""Days around a date whose minutes are let pass."""
LASTS = 30
"""Minutes; clocks change for longer than that."""
A_DAY = 24 * 60
SHAPES = {
    "office": Hours(480, 960),
    "night": Hours(1320, 360, 1),
    "whole": Hours(0, A_DAY),
    "first hour": Hours(0, 60),
    "in a gap": Hours(120, 150),
    "over a gap": Hours(90, 210),
    "midnight": Hours(1410, 30, 1),
    "weekend": Hours(1080, 480, 3),
}
ANA, BEN, CHEN = map(PersonId, ("ana", "ben", "chen"))
TEAM = GroupId("team")


class Walls:
    """What clocks in a zone show in each minute around a date, one after the other."""

    def __init__(self, zone: str, day: date) -> None:
        self.base = datetime(day.year, day.month, day.day, tzinfo=UTC) - BEFORE * DAY
        self._clock, self._first = ZoneInfo(zone), self.base.date()
        minutes = range(0, (BEFORE + AFTER + 1) * A_DAY, LASTS)
        self._most = max(self._ahead(number) for number in minutes)

    def _ahead(self, number: int) -> int:
        """By how many minutes clocks are before UTC, so many minutes after the first."""
        offset = (self.base + number * MINUTE).astimezone(self._clock).utcoffset()
        assert offset is not None
        return offset // MINUTE

    def at(self, day: date, minute: int) -> datetime:
        """The first minute in which clocks show the time, or have passed it.

        Before the first that is looked at they show less, however far ahead they are.
        """
        target = (day - self._first).days * A_DAY + minute
        number = max(0, target - self._most)
        while number + self._ahead(number) < target:
            number += 1
        return self.base + number * MINUTE


class Occurrence(NamedTuple):
    shift: str
    day: date
    starts: datetime
    ends: datetime


def expected(shift: Shift, day: date, walls: Walls) -> Occurrence:
    hours, later = shift.hours, timedelta(days=shift.hours.days_later)
    return Occurrence(shift.id, day, walls.at(day, hours.starts), walls.at(day + later, hours.ends))


def found(line: Timeline, day: date, around: range) -> set[tuple[Occurrence, PersonId]]:
    """The occurrences that start on these dates around a day, and whose they are."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    spans = line.spans(TEAM, noon - (BEFORE + 1) * DAY, noon + AFTER * DAY)
    wanted = {(day + timedelta(days=n)).isoformat() for n in around}
    return {
        (Occurrence(s.shift, date.fromisoformat(s.key.split("/")[1]), s.starts, s.ends), s.person)
        for s in spans
        if s.key.split("/")[1] in wanted
    }


def timeline(*shifts: Shift) -> Timeline:
    people = {p: Person(p, p.title(), Phone("+351910000000")) for p in (ANA, BEN, CHEN)}
    group = Group(TEAM, AccountId("main"), ChatId("1@g.us"), tuple(s.id for s in shifts))
    return Timeline(Roster(people, {s.id: s for s in shifts}, {TEAM: group}))


@cache
def changes(zone: str) -> tuple[date, ...]:
    """The dates on which clocks in a zone change."""
    return tuple(_changes(zone))


def _changes(zone: str) -> Iterator[date]:
    clock, noon = ZoneInfo(zone), datetime(FIRST.year, 1, 1, 12, tzinfo=UTC)
    before = noon.astimezone(clock).utcoffset()
    while noon.date() < LAST:
        noon += DAY
        after = noon.astimezone(clock).utcoffset()
        if after != before:
            yield noon.astimezone(clock).date()
        before = after


@cache
def zones() -> list[str]:
    use_newest()
    return sorted(zone for zone in available_timezones() if not why_not(zone))


@pytest.mark.promise("D1", "D4", "D14", "F1")
@pytest.mark.parametrize("part", range(8))
def test_every_shape_of_shift_is_where_the_minutes_say_on_each_side_of_every_change(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    looked = 0
    for zone in zones()[part * EACH :: 8 * EACH]:
        every = frozenset(range(7))
        shifts = [Shift(ShiftId(n), zone, h, every, Everyone((ANA,))) for n, h in SHAPES.items()]
        line, around = timeline(*shifts), range(-1, 2)
        for day in changes(zone):
            walls = Walls(zone, day)
            days = [day + timedelta(days=n) for n in around]
            all_ = [expected(shift, d, walls) for shift in shifts for d in days]
            assert found(line, day, around) == {
                (one, ANA) for one in all_ if one.starts < one.ends
            }, (zone, day)
            looked += len(all_)
    assert looked
    record_property("occurrences beside a change of clocks", looked)


@pytest.mark.promise("F1", "R-1", "R-5")
@pytest.mark.parametrize("seed", range(0, ROSTERS, AT_ONCE))
def test_rosters_of_any_kind_are_on_duty_when_and_as_the_days_go_by(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    """Turns are counted by walking from the anchor, a date at a time."""
    for number in range(seed, seed + AT_ONCE):
        dice = Random(f"roster/{number}")
        zone, day = dice.choice(zones()), FIRST + timedelta(days=dice.randrange(5000))
        if (near := changes(zone)) and dice.random() < 0.8:
            day = dice.choice(near)
        shifts = [drawn(dice, f"s{n}", zone, day) for n in range(dice.randint(1, 3))]
        line, around, walls = timeline(*shifts), range(-1, 3), Walls(zone, day)
        assert found(line, day, around) == {
            (one, person)
            for shift in shifts
            for d in (day + timedelta(days=n) for n in around)
            if d.weekday() in shift.weekdays
            for one in [expected(shift, d, walls)]
            if one.starts < one.ends
            for person in walked(shift, d)
        }, (number, zone, day)
    record_property("rosters drawn", AT_ONCE)


def drawn(dice: Random, name: str, zone: str, day: date) -> Shift:
    starts, later = dice.randrange(A_DAY), dice.randint(0, 3)
    hours = Hours(starts, dice.randint(0 if later else starts + 1, A_DAY), later)
    order = tuple(dice.sample([ANA, BEN, CHEN], dice.randint(1, 3)))
    anchor = day - timedelta(days=dice.randrange(-1, 400))
    turns = Turns(order, dice.choice([*Every]), dice.randint(1, 3), anchor,
                  dice.randint(1, len(order)))  # fmt: skip
    weekdays = frozenset(dice.sample(range(7), dice.randint(1, 7)))
    return Shift(ShiftId(name), zone, hours, weekdays, turns)


def walked(shift: Shift, day: date) -> set[PersonId]:
    """Whose turn it is, by going from the anchor on, a day after the other."""
    turns = shift.turns
    assert isinstance(turns, Turns)
    if day < turns.anchor:
        return set()
    units, at = 0, turns.anchor
    while at < day:
        units += turns.unit is Every.DAY and at.weekday() in shift.weekdays
        at += DAY
        units += turns.unit is Every.WEEK and (at - turns.anchor).days % 7 == 0
        last = (at + DAY).day == 1
        same = at.day == turns.anchor.day or (last and at.day < turns.anchor.day)
        units += turns.unit is Every.MONTH and same
    first = units // turns.count * turns.on_duty
    return {turns.order[(first + n) % len(turns.order)] for n in range(turns.on_duty)}
