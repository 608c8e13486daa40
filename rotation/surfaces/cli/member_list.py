"""`rotation subscriptions import`: a CSV file read, weighed, and kept with a person's word."""

from pathlib import Path
from typing import Annotated

import typer

from rotation.surfaces.cli.desk import Author, Json, Yes
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.files import content_of
from rotation.surfaces.cli.grant import DryRun
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show
from rotation.surfaces.cli.output import Ends, complain, fail
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders import Weighed
from rotation.surfaces.orders.member_list import IMPORT, Wish

_Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]


def import_(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file.", metavar="FILE.csv")],
    *,
    reason: _Why = "imported",
    whole: Annotated[
        bool, typer.Option("--replace", help="It is the whole list: whoever is missing ends.")
    ] = False,
    release: Annotated[
        int, typer.Option(help="So many may lose time by it, where that is more than usual.")
    ] = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Read a list of subscriptions, all of it or nothing; twice the same changes nothing.

    Columns: key, phone, name, group, until; also language, and warn, the days ahead of a warning
    (7, or 0 for none). A key stands for one subscription for ever. Whoever is missing stays, but
    with --replace. Ends with 1 when a row cannot be, or more people would lose time than one
    mistake may cost: more than 5, and more than a fifth of those seen in the account's groups.

    Example: rotation subscriptions import members.csv --dry-run
    """
    by, how = by_hand(author, reason), How(yes, as_data, dry_run, asks="Keep it?")
    wish = Wish(rows_of(file), file.name, whole, release)
    with at_counter(context, config) as desk:
        made = ordered(desk, IMPORT, wish, by, how, problems=_problems)
        if made is not None:
            show(desk, made, how, {"done": made.new, **made.data})


def rows_of(file: Path) -> str:
    """The text of a table; ends the command where it is none."""
    from rotation.roster_file.csv_text import UncountableError, text_of

    try:
        text, encoding = text_of(file.name, content_of(file))
    except UncountableError as wrong:
        fail(masked(on_one_line(str(wrong.problem))), ends=Ends.PROBLEMS)
    if encoding == "Windows-1252":
        complain(f"{on_one_line(file.name)}: it was read as {encoding}. Look at its names")
    return text


def _problems(found: Weighed) -> dict[str, object]:
    """What JSON says where it cannot be: the mistakes by their place, or how many lose time."""
    if "mistakes" in found.data:
        return {"problems": found.data["mistakes"]}
    return {"problems": [one.what for one in found.problems], **found.data}
