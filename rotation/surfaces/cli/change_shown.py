"""Changes of duty as people and programs read them: whose duty moves, and what was asked for."""

from collections.abc import Sequence

import typer

from rotation.core.roster import GroupId
from rotation.surfaces.orders import Row, Weighed


def show_moves(found: Weighed) -> None:
    """Who is on duty when, before and after, and what is to be known of it."""
    show_rows(found.rows)
    for remark in found.said[1:]:
        typer.echo(remark, err=True)


def show_rows(rows: Sequence[Row]) -> None:
    """Who is on duty when, before and after; on standard error, as it is not the answer."""
    groups: tuple[GroupId, ...] = ()
    for row in rows:
        if row.groups != groups:
            groups = row.groups
            typer.echo(", ".join(groups), err=True)
        instead = f" instead of {row.before}" if row.before else " as well"
        typer.echo(
            f"  {row.what}  {row.after}{instead}" if row.after else f"  {row.what}", err=True
        )
    if not rows:
        typer.echo("Nobody's duty moves.", err=True)
