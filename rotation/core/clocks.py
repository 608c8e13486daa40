"""The only reader of wall clocks.

One resolver reads starts and ends alike: a repeated wall time is its first occurrence, a missing
one is the first instant after the jump. So neighbouring shifts stay joined.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import pendulum

from rotation.core.roster import Hours

MOMENT = timedelta(microseconds=1)
"""The smallest step of time: `[at, at + MOMENT)` asks about one instant."""
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


Offsets: TypeAlias = tuple[tuple[datetime, int], ...]
"""Of a zone: the seconds from UTC, each from an instant on, the first before that as well."""


class ClockChange(NamedTuple):
    """An instant at which clocks in `zone` are set forward by `by`; a negative one is back."""

    at: datetime
    zone: str
    by: timedelta


def instant(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show `minute` minutes after midnight of `day`.

    `minute` runs to 1440, the next day's 00:00. A repeated time is its first occurrence, a missing
    time the first instant after the jump.
    """
    return resolved(day.toordinal(), minute, zone)[0]


def stretch_at(hours: Hours, zone: str, at: datetime) -> tuple[datetime, datetime] | None:
    """The stretch of some hours of every day, by clocks in `zone`, that holds `at`, half-open."""
    today = local_date(at, zone).toordinal()
    for day in (today - 1, today):
        starts, _ = resolved(day, hours.starts, zone)
        ends, _ = resolved(day + hours.days_later, hours.ends, zone)
        if starts <= at < ends:
            return starts, ends
    return None


def readings(day: date, minute: int, zone: str) -> tuple[datetime, ...]:
    """Every instant at which clocks in `zone` show the time: two where it repeats, none in a gap.

    `minute` runs to 1440. For what one person types once; rosters are read by `instant`.
    """
    clock, days = _zone(zone), minute // (24 * 60)
    wall = time(minute // 60 % 24, minute % 60)
    local_day = date.fromordinal(day.toordinal() + days)
    first, second = (
        datetime.combine(local_day, wall.replace(fold=fold), clock).astimezone(UTC)
        for fold in (0, 1)
    )
    if first > second:
        return ()
    return (first,) if first == second else (first, second)


def is_jump(at: datetime, zone: str) -> bool:
    """Whether clocks in `zone` change at this very instant."""
    clock = _zone(zone)
    return (at - MOMENT).astimezone(clock).utcoffset() != at.astimezone(clock).utcoffset()


def clock_changes(zone: str, since: datetime, until: datetime) -> Iterator[ClockChange]:
    """Every change of clocks in `zone` with `since < at <= until`, but not two in one day."""
    clock = _zone(zone)
    while since < until:
        then = min(since + _DAY, until)
        before, after = since.astimezone(clock).utcoffset(), then.astimezone(clock).utcoffset()
        if before is not None and after is not None and before != after:
            yield ClockChange(_jump(clock, since, then), zone, after - before)
        since = then


@lru_cache(maxsize=1 << 10)
def offsets(zone: str, since: datetime, until: datetime) -> Offsets:
    """The rules of a zone from `since` to `until`, but for two changes within a week."""
    clock = _zone(zone)
    found, at = [(since, _seconds(clock, since))], since
    while at < until:
        then = min(at + 7 * _DAY, until)
        if (seconds := _seconds(clock, then)) != found[-1][1]:
            found.append((_jump(clock, at, then), seconds))
        at = then
    return tuple(found)


def reread(at: datetime, rules: Offsets, others: Offsets) -> datetime:
    """When clocks that go by `others` show what those that go by `rules` show at `at`.

    As the resolver has it: a repeated time is its first, a missing one the end of the jump.
    """
    seconds = next((s for starts, s in reversed(rules) if starts <= at), rules[0][1])
    wall = at + timedelta(seconds=seconds)
    until = [starts + timedelta(seconds=before) for (_, before), (starts, _) in pairwise(others)]
    number = bisect_right(until, wall)
    starts, shown = others[number]
    then = wall - timedelta(seconds=shown)
    return max(then, starts) if number else then


def local(at: datetime, zone: str) -> str:
    """`at` as people in `zone` read it: `Mon 2026-03-30 08:00 +01:00 Europe/Lisbon`."""
    weekday, told = _wall(at, zone)
    return f"{weekday} {told[:10]} {told[11:16]} {told[16:22]} {zone}"


def clock_time(at: datetime, zone: str) -> str:
    """`at` as one says it to somebody in `zone`: `Tue 08:00`."""
    weekday, told = _wall(at, zone)
    return f"{weekday} {told[11:16]}"


def _wall(at: datetime, zone: str) -> tuple[str, str]:
    """A weekday in short, and `2026-03-30T08:00+01:00`: a page says hundreds of them."""
    wall = at.astimezone(_zone(zone))
    return _WEEKDAYS[wall.weekday()], wall.isoformat(timespec="minutes")


def local_date(at: datetime, zone: str) -> date:
    """The date people in `zone` have at `at`."""
    return at.astimezone(_zone(zone)).date()


def minute_of_day(at: datetime, zone: str) -> int:
    """The minutes after midnight that clocks in `zone` show at `at`."""
    wall = at.astimezone(_zone(zone))
    return wall.hour * 60 + wall.minute


def forget_zones() -> None:
    """Make every zone be read anew. For whoever changes the zone data in force."""
    pendulum.Timezone.clear_cache()
    _zone.cache_clear()
    _steady_midnight.cache_clear()
    offsets.cache_clear()


def resolved(day: int, minute: int, zone: str) -> tuple[datetime, bool]:
    """The resolver: the instant, and whether the wall time is missing and so had to be moved.

    `day` is an ordinal, and `minute` runs to 1440.
    """
    midnight = _steady_midnight(day, zone)
    if midnight is not None:
        return midnight + minute * _MINUTE, False
    days, rest = divmod(minute, 24 * 60)
    return _read(date.fromordinal(day + days), time(*divmod(rest, 60)), zone)


def _read(day: date, wall: time, zone: str) -> tuple[datetime, bool]:
    clock = _zone(zone)
    first, second = (
        datetime.combine(day, wall.replace(fold=fold), clock).astimezone(UTC) for fold in (0, 1)
    )
    # fold=0 reads with the offset before a change and fold=1 with the one after it. Only where
    # clocks jump forward is the reading before the change the later instant.
    if first <= second:
        return first, False
    return _jump(clock, second, first), True


def _jump(clock: pendulum.Timezone, before: datetime, after: datetime) -> datetime:
    """The first instant with the offset of `after`; both, and changes, are whole seconds."""
    offset = after.astimezone(clock).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(clock).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def _seconds(clock: pendulum.Timezone, at: datetime) -> int:
    offset = at.astimezone(clock).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


@cache
def _zone(name: str) -> pendulum.Timezone:
    return pendulum.Timezone(name)


@lru_cache(maxsize=1 << 16)
def _steady_midnight(day: int, zone: str) -> datetime | None:
    """UTC of local midnight, if the offset is the same at both ends of the local day.

    On such a day wall times are plain arithmetic; the few others are resolved one by one. The
    second midnight is read with fold=1, so that a change at or across it does not count as steady.
    """
    clock = _zone(zone)
    first = datetime.combine(date.fromordinal(day), time.min, clock)
    last = datetime.combine(date.fromordinal(day + 1), time(fold=1), clock)
    return first.astimezone(UTC) if first.utcoffset() == last.utcoffset() else None
