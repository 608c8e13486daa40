"""Groups as wholes: what is known of each, and which one the engine looks at next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, case, select, union_all, update

from rotation.core.facts import GroupState
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId
from rotation.ledger import tables
from rotation.ledger.errors import Unreadable
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Query, Transaction, Words

SWEPT = 4
"""The rank of groups with nothing to do: those are taken as they come due."""
NOBODY_WAITS_FOR = timedelta(days=30)
"""A group is looked at more often. Text that is no instant sorts after every instant."""

_c = tables.groups.c
_GROUP = Shape(GroupState, tables.groups)
_ALL = _GROUP.query.order_by(_c.group)
_ONE = _GROUP.one(_GROUP.query.where(_c.group == bindparam("group_is")))
_OF_ACCOUNT = _GROUP.query.where(_c.account == bindparam("account_is"))
_AT_MOST: BindParameter[int] = bindparam("at_most")
_CHANGED = case((_c.rank < SWEPT, _c.mutated_at)).desc().nulls_last()
_URGENT = _OF_ACCOUNT.where(_c.due <= bindparam("now")).order_by(
    _c.rank, _CHANGED, _c.due, _c.group
)
_DUE = select(_URGENT.limit(_AT_MOST).subquery())
_SOONEST = select(_OF_ACCOUNT.order_by(_c.due, _c.rank, _c.group).limit(1).subquery())
_DUE_OR_SOONEST = union_all(_DUE, _SOONEST).limit(_AT_MOST)
_NEXT = _GROUP.many(_DUE_OR_SOONEST)
_NAMES_OF_NEXT = select(_DUE_OR_SOONEST.subquery().c.group)
_ACCOUNTS = select(_c.group, _c.account)
_CLEARLY_READ = select(_c.group).where(_c.read_ended_at.is_not(None), _c.unresolved == 0)
_LATER = update(tables.groups).where(_c.due > bindparam("later")).values(due=bindparam("now"))
_WAKE = Words(_LATER.where(_c.group == bindparam("group_is")).returning(_c.group))
_NEVER_DUE: Query[list[GroupId]] = Query(
    select(_c.group).where(_c.account == bindparam("account_is"), _c.due > bindparam("farthest")),
    lambda rows: [GroupId(group) for (group,) in rows],
)


class Groups:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def state(self, group: GroupId) -> GroupState | None:
        return self._conn.ask(_ONE, group_is=group)

    def all(self) -> list[GroupState]:
        """Every group whose row can be read."""
        try:
            return _GROUP.all(self._conn, _ALL)
        except Unreadable:
            return _GROUP.legible(self._conn, _ALL)

    def accounts(self) -> dict[GroupId, AccountId]:
        """Every group there is, and whose it is."""
        return {GroupId(g): AccountId(a) for g, a in self._conn.execute(_ACCOUNTS).all()}

    def clearly_read(self) -> frozenset[GroupId]:
        """The groups of which a read was believed, with everybody in it told from the others."""
        return frozenset(map(GroupId, self._conn.execute(_CLEARLY_READ).scalars()))

    def save(self, *states: GroupState) -> None:
        upsert(self._conn, tables.groups, map(_GROUP.row, states), later=True)
        for state in filter(_GROUP.comes_back, states):
            self._conn.knows(_ONE, state, group_is=state.group)

    def next_due(self, account: AccountId, now: datetime) -> GroupState | None:
        """The most urgent of the groups due at `now`; with none due, the one due soonest."""
        return next(iter(self.next(account, now, 1)), None)

    def next(self, account: AccountId, now: datetime, at_most: int) -> list[GroupState]:
        """The groups due at `now`, the most urgent first; and last, if there is room, the soonest.

        Of those with as urgent work, the one changed last: a group is finished before the next.
        One whose row cannot be read comes as due, with hold *damaged* and all else unknown.
        """
        asked = {"account_is": account, "now": now, "at_most": at_most}
        try:
            return list(self._conn.ask(_NEXT, **asked))
        except Unreadable:
            names = self._conn.execute(_NAMES_OF_NEXT, asked).scalars().all()
            return [self._known_or_damaged(GroupId(name), account, now) for name in names]

    def _known_or_damaged(self, group: GroupId, account: AccountId, now: datetime) -> GroupState:
        damaged = GroupState(group, account, due=now, hold=Hold.DAMAGED)
        try:
            return self.state(group) or damaged
        except Unreadable:
            return damaged

    def put_off(self, group: GroupId, until: datetime) -> None:
        """The group is due again then; the rest of its row stays as it is, whatever it says."""
        put_off = update(tables.groups).where(_c.group == group).values(due=until, rank=SWEPT)
        self._conn.execute(put_off)

    def wake_lost(self, account: AccountId, now: datetime) -> None:
        """Groups whose time nobody could mean, as it lies so far ahead, are due now."""
        farthest = now + NOBODY_WAITS_FOR
        for group in self._conn.ask(_NEVER_DUE, account_is=account, farthest=farthest):
            self.put_off(group, now)

    def wake(
        self,
        now: datetime,
        groups: Iterable[GroupId] | None = None,
        *,
        later_than: timedelta = timedelta(0),
    ) -> int:
        """These groups, or all, are due at `now` at the latest; returns how many that moved.

        Those that are due within `later_than` stay as they are.
        """
        when = {"later": now + later_than, "now": now}
        if groups is None:
            return self._conn.execute(_LATER, when).rowcount
        return sum(
            len(self._conn.tell(_WAKE, {"group_is": group, **when})) for group in sorted(groups)
        )
