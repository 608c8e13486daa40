"""How the work of a roster is shared out: hours, nights and weekends of each person."""

from datetime import timedelta
from typing import Annotated

import typer

from rotation.core.timeline import Timeline
from rotation.core.workload import workload
from rotation.surfaces.cli.moment import moment, now
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, fail, say, table
from rotation.surfaces.cli.roster import Json, Schedules, folder_of, roster_in
from rotation.surfaces.workload import COLUMNS, as_object, cells

_FOUR_WEEKS, _LONGEST = timedelta(days=28), timedelta(days=3 * 366)


def register(app: typer.Typer) -> None:
    app.command("workload")(show)


def show(
    *,
    since: Annotated[
        str | None, typer.Option("--from", help="Where the stretch starts; now if not given.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Where it ends; four weeks after its start if not given.")
    ] = None,
    schedules: Schedules = None,
    config: Config = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    as_data: Json = False,
) -> None:
    """How many hours everybody is on duty, and how many of them at night and on weekends.

    Nights are 23:00 to 06:00 and weekends Saturday and Sunday by the clocks of the person's own
    zone, else of the shift's; public holidays are those that the shift keeps. Whoever is on two
    shifts or in many groups at once works once. Answered from the roster
    files, with the changes that stand in them; what was changed by command is on the board's page.

    Example: rotation workload --from 2027-01-01T00:00Z --until 2027-04-01T00:00Z --csv
    """
    roster = roster_in(folder_of(schedules, config))
    starts = moment(since, now())
    ends = moment(until, starts + _FOUR_WEEKS)
    if not starts < ends <= starts + _LONGEST:
        fail("the stretch must end after it starts, within three years", ends=Ends.USAGE)
    rows = list(cells(roster, workload(Timeline(roster), starts, ends)))
    if as_data:
        as_json(as_object(rows, starts, ends))
    elif as_csv:
        as_rows(COLUMNS, rows)
    else:
        say(f"On duty from {starts:%Y-%m-%d %H:%M}Z to {ends:%Y-%m-%d %H:%M}Z, in hours")
        table(
            ("NAME", "HOURS", "NIGHT", "WEEKEND", "SHIFTS", "HOLIDAY"),
            ((str(name), *(f"{n:g}" for n in told)) for _, name, *told in rows),
        )
