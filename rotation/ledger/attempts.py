"""Attempts: every call that left or was about to, written before it is sent and ended once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, assert_never

from sqlalchemy import (
    BindParameter,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from rotation.core.facts import Attempt, Because, Kind
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Throttled
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import tables
from rotation.ledger.errors import AlreadyEnded, Unreadable
from rotation.ledger.legible import legible
from rotation.ledger.tables import Ending
from rotation.ledger.transaction import Query, Rows, Transaction, Words

_c = tables.attempts.c
_BECAUSE = (_c.reason, _c.key, _c.origin, _c.starts, _c.ends)
_SENT = (_c.roster, _c.zone_data, _c.boot, _c.uptime, _c.sent_at, _c.ended_at, _c.took)
_OUTCOME = (_c.outcome, _c.wait, _c.refusal, _c.detail, _c.invite)
_ATTEMPT: Select[Any] = select(
    _c.id, _c.account, _c.kind, _c.group, _c.person, *_BECAUSE, *_SENT, *_OUTCOME
)
_CALL: Select[Any] = select(
    _c.id, _c.boot, _c.uptime, _c.ended_at.is_not(None).label("ended"), _c.took
)
_NEWEST_FIRST = _c.id.desc()
_GET = _ATTEMPT.where(_c.id == bindparam("id_is"))
_BEGIN = Words(
    insert(tables.attempts).returning(_c.id),
    [c.name for c in (_c.account, _c.kind, _c.group, _c.person, *_BECAUSE, *_SENT[:5])],
    about="group",
)
_END = Words(
    update(tables.attempts)
    .where(_c.id == bindparam("id_is"), _c.ended_at.is_(None))
    .returning(_c.id),
    [c.name for c in (_c.ended_at, _c.took, *_OUTCOME)],
)
_OPEN = _ATTEMPT.where(_c.account == bindparam("account_is"), _c.ended_at.is_(None)).order_by(_c.id)
_AFTER = _ATTEMPT.where(_c.id > bindparam("id_is")).order_by(_c.id)
TRIED = _ATTEMPT.where(_c.group == bindparam("group_is"), _c.sent_at >= bindparam("at")).order_by(
    _NEWEST_FIRST
)
_SINCE = _ATTEMPT.where(
    _c.account == bindparam("account_is"), _c.sent_at >= bindparam("at")
).order_by(_NEWEST_FIRST)

_MAY_COUNT = (
    _c.account == bindparam("account_is"),
    or_(_c.kind == Kind.ADD, _c.kind == Kind.REMOVE),
    _c.sent_at > bindparam("since"),
    _c.sent_at <= bindparam("until"),
)
_NTH: Query[datetime | None] = Query(
    select(_c.sent_at)
    .where(*_MAY_COUNT)
    .order_by(_c.sent_at.desc())
    .limit(1)
    .offset(bindparam("newer")),
    lambda rows: rows[0][0] if rows else None,
)
_HOW_MANY = Query(
    select(func.count()).select_from(tables.attempts).where(*_MAY_COUNT),
    lambda rows: int(rows[0][0]),
)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class MadeCall(NamedTuple):
    """When a call left, by the boot clock, and whether and after how many seconds it ended."""

    boot: str
    uptime: float
    ended: bool
    took: float | None

    @classmethod
    def of(cls, _id: int, boot: str, uptime: object, ended: object, took: object) -> "MadeCall":
        """One whose time somebody damaged has no place on this boot's clock."""
        if isinstance(uptime, float) and (took is None or isinstance(took, float)):
            return cls(boot, uptime, bool(ended), took)
        return cls("", 0.0, bool(ended), None)


