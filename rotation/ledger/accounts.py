"""Provider accounts: their session, their pauses, and the ids the chat knows our number by."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, literal, select

from rotation.core.facts import AccountState
from rotation.core.roster import AccountId
from rotation.ledger import tables
from rotation.ledger.identities import Form, Identities, own_realm
from rotation.ledger.rows import upsert
from rotation.ledger.transaction import Query, Rows, Transaction

_c = tables.accounts.c
_i = tables.identities.c
_ITS_REALM = literal(own_realm(AccountId(""))) + _c.account
_ITS_OWN = (_i.realm == _ITS_REALM) & (_i.form == Form.ID)
_ALL = (
    select(*_c, _i.value)
    .join_from(tables.accounts, tables.identities, _ITS_OWN, isouter=True)
    .order_by(_c.account)
)


class Accounts:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn
        self._ids = Identities(conn)

    def state(self, account: AccountId) -> AccountState:
        """What is known of the account; the defaults where nothing is."""
        return self._conn.ask(_STATE, account_is=account) or AccountState(account)

    def all(self) -> list[AccountState]:
        rows = self._conn.execute(_ALL).all()
        return [_value(list(of_one)) for _, of_one in groupby(rows, key=lambda row: row[0])]

    def save(self, state: AccountState) -> None:
        row = {column.name: getattr(state, column.name) for column in _c}
        upsert(self._conn, tables.accounts, [row])
        self._ids.set_own(state.account, state.own, state.own_checked_at)


def _value(rows: Rows) -> AccountState:
    """One account from its rows, which differ only in the id of ours that they carry, if any."""
    known: Mapping[str, Any] = dict(zip(_c.keys(), rows[0][:-1], strict=True))
    return AccountState(**known, own=frozenset(row[-1] for row in rows if row[-1] is not None))


_STATE = Query(
    _ALL.where(_c.account == bindparam("account_is")),
    lambda rows: _value(rows) if rows else None,
)
