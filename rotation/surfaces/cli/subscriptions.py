"""`rotation subscriptions`: people of no roster who may be in a group until an instant."""

from typing import Annotated

import typer

from rotation.surfaces.answers.people import subscribed
from rotation.surfaces.cli.desk import Author, Json, Yes, at_desk
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.grant import Reason
from rotation.surfaces.cli.member_list import import_
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show, silently
from rotation.surfaces.cli.output import as_json, as_rows, instant, table
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.orders.subscription import END, EXTEND, End, Extend

_Key = Annotated[str, typer.Argument(help="The key, as it was imported.", metavar="KEY")]


def register(app: typer.Typer) -> None:
    found = typer.Typer(
        help="People of no roster who may be in a group until an instant.",
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    found.callback(invoke_without_command=True)(list_)
    found.command(name="import")(import_)
    found.command()(extend)
    found.command()(end)
    app.add_typer(found, name="subscriptions")


# -- listing ------------------------------------------------------------------------------


def list_(
    context: typer.Context,
    *,
    group: Annotated[str | None, typer.Option(help="Only this group.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are over as well.")] = False,
    config: Config = None,
    as_data: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
) -> None:
    """People of no roster who may be in a group until an instant: who, where, until when.

    `import` reads a list of them, `extend` and `end` change one.

    Example: rotation subscriptions --group acme-vip --csv
    """
    if context.invoked_subcommand is not None:
        return
    with at_desk(context, config) as desk:
        wanted = None if group is None else desk.group(group)
        with desk.ledger.reading() as books:
            sight = desk.sight(books)
            found = list(subscribed(sight, wanted, every=every))
    if as_data:
        as_json({"at": desk.now, "subscriptions": found})
        return
    names = ("key", "group", "name", "until", "seen", "extended", "ended")
    rows = [
        (one.key, one.group, one.name, instant(one.until), one.seen.value,
         "yes" if one.extended else "no", "" if one.ended_at is None else instant(one.ended_at))
        for one in found
    ]  # fmt: skip
    if csv:
        as_rows(names, rows)
    else:
        table([name.upper() for name in names], rows)


# -- extend and end -----------------------------------------------------------------------


def extend(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    key: _Key,
    *,
    until: Annotated[str, typer.Option(help='Until when: "2027-03-14 18:00 Europe/Lisbon".')],
    reason: Reason,
    again: Annotated[bool, typer.Option("--again", help="Though it was extended before.")] = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody stay longer than agreed, once until the list agrees on another end.

    Example: rotation subscriptions extend M-1042 --until 2027-02-14T18:00Z --reason "invoice open"
    """
    by, how = by_hand(author, reason), How(as_data=as_data, asks="")
    with at_counter(context, config) as desk:
        made = ordered(desk, EXTEND, Extend(key, until, again), by, how, shown=silently)
        if made is not None:
            show(desk, made, how, dict(made.data))


def end(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    key: _Key,
    *,
    reason: Reason,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """End one subscription now; the same list read again does not bring it back.

    Example: rotation subscriptions end M-1042 --reason "cancelled by phone"
    """
    by = by_hand(author, reason)
    how = How(yes, as_data, asks=f"End {on_one_line(key)} now?")
    with at_counter(context, config) as desk:
        made = ordered(desk, END, End(key), by, how)
        if made is not None:
            show(desk, made, how, dict(made.data))
