"""Subscriptions: people of no roster who may be in a group until an instant, by their own key."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select, update

from rotation.core.facts import Subscription
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Query, Rows, Transaction

MOST_OWED = 500
"""So many warnings are looked at in advance."""
_c = tables.subscriptions.c
_SUBSCRIPTION = Shape(Subscription, tables.subscriptions)
_ALL = _SUBSCRIPTION.query.order_by(_c.key)
_ONE = _SUBSCRIPTION.one(_SUBSCRIPTION.query.where(_c.key == bindparam("key_is")))


def _by_group(rows: Rows) -> Mapping[GroupId, frozenset[PersonId]]:
    found: dict[GroupId, set[PersonId]] = {}
    for group, person in rows:
        found.setdefault(GroupId(group), set()).add(PersonId(person))
    return {group: frozenset(people) for group, people in found.items()}


_MEMBERS = Query(select(_c.group, _c.person), _by_group)
_OWED = _SUBSCRIPTION.many(
    _SUBSCRIPTION.query.where(_c.warn_at.is_not(None)).order_by(_c.warn_at, _c.key).limit(MOST_OWED)
)


class Subscriptions:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def get(self, key: str) -> Subscription | None:
        return self._conn.ask(_ONE, key_is=key)

    def all(self) -> Mapping[str, Subscription]:
        """Every subscription by its key, also those that are over."""
        return {found.key: found for found in _SUBSCRIPTION.all(self._conn, _ALL)}

    def members(self, group: GroupId) -> frozenset[PersonId]:
        """Everyone who ever had one for the group: whoever's is over does not stay, or come back.

        As far back as subscriptions that ended are kept.
        """
        return self._conn.ask(_MEMBERS).get(group, frozenset())

    def save(self, *subscriptions: Subscription) -> None:
        """Keep each as it now is."""
        upsert(self._conn, tables.subscriptions, map(_SUBSCRIPTION.row, subscriptions))

    def to_warn(self) -> list[Subscription]:
        """Those whose warnings are owed first, some of them in future."""
        return self._conn.ask(_OWED)

    def warned(self, key: str) -> None:
        """Its warning is claimed, before it is sent: nobody is warned twice of one end."""
        self._owe(key, None)

    def warn_again(self, key: str, at: datetime) -> None:
        """Its warning was not sent for sure, and is owed once more."""
        self._owe(key, at)

    def _owe(self, key: str, at: datetime | None) -> None:
        self._conn.execute(update(tables.subscriptions).where(_c.key == key).values(warn_at=at))

    def end(self, found: Iterable[Subscription], now: datetime) -> None:
        self.save(*(replace(one, ended_at=now, warn_at=None) for one in found))

    def move(self, old: PersonId, new: PersonId) -> None:
        """What `old` was subscribed to is `new`'s from now on."""
        self._conn.execute(update(tables.subscriptions).where(_c.person == old).values(person=new))
