"""`rotation week`: the weekly message, as it would be said now."""

from typing import Annotated

import typer

from rotation.surfaces.answers.roster import week_text, week_told
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
        who = desk.person(person) if person is not None else None
        sight = desk.sight(books)
        text, zone = week_text(sight, who)
    if as_data:
        as_json(week_told(sight, who, text, zone))
    else:
        say(text)
