"""Reads: every request that only looked; they count against the cap on requests."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from rotation.core.facts import Moment
from rotation.core.roster import AccountId, GroupId
from rotation.ledger import tables

_c = tables.reads.c
_RECENT = (
    select(_c.boot, _c.uptime, _c.ended_at)
    .where(_c.account == bindparam("account_is"))
    .order_by(_c.id.desc())
    .limit(bindparam("at_most"))
)


class Reads:
    def __init__(self, conn: Connection) -> None:
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
        new: int = self._conn.execute(insert(tables.reads).returning(_c.id), row).scalar_one()
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
        self._conn.execute(update(tables.reads).where(_c.id == id).values(ended))

    def recent(self, account: AccountId, limit: int) -> list[tuple[str, float, datetime]]:
        """(boot, uptime, ended at) of the last `limit` reads, newest first."""
        rows = self._conn.execute(_RECENT, {"account_is": account, "at_most": limit})
        return [(boot, uptime, ended_at) for boot, uptime, ended_at in rows]

    def prune(self, before: datetime) -> int:
        """Forget the reads that began before an instant; returns how many."""
        return self._conn.execute(delete(tables.reads).where(_c.began_at < before)).rowcount
