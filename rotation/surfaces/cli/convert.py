"""`rotation import`: rosters made of what other services export."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rotation.importing import (
    Asked,
    Converted,
    Difference,
    RefusedErrors,
    converted,
    from_table,
    said,
)
from rotation.roster_file import RosterErrors
from rotation.surfaces.cli.files import content_of, new, table_of, write
from rotation.surfaces.cli.moment import now
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.cli.roster import Json
from rotation.surfaces.counting import counted
from rotation.surfaces.masking import masked, on_one_line
from rotation.zone_data import use_newest

_MOST = 40
"""So many lines of one kind are shown; mending one often mends more."""
_TABLE = "the table"
_TOPS = {None: None, "first": False, "last": True}

File = Annotated[Path, typer.Argument(help="What the service exported.", metavar="FILE.json")]
Users = Annotated[
    Path | None,
    typer.Option(help="Who has which number: the service's users, or a CSV of person and phone."),
]
To = Annotated[Path | None, typer.Option(help="A new file for the roster; else it is printed.")]
Partly = Annotated[
    bool, typer.Option("--partly", help="Leave out, and list, what cannot be carried over.")
]


def register(app: typer.Typer) -> None:
    found = typer.Typer(
        help="Make a roster of what another service exports: exactly, or with what is wrong.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    found.command()(pagerduty)
    found.command()(opsgenie)
    found.command("csv")(table)
    app.add_typer(found, name="import")


def pagerduty(
    file: File,
    *,
    users: Users = None,
    to: To = None,
    partly: Partly = False,
    top: Annotated[
        str | None,
        typer.Option(help="Which layer of the file wins where two share time: first or last."),
    ] = None,
    as_data: Json = False,
) -> None:
    """Make a roster of what PagerDuty's API gave.

    FILE.json is what GET /schedules/{id} answered, for one schedule or in a list. What is in its
    final schedule is compared with the timeline of the roster, span by span.
    Ends with 1 when something cannot be carried over, or when the two differ.

    Example: rotation import pagerduty schedule.json --users users.json --to schedules/support.yaml
    """
    if top not in _TOPS:
        fail("--top is `first` or `last`", ends=Ends.USAGE)
    _import("PagerDuty", file, users, to, partly=partly, last=_TOPS[top], as_data=as_data)


def opsgenie(
    file: File,
    *,
    users: Users = None,
    to: To = None,
    partly: Partly = False,
    as_data: Json = False,
) -> None:
    """Make a roster of what Opsgenie's API gave.

    FILE.json is what GET /v2/schedules/{id} answered, for one schedule or in a list. A timeline of
    a schedule in the same file is compared with that of the roster, span by span.
    Ends with 1 when something cannot be carried over, or when the two differ.

    Example: rotation import opsgenie schedules.json --users users.json --to schedules/support.yaml
    """
    _import("Opsgenie", file, users, to, partly=partly, last=None, as_data=as_data)


def table(
    file: Annotated[Path, typer.Argument(help="The table, as CSV or a workbook.", metavar="FILE")],
    *,
    users: Annotated[
        Path | None, typer.Option(help="A CSV of person and phone, if the table has no numbers.")
    ] = None,
    to: To = None,
    as_data: Json = False,
) -> None:
    """Make a roster of a table of dates: the rule behind it, if there is exactly one.

    Columns: date, start, end, zone, person, and if you like shift and phone; a row for each person
    and date. The turns have to come back in it at least once. Ends with 1 when there is no rule
    that gives every row, and names the rows that break the one that comes nearest.

    Example: rotation import csv rota.csv --to schedules/support.yaml
    """
    _import(_TABLE, file, users, to, partly=False, last=None, as_data=as_data)


def _import(  # noqa: PLR0913 - what was asked for, passed on
    service: str,
    file: Path,
    users: Path | None,
    to: Path | None,
    *,
    partly: bool,
    last: bool | None,
    as_data: bool,
) -> None:
    new(to)
    use_newest()
    reads = table_of if service == _TABLE else content_of
    numbers = None if users is None else (users.name, table_of(users))
    asked = Asked(service, file.name, reads(file), numbers, partly, last)
    try:
        found = (from_table if service == _TABLE else converted)(asked, now())
    except RosterErrors as wrong:
        _refuse(wrong, as_data=as_data)
    if to is not None:
        write(to, found.text)
    if as_data:
        as_json({"ok": True, "service": service, **_as_data(found)})
    else:
        _show(found, service, to)
    differs = any(proof.differences for proof in found.proofs)
    raise typer.Exit(Ends.PROBLEMS if differs or found.left_out else Ends.WELL)


def _refuse(wrong: RosterErrors, *, as_data: bool) -> NoReturn:
    partly = isinstance(wrong, RefusedErrors)
    told = [masked(on_one_line(str(one))) for one in wrong.problems]
    if as_data:
        as_json({"ok": False, "problems": told})
        raise typer.Exit(Ends.PROBLEMS)
    _complain(told)
    fail(
        f"{counted(len(told), 'problem')}, so no roster was made",
        "Mend what is named above" + (", or leave it out by --partly" if partly else ""),
        Ends.PROBLEMS,
    )


def _complain(lines: Sequence[str]) -> None:
    for line in lines[:_MOST]:
        complain(f"rotation: {line}")
    if len(lines) > _MOST:
        complain(f"rotation: and {len(lines) - _MOST} more like these")


def _as_data(found: Converted) -> dict[str, object]:
    return {
        "roster": found.text,
        "left_out": [masked(on_one_line(str(one))) for one in found.left_out],
        "not_compared": found.unproven,
        "compared": [
            {
                "schedule": proof.title,
                "from": proof.starts,
                "until": proof.ends,
                "differences": [
                    {**one._asdict(), "theirs": sorted(one.theirs), "ours": sorted(one.ours)}
                    for one in proof.differences
                ],
            }
            for proof in found.proofs
        ],
    }


def _show(found: Converted, service: str, to: Path | None) -> None:
    """The roster on the output, or what is in its file; all else on the other one."""
    _complain([f"left out: {masked(on_one_line(str(one)))}" for one in found.left_out])
    for proof in found.proofs:
        typer.echo(on_one_line(said(proof, service)), err=True)
        _complain([on_one_line(_differs(one, service)) for one in proof.differences])
    if found.unproven:
        what = on_one_line(", ".join(found.unproven))
        typer.echo(f"Nothing that {service} rendered to compare with: {what}", err=True)
    if to is None:
        typer.echo(found.text, nl=False)
        return
    people, shifts = counted(found.people, "person", "people"), counted(found.shifts, "shift")
    say(f"wrote {to}: {people}, {shifts}, and no groups yet")
    say("`rotation link` drafts the groups; name the shifts in them, and run `rotation check`")


def _differs(one: Difference, service: str) -> str:
    window = f"{one.starts:%Y-%m-%d %H:%M}Z to {one.ends:%Y-%m-%d %H:%M}Z"
    theirs, ours = (", ".join(sorted(side)) or "nobody" for side in (one.theirs, one.ours))
    return f"{window}: {service} has {theirs}, the roster {ours}"
