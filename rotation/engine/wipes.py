"""Wipes: somebody may be in no group any more; when that is proven, and what is left to people.

A mark is all it takes: from then on nobody adds them, every group is read anew before anything
else, and they are removed wherever they are seen. Here is what begins with a mark, and how it is
known to have come to its end.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from rotation.core.alarm import Alarm, places
from rotation.core.facts import Identity, Leaver
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, PersonId, Roster
from rotation.engine import lists
from rotation.engine.rules import Event
from rotation.engine.whereabouts import Far, Place, Whereabouts, whereabouts
from rotation.ledger import Books

MARKED, WAITS, PROVEN, REINSTATED = "leaver", "wipe_waits", "wiped", "reinstated"
"""Kinds of the audit: the mark, that only people can go on, that all is proven, and its end."""
ASKED = "wipe_asked"
"""That somebody asked for one, which another person has to approve."""
APPROVED_WITHIN = timedelta(hours=24)
NEWS = timedelta(days=7)
"""For so long people are told how a wipe came to its end, if nobody could be reached."""
GONE = frozenset({"removed", "late_removal"})


LOOK_EVERY, ALL_DONE = timedelta(seconds=5), timedelta(minutes=1)
"""How often it is asked where leavers may be; and how often while only people can go on."""


class Wiping:
    """Remembers when it was last asked how far the wipes are."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def looked(
        self, books: Books, roster: Roster, accounts: Collection[AccountId], at: datetime
    ) -> tuple[list[Event], datetime | None]:
        """Settle the wipes if it is time to; what to tell, and when to look again."""
        going = [one for one in books.leavers.standing() if one.proven_at is None]
        if not going:
            return [], None
        every = LOOK_EVERY if any(one.done_at is None for one in going) else ALL_DONE
        last = self._looked_at
        if last is not None and timedelta(0) <= at - last < every:
            return [], last + every
        self._looked_at = at
        return list(settle(books, roster, accounts, at)), at + every


@dataclass(frozen=True, slots=True)
class Team:
    """A team by its name, with its groups in the roster in force."""

    name: str
    groups: frozenset[GroupId]

    @classmethod
    def of(cls, roster: Roster, name: str) -> "Team":
        return cls(name, frozenset(g.id for g in roster.groups.values() if g.team == name))


@dataclass(frozen=True, slots=True)
class Asked:
    """A wipe that waits for a second person: who asked for it, why, and when."""

    author: str
    reason: str
    at: datetime


def ask(  # noqa: PLR0913 - who, on whose word, why, when, and for which groups
    books: Books,
    person: PersonId,
    author: str,
    reason: str,
    now: datetime,
    team: str = "",
    *,
    by_hand: bool = True,
) -> None:
    """Write down that a wipe was asked for. Nothing is done before somebody else approves it."""
    told = {"author": author, "reason": reason, "at": now.isoformat()}
    books.meta.put(_asked_of(person, team), json.dumps(told))
    books.audit.append(
        at=now, kind=ASKED, group=None, person=person, reason=reason_of(team),
        origin=_origin(author, by_hand=by_hand), detail={"why": reason, **_scope(team)},
    )  # fmt: skip


def asked(books: Books, person: PersonId, now: datetime, team: str = "") -> Asked | None:
    """The wipe of `person` that waits for a second person; after a day it does no more."""
    try:
        told = json.loads(books.meta.get(_asked_of(person, team)) or "")
        found = Asked(told["author"], told["reason"], datetime.fromisoformat(told["at"]))
    except (ValueError, TypeError, KeyError):
        return None
    return found if timedelta(0) <= now - found.at < APPROVED_WITHIN else None


def _asked_of(person: PersonId, team: str) -> str:
    return f"{ASKED}/{team}/{person}" if team else f"{ASKED}/{person}"


def reason_of(team: str) -> Reason:
    """Why whoever was wiped goes: from every group, or those of `team`."""
    return Reason.MOVED if team else Reason.LEAVER


def _scope(team: str) -> dict[str, str]:
    return {"team": team} if team else {}


def _origin(author: str, *, by_hand: bool) -> str:
    return f"{author} by hand" if by_hand else author


def begin(  # noqa: PLR0913 - who, on whose word, why, when, and for which groups
    books: Books,
    person: PersonId,
    author: str,
    reason: str,
    now: datetime,
    approved_by: str = "",
    *,
    of: Team | None = None,
    by_hand: bool = True,
) -> bool:
    """From now on the person is a leaver under all their numbers; False where they are already.

    Of every group, or of the groups `of` a team. An earlier mark is kept, and their former numbers
    join it.
    """
    team = of.name if of is not None else ""
    books.meta.drop(_asked_of(person, team))
    marked = books.leavers.mark(person, author, reason, now, team)
    if not marked:
        return False
    approved = {"approved_by": approved_by} if approved_by else {}
    books.audit.append(
        at=now, kind=MARKED, group=None, person=person, reason=reason_of(team),
        origin=_origin(author, by_hand=by_hand),
        detail={"why": reason, "marked": [*marked], **approved, **_scope(team)},
    )  # fmt: skip
    lists.sweep(books, now, None if of is None else of.groups)
    return True


def reinstate(
    books: Books, person: PersonId, author: str, reason: str, now: datetime, team: str = ""
) -> bool:
    """The person is a leaver no more, of all groups or of `team`; False where they were none."""
    if not books.leavers.reinstate(person, author, reason, now, team):
        return False
    books.audit.append(
        at=now, kind=REINSTATED, group=None, person=person, reason=None,
        origin=f"{author} by hand", detail={"why": reason, **_scope(team)},
    )  # fmt: skip
    if not team and not books.leavers.everywhere():
        books.found.forget()
    books.groups.wake(now)
    return True


