"""`rotation resolve` and `rotation reopen`: what becomes of whoever is in for a ticket."""

from typing import Annotated

import typer

from rotation.engine.tickets import EXPERT
from rotation.surfaces.cli.desk import Author, Desk, Json, Yes
from rotation.surfaces.cli.far import Far, at_counter
from rotation.surfaces.cli.grant import DryRun, Reason
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.orders import By, Order
from rotation.surfaces.orders.order import W
from rotation.surfaces.orders.ticket import REOPEN, RESOLVE, Reopen, Resolve

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
    by = by_hand(author, reason)
    how = How(yes, as_data, dry_run, f"Resolve {on_one_line(ticket)}?")
    with at_counter(context, config) as desk:
        _done(desk, RESOLVE, Resolve(ticket, role), by, how)


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
    by = by_hand(author, reason or "reopened")
    how = How(yes, as_data, dry_run, f"Open {on_one_line(ticket)} again?")
    with at_counter(context, config) as desk:
        _done(desk, REOPEN, Reopen(ticket), by, how)


def _done(desk: Desk | Far, order: Order[W], wish: W, by: By, how: How) -> None:
    made = ordered(desk, order, wish, by, how)
    if made is not None:
        show(desk, made, how, {"new": made.new, **made.data})
