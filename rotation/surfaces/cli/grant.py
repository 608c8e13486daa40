"""Who may be in a group without being on duty: for a while, or for as long as a ticket is open."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from rotation.core.facts import Effect, Grant, Seen, Ticket
from rotation.core.roster import GroupId
from rotation.engine import tickets
from rotation.ledger import Books
from rotation.surfaces import letting_in
from rotation.surfaces.by_hand import undo_name
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    agreed,
    at_desk,
    author_or_user,
    phone_or_fail,
    say_who_carries_it_out,
    stated,
)
from rotation.surfaces.cli.moment import exact
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, say, table
from rotation.surfaces.cli.refusing import Order
from rotation.surfaces.letting_in import Asked, Let, Whom
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import words_for

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")]
OPEN = "open"
"""In the place of an end: until somebody ends it."""
_LONGEST_TICKET = 64
_NUMBERS = tuple("+0123456789")
"""What a number begins with, well written or not."""


def register(app: typer.Typer) -> None:
    app.command()(grant)
    app.command()(pin)
    app.command()(grants)


# -- grant --------------------------------------------------------------------------------


def grant(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group.", metavar="GROUP")],
    *,
    person: Annotated[
        str, typer.Option(help='Who: somebody of the roster, or a number: "+351 91 234 5678".')
    ],
    reason: Reason,
    ticket: Annotated[
        str | None, typer.Option(help="The ticket they are in for; resolved, they go.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help='Until when: "2027-03-14 18:00 Europe/Lisbon", or `open`: till undone.'),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Whose number it is, if nobody knows.")] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody into a group for a while, without being on duty.

    It ends at --until, when its --ticket is resolved, or by `rotation undo`; with none of these, at
    the group's next handover. A ticket belongs to the group it was first named for.

    Example: rotation grant acme-vip --person ben --ticket OPS-1042 --reason "knows the billing"
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        where = desk.group(group)
        with desk.ledger.reading() as books:
            asked = _asked(desk, books, where, person, name, ticket, until)
            words = words_for(desk.view(books, where), desk.now)
            already = letting_in.asked_before(words, asked)
            problems = [] if already else list(letting_in.against(words, asked))
            effect = letting_in.effect(words, asked)
        order = Order(desk, "grant", (who, why), asked.whom.person)
        order.refuse_if([(where, problem) for problem in problems], problems if as_data else ())
        if already is not None:
            _show(desk, already, effect, as_data=as_data, new=False)
            return
        if not as_data or not yes:
            typer.echo(effect, err=True)
        if dry_run:
            nothing_done(effect, as_data=as_data)
            return
        if not agreed("Do it?", yes=yes):
            fail("nothing was done", ends=Ends.PROBLEMS)
        _show(desk, _granted(desk.later(), where, asked, (who, why)), effect, as_data=as_data)


def pin(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who: somebody of the roster, or a number.")],
    group: Annotated[str, typer.Argument(help="The group.", metavar="GROUP")],
    *,
    reason: Reason,
    until: Annotated[
        str, typer.Option(help='Until when: "2027-03-14 18:00 Europe/Lisbon"; else till undone.')
    ] = OPEN,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Keep somebody in a group whatever the shifts say, off duty, until it is undone.

    What stands under a group's `pins` in the files is the same for good.

    Example: rotation pin otto globex-support --reason "knows the customer"
    """
    grant(
        context, group, person=person, reason=reason, until=until, dry_run=dry_run, yes=yes,
        author=author, config=config, as_data=as_data,
    )  # fmt: skip


def _asked(  # noqa: PLR0913, PLR0917 - what was typed, each by itself
    desk: Desk,
    books: Books,
    group: GroupId,
    person: str,
    name: str | None,
    ticket: str | None,
    until: str | None,
) -> Asked:
    named = "" if ticket is None else ticket_name(ticket)
    ends = exact(until) if until and until != OPEN else None
    if ends is None and not named and until != OPEN:
        following = desk.timeline.next_handover(group, desk.now)
        ends = following.at if following is not None else None
    whom, known = _whom(desk, books, person, name), books.tickets.get(named)
    return Asked(whom, ends, named, known, endless=until == OPEN)


def ticket_name(text: str) -> str:
    """A ticket's name: one word of any kind, but nothing that could be somebody's number."""
    found = text.strip()
    if not found or len(found) > _LONGEST_TICKET or not found.isprintable() or " " in found:
        fail("a ticket is named by one word of at most 64 characters", "OPS-1042, say", Ends.USAGE)
    if masked(found) != found:
        fail(
            "the ticket looks like somebody's number, which is kept nowhere but with the person",
            "Write it with a dash in it, so that no eight digits stand in a row",
            Ends.USAGE,
        )
    return found


