"""Changes of duty as people and programs read them: whose duty moves, and what was asked for."""

from datetime import date

import typer

from rotation.core.roster import Change, Doing, GroupId
from rotation.surfaces.change_said import groups_of, voided, when_said, who_said
from rotation.surfaces.changing import is_over
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.orders import Weighed


def undoable(desk: Desk) -> list[tuple[str, ...]]:
    """What `rotation undo` can end of these, as rows of its list."""
    rows: list[tuple[str, ...]] = []
    for c in desk.roster.changes:
        if c.id and not is_over(c, desk.now):
            groups = ", ".join(groups_of(desk.roster, c)) or "-"
            rows.append(
                (
                    c.name,
                    groups,
                    c.kind.value,
                    who_said(c, desk.name),
                    when_said(c),
                    c.author,
                    c.reason,
                )
            )
    return rows


def show_moves(found: Weighed) -> None:
    """Who is on duty when, before and after; on standard error, as it is not the answer."""
    groups: tuple[GroupId, ...] = ()
    for row in found.rows:
        if row.groups != groups:
            groups = row.groups
            typer.echo(", ".join(groups), err=True)
        instead = f" instead of {row.before}" if row.before else " as well"
        typer.echo(
            f"  {row.what}  {row.after}{instead}" if row.after else f"  {row.what}", err=True
        )
    if not found.rows:
        typer.echo("Nobody's duty moves.", err=True)
    for remark in found.said[1:]:
        typer.echo(remark, err=True)


def change_as_data(desk: Desk, change: Change) -> dict[str, object]:
    return {
        "id": change.name, "what": change.kind.value, "person": change.person,
        "other": change.other, "shift": change.shift, "first": _iso(change.first),
        "last": _iso(change.last), "from": change.starts, "until": change.ends,
        "turn": change.turn.value if change.kind is Doing.OFF else None,
        "occurrence": change.occurrence or None, "for_occurrence": change.for_occurrence or None,
        "reason": change.reason, "author": change.author, "made_at": change.made_at,
        "ended_at": change.ended_at, "void": voided(desk.roster, change) or None,
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
