"""The past with filters, newest first, page after page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import clock_time
from rotation.surfaces import past
from rotation.surfaces.saying import city, zone_of
from rotation.surfaces.sight import Sight

PER_PAGE = 50
KINDS = (past.HANDOVER, *past.KINDS)
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, with the time there."""

    entry: past.Entry
    there: str


@dataclass(frozen=True, slots=True)
class History:
    """A page of the past. `wrong`: what of the question makes no sense; `older` leads on."""

    lines: tuple[Line, ...]
    asked: Mapping[str, str]
    wrong: tuple[str, ...]
    older: str
    groups: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    is_first: bool


def history(sight: Sight, query: Mapping[str, str]) -> History:
    """What the query asks for: `group`, `person`, `kind`, `since` (a date), `before` (a cursor)."""
    asked = {key: query.get(key, "").strip() for key in ("group", "person", "kind", "since")}
    mark = _mark(query.get("before", ""))
    wrong, question = _asked(sight, asked)
    shown, older = ((), None) if wrong else past.page(sight.books, question, sight.namer(), mark)
    return History(
        lines=tuple(Line(entry, _there(sight, entry)) for entry in shown),
        asked=asked,
        wrong=tuple(wrong),
        older="" if older is None else _older(asked, older),
        groups=tuple(sorted(sight.roster.groups)),
        people=tuple(sorted((p.id, p.name) for p in sight.roster.people.values())),
        is_first=mark is None,
    )


def _asked(sight: Sight, asked: Mapping[str, str]) -> tuple[list[str], past.Asked]:
    wrong = []
    group, person, kind = asked["group"], asked["person"], asked["kind"]
    if group and group not in sight.roster.groups and group not in sight.books.groups.accounts():
        wrong.append(f"there is no group “{group}”")
    if person and person not in sight.roster.people and person not in sight.books.people.all():
        wrong.append(f"there is nobody called “{person}”")
    if kind and kind not in KINDS:
        wrong.append(f"there is no kind “{kind}”")
    since = _day(asked["since"])
    if asked["since"] and since is None:
        wrong.append(f"“{asked['since']}” is no date; write 2027-03-14")
    question = past.Asked(
        GroupId(group) if group else None,
        PersonId(person) if person else None,
        since,
        None,
        PER_PAGE,
        kind or None,
    )
    return wrong, question


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        return None


def _mark(text: str) -> past.Mark | None:
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    try:
        return past.Mark(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), int(found[2]))
    except ValueError:
        return None


def _older(asked: Mapping[str, str], mark: past.Mark) -> str:
    at = mark.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    query = {key: value for key, value in asked.items() if value}
    return urlencode({**query, "before": f"{at}Z{mark.shown}"})


def _there(sight: Sight, entry: past.Entry) -> str:
    group = sight.roster.groups.get(entry.group) if entry.group is not None else None
    zone = "UTC" if group is None else zone_of(sight.timeline, group, entry.at)
    return f"{clock_time(entry.at, zone)} {city(zone)}"
