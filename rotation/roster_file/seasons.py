"""The seasons of shifts, which may not overlap, and the hours in which groups are closed."""

from collections.abc import Iterator, Sequence

from rotation.core.roster import ClosedHours, Season
from rotation.roster_file.check import Checked
from rotation.roster_file.entries import ClosedEntry, SeasonEntry, ShiftEntry
from rotation.roster_file.model import TWICE
from rotation.roster_file.problems import Problem
from rotation.roster_file.tree import Path


def joined(entries: Sequence[SeasonEntry], weekdays: frozenset[int]) -> tuple[Season, ...]:
    """By date. `weekdays` are those of the shift."""
    return tuple(_season(one, weekdays) for one in sorted(entries, key=lambda one: one.since))


def _season(entry: SeasonEntry, weekdays: frozenset[int]) -> Season:
    hours, named = (None, None) if entry.hours is None else entry.hours
    days = weekdays if entry.days is None else entry.days
    served = days if named is None else frozenset({named})
    return Season(entry.since, entry.until, hours, served, entry.reason)


def closed(entries: Sequence[ClosedEntry]) -> tuple[ClosedHours, ...]:
    return tuple(ClosedHours(e.hours[0], _weekdays(e), e.zone, e.reason) for e in entries)


def _weekdays(entry: ClosedEntry) -> frozenset[int]:
    if entry.hours[1] is not None:
        return frozenset({entry.hours[1]})
    return frozenset(range(7)) if entry.days is None else entry.days


def problems(checked: Checked) -> Iterator[Problem]:
    for name, entry in checked.file.shifts.items():
        path = ("shifts", name, "seasons")
        yield from _overlaps(checked, path, entry)
        for index, season in enumerate(entry.seasons):
            if season.days is not None and season.hours is not None and season.hours[1] is not None:
                yield checked.tree.problem((*path, index, "days"), *TWICE)


def _overlaps(checked: Checked, path: Path, entry: ShiftEntry) -> Iterator[Problem]:
    places = sorted(enumerate(entry.seasons), key=lambda place: place[1].since)
    for number, (index, second) in enumerate(places[1:], 1):
        above, first = max(places[:number], key=lambda place: place[1].until)
        if second.since <= first.until:
            there = checked.tree.problem((*path, above, "from"), "", "")
            yield checked.tree.problem(
                (*path, index, "from"),
                f"{second.since} lies in the season from {first.since} to {first.until} too,"
                f" at {there.file}:{there.line}:{there.column}",
                "Let one season end before the next begins",
            )