def _whom(desk: Desk, books: Books, person: str, name: str | None) -> Whom:
    """Somebody of the roster by key or name, or whoever a number is, known or new."""
    if person.lstrip()[:1] not in _NUMBERS or person in desk.roster.people:
        found = desk.person(person)
        return Whom(found, desk.name(found))
    phone = phone_or_fail(person)
    known = books.people.find(phone)
    if known is not None and known in desk.roster.people:
        return Whom(known, desk.name(known))
    told = "" if name is None else masked(on_one_line(name.strip()))
    identity = None if known is None else books.people.all().get(known)
    told = told or (identity.name if identity is not None else "")
    if not told:
        fail("nobody is known by this number yet", "Say whose it is with --name", Ends.USAGE)
    return Whom(known, told, phone)


def _granted(desk: Desk, group: GroupId, asked: Asked, by: tuple[str, str]) -> Grant:
    with desk.ledger.writing() as books:
        words = words_for(desk.view(books, group), desk.now)
        asked = replace(asked, known=books.tickets.get(asked.ticket))
        if list(letting_in.against(words, asked)):
            fail("the facts changed meanwhile, so nothing was done", "Ask again", Ends.PROBLEMS)
        person, phone = asked.whom.person, asked.whom.phone
        if phone is not None:
            person = books.people.guest(phone, asked.whom.name, desk.now)
        if person is None:
            raise RuntimeError("somebody without a number is in the roster")
        return tickets.let_in(books, group, person, asked.until, asked.ticket, by, desk.now)


def nothing_done(effect: str, *, as_data: bool) -> None:
    if as_data:
        as_json({"done": False, "effect": effect, "problems": []})
    else:
        say("Nothing was done: this is a dry run.")


def _show(desk: Desk, made: Grant, effect: str, *, as_data: bool, new: bool = True) -> None:
    holder, name = desk.holder, undo_name(made)
    if as_data:
        as_json({"done": True, "new": new, "grant": made, "effect": effect, "daemon": holder})
        return
    if not new:
        say(f"The same was asked for already by {made.author}, so nothing is new: {name}.")
        return
    say(f"Written down as {name}; `rotation undo {name}` ends it.")
    say_who_carries_it_out(holder, (made.group,))


# -- grants -------------------------------------------------------------------------------


def grants(
    context: typer.Context,
    group: Annotated[str | None, typer.Argument(help="Only this group.", metavar="GROUP")] = None,
    *,
    ticket: Annotated[str | None, typer.Option(help="Only those for this ticket.")] = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Who is let in by hand: until when, for which ticket, by whom and why.

    Subscriptions are listed by `rotation subscriptions`.

    Example: rotation grants acme-vip --ticket OPS-1042
    """
    with at_desk(context, config) as desk:
        wanted = set(desk.groups(group))
        with desk.ledger.reading() as books:
            found = [
                _let(desk, books, g)
                for g in books.grants.all()
                if g.effect is Effect.IN and not g.subscription and g.group in wanted
                if _lasts(g, desk.now) and ticket in (None, g.ticket)
            ]
            known = [
                t for t in books.tickets.all() if t.group in wanted and ticket in (None, t.ticket)
            ]
            rows = [_row(desk, books, one) for one in found] if not as_data else []
        if as_data:
            as_json({"at": desk.now, "grants": found, "tickets": known})
            return
        table(("ID", "GROUP", "WHO", "TICKET", "UNTIL", "BY", "WHY"), rows)
        for one in known if ticket else ():
            say(_ticket_said(one))


def _lasts(grant: Grant, now: datetime) -> bool:
    ends = (t for t in (grant.until, grant.ended_at) if t is not None)
    return all(t > now for t in ends)


def _let(desk: Desk, books: Books, grant: Grant) -> Let:
    known = books.people.all().get(grant.person)
    name = desk.roster.people[grant.person].name if grant.person in desk.roster.people else ""
    seat = books.seats.of(grant.group).get(grant.person)
    return Let(
        id=undo_name(grant), group=grant.group, person=grant.person,
        name=letting_in.name_of(name or (known.name if known is not None else ""), grant.person),
        ticket=grant.ticket, starts=grant.starts, until=grant.until, author=grant.author,
        reason=grant.reason, seen=seat.seen if seat is not None else Seen.UNKNOWN,
    )  # fmt: skip


def _row(desk: Desk, books: Books, one: Let) -> tuple[str, ...]:
    until = "resolved" if one.ticket else "undone"
    if one.until is not None:
        until = words_for(desk.view(books, GroupId(one.group)), desk.now).when(one.until)
    return one.id, one.group, one.name, one.ticket or "-", until, one.author, one.reason


def _ticket_said(ticket: Ticket) -> str:
    name = on_one_line(ticket.ticket)
    if ticket.resolved_at is None:
        return f"ticket {name} of {ticket.group} is open"
    return f"ticket {name} of {ticket.group} was resolved by {ticket.resolved_by}: {ticket.why}"
