"""Rows that cannot be read, by table and key, so that a person knows what to mend."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, bindparam, select

from rotation.core.roster import AccountId, GroupId
from rotation.ledger import attempts, tables
from rotation.ledger.errors import Unreadable
from rotation.ledger.legible import Found, rows
from rotation.ledger.transaction import Transaction

_MOST_NAMED = 5


class _Place(NamedTuple):
    """What is read of one table; `made` refuses rows of which each value alone can be read."""

    table: Table
    query: Select[Any]
    made: Callable[[Sequence[Any]], object] = tuple


def _in_group(table: Table) -> Select[Any]:
    return select(table).where(table.c.group == bindparam("group_is"))


_OF_GROUP = (
    _Place(tables.groups, _in_group(tables.groups)),
    _Place(tables.seats, _in_group(tables.seats)),
    _Place(tables.grants, _in_group(tables.grants)),
    _Place(tables.subscriptions, _in_group(tables.subscriptions)),
    _Place(tables.closings, _in_group(tables.closings)),
    _Place(
        tables.handovers,
        _in_group(tables.handovers).order_by(tables.handovers.c.at.desc()).limit(1),
    ),
    _Place(tables.notices, _in_group(tables.notices)),
    _Place(tables.attempts, attempts.TRIED, attempts.attempt),
)
_OF_ACCOUNT = (
    _Place(
        tables.accounts,
        select(tables.accounts).where(tables.accounts.c.account == bindparam("account_is")),
    ),
    _Place(tables.changes, select(tables.changes)),
    _Place(tables.duty_news, select(tables.duty_news)),
    _Place(tables.people, select(tables.people)),
    _Place(tables.leavers, select(tables.leavers)),
    _Place(tables.wipes, select(tables.wipes)),
    _Place(tables.found, select(tables.found)),
    _Place(tables.listings, select(tables.listings)),
)


class Damage:
    """What nobody can read, in words; nothing of what its values are."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of_group(self, group: GroupId, since: datetime) -> str:
        """Of all that is read about a group, attempts from `since` on; empty when it is sound."""
        return self._told(_OF_GROUP, {"group_is": group, "at": since})

    def of_account(self, account: AccountId) -> str:
        """Of what an account stands on besides its groups; empty when it is sound."""
        return self._told(_OF_ACCOUNT, {"account_is": account})

    def _told(self, places: Sequence[_Place], values: Mapping[str, object]) -> str:
        found = [text for place in places for text in self._damaged(place, values)]
        more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        return "; ".join(found[:_MOST_NAMED]) + more

    def _damaged(self, place: _Place, values: Mapping[str, object]) -> Iterator[str]:
        asked = place.query.compile().params
        mine = {name: value for name, value in values.items() if name in asked}
        for row in rows(self._conn, place.query, mine):
            if wrong := row.unreadable or _refused(place, row):
                yield f"{place.table.name} {_key(place.table, row)}: {', '.join(wrong)}"


def _refused(place: _Place, row: Found) -> tuple[str, ...]:
    try:
        place.made(row.read)
    except Unreadable as trouble:
        return (trouble.where.rpartition(".")[2],)
    return ()


def _key(table: Table, row: Found) -> str:
    return ", ".join(f"{c.name} {row.stored[c.name]}" for c in table.primary_key)
