"""The roster laid out in time, against recurring-ical-events and a plain loop over dates.

CPU time throughout. The calendar library is installed apart (`make bench` does it) and runs as a
process of its own, in turn with us: a ratio is of one round. Before that both must have given the
same lists, or there is nothing to compare.
"""

import gc
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import TypeAlias
from zoneinfo import ZoneInfo

import rosters
from table import Goal, Row, against, seconds

from rotation.core.roster import Change, Doing, GroupId, PersonId, Roster, Shift, ShiftId, Turns
from rotation.core.timeline import Timeline, forget_zones
from rotation.wiring.heap import keep_what_is_here

PEER = Path(__file__).with_name("peers") / "of_calendars.py"
PYTHON = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"
ROUNDS, REPEATED = 5, 9
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)
WHOLE = JANUARY, JANUARY + YEAR
ANCHOR = date(2026, 12, 28)
"""A Monday: the rosters are new, which is when the library is quickest."""
TEAM = GroupId("team")
MANY, SAMPLE, AS_SPANS = 10_000, 3, 1000
INSTANTS = [JANUARY + n * 31 * DAY + n * 5 * HOUR + timedelta(minutes=16) for n in range(12)]
CHANGES = 1000
_Span: TypeAlias = tuple[int, int, str]


def measured() -> Iterator[Row]:
    many = rosters.many_suns(MANY, ANCHOR)
    if PYTHON.exists():
        yield from _beside_calendars(many)
    else:
        yield Row("a year of a roster", "", "recurring-ical-events: not installed here")
    yield from _beside_a_loop()
    yield from _of_age()
    yield from _of_changes()


# -- beside the calendar library ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Theirs:
    years: Sequence[float]
    spans: Sequence[Sequence[_Span]]
    instants: Sequence[float]
    inside: Sequence[Sequence[str]]


def _beside_calendars(many: Roster) -> Iterator[Row]:
    groups = list(many.groups)
    with TemporaryDirectory() as folder:
        asked = Path(folder, "asked.json")
        asked.write_text(_asked(many, groups[:SAMPLE]), encoding="utf-8")
        _compare(many, groups, _theirs(asked))
        with heap_as_in_the_daemon():
            found = [(_theirs(asked), _ours(many, groups)) for _ in range(ROUNDS)]
    years = [median(theirs.years) for theirs, _ in found]
    instants = [mean(theirs.instants) for theirs, _ in found]

    def row(what: str, ours: str, theirs: Sequence[float], times: int = 1, goal: int = 0) -> Row:
        mine = [each[ours] for _, each in found]
        ratio = median(base * times / each for base, each in zip(theirs, mine, strict=True))
        sign = "~" if times > 1 else ""
        base = f"recurring-ical-events {sign}{seconds(median(theirs) * times)}"
        return Row(what, seconds(median(mine)), base, ratio, Goal(">=", goal) if goal else None)

    yield row("a year of a roster, every span of it", "spans", years, 1, 50)
    yield row(f"a year of {MANY:,}: every occurrence and whose", "many", years, MANY, 300)
    yield row(f"the same as spans (of {AS_SPANS:,}, times ten)", "many as spans", years, MANY)
    yield row("a year of handovers, who comes and goes", "handovers", years)
    yield row("who is on duty at an instant, from the roster", "by turns", instants, 1, 1000)
    yield row("the same from the kept timeline", "kept", instants, 1, 10_000)


def _asked(many: Roster, groups: Sequence[GroupId]) -> str:
    return json.dumps({
        "since": JANUARY.timestamp(),
        "until": (JANUARY + YEAR).timestamp(),
        "instants": [at.timestamp() for at in INSTANTS],
        "rosters": [[_described(many.shifts[s]) for s in many.groups[g].shifts] for g in groups],
    })  # fmt: skip


def _described(shift: Shift) -> dict[str, object]:
    turns = shift.turns
    assert isinstance(turns, Turns)  # noqa: S101 - the rosters of this bench
    hours = {"starts": shift.hours.starts, "ends": shift.hours.ends}
    return {"zone": shift.zone, **hours, "anchor": str(turns.anchor), "order": turns.order}


