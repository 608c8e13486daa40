"""Rosters: every version ever stored, which one is in force, and which one waits for a person.

A version is kept as people wrote it but for the numbers, which stand in `identities`; those of a
version held back wait there too, under its digest.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, get_type_hints
from weakref import WeakValueDictionary

from sqlalchemy import Select, insert, select, update

from rotation.core.roster import Group, Person, PersonId, Phone, Policy, Roster
from rotation.ledger import tables
from rotation.ledger.changes import DutyChanges
from rotation.ledger.errors import NotHeld, UnknownSchema
from rotation.ledger.identities import Identities, held_realm
from rotation.ledger.plain import UnknownField, canonical, codec, read
from rotation.ledger.rows import insert_new
from rotation.ledger.succession import Succession, refuse_shared
from rotation.ledger.transaction import Query, Transaction

_NO_PHONE = Phone("")


class Standing(StrEnum):
    """What became of a stored version."""

    IN_FORCE = "in force"
    PAST = "past"
    HELD = "held"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class RosterVersion:
    """A stored version. `adopted_at` None: never in force. `why`: why it was held back."""

    digest: str
    adopted_at: datetime | None
    zone_data: str
    state: Standing
    stored_at: datetime
    why: str = ""


_c = tables.roster_versions.c
_HELD = _c.adopted_at.is_(None) & _c.set_aside_at.is_(None)
_NEWEST_FIRST = _c.id.desc()
_BODY: Select[Any] = select(tables.roster_versions, tables.rosters.c.body).join_from(
    tables.roster_versions, tables.rosters
)

# By order of adoption: a clock set back can't revive an old version.
_NEWEST = _BODY.where(_c.adopted_at.is_not(None)).order_by(_NEWEST_FIRST).limit(1)
_ZONE_DATA = select(_c.zone_data).where(_c.adopted_at.is_not(None)).order_by(_NEWEST_FIRST).limit(1)
_DIGEST: Query[str | None] = Query(
    select(_c.digest).where(_c.adopted_at.is_not(None)).order_by(_NEWEST_FIRST).limit(1),
    lambda rows: rows[0][0] if rows else None,
)


class Rosters:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn
        self._ids = Identities(conn)
        self._changes = DutyChanges(conn)

    def adopt(self, roster: Roster, digest: str, now: datetime, zone_data: str) -> str:
        """The roster is in force from `now`; a version held back is set aside. Returns `digest`.

        With the digest and zone data already in force only the people's numbers are looked at.
        Raises IdentityClash when two people share a number.
        """
        Succession(self._conn).register(tuple(roster.people.values()), now)
        self._set_aside(now)
        newest = self._conn.execute(_NEWEST).first()
        if newest is None or (newest.digest, newest.zone_data) != (digest, zone_data):
            self._store(roster, digest, now)
            self._add(digest, now, zone_data, adopted_at=now)
        return digest

    def hold_back(
        self, roster: Roster, digest: str, now: datetime, zone_data: str, why: str
    ) -> None:
        """Keep the version for a person to release; the one in force stays.

        A version held back before is set aside. Raises IdentityClash when two people share a
        number.
        """
        people = roster.people.values()
        refuse_shared(people)
        self._set_aside(now)
        self._store(roster, digest, now)
        self._ids.propose(digest, {p.id: p.phone for p in people}, now)
        self._add(digest, now, zone_data, why=why)

    def held(self) -> tuple[str, Roster, str] | None:
        """The version that waits for a person, and why: (digest, roster, why)."""
        row = self._conn.execute(_BODY.where(_HELD).order_by(_NEWEST_FIRST).limit(1)).first()
        if row is None:
            return None
        phones = self._ids.phones(held_realm(row.digest))
        return row.digest, _with_phones(row.body, phones), row.why

    def release(self, digest: str, now: datetime) -> None:
        """The version held back is in force from `now`. Raises NotHeld when it isn't held."""
        found = self.held()
        if found is None or found[0] != digest:
            raise NotHeld(f"no roster version {digest} is held back; see `rotation holds`")
        Succession(self._conn).register(tuple(found[1].people.values()), now)
        self._ids.clear(held_realm(digest))
        self._conn.execute(
            update(tables.roster_versions).where(_HELD, _c.digest == digest).values(adopted_at=now)
        )

    def in_force(self, at: datetime | None = None) -> tuple[str, Roster] | None:
        """The version in force at an instant, with the changes of duty by command laid over it.

        By default the newest one. The digest of a roster with such changes is that of its version,
        and the number of their revision behind a plus.
        """
        found = self.written(at)
        if found is None or not (revision := self._changes.revision()):
            return found
        return f"{found[0]}+{revision}", self._changes.laid_over(found[1])

    def written(self, at: datetime | None = None) -> tuple[str, Roster] | None:
        """The version in force at an instant, as the files said it; by default the newest one.

        People carry the numbers they have now; someone without one (erased, or taken over by
        another) has an empty one.
        """
        row = self._conn.execute(_NEWEST if at is None else _adopted(at)).first()
        return None if row is None else (row.digest, _with_phones(row.body, self._ids.phones()))

    def digest(self) -> str | None:
        """The digest of what is in force, for whoever knows the roster by it already."""
        found = self._conn.ask(_DIGEST)
        revision = self._changes.revision() if found else ""
        return f"{found}+{revision}" if revision else found

    def version(self) -> str | None:
        """The digest of the files that are in force."""
        return self._conn.ask(_DIGEST)

    def zone_data(self) -> str | None:
        """The zone data under which the version in force was last adopted."""
        found: str | None = self._conn.execute(_ZONE_DATA).scalar()
        return found

    def versions(self) -> list[RosterVersion]:
        """Every version, newest first."""
        rows = self._conn.execute(select(tables.roster_versions).order_by(_NEWEST_FIRST)).all()
        newest = next((row.id for row in rows if row.adopted_at is not None), None)
        return [
            RosterVersion(
                row.digest,
                row.adopted_at,
                row.zone_data,
                _standing(row.adopted_at, row.set_aside_at, is_newest=row.id == newest),
                row.stored_at,
                row.why,
            )
            for row in rows
        ]

    def forget(self, person: PersonId) -> int:
        """Of the person the stored versions say the key from now on; in how many they stood."""
        c, count = tables.rosters.c, 0
        named = c.body.contains(canonical(person), autoescape=True)
        for digest, body in self._conn.execute(select(c.digest, c.body).where(named)).all():
            roster = _parsed(body)
            known, blank = roster.people.get(person), Person(person, person, _NO_PHONE)
            if known not in {None, blank}:
                text = _text_of(replace(roster, people={**roster.people, person: blank}))
                change = update(tables.rosters).where(c.digest == digest).values(body=text)
                count += self._conn.execute(change).rowcount
        return count

    def _store(self, roster: Roster, digest: str, now: datetime) -> None:
        """Keep the text of a version once; coming back to an old version adds no second copy."""
        row = {"digest": digest, "body": _text_of(roster), "stored_at": now}
        insert_new(self._conn, tables.rosters, [row])

    def _add(
        self,
        digest: str,
        now: datetime,
        zone_data: str,
        *,
        adopted_at: datetime | None = None,
        why: str = "",
    ) -> None:
        self._conn.execute(
            insert(tables.roster_versions).values(
                digest=digest, stored_at=now, adopted_at=adopted_at, zone_data=zone_data, why=why
            )
        )

    def _set_aside(self, now: datetime) -> None:
        waiting = self._conn.execute(select(_c.digest).where(_HELD)).scalars().all()
        for digest in waiting:
            self._ids.clear(held_realm(digest))
        if waiting:
            self._conn.execute(update(tables.roster_versions).where(_HELD).values(set_aside_at=now))


