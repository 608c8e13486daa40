"""Closings: groups that are over, by a person's word."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, update

from rotation.core.facts import Closing
from rotation.core.roster import GroupId
from rotation.ledger import tables
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Query, Transaction

_c = tables.closings.c
_CLOSING = Shape(Closing, tables.closings)
_ALL: Query[Mapping[GroupId, Closing]] = Query(
    _CLOSING.query.order_by(_c.group),
    lambda rows: {GroupId(row[0]): Closing(*row) for row in rows},
)


class Closings:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of(self, group: GroupId) -> Closing | None:
        return self._conn.ask(_ALL).get(group)

    def all(self) -> Mapping[GroupId, Closing]:
        return self._conn.ask(_ALL)

    def close(self, closing: Closing) -> None:
        upsert(self._conn, tables.closings, [_CLOSING.row(closing)])

    def said(self, group: GroupId, at: datetime) -> None:
        """Its message is claimed, before it is sent: it is said once."""
        self._conn.execute(update(tables.closings).where(_c.group == group).values(said_at=at))

    def done(self, group: GroupId, at: datetime) -> None:
        self._conn.execute(update(tables.closings).where(_c.group == group).values(done_at=at))

    def reopen(self, group: GroupId) -> None:
        self._conn.execute(delete(tables.closings).where(_c.group == group))