def _theirs(asked: Path) -> _Theirs:
    told = subprocess.check_output([str(PYTHON), str(PEER), str(asked)], env=os.environ)  # noqa: S603 - a script of ours
    return _Theirs(**json.loads(told))


@contextmanager
def heap_as_in_the_daemon() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.collect()
    keep_what_is_here()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)


def _ours(many: Roster, groups: Sequence[GroupId]) -> Mapping[str, float]:
    """Seconds of CPU. Zones are forgotten before all groups are laid out, and then known."""
    one = groups[0]
    alone = _alone(many, one)
    forget_zones()
    timeline = Timeline(many)
    found = {
        "many": cpu(lambda: [[*timeline.occurrences(g, *WHOLE)] and None for g in groups]),
        "many as spans": 10 * cpu(
            lambda: [timeline.spans(g, *WHOLE) and None for g in groups[:AS_SPANS]]
        ),
        "spans": usual(lambda: Timeline(alone).spans(one, *WHOLE)),
        "handovers": usual(lambda: Timeline(alone).handovers(one, *WHOLE)),
    }  # fmt: skip
    for name, asked in (("by turns", Timeline(alone)), ("kept", _keeping(alone, one))):
        times = 100 if name == "by turns" else 1000
        took = usual(lambda: [asked.on_duty(one, at) for _ in range(times) for at in INSTANTS])  # noqa: B023 - done at once
        found[name] = took / times / len(INSTANTS)
    return found


def _alone(many: Roster, group: GroupId) -> Roster:
    shifts = {name: many.shifts[name] for name in many.groups[group].shifts}
    people = {p: many.people[p] for shift in shifts.values() for p in shift.people}
    return replace(many, people=people, shifts=shifts, groups={group: many.groups[group]})


def _keeping(roster: Roster, group: GroupId) -> Timeline:
    timeline = Timeline(roster)
    for at in INSTANTS:
        timeline.spans(group, at, at + DAY)
        timeline.on_duty(group, at)
    return timeline


def _compare(many: Roster, groups: Sequence[GroupId], theirs: _Theirs) -> None:
    """Raises AssertionError where somebody's list is another one."""
    fresh, kept = Timeline(many), _keeping(many, groups[0])
    for group, spans in zip(groups, theirs.spans, strict=False):
        expected = [(starts, ends, str(person)) for starts, ends, person in spans]
        found = fresh.spans(group, *WHOLE)
        assert sorted((*_epochs(s.starts, s.ends), s.person) for s in found) == expected  # noqa: S101 - or nothing is compared
        laid = [
            (*_epochs(when.starts, when.ends), person)
            for _, whens, whose in fresh.occurrences(group, *WHOLE)
            for when, people in zip(whens, whose, strict=True)
            for person in people
        ]
        assert sorted(laid) == expected  # noqa: S101 - the same
    for at, inside in zip(INSTANTS, theirs.inside, strict=True):
        assert sorted(fresh.on_duty(groups[0], at)) == list(inside)  # noqa: S101 - the same
        assert sorted(kept.on_duty(groups[0], at)) == list(inside)  # noqa: S101 - the same


def _epochs(starts: datetime, ends: datetime) -> tuple[int, int]:
    return int(starts.timestamp()), int(ends.timestamp())


# -- beside a plain loop, and beside ourselves ----------------------------------------------------


def _beside_a_loop() -> Iterator[Row]:
    roster = rosters.follow_the_sun()
    found = [(s.starts, s.ends, s.person) for s in Timeline(roster).spans(TEAM, *WHOLE)]
    assert sorted(found) == sorted(plain(roster, *WHOLE))  # noqa: S101 - or nothing is compared

    def cold() -> object:
        forget_zones()
        return Timeline(roster).spans(TEAM, *WHOLE)

    def plain_cold() -> object:
        ZoneInfo.clear_cache()
        return list(plain(roster, *WHOLE))

    ours, loop = in_turn(cold, plain_cold)
    yield against("a year of a roster, no zone read yet", ours, loop, base_is="a plain loop")


def _of_age() -> Iterator[Row]:
    roster = rosters.follow_the_sun()
    old = JANUARY + 10 * YEAR
    aged, new = in_turn(
        lambda: Timeline(roster).spans(TEAM, old, old + YEAR),
        lambda: Timeline(roster).spans(TEAM, *WHOLE),
    )
    yield against("a year of a roster ten years old", aged, new, Goal("<=", 1.1), base_is="new")


