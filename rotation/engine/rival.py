"""Somebody undoes what we do in most groups of an account: another program may have our number.

It shows itself also by an address of its own among those the provider sends events to. No answer
of a provider says who made a change. One person undoing us in one group is a strike; a
second installation with another roster shows itself by doing so in most of them at once.
"""

from dataclasses import replace
from datetime import datetime

from rotation.core.decide import RE_ADDS
from rotation.core.facts import HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId, Mode, Roster
from rotation.engine.pauses import is_held
from rotation.ledger import Books

FEWEST = 3
"""Groups in which we have to be undone at once; in fewer it is somebody's quarrel there."""


def hold(books: Books, roster: Roster, account: AccountId) -> HeldItem | None:
    """The account's hold while that is so, or while its events go to another installation too."""
    registered = books.webhooks.of(account).rival_shown
    if registered:
        detail = f"webhooks of this number go to {registered}, where another rotation may run"
        return HeldItem(Hold.RIVAL, account, detail=detail)
    anywhere = _struck(books, account)
    if len(anywhere) < FEWEST:
        return None
    ours = {g.id for g in roster.groups_of(account) if g.mode is not Mode.WATCH}
    struck = sorted(ours & anywhere)
    if len(struck) < FEWEST or 2 * len(struck) <= len(ours):
        return None
    detail = f"in {len(struck)} of {len(ours)}: {', '.join(struck[:FEWEST])}, ..."
    return HeldItem(Hold.RIVAL, account, detail=detail)


def forgive(books: Books, account: AccountId, now: datetime) -> None:
    """A person has looked: what was undone is done again, and a registered address is harmless."""
    known = books.webhooks.of(account)
    if known.rival:
        books.webhooks.save(known.knowing(known.rival.partition(" ")[0]))
        books.groups.wake(now)
    theirs = {g for g, whose in books.groups.accounts().items() if whose == account}
    struck = [s for s in books.seats.struck(1) if s.group in theirs]
    books.seats.save(*(replace(s, strikes=0) for s in struck))
    books.groups.wake(now, {s.group for s in struck})


def _struck(books: Books, account: AccountId) -> set[GroupId]:
    """Where we gave somebody up. Once the account is held for it, its groups say so no more."""
    if is_held(books, account, Hold.RIVAL):
        return {seat.group for seat in books.seats.struck(RE_ADDS + 1)}
    held = (h.item for h in books.holds.in_force() if h.item.hold is Hold.STRIKES)
    return {item.group for item in held if item.account == account and item.group is not None}
