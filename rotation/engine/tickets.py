"""Tickets: who is let in for one, who goes once it is resolved, and who is back when it reopens.

What a person asks for is written down at once, like a handover by hand; who else has to go with a
resolved ticket is settled by the first read of the group that begins after it.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from rotation.core.facts import Effect, Grant, Seen, Ticket
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId, Roster
from rotation.engine.gather import GroupView
from rotation.engine.origin import origin_of
from rotation.ledger import Books

EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class Stay:
    """A right of its own by which somebody stays in, whatever becomes of a ticket."""

    person: PersonId
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What resolving a ticket would do now.

    `ending` are the ticket's own grants, and `by_hand` others of its experts; `found` are experts
    who are seen in without any of these, and `staying` whom another right keeps in.
    """

    ending: tuple[Grant, ...]
    by_hand: tuple[Grant, ...]
    found: tuple[PersonId, ...]
    staying: tuple[Stay, ...]

    @property
    def going(self) -> tuple[PersonId, ...]:
        stays = {stay.person for stay in self.staying}
        people = (*(g.person for g in (*self.ending, *self.by_hand)), *self.found)
        return tuple(p for p in dict.fromkeys(people) if p not in stays)


def plays(roster: Roster, person: PersonId, role: str) -> bool:
    """Whether the person's role in the roster has this word in it: `SAP expert` is an expert."""
    known = roster.people.get(person)
    if known is None or known.role is None:
        return False
    return re.search(rf"(?<!\w){re.escape(role)}(?!\w)", known.role, re.IGNORECASE) is not None


def let_in(  # noqa: PLR0913, PLR0917 - a grant is these facts
    books: Books,
    group: GroupId,
    person: PersonId,
    until: datetime | None,
    ticket: str,
    by: tuple[str, str],
    now: datetime,
) -> Grant:
    """Somebody may be in from now on, without being on duty: `by` an author and for a reason."""
    author, reason = by
    if ticket and books.tickets.get(ticket) is None:
        books.tickets.open(ticket, group, author, now)
    newest = max((g.id for g in books.grants.all()), default=0)
    made = books.grants.make(
        group=group, person=person, effect=Effect.IN, starts=now, until=until, duty=False,
        reason=reason, author=author, now=now, together=f"g{newest + 1}", ticket=ticket,
    )  # fmt: skip
    books.groups.wake(now, [group])
    _recorded(books, "granted", made, author, reason, now)
    return made


def resolution(view: GroupView, ticket: str, role: str, now: datetime) -> Resolution:
    """What resolving `ticket` would do, as far as the last read shows it."""
    live = [g for g in view.grants if _is_live(g, now)]
    ending = tuple(g for g in live if g.ticket == ticket)
    by_hand = tuple(
        g
        for g in live
        if not (g.ticket or g.subscription or g.duty) and plays(view.roster, g.person, role)
    )
    ends = {g.id for g in (*ending, *by_hand)}
    left = [
        c for c in view.facts.wanted.claims if c.wants(now) and _number(c.because.key) not in ends
    ]
    found = tuple(p for p in _experts_in(view, role) if p not in {g.person for g in live})
    going = {*(g.person for g in (*ending, *by_hand)), *found}
    staying = {c.person: Stay(c.person, c.ends) for c in left if c.person in going}
    return Resolution(ending, by_hand, found, tuple(staying.values()))


def resolve(
    books: Books, view: GroupView, ticket: str, role: str, by: tuple[str, str], now: datetime
) -> Resolution:
    """Resolve it now: its grants end, and those by hand of its experts; then the group is read."""
    author, why = by
    found = resolution(view, ticket, role, now)
    books.tickets.resolve(ticket, author, why, role, now)
    for grant in (*found.ending, *found.by_hand):
        books.grants.end(grant.id, now)
    for grant in found.by_hand:
        _taken_along(books, view.group.id, grant.person, grant.until, ticket, now)
    _look(books, view, now)
    _said(books, "resolved", view.group.id, ticket, author, why, now)
    return found


def reopen(
    books: Books, view: GroupView, ticket: str, by: tuple[str, str], now: datetime
) -> tuple[Grant, ...]:
    """Open it again: whoever went with it is let in anew, where that is wanted still."""
    author, why = by
    restored = restorable(books, view, ticket, now)
    books.tickets.reopen(ticket)
    _said(books, "reopened", view.group.id, ticket, author, why, now)
    return tuple(
        let_in(books, g.group, g.person, g.until, ticket, (author, why), now) for g in restored
    )