def _of_changes() -> Iterator[Row]:
    """A thousand changes of duty in a year of 783 occurrences, both laid out from nothing.

    An event is an occurrence or a change; but a span, where changes have made more of them.
    """
    roster = rosters.follow_the_sun()
    for what, changes in (("in part", _in_part(roster)), ("of whole dates", _of_dates(roster))):
        changed = replace(roster, changes=changes)
        took, base = side_by_side(
            lambda: Timeline(changed).handovers(TEAM, *WHOLE),  # noqa: B023 - done at once
            lambda: Timeline(roster).handovers(TEAM, *WHOLE),
        )
        spans, usual_spans = (len(Timeline(one).spans(TEAM, *WHOLE)) for one in (changed, roster))
        events = max(spans, usual_spans + CHANGES)
        name = f"{CHANGES:,} changes of duty {what}, each of {events:,} events"
        base_is = f"without, of {usual_spans}"
        yield against(name, took / events, base / usual_spans, Goal("<=", 1.5), base_is=base_is)
        yield against("the year in all", took, base, base_is="without")


def _in_part(roster: Roster) -> tuple[Change, ...]:
    """Each puts somebody else on duty for an hour of an occurrence."""
    spans = Timeline(roster).spans(TEAM, *WHOLE)
    return tuple(
        Change(
            Doing.COVER, span.person, _next(roster, span.shift, span.person),
            starts=span.starts + hour, ends=span.starts + hour + HOUR,
        )
        for number in range(CHANGES)
        for span, hour in ((spans[number % len(spans)], (1 + 3 * (number // len(spans))) * HOUR),)
    )  # fmt: skip


def _of_dates(roster: Roster) -> tuple[Change, ...]:
    """Time off and cover on single dates, most of them not of whoever is on duty then."""
    people = list(roster.people)
    return tuple(
        Change(
            Doing.COVER if number % 2 else Doing.OFF,
            people[number % len(people)],
            people[(number + 1) % len(people)] if number % 2 else None,
            first=(day := JANUARY.date() + (number % YEAR.days) * DAY),
            last=day,
        )
        for number in range(CHANGES)
    )


def _next(roster: Roster, shift: ShiftId, person: PersonId) -> PersonId:
    order = roster.shifts[shift].people
    return order[(order.index(person) + 1) % len(order)]


def plain(roster: Roster, since: datetime, until: datetime) -> Iterator[tuple[object, ...]]:
    """What one writes first: every date of every shift, its wall times read in its zone."""
    for shift in roster.shifts.values():
        zone, turns = ZoneInfo(shift.zone), shift.turns
        assert isinstance(turns, Turns)  # noqa: S101 - the roster of this bench
        start, end = divmod(shift.hours.starts, 60), divmod(shift.hours.ends, 60)
        for number in range(-2, (until - since).days + 3):
            day = since + number * DAY
            if day.weekday() not in shift.weekdays:
                continue
            starts = datetime(day.year, day.month, day.day, *start, tzinfo=zone).astimezone(UTC)
            ends = datetime(day.year, day.month, day.day, *end, tzinfo=zone).astimezone(UTC)
            turn = (day.date() - turns.anchor).days // 7 % len(turns.order)
            if starts < until and ends > since:
                yield starts, ends, turns.order[turn]


def in_turn(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU that each takes at best, measured one after the other, many times."""
    took = [(cpu(one), cpu(other)) for _ in range(5 * REPEATED)]
    return min(first for first, _ in took), min(second for _, second in took)


def side_by_side(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU of the round whose ratio is the median of all.

    The other one, which is quicker, is done as often as takes as long, so that what else the
    machine has to do meets both alike.
    """
    times = max(1, round(cpu(one) / cpu(other)))
    took = [
        (cpu(one), cpu(lambda: [other() and None for _ in range(times)]) / times)
        for _ in range(5 * REPEATED)
    ]
    return sorted(took, key=lambda pair: pair[0] / pair[1])[len(took) // 2]


def usual(work: Callable[[], object]) -> float:
    return median(cpu(work) for _ in range(REPEATED))


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
