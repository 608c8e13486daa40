"""The week in a few lines: how the handovers went, what comes, and when an agent goes and is back.

Only what the ledger proved is summed up: a change counts from the read that showed it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, TypeAlias

from rotation.core.closed_hours import closed_hours
from rotation.core.facts import HandoverRow
from rotation.core.roster import (
    ClosedHours,
    DutyOf,
    Group,
    GroupId,
    Mode,
    PersonId,
    Roster,
    Uncovered,
    Weekly,
    WhenClosed,
)
from rotation.core.timeline import Duty, Timeline, clock_time, instant, local_date

A_WEEK = timedelta(days=7)
AHEAD = timedelta(days=14)
"""How far gaps are looked for."""
A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
"""What was over sooner is nobody's business: a change takes some seconds to be seen."""
MOST = 10
"""How many groups, gaps and other places are named on a line of their own; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody was seen to have come into a group, or to have gone from it."""

    at: datetime
    person: PersonId
    is_in: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A group from one UTC instant to another, and whose time it was where it was somebody's."""

    group: GroupId
    starts: datetime
    ends: datetime
    person: PersonId | None = None

    @property
    def length(self) -> timedelta:
        return self.ends - self.starts


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one group's week: its boundaries, and who was seen to come and go.

    `moves` go back a day further than that, so that whoever came early is known.
    """

    group: GroupId
    rows: Sequence[HandoverRow]
    moves: Sequence[Move]


@dataclass(slots=True)
class Many:
    """How many places, how long altogether, and those few that stand `first` by their order."""

    by: Callable[[Place], tuple[Any, ...]]
    first: list[Place] = field(default_factory=list)
    count: int = 0
    length: timedelta = timedelta(0)

    def add(self, *places: Place) -> None:
        if places:
            self.count += len(places)
            self.length += sum((place.length for place in places), timedelta(0))
            self.first = sorted([*self.first, *places], key=self.by)[:MOST]


def _earliest(place: Place) -> tuple[datetime, GroupId]:
    return place.starts, place.group


def _longest_first(place: Place) -> tuple[timedelta, datetime, GroupId]:
    return -place.length, place.starts, place.group


def _by_name(place: Place) -> tuple[GroupId, datetime]:
    return place.group, place.starts


@dataclass(slots=True)
class Week:
    """How `[since, until)` went. Everything is of groups that rotation acts in.

    `undone`: boundaries that no read ever showed. `alone`: from a boundary on, until somebody on
    duty was seen in. `stays`: past an end. `gaps`: when nobody will be on duty though somebody
    should.
    """

    since: datetime
    until: datetime
    done: int = 0
    undone: Many = field(default_factory=lambda: Many(_earliest))
    alone: Many = field(default_factory=lambda: Many(_longest_first))
    stays: Many = field(default_factory=lambda: Many(_longest_first))
    gaps: Many = field(default_factory=lambda: Many(_by_name))


def latest(weekly: Weekly, now: datetime) -> datetime:
    """The last instant at or before `now` at which the week was to be summed up."""
    today = local_date(now, weekly.zone)
    back = (today.weekday() - weekly.weekday) % 7
    at = instant(today - back * A_DAY, weekly.minute, weekly.zone)
    return at if at <= now else instant(today - (back + 7) * A_DAY, weekly.minute, weekly.zone)


def week(
    timeline: Timeline, pasts: Iterable[Past], overdue: Iterable[Place], until: datetime
) -> Week:
    """The seven days before `until`, group by group, so that nobody needs all of it at once.

    `overdue`: who is past the end still, since when.
    """
    found = Week(until - A_WEEK, until)
    found.stays.add(*(stay for stay in overdue if stay.length >= A_MINUTE))
    for past in pasts:
        group = timeline.roster.groups.get(past.group)
        if group is not None and group.mode is not Mode.WATCH:
            _add(found, timeline, group, past)
    for gaps in _gaps(timeline, until):
        found.gaps.add(*gaps)
    return found


def _add(found: Week, timeline: Timeline, group: Group, past: Past) -> None:
    rows, seen = sorted(past.rows, key=lambda row: row.at), _by_person(past.moves)
    for row, later in zip_longest(rows, rows[1:]):
        found.done += row.proven_at is not None
        opens = _opens(timeline, group, row)
        overtaken = later is not None and (opens is None or later.at > opens)
        if row.proven_at is None and (overtaken or row.missed):
            found.undone.add(Place(row.group, row.at, row.at))
        found.alone.add(*_alone(timeline, row, seen, found.until if later is None else later.at))
        found.stays.add(*_stays(timeline, group, row, seen))


_Seen: TypeAlias = Mapping[PersonId, Sequence[Move]]


def _by_person(moves: Iterable[Move]) -> _Seen:
    found: dict[PersonId, list[Move]] = {}
    for move in sorted(moves, key=lambda move: move.at):
        found.setdefault(move.person, []).append(move)
    return found


def _alone(timeline: Timeline, row: HandoverRow, seen: _Seen, ends: datetime) -> Iterator[Place]:
    """From the boundary until the first of those on duty was in; nothing where somebody was."""
    on_duty = timeline.on_duty(row.group, row.at)
    if on_duty and on_duty <= set(row.incoming):
        arrived = min(_arrival(row, person, seen, ends) for person in on_duty)
        if arrived - row.at >= A_MINUTE:
            yield Place(row.group, row.at, arrived)


def _arrival(row: HandoverRow, person: PersonId, seen: _Seen, ends: datetime) -> datetime:
    """When `person` was in for this boundary; where nothing was seen to change, all along."""
    moves = seen.get(person, ())
    before = [move for move in moves if move.at <= row.at]
    after = next((m.at for m in moves if m.is_in and row.at < m.at < ends), None)
    if before:
        return row.at if before[-1].is_in else after or ends
    if after is not None:
        return after
    return row.at if row.proven_at is not None else ends


def _stays(timeline: Timeline, group: Group, row: HandoverRow, seen: _Seen) -> Iterator[Place]:
    due = _opens(timeline, group, row) or row.at + group.policy.stay_late
    for person in row.outgoing:
        moves = seen.get(person, ())
        gone = next((m for m in moves if m.at > row.at), None)
        if gone is not None and not gone.is_in and gone.at - due >= A_MINUTE:
            yield Place(row.group, due, gone.at, person)


def _opens(timeline: Timeline, group: Group, row: HandoverRow) -> datetime | None:
    """When the closed hours end in which whoever went may stay; None where they may not."""
    if group.policy.when_closed is WhenClosed.EMPTY:
        return None
    due = row.at + group.policy.stay_late
    closed = closed_hours(timeline, group, due, due + A_MINUTE)
    return next((c.ends for c in closed if c.starts <= due), None)


def _gaps(timeline: Timeline, since: datetime) -> Iterator[list[Place]]:
    """Of each group that rotation acts in; those of the same shifts have the same."""
    alike: dict[_Alike, list[tuple[datetime, datetime]]] = {}
    for group in timeline.roster.groups.values():
        may_be_empty = group.policy.uncovered is Uncovered.EMPTY or not group.shifts
        if group.mode is not Mode.WATCH and not may_be_empty:
            asks = group.duty_of, group.policy.closed
            if asks not in alike:
                alike[asks] = list(_uncovered(timeline, group, since))
            yield [Place(group.id, *gap) for gap in alike[asks]]


_Alike: TypeAlias = tuple[DutyOf, tuple[ClosedHours, ...]]


def _uncovered(
    timeline: Timeline, group: Group, since: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Where nobody is on duty, and it is not closed either."""
    covered, until = since, since + AHEAD
    duties = [(d.starts, d.ends) for d in timeline.duty_spans(group.id, since, until)]
    closed = [(c.starts, c.ends) for c in closed_hours(timeline, group, since, until)]
    for starts, ends in sorted([*duties, *closed]):
        if starts > covered:
            yield covered, starts
        covered = max(covered, ends)
    if covered < until:
        yield covered, until


