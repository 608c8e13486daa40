"""Who was last active in a group, and by what: of people who have a name here, and of no others.

And how far the webhooks that tell of it were heard.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from rotation.core.facts import Silence
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.core.silence import ARRIVED, Hearing
from rotation.ledger import tables
from rotation.ledger.errors import Unreadable
from rotation.ledger.rows import Shape, insert_new, upsert
from rotation.ledger.transaction import Query, Rows, Transaction


@dataclass(frozen=True, slots=True)
class LastActive:
    """The newest thing that somebody did in a group: a message, a reaction or a poll.

    Or, as long as they did nothing, that they were `seen` to be in it.
    """

    group: GroupId
    person: PersonId
    doing: str
    at: datetime


_c = tables.activity.c
_LAST = Shape(LastActive, tables.activity)
_h = tables.hearing.c


def _made(rows: Rows) -> Hearing:
    return Hearing(*rows[0]) if rows else Hearing()


_IN_GROUP = _LAST.query.where(_c.group == bindparam("group_is"))
_ACTIVE = _LAST.many(_IN_GROUP)
_SILENCE = Shape(Silence, tables.silences)
_s = tables.silences.c
_OF_GROUP = _SILENCE.query.where(_s.group == bindparam("group_is"))
_SILENCES = _SILENCE.many(_OF_GROUP)
_HEARING: Query[Hearing] = Query(
    select(*(_h[name] for name in Hearing._fields)).where(_h.account == bindparam("account_is")),
    _made,
)


class Activity:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of(self, group: GroupId) -> dict[PersonId, LastActive]:
        asked = {"group_is": group}
        try:
            found = self._conn.ask(_ACTIVE, **asked)
        except Unreadable:
            found = _LAST.legible(self._conn, _IN_GROUP, asked)
        return {one.person: one for one in found}

    def note(self, seen: Iterable[LastActive]) -> None:
        """Keep the newest of each person and group, in whatever order they are told."""
        newest: dict[tuple[GroupId, PersonId], LastActive] = {}
        for one in sorted(seen, key=_order):
            newest[one.group, one.person] = one
        known = {group: self.of(group) for group in {group for group, _ in newest}}
        news = [
            one
            for (group, person), one in newest.items()
            if person not in known[group] or _order(known[group][person]) < _order(one)
        ]
        upsert(self._conn, tables.activity, map(_LAST.row, news))

    def arrived(self, group: GroupId, people: Iterable[PersonId], at: datetime) -> None:
        """These are inside, and it is not known since when: from now on they can be heard."""
        new = (LastActive(group, person, ARRIVED, at) for person in sorted(people))
        insert_new(self._conn, tables.activity, map(_LAST.row, new))

    def hearing(self, account: AccountId) -> Hearing:
        """How far webhooks were heard; where that cannot be read, nothing is known of it."""
        try:
            return self._conn.ask(_HEARING, account_is=account)
        except Unreadable:
            return Hearing()

    def hears(self, account: AccountId, hearing: Hearing) -> None:
        upsert(self._conn, tables.hearing, [{"account": account, **hearing._asdict()}])

    def silences(self, group: GroupId) -> dict[PersonId, Silence]:
        """Who was found silent in a group where the silent leave."""
        try:
            found = self._conn.ask(_SILENCES, group_is=group)
        except Unreadable:
            found = _SILENCE.legible(self._conn, _OF_GROUP, {"group_is": group})
        return {one.person: one for one in found}

    def foresee(self, groups: Sequence[GroupId]) -> None:
        """Those who were found silent."""
        self._conn.foresee(_SILENCES, groups)

    def all_silences(self) -> list[Silence]:
        return _SILENCE.legible(self._conn, _SILENCE.query)

    def found_silent(self, silences: Iterable[Silence]) -> None:
        upsert(self._conn, tables.silences, map(_SILENCE.row, silences))

    def forget_silences(self, group: GroupId, people: Iterable[PersonId]) -> None:
        theirs = (_s.group == group) & _s.person.in_(sorted(people))
        self._conn.execute(delete(tables.silences).where(theirs))

    def move(self, old: PersonId, new: PersonId) -> None:
        """What `old` did, `new` did."""
        theirs = _LAST.legible(self._conn, _LAST.query.where(_c.person == old))
        self._conn.execute(delete(tables.activity).where(_c.person == old))
        self._conn.execute(delete(tables.silences).where(_s.person == old))
        self.note(LastActive(o.group, new, o.doing, o.at) for o in theirs)


def _order(one: LastActive) -> tuple[datetime, str]:
    return one.at, one.doing
