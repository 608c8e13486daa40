"""When a series of a calendar happens (RFC 5545: RRULE, RDATE, EXDATE), by its own clocks.

Rules are laid out by dateutil, within bounds, since whoever writes a calendar is a stranger. What
programs read in several ways is refused by its name where it would matter, and only there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Never, TypeAlias

from dateutil.rrule import rrulestr

from rotation.core.clocks import local_date
from rotation.importing.found import MisfitError
from rotation.importing.walls import Clocks

_Told: TypeAlias = Any
"""A time of icalendar's, with its parameters."""
_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "YEARLY": 365}
_WORK = {"DAILY": (1, 50), "WEEKLY": (2, 50), "MONTHLY": (4, 400), "YEARLY": (40, 400)}
"""What a step of a rule takes, beside a date, and what looking for its end may take."""
_PLAIN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"}
_PARTS = {
    "DAILY": _PLAIN | {"BYMONTH"},
    "WEEKLY": _PLAIN | {"BYMONTH"},
    "MONTHLY": _PLAIN | {"BYMONTHDAY", "BYSETPOS"},
    "YEARLY": _PLAIN | {"BYMONTHDAY", "BYSETPOS", "BYMONTH"},
}
_LONGEST, _A_TIME = 400, 5
_MOST = {"INTERVAL": 1000, "COUNT": 10_000}
_FOR_EVER = 2200
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_AGAIN = "Write it anew there, or as single events"
_OF = re.compile(r"(?P<series>.+) of \d{4}-\d\d-\d\d(?: \d\d:\d\d)?", re.DOTALL)


def occurrence(uid: str, wall: datetime, *, is_dated: bool) -> str:
    """The name of what a series of this UID has at `wall`: it stays, though it is moved."""
    return f"{uid} of {wall:%Y-%m-%d}" if is_dated else f"{uid} of {wall:%Y-%m-%d %H:%M}"


def series_of(name: str) -> str:
    """The UID in the name of an occurrence; empty where it is none."""
    found = _OF.fullmatch(name)
    return found["series"] if found else ""


@dataclass(slots=True)
class Allowance:
    """How much there may be to lay out in a calendar: about 4 microseconds each."""

    left: int = 100_000

    def take(self, where: str, work: int) -> None:
        self.left -= work
        if self.left < 0:
            why = "up to here there are more dates of series than can be laid out"
            raise MisfitError(where, why, "Begin long series anew there, from this year on")


