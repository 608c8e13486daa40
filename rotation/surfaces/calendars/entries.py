"""What stands in a calendar: one entry for each person and stretch of an occurrence.

An entry has a name of its own for ever, made of the occurrence's key and the person's, so that a
calendar that is read again brings up to date what was there, and doubles nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.roster import DutyOf, GroupId, Roster, ShiftId
from rotation.core.timeline import Span, Timeline
from rotation.surfaces.calendars.whose import Of, Whose
from rotation.surfaces.masking import masked, on_one_line

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entry:
    """A span with what is said of it. `groups` are those it is duty in, by name."""

    uid: str
    span: Span
    zone: str
    name: str
    groups: tuple[GroupId, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """All duty of somebody that shares time with `[since, until)`. `of` None: everybody's."""

    title: str
    of: Of | None
    since: datetime
    until: datetime
    entries: tuple[Entry, ...]


def calendar(timeline: Timeline, whose: Whose | None, since: datetime, until: datetime) -> Calendar:
    """Duty by the roster; raises KeyError when it has none of that name."""
    roster = timeline.roster
    found = _spans(timeline, whose, since - _longest(roster), until)
    group = whose.name if whose is not None and whose.of is Of.GROUPS else ""
    numbers: Counter[str] = Counter()
    entries = []
    for span in sorted(found, key=lambda span: (span.starts, span.ends, span.key, span.person)):
        named = "/".join(masked(part) for part in (span.key, span.person, group) if part)
        numbers[named] += 1
        if span.ends > since:
            number = f"/{numbers[named]}" if numbers[named] > 1 else ""
            name, uid = said(roster.people[span.person].name), f"{named}{number}@rotation"
            entries.append(Entry(uid, span, span.zone, name, tuple(sorted(found[span]))))
    return Calendar(
        _title(roster, whose), whose.of if whose else None, since, until, tuple(entries)
    )


def said(text: str) -> str:
    """A text fit for a calendar: on one line, and without anybody's number."""
    return masked(on_one_line(text))


def _longest(roster: Roster) -> timedelta:
    """No occurrence is longer, so all parts of one that is cut in parts are counted."""
    later = max((shift.hours.days_later for shift in roster.shifts.values()), default=0)
    return timedelta(days=later) + _WEEK


def _spans(
    timeline: Timeline, whose: Whose | None, since: datetime, until: datetime
) -> dict[Span, list[GroupId]]:
    """The spans that are shown, each once, with the groups that it is duty in.

    A shift has the same spans in every group, so one of its groups is asked for them.
    """
    if whose is not None and whose.of is Of.GROUPS:
        group = GroupId(whose.name)
        return {span: [group] for span in timeline.spans(group, since, until)}
    roster, shifts = timeline.roster, _shifts(timeline.roster, whose)
    having: dict[ShiftId, list[GroupId]] = defaultdict(list)
    for one in roster.groups.values():
        for shift in shifts.intersection(one.shifts):
            having[shift].append(one.id)
    person = whose.name if whose is not None and whose.of is Of.PEOPLE else None
    found: dict[Span, list[GroupId]] = {
        span: groups
        for shift, groups in having.items()
        for span in timeline.of_shifts(_simplest(roster, groups), since, until)
        if span.shift == shift and person in {None, span.person}
    }
    if whose is None or whose.of is Of.PEOPLE:
        for span, groups in _fallback(timeline, since, until):
            if person in {None, span.person}:
                found.setdefault(span, []).extend(groups)
    return found


def _fallback(
    timeline: Timeline, since: datetime, until: datetime
) -> Iterator[tuple[Span, list[GroupId]]]:
    alike: dict[DutyOf, list[GroupId]] = defaultdict(list)
    for group in timeline.roster.groups.values():
        if group.fallback:
            alike[group.duty_of].append(group.id)
    for groups in alike.values():
        spans = timeline.spans(groups[0], since, until)
        yield from ((span, groups) for span in spans if span.is_fallback)


def _simplest(roster: Roster, groups: Sequence[GroupId]) -> GroupId:
    return min(groups, key=lambda group: len(roster.groups[group].shifts))


def _shifts(roster: Roster, whose: Whose | None) -> set[ShiftId]:
    """The shifts that a calendar can have spans of."""
    if whose is None:
        return set(roster.shifts)
    if whose.of is Of.SHIFTS:
        return {ShiftId(whose.name)}
    changed = {s for c in roster.changes for person, s in c.serves() if person == whose.name}
    if None in changed:  # whatever somebody has, and that may be by another change
        return set(roster.shifts)
    return {s.id for s in roster.shifts.values() if s.id in changed or whose.name in s.people}


def _title(roster: Roster, whose: Whose | None) -> str:
    if whose is None:
        return "Everybody on duty"
    found = whose.known(roster)[whose.name]
    return f"{said(getattr(found, 'name', whose.name))} on duty"
