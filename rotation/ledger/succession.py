"""Numbers change hands: a new number for a person, a new person for a number.

A number in a chat is a membership of its own, so what is known of seats belongs to the number.
When a person gets a new one, the old number becomes a former identity (`ana~1`) that keeps the
seats somebody may be sitting in and leaves the normal way; the person starts with none. When a
known number (a stranger's, a former one, one under another key) is named as somebody's, all that
is known of it becomes theirs, a leaver's mark included.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from itertools import count

from sqlalchemy import insert, select, update

from rotation.core.roster import Person, PersonId
from rotation.ledger import tables
from rotation.ledger.activity import Activity
from rotation.ledger.audit import Audit
from rotation.ledger.errors import IdentityClash
from rotation.ledger.identities import Form, Identities
from rotation.ledger.leavers import Leavers
from rotation.ledger.rows import insert_new
from rotation.ledger.seats import Seats, is_lived_in
from rotation.ledger.subscriptions import Subscriptions
from rotation.ledger.transaction import Transaction

_c = tables.people.c


class Succession:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn
        self._ids = Identities(conn)
        self._seats = Seats(conn)
        self._leavers = Leavers(conn)

    def register(self, persons: Collection[Person], now: datetime) -> None:
        """Everybody goes by the number the roster gives them.

        Raises IdentityClash, with nothing changed, when it gives one number to two people.
        """
        refuse_shared(persons)
        phones = self._ids.phones()
        for person in persons:
            if phones.get(person.id, person.phone) != person.phone:
                self._retire(person.id, now)
        for person in persons:
            self._name(person, now)
            found = (way(Form.PHONE, person.phone) for way in self._ids.ways)
            holder = next((one for one in found if one is not None), None)
            if holder not in {None, person.id}:
                self.become(holder, person.id)
            if self._ids.holder(Form.PHONE, person.phone) is None:
                self._ids.give(Form.PHONE, person.phone, person.id, now)

    def become(self, old: PersonId, new: PersonId) -> None:
        """`old` turned out to be `new`, who is known under no other number."""
        self._ids.move(old, new)
        self._seats.move(old, new)
        self._leavers.follow(old, new)
        Activity(self._conn).move(old, new)
        self._conn.execute(
            update(tables.grants).where(tables.grants.c.person == old).values(person=new)
        )
        Subscriptions(self._conn).move(old, new)
        self._conn.execute(update(tables.people).where(_c.person == old).values(became=new))
        self._conn.execute(
            update(tables.people).where(_c.former_of == old, _c.person != new).values(former_of=new)
        )
        self._carry_notices(old, new)

    def _retire(self, person: PersonId, now: datetime) -> None:
        former = self._next_former(person)
        named = select(_c.name).where(_c.person == person).scalar_subquery()
        self._conn.execute(
            insert(tables.people).values(
                person=former, name=named, former_of=person, stranger=False, known_at=now
            )
        )
        self._ids.move(person, former)
        self._leavers.follow(person, former)
        Activity(self._conn).move(person, former)
        Audit(self._conn).append(
            at=now, kind="number_changed", group=None, person=person, reason=None,
            origin="roster", detail={"former": former},
        )  # fmt: skip
        for group, seat in self._seats.of_person(person).items():
            if is_lived_in(seat):
                self._seats.save(replace(seat, person=former))
            self._seats.drop(group, person)

    def _next_former(self, person: PersonId) -> PersonId:
        taken = set(
            self._conn.execute(
                select(_c.person).where(_c.person.startswith(f"{person}~", autoescape=True))
            ).scalars()
        )
        return next(PersonId(f"{person}~{n}") for n in count(1) if f"{person}~{n}" not in taken)

    def _name(self, person: Person, now: datetime) -> None:
        known = {"name": person.name, "stranger": False, "former_of": None, "became": None}
        insert_new(self._conn, tables.people, [{"person": person.id, "known_at": now, **known}])
        self._conn.execute(update(tables.people).where(_c.person == person.id).values(known))

    def _carry_notices(self, old: PersonId, new: PersonId) -> None:
        """What was said to the number was said to them, unless they have been told themselves."""
        said, own = tables.notices, tables.notices.alias()
        told = select(own.c.key).where(
            own.c.kind == said.c.kind,
            own.c.group == said.c.group,
            own.c.person == new,
            own.c.key == said.c.key,
        )
        self._conn.execute(
            update(said).where(said.c.person == old, ~told.exists()).values(person=new)
        )


def refuse_shared(persons: Collection[Person]) -> None:
    """Raise IdentityClash when two of the people have one number."""
    first: dict[str, PersonId] = {}
    for person in persons:
        holder = first.setdefault(person.phone, person.id)
        if holder != person.id:
            raise IdentityClash("number", holder, person.id)
