"""What a calendar has under one UID: an event, or a series, and what is instead of some of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from icalendar import vDDDTypes

from rotation.importing.event import (
    EXPORT,
    MEND,
    UNTOLD,
    Event,
    is_cancelled,
    refuse,
    stretch,
    told,
)
from rotation.importing.series import Allowance, Series, occurrence
from rotation.importing.stretches import LONGEST, Stretch
from rotation.importing.walls import Clocks

LONGEST_UID = 255
_SERIES = ("RRULE", "RDATE", "EXDATE", "EXRULE")
_WORK = 10
_OUT = "Move that one there, or take it out"
_ANYWHERE = timedelta(days=2)
"""What is over, or begins, by some clocks is so by all others within this."""


@dataclass(slots=True)
class Family:
    """What has one UID, each with its line; `instead` by what it is said to be instead of."""

    uid: str
    event: tuple[int, Event] | None = None
    instead: dict[str, tuple[int, Event]] = field(default_factory=dict)


@dataclass(slots=True)
class Reader:
    """Reads what matters at the UTC instant `now`. `line`: where it is reading.

    `zone` is that of times that name none.
    """

    zone: str | None
    now: datetime
    line: int = 0
    allowance: Allowance = field(default_factory=Allowance)

    def stretches(self, family: Family) -> list[Stretch]:
        """What is not cancelled; of a series: see `calendar`. Raises MisfitError."""
        if family.event is None:
            return list(self._on_their_own(family))
        self.line, event = family.event
        if is_cancelled(event):
            return []
        if not family.instead and not any(key in event for key in _SERIES):
            return [self._single(event, family.uid)]
        return list(self._of_series(family, event))

    def _single(self, event: Event, uid: str) -> Stretch:
        return replace(stretch(event, self.zone), uid=uid, line=self.line)

    def _on_their_own(self, family: Family) -> Iterator[Stretch]:
        """Occurrences without their series, as whoever was asked for some of it only has it."""
        for line, event in family.instead.values():
            if not is_cancelled(event):
                self.line = line
                series = self._series(event)
                yield self._single(event, _name(family.uid, series, _place_of(event, series)))

    def _of_series(self, family: Family, event: Event) -> Iterator[Stretch]:
        line, whole, series = self.line, stretch(event, self.zone), self._series(event)
        others = self._others(family, series)
        self.line = line
        begins, ends = whole.window
        now = self.now.replace(tzinfo=None)
        since = now - min(max(ends - begins, timedelta(0)), LONGEST) - _ANYWHERE
        until = now + LONGEST + _ANYWHERE
        walls = series.walls(min([since, *others]), max([until, *others]))
        for wall in walls[bisect_left(walls, since) : bisect_right(walls, until) + 1]:
            if wall not in others:
                self.allowance.take(series.where, _WORK)
                one = _occurrence(event, whole, series, wall)
                yield replace(one, uid=_name(family.uid, series, wall), line=line)
        known = set(walls)
        for wall, (self.line, other) in others.items():
            if is_cancelled(other):
                continue
            one = self._single(other, _name(family.uid, series, wall))
            if one.window[1] + _ANYWHERE > self.now:
                if wall not in known:
                    when = f"{wall:%Y-%m-%d %H:%M}"
                    refuse(other, f"its series has none on {when} whose place it could take",
                           "Take it out there, or make it an event of its own")  # fmt: skip
                yield one

    def _others(self, family: Family, series: Series) -> dict[datetime, tuple[int, Event]]:
        """What is instead of some of the series, by the walls of those."""
        found = dict[datetime, tuple[int, Event]]()
        for line, event in family.instead.values():
            self.line = line
            place = _place_of(event, series)
            if place in found:
                refuse(event, "two events take the place of the same one of a series", EXPORT)
            found[place] = line, event
        return found

    def _series(self, event: Event) -> Series:
        begins = event.get("DTSTART")
        at = begins.dt if isinstance(begins, vDDDTypes) else None
        if isinstance(at, datetime):
            clocks, plain = Clocks.of(begins, self.zone), at.replace(tzinfo=None)
            return Series(event, told(event), plain, clocks, self.allowance)
        if not isinstance(at, date):
            refuse(event, UNTOLD, EXPORT)
        start = datetime.combine(at, time.min)
        return Series(event, told(event), start, Clocks(self.zone), self.allowance, is_dated=True)


def _place_of(event: Event, series: Series) -> datetime:
    """Which of the series it is instead of."""
    place = event["RECURRENCE-ID"]
    if not isinstance(place, vDDDTypes):
        refuse(event, "RECURRENCE-ID does not say, once, which it is", EXPORT)
    if "RANGE" in place.params:
        refuse(event, "it is instead of all that follow (RANGE)", "Begin a new series there")
    return series.named(place, "RECURRENCE-ID")


def digest(said: bytes) -> str:
    """A name for what has none, or too long a one."""
    return f"~{sha256(said).hexdigest()[:32]}"


def _name(uid: str, series: Series, wall: datetime) -> str:
    named = occurrence(uid, wall, is_dated=series.is_dated)
    if len(named) <= LONGEST_UID:
        return named
    return occurrence(digest(uid.encode()), wall, is_dated=series.is_dated)


def _occurrence(event: Event, whole: Stretch, series: Series, wall: datetime) -> Stretch:
    """One of a series: by its clocks it is as the first, though they may change meanwhile."""
    where = told(event, wall.date() if series.is_dated else wall)
    if whole.first is not None and whole.end is not None:
        end = wall.date() + (whole.end - whole.first)
        return Stretch(where, whole.who, first=wall.date(), end=end)
    starts = series.clocks.instant(wall, where, _OUT)
    if "DTEND" not in event:
        return Stretch(where, whole.who, starts, starts + event["DURATION"].dt)
    ends = event["DTEND"]
    if Clocks.of(ends, series.clocks.zone) != series.clocks:
        refuse(event, "its series begins and ends by different clocks", MEND)
    length = ends.dt.replace(tzinfo=None) - series.start
    return Stretch(where, whole.who, starts, series.clocks.instant(wall + length, where, _OUT))
