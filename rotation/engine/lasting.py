"""What lasts is put on record: holds and overdue removals as they become somebody's business.

Others are told of records only. A hold that ends by itself before people would hear of it leaves
none, so the everyday ones of a handover cost nothing; one that was put on record has its end put
on record, by whoever settles it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from rotation.core import alarm
from rotation.core.alarm import HELD, OVERDUE, key_of
from rotation.core.facts import HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Alarm, Books, OpenHold

OPENED, CLOSED, LATE = "hold_opened", "hold_closed", "removal_overdue"
_OVERDUE = "overdue/"


def settle(
    books: Books,
    account: AccountId | None,
    group: GroupId | None,
    items: Collection[HeldItem],
    now: datetime,
) -> tuple[list[OpenHold], list[OpenHold]]:
    """As `Holds.settle`, with a record of each end that others are waiting for."""
    opened, closed = books.holds.settle(account, group, items, now)
    if closed:
        on = {one.key for one in books.alarms.on()}
        over = [key for hold in closed if (key := key_of(hold.item)) in on]
        if over:
            ended(books, over, now)
            books.alarms.clear(over, now)
    return opened, closed


def came_on(
    books: Books,
    new: Iterable[Alarm],
    found: Mapping[str, alarm.Alarm],
    before: Mapping[str, Alarm],
    now: datetime,
) -> None:
    """Put on record what has just become somebody's business, once for each time that it began.

    `before` is what was known of these alarms until now: one that merely was explained for a while
    by something else comes on again, and began only once.
    """
    for one in new:
        began, known = found[one.key].due - OVERDUE, before.get(one.key)
        if known is not None and known.since >= began:
            continue
        if one.key.startswith(HELD):
            _of_hold(books, OPENED, one.key, now)
        elif one.key.startswith(_OVERDUE):
            _, group, person = one.key.split("/")
            books.audit.append(
                at=now, kind=LATE, group=GroupId(group), person=PersonId(person), reason=None,
                origin="", detail={"since": began.isoformat()},
            )  # fmt: skip


def ended(books: Books, keys: Iterable[str], now: datetime) -> None:
    """Put the end of holds on record whose alarms were on."""
    for key in keys:
        if key.startswith(HELD):
            _of_hold(books, CLOSED, key, now)


def _of_hold(books: Books, kind: str, key: str, now: datetime) -> None:
    hold, account, group, person = key.removeprefix(HELD).split("/")
    books.audit.append(
        at=now, kind=kind, group=GroupId(group) if group else None,
        person=PersonId(person) if person else None, reason=None, origin="",
        detail={"hold": Hold(hold).value, **({"account": account} if account else {})},
    )  # fmt: skip
