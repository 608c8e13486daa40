"""The week in a few lines: how the handovers went, what comes, and when an agent goes and is back.

Only what the ledger proved is summed up: a change counts from the read that showed it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import HandoverRow
from rotation.core.roster import Group, GroupId, Mode, PersonId, Roster, Uncovered, Weekly
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
    """Somebody was seen to have come into a group, or to have gone."""

    at: datetime
    group: GroupId
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
class Week:
    """How `[since, until)` went. Everything is of groups that rotation acts in.

    `undone`: boundaries that no read ever showed. `alone`: from a boundary on, until somebody on
    duty was seen in. `longest`: the stay past an end that lasted longest. `gaps`: when nobody will
    be on duty though somebody should.
    """

    since: datetime
    until: datetime
    done: int
    undone: tuple[Place, ...]
    alone: tuple[Place, ...]
    longest: Place | None
    gaps: tuple[Place, ...]


def latest(weekly: Weekly, now: datetime) -> datetime:
    """The last instant at or before `now` at which the week was to be summed up."""
    today = local_date(now, weekly.zone)
    back = (today.weekday() - weekly.weekday) % 7
    at = instant(today - back * A_DAY, weekly.minute, weekly.zone)
    return at if at <= now else instant(today - (back + 7) * A_DAY, weekly.minute, weekly.zone)


def week(
    timeline: Timeline,
    rows: Iterable[HandoverRow],
    moves: Iterable[Move],
    overdue: Iterable[Place],
    until: datetime,
) -> Week:
    """The seven days before `until`. `overdue`: who is past the end still, since when.

    `moves` go back a day further than that, so that whoever came early is known.
    """
    groups = timeline.roster.groups
    acted = {name for name, group in groups.items() if group.mode is not Mode.WATCH}
    known = sorted((r for r in rows if r.group in acted), key=lambda row: row.at)
    seen = _by_seat(moves)
    alone = (_alone(timeline, row, seen, _end(row, known, until)) for row in known)
    stays = (stay for row in known for stay in _stays(groups[row.group], row, seen))
    past = [stay for stay in (*overdue, *stays) if stay.length >= A_MINUTE]
    return Week(
        since=until - A_WEEK,
        until=until,
        done=sum(row.proven_at is not None for row in known),
        undone=tuple(Place(r.group, r.at, r.at) for r in known if _is_undone(r, known)),
        alone=tuple(sorted(filter(None, alone), key=lambda place: -place.length)),
        longest=max(past, key=lambda stay: stay.length, default=None),
        gaps=tuple(gap for name in sorted(acted) for gap in _gaps(timeline, groups[name], until)),
    )


_Seen = Mapping[tuple[GroupId, PersonId], Sequence[Move]]


def _by_seat(moves: Iterable[Move]) -> _Seen:
    found: dict[tuple[GroupId, PersonId], list[Move]] = {}
    for move in sorted(moves, key=lambda move: move.at):
        found.setdefault((move.group, move.person), []).append(move)
    return found


def _end(row: HandoverRow, rows: Iterable[HandoverRow], until: datetime) -> datetime:
    return min([r.at for r in rows if r.group == row.group and r.at > row.at], default=until)


def _is_undone(row: HandoverRow, rows: Iterable[HandoverRow]) -> bool:
    """Not proven by the time that the next one was due; the newest may yet be."""
    later = any(r.group == row.group and r.at > row.at for r in rows)
    return row.proven_at is None and (later or row.missed)


def _alone(timeline: Timeline, row: HandoverRow, seen: _Seen, ends: datetime) -> Place | None:
    """From the boundary until the first of those on duty was in; None where somebody was."""
    on_duty = timeline.on_duty(row.group, row.at)
    if not on_duty or on_duty - set(row.incoming):
        return None
    arrived = min(_arrival(row, person, seen, ends) for person in on_duty)
    return Place(row.group, row.at, arrived) if arrived - row.at >= A_MINUTE else None


def _arrival(row: HandoverRow, person: PersonId, seen: _Seen, ends: datetime) -> datetime:
    """When `person` was in for this boundary; where nothing was seen to change, all along."""
    moves = seen.get((row.group, person), ())
    before = [move for move in moves if move.at <= row.at]
    after = next((m.at for m in moves if m.is_in and row.at < m.at < ends), None)
    if before:
        return row.at if before[-1].is_in else after or ends
    if after is not None:
        return after
    return row.at if row.proven_at is not None else ends


def _stays(group: Group, row: HandoverRow, seen: _Seen) -> Iterator[Place]:
    due = row.at + group.policy.stay_late
    for person in row.outgoing:
        moves = seen.get((row.group, person), ())
        gone = next((m for m in moves if m.at > row.at), None)
        if gone is not None and not gone.is_in and gone.at > due:
            yield Place(row.group, due, gone.at, person)


def _gaps(timeline: Timeline, group: Group, since: datetime) -> Iterator[Place]:
    if group.policy.uncovered is Uncovered.EMPTY or not group.shifts:
        return
    covered, until = since, since + AHEAD
    for duty in timeline.duty_spans(group.id, since, until):
        if duty.starts > covered:
            yield Place(group.id, covered, duty.starts)
        covered = max(covered, duty.ends)
    if covered < until:
        yield Place(group.id, covered, until)


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
    lines += _limited([f"On duty now in {group}: {who}" for group, who in on_duty], "groups")
    lines.append(_handovers(found, when))
    lines.append(_left_alone(found, when))
    lines.append(_longest(found, name))
    lines += _coming(found, zone) or [f"No gap in the coming {AHEAD.days} days"]
    if held:
        lines.append(f"{held} {'thing waits' if held == 1 else 'things wait'} for a person")
    return "\n".join(lines)


def _handovers(found: Week, when: Callable[[datetime], str]) -> str:
    undone = [f"{p.group} {when(p.starts)}" for p in found.undone]
    missing = f"; never seen done: {_few(undone)}" if undone else ""
    return f"{found.done} {'handover' if found.done == 1 else 'handovers'} proven{missing}"


def _left_alone(found: Week, when: Callable[[datetime], str]) -> str:
    if not found.alone:
        return "Somebody on duty was in all the time"
    total = sum((place.length for place in found.alone), timedelta(0))
    worst = found.alone[0]
    most = f"{worst.group} {when(worst.starts)}, {_minutes(worst.length)}"
    return f"Nobody on duty was in for {_minutes(total)} altogether; longest {most}"


def _longest(found: Week, name: Callable[[PersonId | None], str]) -> str:
    stay = found.longest
    if stay is None:
        return "Nobody stayed past the end"
    return (
        f"Longest stay past the end: {name(stay.person)} in {stay.group}, {_minutes(stay.length)}"
    )


def _coming(found: Week, zone: str) -> list[str]:
    def day(at: datetime) -> str:
        return f"{local_date(at, zone):%d %b} {clock_time(at, zone)}"

    said = [f"Nobody on duty in {g.group}: {day(g.starts)} to {day(g.ends)}" for g in found.gaps]
    return _limited(said, "gaps")


def own_week(timeline: Timeline, person: PersonId, zone: str, at: datetime) -> str:
    """What an agent has before them, by their own clocks: when they leave, and are back."""
    lines, hours = [], timedelta(0)
    for group in sorted(timeline.roster.groups):
        duties = [d for d in timeline.duty_spans(group, at, at + AHEAD) if d.person == person]
        if duties:
            lines.append(f"{group}: {_going(duties, zone, at)}")
            hours += sum((_within(d, at) for d in duties), timedelta(0))
    if not lines:
        return f"You are on no shift in the coming {AHEAD.days} days"
    return "\n".join(["Your week", *_limited(lines, "groups"), f"{_hours(hours)} in seven days"])


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


def _limited(lines: list[str], what: str) -> list[str]:
    more = len(lines) - MOST
    return lines if more <= 0 else [*lines[:MOST], f"... and {more} more {what}"]


def _few(places: Sequence[str]) -> str:
    more = f" and {len(places) - MOST} more" if len(places) > MOST else ""
    return ", ".join(places[:MOST]) + more


def _minutes(length: timedelta) -> str:
    return f"{round(length / A_MINUTE)} min"


def _hours(length: timedelta) -> str:
    return f"{round(length / timedelta(hours=1), 1):g} h"