class Attempts:
    """Lists are newest first, but for `open` and `after`."""

    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def begin(  # noqa: PLR0913 - the row of a call, written whole before it leaves
        self,
        *,
        account: AccountId,
        kind: Kind,
        group: GroupId | None,
        person: PersonId | None,
        because: Because,
        roster: str,
        zone_data: str,
        boot: str,
        uptime: float,
        sent_at: datetime,
    ) -> Attempt:
        """Note the call that is about to leave."""
        ((new,),) = self._conn.tell(
            _BEGIN,
            {
                "account": account,
                "kind": kind,
                "group": group,
                "person": person,
                "reason": because.reason,
                "key": because.key,
                "origin": because.origin,
                "starts": because.starts,
                "ends": because.ends,
                "roster": roster,
                "zone_data": zone_data,
                "boot": boot,
                "uptime": uptime,
                "sent_at": sent_at,
            },
        )
        return Attempt(
            new, account, kind, group, person, because, roster, zone_data, boot, uptime, sent_at
        )

    def end(
        self,
        id: int,  # noqa: A002 - its name
        outcome: Outcome,
        at: datetime,
        took: float | None = None,
    ) -> None:
        """Note how the call ended, once, and after how many seconds (None: nobody knows).

        Raises AlreadyEnded the second time, LookupError for an id that never began.
        """
        ended = {"id_is": id, "ended_at": at, "took": took, **outcome_row(outcome)}
        if not self._conn.tell(_END, ended):
            if self.get(id) is None:
                raise LookupError(f"attempt {id} never began")
            raise AlreadyEnded(f"attempt {id} has ended before; its outcome stays")

    def get(self, id: int) -> Attempt | None:  # noqa: A002 - its name
        return next(iter(self._conn.ask(_ONE, id_is=id)), None)

    def open(self, account: AccountId) -> list[Attempt]:
        """Those without an end, oldest first: under way, or lost by a crash.

        Without those that cannot be read: their group is held for that.
        """
        try:
            return list(self._conn.ask(_ALL_OPEN, account_is=account))
        except Unreadable:
            return legible(self._conn, _OPEN, {"account_is": account}, attempt)

    def recent(self, account: AccountId, kinds: Collection[Kind], limit: int) -> list[Attempt]:
        """The last `limit` attempts of these kinds."""
        if not kinds:
            return []
        return self._all(_newest(_ATTEMPT, frozenset(kinds)), account_is=account, at_most=limit)

    def calls(self, account: AccountId, kinds: Collection[Kind], limit: int) -> list[MadeCall]:
        """When the last `limit` attempts of these kinds were made, for whoever only counts them."""
        query = _newest_calls(frozenset(kinds))
        return list(self._conn.ask(query, account_is=account, at_most=limit))

    def nth_change(self, account: AccountId, n: int, now: datetime) -> datetime | None:
        """When the n-th last addition or removal was sent, if less than a day ago.

        What seems to be sent more than a day from now was sent by a clock that was wrong.
        """
        hour = now.replace(minute=0, second=0, microsecond=0)  # asked anew by the hour only
        found = self._conn.ask(
            _NTH, account_is=account, newer=n - 1, since=hour - _DAY, until=hour + _HOUR + _DAY
        )
        return found if found is not None and found > now - _DAY else None

    def changes(self, account: AccountId, now: datetime) -> int:
        """How many additions and removals were sent within a day of now."""
        within = {"since": now - _DAY, "until": now + _DAY}
        return self._conn.ask(_HOW_MANY, account_is=account, **within)

    def after(self, id: int) -> list[Attempt]:  # noqa: A002 - its name
        """Those made after the one with this number, oldest first."""
        return list(self._conn.ask(_ALL_AFTER, id_is=id))

    def since(self, account: AccountId, at: datetime) -> list[Attempt]:
        """Those sent at or after an instant."""
        return self._all(_SINCE, account_is=account, at=at)

    def tried(self, group: GroupId, since: datetime) -> list[Attempt]:
        """Those of a group sent at or after an instant; what a tick asks of them."""
        return list(self._conn.ask(_ALL_TRIED, group_is=group, at=since))

    def of(
        self,
        group: GroupId | None = None,
        person: PersonId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        before: int | None = None,
    ) -> list[Attempt]:
        """Those of a group, a person, or both, sent within `[since, until)`.

        `before`: only those made before the one with this number.
        """
        asked: dict[str, Any] = {
            "group_is": group, "person_is": person, "since": since, "until": until,
            "before": before, "at_most": limit,
        }  # fmt: skip
        given = {name: value for name, value in asked.items() if value is not None}
        return [*self._conn.ask(_of(*given), **given)]

    def _all(self, query: Select[Any], **values: object) -> list[Attempt]:
        return [attempt(row) for row in self._conn.execute(query, values).all()]


