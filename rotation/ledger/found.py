"""The groups that accounts are in as their lists named them, in a roster or not."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select

from rotation.core.facts import LISTED, FoundGroup, Listing
from rotation.core.roster import AccountId, ChatId, GroupId
from rotation.ledger import tables
from rotation.ledger.pseudonyms import Pseudonyms
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Query, Transaction

_f, _l = tables.found.c, tables.listings.c
_FOUND = Shape(FoundGroup, tables.found)
_LISTING = Shape(Listing, tables.listings)
_ALL = _FOUND.many(_FOUND.query.order_by(_f.account, _f.chat))
_OF_THEIRS = _LISTING.one(_LISTING.query.where(_l.account == bindparam("account_is")))
_IS_LISTED = or_(_l.listed_at.is_(None), _f.listed_at >= _l.listed_at)
_LISTED: Query[tuple[FoundGroup, ...]] = Query(
    _FOUND.query.join_from(tables.found, tables.listings, _l.account == _f.account)
    .where(_IS_LISTED)
    .order_by(_f.account, _f.chat),
    lambda rows: tuple(FoundGroup(*row) for row in rows),
)


class Found:
    """A group is called by a pseudonym that no roster can use as a name."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn
        self._pseudonyms = Pseudonyms(conn)

    def listing(self, account: AccountId) -> Listing:
        return self._conn.ask(_OF_THEIRS, account_is=account) or Listing(account)

    def save(self, listing: Listing) -> None:
        upsert(self._conn, tables.listings, [_LISTING.row(listing)])

    def groups(self) -> tuple[FoundGroup, ...]:
        """Those that the newest list of their account named."""
        return self._conn.ask(_LISTED)

    def all(self) -> list[FoundGroup]:
        """Those as well that a list named before, and no longer does."""
        return list(self._conn.ask(_ALL))

    def add(self, account: AccountId, named: Mapping[ChatId, str], at: datetime) -> None:
        """The list begun at an instant names these groups, by chat, each with its subject."""
        upsert(
            self._conn,
            tables.found,
            (
                _FOUND.row(FoundGroup(account, chat, self._name(account, chat), subject, at))
                for chat, subject in named.items()
            ),
        )

    def _name(self, account: AccountId, chat: ChatId) -> GroupId:
        return GroupId(f"{LISTED}{self._pseudonyms.of(f'{account}/{chat}')}")

    def named(self, account: AccountId, at: datetime) -> frozenset[ChatId]:
        """The chats that the list begun at an instant has named so far."""
        chats = select(_f.chat).where(_f.account == account, _f.listed_at == at)
        return frozenset(ChatId(chat) for chat in self._conn.execute(chats).scalars())

    def forget(self) -> None:
        """Nobody looks into groups that no roster names any more."""
        self._conn.execute(delete(tables.found))
        self._conn.execute(delete(tables.listings))
