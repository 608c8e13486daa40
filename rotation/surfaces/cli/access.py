"""Who had access, when and why, for whoever has to show it."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from rotation.core.roster import GroupId, PersonId
from rotation.surfaces.access import Edge, Report, Stay, length, report
from rotation.surfaces.cli.desk import Json, at_desk
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, fail, instant, say, table
from rotation.surfaces.cli.past import known_group, known_person

_When = Annotated[
    str | None, typer.Option(help='"2027-03-14 02:30 Europe/Lisbon" or 2027-03-14T02:30Z.')
]
_MINUTE = timedelta(minutes=1)
_COLUMNS = (
    *("group", "person", "name"),
    *("came_at", "came_by", "came_why", "came_origin", "came_record"),
    *("went_at", "went_by", "went_why", "went_origin", "went_record"),
    *("seen_in_at", "minutes"),
)


def register(app: typer.Typer) -> None:
    app.command("access-report")(access_report)


def access_report(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    *,
    group: Annotated[str | None, typer.Option(help="Who had access to this group.")] = None,
    person: Annotated[str | None, typer.Option(help="What this person had access to.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Only who was in after this instant.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only who was in before this instant.")] = None,
    config: Config = None,
    as_data: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
) -> None:
    """Who had access to a group, from when till when, why, and how that is known.

    Read from the trail, which `rotation history --verify` checks: every stay that shares time with
    what is asked for, whole. A change counts from the read that showed it.

    Example: rotation access-report --group acme-vip --from 2027-01-01T00:00Z --csv
    """
    if as_data and as_csv:
        fail("--json and --csv exclude each other", "Say one of them", Ends.USAGE)
    if group is None and person is None:
        fail(
            "a report is of a group, of a person, or of both", "Say --group or --person", Ends.USAGE
        )
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        starts = moment(since, desk.now) if since else None
        ends = moment(until, desk.now) if until else None
        if starts is not None and ends is not None and starts >= ends:
            fail("the stretch must end after it starts", ends=Ends.USAGE)
        asked = known_group(desk, books, group), known_person(desk, books, person)
        found = report(desk.sight(books), *asked, starts, ends)
    if as_data:
        as_json(_as_data(found, *asked, desk.now))
    elif as_csv:
        as_rows(_COLUMNS, (_row(stay) for stay in found.stays))
    else:
        _show(found)


def _as_data(
    found: Report, group: GroupId | None, person: PersonId | None, now: datetime
) -> dict[str, object]:
    asked = {"group": group, "person": person, "from": found.since, "until": found.until}
    return {"at": now, **asked, "stays": found.stays, "notes": found.notes}


def _row(stay: Stay) -> tuple[object, ...]:
    lasted = length(stay)
    return (
        *(stay.group, stay.person, stay.name, *_cells(stay.came)),
        *(_cells(stay.went) if stay.went is not None else ("", "", "", "", "")),
        "" if stay.seen_at is None else instant(stay.seen_at),
        "" if lasted is None else round(lasted / _MINUTE, 1),
    )


def _cells(edge: Edge) -> tuple[object, ...]:
    at = "" if edge.at is None else instant(edge.at)
    return at, edge.by, edge.why, edge.origin, "" if edge.record is None else edge.record


def _show(found: Report) -> None:
    table(
        ("GROUP", "WHO", "CAME", "BY", "WENT", "BY"),
        (
            (stay.group, stay.name, _when(stay.came), _how(stay.came), *_end(stay))
            for stay in found.stays
        ),
    )
    say()
    for note in found.notes:
        say(note)


def _end(stay: Stay) -> tuple[str, str]:
    if stay.went is not None:
        return _when(stay.went), _how(stay.went)
    seen = f"seen {stay.seen_at:%Y-%m-%d %H:%M}Z" if stay.seen_at is not None else "not seen lately"
    return "still in", seen


def _when(edge: Edge) -> str:
    return "not known" if edge.at is None else f"{edge.at:%Y-%m-%d %H:%M:%S}Z"


def _how(edge: Edge) -> str:
    return f"{edge.by}: {edge.why}" if edge.why else edge.by
