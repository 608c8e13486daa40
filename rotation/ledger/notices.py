"""What was said, and to whom: a notice or invite once per person and occurrence, whatever fails.

A notice is claimed in the transaction that writes its attempt, so one that may have been sent is
never sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from rotation.core.facts import Kind
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.errors import AlreadySaid
from rotation.ledger.transaction import Query, Rows, Transaction

_c = tables.notices.c
_OF_ANY_KIND = or_(*(_c.kind == kind for kind in Kind))  # the primary key leads with the kind
_Said: TypeAlias = dict[tuple[Kind, PersonId, str], datetime]


def _made(rows: Rows) -> _Said:
    return {(kind, PersonId(person), key): at for kind, person, key, at in rows}


_SAID = Query(
    select(_c.kind, _c.person, _c.key, func.coalesce(_c.concluded_at, _c.claimed_at)).where(
        _OF_ANY_KIND, _c.group == bindparam("group_is")
    ),
    _made,
)


class Notices:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def claim(
        self,
        group: GroupId,
        kind: Kind,
        keys: Mapping[PersonId, str],
        attempt: int,
        now: datetime,
    ) -> None:
        """The attempt speaks of these people, each with the key of their occurrence.

        Raises AlreadySaid, with nothing claimed, when any of it was claimed before.
        """
        said = self.concluded(group)
        if again := tuple(person for person, key in keys.items() if (kind, person, key) in said):
            raise AlreadySaid(again)
        about = {"kind": kind, "group": group, "attempt": attempt, "claimed_at": now}
        rows = [{**about, "person": person, "key": key} for person, key in keys.items()]
        if rows:
            self._conn.execute(insert(tables.notices), rows)

    def conclude(self, attempt: int, at: datetime, outcome: str) -> None:
        """The attempt is over, however it went. What is concluded already stays."""
        self._conn.execute(
            update(tables.notices)
            .where(_c.attempt == attempt, _c.concluded_at.is_(None))
            .values(concluded_at=at, outcome=outcome)
        )

    def concluded(self, group: GroupId) -> _Said:
        """What was claimed in the group, and when it was concluded.

        While its call is open, a claim counts from when it was made: it is not made again.
        """
        return dict(self._conn.ask(_SAID, group_is=group))

    def foresee(self, groups: Sequence[GroupId]) -> None:
        self._conn.foresee(_SAID, groups)

    def forget(self, before: datetime) -> int:
        """Drop what was claimed before an instant; returns how many.

        Keep it well before any occurrence that could still end.
        """
        return self._conn.execute(delete(tables.notices).where(_c.claimed_at < before)).rowcount
