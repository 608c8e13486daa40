"""Somebody let in by hand, weighed before it is written down: what it does, what speaks against it.

The same for resolving a ticket, and for opening it again. Nothing is written here.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rotation.core.facts import Effect, Grant, Seen, Ticket
from rotation.core.roster import PersonId, Phone
from rotation.engine.tickets import Resolution
from rotation.surfaces.by_hand import against_group
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import Words, listed


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is meant. No `person`: a number nobody has yet. No `phone`: somebody of the roster."""

    person: PersonId | None
    name: str
    phone: Phone | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: `whom` in until an instant, or for as long as a ticket is open.

    `endless`: with neither, until somebody ends it.
    """

    whom: Whom
    until: datetime | None
    ticket: str
    known: Ticket | None
    """The ticket, if there is one of that name."""
    endless: bool = False


def asked_before(words: Words, asked: Asked) -> Grant | None:
    """A grant in force that says the same: asking again changes nothing."""
    for grant in words.view.grants:
        same = (grant.person, grant.until, grant.ticket) == (
            asked.whom.person, asked.until, asked.ticket,
        )  # fmt: skip
        if same and grant.effect is Effect.IN and not grant.duty and grant.covers(words.now):
            return grant
    return None


def against(words: Words, asked: Asked) -> Iterator[str]:
    """What speaks against letting them in; nothing may be written then."""
    view, group, who = words.view, words.view.group, asked.whom
    if asked.until is not None and asked.until <= words.now:
        yield f"{words.when(asked.until)} has passed"
    if asked.until is None and not asked.ticket and not asked.endless:
        yield f"no handover in {group.id} would end it; say --until or --ticket"
    yield from against_group(view)
    if who.person is not None and (leaver := view.leavers.get(who.person)) is not None:
        yield f"{who.name} is a leaver (since {words.when(leaver.since)}): never added"
    if who.person in view.facts.kept:
        yield f"{who.name} is always in {group.id}, which is not changed by hand"
    yield from _against_ticket(words, asked)


def _against_ticket(words: Words, asked: Asked) -> Iterator[str]:
    known = asked.known
    if known is None:
        return
    name = on_one_line(known.ticket)
    if known.group != words.view.group.id:
        yield f"ticket {name} belongs to {known.group}, and a ticket has one group"
    elif known.resolved_at is not None:
        when = words.when(known.resolved_at)
        yield f"ticket {name} was resolved {when}; open it again with `rotation reopen {name}`"


def effect(words: Words, asked: Asked) -> str:
    """What letting them in would do, in a sentence or two."""
    who, group = asked.whom.name, words.view.group.id
    seat = None if asked.whom.person is None else words.view.facts.seats.get(asked.whom.person)
    is_in = seat is not None and seat.seen is Seen.IN
    ends = [f"until {words.when(asked.until)}"] if asked.until is not None else []
    if asked.ticket:
        ends.append(f"until ticket {on_one_line(asked.ticket)} is resolved")
    if asked.endless and not ends:
        ends.append("until somebody ends it")
    stays = f"{who} is in {group} already, and may stay" if is_in else f"{who} joins {group} now"
    told = [f"{stays} {', or '.join(ends)}; they are not on duty, and nobody leaves for it."]
    others = [
        g for g in words.view.grants
        if g.person == asked.whom.person and g.effect is Effect.IN and g.covers(words.now)
    ]  # fmt: skip
    if others:
        told.append(f"Other grants let {who} in as well; the one that lasts longest decides.")
    elif is_in:
        told.append("Afterwards they leave.")
    return " ".join(told)


# -- tickets ------------------------------------------------------------------------------


def resolving(words: Words, found: Resolution, role: str) -> str:
    """What resolving a ticket would do, in a sentence or two."""
    group = words.view.group.id
    inside = {p for p, seat in words.view.facts.seats.items() if seat.seen is Seen.IN}
    going = [p for p in found.going if p in inside]
    told = [f"{listed(sorted(map(words.name, going)), 'Nobody')} {_does(going)} {group}."]
    if found.found:
        told[0] = f"{told[0][:-1]}, {_whom(words, found.found)} found there by role."
    if never_came := [p for p in found.going if p not in inside]:
        told.append(f"{_whom(words, never_came)} will not be added any more.")
    for stay in found.staying:
        until = "with no end" if stay.until is None else f"until {words.when(stay.until)}"
        told.append(f"{words.name(stay.person)} stays {until}, by another right.")
    told.append(
        f"Whoever else the next read shows with `{role}` in their role goes as well;"
        " everybody else stays."
    )
    return " ".join(told)


def reopening(words: Words, restored: Collection[Grant]) -> str:
    people = list(dict.fromkeys(g.person for g in restored))
    if not people:
        return f"Nobody comes back to {words.view.group.id} for it."
    verb = "comes" if len(people) == 1 else "come"
    return f"{_whom(words, people)} {verb} back to {words.view.group.id}."


def _does(people: Collection[PersonId]) -> str:
    return "leaves" if len(people) <= 1 else "leave"


def _whom(words: Words, people: Iterable[PersonId]) -> str:
    return listed(sorted(map(words.name, dict.fromkeys(people))))


# -- what there is ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Let:
    """A grant in force, as it is listed."""

    id: str
    group: str
    person: str
    name: str
    ticket: str
    starts: datetime
    until: datetime | None
    author: str
    reason: str
    seen: Seen


def name_of(known_by: str, person: PersonId) -> str:
    return masked(known_by or person)
