"""How an account stands: what its groups stand on, and what holds all of them at once."""

from dataclasses import replace
from datetime import datetime

from rotation.core.facts import HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import AccountId
from rotation.engine import lasting, leaving, lists, rival
from rotation.engine.drip import Drip
from rotation.engine.gather import Ground, RosterInForce, ground
from rotation.engine.pauses import hold_of, may_change_nothing
from rotation.ledger import Books

_ENDED_BY_TIME = frozenset({Hold.SPENT, Hold.RIVAL})


def stood_on(
    books: Books, roster: RosterInForce, account: AccountId, drip: Drip, at: datetime
) -> Ground:
    """What the account's groups stand on, with the holds of the account as they follow from it.

    Once one of those that only time ends has ended, every group is looked at.
    """
    on = ground(books, roster, account)
    if on.doubt is None and (rivals := rival.hold(books, on.roster, account)) is not None:
        on = replace(on, doubt=rivals)
    if on.doubt is None and drip.spent_until is not None:
        on = replace(on, doubt=leaving.spent(books, on, drip.spent_until))
    _, lifted = lasting.settle(books, account, None, _holds_of(books, on, at), at)
    if any(hold.item.hold in _ENDED_BY_TIME for hold in lifted):
        books.groups.wake(at)
    return on


def _holds_of(books: Books, on: Ground, at: datetime) -> tuple[HeldItem, ...]:
    """What holds a whole account: its own pause, a ledger to be looked at, or a day used up."""
    paused_by = hold_of(on.account)
    if may_change_nothing(on.account):
        who = leaving.named(books, on.roster, on.account.account)
        paused_by = tuple(replace(item, detail=f"{item.detail}; {who}") for item in paused_by)
    unlisted = lists.hold_of(books, on, at)
    return (*paused_by, *unlisted, *((on.doubt,) if on.doubt is not None else ()))
