"""`rotation close`: a group that is over says so, and empties but for those who are kept."""

from typing import Annotated

import typer

from rotation.surfaces.cli.desk import Author, Json, Yes
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.grant import DryRun, Reason
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show
from rotation.surfaces.orders.close import CLOSE, Wish


def register(app: typer.Typer) -> None:
    app.command()(close)


def close(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group.", metavar="GROUP")],
    *,
    message: Annotated[str, typer.Option(help="What is said in the group before all leave.")],
    reason: Reason,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Also whom nobody wrote down: customers.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Close a group: its message is said once, then everyone but the kept leaves by drip.

    Kept are who is always in, our own account, the creator, admins where the policy protects them,
    and whom nobody wrote down (customers), but with --everyone. Nobody is added to it any more.
    `rotation reopen GROUP` takes it back until the last of them has left.

    Example: rotation close acme-vip --message "Thank you all, we are done." --reason "project over"
    """
    by, how = by_hand(author, reason), How(yes, as_data, dry_run, word=group)
    with at_counter(context, config) as desk:
        made = ordered(desk, CLOSE, Wish(group, message, everyone), by, how)
        if made is not None:
            show(desk, made, how, {"new": made.new, **made.data})
