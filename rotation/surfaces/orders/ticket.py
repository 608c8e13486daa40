"""Resolving a ticket, and opening it or a closed group again."""

from dataclasses import dataclass

from rotation.core.facts import Closing, Ticket
from rotation.core.roster import GroupId
from rotation.engine import farewell, tickets
from rotation.engine.tickets import EXPERT
from rotation.ledger import Rights
from rotation.surfaces import letting_in
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.naming import unknown
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Undo, Weighed
from rotation.surfaces.saying import words_for
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Refused, Wrong


@dataclass(frozen=True, slots=True)
class Resolve:
    ticket: str = asks("Ticket", Kind.NAME)
    role: str = asks("Whoever has this word in their role goes as well", Kind.NAME, EXPERT)


@dataclass(frozen=True, slots=True)
class Reopen:
    ticket: str = asks("Ticket, or closed group", Kind.NAME)


def _resolve(_counter: Counter, sight: Sight, wish: Resolve) -> Weighed:
    known, role = _known(sight, wish.ticket), wish.role.strip()
    if not role:
        raise Wrong("an empty role would be everybody's", "Say `expert`, or another word")
    view = sight.view(known.group)
    words, found = (
        words_for(view, sight.now),
        tickets.resolution(view, known.ticket, role, sight.now),
    )
    effect = letting_in.resolving(words, found, role)

    def write(by: By) -> Made:
        tickets.resolve(sight.books, view, known.ticket, role, by.told, sight.now)
        return _made(known, "is resolved", effect, "reopen")

    return Weighed(
        said=(effect,),
        write=write,
        rows=tuple(Row(words.name(p), "may be in", "goes", (known.group,)) for p in found.going),
        groups=(known.group,),
        people=found.going,
        already=_done_already(known, "was resolved already") if known.resolved_at else None,
        agreed=(known, role),
        data={"effect": effect},
    )


def _reopen(_counter: Counter, sight: Sight, wish: Reopen) -> Weighed:
    name = wish.ticket.strip()
    closing = None if sight.books.tickets.get(name) else sight.books.closings.of(GroupId(name))
    return _reopen_group(sight, closing) if closing is not None else _reopen_ticket(sight, name)


def _reopen_ticket(sight: Sight, name: str) -> Weighed:
    known = _known(sight, name)
    view = sight.view(known.group)
    words = words_for(view, sight.now)
    restored = tickets.restorable(sight.books, view, known.ticket, sight.now)
    effect = letting_in.reopening(words, restored)
    back = dict.fromkeys(grant.person for grant in restored)

    def write(by: By) -> Made:
        tickets.reopen(sight.books, view, known.ticket, by.told, sight.now)
        return _made(known, "is open again", effect, "resolve")

    is_open = known.resolved_at is None
    return Weighed(
        said=(effect,),
        write=write,
        rows=tuple(Row(words.name(p), "out", "may be in", (known.group,)) for p in back),
        groups=(known.group,),
        people=tuple(back),
        already=_done_already(known, "is open already") if is_open else None,
        agreed=(known,),
        data={"effect": effect},
    )


def _reopen_group(sight: Sight, closing: Closing) -> Weighed:
    group = closing.group
    effect = f"Whoever has a right to be in {group} comes back."

    def write(by: By) -> Made:
        farewell.reopen(sight.books, closing, by.told, sight.now)
        told = {"group": group, "effect": effect}
        return Made(group, (f"{group} is open again.",), new=True, groups=(group,), data=told)

    done = Problem(
        f"everyone has left {group}, so it is closed for good", group,
        "To use its chat again give the group another name in the roster",
    )  # fmt: skip
    return Weighed(
        said=(effect,),
        write=write,
        rows=(Row(group, "closed", "open again", (group,)),),
        problems=() if closing.done_at is None else (done,),
        groups=(group,),
        agreed=(closing.closed_at,),
        data={"effect": effect},
    )


def _known(sight: Sight, name: str) -> Ticket:
    found = sight.books.tickets.get(name.strip())
    if found is None:
        unknown("ticket", name, [t.ticket for t in sight.books.tickets.all()], "")
    if found.group not in sight.roster.groups:
        gone = f"ticket {name} belongs to {found.group}, which is in the roster no more"
        raise Refused([Problem(gone, found.group, "Nobody of it is touched")])
    return found


def _done_already(ticket: Ticket, how: str) -> Made:
    name = on_one_line(ticket.ticket)
    told = {"ticket": ticket.ticket, "group": ticket.group, "effect": ""}
    said = (f"Ticket {name} {how}, so nothing is new.",)
    return Made(ticket.ticket, said, new=False, groups=(ticket.group,), data=told)


def _made(ticket: Ticket, how: str, effect: str, back: str) -> Made:
    name = on_one_line(ticket.ticket)
    return Made(
        ticket.ticket,
        (f"Ticket {name} {how}.",),
        new=True,
        undo=Undo(back, {"ticket": ticket.ticket}, f"rotation {back} {name}"),
        groups=(ticket.group,),
        data={"ticket": ticket.ticket, "group": ticket.group, "effect": effect},
    )


RESOLVE = Order("resolve", "Resolve a ticket", Rights.OPERATOR, Resolve, _resolve)
REOPEN = Order("reopen", "Open again", Rights.OPERATOR, Reopen, _reopen)
