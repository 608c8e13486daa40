"""Leavers: people who may be in no group any more, and who said so."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update

from rotation.core.facts import Leaver
from rotation.core.roster import PersonId
from rotation.ledger import tables
from rotation.ledger.rows import Shape
from rotation.ledger.transaction import Query, Transaction

_c = tables.leavers.c
_LEAVER = Shape(Leaver, tables.leavers)
_IN_FORCE = _c.reinstated_at.is_(None)
_ALL: Query[dict[PersonId, Leaver]] = Query(
    _LEAVER.query.where(_IN_FORCE).order_by(_c.person),
    lambda rows: {PersonId(row[0]): Leaver(*row) for row in rows},
)


class Leavers:
    """The mark covers a person under every number they ever had: former ones are marked too."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def all(self) -> dict[PersonId, Leaver]:
        return dict(self._conn.ask(_ALL))

    def mark(self, person: PersonId, author: str, reason: str, now: datetime) -> None:
        """From `now` on the person is a leaver. An earlier mark stays as it is."""
        self._keep(Leaver(who, now, author, reason) for who in self._known_as(person))

    def reinstate(self, person: PersonId, author: str, reason: str, now: datetime) -> bool:
        """Take the mark away; False where there was none. The trail of both stays."""
        done = self._conn.execute(
            update(tables.leavers)
            .where(_c.person.in_(self._known_as(person)), _IN_FORCE)
            .values(reinstated_at=now, reinstated_by=author, reinstated_why=reason)
        )
        return done.rowcount > 0

    def follow(self, old: PersonId, new: PersonId) -> None:
        """A leaver's mark goes where their number goes."""
        if (found := self.all().get(old)) is not None:
            self._keep([Leaver(new, found.since, found.author, found.reason)])

    def _keep(self, leavers: Iterable[Leaver]) -> None:
        marked = self.all()
        rows = [_LEAVER.row(leaver) for leaver in leavers if leaver.person not in marked]
        if rows:
            self._conn.execute(insert(tables.leavers), rows)

    def _known_as(self, person: PersonId) -> list[PersonId]:
        former = select(tables.people.c.person).where(tables.people.c.former_of == person)
        return [person, *(PersonId(p) for p in self._conn.execute(former).scalars())]
