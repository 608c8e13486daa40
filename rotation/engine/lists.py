"""The list of the groups an account is in: read page by page while somebody is a leaver.

A group that is on it and in no roster is one more group that is only watched: whoever may be in no
group is removed from it, and nothing else is ever done there.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rotation.core.decide import RANK_LEAVER
from rotation.core.facts import FoundGroup, GroupState, HeldItem, Listing
from rotation.core.holds import Hold
from rotation.core.outcome import Throttled, Unread
from rotation.core.roster import AccountId, ChatId, Group, GroupId, Mode, Roster
from rotation.engine.calls import Asked, Left, ask, nothing_left, pause
from rotation.engine.gather import Ground, swept_every
from rotation.engine.line import Line
from rotation.ledger import Books
from rotation.providers import GroupInfo, Page

PAGE = 100
"""Groups that are asked for at once. A service may give fewer, or all of them."""
QUIET_PAGES = 3
"""Pages without news that a list ends with: asked for at its end, at its beginning, at its end. One
answer that lost some of the groups ends no list."""
AGAIN = timedelta(minutes=1)
"""After a page that did not come, or a list that cannot be true."""
PATIENCE = timedelta(minutes=5)
"""For so long a list that cannot be had is nobody's business."""
READABLE = timedelta(minutes=20)
"""A group that was read so lately is on every list that is true."""
_NUMBER = re.compile(r"\+?\d(?:[\s().\-/]{0,3}\d){5,}")
AT_ONCE, A_WAVE = 30, timedelta(minutes=1)
"""So many groups are read for a leaver in a minute, before all else; the next ones after them."""


def laid_over(roster: Roster, found: Iterable[FoundGroup]) -> Roster:
    """The roster with the groups that only lists name, each only watched."""
    known = {group.chat for group in roster.groups.values()}
    more = {
        g.group: Group(g.group, g.account, g.chat, (), Mode.WATCH)
        for g in found
        if g.chat not in known
    }
    return replace(roster, groups={**roster.groups, **more}) if more else roster


def due(books: Books, on: Ground, at: datetime) -> datetime | None:
    """When the next page is to be asked for; None while nobody is a leaver."""
    account = on.account.account
    if on.marked_at is None:
        return None
    listing = books.found.listing(account)
    again_at = min(listing.again_at or at, at + AGAIN)
    if listing.began_at is not None or listing.listed_at is None:
        return again_at
    if listing.listed_at < on.marked_at <= at or listing.listed_at > at:
        return again_at
    return max(again_at, listing.listed_at + swept_every(on.marked_at, at))


def list_page(books: Books, line: Line, roster: Roster) -> Left:
    """Ask for the next page of the list; groups that nobody knew are looked into soon.

    `roster` is the one that people wrote.
    """
    listing = books.found.listing(line.account)

    def settle(after: Books, asked: Asked[tuple[GroupInfo, ...] | Unread]) -> Left:
        asked.note(after)
        known, at = after.found.listing(line.account), asked.ended_at
        if isinstance(asked.found, Unread):
            pause(after, line, asked.found, at)
            after.found.save(_unlisted(known, asked.found, at))
        else:
            after.found.save(_listed(after, known, roster, asked.found, asked.began_at, at))
        return nothing_left()

    page = Page(0 if listing.quiet == 1 else listing.so_far, PAGE)
    return ask(books, line, lambda: line.chat.groups(page), settle)


def hold_of(books: Books, on: Ground, at: datetime) -> tuple[HeldItem, ...]:
    """The hold of an account whose list of groups a wipe waits for."""
    account = on.account.account
    listing = books.found.listing(account)
    since = listing.trouble_since
    if on.marked_at is None or since is None or at - since < PATIENCE:
        return ()
    detail = f"{listing.trouble}; a wipe waits for the list of the account's groups"
    return (HeldItem(Hold.UNLISTED, account, detail=detail),)