def _adopted(at: datetime) -> Select[Any]:
    return _NEWEST.where(_c.adopted_at <= at)


def _standing(
    adopted_at: datetime | None, set_aside_at: datetime | None, *, is_newest: bool
) -> Standing:
    if adopted_at is not None:
        return Standing.IN_FORCE if is_newest else Standing.PAST
    return Standing.HELD if set_aside_at is None else Standing.SET_ASIDE


def _text_of(roster: Roster) -> str:
    """The canonical text of a roster without numbers.

    Written entry by entry: in its plain form all of it would be many times as large.
    """
    numberless = {who: replace(p, phone=_NO_PHONE) for who, p in roster.people.items()}
    return "".join(_pieces(replace(roster, people=numberless)))


def _pieces(roster: Roster) -> Iterator[str]:
    for n, (name, kind) in enumerate(sorted(get_type_hints(Roster).items())):
        found, dump = getattr(roster, name), codec(kind).dump
        yield f'{"," if n else "{"}"{name}":'
        if isinstance(found, Mapping):
            for m, key in enumerate(sorted(found)):
                yield f"{',' if m else '{'}{canonical(dump({key: found[key]}))[1:-1]}"
            yield "}" if found else "{}"
        else:
            yield canonical(dump(found))
    yield "}"


_FILLED: WeakValueDictionary[tuple[int, int, int], Roster] = WeakValueDictionary()
"""What somebody has in hand of stored texts, so that nobody is given a second copy.

By a text's length and hash and that of the numbers in it, which are as good as these themselves and
needn't be kept: they have megabytes.
"""
_FILLING = threading.Lock()


def _with_phones(body: str, phones: Mapping[PersonId, Phone]) -> Roster:
    key = len(body), hash(body), hash(frozenset(phones.items()))
    with _FILLING:  # whoever comes meanwhile gets what is made here
        known = _FILLED.get(key)
        if known is None:
            roster = _parsed(body)
            people: dict[PersonId, Person] = {
                who: replace(person, phone=phones.get(who, _NO_PHONE))
                for who, person in roster.people.items()
            }
            known = _FILLED[key] = replace(roster, people=people)
    return known


def _parsed(body: str) -> Roster:
    try:
        roster: Roster = read(Roster, body, early=Group, shared=Policy)
    except UnknownField as trouble:
        raise UnknownSchema(
            f"a stored roster version was written by a newer rotation ({trouble}); install that one"
        ) from trouble
    return roster
