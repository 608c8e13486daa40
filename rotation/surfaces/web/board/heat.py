"""A heat map of what groups leave open: a row a week, a column a day, by the groups' own clocks.

What is open is written into its day, and weeks in which nothing is are folded together, so that it
is read aloud as well as it is looked at, and is as wide as a phone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from rotation.core.gaps import UNCOVERED, Found
from rotation.core.timeline import instant, local_date
from rotation.surfaces.gaps import MINUTE

LEVELS = ((1, "up to 1 h"), (2, "up to 4 h"), (3, "longer"), (4, "all day"))
_MOST = (0, 60, 240)
"""Up to how many minutes a day is of level 0, 1 and 2."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. `level` is None where it lies outside of the time that was looked at."""

    day: date
    level: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday; without `cells` it stands for `weeks` in which nothing is open."""

    monday: date
    cells: tuple[Cell, ...]
    weeks: int = 1


def heat(found: Iterable[Found], since: datetime, until: datetime, zone: str) -> tuple[Week, ...]:
    """The weeks of `[since, until)`, days by clocks in `zone`; none where nothing is ever open."""
    opened: dict[date, timedelta] = defaultdict(timedelta)
    for one in found:
        if one.kind in UNCOVERED:
            for starts, ends in one.stretches:
                for day, length in _by_day(max(starts, since), min(ends, until), zone):
                    opened[day] += length
    if not opened:
        return ()
    first, last = local_date(since, zone), local_date(until - MINUTE, zone)
    return tuple(_folded(_weeks(opened, first, last, zone)))


def _by_day(starts: datetime, ends: datetime, zone: str) -> Iterator[tuple[date, timedelta]]:
    while starts < ends:
        day = local_date(starts, zone)
        midnight = instant(day + _DAY, 0, zone)
        yield day, min(midnight, ends) - starts
        starts = midnight


def _weeks(opened: dict[date, timedelta], first: date, last: date, zone: str) -> Iterator[Week]:
    monday = first - first.weekday() * _DAY
    while monday <= last:
        days = [monday + number * _DAY for number in range(7)]
        yield Week(monday, tuple(_cell(day, opened, first, last, zone) for day in days))
        monday += _WEEK


def _cell(day: date, opened: dict[date, timedelta], first: date, last: date, zone: str) -> Cell:
    if not first <= day <= last:
        return Cell(day, None, "")
    length = opened.get(day)
    if not length:
        return Cell(day, 0, "·")
    if length >= instant(day + _DAY, 0, zone) - instant(day, 0, zone):
        return Cell(day, 4, "all")
    minutes = max(1, round(length / MINUTE))
    level = next((n for n, most in enumerate(_MOST) if minutes <= most), 3)
    return Cell(day, level, f"{minutes}m" if minutes < _SHORT else f"{minutes / 60:.2g}h")


def _folded(weeks: Iterable[Week]) -> Iterator[Week]:
    """Two and more quiet weeks in a row are one line."""
    for quiet, some in groupby(weeks, key=_is_quiet):
        these: Sequence[Week] = tuple(some)
        if quiet and len(these) > 1:
            yield Week(these[0].monday, (), len(these))
        else:
            yield from these


def _is_quiet(week: Week) -> bool:
    return not any(cell.level for cell in week.cells)
