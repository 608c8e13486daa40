"""Changes of duty in roster files: what they mean, and which of them mean nothing."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from rotation.core.changes import void
from rotation.core.roster import (
    Change,
    Doing,
    Person,
    PersonId,
    Roster,
    Shift,
    ShiftId,
)
from rotation.core.timeline import readings
from rotation.roster_file.check import Checked
from rotation.roster_file.entries import ChangeEntry, DayOrTime
from rotation.roster_file.problems import Problem, UnreadableError


def made(
    checked: Checked, people: Mapping[PersonId, Person], shifts: Mapping[ShiftId, Shift]
) -> Iterator[Change | Problem]:
    """The changes of a file, and what is wrong with their times."""
    for index, entry in enumerate(checked.file.changes):
        try:
            yield _change(entry, people, shifts)
        except UnreadableError as wrong:
            yield checked.tree.problem(("changes", index), wrong.message, wrong.fix)


def _change(
    entry: ChangeEntry, people: Mapping[PersonId, Person], shifts: Mapping[ShiftId, Shift]
) -> Change:
    kind = next(kind for kind in Doing if getattr(entry, kind) is not None)
    person = PersonId(getattr(entry, kind))
    other = entry.by or entry.other
    dates, times = _window(entry, _zone(entry, people.get(person), shifts))
    return Change(
        kind,
        person,
        PersonId(other) if other else None,
        ShiftId(entry.shift) if entry.shift else None,
        *dates,
        *times,
        turn=entry.turn,
        occurrence=_key(entry.on),
        for_occurrence=_key(entry.for_),
        reason=entry.reason,
    )


def _key(named: tuple[str, date] | None) -> str:
    return f"{named[0]}/{named[1].isoformat()}/0" if named is not None else ""


def _zone(entry: ChangeEntry, person: Person | None, shifts: Mapping[ShiftId, Shift]) -> str | None:
    of_shift = shifts.get(ShiftId(entry.shift)) if entry.shift else None
    theirs = person.zone if person is not None else None
    return entry.zone or theirs or (of_shift.zone if of_shift is not None else None)


def _window(
    entry: ChangeEntry, zone: str | None
) -> tuple[tuple[date | None, date | None], tuple[datetime | None, datetime | None]]:
    if entry.since is None:
        return (None, None), (None, None)
    until = entry.until or entry.since
    if entry.since[1] is None or until[1] is None:
        return (entry.since[0], until[0]), (None, None)
    if zone is None:
        raise UnreadableError("nobody knows by whose clocks", "Add `zone: Europe/Lisbon`")
    starts, ends = _instant(entry.since, zone), _instant(until, zone)
    if ends <= starts:
        raise UnreadableError("it ends before it begins", "Exchange `from` and `to`")
    return (None, None), (starts, ends)


def _instant(when: DayOrTime, zone: str) -> datetime:
    day, minute = when
    meant = readings(day, minute or 0, zone)
    if len(meant) != 1:
        how = "comes twice" if meant else "never comes, since clocks jump over it"
        clock = f"{day} {(minute or 0) // 60:02}:{(minute or 0) % 60:02}"
        told = f"{meant[0]:%Y-%m-%d %H:%M}" if meant else f"{day} 12:00"
        raise UnreadableError(
            f"`{clock}` {how} in {zone}", f"Say it by another clock: `zone: UTC` and {told}"
        )
    return meant[0]


def remarks(checked: Checked, roster: Roster) -> Iterator[Problem]:
    """The swaps of a file that are not done."""
    for index, entry in enumerate(checked.file.changes):
        if entry.swap is not None:
            why = void(roster, _change(entry, roster.people, roster.shifts))
            if why:
                fix = "Take the line out, or write who has which shift"
                yield checked.tree.problem(("changes", index), f"this swap is void: {why}", fix)
