"""Leases: which replica may work on which account, in which term; and which replicas there are.

Nothing here knows what time it is. A lease is counted up by its holder, and whoever has watched the
same count for long enough takes it; the times in these rows are for people.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    column,
    func,
    literal,
    select,
    table,
    update,
)
from sqlalchemy import delete as delete_from

from rotation.core.roster import AccountId
from rotation.ledger import tables
from rotation.ledger.errors import LeaseLost
from rotation.ledger.rows import Shape, insert_new, upsert
from rotation.ledger.schema import require_known
from rotation.ledger.transaction import Transaction

HOUSE: Final = AccountId("*")
"""No account: the lease of whoever adopts roster files and keeps house for all."""
NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may work on an account. `renewed` is counted up by the holder for as long as it lives.

    `timeline` is the server's history in which it was last taken; in another one it may be a lease
    that had passed on already, in commits that were lost.
    """

    account: AccountId
    holder: str
    term: int
    renewed: int
    timeline: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Replica:
    """One process that shares the ledger. `roster` is the digest of the files it sees.

    `standby` says why it would take no account; empty when it would. `beat` counts its looks.
    """

    replica: str
    place: str
    version: str
    zone_data: str
    accounts: tuple[AccountId, ...]
    roster: str
    standby: str
    beat: int
    started_at: datetime
    seen_at: datetime


_c, _r = tables.leases.c, tables.replicas.c
_LEASE = Shape(Lease, tables.leases)
_REPLICA = Shape(Replica, tables.replicas)
_ALL = _LEASE.query.order_by(_c.account)
_REPLICAS = _REPLICA.query.order_by(_r.started_at, _r.replica)
_VERSION = select(column("version_num")).select_from(table("alembic_version")).scalar_subquery()


def _timeline(dialect: str) -> ColumnElement[str]:
    """Which history of the server this is: a new one begins where a standby is made the server.

    Commits that had not reached the standby are in the old one only.
    """
    if dialect != "postgresql":
        return literal("1")
    return func.substr(func.pg_walfile_name(func.pg_current_wal_lsn()), 1, 8)


class Leases:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def all(self) -> list[Lease]:
        return _LEASE.all(self._conn, _ALL)

    def replicas(self) -> list[Replica]:
        """Those that have signed and not left, oldest first; some may be dead."""
        return _REPLICA.all(self._conn, _REPLICAS)

    def timeline(self) -> str:
        """The server's history. Raises UnknownSchema where the ledger has another schema by now."""
        here = _timeline(self._conn.dialect.name)
        revision, found = self._conn.execute(select(_VERSION, here)).one()
        _require(revision)
        return str(found)

    def clock(self) -> datetime | None:
        """What time it is by the server's clock as it answers; None where there is no server."""
        if self._conn.dialect.name != "postgresql":
            return None
        at: datetime = self._conn.execute(select(func.clock_timestamp())).scalar_one()
        return at

    def clock_ahead(self, ours: Callable[[], datetime]) -> timedelta | None:
        """By how much that clock is ahead of ours at least, however long the answer took."""
        before, told, after = ours(), self.clock(), ours()
        if told is None:
            return None
        return (
            timedelta(0) if before <= told <= after else min(told - before, told - after, key=abs)
        )

    def require(self, account: AccountId, holder: str, term: int, timeline: str) -> None:
        """Nothing is written in this transaction unless the lease is this holder's in this term.

        Raises LeaseLost; UnknownSchema where the ledger was brought to another schema.
        """
        query = _fence(self._conn.dialect.name)
        found = self._conn.execute(query, {"account_is": account}).first()
        if found is not None:
            _require(found[0])
        if found is None or tuple(found[1:]) != (timeline, holder, term):
            raise LeaseLost(f"{account} is no longer ours in term {term}")

    def add(self, accounts: Collection[AccountId], timeline: str, at: datetime) -> None:
        """Leases for accounts that never had one: nobody's."""
        rows = [Lease(account, NOBODY, 0, 0, timeline, at) for account in accounts]
        insert_new(self._conn, tables.leases, map(_LEASE.row, rows))

    def take(self, lease: Lease, holder: str, timeline: str, at: datetime) -> int:
        """The lease is `holder`'s, in a new term, which is returned."""
        term = lease.term + 1
        upsert(
            self._conn,
            tables.leases,
            [_LEASE.row(Lease(lease.account, holder, term, lease.renewed + 1, timeline, at))],
        )
        return term

    def renew(self, accounts: Collection[AccountId]) -> None:
        self._change(accounts, renewed=_c.renewed + 1)

    def give_up(self, accounts: Collection[AccountId], at: datetime) -> None:
        """These are nobody's from now on, so that others need not wait for them."""
        self._change(accounts, holder=NOBODY, since=at)

    def _change(self, accounts: Collection[AccountId], **values: object) -> None:
        if accounts:
            chosen = update(tables.leases).where(_c.account.in_(sorted(accounts)))
            self._conn.execute(chosen.values(**values))

    def sign(self, replica: Replica) -> None:
        upsert(self._conn, tables.replicas, [_REPLICA.row(replica)])

    def strike(self, replicas: Collection[str]) -> None:
        """These have left, or were silent for so long that nobody waits for them."""
        if replicas:
            gone = _r.replica.in_(sorted(replicas))
            self._conn.execute(delete_from(tables.replicas).where(gone))


@cache
def _fence(dialect: str) -> Select[Any]:
    columns = (_VERSION, _timeline(dialect), _c.holder, _c.term)
    return select(*columns).where(_c.account == bindparam("account_is"))


def _require(revision: str | None) -> None:
    require_known(revision, "of this daemon")
