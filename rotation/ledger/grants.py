"""Grants: people in, or out, of a group by hand for a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, or_, update

from rotation.core.facts import Effect, Grant, Subscription
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.rows import Shape
from rotation.ledger.transaction import Transaction, Words

_c = tables.grants.c
_GRANT = Shape(Grant, tables.grants)
_THEIRS = _GRANT.query.where(_c.group == bindparam("group_is")).order_by(_c.id)
_OF_GROUP = _GRANT.many(_THEIRS)
_NOT_OVER = _GRANT.many(
    _THEIRS.where(
        or_(_c.until.is_(None), _c.until >= bindparam("since")),
        or_(_c.ended_at.is_(None), _c.ended_at >= bindparam("since")),
    )
)
_OF_TICKET = _GRANT.many(_GRANT.query.where(_c.ticket == bindparam("ticket_is")).order_by(_c.id))
_MADE = Words(insert(tables.grants), [c.name for c in _c if c.name != "id"])
_END_SUBSCRIBED = Words(
    update(tables.grants)
    .where(
        _c.subscription == bindparam("key_is"),
        _c.ended_at.is_(None),
        or_(_c.until.is_(None), _c.until > bindparam("at")),
    )
    .values(ended_at=bindparam("at"))
)
_ONE = _GRANT.one(_GRANT.query.where(_c.id == bindparam("id_is")))


class Grants:
    """Lists are in the order the grants were made in."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def make(  # noqa: PLR0913 - a grant is these facts
        self,
        *,
        group: GroupId,
        person: PersonId,
        effect: Effect,
        starts: datetime,
        until: datetime | None,
        duty: bool,
        reason: str,
        author: str,
        now: datetime,
        together: str = "",
        ticket: str = "",
        subscription: str = "",
    ) -> Grant:
        """Make a grant. `together` is one name for grants made, and undone, as one."""
        facts = {
            "group": group,
            "person": person,
            "effect": effect,
            "starts": starts,
            "until": until,
            "duty": duty,
            "reason": reason,
            "author": author,
            "made_at": now,
            "together": together,
            "ticket": ticket,
            "subscription": subscription,
        }
        new = self._conn.execute(
            insert(tables.grants).returning(*_GRANT.query.selected_columns), facts
        ).one()
        return Grant(*new)

    def subscribe(self, subscriptions: Iterable[Subscription], reason: str, now: datetime) -> None:
        """From now on each of these people may be in until their subscription ends."""
        rows = [
            {
                "group": one.group,
                "person": one.person,
                "effect": Effect.IN,
                "starts": now,
                "until": one.until,
                "duty": False,
                "reason": reason,
                "author": one.author,
                "made_at": now,
                "ended_at": None,
                "together": "",
                "ticket": "",
                "subscription": one.key,
            }
            for one in subscriptions
        ]
        if rows:
            self._conn.tell(_MADE, *rows)

    def unsubscribe(self, keys: Iterable[str], now: datetime) -> None:
        """What these subscriptions gave ends now."""
        rows = [{"key_is": key, "at": now} for key in keys]
        if rows:
            self._conn.tell(_END_SUBSCRIBED, *rows)

    def of(self, group: GroupId, since: datetime | None = None) -> list[Grant]:
        """The group's grants, without those that ended before `since`."""
        if since is None:
            return list(self._conn.ask(_OF_GROUP, group_is=group))
        found = self._conn.ask(_NOT_OVER, group_is=group, since=_hour(since))
        return [grant for grant in found if not _is_over(grant, since)]

    def foresee(self, groups: Sequence[GroupId], since: datetime) -> None:
        self._conn.foresee(_NOT_OVER, groups, since=_hour(since))

    def get(self, id: int) -> Grant | None:  # noqa: A002 - its name
        return self._conn.ask(_ONE, id_is=id)

    def under(self, ticket: str) -> list[Grant]:
        """Every grant that was ever made for a ticket."""
        return list(self._conn.ask(_OF_TICKET, ticket_is=ticket))

    def ended_of(self, group: GroupId, person: PersonId) -> list[Grant]:
        """What ever let somebody into a group and is over, as far as it is kept."""
        query = _GRANT.query.where(
            _c.group == group, _c.person == person, _c.effect == Effect.IN
        ).order_by(_c.id)
        return _GRANT.all(self._conn, query)

    def end(self, id: int, now: datetime) -> bool:  # noqa: A002 - its name
        """Undo a grant; False when there is none, or it has ended by then."""
        done = self._conn.execute(
            update(tables.grants)
            .where(_c.id == id, _c.ended_at.is_(None), or_(_c.until.is_(None), _c.until > now))
            .values(ended_at=now)
        )
        return done.rowcount > 0

    def all(self, active_at: datetime | None = None) -> list[Grant]:
        """Every grant, or those that cover an instant."""
        query = _GRANT.query.order_by(_c.id)
        if active_at is not None:
            query = query.where(
                _c.starts <= active_at,
                or_(_c.until.is_(None), _c.until > active_at),
                or_(_c.ended_at.is_(None), _c.ended_at > active_at),
            )
        return _GRANT.all(self._conn, query)


def _hour(at: datetime) -> datetime:
    """What is asked for by the hour is asked anew by the hour only."""
    return at.replace(minute=0, second=0, microsecond=0)


def _is_over(grant: Grant, at: datetime) -> bool:
    return any(end is not None and end < at for end in (grant.until, grant.ended_at))
