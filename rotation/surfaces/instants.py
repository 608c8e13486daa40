"""Instants and dates as people write them. Raises Wrong, and guesses nothing."""

import re
from datetime import UTC, date, datetime
from typing import NoReturn

from rotation.surfaces.masking import on_one_line
from rotation.surfaces.wrong import Wrong

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::00)?(?:\s+(\S+))?", re.ASCII)
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SHOWN = 80


def moment(text: str) -> datetime:
    """The one instant `text` names, in UTC.

    `2027-03-14T02:30-05:00`, `2027-03-14T07:30Z`, or wall time and zone, `2027-03-14 02:30
    America/New_York`. A wall time without a zone is wrong: it means another instant on every
    machine. So is one that comes twice, or never: nobody guesses which is meant.
    """
    found = _LOCAL.fullmatch(text.strip())
    at = _wall(text, *found.groups()) if found else _with_offset(text)
    if not _FIRST <= at < _LAST:
        _refuse(text, "lies outside the years 2000 to 2099")
    return at


def _wall(text: str, day: str, hour: str, minute: str, zone: str | None) -> datetime:
    from rotation.core.timeline import instant, readings
    from rotation.zone_data import why_not

    if zone is None:
        _refuse(text, "names no zone")
    if refused := why_not(zone):
        raise Wrong(refused)
    try:
        when = date.fromisoformat(day)
        clock = datetime.strptime(f"{hour}:{minute}", "%H:%M").replace(tzinfo=UTC)
    except ValueError:
        _refuse(text, "is no date and time")
    minutes = clock.hour * 60 + clock.minute
    meant = readings(when, minutes, zone)
    if len(meant) == 1:
        return meant[0]
    told = [f"{at:%Y-%m-%dT%H:%MZ}" for at in meant or (instant(when, minutes, zone),)]
    how = (
        f"comes twice, at {' and '.join(told)}"
        if meant
        else "never comes, since clocks jump over it"
    )
    raise Wrong(
        f"the time `{_shown(text)}` {how}",
        f"Write it with its offset, or in UTC: {' or '.join(told)}",
    )


def _with_offset(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        _refuse(text, "is no date and time")
    if at.tzinfo is None:
        _refuse(text, "names no zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        _refuse(text, "lies outside the years 2000 to 2099")


def _refuse(text: str, why: str) -> NoReturn:
    raise Wrong(
        f"the time `{_shown(text)}` {why}",
        'Write "2027-03-14 02:30 Europe/Lisbon", or 2027-03-14T02:30Z, or ...T02:30+01:00',
    )


def _shown(text: str) -> str:
    return on_one_line(text[:_SHOWN])
