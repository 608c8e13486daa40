"""A calendar that is read again and again: each of its events, and the covers that it means.

What an event means depends on it, on the roster files and on nothing else, so that the same is
meant at every reading: neither what has passed of it nor changes of duty by command alter that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from rotation.core.clocks import resolved
from rotation.core.roster import MINUTES_A_DAY, Change, Roster, ShiftId
from rotation.importing.events import calendar, has_events, zone_of
from rotation.importing.series import series_of
from rotation.importing.stretches import LONGEST, Covering, Stretch
from rotation.roster_file.problems import RosterErrors

_EVERYWHERE = timedelta(hours=12)
"""When a date is over in UTC it may go on for so long in the west."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What one event comes to: covers, each with the instant at which that is history.

    `says` is the same for what says the same; `told` is how people know the event.
    """

    event: str
    says: str
    told: str
    line: int
    covers: tuple[tuple[Change, datetime], ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """What a calendar says at an instant.

    `passed` are the events that are over, by what they say. `later` so many begin so far ahead that
    they are left for then, a series counted once. At `reread_at` the next is near enough, also of a
    series that has begun. `is_empty`: it has no event at all,
    cancelled or not.
    """

    meant: tuple[Meant, ...]
    passed: Mapping[str, str]
    later: int
    reread_at: datetime | None
    is_empty: bool


def followed(
    name: str, content: bytes, roster: Roster, shifts: Sequence[ShiftId], now: datetime
) -> Followed:
    """What the calendar in `content` says at the UTC instant `now`; `name` is what it is called.

    Raises RosterErrors: all of it is meant, or none.
    """
    found = calendar(name, content, zone_of(roster, shifts), now)
    covering = Covering(roster, datetime.min.replace(tzinfo=UTC), shifts)
    ahead, passed, later = list[Stretch](), dict[str, str](), dict[str, datetime]()
    for one in found:
        begins, until = one.window
        if until + (_EVERYWHERE if one.starts is None else timedelta(0)) <= now:
            passed[one.uid] = _says(one)
        elif begins - now > LONGEST:
            later[one.uid] = begins - LONGEST
        else:
            ahead.append(one)
    made, refused = covering.all_covers(ahead)
    if refused:
        raise RosterErrors([wrong.problem(name, one.line) for one, wrong in refused])
    begun = {series_of(uid) for uid in (*passed, *(one.uid for one in ahead))} - {""}
    not_begun = {series_of(uid) or uid for uid in later} - begun
    meant = tuple(_meant(roster, one, covers) for one, covers in made)
    return Followed(meant, passed, len(not_begun), min(later.values(), default=None),
                    not has_events(content))  # fmt: skip


def _meant(roster: Roster, event: Stretch, covers: Sequence[Change]) -> Meant:
    made = tuple(_with_ends(covers, roster, event))
    return Meant(event.uid, _says(event), event.where, event.line, made)


def _with_ends(
    covers: Sequence[Change], roster: Roster, event: Stretch
) -> Iterator[tuple[Change, datetime]]:
    """An event of dates is over at midnight by the clocks of the shift."""
    for cover in covers:
        if event.ends is not None:
            yield cover, event.ends.astimezone(UTC)
        elif cover.last is not None and cover.shift is not None:
            zone = roster.shifts[cover.shift].zone
            yield cover, resolved(cover.last.toordinal(), MINUTES_A_DAY, zone)[0]


def _says(event: Stretch) -> str:
    told = (event.who, event.starts, event.ends, event.first, event.end)
    return sha256(repr(told).encode()).hexdigest()[:32]
