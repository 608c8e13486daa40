"""The roster laid out in time, against a plain loop over dates with the standard library."""

import timeit
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TypeAlias
from zoneinfo import ZoneInfo

import rosters
from table import Goal, Row, against

from rotation.core.roster import Change, Doing, GroupId, PersonId, Roster, Shift, Turns
from rotation.core.timeline import Timeline, forget_zones

ROUNDS = 7
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
TEAM = GroupId("team")
TIMES = 300
_Span: TypeAlias = tuple[datetime, datetime, PersonId]

OF_A_YEAR = Goal("<=", 0.21)
"""Fifty times as quick as the best calendar library, which takes 10.8 of the loop's times."""
OF_AN_INSTANT = Goal("<=", 1.0)
"""A thousand times as quick as that library; the loop is more than that."""


def measured() -> Iterator[Row]:
    """Both give the same list first, or there is nothing to compare."""
    roster = rosters.follow_the_sun()
    timeline = Timeline(roster)
    assert _ours(timeline) == list(plain(roster, JANUARY, JANUARY + YEAR))  # noqa: S101 - a bench of two different things says nothing
    loop = took(lambda: list(plain(roster, JANUARY, JANUARY + YEAR)))

    def plain_cold() -> object:
        ZoneInfo.clear_cache()
        return list(plain(roster, JANUARY, JANUARY + YEAR))

    def cold() -> object:
        forget_zones()
        return Timeline(roster).spans(TEAM, JANUARY, JANUARY + YEAR)

    def handovers() -> object:
        return timeline.handovers(TEAM, JANUARY, JANUARY + YEAR)

    spans = f"{len(_ours(timeline))} spans"
    yield against(f"a year of one group, no zone read yet ({spans})", took(cold), took(plain_cold))
    yield against("a year, its days known", took(lambda: _ours(timeline)), loop, OF_A_YEAR)
    yield against("a year of handovers, with who comes and goes", took(handovers), loop)
    noon = JANUARY + YEAR / 2
    at_noon = took(lambda: on_duty(roster, noon), TIMES)
    ours = took(lambda: timeline.on_duty(TEAM, noon), TIMES)
    yield against("who is on duty at an instant", ours, at_noon, OF_AN_INSTANT)
    yield from _of_age(timeline)
    yield _of_changes(roster)


def _of_changes(roster: Roster) -> Row:
    """A thousand changes of duty in a year of as many occurrences, both laid out from nothing."""
    people = list(roster.people)
    made = tuple(
        Change(
            Doing.COVER if number % 2 else Doing.OFF,
            people[number % len(people)],
            people[(number + 1) % len(people)] if number % 2 else None,
            first=(day := JANUARY.date() + (number % YEAR.days) * DAY),
            last=day,
        )
        for number in range(1000)
    )
    changed = replace(roster, changes=made)

    def laid_out(one: Roster) -> float:
        return took(lambda: Timeline(one).handovers(TEAM, JANUARY, JANUARY + YEAR))

    laid_out(roster)
    what = "a year of handovers with 1,000 changes of duty"
    return against(what, laid_out(changed), laid_out(roster), Goal("<=", 1.5))


def _of_age(timeline: Timeline) -> Iterator[Row]:
    old = JANUARY + 10 * YEAR
    new_year = took(lambda: timeline.spans(TEAM, JANUARY, JANUARY + YEAR))
    old_year = took(lambda: timeline.spans(TEAM, old, old + YEAR))
    yield against("a year of a roster ten years old", old_year, new_year, Goal("<=", 1.1))


def _ours(timeline: Timeline) -> list[_Span]:
    found = timeline.spans(TEAM, JANUARY, JANUARY + YEAR)
    return [(span.starts, span.ends, span.person) for span in found]


def plain(roster: Roster, since: datetime, until: datetime) -> Iterator[_Span]:
    """What one writes first: every date of every shift, its wall times read in its zone."""
    found = [
        (starts, ends, person)
        for shift in roster.shifts.values()
        for starts, ends, person in _days(shift, since - 2 * DAY, until + 2 * DAY)
        if starts < until and ends > since
    ]
    return iter(sorted(found, key=lambda span: span[0]))


def on_duty(roster: Roster, at: datetime) -> frozenset[PersonId]:
    found = (span for shift in roster.shifts.values() for span in _days(shift, at - DAY, at + DAY))
    return frozenset(person for starts, ends, person in found if starts <= at < ends)


def _days(shift: Shift, since: datetime, until: datetime) -> Iterator[_Span]:
    zone, turns = ZoneInfo(shift.zone), shift.turns
    assert isinstance(turns, Turns)  # noqa: S101 - the roster of this bench
    start, end = divmod(shift.hours.starts, 60), divmod(shift.hours.ends, 60)
    for number in range((until - since).days + 1):
        day = since + number * DAY
        if day.weekday() not in shift.weekdays:
            continue
        starts = datetime(day.year, day.month, day.day, *start, tzinfo=zone).astimezone(UTC)
        ends = datetime(day.year, day.month, day.day, *end, tzinfo=zone).astimezone(UTC)
        turn = (day.date() - turns.anchor).days // 7 % len(turns.order)
        yield starts, ends, turns.order[turn]


def took(work: Callable[[], object], times: int = 1) -> float:
    """The median over the rounds of what doing `work` once takes, in seconds."""
    return median(timeit.repeat(work, number=times, repeat=ROUNDS)) / times
