"""Getting to know an account: whether its session works, who we are there, who hides behind ids."""

from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from rotation.core.facts import AccountState
from rotation.core.holds import Hold
from rotation.core.outcome import InDoubt, Throttled, Unread
from rotation.core.roster import PersonId
from rotation.engine import lists
from rotation.engine.calls import Asked, Left, ask, ask_account, nothing_left, pause
from rotation.engine.errands import LearnLid, LearnOwn, LearnWebhooks, ListGroups, Probe
from rotation.engine.line import Line
from rotation.engine.pauses import paused, resumed
from rotation.ledger import Books, IdentityClash, WebhookState, digest_of
from rotation.providers import Own, Session, SessionStatus, Webhook

A_MOMENT = timedelta(milliseconds=10)
_PROBE_AGAIN = timedelta(minutes=2)
_ASK_AGAIN, _ASK_SOON = timedelta(hours=24), timedelta(minutes=15)
"""How often a hidden id is asked for that the chat did not know, and one it did not tell."""


def question(
    books: Books,
    line: Line,
    what: Probe | LearnOwn | LearnWebhooks | ListGroups | LearnLid,
    ask_again: MutableMapping[PersonId, datetime],
) -> Left:
    """Ask about the account; `ask_again` says from when a person's hidden id may be asked for."""
    match what:
        case Probe():
            return _probe(books, line)
        case LearnOwn():
            return _learn_own(books, line)
        case LearnWebhooks():
            return _learn_webhooks(books, line)
        case ListGroups(roster):
            return lists.list_page(books, line, roster)
        case LearnLid():
            return _learn_lid(books, line, what, ask_again)
        case _:
            assert_never(what)


def _probe(books: Books, line: Line) -> Left:
    """Ask whether the session works: what is paused goes on when it does, what is not stops."""

    def settle(after: Books, found: Session | Unread, now: datetime) -> Left:
        before = after.accounts.state(line.account)
        state = _probed(before, found, now)
        after.accounts.save(state)
        if state.paused_why is None and before.paused_why is not None:
            after.groups.wake(now)
        return nothing_left()

    return ask_account(books, line, line.chat.session, settle)


def _probed(state: AccountState, found: Session | Unread, now: datetime) -> AccountState:
    if isinstance(found, Session):
        return _with_session(state, found, now)
    if _is_asked_again(found) or state.paused_why is None:
        return state
    if state.paused_until is not None and state.paused_until > now:
        return state
    return replace(state, paused_until=now + _PROBE_AGAIN)


def _learn_webhooks(books: Books, line: Line) -> Left:
    """Look where the provider sends the account's events, and whether another rotation is there.

    A plan that has none, and any other no, only means that nothing is known.
    """

    def settle(after: Books, asked: Asked[tuple[Webhook, ...] | Unread]) -> Left:
        asked.note(after)
        found, at = asked.found, asked.ended_at
        if isinstance(found, Throttled):
            pause(after, line, found, at)
        known = after.webhooks.of(line.account)
        rival = known.rival if isinstance(found, Unread) else _rival(line, known, found)
        after.webhooks.save(replace(known, looked_at=at, rival=rival))
        if rival != known.rival:
            after.groups.wake(at)
        return nothing_left()

    return ask(books, line, line.chat.webhooks, settle)


def _rival(line: Line, known: WebhookState, found: tuple[Webhook, ...]) -> str:
    """An address of another rotation that nobody said to be harmless, as it is kept."""
    shown = {hook.url: line.ear.rival(hook.url) for hook in found if hook.active}
    return next((f"{digest_of(u)} {s}" for u, s in shown.items() if s and not known.knows(u)), "")


def _learn_own(books: Books, line: Line) -> Left:
    """Ask by which ids the chat knows our own number; without any the account is held."""

    def settle(after: Books, found: Own | Unread, now: datetime) -> Left:
        state = after.accounts.state(line.account)
        ids = (found.phone, found.lid) if isinstance(found, Own) else ()
        if any(ids):
            own = frozenset(str(i) for i in ids if i)
            after.accounts.save(replace(state, own=own, own_checked_at=now))
        elif state.paused_why is None:
            detail = "the provider does not say who we are"
            after.accounts.save(paused(state, Hold.IDENTITY, detail, now, _PROBE_AGAIN))
        return nothing_left()

    return ask_account(books, line, line.chat.own, settle)


def _learn_lid(
    books: Books, line: Line, who: LearnLid, ask_again: MutableMapping[PersonId, datetime]
) -> Left:
    """Ask for the hidden id of a number."""

    def settle(after: Books, found: str | Unread | None, now: datetime) -> Left:
        ask_again[who.person] = now + (_ASK_SOON if isinstance(found, Unread) else _ASK_AGAIN)
        if isinstance(found, str):
            # An id that is known as somebody else's proves nothing about either of them.
            with suppress(IdentityClash):
                _learnt(after, who.person, found, now)
        return nothing_left()

    return ask_account(books, line, lambda: line.chat.lid_of(who.phone), settle)


def _learnt(books: Books, person: PersonId, lid: str, now: datetime) -> None:
    books.people.learn_lid(person, lid, now)
    for state in books.groups.all():
        if state.unresolved:  # what was read before the id was known has to be read again
            books.groups.save(replace(state, read_ended_at=None, due=now + A_MOMENT))


def _is_asked_again(found: Unread) -> bool:
    """Whether the next tick asks at once, as the provider then asks in another way."""
    return isinstance(found, InDoubt) and found.again


def _with_session(state: AccountState, found: Session, now: datetime) -> AccountState:
    state = replace(state, session=found.status.value)
    if found.status is SessionStatus.WORKING:
        return state if state.paused_why is None else resumed(state, now)
    return paused(state, Hold.SESSION, f"the session is {found.status.value}", now, _PROBE_AGAIN)
