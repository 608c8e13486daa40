"""Deliveries: what other systems told that was acted on, so that each is acted on once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, func, or_, select

from rotation.ledger import tables
from rotation.ledger.rows import Shape, insert_new, matching
from rotation.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event of a hook's sender: what it was `about`, what was `done`, when it was taken.

    `event` is the sender's own name for it, and `told_at` when it happened, as the sender says.
    """

    hook: str
    event: str
    about: str
    done: str
    told_at: datetime
    at: datetime


_c = tables.deliveries.c
_DELIVERY = Shape(Delivery, tables.deliveries)
_ONE = _DELIVERY.one(
    _DELIVERY.query.where(_c.hook == bindparam("hook_is"), _c.event == bindparam("event_is"))
)
_OF_HOOK = _c.hook == bindparam("hook_is")


class Deliveries:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def get(self, hook: str, event: str) -> Delivery | None:
        return self._conn.ask(_ONE, hook_is=hook, event_is=event)

    def keep(self, delivery: Delivery) -> None:
        insert_new(self._conn, tables.deliveries, [_DELIVERY.row(delivery)])

    def told_of(self, hook: str, about: str) -> datetime | None:
        """When the newest happened that was taken about this very thing, as the sender says."""
        newest = select(func.max(_c.told_at)).where(_OF_HOOK, _c.about == about)
        return self._conn.execute(newest, {"hook_is": hook}).scalar()

    def newest(self, hook: str) -> Delivery | None:
        query = _DELIVERY.query.where(_OF_HOOK).order_by(_c.at.desc()).limit(1)
        return next(iter(_DELIVERY.all(self._conn, query, {"hook_is": hook})), None)

    def page(
        self, hook: str | None, limit: int, before: tuple[datetime, str, str] | None = None
    ) -> list[Delivery]:
        """The newest of a hook, or of all.

        `before`: those behind one that was taken then, of that hook and event.
        """
        query = matching(_DELIVERY.query, (_c.hook, hook))
        if before is not None:
            at, name, event = before
            same = or_(_c.hook < name, and_(_c.hook == name, _c.event < event))
            query = query.where(or_(_c.at < at, and_(_c.at == at, same)))
        newest = query.order_by(_c.at.desc(), _c.hook.desc(), _c.event.desc())
        return _DELIVERY.all(self._conn, newest.limit(limit))

    def count(self, hook: str, done: Collection[str], since: datetime) -> int:
        """How many different things this was done to since an instant."""
        query = select(func.count(_c.about.distinct())).where(
            _OF_HOOK, _c.done.in_(done), _c.at >= since
        )
        return int(self._conn.execute(query, {"hook_is": hook}).scalar() or 0)
