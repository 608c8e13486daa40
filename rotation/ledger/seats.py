"""Seats: one person in one group, what was last seen there, and what is being done about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, select

from rotation.core.facts import Kind, Seat, Seen
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.errors import Unreadable
from rotation.ledger.rows import Shape, upsert
from rotation.ledger.transaction import Transaction

_NEVER = datetime.min.replace(tzinfo=UTC)

_c = tables.seats.c
_SEAT = Shape(Seat, tables.seats)
_ALL = _SEAT.query.order_by(_c.group, _c.person)
_OF_GROUP = _SEAT.many(_SEAT.query.where(_c.group == bindparam("group_is")).order_by(_c.person))
_HAVE_OPEN = _SEAT.query.where(_c.op == bindparam("op_is")).order_by(_c.group, _c.person)
_OPEN = _SEAT.many(_HAVE_OPEN)
_OF_LEAVERS = _SEAT.query.where(
    _c.seen == Seen.IN,
    _c.person.in_(
        select(tables.leavers.c.person).where(
            tables.leavers.c.reinstated_at.is_(None), tables.leavers.c.team == ""
        )
    ),
).order_by(_c.group, _c.person)
_LEAVERS = _SEAT.many(_OF_LEAVERS)
_HAVE_STRUCK = _SEAT.query.where(_c.op.is_not(None), _c.strikes >= bindparam("at_least"))
_STRUCK = _SEAT.many(_HAVE_STRUCK)
_PLACES = select(_c.group, _c.seen, _c.op).where(_c.person == bindparam("person_is"))
_OF_PERSON = _SEAT.query.where(_c.person == bindparam("person_is")).order_by(_c.group)


class Seats:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of(self, group: GroupId) -> dict[PersonId, Seat]:
        return {s.person: s for s in self._conn.ask(_OF_GROUP, group_is=group)}

    def of_person(self, person: PersonId) -> dict[GroupId, Seat]:
        return {s.group: s for s in _SEAT.all(self._conn, _OF_PERSON, {"person_is": person})}

    def places_of(self, person: PersonId) -> dict[GroupId, tuple[Seen, Kind | None]]:
        """Where somebody is seen, or not, and what is open there; they may be in very many."""
        rows = self._conn.execute(_PLACES, {"person_is": person}).all()
        return {GroupId(group): (seen, op) for group, seen, op in rows}

    def all(self) -> list[Seat]:
        """Every seat that can be read."""
        try:
            return _SEAT.all(self._conn, _ALL)  # may be very many, so nobody keeps them
        except Unreadable:
            return _SEAT.legible(self._conn, _ALL)

    def open(self, op: Kind) -> list[Seat]:
        """The seats that have this difference open, and can be read."""
        try:
            return list(self._conn.ask(_OPEN, op_is=op))
        except Unreadable:
            return _SEAT.legible(self._conn, _HAVE_OPEN, {"op_is": op})

    def of_leavers(self) -> list[Seat]:
        """Where who may be in no group at all is still seen, as far as it can be read."""
        try:
            return list(self._conn.ask(_LEAVERS))
        except Unreadable:
            return _SEAT.legible(self._conn, _OF_LEAVERS)

    def struck(self, at_least: int) -> list[Seat]:
        """The seats with an open difference that was undone so often, and that can be read."""
        try:
            return list(self._conn.ask(_STRUCK, at_least=at_least))
        except Unreadable:
            return _SEAT.legible(self._conn, _HAVE_STRUCK, {"at_least": at_least})

    def foresee(self, groups: Sequence[GroupId]) -> None:
        self._conn.foresee(_OF_GROUP, groups)

    def save(self, *seats: Seat) -> None:
        """Keep each seat as it now is; of two for the same place the last one stays."""
        of_groups: dict[GroupId, list[Seat]] = {}
        for seat in seats:
            of_groups.setdefault(seat.group, []).append(seat)
        known = {group: self._conn.known(_OF_GROUP, group_is=group) for group in of_groups}
        upsert(self._conn, tables.seats, map(_SEAT.row, seats), later=True)
        for group, mine in of_groups.items():
            before = known[group]
            if before is not None and all(map(_SEAT.comes_back, mine)):
                theirs = {s.person: s for s in (*before[0], *mine)}
                now = [theirs[person] for person in sorted(theirs)]
                self._conn.knows(_OF_GROUP, now, group_is=group)

    def drop(self, group: GroupId, person: PersonId) -> None:
        self._conn.execute(delete(tables.seats).where(_c.group == group, _c.person == person))

    def move(self, old: PersonId, new: PersonId) -> None:
        """Everything known of `old`'s seats is from now on known of `new`'s."""
        theirs = self.of_person(new)
        for group, seat in self.of_person(old).items():
            moved = replace(seat, person=new)
            self.save(united(theirs[group], moved) if group in theirs else moved)
            self.drop(group, old)


def is_lived_in(seat: Seat) -> bool:
    """Somebody is, may be, or may yet appear in this seat, so it cannot simply be forgotten."""
    return seat.seen is Seen.IN or seat.managed_since is not None or seat.in_doubt


def united(mine: Seat, other: Seat) -> Seat:
    """Two seats that turn out to be one person's.

    What was seen in is in, else the later sight counts; the work on hand is `mine`, and doubts of
    either stay.
    """
    sight = max(mine, other, key=lambda s: (s.seen is Seen.IN, s.seen_at or _NEVER))
    return replace(
        mine,
        seen=sight.seen,
        role=sight.role,
        seen_at=sight.seen_at,
        managed_since=min(_known(mine.managed_since, other.managed_since), default=None),
        in_doubt=mine.in_doubt or other.in_doubt,
        watch_until=max(_known(mine.watch_until, other.watch_until), default=None),
        settle_at=max(_known(mine.settle_at, other.settle_at), default=None),
    )


def _known(*instants: datetime | None) -> list[datetime]:
    return [at for at in instants if at is not None]
