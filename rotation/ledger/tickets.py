"""Tickets: cases of one group each, open or resolved."""

from datetime import datetime

from sqlalchemy import bindparam, insert, update

from rotation.core.facts import Ticket
from rotation.core.roster import GroupId
from rotation.ledger import tables
from rotation.ledger.rows import Shape
from rotation.ledger.transaction import Transaction

_c = tables.tickets.c
_TICKET = Shape(Ticket, tables.tickets)
_UNSWEPT = _TICKET.many(
    _TICKET.query.where(_c.resolved_at.is_not(None), _c.swept_at.is_(None)).order_by(_c.ticket)
)
_ONE = _TICKET.one(_TICKET.query.where(_c.ticket == bindparam("ticket_is")))


class Tickets:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def get(self, ticket: str) -> Ticket | None:
        return self._conn.ask(_ONE, ticket_is=ticket)

    def all(self) -> list[Ticket]:
        """Every ticket, by name."""
        return _TICKET.all(self._conn, _TICKET.query.order_by(_c.ticket))

    def open(self, ticket: str, group: GroupId, author: str, now: datetime) -> None:
        """There is a new ticket of `group`. One that is known belongs to its group for ever."""
        self._conn.execute(insert(tables.tickets), _TICKET.row(Ticket(ticket, group, now, author)))

    def unswept(self) -> list[Ticket]:
        """Those resolved since when nobody has looked yet whom they take along."""
        return self._conn.ask(_UNSWEPT)

    def swept(self, ticket: str, at: datetime) -> None:
        self._conn.execute(update(tables.tickets).where(_c.ticket == ticket).values(swept_at=at))

    def resolve(self, ticket: str, author: str, why: str, role: str, now: datetime) -> bool:
        """False where it was resolved already, or there is none."""
        is_open = (_c.ticket == ticket) & _c.resolved_at.is_(None)
        done = self._conn.execute(
            update(tables.tickets)
            .where(is_open)
            .values(resolved_at=now, resolved_by=author, why=why, role=role)
        )
        return done.rowcount > 0

    def reopen(self, ticket: str) -> None:
        self._conn.execute(
            update(tables.tickets)
            .where(_c.ticket == ticket)
            .values(resolved_at=None, resolved_by="", why="", role="", swept_at=None)
        )
