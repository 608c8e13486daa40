"""Cover, time off, swaps and extra people, by command: each first shows whose duty moves."""

from typing import Annotated

import typer

from rotation.core.roster import WhileOff
from rotation.surfaces.answers.people import changes_told
from rotation.surfaces.change_said import remarks, when_said, who_said
from rotation.surfaces.changing import is_over
from rotation.surfaces.cli.change_shown import show_moves
from rotation.surfaces.cli.desk import Author, Desk, Json, Yes, at_desk
from rotation.surfaces.cli.far import Far, at_counter
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show
from rotation.surfaces.cli.output import as_json, table
from rotation.surfaces.orders import By, Order
from rotation.surfaces.orders import change as changes
from rotation.surfaces.orders.order import W

Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]
OneShift = Annotated[
    str | None, typer.Option("--shift", help="Only this shift; else all that they have.")
]
Begins = Annotated[
    str | None,
    typer.Option(
        "--from", help='A date, for whole shifts; or "2027-03-14 08:00 Europe/Lisbon"; else now.'
    ),
]
Until = Annotated[
    str | None,
    typer.Option(help="The last date, or an instant; else that date, or the end of their duty."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say who would be on duty when, and do nothing.")
]


def register(app: typer.Typer) -> None:
    app.command()(cover)
    app.command()(off)
    app.command()(swap)
    app.command()(extra)
    app.command("changes")(listed)


# -- the commands ---------------------------------------------------------------------------


def cover(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who is covered.")],
    *,
    other: Annotated[str, typer.Option("--by", help="Who stands in.", metavar="PERSON")],
    reason: Why,
    begins: Begins = None,
    until: Until = None,
    shift: OneShift = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody stand in for somebody else, in every group of their shifts.

    Without a time it is for their duty that goes on, else for their next. Of covers that meet the
    one made last is done. Ends with 1, and changes nothing, when something speaks against it.

    Example: rotation cover ana --by ben --from 2027-03-15 --until 2027-03-19 --reason "Ana is ill"
    """
    by, how = by_hand(author, reason), How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        wish = changes.Cover(person, other, begins or "", until or "", shift or "")
        _made(desk, changes.COVER, wish, by, how)


def off(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who is off.")],
    *,
    reason: Why,
    begins: Begins = None,
    until: Until = None,
    turn: Annotated[
        WhileOff,
        typer.Option(
            help="Whose their turn is: the next in order's (skip), traded for a later one (swap),"
            " or nobody's (hold)."
        ),
    ] = WhileOff.SKIP,
    shift: OneShift = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Give somebody time off: they are on duty in none of their shifts in it.

    A date is for whole shifts, those that start on it by the shift's own clocks. Shows what nobody
    would be on duty for. Ends with 1, and changes nothing, when something speaks against it.

    Example: rotation off ana --from 2027-08-02 --until 2027-08-13 --turn swap --reason holiday
    """
    by, how = by_hand(author, reason), How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        wish = changes.Off(person, begins or "", until or "", turn.value, shift or "")
        _made(desk, changes.OFF, wish, by, how)


def swap(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who gives a shift away.")],
    day: Annotated[str, typer.Argument(help="The date it starts on.", metavar="DATE")],
    *,
    other: Annotated[str, typer.Option("--with", help="Who takes it.", metavar="PERSON")],
    for_day: Annotated[
        str, typer.Option("--for", help="The date theirs starts on.", metavar="DATE")
    ],
    reason: Why,
    shift: Annotated[
        str | None, typer.Option("--shift", help="Which, if they have several that day.")
    ] = None,
    for_shift: Annotated[
        str | None, typer.Option("--for-shift", help="Which of the other's, likewise.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Exchange two people's shifts, each named by the date it starts on.

    It is about these very shifts: if one of them goes another way in the roster the swap is void.

    Example: rotation swap ana 2027-03-15 --with ben --for 2027-03-22 --reason "Ana's wedding"
    """
    by, how = by_hand(author, reason), How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        wish = changes.Swap(person, day, other, for_day, shift or "", for_shift or "")
        _made(desk, changes.SWAP, wish, by, how)


def extra(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who is on duty as well.")],
    *,
    shift: Annotated[str, typer.Option("--shift", help="In which shift.")],
    begins: Annotated[str, typer.Option("--from", help="A date, or an instant.")],
    reason: Why,
    until: Until = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Put somebody on duty as well, in a shift and all its groups.

    Only in the shift's own hours: it makes no new ones.

    Example: rotation extra dora --shift europe --from 2027-11-26 --reason "Black Friday"
    """
    by, how = by_hand(author, reason), How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        wish = changes.Extra(person, shift, begins, until or "")
        _made(desk, changes.EXTRA, wish, by, how)


def listed(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Cover, time off, swaps and extra people: of the files and by command.

    Example: rotation changes
    """
    with at_desk(context, config) as desk:
        found = [c for c in desk.roster.changes if every or not is_over(c, desk.now)]
        if as_data:
            as_json(changes_told(desk.roster, found, desk.now))
            return
        rows = [
            (
                c.name or "file", c.kind.value, who_said(c, desk.name), when_said(c),
                c.author or "-", "; ".join([c.reason or "-", *remarks(desk.roster, c)]),
            )
            for c in found
        ]  # fmt: skip
        table(("ID", "WHAT", "WHO", "WHEN", "BY", "WHY"), rows)


# -- making one -----------------------------------------------------------------------------


def _made(desk: Desk | Far, order: Order[W], wish: W, by: By, how: How) -> None:
    made = ordered(desk, order, wish, by, how, shown=show_moves)
    if made is not None:
        show(desk, made, how, {"done": True, "new": made.new, **made.data})
