"""What webhooks told: marks that say where to look soon, and nothing that is taken for true.

A mark that cannot be read is dropped: it costs no more than a webhook that was lost.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import bindparam, delete, select

from rotation.core.roster import AccountId, GroupId
from rotation.ledger import tables
from rotation.ledger.errors import Unreadable
from rotation.ledger.rows import Shape, insert_new, upsert
from rotation.ledger.transaction import Query, Transaction, Words


@dataclass(frozen=True, slots=True)
class WebhookState:
    """What is known of the webhooks of an account.

    `heard_at`: when an authentic one arrived last, to the minute. `told_at`: since when one says
    that the session changed, and nobody has asked yet. `looked_at`: when it was last looked where
    the provider sends them; `rival` is the address that seems to be another installation's: its
    digest, and how it may be shown. `known` are the digests of those that are not, by our own
    registering or by a person's word. No address stands here whole: it may be a secret.
    """

    account: AccountId
    heard_at: datetime | None = None
    told_at: datetime | None = None
    looked_at: datetime | None = None
    rival: str = ""
    known: str = ""

    @property
    def rival_shown(self) -> str:
        return self.rival.partition(" ")[2]

    def knows(self, address: str) -> bool:
        return digest_of(address) in self.known.split()

    def knowing(self, *digests: str) -> "WebhookState":
        """With these taken for harmless, so that none of them is a rival any more."""
        known = dict.fromkeys([*self.known.split(), *digests])
        rival = "" if self.rival.partition(" ")[0] in known else self.rival
        return replace(self, known=" ".join([*known][-_MOST_KNOWN:]), rival=rival)


def digest_of(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:32]


_MOST_KNOWN = 32

_w, _t = tables.webhooks.c, tables.told.c
_STATE = Shape(WebhookState, tables.webhooks)
_OF_ACCOUNT = _STATE.one(_STATE.query.where(_w.account == bindparam("account_is")))
_TOLD: Query[Mapping[GroupId, datetime]] = Query(
    select(_t.group, _t.at).where(_t.account == bindparam("account_is")),
    lambda rows: MappingProxyType({GroupId(group): at for group, at in rows}),
)
_ANSWERED = Words(delete(tables.told).where(_t.group == bindparam("group_is")))


class Webhooks:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of(self, account: AccountId) -> WebhookState:
        try:
            found = self._conn.ask(_OF_ACCOUNT, account_is=account)
        except Unreadable:
            found = None
        return found or WebhookState(account)

    def save(self, state: WebhookState) -> None:
        upsert(self._conn, tables.webhooks, [_STATE.row(state)])

    def told(self, account: AccountId) -> Mapping[GroupId, datetime]:
        """The account's groups that are to be read soon, and since when."""
        try:
            return self._conn.ask(_TOLD, account_is=account)
        except Unreadable:
            self._conn.execute(delete(tables.told).where(_t.account == account))
            return {}

    def mark(self, account: AccountId, groups: Iterable[GroupId], at: datetime) -> set[GroupId]:
        """These groups are to be read soon; returns those that were not marked already."""
        new = set(groups) - self.told(account).keys()
        rows = [{"group": group, "account": account, "at": at} for group in sorted(new)]
        insert_new(self._conn, tables.told, rows)
        return new

    def asked(self, account: AccountId, group: GroupId, at: datetime) -> bool:
        """The same, since an instant in the past: so long ago that it is waited for no more.

        Whether the group was not marked already.
        """
        is_new = group not in self.told(account)
        upsert(self._conn, tables.told, [{"group": group, "account": account, "at": at}])
        return is_new

    def answered(self, group: GroupId) -> None:
        """A read begins, so what was told of the group until now is told no more."""
        self._conn.tell(_ANSWERED, {"group_is": group})

    def session_told(self, account: AccountId, at: datetime) -> bool:
        """The session is to be asked for soon; whether that is new."""
        state = self.of(account)
        if state.told_at is None:
            self.save(replace(state, told_at=at))
        return state.told_at is None
