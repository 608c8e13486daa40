"""Getting to know an account: whether its session works, who we are there, who hides behind ids."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from rotation.core.facts import AccountState
from rotation.core.holds import Hold
from rotation.core.outcome import InDoubt, Throttled, Unread
from rotation.core.roster import PersonId, Phone
from rotation.engine.asking import answered, ask
from rotation.engine.errands import Errand, LearnOwn, LearnWebhooks, Probe
from rotation.engine.line import Line
from rotation.engine.pauses import paused, paused_after, resumed
from rotation.ledger import IdentityClash, digest_of
from rotation.providers import Own, Session, SessionStatus

A_MOMENT = timedelta(milliseconds=10)
_PROBE_AGAIN = timedelta(minutes=2)
_ASK_AGAIN, _ASK_SOON = timedelta(hours=24), timedelta(minutes=15)
"""How often a hidden id is asked for that the chat did not know, and one it did not tell."""


def probe(line: Line) -> None:
    """Ask whether the session works: what is paused goes on when it does, what is not stops."""
    found = answered(line, line.chat.session)
    now = line.clock().at
    with line.ledger.writing() as books:
        before = books.accounts.state(line.account)
        state = _probed(before, found, now)
        books.accounts.save(state)
        if state.paused_why is None and before.paused_why is not None:
            books.groups.wake(now)


def _probed(state: AccountState, found: Session | Unread, now: datetime) -> AccountState:
    if isinstance(found, Session):
        return _with_session(state, found, now)
    if _is_asked_again(found) or state.paused_why is None:
        return state
    if state.paused_until is not None and state.paused_until > now:
        return state
    return replace(state, paused_until=now + _PROBE_AGAIN)


def learn_webhooks(line: Line) -> None:
    """Look where the provider sends the account's events, and whether another rotation is there.

    A plan that has none, and any other no, only means that nothing is known.
    """
    asked = ask(line, line.chat.webhooks)
    found = () if isinstance(asked.found, Unread) else asked.found
    with line.ledger.writing() as books:
        asked.note(books)
        if isinstance(asked.found, Throttled):
            state = books.accounts.state(line.account)
            books.accounts.save(paused_after(state, asked.found, asked.ended_at))
        known = books.webhooks.of(line.account)
        shown = {hook.url: line.ear.rival(hook.url) for hook in found if hook.active}
        rivals = [f"{digest_of(u)} {s}" for u, s in shown.items() if s and not known.knows(u)]
        rival = known.rival if isinstance(asked.found, Unread) else next(iter(rivals), "")
        books.webhooks.save(replace(known, looked_at=asked.ended_at, rival=rival))
        if rival != known.rival:
            books.groups.wake(asked.ended_at)


def learn_own(line: Line) -> None:
    """Ask by which ids the chat knows our own number; without any the account is held."""
    found = answered(line, line.chat.own)
    now = line.clock().at
    with line.ledger.writing() as books:
        state = books.accounts.state(line.account)
        ids = (found.phone, found.lid) if isinstance(found, Own) else ()
        if any(ids):
            own = frozenset(str(i) for i in ids if i)
            books.accounts.save(replace(state, own=own, own_checked_at=now))
        elif state.paused_why is None:
            detail = "the provider does not say who we are"
            books.accounts.save(paused(state, Hold.IDENTITY, detail, now, _PROBE_AGAIN))


ABOUT_ACCOUNT: Mapping[type[Errand], Callable[[Line], None]] = {
    Probe: probe,
    LearnOwn: learn_own,
    LearnWebhooks: learn_webhooks,
}
"""What is asked about an account as a whole."""


def learn_lid(line: Line, person: PersonId, phone: Phone) -> timedelta:
    """Ask for the hidden id of a number; returns how long not to ask for this person again."""
    found = answered(line, lambda: line.chat.lid_of(phone))
    if isinstance(found, Unread):
        return _ASK_SOON
    if found is None:
        return _ASK_AGAIN
    now = line.clock().at
    with line.ledger.writing() as books, suppress(IdentityClash):
        # An id that is known as somebody else's proves nothing about either of them.
        books.people.learn_lid(person, found, now)
        for state in books.groups.all():
            if state.unresolved:  # what was read before the id was known has to be read again
                books.groups.save(replace(state, read_ended_at=None, due=now + A_MOMENT))
    return _ASK_AGAIN


def _is_asked_again(found: Unread) -> bool:
    """Whether the next tick asks at once, as the provider then asks in another way."""
    return isinstance(found, InDoubt) and found.again


def _with_session(state: AccountState, found: Session, now: datetime) -> AccountState:
    state = replace(state, session=found.status.value)
    if found.status is SessionStatus.WORKING:
        return state if state.paused_why is None else resumed(state, now)
    return paused(state, Hold.SESSION, f"the session is {found.status.value}", now, _PROBE_AGAIN)
