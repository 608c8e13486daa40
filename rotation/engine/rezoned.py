"""What new zone data moves of what is to come: which handovers, from when to when.

The rules of before are gone with the data, so those of the zones in use are kept in the ledger.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from rotation.core.alarm import Alarm
from rotation.core.clocks import Offsets, offsets, reread
from rotation.core.roster import DutyOf, GroupId, Roster
from rotation.core.timeline import Timeline
from rotation.engine.wipes import NEWS
from rotation.ledger import Books

AHEAD = timedelta(days=400)
_KEPT = 2 * AHEAD
_BEHIND = timedelta(days=3)
_MINUTE = timedelta(minutes=1)
_RULES, _NEWS = "clock_rules", "zone_news"
_ALARM = "zone data/"
_MOST_SETS, _MOST_SAID = 50, 6


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rules of some zones by this version of the data, until an instant."""

    version: str
    until: datetime
    zones: Mapping[str, Offsets]


@dataclass(frozen=True, slots=True)
class _Moved:
    """A handover that was due at `was`, by the clocks of `zone`."""

    was: datetime
    at: datetime
    zone: str

    @property
    def by(self) -> timedelta:
        return self.at - self.was


def keep(books: Books, roster: Roster, zone_data: str, now: datetime) -> None:
    """Keep the rules by which clocks go in the zones of this roster, unless they are kept."""
    zones = {shift.zone for shift in roster.shifts.values()}
    known = _read(books)
    is_of_it = known is not None and known.version == zone_data
    if known and is_of_it and zones <= known.zones.keys() and known.until - now > AHEAD:
        return
    since = datetime.combine((now - _BEHIND).date(), time.min, UTC)
    until = since + _KEPT
    told = {
        zone: [(at.isoformat(), seconds) for at, seconds in offsets(zone, since, until)]
        for zone in sorted(zones)
    }
    found = {"version": zone_data, "until": until.isoformat(), "zones": told}
    books.meta.put(_RULES, json.dumps(found, sort_keys=True))


def _read(books: Books) -> _Kept | None:
    """None where none are kept, or a hand damaged them: then it is not known what moves."""
    try:
        told = json.loads(books.meta.get(_RULES) or "")
        zones = {
            str(zone): tuple((datetime.fromisoformat(at), int(seconds)) for at, seconds in steps)
            for zone, steps in told["zones"].items()
            if steps
        }
        return _Kept(str(told["version"]), datetime.fromisoformat(told["until"]), zones)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def moved(books: Books, timeline: Timeline, now: datetime) -> tuple[str, ...]:
    """What moves of the coming 400 days: a line for the same change in the same groups.

    By the zone data in force against what is kept.
    """
    known = _read(books)
    if known is None:
        return ()
    until = min(now + AHEAD, known.until)
    other = {
        zone: (by_now, then)
        for zone, then in known.zones.items()
        for by_now in [offsets(zone, _midnight(now - _BEHIND), _midnight(until))]
        if _within(by_now, now, until) != _within(then, now, until)
    }
    alike: dict[DutyOf, list[GroupId]] = defaultdict(list)
    for group in timeline.roster.groups.values():
        if any(timeline.roster.shifts[shift].zone in other for shift in group.shifts):
            alike[group.duty_of].append(group.id)
    lines = [
        line
        for groups in list(alike.values())[:_MOST_SETS]
        for line in _lines(groups, list(_moves(timeline, groups[0], other, (now, until))))
    ]
    left = sum(len(groups) for groups in list(alike.values())[_MOST_SETS:])
    if left:
        lines.append(f"{left} groups more go by clocks of {', '.join(sorted(other))}")
    return tuple(lines)


def _midnight(at: datetime) -> datetime:
    """So that the same is asked for by all who ask on a day."""
    return datetime.combine(at.date(), time.min, UTC)


def _within(found: Offsets, since: datetime, until: datetime) -> Offsets:
    """What of it counts in `[since, until)`."""
    before = [seconds for at, seconds in found if at <= since]
    after = tuple((at, seconds) for at, seconds in found if since < at < until)
    return ((since, before[-1] if before else found[0][1]), *after)


def _moves(
    timeline: Timeline,
    group: GroupId,
    other: Mapping[str, tuple[Offsets, Offsets]],
    window: tuple[datetime, datetime],
) -> Iterator[_Moved]:
    now, until = window
    zones: dict[datetime, set[str]] = defaultdict(set)
    for span in timeline.spans(group, now - _BEHIND, until):
        if span.zone in other:
            zones[span.starts].add(span.zone)
            zones[span.ends].add(span.zone)
    for handover in timeline.handovers(group, now - _BEHIND, until):
        for zone in sorted(zones.get(handover.at, ())):
            was = reread(handover.at, *other[zone])
            if was != handover.at and max(was, handover.at) > now:
                yield _Moved(was, handover.at, zone)


def _lines(groups: list[GroupId], found: list[_Moved]) -> Iterator[str]:
    """The first of each zone and length, how many there are, and when the last is."""
    some = f"{groups[0]} and {len(groups) - 1} more groups" if len(groups) > 1 else groups[0]
    alike: dict[tuple[str, timedelta], list[_Moved]] = defaultdict(list)
    for one in found:
        alike[one.zone, one.by].append(one)
    for (zone, by), theirs in alike.items():
        first, last = theirs[0], theirs[-1]
        more = f", and {len(theirs) - 1} more until {last.at:%Y-%m-%d}" if last != first else ""
        yield (
            f"{some}: the handover of {first.was:%Y-%m-%d %H:%M}Z is at {first.at:%Y-%m-%d %H:%M}Z,"
            f" {abs(by) // _MINUTE} min {'later' if by > timedelta(0) else 'sooner'}{more}"
            f" (clocks of {zone})"
        )


# -- telling people -----------------------------------------------------------------------------


def to_tell(books: Books, text: str, now: datetime) -> None:
    """Those whom the roster names are to hear it once."""
    books.meta.put(_NEWS, json.dumps({"at": now.isoformat(), "text": text}))


def news(books: Books, at: datetime) -> Iterator[Alarm]:
    try:
        told = json.loads(books.meta.get(_NEWS) or "")
        since, text = datetime.fromisoformat(told["at"]), str(told["text"])
    except (ValueError, TypeError, KeyError):
        return
    key = f"{_ALARM}{since.isoformat()}"
    if abs(at - since) < NEWS and key not in {one.key for one in books.alarms.told(_ALARM)}:
        yield Alarm(key, "Time-zone data", text, key, since, is_news=True)


def summed_up(lines: tuple[str, ...]) -> list[str]:
    """As many of them as a message takes."""
    if len(lines) <= _MOST_SAID:
        return [*lines]
    return [*lines[:_MOST_SAID], f"{len(lines) - _MOST_SAID} more of the kind are in the history"]
