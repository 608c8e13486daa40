"""Handovers: every boundary that passed, written once, and proven or missed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Text, bindparam, func, or_, select, type_coerce, update

from rotation.core.facts import HandoverRow
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.plain import canonical
from rotation.ledger.rows import Shape, insert_new, matching, of_each, within
from rotation.ledger.transaction import Transaction, Words, of_some

_c = tables.handovers.c
_HANDOVER = Shape(HandoverRow, tables.handovers)
_NEWEST_FIRST = _HANDOVER.query.order_by(_c.at.desc(), _c.group)
_SIDES = type_coerce(_c.incoming, Text), type_coerce(_c.outgoing, Text)
_older = tables.handovers.alias("older")
_NEWEST = _HANDOVER.one(
    _NEWEST_FIRST.where(_c.group == bindparam("group_is")).limit(1),
    select(_c.group, *_HANDOVER.query.selected_columns).where(
        of_some(_c.group),
        _c.at == select(func.max(_older.c.at)).where(_older.c.group == _c.group).scalar_subquery(),
    ),
)
_PROVE = Words(
    update(tables.handovers)
    .where(_c.group == bindparam("group_is"), _c.at == bindparam("at_is"), _c.proven_at.is_(None))
    .values(proven_at=bindparam("now"))
)


class Handovers:
    """Lists are newest first."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def record(self, *rows: HandoverRow) -> None:
        """Keep the boundaries that are not kept yet; one row per group and instant."""
        known = {g: self._conn.known(_NEWEST, group_is=g) for g in {r.group for r in rows}}
        insert_new(self._conn, tables.handovers, map(_HANDOVER.row, rows), later=True)
        for group, before in known.items():
            if before is not None and all(map(_HANDOVER.comes_back, rows)):
                # What was kept already stays as it is.
                theirs = [r for r in (*before, *rows) if r is not None and r.group == group]
                self._conn.knows(_NEWEST, max(theirs, key=lambda r: r.at), group_is=group)

    def newest(self, group: GroupId) -> HandoverRow | None:
        """The group's newest boundary."""
        return self._conn.ask(_NEWEST, group_is=group)

    def foresee(self, groups: Sequence[GroupId]) -> None:
        self._conn.foresee(_NEWEST, groups)

    def prove(self, group: GroupId, at: datetime, now: datetime) -> None:
        """A read-back showed the boundary's effect. The first proof stays."""
        known = self._conn.known(_NEWEST, group_is=group)
        self._conn.tell_later(_PROVE, {"group_is": group, "at_is": at, "now": now})
        if known is not None and (newest := known[0]) is not None:
            is_it = newest.at == at and newest.proven_at is None
            now_is = replace(newest, proven_at=now) if is_it else newest
            if _HANDOVER.comes_back(now_is):
                self._conn.knows(_NEWEST, now_is, group_is=group)

    def of(
        self,
        group: GroupId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        person: PersonId | None = None,
    ) -> list[HandoverRow]:
        """The boundaries of a group, or of all, within `[since, until)`; or those of a person."""
        query = within(matching(_NEWEST_FIRST, (_c.group, group)), _c.at, since, until)
        if person is not None:
            query = query.where(or_(*(side.contains(canonical(person), autoescape=True)
                                      for side in _SIDES)))  # fmt: skip
        return _HANDOVER.all(self._conn, query.limit(limit))

    def by_group(
        self, groups: Sequence[GroupId], since: datetime, until: datetime
    ) -> Iterator[tuple[GroupId, list[HandoverRow]]]:
        """Each of `groups` with its boundaries within `[since, until)`."""
        query = within(_NEWEST_FIRST, _c.at, since, until)
        return of_each(
            groups, lambda some: _HANDOVER.all(self._conn, query.where(_c.group.in_(some)))
        )
