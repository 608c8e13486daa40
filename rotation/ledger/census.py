"""The census: how many there are of what, for monitors. Nobody's name and no group's in it.

Whatever is counted is bounded by what is in force, or by a window of time: a ledger that is ten
years old is counted as quickly as a new one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from rotation.core.facts import Kind, Seen
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId
from rotation.ledger import tables
from rotation.ledger.rows import within
from rotation.ledger.transaction import Transaction

_s, _g, _p = tables.seats.c, tables.groups.c, tables.people.c
_h, _v = tables.handovers.c, tables.roster_versions.c


@dataclass(frozen=True, slots=True)
class SeatCount:
    """How many seats of an account are seen like this, with this change open.

    Those of people whom nobody wrote down are counted apart from others.
    """

    account: AccountId
    seen: Seen
    op: Kind | None
    stranger: bool
    count: int


@dataclass(frozen=True, slots=True)
class Passed:
    """A boundary of a group, without its people."""

    group: GroupId
    at: datetime
    recorded_at: datetime
    proven_at: datetime | None
    missed: bool


_SEATS: Select[Any] = (
    select(_g.account, _s.seen, _s.op, _p.stranger, func.count())
    .join_from(tables.seats, tables.groups, _g.group == _s.group)
    .join(tables.people, _p.person == _s.person, isouter=True)
    .group_by(_g.account, _s.seen, _s.op, _p.stranger)
)
_OPEN_REMOVALS: Select[Any] = (
    select(_s.group, func.count(), func.min(_s.op_since))
    .where(_s.op.is_not(None), _s.op == Kind.REMOVE)
    .group_by(_s.group)
)
_HOLDS: Select[Any] = (
    select(tables.holds.c.account, tables.holds.c.hold, func.count())
    .where(tables.holds.c.closed_at.is_(None))
    .group_by(tables.holds.c.account, tables.holds.c.hold)
)
_PASSED: Select[Any] = select(_h.group, _h.at, _h.recorded_at, _h.proven_at, _h.missed)
_ADOPTED: Select[Any] = (
    select(_v.digest, _v.adopted_at)
    .where(_v.adopted_at.is_not(None))
    .order_by(_v.id.desc())
    .limit(1)
)


class Census:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def seats(self) -> list[SeatCount]:
        rows = self._conn.execute(_SEATS).all()
        return [SeatCount(a, seen, op, bool(odd), count) for a, seen, op, odd, count in rows]

    def removals_open_since(self, at: datetime) -> dict[GroupId, tuple[int, datetime]]:
        """The groups with removals that were open at `at`: how many, and since when the first."""
        rows = self._conn.execute(_OPEN_REMOVALS.where(_s.op_since <= at)).all()
        return {group: (count, since) for group, count, since in rows}

    def holds(self) -> list[tuple[AccountId | None, Hold, int]]:
        """How many holds of each kind are in force, by account; None: of no account."""
        return [(account, hold, count) for account, hold, count in self._conn.execute(_HOLDS)]

    def handovers(self, since: datetime, until: datetime) -> list[Passed]:
        """The boundaries within `[since, until)`, oldest first."""
        query = within(_PASSED, _h.at, since, until).order_by(_h.at)
        return [Passed(*row) for row in self._conn.execute(query).all()]

    def calls(self, account: AccountId, since: datetime) -> int:
        """How many calls of an account left at or after an instant: reads and attempts."""
        reads, attempts = tables.reads.c, tables.attempts.c
        counted = (
            select(func.count()).where(reads.account == account, reads.began_at >= since),
            select(func.count()).where(attempts.account == account, attempts.sent_at >= since),
        )
        return sum(int(self._conn.execute(query).scalar_one()) for query in counted)

    def roster(self) -> tuple[str, datetime] | None:
        """The digest of the roster in force, and since when it is."""
        row = self._conn.execute(_ADOPTED).first()
        return None if row is None else (row.digest, row.adopted_at)