# -- in words -----------------------------------------------------------------------------


def summed_up(
    found: Week, on_duty: Sequence[tuple[GroupId, str]], roster: Roster, zone: str, held: int
) -> str:
    """The week as people read it, a line for each thing. `held`: what waits for a person."""

    def name(person: PersonId | None) -> str:
        known = roster.people.get(person) if person is not None else None
        return known.name if known is not None else "somebody"

    def when(at: datetime) -> str:
        return clock_time(at, zone)

    lines = [f"The week to {when(found.until)} ({zone})"]
    duties = [f"On duty now in {group}: {who}" for group, who in on_duty]
    lines += _limited(duties, "groups", max(len(duties), len(roster.groups)))
    lines.append(_handovers(found, when))
    lines.append(_left_alone(found, when))
    lines.append(_longest(found, name))
    lines += _coming(found, zone) or [f"No gap in the coming {AHEAD.days} days"]
    if held:
        lines.append(f"{held} {'thing waits' if held == 1 else 'things wait'} for a person")
    return "\n".join(lines)


def _handovers(found: Week, when: Callable[[datetime], str]) -> str:
    undone = ", ".join(f"{p.group} {when(p.starts)}" for p in found.undone.first)
    more = f" and {found.undone.count - MOST} more" if found.undone.count > MOST else ""
    missing = f"; never seen done: {undone}{more}" if undone else ""
    return f"{found.done} {'handover' if found.done == 1 else 'handovers'} proven{missing}"


