"""Calendars at an address, for applications that look again by themselves.

Each is written once for a roster in force, and said to be unchanged to whoever has it already.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from rotation.core.timeline import Timeline
from rotation.ledger import Standing
from rotation.surfaces.calendars.entries import calendar
from rotation.surfaces.calendars.whose import Of, Whose, of_address
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.door import nothing_here

REACH = timedelta(days=245)
"""How long a calendar is; it begins with the month before, so half a year is ahead."""
_KEPT = 32
"""Calendars of one roster that are kept, of some hundred kilobytes each."""


@dataclass(frozen=True, slots=True)
class _Text:
    body: bytes
    mark: str
    stamp: datetime


class Calendars:
    """Writes them, and keeps what it wrote for as long as the roster in force is the same."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Timeline, dict[tuple[Whose, datetime], _Text]] = (
            WeakKeyDictionary()
        )

    def answer(self, sight: Sight, request: Request) -> Response:
        whose = of_address(request.scope["path"])
        if whose is None or whose.name not in whose.known(sight.roster) or _has_left(sight, whose):
            return nothing_here()
        text = self._text(sight, whose)
        headers = {
            "etag": text.mark,
            "last-modified": format_datetime(text.stamp.astimezone(UTC), usegmt=True),
            "cache-control": "private, no-cache",
            "x-robots-tag": "noindex",
        }
        if text.mark in _marks(request):
            return Response(None, 304, headers)
        name = re.sub(r"[^\w.-]", "_", whose.name, flags=re.ASCII)
        headers["content-disposition"] = f'inline; filename="{name}.ics"'
        return Response(text.body, headers=headers, media_type="text/calendar")

    def _text(self, sight: Sight, whose: Whose) -> _Text:
        kept = self._kept.setdefault(sight.timeline, {})
        key = whose, _begins(sight.now)
        found = kept.get(key)
        if found is None:
            if len(kept) >= _KEPT:
                kept.clear()
            found = kept[key] = _written(sight, whose)
        return found


def _written(sight: Sight, whose: Whose) -> _Text:
    from rotation.surfaces.calendars.ics import as_ical

    begins, stamp = _begins(sight.now), _stamp(sight)
    body = as_ical(calendar(sight.timeline, whose, begins, begins + REACH), stamp)
    return _Text(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', stamp)


def _begins(now: datetime) -> datetime:
    """The first of the month before, so that what is over can be looked up for a while."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=1)


def _stamp(sight: Sight) -> datetime:
    """When what is in force came to be as it is."""
    versions = sight.books.rosters.versions()
    adopted = [v.adopted_at for v in versions if v.state is Standing.IN_FORCE]
    changed = [at for c in sight.roster.changes for at in (c.made_at, c.ended_at)]
    return max(at for at in (*adopted, *changed) if at is not None)


def _has_left(sight: Sight, whose: Whose) -> bool:
    """Whoever may be in no group any more has no duty, and their address tells of none."""
    return whose.of is Of.PEOPLE and any(
        one.person == whose.name and not one.team for one in sight.books.leavers.standing()
    )


def _marks(request: Request) -> set[str]:
    told = request.headers.get("if-none-match", "").split(",")
    return {mark.strip().removeprefix("W/") for mark in told}
