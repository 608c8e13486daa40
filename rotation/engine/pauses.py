"""When a whole account has to wait: its token, its session, its plan, or too many calls."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from rotation.core import budget
from rotation.core.facts import AccountState, HeldItem
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Refusal, Refused, Scope, Throttled, Unread
from rotation.core.roster import AccountId
from rotation.ledger import Books, Unreadable

PROBES = {
    Refusal.CREDENTIALS: (Hold.CREDENTIALS, timedelta(minutes=15)),
    Refusal.PLAN: (Hold.CREDENTIALS, timedelta(hours=1)),
    Refusal.SESSION: (Hold.SESSION, timedelta(minutes=2)),
    Refusal.RESTRICTED: (Hold.SESSION, timedelta(hours=1)),
}
_SAID = {
    Refusal.PLAN: "the plan or its quota does not allow it",
    Refusal.RESTRICTED: "the number is restricted by the chat service",
}
LONGEST_PAUSE = timedelta(hours=1)
"""No account is left alone for longer, whatever it waits for."""
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
_MOST_THROTTLES = 5
"""With more the wait grows no longer, and neither does the time to come back."""


def paused_after(state: AccountState, outcome: Accepted | Unread, at: datetime) -> AccountState:
    """The account after any call: paused by what stops it whole, slowed where it was too fast."""
    match outcome:
        case Accepted():
            over = state.throttles and not slowed(state, at)
            return replace(state, throttles=0, paused_until=None) if over else state
        case Throttled(wait):
            times = slowed(state, at)
            pause = max(wait or timedelta(0), min(_FIRST_WAIT * 2**times, _LONGEST_WAIT))
            slower = replace(state, throttles=min(times + 1, _MOST_THROTTLES))
            if state.paused_why not in (None, Hold.THROTTLED):  # that is not over by waiting
                return replace(slower, paused_until=at + pause)
            return paused(slower, Hold.THROTTLED, "", at, pause)
        case Refused(why) if why.scope is Scope.ACCOUNT:
            hold, wait_for = PROBES[why]
            return paused(state, hold, _SAID.get(why, ""), at, wait_for)
        case Refused() | InDoubt():
            return state


def paused(
    state: AccountState, why: Hold, detail: str, at: datetime, wait: timedelta
) -> AccountState:
    since = state.paused_since if state.paused_why is why else at
    return replace(state, paused_why=why, detail=detail, paused_since=since, paused_until=at + wait)


def resumed(state: AccountState, at: datetime) -> AccountState:
    """The account goes on; what it was slowed by wears off from now on."""
    calm_since = at if state.throttles else None
    return replace(state, paused_until=calm_since, paused_why=None, paused_since=None, detail="")


def slowed(state: AccountState, at: datetime) -> int:
    """How often the account's calls are halved."""
    calm_since = state.paused_until if state.paused_why is None else None
    return budget.halvings(state.throttles, calm_since, at)


def hold_of(state: AccountState) -> tuple[HeldItem, ...]:
    """The hold an account's pause shows as; none while it works."""
    if state.paused_why is None:
        return ()
    return (HeldItem(state.paused_why, state.account, detail=state.detail),)


def may_change_nothing(state: AccountState) -> bool:
    """Whether the provider lets the account change nothing, for hours maybe."""
    return state.paused_why is not None and state.detail in _SAID.values()


def is_held(books: Books, account: AccountId, hold: Hold) -> bool:
    """Whether the whole account is held so, as the ledger had it last."""
    return any(h.item.hold is hold for h in books.holds.of_account(account))


def look_again(
    books: Books, accounts: Iterable[AccountId], now: datetime, later_than: timedelta = timedelta(0)
) -> None:
    """No wait reaches farther than it was made for, also when the clock was put back meanwhile.

    Groups that are due within `later_than` keep their time.
    """
    books.groups.wake(now, later_than=later_than)
    for account in accounts:
        with suppress(Unreadable):  # its next tick holds it for that
            state = books.accounts.state(account)
            if state.paused_until is not None and state.paused_until > now + LONGEST_PAUSE:
                books.accounts.save(replace(state, paused_until=now + LONGEST_PAUSE))


def forget_reads(books: Books, account: AccountId, now: datetime) -> None:
    """Every group of the account has to be read before anything is done in it."""
    for state in books.groups.all():
        if state.account == account:
            books.groups.save(replace(state, read_ended_at=None, due=now))
