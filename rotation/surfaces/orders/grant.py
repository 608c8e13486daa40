"""Letting somebody in without being on duty: for a while, for a ticket, or until it is undone."""

from dataclasses import dataclass

from rotation.core.facts import Grant, Seen
from rotation.core.roster import GroupId
from rotation.engine import tickets
from rotation.ledger import Rights
from rotation.surfaces import letting_in
from rotation.surfaces.by_hand import undo_name
from rotation.surfaces.instants import moment
from rotation.surfaces.letting_in import Asked, Whom
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import group_called, number_written, person_called
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.orders.recording import undo_of, written_down
from rotation.surfaces.saying import Words, words_for
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Wrong

OPEN = "open"
"""In the place of an end: until somebody ends it."""
_LONGEST_TICKET = 64
_NUMBERS = tuple("+0123456789")
"""What a number begins with, well written or not."""


@dataclass(frozen=True, slots=True)
class Wish:
    group: str = asks("Group", Kind.GROUP)
    person: str = asks("Who", Kind.ANYONE, hint="somebody of the roster, or a number: +351 91 ...")
    until: str = asks(
        "Until", Kind.MOMENT, "", hint="the group's next handover, if empty; `open`: till undone"
    )
    ticket: str = asks("Ticket they are in for", Kind.NAME, "", hint="resolved, they go")
    name: str = asks("Whose number it is, if nobody knows", Kind.NAME, "")


@dataclass(frozen=True, slots=True)
class Pin:
    person: str = asks("Who", Kind.ANYONE, hint="somebody of the roster, or a number: +351 91 ...")
    group: str = asks("Group", Kind.GROUP)
    until: str = asks("Until", Kind.MOMENT, OPEN, hint="`open`: till it is undone")
    name: str = asks("Whose number it is, if nobody knows", Kind.NAME, "")


def weigh(_counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    where = group_called(sight.roster, wish.group)
    words = words_for(sight.view(where), sight.now)
    asked = _asked(sight, where, wish)
    already = letting_in.asked_before(words, asked)
    effect = letting_in.effect(words, asked)
    problems = () if already else tuple(letting_in.against(words, asked))
    return Weighed(
        said=(effect,),
        write=lambda by: _written(sight, where, asked, by, effect),
        rows=(_row(words, asked),),
        problems=tuple(Problem(why, where) for why in problems),
        groups=(where,),
        people=() if asked.whom.person is None else (asked.whom.person,),
        already=None if already is None else _made(already, effect, new=False),
        agreed=(asked.whom, asked.until, asked.ticket, asked.endless),
        data={"effect": effect},
    )


def pinned(counter: Counter, sight: Sight, wish: Pin) -> Weighed:
    return weigh(counter, sight, Wish(wish.group, wish.person, wish.until, name=wish.name))


def _row(words: Words, asked: Asked) -> Row:
    seat = None if asked.whom.person is None else words.view.facts.seats.get(asked.whom.person)
    ends = "until somebody ends it" if asked.endless else "until it is resolved"
    if asked.until is not None:
        ends = f"until {words.when(asked.until)}"
    before = "in" if seat is not None and seat.seen is Seen.IN else "not in"
    return Row(asked.whom.name, before, f"may be in {ends}", (words.view.group.id,))


def _asked(sight: Sight, group: GroupId, wish: Wish) -> Asked:
    named = ticket_name(wish.ticket) if wish.ticket else ""
    ends = moment(wish.until) if wish.until and wish.until != OPEN else None
    if ends is None and not named and wish.until != OPEN:
        following = sight.timeline.next_handover(group, sight.now)
        ends = following.at if following is not None else None
    whom, known = _whom(sight, wish.person, wish.name), sight.books.tickets.get(named)
    return Asked(whom, ends, named, known, endless=wish.until == OPEN)


def ticket_name(text: str) -> str:
    """A ticket's name: one word of any kind, but nothing that could be somebody's number."""
    found = text.strip()
    if not found or len(found) > _LONGEST_TICKET or not found.isprintable() or " " in found:
        raise Wrong("a ticket is named by one word of at most 64 characters", "OPS-1042, say")
    if masked(found) != found:
        raise Wrong(
            "the ticket looks like somebody's number, which is kept nowhere but with the person",
            "Write it with a dash in it, so that no eight digits stand in a row",
        )
    return found


def _whom(sight: Sight, person: str, name: str) -> Whom:
    """Somebody of the roster by key or name, or whoever a number is, known or new."""
    books, roster = sight.books, sight.roster
    if person.lstrip()[:1] not in _NUMBERS or person in roster.people:
        found = person_called(roster, person)
        return Whom(found, roster.people[found].name)
    phone = number_written(person)
    known = books.people.find(phone)
    if known is not None and known in roster.people:
        return Whom(known, roster.people[known].name)
    told = masked(on_one_line(name.strip()))
    identity = None if known is None else books.people.all().get(known)
    told = told or (identity.name if identity is not None else "")
    if not told:
        raise Wrong("nobody is known by this number yet", "Say whose it is with --name")
    return Whom(known, told, phone)


def _written(sight: Sight, group: GroupId, asked: Asked, by: By, effect: str) -> Made:
    person, phone = asked.whom.person, asked.whom.phone
    if phone is not None:
        person = sight.books.people.guest(phone, asked.whom.name, sight.now)
    if person is None:
        raise RuntimeError("somebody without a number is in the roster")
    made = tickets.let_in(sight.books, group, person, asked.until, asked.ticket, by.told, sight.now)
    return _made(made, effect, new=True)


def _made(made: Grant, effect: str, *, new: bool) -> Made:
    name = undo_name(made)
    return Made(
        name,
        (written_down(name, "" if new else made.author),),
        new=new,
        undo=undo_of(name),
        groups=(made.group,),
        people=(made.person,),
        data={"grant": made, "effect": effect},
    )


GRANT = Order("grant", "Let somebody in", Rights.OPERATOR, Wish, weigh)
PIN = Order("pin", "Pin", Rights.OPERATOR, Pin, pinned)
