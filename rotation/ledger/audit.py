"""The audit: what was done, why and on whose word, in a chain that shows any later change.

Each record's digest is SHA-256 over the canonical JSON of the record and the digest before it,
so an edit, a deletion or a swap breaks the chain where it happened. What the chain can't show by
itself is a cut at its end: for that, keep an `Anchor` somewhere else and verify against it.

The oldest records may be let go. The last of them leaves a `Cut`, from which the rest is verified;
it stands in `meta`, and in a record of the chain, which says so.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select

from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.chain import (
    LET_GO,
    Anchor,
    BrokenChain,
    Cut,
    Verified,
    beginning,
    digest,
    place_of,
    verified_on,
)
from rotation.ledger.columns import instant_text
from rotation.ledger.meta import Meta
from rotation.ledger.plain import canonical
from rotation.ledger.rows import Shape, matching, of_each, within
from rotation.ledger.transaction import Query, Transaction, Words

Detail: TypeAlias = Mapping[str, str | int | list[str]]

AUDIT_BROKEN, AUDIT_ACCEPTED = "audit_broken", "audit_accepted"
"""Under these names in `meta`: what breaks the chain, and what a person has seen of that."""
_CUT = "audit_let_go"
"""Under this name in `meta` is the `Cut`; a trigger lets nothing go behind it."""


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
class Brief:
    """What of a record is needed where there are very many: its words take most of the reading."""

    seq: int
    at: datetime
    kind: str
    group: GroupId | None
    person: PersonId | None


Records: TypeAlias = list[AuditRecord]
Briefs: TypeAlias = list[Brief]

PIECE = 1000
"""Records that are verified at once."""
_c = tables.audit.c
_RECORD = Shape(AuditRecord, tables.audit)
_BRIEF = Shape(Brief, tables.audit)
_HEAD = Query(
    select(_c.seq, _c.digest).order_by(_c.seq.desc()).limit(1),
    lambda rows: Anchor(*rows[0]) if rows else None,
)
_PERSON = func.coalesce(_c.person, "")
"""A person, by no index: where theirs, in thousands of groups, are more than a group's records."""
_PLACES: Select[*tuple[Any, ...]] = select(func.min(_c.seq), func.max(_c.seq), func.count())
"""Counted as well: a server would look for the least alone from the oldest record on."""
_AFTER = _RECORD.many(_RECORD.query.where(_c.seq > bindparam("last")).order_by(_c.seq))
_NEXT = _RECORD.many(
    _RECORD.query.where(_c.seq > bindparam("last")).order_by(_c.seq).limit(bindparam("at_most"))
)
_APPEND = Words(insert(tables.audit), [column.name for column in _c])
_OLDEST = select(_c.seq, _c.at, _c.digest).where(_c.seq > bindparam("gone")).order_by(_c.seq)


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
        head = self.head() or beginning(self.cut())
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
        new = Anchor(head.seq + 1, digest(written))
        self._conn.tell_later(_APPEND, {**row, "digest": new.digest})
        self._conn.knows(_HEAD, new)
        return new.seq

    def head(self) -> Anchor | None:
        return self._conn.ask(_HEAD)

    def verify(self, anchor: Anchor | None = None) -> BrokenChain | None:
        """The first record that was changed, moved or taken out; None when all is as written.

        With an anchor also says when the chain was cut or rewritten behind it; of one that was
        let go nothing can be said.
        """
        cut, so_far = self.cut(), None
        while so_far is None or not so_far.whole:
            found = verified_on(self._conn, cut, so_far, PIECE, anchor)
            if isinstance(found, BrokenChain):
                return found
            so_far = found
        return None

    def verified_on(self, before: Verified | None, at_most: int = PIECE) -> Verified | BrokenChain:
        """A piece more of it, in a transaction of its own, after what is verified already.

        What was let go in between is not missed; what is changed behind that is found the next
        time.
        """
        return verified_on(self._conn, self.cut(), before, at_most)

    def holds(self, seq: int, digest: str) -> BrokenChain | None:
        """Whether a record that was told of elsewhere, by the beginning of its digest, is there.

        None also where it was let go since, of which nothing can be said.
        """
        if seq <= beginning(self.cut()).seq:
            return None
        found = self._conn.execute(select(_c.digest).where(_c.seq == seq)).scalar()
        if found is None:
            return BrokenChain(seq, "the chain was cut: this record is missing")
        fits = str(found).startswith(digest)
        return None if fits else BrokenChain(seq, "the chain was rewritten: its digest is another")

    def cut(self) -> Cut | None:
        """The last record that was let go; None while all are there."""
        seq, _, rest = (Meta(self._conn).get(_CUT) or "").partition(" ")
        digest, _, at = rest.partition(" ")
        try:
            return Cut(int(seq), digest, datetime.fromisoformat(at))
        except ValueError:  # there is none, or a hand wrote it: then the chain begins elsewhere
            return None

    def let_go(self, before: datetime, now: datetime, at_most: int) -> int:
        """Let go of the oldest records, each from before an instant; returns how many.

        Whoever does that has to say so (`say_let_go`) in the same transaction.
        """
        gone = beginning(self.cut()).seq
        oldest = self._conn.execute(_OLDEST.limit(at_most), {"gone": gone}).all()
        cut = _last_before(oldest, before, now)
        if cut is None:
            return 0
        Meta(self._conn).put(_CUT, f"{cut.seq} {cut.digest} {instant_text(cut.at)}")
        return self._conn.execute(delete(tables.audit).where(_c.seq <= cut.seq)).rowcount

    def say_let_go(self, now: datetime, origin: str, text: str) -> None:
        """The record of what was let go: from where on the chain is whole; the rest in words."""
        self.append(
            at=now, kind=LET_GO, group=None, person=None, reason=None, origin=origin,
            detail={**place_of(self.cut()), "text": text},
        )  # fmt: skip

    def after(self, seq: int) -> Records:
        """The records behind a place in the chain, oldest first."""
        return list(self._conn.ask(_AFTER, last=seq))

    def piece_after(self, seq: int, at_most: int) -> Records:
        """So many of the records behind a place in the chain, oldest first."""
        return [*self._conn.ask(_NEXT, last=seq, at_most=at_most)]

    def list(  # noqa: PLR0913, PLR0917 - a question has these parts
        self,
        group: GroupId | None = None,
        person: PersonId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        kind: str | None = None,
        without: str | None = None,
    ) -> Records:
        """The records of a group, a person, a kind, or all, in `[since, until)`, newest first.

        None are of the kind `without`.
        """
        query = matching(_RECORD.query, (_c.group, group), (_c.kind, kind))
        seldom = kind is not None and kind not in tables.EVERY_DAY and group is None
        if seldom:
            query = query.where(tables.SELDOM)
        query = matching(query, (_c.person if group is None and not seldom else _PERSON, person))
        query = within(query, _c.at, since, until)
        query = query if without is None else query.where(_c.kind != without)
        windowed = (since or until) and not (group or person)  # found by time, so sorted by it
        newest = (_c.at.desc(), _c.seq.desc()) if windowed or seldom else (_c.seq.desc(),)
        return _RECORD.all(self._conn, query.order_by(*newest).limit(limit))

    def by_group(
        self,
        groups: Sequence[GroupId],
        kinds: Collection[str],
        since: datetime,
        until: datetime,
    ) -> Iterator[tuple[GroupId, Briefs]]:
        """Each of `groups` with its records of these kinds in `[since, until)`, oldest first.

        Where in the chain those of that time lie is found out once: within a group the records are
        found by their place, and a week of years is little of them.
        """
        first, last, _ = self._conn.execute(within(_PLACES, _c.at, since, until)).one()
        query = within(_BRIEF.query, _c.at, since, until).where(_c.kind.in_(kinds))
        query = query.where(_c.seq.between(first or 0, last or 0)).order_by(_c.group, _c.seq)
        return of_each(groups, lambda some: _BRIEF.all(self._conn, query.where(_c.group.in_(some))))


def _last_before(oldest: Sequence[Row[Any]], before: datetime, now: datetime) -> Cut | None:
    """The last of the oldest records that were all written before an instant.

    A record from after `now` was written by a clock that was wrong: it goes with those around it.
    """
    found = None
    for row in oldest:
        if before <= row.at <= now:
            break
        found = Cut(row.seq, row.digest, row.at) if row.at < before else found
    return found