Wiped: TypeAlias = tuple[PersonId, str]
"""Who was wiped, and out of which team's groups; "" for all there are."""


def open_wipes(books: Books) -> dict[Wiped, tuple[Leaver, ...]]:
    """The wipes that are not proven yet, each with the marks of all the person's numbers."""
    return {
        one: marks
        for one, marks in wipes(books).items()
        if any(one.proven_at is None for one in marks)
    }


def wipes(books: Books) -> dict[Wiped, tuple[Leaver, ...]]:
    """Every wipe in force, with the marks of all the person's numbers.

    A number that turned out to be somebody else's is theirs.
    """
    known, found = books.people.all(), dict[Wiped, list[Leaver]]()
    for leaver in books.leavers.standing():
        if leaver.person in known:
            found.setdefault((_main(known, leaver.person), leaver.team), []).append(leaver)
    return {one: tuple(marks) for one, marks in found.items()}


def _main(known: Mapping[PersonId, Identity], person: PersonId) -> PersonId:
    return known[person].former_of or person


def settle(
    books: Books, roster: Roster, accounts: Collection[AccountId], at: datetime
) -> Iterator[Event]:
    """Write down of each wipe that it is proven, or that only people can go on with it.

    `roster` has the groups as well that only lists name.
    """
    for (person, team), marks in open_wipes(books).items():
        found = whereabouts(books, roster, accounts, marks, at)
        waited = all(one.done_at is not None for one in marks)
        if found.proven:
            done_at = max((m.done_at for m in marks if m.done_at is not None), default=at)
            books.leavers.progress(found.people, done_at, at, team)
            yield _recorded(books, PROVEN, person, marks, found, at)
        elif found.done and not waited:
            books.leavers.progress(found.people, at, None, team)
            yield _recorded(books, WAITS, person, marks, found, at)


def _recorded(
    books: Books,
    kind: str,
    person: PersonId,
    marks: Collection[Leaver],
    found: Whereabouts,
    at: datetime,
) -> Event:
    mark = max(marks, key=_since)
    removed = removals(books, found, mark.team)
    text = said(found, len(removed))
    books.audit.append(
        at=at, kind=kind, group=None, person=person, reason=reason_of(mark.team),
        origin=mark.author,
        detail={
            "by_hand": [_left(place) for place in found.those(Far.HELD)],
            "groups": [str(place.group) for place in found.groups],
            "removed": removed,
            "since": mark.since.isoformat(),
            "text": text,
            "why": mark.reason,
            **_scope(mark.team),
        },
    )  # fmt: skip
    account = next((place.account for place in found.places), AccountId(""))
    return Event(at, kind, account, None, person, text)


def _since(mark: Leaver) -> datetime:
    return mark.since


def _left(place: Place) -> str:
    return f"{place.group or f'account {place.account}'}: {place.why}. To do: {place.to_do}"


def removals(books: Books, found: Whereabouts, team: str) -> list[str]:
    """The groups they were removed from by us since the mark, by a wipe of as many groups."""
    groups = {
        str(record.group)
        for person in found.people
        for record in books.audit.list(person=person, since=found.since)
        if record.kind in GONE and record.reason is reason_of(team)
    }
    return sorted(groups)


def said(found: Whereabouts, removed: int) -> str:
    """How far it is, in a few words."""
    out, held = len([p for p in found.groups if p.far is Far.OUT]), found.those(Far.HELD)
    rest = len(found.those(Far.OPEN))
    told = [f"out of {out} of {len(found.groups)} groups, removed from {removed}"]
    if held:
        told.append(f"{len(held)} left to a person")
    if rest:
        told.append(f"{rest} to go")
    return ", ".join(told)


def news(
    books: Books, roster: Roster, accounts: Collection[AccountId], at: datetime
) -> Iterator[Alarm]:
    """What people are told once: that a wipe is proven, or what of it is left to them."""
    told = {alarm.key for alarm in books.alarms.told(PREFIX)}
    for (person, team), marks in wipes(books).items():
        mark = max(marks, key=_since)
        ended_at = mark.proven_at or mark.done_at
        if ended_at is None or at - ended_at > NEWS:
            continue
        is_proven = mark.proven_at is not None
        key = f"{PREFIX}{person}/{mark.since.isoformat()}/{'proven' if is_proven else 'waits'}"
        key += f"/{team}" if team else ""
        if key in told:
            continue
        found = whereabouts(books, roster, accounts, marks, at)
        scope = f" from team {team}" if team else ""
        name = _named(books, roster, person)
        where = f"The wipe of {name}{scope} that {mark.author} asked for ({mark.reason})"
        yield Alarm(key, where, _news(books, found, team), key, ended_at, is_news=is_proven)


PREFIX = "wipe/"


def _named(books: Books, roster: Roster, person: PersonId) -> str:
    known = roster.people.get(person) or books.people.all().get(person)
    return (known.name if known is not None else "") or str(person)


def _news(books: Books, found: Whereabouts, team: str) -> str:
    removed = len(removals(books, found, team))
    held = found.those(Far.HELD)
    if not held:
        return f"proven: {said(found, removed)}."
    subjects = {g.group: g.subject for g in books.found.all()}
    by_cause: dict[tuple[str, str], list[str]] = {}
    for place in held:
        name = f"Group {subjects.get(place.group, '') or place.group}" if place.group else (
            f"Account {place.account}")  # fmt: skip
        by_cause.setdefault((place.why, place.to_do), []).append(name)
    left = (f"{places(where)}: {why}. To do: {to_do}." for (why, to_do), where in by_cause.items())
    return f"{said(found, removed)}. {' '.join(left)}"
