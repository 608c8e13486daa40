"""A change of duty in words, for a command and a page alike: who, when, and what became of it."""

from collections.abc import Callable, Iterator
from typing import Any

from rotation.core.changes import void
from rotation.core.roster import Change, Doing, GroupId, PersonId, Roster, WhileOff
from rotation.engine.duty_news import exchanged


def who_said(change: Change, name: Callable[[PersonId], str]) -> str:
    other = "nobody" if change.other is None else name(change.other)
    match change.kind:
        case Doing.COVER:
            told = f"{other} for {name(change.person)}"
        case Doing.SWAP:
            told = f"{name(change.person)} with {other}"
        case _:
            told = name(change.person)
    return f"{told} in {change.shift}" if change.shift else told


def when_said(change: Change) -> str:
    if change.kind is Doing.SWAP:
        return exchanged(change)
    if change.first is not None:
        one_day = change.last in {None, change.first}
        return f"{change.first}" if one_day else f"{change.first} to {change.last}"
    if change.starts is not None and change.ends is not None:
        return f"{change.starts:%Y-%m-%d %H:%M}Z to {change.ends:%Y-%m-%d %H:%M}Z"
    return "-"


def on_record(change: Change, why: str) -> dict[str, Any]:
    """What the trail keeps of it."""
    return {
        "change": change.id, "what": change.kind.value, "when": when_said(change), "why": why,
        **({"other": change.other} if change.other else {}),
        **({"shift": change.shift} if change.shift else {}),
    }  # fmt: skip


def voided(roster: Roster, change: Change) -> str:
    """Why nothing of it is done; empty where it is."""
    return void(roster, change) if change.kind is Doing.SWAP else ""


def remarks(roster: Roster, change: Change) -> Iterator[str]:
    """What else there is to know of it."""
    if change.kind is Doing.OFF and change.turn is not WhileOff.SKIP:
        yield f"turn: {change.turn.value}"
    if why := voided(roster, change):
        yield f"VOID: {why}"
    if change.ended_at is not None:
        yield f"ended {change.ended_at:%Y-%m-%d %H:%M}Z"


def groups_of(roster: Roster, change: Change) -> tuple[GroupId, ...]:
    """The groups that have any of its shifts, or the person as fallback."""
    shifts = {s for _, s in change.serves()} | {change.shift}
    whole = None in shifts
    mine = {s for s, one in roster.shifts.items()
            if s in shifts or (whole and change.person in one.people)}  # fmt: skip
    return tuple(
        g.id
        for g in roster.groups.values()
        if not mine.isdisjoint(g.shifts) or (whole and change.person in g.fallback)
    )
