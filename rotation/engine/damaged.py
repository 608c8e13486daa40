"""Rows that somebody damaged: what cannot be read holds its group, or its account, and no other.

Here alone the ledger's `Unreadable` becomes a hold. It is looked at every minute, and ends by
itself once everything can be read.
"""

from datetime import datetime, timedelta

from rotation.core.facts import HeldItem, Moment
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId
from rotation.engine import gate, lasting
from rotation.ledger import Books

AGAIN = timedelta(minutes=1)
_READ_BACK = timedelta(days=8)
"""How far back anything asks for what was tried in a group."""


def is_held(books: Books, group: GroupId) -> bool:
    return any(h.item.hold is Hold.DAMAGED for h in books.holds.in_force(group))


def holds(books: Books, account: AccountId, group: GroupId, at: datetime) -> bool:
    """Hold the group, if anything of it cannot be read; whether that is so."""
    found = books.damage.of_group(group, at - _READ_BACK)
    if not found:
        return False
    held = HeldItem(Hold.DAMAGED, account, group, detail=found)
    lasting.settle(books, account, group, (held,), at)
    books.groups.put_off(group, at + AGAIN)
    return True


def holds_account(books: Books, account: AccountId, at: datetime) -> bool:
    """Hold the account, if anything that all its groups stand on cannot be read."""
    found = books.damage.of_account(account)
    if found:
        held = HeldItem(Hold.DAMAGED, account, detail=found)
        lasting.settle(books, account, None, (held,), at)
    return bool(found)


def recover(books: Books, account: AccountId, now: Moment, group: GroupId | None = None) -> None:
    """End in doubt the calls that nobody waits for any more, of one group or of all.

    In a group that cannot be read they stay open until it can: only then is it known what they
    leave in doubt.
    """
    for attempt in books.attempts.open(account):
        if group not in (None, attempt.group):
            continue
        if attempt.group is None or not holds(books, account, attempt.group, now.at):
            gate.recover(books, [attempt], now)
