"""Which changes of duty a calendar asks for, and by which of its events."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from rotation.ledger import tables
from rotation.ledger.rows import Shape
from rotation.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class CalendarCover:
    """The change of this number is what an event of a calendar comes to, wholly or in part.

    `says` is the same for events that say the same. At `over_at` it is history, and no matter of
    the calendar any more. `let_go_at`: when the calendar took it back, or said something else.
    """

    change: int
    calendar: str
    event: str
    says: str
    over_at: datetime
    let_go_at: datetime | None = None


_c = tables.calendar_covers.c
_COVER = Shape(CalendarCover, tables.calendar_covers)
_HELD = _c.let_go_at.is_(None)
_AHEAD = _COVER.query.where(
    _c.calendar == bindparam("calendar_is"), _HELD, _c.over_at > bindparam("at_is")
).order_by(_c.change)


class CalendarCovers:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def ahead(self, calendar: str, now: datetime) -> tuple[CalendarCover, ...]:
        """What a calendar asks for that is not over, in the order it was made in."""
        return tuple(_COVER.all(self._conn, _AHEAD, {"calendar_is": calendar, "at_is": now}))

    def calendars(self, now: datetime) -> dict[str, int]:
        """How many covers each calendar asks for that are neither over nor undone by anybody."""
        known, c = tables.changes, tables.changes.c
        count = (
            select(_c.calendar, func.count())
            .select_from(tables.calendar_covers.outerjoin(known, c.id == _c.change))
            .where(_HELD, _c.over_at > now, c.ended_at.is_(None))
        )
        rows = self._conn.execute(count.group_by(_c.calendar)).all()
        return {row[0]: row[1] for row in rows}

    def keep(self, covers: Iterable[CalendarCover]) -> None:
        rows = [_COVER.row(one) for one in covers]
        if rows:
            self._conn.execute(insert(tables.calendar_covers), rows)

    def let_go(self, changes: Collection[int], now: datetime) -> None:
        """The calendar asks for them no longer."""
        if changes:
            gone = update(tables.calendar_covers).where(_c.change.in_(changes), _HELD)
            self._conn.execute(gone.values(let_go_at=now))

    def call(self, changes: Collection[int], event: str) -> None:
        """The calendar has another name for the event they are of."""
        self._conn.execute(
            update(tables.calendar_covers).where(_c.change.in_(changes)).values(event=event)
        )
