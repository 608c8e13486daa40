"""Alarms: what people must be told, since when, and when they last were."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from rotation.ledger import tables
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Alarm:
    """`key` says what it is about; `text` is what people read."""

    key: str
    text: str
    since: datetime
    told_at: datetime | None = None


_c = tables.alarms.c
_ALARM = Shape(Alarm, tables.alarms)
_ON = _c.cleared_at.is_(None)
_IN_ORDER = _ALARM.query.order_by(_c.since, _c.key)
_ALL = _ALARM.many(_IN_ORDER)
_ALL_ON = _ALARM.many(_IN_ORDER.where(_ON))


class Alarms:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def settle(self, items: Mapping[str, str], now: datetime) -> list[Alarm]:
        """The alarms on are exactly `items` (key to text); returns those that came on.

        One that comes back remembers when people were last told, so that something that flaps is
        muted like something that stays.
        """
        known = self.known()
        before = {alarm.key: alarm for alarm in self.on()}
        if gone := before.keys() - items.keys():
            self._conn.execute(update(tables.alarms).where(_c.key.in_(gone)).values(cleared_at=now))
        alarms = [
            Alarm(
                key,
                text,
                known[key].since if key in before else now,
                known[key].told_at if key in known else None,
            )
            for key, text in items.items()
        ]
        upsert(
            self._conn,
            tables.alarms,
            (
                {**_ALARM.row(alarm), "cleared_at": None}
                for alarm in alarms
                if alarm != before.get(alarm.key)
            ),
        )
        return [alarm for alarm in alarms if alarm.key not in before]

    def known(self) -> Mapping[str, Alarm]:
        """Every alarm by its key, on or not, as it was last on."""
        return {alarm.key: alarm for alarm in self._conn.ask(_ALL)}

    def clear(self, keys: Iterable[str], now: datetime) -> None:
        """These are over."""
        self._conn.execute(
            update(tables.alarms).where(_c.key.in_(list(keys)), _ON).values(cleared_at=now)
        )

    def on(self) -> list[Alarm]:
        """Every alarm that is on, oldest first."""
        return list(self._conn.ask(_ALL_ON))

    def told(self, prefix: str) -> list[Alarm]:
        """Those with such a key that people were ever told of, on or not."""
        return [
            alarm
            for alarm in self._conn.ask(_ALL)
            if alarm.told_at is not None and alarm.key.startswith(prefix)
        ]

    def mark_told(self, key: str, now: datetime) -> None:
        self._conn.execute(update(tables.alarms).where(_c.key == key).values(told_at=now))
