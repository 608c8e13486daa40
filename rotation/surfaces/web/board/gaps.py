"""What the roster in force leaves open in the months to come, as a page and as a file."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from weakref import WeakKeyDictionary

from starlette.responses import PlainTextResponse, Response

from rotation.core.gaps import UNCOVERED, Found, Kind, gaps
from rotation.core.roster import DutyOf, Group, GroupId, Roster, Uncovered
from rotation.core.timeline import Timeline
from rotation.surfaces.counting import counted
from rotation.surfaces.data import instant, write_csv
from rotation.surfaces.foresight import FIX, RuleOf, TooShort, is_much_to_weigh, too_short
from rotation.surfaces.gaps import MINUTE, clocks_said, rank, what_said
from rotation.surfaces.masking import masked
from rotation.surfaces.months import months_later
from rotation.surfaces.saying import stretch_said
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.heat import Week, heat

MOST = 100
"""Lines of a part, and maps, that a page shows; the file has all of them."""
MOST_WORK = 20_000
"""Dates of sets of shifts that are laid out for a page: a second or two."""
MOST_ROWS = 100_000
COLUMNS = (
    "kind", "group", "person", "shifts", "from", "until", "minutes", "local", "clocks", "because",
)  # fmt: skip
_USUAL, _MOST_MONTHS, _KEPT = 13, 36, 32
_A_FEW = 4


@dataclass(frozen=True, slots=True)
class Line:
    """The same thing, as often as it comes back. `why` are pairs of a kind of cause and a cause."""

    kind: Kind
    what: str
    groups: tuple[GroupId, ...]
    starts: datetime
    local: str
    utc: str
    times: int
    last: str
    why: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Map:
    groups: tuple[GroupId, ...]
    zone: str
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class Slow:
    """A handover that the drip is too slow for."""

    group: GroupId
    what: str
    starts: datetime
    local: str


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one sort; `others` of them are left out."""

    key: str
    title: str
    lines: tuple[Line, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Page:
    """What was found in `[since, until)`. `may_be_empty`: groups without gaps on purpose."""

    since: datetime
    until: datetime
    months: int
    group: str
    summed_up: str
    first: str
    maps: tuple[Map, ...]
    more_maps: int
    parts: tuple[Part, ...]
    slow: tuple[Slow, ...]
    more_slow: int
    is_weighed: bool
    may_be_empty: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a question asks for, and what was found; nothing, unless it is `answered`."""

    roster: Roster
    since: datetime
    until: datetime
    months: int
    group: str
    found: Sequence[Found]
    slow: Sequence[TooShort]
    is_weighed: bool
    answered: bool
    wrong: tuple[str, ...]


class Gaps:
    """Looks ahead once an hour for a roster in force, however often somebody asks."""

    def __init__(self, drip: RuleOf) -> None:
        self._drip = drip
        self._kept: WeakKeyDictionary[Timeline, dict[tuple[datetime, int, str], list[Found]]] = (
            WeakKeyDictionary()
        )
        self._slow: WeakKeyDictionary[Timeline, tuple[datetime, list[TooShort]]] = (
            WeakKeyDictionary()
        )
        self._turn = threading.Lock()

    def looked(self, sight: Sight, query: Mapping[str, str]) -> Looked:
        """By the query: `months`, from the hour that has begun, and `group`."""
        months, no_months = _months(query.get("months", "").strip())
        group, roster = query.get("group", "").strip(), sight.roster
        since = sight.now.replace(minute=0, second=0, microsecond=0)
        until = months_later(since, months)
        asked, no_answer = _asked(roster, group, until - since)
        key = since, months, group
        found = [] if no_answer else self._found(sight.timeline, asked, key)
        slow = [] if no_answer else self._too_slow(sight, since)
        slow = [one for one in slow if one.group in asked.groups]
        wrong = tuple(filter(None, (no_months, no_answer)))
        is_weighed = not is_much_to_weigh(roster)
        return Looked(
            asked, since, until, months, group, found, slow, is_weighed, not no_answer, wrong
        )

    def _too_slow(self, sight: Sight, since: datetime) -> list[TooShort]:
        """All groups of an account share its drip, whichever of them is asked for."""
        with self._turn:
            at, found = self._slow.get(sight.timeline, (None, []))
            if at != since:
                is_much = is_much_to_weigh(sight.roster)
                weighed = () if is_much else too_short(
                    sight.roster, sight.timeline, self._drip, since
                )  # fmt: skip
                found = list(weighed)
                self._slow[sight.timeline] = since, found
            return found

    def _found(
        self, timeline: Timeline, asked: Roster, key: tuple[datetime, int, str]
    ) -> list[Found]:
        with self._turn:  # whoever asks the same at the same time waits for the one answer
            kept = self._kept.setdefault(timeline, {})
            if key not in kept:
                if len(kept) >= _KEPT:
                    kept.clear()
                since, months, group = key
                ahead = Timeline(asked) if group else timeline
                kept[key] = gaps(ahead, since, months_later(since, months))
            return kept[key]


def _months(text: str) -> tuple[int, str]:
    number = int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else 0
    if not text or 1 <= number <= _MOST_MONTHS:
        return number or _USUAL, ""
    return _USUAL, f"“{text}” are no months; write a number from 1 to {_MOST_MONTHS}"


def _asked(roster: Roster, group: str, ahead: timedelta) -> tuple[Roster, str]:
    """The roster of the groups that are asked for, or why that is not answered."""
    if group:
        only = {name: one for name, one in roster.groups.items() if name == group}
        roster = replace(roster, groups=only)
        if not only:
            return roster, f"there is no group “{group}” in the roster in force"
    if ahead.days * len(set(map(_asks, roster.groups.values()))) > MOST_WORK:
        return roster, (
            "that is too much for a page: name a group, ask for fewer months, or run"
            " `rotation gaps`"
        )
    return roster, ""


def _asks(group: Group) -> tuple[DutyOf, object, object]:
    """Groups of which this is the same have the same gaps."""
    least = 0 if _may_be_empty(group) else group.policy.keep_at_least
    return group.duty_of, least, group.policy.closed


def _may_be_empty(group: Group) -> bool:
    return group.policy.uncovered is Uncovered.EMPTY


# -- the page -------------------------------------------------------------------------------


def page(it: Looked) -> Page:
    found = sorted(it.found, key=rank)
    is_open = [one for one in found if one.kind in UNCOVERED]
    by_groups: dict[tuple[GroupId, ...], list[Found]] = defaultdict(list)
    for one in is_open:
        by_groups[one.groups].append(one)
    maps = tuple(
        Map(groups, zone, heat(theirs, it.since, it.until, zone))
        for groups, theirs in list(by_groups.items())[:MOST]
        for zone in [_zone(it.roster, theirs[0])]
    )
    return Page(
        it.since, it.until, it.months, it.group, _summed_up(it, is_open), _first(it, is_open),
        maps, max(0, len(by_groups) - MOST), tuple(_parts(it.roster, found)),
        tuple(_slow(it.roster, one) for one in it.slow[:MOST]), max(0, len(it.slow) - MOST),
        it.is_weighed,
        sum(map(_may_be_empty, it.roster.groups.values())), it.wrong,
    )  # fmt: skip


def _summed_up(it: Looked, is_open: Sequence[Found]) -> str:
    if not it.answered or not it.roster.groups:
        return ""
    if not is_open:
        whose = it.group or "Every group"
        return f"{whose} is covered until {it.until:%Y-%m-%d}"
    number = sum(len(one.stretches) for one in is_open)
    groups = len({group for one in is_open for group in one.groups})
    return f"{counted(number, 'gap')} in {counted(groups, 'group')} until {it.until:%Y-%m-%d}"


def _first(it: Looked, is_open: Sequence[Found]) -> str:
    if not is_open:
        return ""
    first = min(is_open, key=lambda one: one.stretches[0])
    starts, ends = first.stretches[0]
    when = f"{stretch_said(starts, ends, _zone(it.roster, first))} ({_utc(starts, ends)})"
    more = len(first.groups) - 1
    where = first.groups[0] + (f" and {counted(more, 'more group')}" if more else "")
    return f"The first: {when}, {where}"


_PARTS = {
    "open": ("Open", UNCOVERED),
    "together": ("Two shifts at once", {Kind.OVERLAP}),
    "people": ("People on two shifts at once", {Kind.TWICE, Kind.REST}),
    "fallback": ("Covered by fallback people only", {Kind.FALLBACK}),
    "closed": ("Closed on purpose", {Kind.CLOSED}),
}


def _parts(roster: Roster, found: Sequence[Found]) -> Iterator[Part]:
    feasts = frozenset(name for of in roster.holidays.values() for _, name in of.days)
    for key, (title, kinds) in _PARTS.items():
        these = [one for one in found if one.kind in kinds]
        if these:
            lines = map(partial(_line, roster, feasts), these[:MOST])
            yield Part(key, title, tuple(lines), max(0, len(these) - MOST))


def _slow(roster: Roster, one: TooShort) -> Slow:
    zone = roster.shifts[roster.groups[one.group].shifts[0]].zone
    return Slow(
        one.group,
        f"{one.what[:1].upper()}{one.what[1:]}. {FIX}.",
        one.at,
        stretch_said(one.at, one.again, zone),
    )


def _line(roster: Roster, feasts: frozenset[str], found: Found) -> Line:
    starts, ends = found.stretches[0]
    zone = _zone(roster, found)
    return Line(
        found.kind, masked(what_said(roster, found)), found.groups, starts,
        stretch_said(starts, ends, zone), _utc(starts, ends), len(found.stretches),
        stretch_said(*found.stretches[-1], zone), tuple(_why(found, feasts)),
    )  # fmt: skip


def _why(found: Found, feasts: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The causes, each with its sort; what is closed says itself by whose words."""
    for change in found.clocks:
        yield "clocks", clocks_said(change)
    for reason in found.why if found.kind is not Kind.CLOSED else ():
        yield "holiday" if reason in feasts else "season", masked(reason)


def _zone(roster: Roster, found: Found) -> str:
    """Whose clocks are read: those of the group's first shift, as elsewhere, or of the person."""
    if found.groups:
        return roster.shifts[roster.groups[found.groups[0]].shifts[0]].zone
    own = None if found.person is None else roster.people[found.person].zone
    return own or next(roster.shifts[s].zone for s in found.shifts if s in roster.shifts)


def _utc(starts: datetime, ends: datetime) -> str:
    to = f"{ends:%H:%M}" if ends.date() == starts.date() else f"{ends:%Y-%m-%d %H:%M}"
    return f"{starts:%Y-%m-%d %H:%M} to {to} UTC"


# -- the file -------------------------------------------------------------------------------


def file_of(it: Looked) -> Response:
    """A row for each time, group by group."""
    if sum(len(one.stretches) * max(1, len(one.groups)) for one in it.found) > MOST_ROWS:
        it = replace(it, wrong=(*it.wrong, "that is too much for a file: name a group"))
    if it.wrong:
        return PlainTextResponse("; ".join(it.wrong) + "\n", 400)
    text = StringIO()
    write_csv(text, COLUMNS, _rows(it))
    name = f"gaps-{it.since:%Y-%m-%d}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(it: Looked) -> Iterator[tuple[object, ...]]:
    for one in it.found:
        zone = _zone(it.roster, one)
        clocks = ", ".join(map(clocks_said, one.clocks))
        why, shifts = masked(", ".join(one.why)), " ".join(one.shifts)
        for starts, ends in one.stretches:
            local, minutes = stretch_said(starts, ends, zone), round((ends - starts) / MINUTE)
            for group in one.groups or ("",):
                yield (
                    one.kind, group, one.person, shifts, instant(starts), instant(ends), minutes,
                    local, clocks, why,
                )  # fmt: skip
    for slow in it.slow:
        minutes = round((slow.again - slow.at) / MINUTE)
        local = _slow(it.roster, slow).local
        yield (
            "drip", slow.group, None, "", instant(slow.at), instant(slow.again), minutes, local, "",
            slow.what,
        )  # fmt: skip
