"""What happened: the history, handovers that passed, and who had access."""

from dataclasses import dataclass
from datetime import datetime

from rotation.core.facts import HandoverRow
from rotation.core.roster import GroupId, PersonId
from rotation.surfaces import access, past
from rotation.surfaces.answers.answer import (
    Answer,
    Told,
    checked,
    cursor,
    instant_in,
    limit,
    opened,
    sealed,
)
from rotation.surfaces.answers.naming import group_once, person_once
from rotation.surfaces.instants import moment
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong

_SHOWN = 10_000
"""Things of one instant that are counted; nobody gave a cursor with more."""
KINDS = (past.HANDOVER, *past.KINDS)


@dataclass(frozen=True, slots=True)
class OfPast:
    group: str = asks("Only this group", Kind.GROUP, "")
    person: str = asks("Only this person, by key", Kind.PERSON, "")
    kind: str = asks("Only this kind", Kind.CHOICE, "", choices=("", *KINDS))
    since: str = asks("Not before", Kind.MOMENT, "")
    until: str = asks("Before", Kind.MOMENT, "")
    limit: int = limit()
    cursor: str = cursor()


@dataclass(frozen=True, slots=True)
class OfPart:
    group: str = asks("Only this group", Kind.GROUP, "")
    person: str = asks("Only this person, by key", Kind.PERSON, "")
    since: str = asks("Not before", Kind.MOMENT, "")
    until: str = asks("Before", Kind.MOMENT, "")
    limit: int = limit()
    cursor: str = cursor()


def part(
    sight: Sight, wish: OfPast | OfPart
) -> tuple[GroupId | None, PersonId | None, datetime | None, datetime | None]:
    """The group, the person, since when and until when, as far as they are asked for."""
    return (
        group_once(sight, wish.group) if wish.group else None,
        person_once(sight, wish.person) if wish.person else None,
        moment(wish.since) if wish.since else None,
        moment(wish.until) if wish.until else None,
    )


def _history(_counter: Counter, sight: Sight, wish: OfPast) -> Told:
    asked = past.Asked(*part(sight, wish), checked(wish.limit), wish.kind or None)
    mark = _mark("history", wish.cursor)
    found, older = past.page(sight.books, asked, sight.namer(), mark)
    return {"at": sight.now, "entries": found, "next": _cursor("history", older)}


def _handovers(_counter: Counter, sight: Sight, wish: OfPart) -> Told:
    asked = past.Asked(*part(sight, wish), checked(wish.limit), past.HANDOVER)
    found, older = past.handovers(sight.books, asked, _mark("handovers", wish.cursor))
    return {"at": sight.now, "handovers": found, "next": _cursor("handovers", older)}


def _cursor(about: str, mark: past.Mark | None) -> str | None:
    return None if mark is None else sealed(about, mark.at.isoformat(), mark.shown)


def _mark(about: str, cursor: str) -> past.Mark | None:
    if not cursor:
        return None
    at, shown = opened(about, cursor, str, int)
    return past.Mark(instant_in(at), min(max(0, shown), _SHOWN))


@dataclass(frozen=True, slots=True)
class AccessOf:
    group: str = asks("Everybody in this group", Kind.GROUP, "")
    person: str = asks("This person, by key", Kind.PERSON, "")
    since: str = asks("From when", Kind.MOMENT, "")
    until: str = asks("Before", Kind.MOMENT, "", hint="now, if empty")


def access_asked(
    group: GroupId | None,
    person: PersonId | None,
    since: datetime | None,
    until: datetime | None,
) -> access.Asked:
    """What a report is asked for. Raises Wrong."""
    if group is None and person is None:
        raise Wrong("it is not said of whom", "Name a group, a person or both")
    if since is not None and until is not None and since >= until:
        raise Wrong("the window ends before it begins", "Say its start before its end")
    return access.Asked(group, person, since, until)


def _access(_counter: Counter, sight: Sight, wish: AccessOf) -> access.Report:
    asked = access_asked(
        group_once(sight, wish.group) if wish.group else None,
        person_once(sight, wish.person) if wish.person else None,
        moment(wish.since) if wish.since else None,
        moment(wish.until) if wish.until else sight.now,
    )
    return access.report(sight, asked)


HISTORY = Answer(
    "history", "What was done and why, newest first", "/history", OfPast,
    {"at": datetime, "entries": [past.Entry], "next": str | None}, _history,
)  # fmt: skip
HANDOVERS = Answer(
    "handovers", "Handovers that passed, and when each was proven, newest first", "/handovers",
    OfPart, {"at": datetime, "handovers": [HandoverRow], "next": str | None}, _handovers,
)  # fmt: skip
ACCESS = Answer(
    "access-report", "Who had access, from when till when, why, and how that was proven",
    "/access-report", AccessOf, access.Report, _access,
)  # fmt: skip
