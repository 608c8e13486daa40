"""How it stands: who is in each group, what is in the way, and what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rotation.core.holds import Hold
from rotation.core.roster import GroupId, Mode
from rotation.surfaces import board
from rotation.surfaces.answers.answer import Answer, Nothing, Told, cursor, groups_asked, limit
from rotation.surfaces.answers.shapes import Also
from rotation.surfaces.data import members
from rotation.surfaces.naming import group_called
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.sight import SeenRoom, Sight, of_no_group

ROOM = Also(board.Room, {"age_seconds": float | None, "needs_person": bool})
GROUP = {
    "group": str, "account": str, "mode": Mode, "team": str | None, "shifts": [str],
    "always_in": [str], "pins": [str],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OneGroup:
    group: str = asks("The group", Kind.GROUP)


@dataclass(frozen=True, slots=True)
class Paged:
    limit: int = limit()
    cursor: str = cursor()


@dataclass(frozen=True, slots=True)
class Looked:
    """Some groups, and what is in the way of them, of their accounts and of all."""

    paused: tuple[board.Paused, ...]
    slowed: tuple[board.Slowed, ...]
    general: tuple[board.HeldUp, ...]
    rooms: tuple[SeenRoom, ...]

    @property
    def needs_person(self) -> bool:
        rooms = (room for room, _ in self.rooms)
        return any(one.needs_person for some in (self.paused, rooms, self.general) for one in some)


def looked(sight: Sight, groups: Iterable[GroupId]) -> Looked:
    names = tuple(groups)
    holds = sight.books.holds.in_force()
    states = sight.accounts(sight.roster.groups[name].account for name in names)
    return Looked(
        board.paused(states),
        board.slowed_down(states, sight.now),
        tuple(sight.held(hold) for hold in of_no_group(holds, states)),
        tuple(sight.room(name, holds) for name in names),
    )


def status_told(sight: Sight, found: Looked) -> Told:
    return {
        "at": sight.now,
        "roster": sight.digest or None,
        "needs_person": found.needs_person,
        "accounts_paused": found.paused,
        "accounts_slowed": found.slowed,
        "held": found.general,
        "groups": [room_told(room, sight.now) for room, _ in found.rooms],
    }


def room_told(room: board.Room, now: datetime) -> Told:
    age = None if room.read_at is None else max(0.0, (now - room.read_at).total_seconds())
    return {**members(room), "age_seconds": age, "needs_person": room.needs_person}


def _status(_counter: Counter, sight: Sight, wish: Paged) -> Told:
    names, following = groups_asked(sight, "status", wish.cursor, wish.limit)
    return {**status_told(sight, looked(sight, names)), "next": following}


def _room(_counter: Counter, sight: Sight, wish: OneGroup) -> Told:
    group = group_called(sight.roster, wish.group)
    return status_told(sight, looked(sight, [group]))


def _groups(_counter: Counter, sight: Sight, wish: Paged) -> Told:
    names, following = groups_asked(sight, "groups", wish.cursor, wish.limit)
    found = (sight.roster.groups[name] for name in names)
    return {
        "at": sight.now,
        "roster": sight.digest or None,
        "groups": [
            {"group": g.id, "account": g.account, "mode": g.mode, "team": g.team,
             "shifts": g.shifts, "always_in": g.always_in, "pins": g.pins}
            for g in found
        ],
        "next": following,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holds:
    """What waits; `watched` are the groups in which nothing is done on purpose."""

    held: tuple[board.HeldUp, ...]
    watched: tuple[GroupId, ...]

    @property
    def needs_person(self) -> bool:
        return any(one.needs_person for one in self.held)


def holds(sight: Sight) -> Holds:
    name = sight.namer()
    found = sight.books.holds.in_force()
    return Holds(
        tuple(sight.held(one, name) for one in found if one.item.hold is not Hold.MODE),
        tuple(g.id for g in sight.roster.groups.values() if g.mode is Mode.WATCH),
    )


def holds_told(sight: Sight, found: Holds) -> Told:
    needs = found.needs_person
    return {"at": sight.now, "needs_person": needs, "holds": found.held, "watched": found.watched}


_STATUS: Told = {
    "at": datetime, "roster": str | None, "needs_person": bool, "accounts_paused": [board.Paused],
    "accounts_slowed": [board.Slowed], "held": [board.HeldUp], "groups": [ROOM],
}  # fmt: skip
STATUS = Answer(
    "status", "Who is in each group, who comes and goes, what is in the way", "/status", Paged,
    {**_STATUS, "next": str | None}, _status,
)  # fmt: skip
ONE_GROUP = Answer("group", "The same of one group", "/groups/{group}", OneGroup, _STATUS, _room)
GROUPS = Answer(
    "groups", "The groups of the roster in force", "/groups", Paged,
    {"at": datetime, "roster": str | None, "groups": [GROUP], "next": str | None}, _groups,
)  # fmt: skip
HOLDS = Answer(
    "holds", "What waits, since when, why, and what ends it", "/holds", Nothing,
    {"at": datetime, "needs_person": bool, "holds": [board.HeldUp], "watched": [str]},
    lambda _counter, sight, _wish: holds_told(sight, holds(sight)),
)  # fmt: skip
