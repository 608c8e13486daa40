"""`rotation week`: the weekly message, as it would be said now."""

from typing import Annotated

import typer

from rotation.core.weekly import own_week
from rotation.engine.weekly import manager_week
from rotation.surfaces.cli.desk import Json, at_desk
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import as_json, say


def register(app: typer.Typer) -> None:
    app.command()(week)


def week(
    context: typer.Context,
    person: Annotated[
        str | None, typer.Argument(help="Whose own week; else all groups'.", show_default=False)
    ] = None,
    *,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """The last seven days in a few lines, and what comes; or an agent's own coming week.

    It is what those in `tell`, and the agents named with it, hear by WhatsApp when the roster says
    `weekly:`.

    Example: rotation week ben
    """
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        in_force = (desk.digest, desk.roster, desk.timeline)
        weekly = desk.roster.weekly
        zone = weekly.zone if weekly is not None else "UTC"
        who = desk.person(person) if person is not None else None
        if who is None:
            text = manager_week(books, in_force, zone, desk.now)
        else:
            zone = desk.roster.people[who].zone or zone
            text = own_week(desk.timeline, who, zone, desk.now)
    if as_data:
        as_json({"at": desk.now, "person": who, "zone": zone, "lines": text.splitlines()})
    else:
        say(text)
