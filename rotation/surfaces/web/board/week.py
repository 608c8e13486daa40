"""The week as a drawing: places in UTC, so that an hour is as wide on the day clocks change.

Words are on the clocks of one zone, and the same is there as a table.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from unicodedata import east_asian_width

from rotation.core.facts import Effect, Grant
from rotation.core.fallback import FALLBACK
from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import MOMENT, instant, local, local_date
from rotation.ledger import Unreadable
from rotation.surfaces.masking import masked
from rotation.surfaces.saying import city
from rotation.surfaces.sight import Sight
from rotation.zone_data import why_not

HOUR, LANE, GAP, HEAD, TITLE, FOOT = 7.5, 26, 4, 44, 24, 14
"""The drawing's measures: an hour's width, heights of lanes and of what stands around them."""
SIGN, EDGES = 6.6, 9
"""How wide a letter is about, and what a name leaves free of its bar."""
PATTERNS = 6
PER_PAGE = 20
_DAYS, _HOURS = 7, 24
_FIRST, _LAST = date(2000, 1, 3), date(2099, 12, 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One person's time: where it is drawn, and what it says. `look` is a pattern's number."""

    x: float
    y: int
    width: float
    look: str
    name: str
    short: str
    what: str
    starts: datetime
    ends: datetime
    when: str
    until: str
    is_out: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A group, or several whose week is the same, with its bars."""

    title: str
    groups: tuple[GroupId, ...]
    y: int
    height: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the viewer's zone. `odd` says how long it is where that is not 24 hours."""

    x: float
    width: float
    label: str
    odd: str


@dataclass(frozen=True, slots=True)
class Week:
    title: str
    zone: str
    zones: tuple[str, ...]
    days: tuple[Day, ...]
    lanes: tuple[Lane, ...]
    looks: tuple[tuple[str, str], ...]
    by_hand: bool
    width: float
    height: int
    now_x: float | None
    monday: date
    before: str
    after: str
    wrong: str
    group: str
    groups: tuple[str, ...]
    others: int


def week(sight: Sight, query: Mapping[str, str]) -> Week:
    """What the query asks for: `from` (a date in the week), `zone`, `group`."""
    zones = _zones(sight)
    zone, wrong = _zone(query.get("zone", ""), zones)
    monday, no_date = _monday(query.get("from", ""), local_date(sight.now, zone))
    edges = [instant(monday + timedelta(days=n), 0, zone) for n in range(_DAYS + 1)]
    starts, ends = edges[0], edges[-1]
    named = query.get("group", "")
    groups = [g for g in sight.roster.groups if not named or g == named]
    looks = _looks(sight, groups[:PER_PAGE])
    drawn = _Drawing(sight, starts, ends, zone, dict(looks))
    lanes = tuple(drawn.lanes(groups[:PER_PAGE]))
    return Week(
        title=f"Week of {monday:%-d %B %Y}",
        zone=zone,
        zones=tuple(dict.fromkeys((zone, *zones))),
        days=tuple(_day(a, b, starts, zone) for a, b in pairwise(edges)),
        lanes=lanes,
        looks=looks,
        by_hand=any(bar.look == "hand" or bar.is_out for lane in lanes for bar in lane.bars),
        width=_x(ends, starts),
        height=(lanes[-1].y + lanes[-1].height if lanes else HEAD) + FOOT,
        now_x=_x(sight.now, starts) if starts <= sight.now < ends else None,
        monday=monday,
        before=str(monday - timedelta(days=_DAYS)),
        after=str(monday + timedelta(days=_DAYS)),
        wrong=wrong or no_date,
        group=named if named in sight.roster.groups else "",
        groups=tuple(sorted(sight.roster.groups)),
        others=max(0, len(groups) - PER_PAGE),
    )


def _zones(sight: Sight) -> tuple[str, ...]:
    """Those of the roster's shifts and people, the first group's own first, and UTC."""
    roster = sight.roster
    shifts = [roster.shifts[s].zone for g in roster.groups.values() for s in g.shifts]
    people = sorted({p.zone for p in roster.people.values() if p.zone})
    return tuple(dict.fromkeys((*shifts, *people, "UTC")))


def _zone(asked: str, zones: tuple[str, ...]) -> tuple[str, str]:
    """The zone whose clocks are read, and what is wrong with the one that was asked for."""
    if not asked or asked in zones:
        return asked or zones[0], ""
    refused = why_not(asked)
    return (zones[0], refused) if refused else (asked, "")


def _monday(asked: str, today: date) -> tuple[date, str]:
    wrong = ""
    try:
        day = date.fromisoformat(asked) if asked else today
    except ValueError:
        day, wrong = today, f"“{asked}” is no date; write 2027-03-14"
    day = min(max(day, _FIRST), _LAST)
    return day - timedelta(days=day.weekday()), wrong