def _left_alone(found: Week, when: Callable[[datetime], str]) -> str:
    if not found.alone.count:
        return "Somebody on duty was in all the time"
    worst, total = found.alone.first[0], _minutes(found.alone.length)
    most = f"{worst.group} {when(worst.starts)}, {_minutes(worst.length)}"
    return f"Nobody on duty was in for {total} altogether; longest {most}"


def _longest(found: Week, name: Callable[[PersonId | None], str]) -> str:
    if not found.stays.count:
        return "Nobody stayed past the end"
    stay = found.stays.first[0]
    return (
        f"Longest stay past the end: {name(stay.person)} in {stay.group}, {_minutes(stay.length)}"
    )


def _coming(found: Week, zone: str) -> list[str]:
    def day(at: datetime) -> str:
        return f"{local_date(at, zone):%d %b} {clock_time(at, zone)}"

    gaps = found.gaps.first
    said = [f"Nobody on duty in {g.group}: {day(g.starts)} to {day(g.ends)}" for g in gaps]
    return _limited(said, "gaps", found.gaps.count)


def own_week(timeline: Timeline, person: PersonId, zone: str, at: datetime) -> str:
    """What an agent has before them, by their own clocks: when they leave, and are back."""
    lines, hours = [], timedelta(0)
    alike: dict[DutyOf, list[Duty]] = {}
    for group, found in sorted(timeline.roster.groups.items()):
        if found.duty_of not in alike:
            spans = timeline.duty_spans(group, at, at + AHEAD)
            alike[found.duty_of] = [duty for duty in spans if duty.person == person]
        if duties := alike[found.duty_of]:
            lines.append(f"{group}: {_going(duties, zone, at)}")
            hours += sum((_within(d, at) for d in duties), timedelta(0))
    if not lines:
        return f"You are on no shift in the coming {AHEAD.days} days"
    return "\n".join(
        ["Your week", *_limited(lines, "groups", len(lines)), f"{_hours(hours)} in seven days"]
    )


def _going(duties: Sequence[Duty], zone: str, at: datetime) -> str:
    first, *more = duties
    back = f", back {clock_time(more[0].starts, zone)}" if more else ""
    leaves = f"leave {clock_time(first.ends, zone)}{back}"
    return (
        f"you {leaves}"
        if first.starts <= at
        else f"you come {clock_time(first.starts, zone)}, {leaves}"
    )


def _within(duty: Duty, at: datetime) -> timedelta:
    return max(min(duty.ends, at + A_WEEK) - max(duty.starts, at), timedelta(0))


def _limited(lines: Sequence[str], what: str, count: int) -> list[str]:
    """The first of so many, and how many more there are."""
    return [*lines[:MOST], *([f"... and {count - MOST} more {what}"] if count > MOST else [])]


def _minutes(length: timedelta) -> str:
    return f"{round(length / A_MINUTE)} min"


def _hours(length: timedelta) -> str:
    return f"{round(length / timedelta(hours=1), 1):g} h"
