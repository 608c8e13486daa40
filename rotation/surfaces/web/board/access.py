"""Who had access to a group, as a page that prints, for whoever has to show it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.roster import GroupId
from rotation.core.timeline import instant, local
from rotation.surfaces.access import Access, Asked, End, Report, report, when_said
from rotation.surfaces.saying import zone_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.dates import day_asked, zone_asked

MOST = 400
"""Stays that a page shows; the command has all of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One stay, told on the clocks of the page's zone."""

    stay: Access
    came: str
    went: str


@dataclass(frozen=True, slots=True)
class Page:
    """`others`: stays that are left out, the oldest; `first` and `last` are whole days."""

    report: Report
    lines: tuple[Line, ...]
    others: int
    zone: str
    first: str
    last: str
    window: str
    wrong: tuple[str, ...]


def access(sight: Sight, group: GroupId, query: Mapping[str, str]) -> Page:
    """What the query asks for: `from` and `until` (dates, the last one whole), and `zone`.

    Raises Unreadable.
    """
    zone, no_zone = _zone(sight, group, query.get("zone", "").strip())
    first, no_first = day_asked(query.get("from", "").strip())
    last, no_last = day_asked(query.get("until", "").strip())
    since = None if first is None else instant(first, 0, zone)
    until = sight.now if last is None else instant(last + timedelta(days=1), 0, zone)
    backwards = since is not None and since >= until
    found = report(sight, Asked(group, None, None if backwards else since, until))

    def said(at: datetime) -> str:
        return local(at, zone).removesuffix(f" {zone}")

    lines = tuple(Line(s, when_said(s.came, said), _went(s.went, said)) for s in found.stays)
    began = "the beginning" if found.since is None else said(found.since)
    no_window = "the window ends before it begins" if backwards else ""
    return Page(
        report=found,
        lines=lines[-MOST:],
        others=max(0, len(lines) - MOST),
        zone=zone,
        first="" if first is None else str(first),
        last="" if last is None else str(last),
        window=f"from {began} until {said(until)}",
        wrong=tuple(filter(None, (no_zone, no_first, no_last, no_window))),
    )


def _went(end: End | None, said: Callable[[datetime], str]) -> str:
    return "still in, by the last read" if end is None else when_said(end, said)


def _zone(sight: Sight, group: GroupId, asked: str) -> tuple[str, str]:
    """The zone that was asked for, else the group's, and what is wrong with the former."""
    of = sight.roster.groups.get(group)
    return zone_asked(asked, "UTC" if of is None else zone_of(sight.timeline, of, sight.now))