def restorable(books: Books, view: GroupView, ticket: str, now: datetime) -> tuple[Grant, ...]:
    """Of the grants that ended as the ticket was resolved, one for each person still wanted in."""
    known = books.tickets.get(ticket)
    if known is None or known.resolved_at is None:
        return ()
    went = [g for g in books.grants.under(ticket) if _ended_with(g, known)]
    lasting = [g for g in went if g.until is None or g.until > now]
    longest_last = sorted(lasting, key=lambda g: (g.until is None, g.until or now))
    by_person = {g.person: g for g in longest_last}
    return tuple(g for g in by_person.values() if g.person not in view.leavers)


def _ended_with(grant: Grant, ticket: Ticket) -> bool:
    """Whether it ended when the ticket was resolved, or was made by what that swept up."""
    if grant.ended_at is None or ticket.resolved_at is None:
        return False
    return grant.ended_at == ticket.resolved_at or (
        grant.starts == grant.ended_at and grant.ended_at >= ticket.resolved_at
    )


def swept(books: Books, view: GroupView, at: datetime) -> bool:
    """Take along whom a resolved ticket finds in the group; whether anything came of it.

    Only a read begun after the ticket was resolved shows everybody who was put in by hand.
    """
    read_at, done = view.facts.state.read_began_at, False
    for ticket in books.tickets.unswept():
        if ticket.group != view.group.id or ticket.resolved_at is None:
            continue
        if read_at is None or read_at < ticket.resolved_at:
            continue
        gone = {g.person for g in books.grants.under(ticket.ticket) if _ended_with(g, ticket)}
        for person in _experts_in(view, ticket.role):
            if person not in gone and person not in view.facts.wanted.people:
                _taken_along(books, ticket.group, person, None, ticket.ticket, at)
        books.tickets.swept(ticket.ticket, at)
        done = True
    return done


def _experts_in(view: GroupView, role: str) -> list[PersonId]:
    seats = view.facts.seats.items()
    inside = sorted(p for p, seat in seats if seat.seen is Seen.IN and p not in view.facts.kept)
    return [p for p in inside if plays(view.roster, p, role)]


def _taken_along(
    books: Books,
    group: GroupId,
    person: PersonId,
    until: datetime | None,
    ticket: str,
    at: datetime,
) -> None:
    """A grant without any length: it lets nobody in, and says for what somebody goes."""
    known = books.tickets.get(ticket)
    author = known.resolved_by if known is not None else ""
    made = books.grants.make(
        group=group, person=person, effect=Effect.IN, starts=at, until=until, duty=False,
        reason="was in by hand", author=author, now=at, ticket=ticket,
    )  # fmt: skip
    books.grants.end(made.id, at)
    _recorded(books, "taken_along", made, author, known.why if known is not None else "", at)


def _look(books: Books, view: GroupView, now: datetime) -> None:
    state = books.groups.state(view.group.id)
    if state is not None:
        books.groups.save(replace(state, read_ended_at=None, due=now))


def _is_live(grant: Grant, now: datetime) -> bool:
    ends = (t for t in (grant.until, grant.ended_at) if t is not None)
    return grant.effect is Effect.IN and all(t > now for t in ends)


def _number(key: str) -> int | None:
    kind, _, number = key.partition("/")
    return int(number) if kind == "grant" and number.isdecimal() else None


def _recorded(books: Books, kind: str, grant: Grant, author: str, why: str, at: datetime) -> None:
    books.audit.append(
        at=at, kind=kind, group=grant.group, person=grant.person,
        reason=Reason.TICKET if grant.ticket else Reason.MANUAL, origin=origin_of(author),
        detail={"effect": grant.effect.value, "grant": grant.id, "why": why,
                **({"ticket": grant.ticket} if grant.ticket else {})},
    )  # fmt: skip


def _said(  # noqa: PLR0913, PLR0917 - a record is these facts
    books: Books, kind: str, group: GroupId, ticket: str, author: str, why: str, at: datetime
) -> None:
    books.audit.append(
        at=at, kind=kind, group=group, person=None, reason=Reason.TICKET,
        origin=origin_of(author), detail={"ticket": ticket, "why": why},
    )  # fmt: skip
