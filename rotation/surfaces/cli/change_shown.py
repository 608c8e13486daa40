"""Changes of duty as people and programs read them: whose duty moves, and what was asked for."""

from collections.abc import Iterable
from datetime import date

import typer

from rotation.core.moves import Move
from rotation.core.roster import Change, Doing, GroupId, PersonId, WhileOff
from rotation.core.timeline import local
from rotation.surfaces.change_said import groups_of, voided, when_said, who_said
from rotation.surfaces.changing import Weighed, is_over
from rotation.surfaces.cli.desk import Desk, say_who_carries_it_out
from rotation.surfaces.cli.output import as_json, say
from rotation.surfaces.counting import counted
from rotation.surfaces.saying import city, zone_of

_MOST_SHOWN = 20


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


def show_weighed(desk: Desk, weighed: Weighed, *, as_data: bool) -> None:
    if as_data:
        told = {"done": False, "problems": weighed.problems, **moves_as_data(weighed)}
        as_json(told)
        return
    show_moves(desk, weighed)
    for problem in weighed.problems:
        say(f"This would be refused: {problem}.")


def show_made(desk: Desk, weighed: Weighed, made: Change, *, new: bool, as_data: bool) -> None:
    holder = desk.holder
    if as_data:
        told = {"done": True, "new": new, "change": made.name, **moves_as_data(weighed)}
        as_json({**told, "daemon": holder})
        return
    if not new:
        say(f"The same was asked for already by {made.author}, so nothing is new: {made.name}.")
        return
    say(f"Written down as {made.name}; `rotation undo {made.name}` ends it.")
    say_who_carries_it_out(holder, tuple(weighed.moves))


def show_moves(desk: Desk, weighed: Weighed) -> None:
    """Who is on duty when, before and after; on standard error, as it is not the answer."""
    alike: dict[tuple[Move, ...], list[GroupId]] = {}
    for group, theirs in weighed.moves.items():
        alike.setdefault(theirs, []).append(group)
    for theirs, groups in alike.items():
        typer.echo(", ".join(groups), err=True)
        for move in theirs[:_MOST_SHOWN]:
            told = _stretch(desk, groups[0], move)
            typer.echo(f"  {told}  {_moved(desk, move)}", err=True)
        if len(theirs) > _MOST_SHOWN:
            typer.echo(f"  and {len(theirs) - _MOST_SHOWN} more", err=True)
    if not alike:
        typer.echo("Nobody's duty moves.", err=True)
    if alike and _asks_in_vain(weighed):
        typer.echo("No turn can be traded, so the next in order stands in.", err=True)
    if weighed.empty:
        group, move = weighed.empty[0]
        told = counted(len(weighed.empty), "stretch", "stretches")
        first = _stretch(desk, group, move)
        typer.echo(f"Nobody comes instead in {told}, first in {group}: {first}.", err=True)


def _asks_in_vain(weighed: Weighed) -> bool:
    """Whether a trade was asked for and there is none: it has begun, or nobody can have it."""
    change, all_ = weighed.change, weighed.moves.values()
    asks = change.kind is Doing.OFF and change.turn is WhileOff.SWAP and change.ended_at is None
    return asks and not any(change.person in move.on for moves in all_ for move in moves)


def _stretch(desk: Desk, group: GroupId, move: Move) -> str:
    """By the clocks of the shift it is about, and in UTC: `Fri 2026-11-27 15:15 to 16:30 Perth`."""
    zone = zone_of(desk.timeline, desk.roster.groups[group], move.starts)
    day, *starts = local(move.starts, zone).split()
    ends = local(move.ends, zone).split()
    until = ends[2] if ends[1] == starts[0] else " ".join(ends[:3])
    utc = f"{move.starts:%H:%M} to {move.ends:%H:%M} UTC"
    return f"{day} {starts[0]} {starts[1]} to {until} {city(zone)} ({utc})"


def _moved(desk: Desk, move: Move) -> str:
    if not move.off:
        return f"{_named(desk, move.on)} as well"
    return f"{_named(desk, move.on)} instead of {_named(desk, move.off)}"


def _named(desk: Desk, people: Iterable[PersonId]) -> str:
    return ", ".join(sorted(map(desk.name, people))) or "nobody"


def moves_as_data(weighed: Weighed) -> dict[str, object]:
    return {
        "moves": [
            {
                "group": group, "from": m.starts, "until": m.ends, "off": sorted(m.off),
                "on": sorted(m.on),
            }
            for group, theirs in weighed.moves.items()
            for m in theirs
        ],
        "people": [one.person for one in weighed.people],
    }  # fmt: skip


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