def sweep(books: Books, at: datetime, only: Container[GroupId] | None = None) -> None:
    """Somebody became a leaver: every group, or `only` these, is read anew, whatever holds it.

    In waves, first those where a leaver was seen last.
    """
    seen = {seat.group for seat in books.seats.of_leavers()}
    waves: Counter[AccountId] = Counter()
    swept = []
    for state in sorted(books.groups.all(), key=lambda s: (s.group not in seen, s.group)):
        if only is not None and state.group not in only:
            continue
        turn = _turn(waves[state.account], at)
        waves[state.account] += 1
        probe_at = None if state.probe_at is None else min(state.probe_at, turn)
        swept.append(replace(state, due=min(state.due, turn), rank=RANK_LEAVER, probe_at=probe_at))
    books.groups.save(*swept)


def _unlisted(listing: Listing, found: Unread, at: datetime) -> Listing:
    """No page came: the list goes on from there in a while."""
    if isinstance(found, Throttled):  # the account waits for that already
        return listing
    since = listing.trouble_since or at
    why = "the list of groups does not come"
    return replace(listing, again_at=at + AGAIN, trouble=why, trouble_since=since)


def _listed(
    books: Books,
    listing: Listing,
    roster: Roster,
    page: tuple[GroupInfo, ...],
    asked_at: datetime,
    at: datetime,
) -> Listing:
    """A page came. The list is whole once neither its beginning nor its end names any more."""
    account, began_at = listing.account, listing.began_at or asked_at
    named = books.found.named(account, began_at)
    new = {info.chat: _said(info.subject) for info in page if info.chat not in named}
    if new:
        fresh = new.keys() - {g.chat for g in books.found.groups() if g.account == account}
        books.found.add(account, new, began_at)
        _open(books, roster, account, fresh, at)
        so_far = len(named) + len(new)
        return replace(listing, began_at=began_at, again_at=None, so_far=so_far, quiet=0)
    listing = replace(listing, began_at=began_at, again_at=None, quiet=listing.quiet + 1)
    return listing if listing.quiet < QUIET_PAGES else _whole(books, listing, roster, named, at)


def _said(subject: str) -> str:
    """What a group is called, without any number that its name may hold."""
    return _NUMBER.sub("***", subject)


def _whole(
    books: Books, listing: Listing, roster: Roster, named: frozenset[ChatId], at: datetime
) -> Listing:
    """The list as a whole; one that leaves out a group which was read just before is not true."""
    began_at = listing.began_at or at
    over = replace(listing, began_at=None, so_far=0, quiet=0)
    chats = _chats(books, roster, listing.account)
    missing = [
        state
        for state in books.groups.all()
        if state.group in chats
        and chats[state.group] not in named
        and state.hold is None
        and state.read_ended_at is not None
        and timedelta(0) <= began_at - state.read_ended_at <= READABLE
    ]
    if not missing:
        return replace(over, listed_at=began_at, trouble="", trouble_since=None)
    books.groups.save(*(replace(s, read_ended_at=None, due=at) for s in missing))
    why = f"the list of groups leaves out {len(missing)} that were read just before"
    since = listing.trouble_since or at
    return replace(over, again_at=at + AGAIN, trouble=why, trouble_since=since)


def _chats(books: Books, roster: Roster, account: AccountId) -> dict[GroupId, ChatId]:
    """Every group of the account that is known, in a roster or not."""
    laid = laid_over(roster, books.found.groups())
    return {group.id: group.chat for group in laid.groups_of(account)}


def _open(
    books: Books, roster: Roster, account: AccountId, chats: Iterable[ChatId], at: datetime
) -> None:
    """Groups that nobody knew, or that we are in again, are read before all else, in waves."""
    rostered = {group.chat for group in roster.groups.values()}
    names = {g.chat: g.group for g in books.found.all() if g.account == account}
    fresh = sorted(names[chat] for chat in chats if chat not in rostered)
    books.groups.save(
        *(
            GroupState(name, account, due=_turn(number, at), rank=RANK_LEAVER)
            for number, name in enumerate(fresh)
        )
    )


def _turn(number: int, at: datetime) -> datetime:
    return at + number // AT_ONCE * A_WAVE