@dataclass(frozen=True, slots=True)
class Series:
    """The series of an event that is called `where` and begins at `start`.

    Walls are what its clocks show, without a zone; those of dates are midnights.
    """

    event: Mapping[str, Any]
    where: str
    start: datetime
    clocks: Clocks
    allowance: Allowance
    is_dated: bool = False

    def walls(self, since: datetime, until: datetime) -> list[datetime]:
        """All of its walls up to `until`, and some after, the next one among them; sorted.

        Where it ended before `since` it may be just some. Raises MisfitError.
        """
        if "EXRULE" in self.event:
            self._refuse("EXRULE is not read", _AGAIN)
        added = (self.named(told, "RDATE") for told in self._times("RDATE"))
        found = {self.start, *added, *self._by_rule(since, until)}
        for told in self._times("EXDATE"):
            if _is_date(told.dt) and not self.is_dated:
                if any(wall.date() == told.dt and wall >= since for wall in found):
                    self._refuse("EXDATE is a date, and the series is of times", _AGAIN)
            else:
                found.discard(self.named(told, "EXDATE"))
        return sorted(found)

    # -- the rule ---------------------------------------------------------------------------

    def _by_rule(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """What it gives up to `until`, and the next one after."""
        rule = self.event.get("RRULE")
        if rule is None:
            return
        if isinstance(rule, list):
            self._refuse("it has several rules (RRULE)", _AGAIN)
        often = self._checked(rule)
        last = self._last(rule)
        upto = until if last is None else min(until, last)
        if upto < self.start or (last is not None and last < since):
            return
        steps = (upto - self.start).days // (_DAYS[often] * _one(rule, "INTERVAL", 1)) + 1
        each, tail = _WORK[often]
        self.allowance.take(self.where, steps * each + tail)
        for wall in self._laid_out(rule):
            if wall >= since and self._is_past_its_end(wall, rule):
                return
            yield wall
            if wall > upto:
                return

    def _laid_out(self, rule: Mapping[str, list[Any]], **instead: int) -> Iterator[datetime]:
        parts = {key: value for key, value in rule.items() if key != "UNTIL"}
        parts |= {key: [value] for key, value in instead.items()}
        told = ";".join(f"{key}={','.join(map(str, value))}" for key, value in parts.items())
        if len(told) > _LONGEST:
            self._refuse("the rule is too long", _AGAIN)
        try:
            return iter(rrulestr(told, dtstart=self.start, cache=False))
        except (ValueError, TypeError, AttributeError):
            self._refuse(f"the rule {told[:80]} says nothing", _AGAIN)

    def _checked(self, rule: Mapping[str, list[Any]]) -> str:
        """How often it is, if it can be laid out and is read alike by everyone."""
        often = str(_one(rule, "FREQ", ""))
        if often not in _DAYS:
            self._refuse(
                f"it is repeated {often.lower()}", "Repeat it by days, weeks, months or years"
            )
        for part in sorted(set(rule) - _PARTS[often]):
            self._refuse(f"{part} in a {often.lower()} rule is not read", _AGAIN)
        for part, most in _MOST.items():
            if not 1 <= _one(rule, part, 1) <= most or len(rule.get(part, [0])) != 1:
                self._refuse(f"{part} is not from 1 to {most}", _AGAIN)
        if "COUNT" in rule and "UNTIL" in rule:
            self._refuse("it ends both by COUNT and by UNTIL", "Keep one of them there")
        if not self._is_its_own_first(rule, often):
            self._refuse("its first date is none of its rule", "Begin it on a date of the rule")
        return often

    def _is_its_own_first(self, rule: Mapping[str, list[Any]], often: str) -> bool:
        """Whether the rule gives its start; if so it goes on to give dates, and ends in time."""
        if often in {"MONTHLY", "YEARLY"}:
            far = self._laid_out(rule, INTERVAL=200_000, COUNT=1)
            return next(far, None) == self.start
        days = {str(day) for day in rule.get("BYDAY", ())}
        if not days <= {*_WEEKDAYS}:
            self._refuse(f"BYDAY={','.join(sorted(days))[:40]} is not of a week", _AGAIN)
        months = {str(month) for month in rule.get("BYMONTH", ())}
        on_day = not days or _WEEKDAYS[self.start.weekday()] in days
        return on_day and (not months or str(self.start.month) in months)

    # -- its end ------------------------------------------------------------------------------

    def _last(self, rule: Mapping[str, list[Any]]) -> datetime | None:
        """About when it ends, not before it does."""
        until = _until(rule)
        if until is None:
            return None
        at = until if isinstance(until, datetime) else datetime.combine(until, time.min)
        return at.replace(tzinfo=None) + timedelta(days=2)

    def _is_past_its_end(self, wall: datetime, rule: Mapping[str, list[Any]]) -> bool:
        until = _until(rule)
        if until is None:
            return False
        if not isinstance(until, datetime):
            if not self.is_dated and wall.date() == until:
                self._refuse(f"UNTIL={until:%Y%m%d} leaves open whether that day is in it", _AGAIN)
            return wall.date() > until
        if not self.is_dated:
            at = until if until.tzinfo is None else self.clocks.wall(until, self.where)
            return wall > at
        lasts = self._last_dates(until)
        if min(lasts) < wall.date() <= max(lasts):
            self._refuse(f"UNTIL is a time, and whether {wall:%Y-%m-%d} is in it depends on clocks",
                         "Let it end on a date there")  # fmt: skip
        return wall.date() > max(lasts)

    def _last_dates(self, until: datetime) -> set[date]:
        """On which date a series of dates ends at a time: as it is written, or by some clocks."""
        if until.tzinfo is None:
            return {until.date()}
        if self.clocks.zone is not None:
            return {until.date(), local_date(until.astimezone(UTC), self.clocks.zone)}
        return {(until + timedelta(hours=by)).date() for by in (-12, 0, 14)}

    # -- single ones --------------------------------------------------------------------------

    def named(self, told: _Told, key: str) -> datetime:
        """The wall of the one that RECURRENCE-ID, RDATE or EXDATE names. Raises MisfitError."""
        at = told.dt
        if isinstance(at, datetime):
            clocks = Clocks.of(told, None)
            plain = at.replace(tzinfo=None)
            is_floating = at.tzinfo is None and not clocks.named
            if self.is_dated:
                if plain.time() == time.min and clocks.own is not UTC:
                    return plain
                self._refuse(f"{key} is a time, and the series is of dates", _AGAIN)
            if is_floating or clocks == self.clocks:
                return plain
            return self.clocks.wall(clocks.instant(plain, self.where), self.where)
        if not self.is_dated or not isinstance(at, date):
            kind = "date" if isinstance(at, date) else "period"
            self._refuse(f"{key} is a {kind}, and the series is of times", _AGAIN)
        return datetime.combine(at, time.min)

    def _times(self, key: str) -> Iterator[_Told]:
        found = self.event.get(key, ())
        for some in found if isinstance(found, list | tuple) else (found,):
            for told in some.dts:
                self.allowance.take(self.where, _A_TIME)
                yield told

    def _refuse(self, why: str, fix: str) -> Never:
        raise MisfitError(self.where, f"of its series, {why}", fix)


def _is_date(at: object) -> bool:
    return isinstance(at, date) and not isinstance(at, datetime)


def _one(rule: Mapping[str, list[Any]], part: str, otherwise: Any) -> Any:  # noqa: ANN401 - as it is told
    found = rule.get(part)
    return found[0] if found else otherwise


def _until(rule: Mapping[str, list[Any]]) -> date | None:
    found = _one(rule, "UNTIL", None)
    return found if isinstance(found, date) and found.year < _FOR_EVER else None
