"""`rotation export`: duty for a calendar application or a spreadsheet."""

import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from rotation.core.roster import Roster
from rotation.core.timeline import Timeline
from rotation.surfaces.calendars.cells import COLUMNS, rows
from rotation.surfaces.calendars.entries import Calendar, calendar
from rotation.surfaces.calendars.whose import Of, Whose
from rotation.surfaces.cli.moment import moment, now
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, fail
from rotation.surfaces.cli.roster import Schedules, folder_of, roster_in
from rotation.surfaces.data import write_csv
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.months import months_later

_ONE = {Of.PEOPLE: "person", Of.GROUPS: "group", Of.SHIFTS: "shift"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    *,
    person: Annotated[str | None, typer.Option(help="The duty of this person only.")] = None,
    group: Annotated[str | None, typer.Option(help="Duty in this group only.")] = None,
    shift: Annotated[str | None, typer.Option(help="Duty on this shift only.")] = None,
    months: Annotated[int, typer.Option(min=1, max=36, help="How many months of it.")] = 3,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help="Where they start: 2027-03-01, or an instant; today if not given."
        ),
    ] = None,
    as_ics: Annotated[bool, typer.Option("--ical", help="As iCal, which is the default.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, for a spreadsheet.")] = False,
    to: Annotated[Path | None, typer.Option(help="Write it to this file.", dir_okay=False)] = None,
    schedules: Schedules = None,
    config: Config = None,
) -> None:
    """Duty as a file that calendar applications or spreadsheets read.

    Taken from the roster files, with the changes that stand in them; where there are none, from the
    roster in force. A file that is read in is a copy: to have what changes as well, subscribe to
    the calendar that the board has of each person, group and shift.

    Example: rotation export --person ana --to ana.ics
    """
    named = [
        Whose(of, name)
        for of, name in ((Of.PEOPLE, person), (Of.GROUPS, group), (Of.SHIFTS, shift))
        if name is not None
    ]
    if len(named) > 1:
        fail("one calendar shows one thing", "Say --person, --group or --shift", Ends.USAGE)
    if as_ics and as_csv:
        fail("--ical and --csv exclude each other", "Say one of them", Ends.USAGE)
    roster = _roster(context, schedules, config)
    whose = _known(roster, named[0]) if named else None
    starts = _first(since)
    found = calendar(Timeline(roster), whose, starts, months_later(starts, months))
    content = _cells(found) if as_csv else _ics(found)
    if to is None:
        typer.echo(content, nl=False)
    else:
        to.write_bytes(content)


def _cells(found: Calendar) -> bytes:
    cells = StringIO()
    write_csv(cells, COLUMNS, rows(found))
    return cells.getvalue().encode()


def _ics(found: Calendar) -> bytes:
    from rotation.surfaces.calendars.ics import as_ical

    return as_ical(found, found.since)


def _roster(context: typer.Context, schedules: Path | None, config: Path | None) -> Roster:
    folder = folder_of(schedules, config)
    if schedules is not None or folder.exists():
        return roster_in(folder)
    from rotation.surfaces.cli.desk import at_desk

    with at_desk(context, config) as desk:
        return desk.roster


def _known(roster: Roster, meant: Whose) -> Whose:
    from rotation.roster_file import did_you_mean

    known = meant.known(roster)
    if meant.name not in known:
        what = f"there is no {_ONE[meant.of]} `{on_one_line(meant.name)}`"
        fail(what, did_you_mean(meant.name, known), Ends.USAGE)
    return meant


def _first(since: str | None) -> datetime:
    """A date begins at midnight in UTC; so does today, that every export of a day is the same."""
    if since is not None and _DATE.fullmatch(since.strip()):
        return moment(f"{since.strip()}T00:00Z", now())
    at = moment(since, now())
    return at if since else at.astimezone(UTC).replace(hour=0, minute=0, second=0)
