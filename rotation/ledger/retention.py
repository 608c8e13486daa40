"""What ended long ago is let go, a batch at a time, and a record of the audit says so.

Nothing goes that is still in force: calls without an end or whose effect no read has shown, grants
that cover, holds and alarms that last, the roster in force, the newest handover of each group. What
points to a row keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, tuple_

from rotation.core.roster import Doing
from rotation.ledger import tables
from rotation.ledger.audit import Audit
from rotation.ledger.meta import Meta
from rotation.ledger.transaction import Transaction

_ATTEMPTS = "attempts_let_go"
"""Under this name in `meta`: the newest attempt that goes now; a trigger keeps those after it."""
_Condition: TypeAlias = ColumnElement[bool]

_a, _s = tables.attempts.c, tables.seats.c
_IS_POINTED_TO = exists().where(tables.notices.c.attempt == _a.id)
_IS_AWAITED = exists().where(
    _s.group == _a.group,
    _s.person == _a.person,
    or_(
        and_(_s.op.is_not(None), _a.sent_at >= _s.op_since),
        and_(_s.watch_until.is_not(None), or_(_s.seen_at.is_(None), _a.sent_at >= _s.seen_at)),
    ),
)
"""What a read has to show yet: whatever it shows is put down to these."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """How many rows went, by table, and whether there may be more of any."""

    rows: Mapping[str, int]
    more: bool


class Retention:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn
        self._audit = Audit(conn)

    def let_go(self, before: datetime, now: datetime, at_most: int, origin: str) -> LetGo:
        """Let go of what ended before an instant, at most so many rows of each table.

        Raises Unreadable, with nothing let go, when a hand damaged the oldest of the audit.
        """
        rows = {"audit": self._audit.let_go(before, now, at_most)}
        rows["attempts"] = self._attempts(before, at_most)
        for table, over in _over(before):
            rows[table.name] = self._batch(table, over, at_most)
        gone = {name: count for name, count in rows.items() if count}
        if gone:
            told = ", ".join(f"{name} {count}" for name, count in gone.items())
            text = f"what ended before {before:%Y-%m-%d %H:%M}Z: {told}"
            self._audit.say_let_go(now, origin, text)
        return LetGo(gone, more=at_most in gone.values())

    def _attempts(self, before: datetime, at_most: int) -> int:
        table, c = tables.attempts, tables.attempts.c
        over = and_(c.ended_at < before, ~_IS_POINTED_TO, ~_IS_AWAITED)
        batch = select(c.id).where(over).order_by(c.ended_at).limit(at_most)
        ids = self._conn.execute(batch).scalars().all()
        if ids:
            Meta(self._conn).put(_ATTEMPTS, str(max(ids)))
            self._conn.execute(delete(table).where(c.id.in_(ids)))
        return len(ids)

    def _batch(self, table: Table, over: _Condition, at_most: int) -> int:
        key = tuple(table.primary_key)
        batch = select(*key).where(over).limit(at_most).correlate(None)
        return self._conn.execute(delete(table).where(tuple_(*key).in_(batch))).rowcount


def _over(before: datetime) -> list[tuple[Table, _Condition]]:
    """What of each table ended before an instant, each table after those that point to it."""
    g, h, v = tables.grants.c, tables.handovers.c, tables.roster_versions.c
    s, c, k = tables.subscriptions.c, tables.changes.c, tables.calendar_covers.c
    later = tables.handovers.alias().c
    was_followed = exists().where(later.group == h.group, later.at > h.at)
    newer = tables.roster_versions.alias().c
    was_replaced = exists().where(newer.id > v.id, newer.adopted_at < before)
    no_version = ~exists().where(v.digest == tables.rosters.c.digest)
    newest_grant = select(func.max(tables.grants.alias().c.id)).scalar_subquery()
    return [
        (tables.handovers, and_(h.at < before, was_followed)),
        # the next handover by hand is named after the newest one
        (tables.grants, and_(or_(g.until < before, g.ended_at < before), g.id < newest_grant)),
        (tables.calendar_covers, or_(k.let_go_at < before, k.over_at < before)),
        (
            tables.changes,
            or_(
                c.ended_at < before,
                c.ends < before,
                c.last < before.date(),
                and_(c.kind == Doing.SWAP, c.made_at < before),
            ),
        ),
        (tables.tickets, tables.tickets.c.resolved_at < before),
        (tables.subscriptions, or_(s.until < before, s.ended_at < before)),
        (tables.intents, tables.intents.c.done_at < before),
        (tables.deliveries, tables.deliveries.c.at < before),
        (tables.alarms, tables.alarms.c.cleared_at < before),
        (tables.holds, tables.holds.c.closed_at < before),
        (
            tables.roster_versions,
            or_(v.set_aside_at < before, and_(v.adopted_at.is_not(None), was_replaced)),
        ),
        (tables.rosters, no_version),
    ]
