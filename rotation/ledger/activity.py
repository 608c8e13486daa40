"""Who was last active in a group, and by what: of people who have a name here, and of no others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete

from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LastActive:
    """The newest thing that somebody did in a group; `doing` is message, reaction or poll."""

    group: GroupId
    person: PersonId
    doing: str
    at: datetime


_c = tables.activity.c
_LAST = Shape(LastActive, tables.activity)


class Activity:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of(self, group: GroupId) -> dict[PersonId, LastActive]:
        return {o.person: o for o in _LAST.legible(self._conn, _in({group}))}

    def note(self, seen: Iterable[LastActive]) -> None:
        """Keep the newest of each person and group, in whatever order they are told."""
        newest: dict[tuple[GroupId, PersonId], LastActive] = {}
        for one in sorted(seen, key=_order):
            newest[one.group, one.person] = one
        groups = {group for group, _ in newest}
        known = {(o.group, o.person): o for o in _LAST.legible(self._conn, _in(groups))}
        news = [
            o for key, o in newest.items() if key not in known or _order(known[key]) < _order(o)
        ]
        upsert(self._conn, tables.activity, map(_LAST.row, news))

    def move(self, old: PersonId, new: PersonId) -> None:
        """What `old` did, `new` did."""
        theirs = _LAST.legible(self._conn, _LAST.query.where(_c.person == old))
        self._conn.execute(delete(tables.activity).where(_c.person == old))
        self.note(LastActive(o.group, new, o.doing, o.at) for o in theirs)


def _in(groups: set[GroupId]) -> Select[Any]:
    return _LAST.query.where(_c.group.in_(sorted(groups)))


def _order(one: LastActive) -> tuple[datetime, str]:
    return one.at, one.doing
