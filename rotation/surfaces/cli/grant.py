"""Who may be in a group without being on duty: for a while, or for as long as a ticket is open."""

from typing import Annotated

import typer

from rotation.core.facts import Ticket
from rotation.core.roster import GroupId
from rotation.ledger import Books
from rotation.surfaces.answers.people import grants_told, lets, tickets
from rotation.surfaces.cli.desk import Author, Desk, Json, Yes, at_desk, no_nonsense
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show
from rotation.surfaces.cli.output import as_json, say, table
from rotation.surfaces.letting_in import Let
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.orders.grant import GRANT, OPEN, PIN, Pin, Wish, ticket_name
from rotation.surfaces.saying import words_for

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")]


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
    by, how = by_hand(author, reason), How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        if ticket is not None:
            with no_nonsense():
                ticket_name(ticket)
        wish = Wish(group, person, until or "", ticket or "", name or "")
        made = ordered(desk, GRANT, wish, by, how)
        if made is not None:
            show(desk, made, how, {"done": True, "new": made.new, **made.data})


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
    by, how = by_hand(author, reason), How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        made = ordered(desk, PIN, Pin(person, group, until), by, how)
        if made is not None:
            show(desk, made, how, {"done": True, "new": made.new, **made.data})


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
        groups = desk.groups(group)
        with desk.ledger.reading() as books:
            sight = desk.sight(books)
            found, known = lets(sight, groups, ticket), tickets(sight, groups, ticket)
            rows = [_row(desk, books, one) for one in found] if not as_data else []
        if as_data:
            as_json(grants_told(sight, found, known))
            return
        table(("ID", "GROUP", "WHO", "TICKET", "UNTIL", "BY", "WHY"), rows)
        for one in known if ticket else ():
            say(_ticket_said(one))


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
