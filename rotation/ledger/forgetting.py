"""Somebody is forgotten: what leads from their key to them is erased, and the trail stays.

The trail, attempts and grants know people by key. Their numbers and hidden ids, their names, what
is stored of them in versions of rosters, when they were last heard, their subscriptions and what
opens their calendar go. Of somebody who may be in no group any more a keyed hash of each id stays,
so that they are known for who they are when they come back, and for nothing else.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from rotation.core.roster import PersonId
from rotation.ledger import tables
from rotation.ledger.audit import Audit
from rotation.ledger.identities import Identities
from rotation.ledger.leavers import Leavers
from rotation.ledger.replies import Replies
from rotation.ledger.rosters import Rosters
from rotation.ledger.transaction import Transaction

FORGOTTEN = "forgotten"
"""The kind of the record that says so."""
_SAYING = (
    tables.alarms.c.text, tables.holds.c.detail, tables.duty_news.c.text, tables.tokens.c.name,
)  # fmt: skip
"""Where people's names stand in what was written for people."""
_SHORT = 3
"""A name of fewer letters is not looked for in messages: it would be found in other words."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased: how many numbers and hidden ids, from how many stored rosters, and so on.

    `people` are their key and those of former numbers. `hashed`: of how many ids a keyed hash is
    kept, because a wipe says that they are never added again. `records`: in how many records of the
    trail their key stands.
    """

    people: tuple[PersonId, ...]
    ids: int
    hashed: int
    rosters: int
    signs: int
    subscriptions: int
    messages: int
    records: int


class Forgetting:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def forget(self, person: PersonId, now: datetime, author: str, why: str) -> Forgotten:
        """Erase who `person` is, and record that it was done. Done again it erases what is new.

        Nobody is asked whether they are in a group: whoever is, will be known again.
        """
        people = Leavers(self._conn).known_as(person)
        gone = self._erased(people)
        self._without_calendars(people, now)
        Replies(self._conn).drop_answered()
        Audit(self._conn).append(
            at=now, kind=FORGOTTEN, group=None, person=person, reason=None,
            origin=f"{author} by hand", detail={"why": why, "hashed": gone.hashed},
        )  # fmt: skip
        return gone

    def again(self, now: datetime, people: dict[PersonId, str], origin: str) -> int:
        """Erase whom another ledger had forgotten, each with why; how many there were."""
        here = [one for one in people if self._is_known(one)]
        for one in here:
            self.forget(one, now, origin, people[one])
        return len(here)

    def _is_known(self, person: PersonId) -> bool:
        held = select(tables.people.c.person).where(tables.people.c.person == person)
        return self._conn.execute(held).first() is not None

    def _erased(self, people: tuple[PersonId, ...]) -> Forgotten:
        names = self._names(people)
        keeps = any(one.person in people for one in Leavers(self._conn).standing())
        ids = Identities(self._conn)
        erased = hashed = 0
        for one in people:
            count = ids.erase(one, keeps_hash=keeps)
            erased, hashed = erased + count, hashed + (count if keeps else 0)
        self._conn.execute(
            update(tables.people).where(tables.people.c.person.in_(people)).values(name="")
        )
        return Forgotten(
            people=people,
            ids=erased,
            hashed=hashed,
            rosters=sum(Rosters(self._conn).forget(one) for one in people),
            signs=self._without_signs(people),
            subscriptions=self._without_subscriptions(people),
            messages=sum(self._without_name(name, people[0]) for name in names),
            records=self._records(people),
        )

    def _names(self, people: tuple[PersonId, ...]) -> set[str]:
        c = tables.people.c
        found = self._conn.execute(select(c.name).where(c.person.in_(people))).scalars()
        return {name for name in found if len(name) >= _SHORT}

    def _without_signs(self, people: tuple[PersonId, ...]) -> int:
        """When they were last heard, and whether they were found silent."""
        gone = (
            self._conn.execute(delete(table).where(table.c.person.in_(people))).rowcount
            for table in (tables.activity, tables.silences, tables.duty_news)
        )
        return sum(gone)

    def _without_subscriptions(self, people: tuple[PersonId, ...]) -> int:
        """Their keys are other systems' names for them."""
        s, g = tables.subscriptions, tables.grants
        self._conn.execute(update(g).where(g.c.person.in_(people)).values(subscription=""))
        return self._conn.execute(delete(s).where(s.c.person.in_(people))).rowcount

    def _without_calendars(self, people: tuple[PersonId, ...], now: datetime) -> None:
        """Whatever opened theirs opens nothing any more, and is called by their key."""
        c = tables.tokens.c
        theirs = c.calendar.in_([f"people/{one}" for one in people])
        self._conn.execute(update(tables.tokens).where(theirs).values(name=c.calendar))
        good = update(tables.tokens).where(theirs, c.ended_at.is_(None))
        self._conn.execute(good.values(ended_at=now))

    def _without_name(self, name: str, key: PersonId) -> int:
        """What people were told says the key from now on."""
        told = 0
        for column in _SAYING:
            said = update(column.table).where(column.contains(name, autoescape=True))
            replaced = {column.name: func.replace(column, name, key)}
            told += self._conn.execute(said.values(replaced)).rowcount
        return told

    def _records(self, people: tuple[PersonId, ...]) -> int:
        c = tables.audit.c
        count = select(func.count()).select_from(tables.audit).where(c.person.in_(people))
        return int(self._conn.execute(count).scalar_one())
