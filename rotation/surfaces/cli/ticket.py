"""`rotation resolve` and `rotation reopen`: what becomes of whoever is in for a ticket."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import typer

from rotation.core.facts import Ticket
from rotation.engine import GroupView, tickets
from rotation.engine.tickets import EXPERT
from rotation.ledger import Books
from rotation.surfaces import letting_in
from rotation.surfaces.cli.close import closed, reopened
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    agreed,
    at_desk,
    author_or_user,
    say_who_carries_it_out,
    stated,
)
from rotation.surfaces.cli.grant import DryRun, Reason, nothing_done
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, say
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import words_for

_Name = Annotated[str, typer.Argument(help="The ticket, as it was named.", metavar="TICKET")]
_Either = Annotated[
    str, typer.Argument(help="The ticket, or the closed group.", metavar="TICKET|GROUP")
]


def register(app: typer.Typer) -> None:
    app.command()(resolve)
    app.command()(reopen)


def resolve(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    ticket: _Name,
    *,
    reason: Reason,
    role: Annotated[
        str, typer.Option(help="Whoever has this word in their role goes as well.")
    ] = EXPERT,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Resolve a ticket: whom it let in leaves, and every expert in its group.

    They leave after their goodbye. Experts are people whose `role` in the roster has that word in
    it, also those added by hand. The account manager, customers and whoever is on duty or pinned
    stay.

    Example: rotation resolve OPS-1042 --reason "fixed, and the customer agrees"
    """
    by, word = (author_or_user(author), stated(reason)), role.strip()
    if not word:
        fail("an empty role would be everybody's", "Say --role expert", Ends.USAGE)
    deed = _Deed(
        verb="Resolve {}?",
        is_done=lambda known: "was resolved already" if known.resolved_at is not None else "",
        done="is resolved",
        effect=lambda desk, _books, view, known: letting_in.resolving(
            words_for(view, desk.now), tickets.resolution(view, known.ticket, word, desk.now), word
        ),
        carried_out=lambda desk, books, view, known: tickets.resolve(
            books, view, known.ticket, word, by, desk.now
        ),
    )
    with at_desk(context, config) as desk:
        _done(desk, ticket, deed, _How(dry_run, yes, as_data))


def reopen(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    ticket: _Either,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with what was done.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Open a resolved ticket or a closed group again: whoever left with it is let in anew.

    But for leavers, and whoever was to be in only until an instant that has passed. A group can be
    opened again until the last who had to leave has left.

    Example: rotation reopen OPS-1042 --reason "it is back"
    """
    by = author_or_user(author), stated(reason or "reopened")
    deed = _Deed(
        verb="Open {} again?",
        is_done=lambda known: "is open already" if known.resolved_at is None else "",
        done="is open again",
        effect=lambda desk, books, view, known: letting_in.reopening(
            words_for(view, desk.now), tickets.restorable(books, view, known.ticket, desk.now)
        ),
        carried_out=lambda desk, books, view, known: tickets.reopen(
            books, view, known.ticket, by, desk.now
        ),
    )
    with at_desk(context, config) as desk:
        with desk.ledger.reading() as books:
            group = None if books.tickets.get(ticket.strip()) else closed(books, ticket)
        if group is not None and not dry_run:
            reopened(desk, group, by, yes=yes, as_data=as_data)
        else:
            _done(desk, ticket, deed, _How(dry_run, yes, as_data))


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to a ticket: how to ask for it, what it would do, and doing it.

    `is_done` says how it stands already, if it does.
    """

    verb: str
    is_done: Callable[[Ticket], str]
    done: str
    effect: Callable[[Desk, Books, GroupView, Ticket], str]
    carried_out: Callable[[Desk, Books, GroupView, Ticket], object]


@dataclass(frozen=True, slots=True)
class _How:
    dry_run: bool
    yes: bool
    as_data: bool


def _done(desk: Desk, name: str, deed: _Deed, how: _How) -> None:
    with desk.ledger.reading() as books:
        known = _known(desk, books, name)
        effect = deed.effect(desk, books, desk.view(books, known.group), known)
    if already := deed.is_done(known):
        _show(desk, known, already, "", how, new=False)
        return
    if not how.as_data or not how.yes:
        typer.echo(effect, err=True)
    if how.dry_run:
        nothing_done(effect, as_data=how.as_data)
        return
    if not agreed(deed.verb.format(on_one_line(known.ticket)), yes=how.yes):
        fail("nothing was done", ends=Ends.PROBLEMS)
    later = desk.later()
    with later.ledger.writing() as books:
        if books.tickets.get(known.ticket) != known:
            fail("the ticket changed meanwhile, so nothing was done", "Ask again", Ends.PROBLEMS)
        deed.carried_out(later, books, later.view(books, known.group), known)
    _show(desk, known, deed.done, effect, how, new=True)


def _known(desk: Desk, books: Books, name: str) -> Ticket:
    found = books.tickets.get(name.strip())
    if found is None:
        from rotation.roster_file import did_you_mean

        hint = did_you_mean(name, [t.ticket for t in books.tickets.all()])
        fail(f"there is no ticket `{masked(on_one_line(name))}`", hint, Ends.USAGE)
    if found.group not in desk.roster.groups:
        fail(
            f"ticket {name} belongs to {found.group}, which is in the roster no more",
            "Nobody of it is touched",
            Ends.PROBLEMS,
        )
    return found


def _show(desk: Desk, ticket: Ticket, how_it_is: str, effect: str, how: _How, *, new: bool) -> None:
    holder = desk.holder
    if how.as_data:
        as_json({"ticket": ticket.ticket, "group": ticket.group, "new": new, "effect": effect,
                 "daemon": holder})  # fmt: skip
        return
    say(f"Ticket {on_one_line(ticket.ticket)} {how_it_is}{'.' if new else ', so nothing is new.'}")
    if new:
        say_who_carries_it_out(holder, (ticket.group,))
