"""Replies to orders that came with a key, so that the same order again gets the same reply.

They are kept for a day. Of what was asked there is a digest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from rotation.ledger import tables
from rotation.ledger.transaction import Transaction

KEPT = timedelta(hours=24)
LOST = timedelta(minutes=1)
"""How long an order may be under way; whoever took it is gone after that."""

_t = tables.replies
_c = _t.c


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered to the request with this digest; while it is under way `status` is None."""

    digest: str
    status: int | None
    body: str


class Replies:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def begin(self, token: int, key: str, digest: str, now: datetime) -> Reply | None:
        """The reply kept under a token's key; where there is none, one is under way from now on."""
        self._conn.execute(delete(_t).where(_c.token == token, _c.key == key, _over(now)))
        query = select(_c.digest, _c.status, _c.body).where(_c.token == token, _c.key == key)
        row = self._conn.execute(query).one_or_none()
        if row is not None:
            return Reply(*row)
        self._conn.execute(
            insert(_t).values(token=token, key=key, digest=digest, at=now, status=None, body="")
        )
        return None

    def end(self, token: int, key: str, status: int, body: str) -> None:
        """What was answered; the same is from now on."""
        mine = (_c.token == token, _c.key == key)
        self._conn.execute(update(_t).where(*mine).values(status=status, body=body))

    def drop(self, token: int, key: str) -> None:
        """Nothing came of it: the key may be used again."""
        self._conn.execute(delete(_t).where(_c.token == token, _c.key == key, _c.status.is_(None)))

    def drop_answered(self) -> None:
        """All of them, since any of them may name whoever is forgotten."""
        self._conn.execute(delete(_t).where(_c.status.is_not(None)))

    def let_go(self, now: datetime) -> None:
        """Those that are too old to be asked for."""
        self._conn.execute(delete(_t).where(_over(now)))


def _over(now: datetime) -> ColumnElement[bool]:
    """Which of them are too old, or were never answered."""
    return or_(_c.at <= now - KEPT, and_(_c.status.is_(None), _c.at <= now - LOST))
