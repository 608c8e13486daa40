"""Holds in force: what cannot settle, since when, and whether a person was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Select, bindparam, insert, or_, select, update

from rotation.core.facts import HeldItem
from rotation.core.roster import AccountId, GroupId
from rotation.ledger import tables
from rotation.ledger.transaction import Query, Rows, Transaction, Words


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold with the number people release it by. `told_at`: when people last heard of it."""

    id: int
    item: HeldItem
    since: datetime
    told_at: datetime | None = None
    closed_at: datetime | None = None


_Name: TypeAlias = tuple[object, ...]
_c = tables.holds.c
_HOLD: Select[Any] = select(
    _c.id, _c.hold, _c.account, _c.group, _c.person, _c.detail, _c.since, _c.told_at, _c.closed_at
).order_by(_c.id)


def _made(rows: Rows) -> list[OpenHold]:
    return [
        OpenHold(id_, HeldItem(*item), since, told_at, closed_at)
        for id_, *item, since, told_at, closed_at in rows
    ]


_GET = _HOLD.where(_c.id == bindparam("id_is"))
_IN_FORCE = _HOLD.where(_c.closed_at.is_(None))
_OPEN = Query(
    _IN_FORCE.order_by(None).order_by(_c.group, _c.account),  # as the index of those has them
    lambda rows: {h.id: h for h in sorted(_made(rows), key=lambda hold: hold.id)},
)
_ENDED = Query(
    _HOLD.where(_c.closed_at >= bindparam("hour")).order_by(None).order_by(_c.closed_at), _made
)
_ADD = Words(
    insert(tables.holds).returning(_c.id),
    ["hold", "account", "group", "person", "detail", "since"],
    about="group",
)
_CLOSE = Words(
    update(tables.holds).where(_c.id == bindparam("id_is")).values(closed_at=bindparam("now")),
    about="group",
)
_OF_GROUP = Query(_IN_FORCE.where(_c.group == bindparam("group_is")), _made)
_OF_ACCOUNT = Query(
    _IN_FORCE.where(_c.group.is_(None), _c.account == bindparam("account_is")), _made
)
_OF_NEITHER = Query(_IN_FORCE.where(_c.group.is_(None), _c.account.is_(None)), _made)


class Holds:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def settle(
        self,
        scope_account: AccountId | None,
        scope_group: GroupId | None,
        items: Collection[HeldItem],
        now: datetime,
    ) -> tuple[list[OpenHold], list[OpenHold]]:
        """The holds in force of this scope are exactly `items`; returns (opened, closed).

        A scope is a group, else an account without its groups, else what belongs to neither. A
        hold that stays keeps its id and since; its detail may change. Raises ValueError for an
        item of another scope.
        """
        wanted, known = {_name(item): item for item in items}, self._conn.known(_OPEN)
        if any(_scope(i.account, i.group) != _scope(scope_account, scope_group) for i in items):
            raise ValueError("a hold is settled within its own group or account")
        before = {_name(h.item): h for h in self._in_scope(scope_account, scope_group)}
        reworded = self._reword(before, wanted)
        closed = [hold for name, hold in before.items() if name not in wanted]
        self._close(closed, now)
        opened = [self._add(item, now) for name, item in wanted.items() if name not in before]
        if (opened or closed) and not reworded and now.tzinfo is UTC:
            stay = [hold for name, hold in before.items() if name in wanted]
            self._knows(scope_account, scope_group, [*stay, *opened])
            if known is not None:
                in_force = known[0]  # nobody else has it in hand
                for hold in closed:
                    in_force.pop(hold.id, None)
                in_force.update((hold.id, hold) for hold in opened)
                self._conn.knows(_OPEN, in_force)
        return opened, closed

    def _knows(
        self, account: AccountId | None, group: GroupId | None, in_force: list[OpenHold]
    ) -> None:
        if group is not None:
            self._conn.knows(_OF_GROUP, in_force, group_is=group)
        elif account is not None:
            self._conn.knows(_OF_ACCOUNT, in_force, account_is=account)

    def in_force(self, group: GroupId | None = None) -> list[OpenHold]:
        """Everything in force, or what is in a group, oldest first."""
        if group is None:
            return list(self._conn.ask(_OPEN).values())
        return list(self._conn.ask(_OF_GROUP, group_is=group))

    def foresee(self, groups: Sequence[GroupId]) -> None:
        self._conn.foresee(_OF_GROUP, groups)

    def of_account(self, account: AccountId) -> list[OpenHold]:
        """What is in force on an account, without its groups."""
        return list(self._conn.ask(_OF_ACCOUNT, account_is=account))

    def since(self, at: datetime) -> list[OpenHold]:
        """Everything that was in force at some time since an instant, oldest first."""
        return self._all(_HOLD.where(or_(_c.closed_at.is_(None), _c.closed_at >= at)))

    def ended_since(self, at: datetime) -> list[OpenHold]:
        """Everything that was lifted since an instant."""
        hour = at.replace(minute=0, second=0, microsecond=0)  # asked anew by the hour only
        found = self._conn.ask(_ENDED, hour=hour)
        return [hold for hold in found if hold.closed_at is not None and hold.closed_at >= at]

    def get(self, id: int) -> OpenHold | None:  # noqa: A002 - its name
        return next(iter(self._all(_GET, id_is=id)), None)

    def note_told(self, id: int, now: datetime) -> None:  # noqa: A002 - its name
        self._conn.execute(update(tables.holds).where(_c.id == id).values(told_at=now))

    def _in_scope(self, account: AccountId | None, group: GroupId | None) -> list[OpenHold]:
        if group is not None:
            return self.in_force(group)
        if account is not None:
            return self.of_account(account)
        return list(self._conn.ask(_OF_NEITHER))

    def _all(self, query: Select[Any], **values: object) -> list[OpenHold]:
        return _made(self._conn.execute(query, values).all())

    def _add(self, item: HeldItem, now: datetime) -> OpenHold:
        row = {
            "hold": item.hold,
            "account": item.account,
            "group": item.group,
            "person": item.person,
            "detail": item.detail,
            "since": now,
        }
        ((new,),) = self._conn.tell(_ADD, row)
        return OpenHold(new, item, now)

    def _reword(self, before: dict[_Name, OpenHold], wanted: dict[_Name, HeldItem]) -> bool:
        """Whether anything had to be put in other words."""
        said = [(hold, wanted.get(name, hold.item).detail) for name, hold in before.items()]
        others = [(hold, detail) for hold, detail in said if detail != hold.item.detail]
        for hold, detail in others:
            self._conn.execute(update(tables.holds).where(_c.id == hold.id).values(detail=detail))
        return bool(others)

    def _close(self, holds: list[OpenHold], now: datetime) -> None:
        if holds:
            self._conn.tell_later(
                _CLOSE, *({"id_is": h.id, "now": now, "group": h.item.group} for h in holds)
            )


def _name(item: HeldItem) -> _Name:
    return (item.hold, item.account, item.group, item.person)


def _scope(account: AccountId | None, group: GroupId | None) -> _Name:
    return ("group", group) if group is not None else ("account", account)
