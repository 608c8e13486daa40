"""Leavers: people who may be in no group any more, and who said so."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import insert, select, update

from rotation.core.facts import Leaver
from rotation.core.roster import PersonId
from rotation.ledger import tables
from rotation.ledger.rows import upsert
from rotation.ledger.transaction import Query, Transaction


@dataclass(frozen=True, slots=True)
class Mark:
    """One time somebody was a leaver: as long as the mark stands, and how it ended."""

    person: PersonId
    since: datetime
    author: str
    reason: str
    done_at: datetime | None = None
    proven_at: datetime | None = None
    reinstated_at: datetime | None = None
    reinstated_by: str | None = None
    reinstated_why: str | None = None


_c, _w = tables.leavers.c, tables.wipes.c
_NAMES = tuple(f.name for f in fields(Mark))
_OF_BOTH = [(_w if name in _w else _c)[name] for name in _NAMES]
_MARKS = select(*_OF_BOTH).join_from(tables.leavers, tables.wipes, isouter=True)
_IN_FORCE = _c.reinstated_at.is_(None)
_ALL: Query[dict[PersonId, Leaver]] = Query(
    _MARKS.where(_IN_FORCE).order_by(_c.person),
    lambda rows: {PersonId(row[0]): Leaver(*row[: len(fields(Leaver))]) for row in rows},
)


class Leavers:
    """The mark covers a person under every number they ever had: former ones are marked too."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def all(self) -> dict[PersonId, Leaver]:
        return dict(self._conn.ask(_ALL))

    def of(self, person: PersonId) -> list[Mark]:
        """Every time they were marked, newest first."""
        theirs = _MARKS.where(_c.person == person).order_by(_c.id.desc())
        return [Mark(*row) for row in self._conn.execute(theirs).all()]

    def progress(
        self, people: Iterable[PersonId], done_at: datetime | None, proven_at: datetime | None
    ) -> None:
        """How far their wipe has come."""
        theirs = select(_c.id).where(_c.person.in_(list(people)), _IN_FORCE)
        ids = self._conn.execute(theirs).scalars().all()
        far = {"done_at": done_at, "proven_at": proven_at}
        upsert(self._conn, tables.wipes, ({"leaver": id_, **far} for id_ in ids))

    def mark(self, person: PersonId, author: str, reason: str, now: datetime) -> None:
        """From `now` on the person is a leaver. An earlier mark stays as it is."""
        self._keep(Leaver(who, now, author, reason) for who in self.known_as(person))

    def reinstate(self, person: PersonId, author: str, reason: str, now: datetime) -> bool:
        """Take the mark away; False where there was none. The trail of both stays."""
        done = self._conn.execute(
            update(tables.leavers)
            .where(_c.person.in_(self.known_as(person)), _IN_FORCE)
            .values(reinstated_at=now, reinstated_by=author, reinstated_why=reason)
        )
        return done.rowcount > 0

    def follow(self, old: PersonId, new: PersonId) -> None:
        """A leaver's mark goes where their number goes."""
        if (found := self.all().get(old)) is not None:
            self._keep([Leaver(new, found.since, found.author, found.reason)])

    def _keep(self, leavers: Iterable[Leaver]) -> None:
        marked = self.all()
        rows = [
            {name: getattr(one, name) for name in ("person", "since", "author", "reason")}
            for one in leavers
            if one.person not in marked
        ]
        if rows:
            self._conn.execute(insert(tables.leavers), rows)

    def known_as(self, person: PersonId) -> tuple[PersonId, ...]:
        """Them, and their former numbers."""
        former = select(tables.people.c.person).where(tables.people.c.former_of == person)
        return person, *(PersonId(p) for p in self._conn.execute(former).scalars())