@cache
def _of(*given: str) -> Query[list[Attempt]]:
    """The question of `Attempts.of`, by what is given in it."""
    query = _ATTEMPT.where(*(_GIVEN[name] for name in given if name in _GIVEN))
    query = query.order_by(_NEWEST_FIRST)
    return Query(query.limit(_AT_MOST) if "at_most" in given else query, _attempts)


_GIVEN = {
    "group_is": _c.group == bindparam("group_is"),
    "person_is": _c.person == bindparam("person_is"),
    "since": _c.sent_at >= bindparam("since"),
    "until": _c.sent_at < bindparam("until"),
    "before": _c.id < bindparam("before"),
}
_AT_MOST: BindParameter[int] = bindparam("at_most")


@cache
def _newest(what: Select[Any], kinds: frozenset[Kind]) -> Select[Any]:
    """The newest of each kind, straight from the index, and of those the newest."""
    mine = what.where(_c.account == bindparam("account_is"))
    each = [mine.where(_c.kind == kind).order_by(_NEWEST_FIRST).limit(_AT_MOST) for kind in kinds]
    found = union_all(*(select(newest.subquery()) for newest in each)).subquery()
    return select(found).order_by(found.c.id.desc()).limit(_AT_MOST)


@cache
def _newest_calls(kinds: frozenset[Kind]) -> Query[list[MadeCall]]:
    return Query(_newest(_CALL, kinds), lambda rows: [MadeCall.of(*row) for row in rows])


def _attempts(rows: Rows) -> list[Attempt]:
    return [attempt(row) for row in rows]


_ONE, _ALL_OPEN, _ALL_AFTER, _ALL_TRIED = (
    Query(asked, _attempts) for asked in (_GET, _OPEN, _AFTER, TRIED)
)


def attempt(row: Sequence[Any]) -> Attempt:
    id_, account, kind, group, person, *rest = row
    because = Because(*rest[:5])
    roster, zone_data, boot, uptime, sent_at, ended_at, took = rest[5:12]
    return Attempt(
        id=id_,
        account=account,
        kind=kind,
        group=group,
        person=person,
        because=because,
        roster=roster,
        zone_data=zone_data,
        boot=boot,
        uptime=uptime,
        sent_at=sent_at,
        ended_at=ended_at,
        took=took,
        outcome=_outcome(*rest[12:]),
    )


def outcome_word(outcome: Outcome) -> Ending:
    """The outcome's kind as one word."""
    match outcome:
        case Accepted():
            return Ending.ACCEPTED
        case Throttled():
            return Ending.THROTTLED
        case Refused():
            return Ending.REFUSED
        case InDoubt():
            return Ending.IN_DOUBT
        case _:
            assert_never(outcome)


def outcome_row(outcome: Outcome) -> dict[str, object]:
    """An outcome as the columns that keep it."""
    refused = outcome if isinstance(outcome, Refused) else None
    return {
        "outcome": outcome_word(outcome),
        "wait": outcome.wait if isinstance(outcome, Throttled) else None,
        "refusal": refused and refused.why,
        "detail": outcome.detail,
        "invite": refused and refused.invite,
    }


def _outcome(
    word: Ending | None,
    wait: timedelta | None,
    refusal: Refusal | None,
    detail: str,
    invite: str | None,
) -> Outcome | None:
    match word, refusal:
        case None, _:
            return None
        case Ending.ACCEPTED, _:
            return Accepted(detail)
        case Ending.THROTTLED, _:
            return Throttled(wait, detail)
        case Ending.REFUSED, Refusal():
            return Refused(refusal, detail, invite)
        case Ending.REFUSED, _:
            raise Unreadable("attempts.refusal")
        case Ending.IN_DOUBT, _:
            return InDoubt(detail)
        case _:
            assert_never(word)
