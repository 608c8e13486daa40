"""Who has to leave and cannot be removed by us now: named, so that a person can do it by hand."""

from collections.abc import Iterator
from datetime import datetime

from rotation.core.facts import HeldItem, Kind, Seat
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, Roster
from rotation.engine.gather import Ground
from rotation.ledger import Books

_MOST_NAMED = 30


def spent(books: Books, on: Ground, until: datetime) -> HeldItem:
    """The hold of an account that may change nothing before `until`, for it did so much."""
    account = on.account.account
    detail = f"again from {until:%d %b %H:%M}Z on; {named(books, on.roster, account)}"
    return HeldItem(Hold.SPENT, account, detail=detail)


def named(books: Books, roster: Roster, account: AccountId) -> str:
    """Everybody in the account's groups who has to go: the leavers, then the longest overdue."""
    people = list(
        dict.fromkeys(f"{s.person} from {s.group}" for s in _seats(books, roster, account))
    )
    if not people:
        return "nobody has to be removed by hand yet"
    more = f" and {len(people) - _MOST_NAMED} more" if len(people) > _MOST_NAMED else ""
    return f"to be removed by hand: {', '.join(people[:_MOST_NAMED])}{more}"


def _seats(books: Books, roster: Roster, account: AccountId) -> Iterator[Seat]:
    overdue = sorted(books.seats.open(Kind.REMOVE), key=lambda s: (str(s.op_since), s.group))
    for seat in (*books.seats.of_leavers(), *overdue):
        group = roster.groups.get(seat.group)
        if group is not None and group.account == account:
            yield seat
