"""`rotation review`: access that nobody meant, or nobody uses, and what to do about it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer

from rotation.core.roster import GroupId
from rotation.engine.review import TO_DO, Look
from rotation.surfaces.cli.desk import Json, OneGroup, at_desk
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, heading, say
from rotation.surfaces.review import COLUMNS, TITLES, Shown, as_cells, as_object, shown
from rotation.surfaces.saying import length_said

_MOST = 10
"""How many people are named in a line; CSV and JSON have all of them."""


def register(app: typer.Typer) -> None:
    app.command(name="review")(review_)


def review_(
    context: typer.Context,
    group: OneGroup = None,
    *,
    config: Config = None,
    as_data: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when there is anything to look at.")
    ] = False,
) -> None:
    """Strangers, the silent, and whatever else deserves a look.

    Also people past their time, groups without cover or in which we are no admin, members known by
    a hidden id only, and of whom it is unknown whether they are silent, and why. Silence is judged
    in the groups whose roster says `silent:`. Nothing is changed.

    Example: rotation review acme-vip --csv
    """
    with at_desk(context, config) as desk:
        with desk.ledger.reading() as books:
            found = shown(desk.sight(books), desk.groups(group))
        if as_data:
            as_json(as_object(found, desk.now, desk.digest))
        elif csv:
            as_rows(COLUMNS, as_cells(found))
        else:
            _show(found, desk.now)
    if exit_code and any(one.look is not Look.UNKNOWN for one in found):
        raise typer.Exit(Ends.PROBLEMS)


def _show(found: Sequence[Shown], now: datetime) -> None:
    if not found:
        say("Nothing deserves a look.")
    for look, some in groupby(found, key=lambda one: one.look):
        these = list(some)
        heading(f"{TITLES[look]}: {sum(one.count for one in these)}")
        alike: dict[tuple[GroupId, str], list[Shown]] = {}
        for one in these:
            alike.setdefault((one.group, one.detail), []).append(one)
        for (group, detail), people in alike.items():
            say(f"  {group}: {_said(people, now)}{detail}")
        say(f"    do: {TO_DO[look]}")


def _said(people: Sequence[Shown], now: datetime) -> str:
    """Who, and since when; or how many, where nobody is told apart."""
    named = [one for one in people if one.name]
    if not named:
        count = sum(one.count for one in people)
        return f"{count} " if people[0].look in (Look.STRANGER, Look.HIDDEN) else ""
    names = [
        one.name if one.since is None else f"{one.name} for {length_said(now - one.since)}"
        for one in named[:_MOST]
    ]
    more = f" and {len(named) - _MOST} more" if len(named) > _MOST else ""
    return f"{', '.join(names)}{more}: "
