"""Leavers: people who may be in no group any more, or in none of a team, and who said so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import insert, select, update

from rotation.core.facts import Leaver
from rotation.core.roster import PersonId
from rotation.ledger import tables
from rotation.ledger.rows import upsert
from rotation.ledger.transaction import Query, Rows, Transaction


@dataclass(frozen=True, slots=True)
class Mark:
    """One time somebody was a leaver: as long as the mark stands, and how it ended."""

    person: PersonId
    since: datetime
    author: str
    reason: str
    done_at: datetime | None = None
    proven_at: datetime | None = None
    team: str = ""
    reinstated_at: datetime | None = None
    reinstated_by: str | None = None
    reinstated_why: str | None = None


_c, _w = tables.leavers.c, tables.wipes.c
_NAMES = tuple(f.name for f in fields(Mark))
_OF_BOTH = [(_w if name in _w else _c)[name] for name in _NAMES]
_MARKS = select(*_OF_BOTH).join_from(tables.leavers, tables.wipes, isouter=True)
_IN_FORCE = _c.reinstated_at.is_(None)
_Barred: TypeAlias = Mapping[str, Mapping[PersonId, Leaver]]


@dataclass(frozen=True, slots=True)
class _Standing:
    """The marks in force, and by team who is barred by them."""

    marks: tuple[Leaver, ...]
    by_team: _Barred

    @classmethod
    def of(cls, rows: Rows) -> "_Standing":
        marks = tuple(Leaver(*row[: len(fields(Leaver))]) for row in rows)
        everywhere = {one.person: one for one in marks if not one.team}
        found = {"": everywhere}
        for one in marks:
            if one.team:
                found.setdefault(one.team, dict(everywhere)).setdefault(one.person, one)
        return cls(marks, found)


_STANDING = Query(_MARKS.where(_IN_FORCE).order_by(_c.team, _c.person), _Standing.of)


class Leavers:
    """The mark covers a person under every number they ever had: former ones are marked too."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def everywhere(self) -> dict[PersonId, Leaver]:
        """Who may be in no group at all."""
        return dict(self._conn.ask(_STANDING).by_team[""])

    def by_team(self) -> _Barred:
        """By team who may be in none of its groups; under "" who may be in none at all.

        A team that nobody was taken out of is not among them.
        """
        return self._conn.ask(_STANDING).by_team

    def standing(self) -> list[Leaver]:
        """Every mark in force, those of a single team after those of all groups."""
        return list(self._conn.ask(_STANDING).marks)

    def of(self, person: PersonId, team: str = "") -> list[Mark]:
        """Every time they were marked for all groups, or for those of `team`; newest first."""
        theirs = _MARKS.where(_c.person == person, _c.team == team).order_by(_c.id.desc())
        return [Mark(*row) for row in self._conn.execute(theirs).all()]

    def progress(
        self,
        people: Iterable[PersonId],
        done_at: datetime | None,
        proven_at: datetime | None,
        team: str = "",
    ) -> None:
        """How far their wipe has come."""
        theirs = select(_c.id).where(_c.person.in_(list(people)), _c.team == team, _IN_FORCE)
        ids = self._conn.execute(theirs).scalars().all()
        far = {"done_at": done_at, "proven_at": proven_at}
        upsert(self._conn, tables.wipes, ({"leaver": id_, **far} for id_ in ids))

    def mark(
        self, person: PersonId, author: str, reason: str, now: datetime, team: str = ""
    ) -> list[PersonId]:
        """From `now` on the person is a leaver, of all groups or those of `team`.

        An earlier mark for the same stays as it is. The answer is who is one only now, by which
        of their numbers.
        """
        who = self.known_as(person)
        return self._keep(Leaver(one, now, author, reason, team=team) for one in who)

    def reinstate(
        self, person: PersonId, author: str, reason: str, now: datetime, team: str = ""
    ) -> bool:
        """Take the mark away; False where there was none. The trail of both stays."""
        done = self._conn.execute(
            update(tables.leavers)
            .where(_c.person.in_(self.known_as(person)), _c.team == team, _IN_FORCE)
            .values(reinstated_at=now, reinstated_by=author, reinstated_why=reason)
        )
        return done.rowcount > 0

    def follow(self, old: PersonId, new: PersonId) -> None:
        """A leaver's marks go where their number goes."""
        theirs = [one for one in self.standing() if one.person == old]
        self._keep(Leaver(new, m.since, m.author, m.reason, team=m.team) for m in theirs)

    def _keep(self, leavers: Iterable[Leaver]) -> list[PersonId]:
        marked = {(one.person, one.team) for one in self.standing()}
        rows = [
            {name: getattr(one, name) for name in ("person", "since", "author", "reason", "team")}
            for one in leavers
            if (one.person, one.team) not in marked
        ]
        if rows:
            self._conn.execute(insert(tables.leavers), rows)
        return sorted(row["person"] for row in rows)

    def known_as(self, person: PersonId) -> tuple[PersonId, ...]:
        """Them, and their former numbers."""
        former = select(tables.people.c.person).where(tables.people.c.former_of == person)
        return person, *(PersonId(p) for p in self._conn.execute(former).scalars())
