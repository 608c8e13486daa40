"""`rotation edit`: the roster files say something else, with comments and layout kept."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from rotation.surfaces.cli.desk import Author, Json, Yes
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.files import table_of
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, show
from rotation.surfaces.cli.output import Ends, fail, say, table
from rotation.surfaces.editing import Shown
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.orders import Weighed
from rotation.surfaces.orders import roster as editing
from rotation.surfaces.orders.asking import LONGEST_EDIT


def register(app: typer.Typer) -> None:
    app.command()(edit)


def edit(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            help="What the roster is to say, as YAML or JSON; - reads it here, https://... there."
        ),
    ],
    *,
    table: Annotated[
        bool,
        typer.Option(
            "--table", help="It is a table or overrides; so is a .csv, .xlsx or .ics file."
        ),
    ] = False,
    shift: Annotated[
        list[str] | None,
        typer.Option(help="Of which shift the table is, where it does not say; or several."),
    ] = None,
    into: Annotated[
        str, typer.Option("--file", help="In which roster file what is new goes.", metavar="NAME")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; it is kept with what was done.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would do, and change nothing.")
    ] = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Edit the roster files by a piece of a roster.

    What it says takes the place of what they say, a key without a value is taken out, `changes`
    are added, and `leaves: [ana]` takes somebody out of every list. Whoever has a turn now keeps
    it. A table has people (name, phone), or who has a shift on a date (date, shift, name), and
    becomes turns or covers; a calendar (.ics) and PagerDuty's overrides become covers. Shows the
    lines, whose duty moves and what is left open, and asks. Ends with 1, and writes nothing, when
    the files would make no roster or were changed meanwhile.

    Example: echo "groups: {umbrella-trial: {mode: managed}}" | rotation edit - --reason "it fits"
    """
    is_table, text = _suffix(file) in _TABLES or table, _read(file)
    by = by_hand(author, reason)
    wish = (
        editing.Wish(table=text, shifts=tuple(shift or ()), file=into)
        if is_table
        else editing.Wish(text, file=into)
    )
    how = How(yes, as_data, dry_run, asks="Save it?")
    with at_counter(context, config) as desk:
        made = ordered(desk, editing.ROSTER, wish, by, how, shown=_show)
        if made is not None:
            show(desk, made, how, {"done": True, "new": made.new, **made.data})


def _suffix(file: str) -> str:
    try:
        return Path(urlsplit(file).path if file.startswith(_ELSEWHERE) else file).suffix.casefold()
    except ValueError:
        fail("this is no address", "Write https://, a host and a path", Ends.USAGE)


_ELSEWHERE = "https://", "http://"


def _read(file: str) -> str:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(LONGEST_EDIT + 1)
        elif file.startswith(_ELSEWHERE):
            file, content = _fetched(file)
        else:
            content = table_of(Path(file))
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{file} is not UTF-8 text", "Save it as UTF-8", Ends.USAGE)
    if len(text) > LONGEST_EDIT:
        fail(f"{file} has more than {LONGEST_EDIT} characters", "Split it", Ends.USAGE)
    return text


def _fetched(url: str) -> tuple[str, bytes]:
    """The host, for the address itself may be a secret, and what is there."""
    from rotation.providers.fetched import Fetched, Unfetched, fetch

    host = on_one_line(urlsplit(url).netloc.rpartition("@")[2])
    found = fetch(url, accept="text/calendar, text/csv, */*;q=0.5")
    if not isinstance(found, Fetched):
        why = found.why if isinstance(found, Unfetched) else "nothing came"
        fail(f"nothing was had from {host}: {why}", "The files stay as they are", Ends.CANNOT_RUN)
    return host, found.content


def _show(found: Weighed) -> None:
    looked = Shown.of(found.data.get("look"))
    if looked is None:
        return
    for name, lines in looked.lines:
        say(name)
        say("\n".join(f"  {line}" for line in lines))
    if looked.moves:
        rows = ((", ".join(m.groups), m.when, m.was, m.will) for m in looked.moves[:_MOST])
        table(("GROUPS", "WHEN", "OFF", "ON"), rows)
        more = len(looked.moves[_MOST:]) + looked.others
        if more:
            say(f"and {more} more")
    for sentence in found.said:
        say(sentence)


_MOST = 12
_TABLES = {".csv", ".tsv", ".xlsx", ".ics"}
