"""Changes of duty by command: who is on duty for whom, on top of what the files say."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, update

from rotation.core.roster import Change, PersonId, Roster, shift_of
from rotation.ledger import tables
from rotation.ledger.meta import Meta
from rotation.ledger.rows import Shape
from rotation.ledger.transaction import Transaction

_c = tables.changes.c
_CHANGE = Shape(Change, tables.changes)
_ALL = _CHANGE.many(_CHANGE.query.order_by(_c.id))
_REVISION = "changes_revision"


@dataclass(frozen=True, slots=True)
class News:
    """What somebody is to be told of their duty."""

    id: int
    person: PersonId
    text: str
    made_at: datetime


_NEWS = Shape(News, tables.duty_news)
_UNTOLD = _NEWS.many(_NEWS.query.order_by(tables.duty_news.c.id))


class DutyChanges:
    """In the order they were made in. Each of them alters the roster in force."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def make(self, change: Change, now: datetime) -> Change:
        """Keep a change, which holds from `now` on."""
        facts = {**_CHANGE.row(replace(change, made_at=now, ended_at=None))}
        del facts["id"]
        new: int = self._conn.execute(insert(tables.changes).returning(_c.id), facts).scalar_one()
        self._altered()
        return replace(change, id=new, made_at=now, ended_at=None)

    def end(self, id: int, now: datetime) -> bool:  # noqa: A002 - its name
        """Undo a change from `now` on; False when there is none, or it was undone before."""
        done = self._conn.execute(
            update(tables.changes).where(_c.id == id, _c.ended_at.is_(None)).values(ended_at=now)
        )
        if done.rowcount:
            self._altered()
        return done.rowcount > 0

    def all(self) -> tuple[Change, ...]:
        return tuple(self._conn.ask(_ALL))

    def revision(self) -> str:
        """Names what all of them say together; empty as long as there never was one."""
        return Meta(self._conn).get(_REVISION) or ""

    def laid_over(self, roster: Roster) -> Roster:
        """The roster of the files, changed by command: whatever is about what it still names."""
        found = tuple(c for c in self.all() if _is_about(roster, c))
        return replace(roster, changes=(*roster.changes, *found)) if found else roster

    def to_tell(self, person: PersonId, text: str, now: datetime) -> None:
        """Somebody is to hear of a change."""
        row = {"person": person, "text": text, "made_at": now}
        self._conn.execute(insert(tables.duty_news), row)

    def untold(self) -> tuple[News, ...]:
        """What people are still to be told, oldest first."""
        return tuple(self._conn.ask(_UNTOLD))

    def told(self, news: News) -> None:
        """It is claimed, before it is sent: it is said once, whatever comes of it."""
        table = tables.duty_news
        self._conn.execute(delete(table).where(table.c.id == news.id))

    def _altered(self) -> None:
        Meta(self._conn).put(_REVISION, str(int(self.revision() or 0) + 1))


def _is_about(roster: Roster, change: Change) -> bool:
    shifts = {change.shift, *map(shift_of, filter(None, (change.occurrence,
                                                         change.for_occurrence)))}  # fmt: skip
    return (
        change.person in roster.people
        and (change.other is None or change.other in roster.people)
        and all(s is None or s in roster.shifts for s in shifts)
    )
