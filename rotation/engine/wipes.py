"""Wipes: somebody may be in no group any more; when that is proven, and what is left to people.

A mark is all it takes: from then on nobody adds them, every group is read anew before anything
else, and they are removed wherever they are seen. Here is what begins with a mark, and how it is
known to have come to its end.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.alarm import Alarm, places
from rotation.core.facts import Identity, Leaver
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, PersonId, Roster
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
        going = [one for one in books.leavers.all().values() if one.proven_at is None]
        if not going:
            return [], None
        every = LOOK_EVERY if any(one.done_at is None for one in going) else ALL_DONE
        last = self._looked_at
        if last is not None and timedelta(0) <= at - last < every:
            return [], last + every
        self._looked_at = at
        return list(settle(books, roster, accounts, at)), at + every


@dataclass(frozen=True, slots=True)
class Asked:
    """A wipe that waits for a second person: who asked for it, why, and when."""

    author: str
    reason: str
    at: datetime


def ask(
    books: Books,
    person: PersonId,
    author: str,
    reason: str,
    now: datetime,
    *,
    by_hand: bool = True,
) -> None:
    """Write down that a wipe was asked for. Nothing is done before somebody else approves it."""
    told = {"author": author, "reason": reason, "at": now.isoformat()}
    books.meta.put(_asked_of(person), json.dumps(told))
    books.audit.append(
        at=now, kind=ASKED, group=None, person=person, reason=Reason.LEAVER,
        origin=_origin(author, by_hand=by_hand), detail={"why": reason},
    )  # fmt: skip


def asked(books: Books, person: PersonId, now: datetime) -> Asked | None:
    """The wipe of `person` that waits for a second person; after a day it does no more."""
    try:
        told = json.loads(books.meta.get(_asked_of(person)) or "")
        found = Asked(told["author"], told["reason"], datetime.fromisoformat(told["at"]))
    except (ValueError, TypeError, KeyError):
        return None
    return found if timedelta(0) <= now - found.at < APPROVED_WITHIN else None


def _asked_of(person: PersonId) -> str:
    return f"{ASKED}/{person}"


def _origin(author: str, *, by_hand: bool) -> str:
    return f"{author} by hand" if by_hand else author


def begin(  # noqa: PLR0913 - whose wipe, who asks for it, how, why, when, and who agreed
    books: Books,
    person: PersonId,
    author: str,
    reason: str,
    now: datetime,
    approved_by: str = "",
    *,
    by_hand: bool = True,
) -> bool:
    """From now on the person is a leaver under all their numbers; False where they are already.

    An earlier mark is kept, and their former numbers join it.
    """
    books.meta.drop(_asked_of(person))
    before = books.leavers.all()
    books.leavers.mark(person, author, reason, now)
    marked = sorted(books.leavers.all().keys() - before.keys())
    if not marked:
        return False
    approved = {"approved_by": approved_by} if approved_by else {}
    books.audit.append(
        at=now, kind=MARKED, group=None, person=person, reason=Reason.LEAVER,
        origin=_origin(author, by_hand=by_hand),
        detail={"why": reason, "marked": [*marked], **approved},
    )  # fmt: skip
    lists.sweep(books, now)
    return True


def reinstate(books: Books, person: PersonId, author: str, reason: str, now: datetime) -> bool:
    """The person is a leaver no more; False where they were none."""
    if not books.leavers.reinstate(person, author, reason, now):
        return False
    books.audit.append(
        at=now, kind=REINSTATED, group=None, person=person, reason=None,
        origin=f"{author} by hand", detail={"why": reason},
    )  # fmt: skip
    if not books.leavers.all():
        books.found.forget()
    books.groups.wake(now)
    return True


def open_wipes(books: Books) -> dict[PersonId, tuple[Leaver, ...]]:
    """The people of whom it is not proven yet, each with the marks of all their numbers."""
    return {
        person: marks
        for person, marks in wipes(books).items()
        if any(one.proven_at is None for one in marks)
    }


def wipes(books: Books) -> dict[PersonId, tuple[Leaver, ...]]:
    """Everybody who is a leaver, each with the marks of all their numbers.

    A number that turned out to be somebody else's is theirs.
    """
    known, found = books.people.all(), dict[PersonId, list[Leaver]]()
    for person, leaver in books.leavers.all().items():
        if person in known:
            found.setdefault(_main(known, person), []).append(leaver)
    return {person: tuple(marks) for person, marks in found.items()}


def _main(known: Mapping[PersonId, Identity], person: PersonId) -> PersonId:
    return known[person].former_of or person


def settle(
    books: Books, roster: Roster, accounts: Collection[AccountId], at: datetime
) -> Iterator[Event]:
    """Write down of each wipe that it is proven, or that only people can go on with it.

    `roster` has the groups as well that only lists name.
    """
    for person, marks in open_wipes(books).items():
        found = whereabouts(books, roster, accounts, marks, at)
        waited = all(one.done_at is not None for one in marks)
        if found.proven:
            done_at = max((m.done_at for m in marks if m.done_at is not None), default=at)
            books.leavers.progress(found.people, done_at, at)
            yield _recorded(books, PROVEN, person, found, at)
        elif found.done and not waited:
            books.leavers.progress(found.people, at, None)
            yield _recorded(books, WAITS, person, found, at)


def _recorded(books: Books, kind: str, person: PersonId, found: Whereabouts, at: datetime) -> Event:
    removed = removals(books, found)
    text = said(found, len(removed))
    mark = max((m for m in books.leavers.all().values() if m.person in found.people), key=_since)
    books.audit.append(
        at=at, kind=kind, group=None, person=person, reason=Reason.LEAVER, origin=mark.author,
        detail={
            "by_hand": [_left(place) for place in found.those(Far.HELD)],
            "groups": [str(place.group) for place in found.groups],
            "removed": removed,
            "since": mark.since.isoformat(),
            "text": text,
            "why": mark.reason,
        },
    )  # fmt: skip
    account = next((place.account for place in found.places), AccountId(""))
    return Event(at, kind, account, None, person, text)


def _since(mark: Leaver) -> datetime:
    return mark.since


def _left(place: Place) -> str:
    return f"{place.group or f'account {place.account}'}: {place.why}. To do: {place.to_do}"


def removals(books: Books, found: Whereabouts) -> list[str]:
    """The groups they were removed from by us since the mark."""
    groups = {
        str(record.group)
        for person in found.people
        for record in books.audit.list(person=person, since=found.since)
        if record.kind in GONE and record.reason is Reason.LEAVER
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
    for person, marks in wipes(books).items():
        mark = max(marks, key=lambda one: one.since)
        ended_at = mark.proven_at or mark.done_at
        if ended_at is None or at - ended_at > NEWS:
            continue
        is_proven = mark.proven_at is not None
        key = f"{PREFIX}{person}/{mark.since.isoformat()}/{'proven' if is_proven else 'waits'}"
        if key in told:
            continue
        found = whereabouts(books, roster, accounts, marks, at)
        where = f"The wipe of {_named(books, roster, person)} ({mark.author}: {mark.reason})"
        yield Alarm(key, where, _news(books, found), key, ended_at, is_news=is_proven)


PREFIX = "wipe/"


def _named(books: Books, roster: Roster, person: PersonId) -> str:
    known = roster.people.get(person) or books.people.all().get(person)
    return (known.name if known is not None else "") or str(person)


def _news(books: Books, found: Whereabouts) -> str:
    removed = len(removals(books, found))
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
