"""Tokens: who may look and give orders from elsewhere. Of what is shown once a digest is kept.

The secret has 256 bits of chance, so that a plain SHA-256 of it can be tried by nobody. Its first
part names the row, and is no secret.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, or_, update

from rotation.ledger import tables
from rotation.ledger.rows import Shape
from rotation.ledger.tables import Rights
from rotation.ledger.transaction import Query, Rows, Transaction


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; never the token itself. `prefix` is its name in lists.

    `calendar` is the only one that it opens (`people/ana`); empty, it opens every page.
    `teams` are those whose groups it may give orders about; empty, about everything.
    """

    id: int
    prefix: str
    name: str
    rights: Rights
    author: str
    made_at: datetime
    until: datetime | None = None
    used_at: datetime | None = None
    ended_at: datetime | None = None
    calendar: str = ""
    teams: tuple[str, ...] = ()

    def reaches(self, team: str | None) -> bool:
        """Whether it may give orders about a group of `team`; None: one of no team, or all."""
        return not self.teams or team in self.teams

    def is_good(self, at: datetime) -> bool:
        return self.ended_at is None and (self.until is None or at < self.until)


_SECRET = re.compile(r"rot_([0-9a-f]{10})_[A-Za-z0-9_-]{43}", re.ASCII)
_c = tables.tokens.c
_TOKEN = Shape(Token, tables.tokens)
_WITH_DIGEST = _TOKEN.query.add_columns(_c.digest).where(_c.prefix == bindparam("prefix_is"))


def _with_digest(rows: Rows) -> tuple[Token, str] | None:
    return (Token(*rows[0][:-1]), rows[0][-1]) if rows else None


_BY_PREFIX = Query(_WITH_DIGEST, _with_digest)


class Tokens:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def make(  # noqa: PLR0913 - a parameter for each thing that a token is
        self,
        name: str,
        author: str,
        now: datetime,
        until: datetime | None = None,
        *,
        rights: Rights = Rights.VIEWER,
        teams: Iterable[str] = (),
        calendar: str = "",
    ) -> tuple[Token, str]:
        """A new token, and its secret, which nobody can tell again.

        One for a `calendar` has no other rights.
        """
        prefix = secrets.token_hex(5)
        secret = f"rot_{prefix}_{secrets.token_urlsafe(32)}"
        row = {
            "prefix": prefix,
            "name": name,
            "rights": Rights.CALENDAR if calendar else rights,
            "calendar": calendar,
            "teams": tuple(sorted(set(teams))),
            "author": author,
            "made_at": now,
            "until": until,
            "digest": _digest(secret),
        }
        made = insert(tables.tokens).returning(*_TOKEN.query.selected_columns)
        return Token(*self._conn.execute(made, row).one()), secret

    def find(self, secret: str, now: datetime, calendar: str = "") -> Token | None:
        """The token with this secret, if it is good at `now` for just this calendar, or for pages.

        One for pages opens no calendar this way: that secret is not to stand in an address.
        """
        written = _SECRET.fullmatch(secret)
        if written is None:
            return None
        known = self._conn.ask(_BY_PREFIX, prefix_is=written[1])
        if known is None or not hmac.compare_digest(known[1], _digest(secret)):
            return None
        found = known[0]
        return found if found.is_good(now) and found.calendar == calendar else None

    def all(self) -> list[Token]:
        """Every token there ever was, oldest first."""
        return _TOKEN.all(self._conn, _TOKEN.query.order_by(_c.id))

    def note_used(self, id: int, now: datetime) -> None:  # noqa: A002 - its name
        self._conn.execute(update(tables.tokens).where(_c.id == id).values(used_at=now))

    def end(self, prefix: str, now: datetime) -> bool:
        """Nobody gets in with it any more; False when there is none, or it has ended by then."""
        good = (_c.prefix == prefix, _c.ended_at.is_(None), or_(_c.until.is_(None), _c.until > now))
        done = self._conn.execute(update(tables.tokens).where(*good).values(ended_at=now))
        return done.rowcount > 0


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
