"""The chain of the audit: what a record has to follow, and whether it does.

It is verified piece by piece: each piece is one reading of its own, however short, and the next one
goes on from the last record that was found to fit.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, type_coerce
from sqlalchemy.types import String, Text

from rotation.ledger import tables
from rotation.ledger.columns import instant_text
from rotation.ledger.plain import canonical
from rotation.ledger.transaction import Transaction

START = "0" * 64
"""What stands for the digest before the first record."""
LET_GO = "let_go"
"""The kind of the record that says what was let go."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the chain at some time, to be kept outside the ledger."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The last record that was let go, and when that was written; all before it went as well."""

    seq: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """The first record that does not fit, and why."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How far the chain fits: to the record `last`, which may be the last that there is (`whole`).

    `told` is what the newest record by then says was let go.
    """

    last: Anchor
    told: str
    whole: bool = False


_c = tables.audit.c
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


def beginning(cut: Cut | None) -> Anchor:
    """What the first record that is there has to follow."""
    return Anchor(0, START) if cut is None else Anchor(cut.seq, cut.digest)


def place_of(cut: Cut | None) -> dict[str, str | int]:
    """How a record tells of a cut; before `text`, as they are sorted when written."""
    last = beginning(cut)
    return {
        "at": "" if cut is None else instant_text(cut.at),
        "digest": last.digest,
        "seq": last.seq,
    }


def digest(written: Sequence[object]) -> str:
    return hashlib.sha256(canonical(list(written)).encode()).hexdigest()


def verified_on(
    conn: Transaction,
    cut: Cut | None,
    before: Verified | None,
    at_most: int,
    anchor: Anchor | None = None,
) -> Verified | BrokenChain:
    """So many records more of a chain that begins at `cut` and is known to fit until `before`."""
    query, so_far = _going_on(conn, cut, before)
    rows = conn.execute(query.limit(at_most)).all()
    for row in rows:
        if _differ(anchor, so_far.last):
            break
        if (why := _flaw(row, so_far.last)) is not None:
            return BrokenChain(so_far.last.seq + 1, why)
        told = row.detail if row.kind == LET_GO else so_far.told
        so_far = Verified(Anchor(row.seq, row.digest), told)
    if _differ(anchor, so_far.last):
        return BrokenChain(so_far.last.seq, "the chain was rewritten: the anchor differs")
    return so_far if len(rows) == at_most else _ended(so_far, cut, anchor)


def _going_on(
    conn: Transaction, cut: Cut | None, before: Verified | None
) -> tuple[Select[Any], Verified]:
    """Where to go on, and from what.

    That is from the beginning where the record that was last found to fit is not there as it was:
    it was let go since, or the ledger is another one, as a server's may be that was a standby.
    """
    first = beginning(cut)
    if before is not None and before.last.seq > first.seq:
        found = conn.execute(select(_c.digest).where(_c.seq == before.last.seq)).scalar()
        if found == before.last.digest:
            return _AS_WRITTEN.where(_c.seq > before.last.seq), before
    return _AS_WRITTEN, Verified(first, canonical(place_of(None)))


def _ended(found: Verified, cut: Cut | None, anchor: Anchor | None) -> Verified | BrokenChain:
    """The whole chain, if nothing is missing at either end of it."""
    if anchor is not None and anchor.seq > found.last.seq:
        return BrokenChain(found.last.seq + 1, "the chain was cut: the anchor is missing")
    if not found.told.startswith(canonical(place_of(cut))[:-1]):
        seq = beginning(cut).seq + 1
        return BrokenChain(seq, "what was let go before it is not what the chain says")
    return replace(found, whole=True)


def _differ(anchor: Anchor | None, last: Anchor) -> bool:
    return anchor is not None and anchor.seq == last.seq and anchor != last


def _flaw(row: Row[Any], last: Anchor) -> str | None:
    """Why a record, as it lies in the table, does not follow the one before it."""
    if row.seq != last.seq + 1:
        return "a record is missing"
    if row.previous != last.digest:
        return "it does not follow the record before it"
    *written, found = (instant_text(v) if isinstance(v, datetime) else v for v in row)
    try:
        fits = found == digest(written)
    except TypeError:  # SQLite lets a hand write bytes where text belongs
        fits = False
    return None if fits else "it was changed after it was written"
