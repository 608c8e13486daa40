"""Reads: every request that only looked; they count against the cap on requests."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from rotation.core.facts import Moment
from rotation.core.roster import AccountId, GroupId
from rotation.ledger import tables
from rotation.ledger.transaction import Query, Transaction, Words

_c = tables.reads.c
_NEWEST = (
    select(_c.boot, _c.uptime, _c.ended_at)
    .where(_c.account == bindparam("account_is"))
    .order_by(_c.id.desc())
    .limit(bindparam("at_most"))
)
_RECENT: Query[list[tuple[str, float, datetime]]] = Query(
    _NEWEST,
    lambda rows: [(boot, uptime, ended_at) for boot, uptime, ended_at in rows],
)
_CALLS: Query[list[tuple[str, float]]] = Query(
    _NEWEST.with_only_columns(_c.boot, _c.uptime),
    lambda rows: [(boot, uptime) for boot, uptime in rows],
)
_NOTE = Words(
    insert(tables.reads).returning(_c.id), [column.name for column in _c if column is not _c.id]
)
_END = Words(
    update(tables.reads).where(_c.id == bindparam("id_is")), ["ended_at", "uptime", "outcome"]
)


class Reads:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def note(  # noqa: PLR0913, PLR0917 - the row of a read, whole and in its order
        self,
        account: AccountId,
        group: GroupId | None,
        began_at: datetime,
        ended_at: datetime,
        outcome_text: str,
        boot: str,
        uptime: float,
    ) -> int:
        """Note a read of a group, or of the account (None). Returns its id.

        `uptime` is the boot second at which its answer had come.
        """
        row = {
            "account": account,
            "group": group,
            "began_at": began_at,
            "ended_at": ended_at,
            "outcome": outcome_text,
            "boot": boot,
            "uptime": uptime,
        }
        new: int = self._conn.tell(_NOTE, row)[0][0]
        return new

    def begin(
        self, account: AccountId, group: GroupId | None, began: Moment, longest: timedelta
    ) -> int:
        """Note a read about to leave; until its `end` it counts as made after `longest`."""
        uptime = began.uptime + longest.total_seconds()
        latest = began.at + longest
        return self.note(account, group, began.at, latest, "open", began.boot, uptime)

    def end(self, id: int, at: datetime, uptime: float, outcome_text: str) -> None:  # noqa: A002 - its name
        """Note how a read ended, at boot second `uptime`."""
        ended = {"ended_at": at, "uptime": uptime, "outcome": outcome_text}
        self._conn.tell_later(_END, {"id_is": id, **ended})

    def recent(self, account: AccountId, limit: int) -> list[tuple[str, float, datetime]]:
        """(boot, uptime, ended at) of the last `limit` reads, newest first."""
        return list(self._conn.ask(_RECENT, account_is=account, at_most=limit))

    def calls(self, account: AccountId, limit: int) -> list[tuple[str, float]]:
        """(boot, uptime) of the last `limit` reads, for whoever only counts them."""
        return list(self._conn.ask(_CALLS, account_is=account, at_most=limit))

    def prune(self, before: datetime) -> int:
        """Forget the reads that began before an instant; returns how many."""
        return self._conn.execute(delete(tables.reads).where(_c.began_at < before)).rowcount
