"""People: everyone ever named or seen, and every id a chat knows them by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count, groupby
from sys import intern
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, select, update

from rotation.core.facts import Identity
from rotation.core.roster import PersonId, Phone
from rotation.ledger import tables
from rotation.ledger.errors import IdentityClash
from rotation.ledger.identities import HASHED, PEOPLE, Form, Identities
from rotation.ledger.pseudonyms import Pseudonyms
from rotation.ledger.rows import insert_new
from rotation.ledger.succession import Succession
from rotation.ledger.transaction import Query, Rows, Transaction, Words

_c = tables.people.c
_i = tables.identities.c
_KNOWN_BY = (_i.realm == PEOPLE) | ((_i.realm == HASHED) & (_i.form == Form.LID))
_THEIRS = _KNOWN_BY & (_i.holder == _c.person)
_ALL = (
    select(_c.person, _c.name, _c.former_of, _c.stranger, _i.realm, _i.form, _i.value)
    .join_from(tables.people, tables.identities, _THEIRS, isouter=True)
    .where(_c.became.is_(None))
    .order_by(_c.person)
)


class People:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn
        self._pseudonyms = Pseudonyms(conn)
        self._ids = Identities(conn)
        self._succession = Succession(conn)

    def all(self) -> Mapping[PersonId, Identity]:
        """Everyone, without those who turned out to be somebody else."""
        return self._conn.ask(_EVERYONE)

    def by_id(self) -> Mapping[str, PersonId]:
        """Who of them goes by each number and LID."""
        return self._conn.ask(_BY_ID)

    def became(self) -> Mapping[PersonId, PersonId]:
        """Whom those turned out to be who were known by another name before."""
        turned = select(_c.person, _c.became).where(_c.became.is_not(None))
        return {PersonId(old): PersonId(new) for old, new in self._conn.execute(turned).all()}

    def going_by(self, ids: Iterable[str]) -> frozenset[PersonId]:
        """Who goes by any of these, each a number or a LID."""
        found = (self._ids.holder(form, id_) for id_ in ids for form in (Form.PHONE, Form.LID))
        return frozenset(person for person in found if person is not None)

    def find(self, phone: Phone | None = None, lid: str | None = None) -> PersonId | None:
        """Whose number this is; failing that, whose LID; of whom only hashes are kept, theirs."""
        ids = [(Form.PHONE, phone), (Form.LID, lid)]
        known = [(form, id_) for form, id_ in ids if id_ is not None]
        found = (ask(form, id_) for ask in self._ids.ways for form, id_ in known)
        return next((person for person in found if person is not None), None)

    def forgotten(self, phone: Phone | None, lid: str | None) -> bool:
        """Whether a hash is all that is kept of these ids."""
        ids = ((Form.PHONE, phone), (Form.LID, lid))
        return any(id_ is not None and self._ids.hashed(form, (id_,)) for form, id_ in ids)

    def learn_lid(self, person: PersonId, lid: str, now: datetime) -> None:
        """The chat says that `person` goes by this LID too.

        A stranger known by nothing else turns out to be the person; a LID of the person's own
        former number comes along. Raises IdentityClash when it is somebody else's.
        """
        holder = self._ids.holder(Form.LID, lid)
        if holder is None:
            self._ids.give(Form.LID, lid, person, now)
        elif holder != person:
            self._take_lid(person, holder, lid)

    def stranger(self, phone: Phone | None, lid: str | None, now: datetime) -> PersonId:
        """Whoever goes by these ids: a known person, or a stranger.

        A stranger's name is made of a keyed hash: in one ledger the same for the same number.
        Raises IdentityClash when number and LID belong to different people, ValueError without
        either.
        """
        known = self.find(phone, lid) or self._new_stranger(phone, lid, now)
        if phone is not None and self._ids.holder(Form.PHONE, phone) is None:
            if self._ids.phone_of(known) is not None:
                raise IdentityClash("LID", known, self._name_for(phone, lid))
            self._ids.give(Form.PHONE, phone, known, now)
        if lid is not None:
            self.learn_lid(known, lid, now)
        return known

    def guest(self, phone: Phone, name: str, now: datetime) -> PersonId:
        """Somebody of no roster who is let in by name: a person like any other from now on.

        Whoever has the number stays who they are, and a stranger is none any more.
        """
        return self.guests({phone: name}, now)[phone]

    def guests(self, names: Mapping[Phone, str], now: datetime) -> Mapping[Phone, PersonId]:
        """The same for many at once. An empty name leaves the one that is known."""
        known = {phone: person for person, phone in self._ids.phones().items()}
        taken = self._ids.everybody()
        kept = self._ids.hashed(Form.PHONE, names.keys() - known.keys())
        found = {
            phone: known.get(phone) or kept.get(phone) or self._free_name(phone, taken)
            for phone in names
        }
        new = {phone: found[phone] for phone in names if phone not in known}
        rows = [
            {"person": person, "name": names[phone], "stranger": False, "known_at": now}
            for phone, person in new.items()
        ]
        insert_new(self._conn, tables.people, rows)
        self._ids.give_all(Form.PHONE, new, now)
        told = [
            {"person_is": found[phone], "name_is": name, "none": None}
            for phone, name in names.items()
            if name
        ]
        if told:
            self._conn.tell(_LET_IN, *told)
        return found

    def _take_lid(self, person: PersonId, holder: PersonId, lid: str) -> None:
        them = self.all()[holder]
        if them.former_of == person:
            self._ids.move_lid(lid, person)
        elif them.stranger and them.phone is None:
            self._succession.become(holder, person)
        else:
            raise IdentityClash("LID", holder, person)

    def _new_stranger(self, phone: Phone | None, lid: str | None, now: datetime) -> PersonId:
        person = self._name_for(phone, lid)
        row = {"person": person, "name": "", "stranger": True, "known_at": now}
        insert_new(self._conn, tables.people, [row])
        self._conn.execute(
            update(tables.people).where(_c.person == person).values(stranger=True, became=None)
        )
        return person

    def _name_for(self, phone: Phone | None, lid: str | None) -> PersonId:
        known_by = phone or lid
        if known_by is None:
            raise ValueError("a stranger is known by a number or by a LID")
        return next(name for name in self._names(known_by) if not self._ids.names(name))

    def _free_name(self, known_by: str, taken: set[PersonId]) -> PersonId:
        """The same for one of many: the next one finds it taken."""
        found = next(name for name in self._names(known_by) if name not in taken)
        taken.add(found)
        return found

    def _names(self, known_by: str) -> Iterator[PersonId]:
        return (PersonId(f"x-{self._pseudonyms.of(f'{known_by}/{n}')}") for n in count())


def _everyone(rows: Rows) -> Mapping[PersonId, Identity]:
    return MappingProxyType(
        {
            PersonId(person): _identity(list(theirs))
            for person, theirs in groupby(rows, key=lambda row: row[0])
        }
    )


_NO_LIDS: frozenset[str] = frozenset()
_LET_IN = Words(
    update(tables.people)
    .where(_c.person == bindparam("person_is"), _c.former_of.is_(None))
    .values(stranger=False, name=bindparam("name_is"), became=bindparam("none"))
)
_EVERYONE = Query(_ALL, _everyone)
_BY_ID: Query[Mapping[str, PersonId]] = Query(
    _ALL,
    lambda rows: MappingProxyType({row[-1]: PersonId(row[0]) for row in rows if row[4] == PEOPLE}),
)


def _identity(rows: Sequence[Sequence[Any]]) -> Identity:
    """One person from their rows, which differ only in the number or LID they carry, if any."""
    person, name, former_of, stranger, *_ = rows[0]
    person, name = PersonId(intern(person)), intern(name)  # the roster in force says the same
    ids = [(form, value) for *_, realm, form, value in rows if realm == PEOPLE]
    phones = (value for form, value in ids if form == Form.PHONE)
    lids = frozenset(value for form, value in ids if form == Form.LID) or _NO_LIDS
    hashed = any(row[4] == HASHED for row in rows)
    return Identity(person, next(phones, None), lids, name, former_of, stranger, hashed)
