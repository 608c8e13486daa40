"""The audit: what was done, why and on whose word, in a chain that shows any later change.

Each record's digest is SHA-256 over the canonical JSON of the record and the digest before it,
so an edit, a deletion or a swap breaks the chain where it happened. What the chain can't show by
itself is a cut at its end: for that, keep an `Anchor` somewhere else and verify against it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, bindparam, insert, select, type_coerce
from sqlalchemy.types import String, Text

from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.columns import instant_text
from rotation.ledger.plain import canonical
from rotation.ledger.rows import Shape, matching, within
from rotation.ledger.transaction import Query, Transaction, Words

Detail: TypeAlias = Mapping[str, str | int | list[str]]

AUDIT_BROKEN, AUDIT_ACCEPTED = "audit_broken", "audit_accepted"
"""Under these names in `meta`: what breaks the chain, and what a person has seen of that."""
START = "0" * 64
"""What stands for the digest before the first record."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that was done. `attempts` are the ids of every call it took."""

    seq: int
    at: datetime
    kind: str
    group: GroupId | None
    person: PersonId | None
    reason: Reason | None
    origin: str
    detail: Detail
    attempts: tuple[int, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the chain at some time, to be kept outside the ledger."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """The first record that does not fit, and why."""

    seq: int
    why: str


Records: TypeAlias = list[AuditRecord]

_BATCH = 1000
_c = tables.audit.c
_RECORD = Shape(AuditRecord, tables.audit)
_HEAD = Query(
    select(_c.seq, _c.digest).order_by(_c.seq.desc()).limit(1),
    lambda rows: Anchor(*rows[0]) if rows else None,
)
_AFTER = _RECORD.many(_RECORD.query.where(_c.seq > bindparam("last")).order_by(_c.seq))
_APPEND = Words(insert(tables.audit), [column.name for column in _c])
_AS_WRITTEN: Select[Any] = select(
    _c.seq,
    type_coerce(_c.at, String),
    _c.kind,
    _c.group,
    _c.person,
    type_coerce(_c.reason, String),
    _c.origin,
    type_coerce(_c.detail, Text),
    type_coerce(_c.attempts, Text),
    _c.previous,
    _c.digest,
).order_by(_c.seq)


class Audit:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def append(  # noqa: PLR0913 - a record is these facts
        self,
        *,
        at: datetime,
        kind: str,
        group: GroupId | None,
        person: PersonId | None,
        reason: Reason | None,
        origin: str,
        detail: Detail,
        attempts: tuple[int, ...] = (),
    ) -> int:
        """Add a record to the end of the chain; returns its place in it."""
        head = self.head() or Anchor(0, START)
        row = {
            "seq": head.seq + 1,
            "at": at,
            "kind": kind,
            "group": group,
            "person": person,
            "reason": reason,
            "origin": origin,
            "detail": dict(detail),
            "attempts": attempts,
            "previous": head.digest,
        }
        written = (
            *(head.seq + 1, instant_text(at), kind, group, person, reason, origin),
            *(canonical(dict(detail)), canonical(attempts), head.digest),
        )
        self._conn.tell(_APPEND, {**row, "digest": _digest(written)})
        return head.seq + 1

    def head(self) -> Anchor | None:
        return self._conn.ask(_HEAD)

    def verify(self, anchor: Anchor | None = None) -> BrokenChain | None:
        """The first record that was changed, moved or taken out; None when all is as written.

        With an anchor also says when the chain was cut or rewritten behind it.
        """
        last = Anchor(0, START)
        with self._conn.execute(_AS_WRITTEN.execution_options(yield_per=_BATCH)) as rows:
            for row in rows:
                if (why := _flaw(row, last)) is not None:
                    return BrokenChain(last.seq + 1, why)
                last = Anchor(row.seq, row.digest)
                if anchor is not None and anchor.seq == last.seq and anchor != last:
                    return BrokenChain(last.seq, "the chain was rewritten: the anchor differs")
        if anchor is not None and anchor.seq > last.seq:
            return BrokenChain(last.seq + 1, "the chain was cut: the anchor is missing")
        return None

    def after(self, seq: int) -> Records:
        """The records behind a place in the chain, oldest first."""
        return list(self._conn.ask(_AFTER, last=seq))

    def list(
        self,
        group: GroupId | None = None,
        person: PersonId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        kind: str | None = None,
    ) -> Records:
        """The records of a group, a person, a kind, or all, in `[since, until)`, newest first."""
        query = matching(_RECORD.query, (_c.group, group), (_c.person, person), (_c.kind, kind))
        query = within(query, _c.at, since, until)
        windowed = (since or until) and not (group or person)  # found by time, so sorted by it
        newest = (_c.at.desc(), _c.seq.desc()) if windowed else (_c.seq.desc(),)
        return _RECORD.all(self._conn, query.order_by(*newest).limit(limit))


def _digest(written: Sequence[object]) -> str:
    return hashlib.sha256(canonical(list(written)).encode()).hexdigest()


def _flaw(row: Row[Any], last: Anchor) -> str | None:
    """Why a record, as it lies in the table, does not follow the one before it."""
    if row.seq != last.seq + 1:
        return "a record is missing"
    if row.previous != last.digest:
        return "it does not follow the record before it"
    *written, digest = (instant_text(v) if isinstance(v, datetime) else v for v in row)
    try:
        fits = digest == _digest(written)
    except TypeError:  # SQLite lets a hand write bytes where text belongs
        fits = False
    return None if fits else "it was changed after it was written"
