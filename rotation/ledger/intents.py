"""Intents: what somebody asked for at the command line, until the daemon has answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, update

from rotation.ledger import tables
from rotation.ledger.rows import Shape
from rotation.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Intent:
    """`payload` names people and groups by their keys, never by number."""

    id: int
    kind: str
    payload: Mapping[str, str]
    author: str
    reason: str
    asked_at: datetime
    done_at: datetime | None = None
    answer: str = ""


_c = tables.intents.c
_INTENT = Shape(Intent, tables.intents)
_PENDING = _INTENT.many(_INTENT.query.where(_c.done_at.is_(None)).order_by(_c.id))
_GET = _INTENT.one(_INTENT.query.where(_c.id == bindparam("id_is")))


class Intents:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def ask(
        self, kind: str, payload: Mapping[str, str], author: str, reason: str, now: datetime
    ) -> int:
        """Ask for something; returns the id under which the answer will stand."""
        row = {
            "kind": kind,
            "payload": payload,
            "author": author,
            "reason": reason,
            "asked_at": now,
            "answer": "",
        }
        new: int = self._conn.execute(insert(tables.intents).returning(_c.id), row).scalar_one()
        return new

    def pending(self) -> list[Intent]:
        """Those without an answer, oldest first."""
        return list(self._conn.ask(_PENDING))

    def done(self, id: int, now: datetime, answer: str) -> None:  # noqa: A002 - its name
        """Answer an intent. The first answer stays."""
        self._conn.execute(
            update(tables.intents)
            .where(_c.id == id, _c.done_at.is_(None))
            .values(done_at=now, answer=answer)
        )

    def get(self, id: int) -> Intent | None:  # noqa: A002 - its name
        return self._conn.ask(_GET, id_is=id)