def _looks(sight: Sight, groups: Iterable[GroupId]) -> tuple[tuple[str, str], ...]:
    """Each shift with the number of its colour and pattern, in the order of the roster."""
    found = [sight.roster.groups[group] for group in groups]
    shifts = dict.fromkeys(shift for group in found for shift in group.shifts)
    if any(group.fallback for group in found):
        shifts[FALLBACK] = None
    return tuple((shift, str(n % PATTERNS)) for n, shift in enumerate(shifts))


def _day(starts: datetime, ends: datetime, first: datetime, zone: str) -> Day:
    hours = (ends - starts) / timedelta(hours=1)
    weekday, day, *_ = local(starts + timedelta(hours=2), zone).split()
    odd = "" if hours == _HOURS else f"{hours:g} h: clocks change"
    label = f"{weekday} {int(day[8:])}"
    return Day(_x(starts, first), _x(ends, starts), label, odd)


def _x(at: datetime, since: datetime) -> float:
    return round((at - since) / timedelta(hours=1) * HOUR, 2)


def _short(name: str, width: float) -> str:
    """As much of a name as a bar has room for: all of it, a first name, or initials."""
    first, *rest = name.split() or [name]
    fitting = (name, f"{first} {rest[-1][0]}." if rest else first, first, first[:1])
    return next((text for text in fitting if _wide(text) * SIGN <= width - EDGES), "")


def _wide(text: str) -> int:
    """In letters; Chinese and Japanese signs are as wide as two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A bar before it has a place."""

    person: PersonId
    look: str
    what: str
    starts: datetime
    ends: datetime
    is_out: bool = False


@dataclass(frozen=True, slots=True)
class _Drawing:
    sight: Sight
    starts: datetime
    ends: datetime
    zone: str
    looks: Mapping[str, str]

    def lanes(self, groups: Iterable[GroupId]) -> Iterator[Lane]:
        """Groups in which the same happens share a lane."""
        alike: dict[tuple[_Piece, ...], list[GroupId]] = {}
        for group in groups:
            alike.setdefault(tuple(self._pieces(group)), []).append(group)
        y = HEAD
        for pieces, names in alike.items():
            bars, rows = self._placed(pieces, y + TITLE)
            height = TITLE + max(1, rows) * (LANE + GAP) + GAP
            yield Lane(", ".join(names), tuple(names), y, height, tuple(bars))
            y += height

    def _pieces(self, group: GroupId) -> Iterator[_Piece]:
        spans = self.sight.timeline.spans(group, self.starts, self.ends)
        for span in spans:
            yield _Piece(span.person, self.looks[span.shift], span.shift, span.starts, span.ends)
        for grant in self._grants(group):
            ends = min(t for t in (grant.until, grant.ended_at, self.ends) if t is not None)
            if grant.starts < ends and ends > self.starts:
                why = f"by {grant.author}: {grant.reason}" if grant.reason else f"by {grant.author}"
                out = grant.effect is Effect.OUT
                what = masked(f"{'out' if out else 'in'} by hand, {why}")
                yield _Piece(grant.person, "hand", what, grant.starts, ends, out)

    def _grants(self, group: GroupId) -> list[Grant]:
        try:
            return self.sight.books.grants.of(group, since=self.starts)
        except Unreadable:
            return []  # the room is held for that, and says so

    def _placed(self, pieces: Iterable[_Piece], y: int) -> tuple[list[Bar], int]:
        """Each in the first row that is free for it, and how many rows that takes."""
        free: list[datetime] = []
        bars = []
        name = self.sight.namer()
        for piece in sorted(pieces, key=lambda p: (p.starts, p.ends, p.person)):
            row = next((n for n, at in enumerate(free) if at <= piece.starts), len(free))
            free[row : row + 1] = [piece.ends]
            bars.append(self._bar(piece, y + row * (LANE + GAP), name(piece.person)))
        return bars, len(free)

    def _bar(self, piece: _Piece, y: int, name: str) -> Bar:
        shown_from, shown_to = max(piece.starts, self.starts), min(piece.ends, self.ends)
        x = _x(shown_from, self.starts)
        width = max(_x(shown_to, self.starts) - x, 1)
        return Bar(
            x,
            y,
            width,
            piece.look,
            name,
            _short(name, width),
            piece.what,
            piece.starts.astimezone(UTC),
            piece.ends.astimezone(UTC),
            self._said(piece.starts),
            self._said(piece.ends - MOMENT if piece.ends == self.ends else piece.ends),
            piece.is_out,
        )

    def _said(self, at: datetime) -> str:
        weekday, day, clock, _, zone = local(at + MOMENT, self.zone).split()
        return f"{weekday} {int(day[8:])} {clock} {city(zone)}"
