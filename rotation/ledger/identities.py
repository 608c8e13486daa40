"""The one table in which numbers and LIDs stand, and who goes by them.

A realm says on whose word an id counts: `people` (in force), `own/<account>` (our own number) or
`held/<digest>` (named by a roster version that waits for a person). Within a realm an id belongs
to one holder. Erasing somebody is deleting their rows here; under `hashed` a keyed hash is kept of
the ids of leavers who were forgotten.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from rotation.core.roster import AccountId, PersonId, Phone
from rotation.ledger import tables
from rotation.ledger.pseudonyms import Pseudonyms
from rotation.ledger.rows import insert_new
from rotation.ledger.transaction import Query, Transaction

PEOPLE, HASHED = "people", "hashed"


class Form(StrEnum):
    PHONE = "phone"
    LID = "lid"
    ID = "id"  # one of our own, in whatever form the chat uses


def own_realm(account: AccountId) -> str:
    return f"own/{account}"


def held_realm(digest: str) -> str:
    return f"held/{digest}"


_c = tables.identities.c
_HOLDER: Query[PersonId | None] = Query(
    select(_c.holder).where(
        _c.realm == bindparam("realm_is"),
        _c.form == bindparam("form_is"),
        _c.value == bindparam("value_is"),
    ),
    lambda rows: PersonId(rows[0][0]) if rows else None,
)
_REALM = Query(
    select(_c.holder, _c.value).where(
        _c.realm == bindparam("realm_is"), _c.form == bindparam("form_is")
    ),
    lambda rows: tuple((PersonId(holder), str(value)) for holder, value in rows),
)


class Identities:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def holder(self, form: Form, value: str) -> PersonId | None:
        return self._conn.ask(_HOLDER, realm_is=PEOPLE, form_is=form, value_is=value)

    @property
    def ways(self) -> tuple[Callable[[Form, str], PersonId | None], ...]:
        """To find out who goes by an id: it stands here, or its hash does."""
        return self.holder, lambda form, value: self.hashed(form, (value,)).get(value)

    def hashed(self, form: Form, values: Iterable[str]) -> dict[str, PersonId]:
        """Of which ids only a hash is kept, and whose they are."""
        kept = {value: holder for holder, value in
                self._conn.ask(_REALM, realm_is=HASHED, form_is=form)}  # fmt: skip
        if not kept:
            return {}
        names = Pseudonyms(self._conn)
        found = {value: kept.get(names.whole(value)) for value in values}
        return {value: holder for value, holder in found.items() if holder is not None}

    def erase(self, person: PersonId, *, keeps_hash: bool) -> int:
        """Nobody goes by the ids of `person` any more; how many there were."""
        theirs = (_c.realm == PEOPLE) & (_c.holder == person)
        rows = self._conn.execute(select(_c.form, _c.value, _c.learned_at).where(theirs)).all()
        self._conn.execute(delete(tables.identities).where(theirs))
        if keeps_hash and rows:
            names = Pseudonyms(self._conn)
            hashes = [
                {
                    "realm": HASHED, "form": form, "value": names.whole(value),
                    "holder": person, "learned_at": at,
                }
                for form, value, at in rows
            ]  # fmt: skip
            insert_new(self._conn, tables.identities, hashes)
        return len(rows)

    def phones(self, realm: str = PEOPLE) -> dict[PersonId, Phone]:
        found = self._conn.ask(_REALM, realm_is=realm, form_is=Form.PHONE)
        return {holder: Phone(value) for holder, value in found}

    def phone_of(self, person: PersonId) -> Phone | None:
        found = self._conn.execute(
            select(_c.value).where(_c.realm == PEOPLE, _c.form == Form.PHONE, _c.holder == person)
        ).scalar()
        return None if found is None else Phone(found)

    def everybody(self) -> set[PersonId]:
        """Every name that somebody goes by."""
        held = select(_c.holder).where(_c.realm == PEOPLE).distinct()
        return set(map(PersonId, self._conn.execute(held).scalars()))

    def names(self, person: PersonId) -> bool:
        """Whether anybody goes by this name."""
        held = select(_c.value).where(_c.realm == PEOPLE, _c.holder == person)
        return self._conn.execute(held.limit(1)).first() is not None

    def give(self, form: Form, value: str, holder: PersonId, now: datetime) -> None:
        self._put(PEOPLE, form, {value: holder}, now)

    def give_all(self, form: Form, holders: Mapping[Phone, PersonId], now: datetime) -> None:
        self._put(PEOPLE, form, holders, now)

    def move(self, old: PersonId, new: PersonId) -> None:
        """Every id of `old` is `new`'s from now on."""
        self._conn.execute(
            update(tables.identities)
            .where(_c.realm.in_((PEOPLE, HASHED)), _c.holder == old)
            .values(holder=new)
        )

    def move_lid(self, lid: str, new: PersonId) -> None:
        self._conn.execute(
            update(tables.identities)
            .where(_c.realm == PEOPLE, _c.form == Form.LID, _c.value == lid)
            .values(holder=new)
        )

    def set_own(self, account: AccountId, ids: frozenset[str], at: datetime | None) -> None:
        realm = own_realm(account)
        if self.own(account) != ids:
            self.clear(realm)
            self._put(realm, Form.ID, dict.fromkeys(ids, account), at)

    def own(self, account: AccountId) -> frozenset[str]:
        found = self._conn.ask(_REALM, realm_is=own_realm(account), form_is=Form.ID)
        return frozenset(value for _, value in found)

    def propose(self, digest: str, phones: Mapping[PersonId, Phone], now: datetime) -> None:
        """Keep the numbers of a version held back, until it is released or set aside."""
        realm = held_realm(digest)
        self.clear(realm)
        self._put(realm, Form.PHONE, {phone: who for who, phone in phones.items()}, now)

    def clear(self, realm: str) -> None:
        self._conn.execute(delete(tables.identities).where(_c.realm == realm))

    def _put(self, realm: str, form: Form, holders: Mapping[Any, str], at: datetime | None) -> None:
        rows = [
            {"realm": realm, "form": form, "value": value, "holder": who, "learned_at": at}
            for value, who in holders.items()
        ]
        if rows:
            self._conn.execute(insert(tables.identities), rows)
