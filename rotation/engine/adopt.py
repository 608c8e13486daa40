"""A new roster comes into force: judged by the breaker once, and then for every group."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from rotation.core import breaker
from rotation.core.facts import GroupState, HeldItem, Kind, Seen
from rotation.core.holds import Hold
from rotation.core.moves import news, of_groups
from rotation.core.roster import AccountId, Group, GroupId, Mode, PersonId, Roster
from rotation.core.timeline import Timeline
from rotation.engine import duty_news, lasting, moved, rezoned
from rotation.engine.gather import RosterInForce, ground, view_from
from rotation.engine.tenure import Writable
from rotation.ledger import Books, Unreadable

TOLD_AHEAD = timedelta(days=14)
"""How far ahead people are told of what an edit moves; what comes later is edited again."""
MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a roster that was offered: in force, unchanged, or held back with its list.

    `moved`: what zone data that came with it changes, in words; empty when it is the same.
    """

    digest: str
    in_force: bool
    changed: bool
    removable: tuple[tuple[GroupId, PersonId], ...] = ()
    moved: str = ""


def adopt(ledger: Writable, roster: Roster, digest: str, now: datetime, zone_data: str) -> Adopted:
    """Bring `roster` into force, or hold it back when the breaker trips.

    An equal roster changes nothing but what new zone data moves. Groups that are gone from the
    roster are left alone: they are only watched from now on.
    """
    with ledger.writing() as books:
        current = books.rosters.in_force()
        told = moved.settle(books, current[1], now, zone_data) if current is not None else ""
        offered = _offered(books, current, roster, digest, now, zone_data)
        in_force = roster if offered.in_force or current is None else current[1]
        rezoned.keep(books, in_force, zone_data, now)
        return replace(offered, moved=told)


def _offered(
    books: Books,
    current: tuple[str, Roster] | None,
    roster: Roster,
    digest: str,
    now: datetime,
    zone_data: str,
) -> Adopted:
    if current is not None and books.rosters.version() == digest:
        books.rosters.adopt(roster, digest, now, zone_data)
        lasting.settle(books, None, None, (), now)
        return Adopted(digest, in_force=True, changed=False)
    changed = books.changes.laid_over(roster)
    newly = _judged(books, current[1] if current else None, changed, now)
    if newly:
        return _held_back(books, roster, digest, now, zone_data, newly)
    _bring_into_force(books, roster, digest, now, zone_data)
    if current is not None:
        _tell(books, current[1], changed, now)
    lasting.settle(books, None, None, (), now)
    return Adopted(digest, in_force=True, changed=True)


def release_held(books: Books, now: datetime, author: str, reason: str) -> bool:
    """A person says that the roster held back by the breaker is meant: it comes into force."""
    held = books.rosters.held()
    if held is None:
        return False
    digest, roster, _why = held
    current = books.rosters.in_force()
    books.rosters.release(digest, now)
    if current is not None:
        _tell(books, current[1], books.changes.laid_over(roster), now)
    _open_groups(books, roster, now)
    _record(books, "roster_released", digest, now, f"{author}: {reason}")
    lasting.settle(books, None, None, (), now)
    return True


def _held_back(
    books: Books,
    roster: Roster,
    digest: str,
    now: datetime,
    zone_data: str,
    newly: tuple[tuple[GroupId, PersonId], ...],
) -> Adopted:
    why = f"would remove {len(newly)}: " + ", ".join(f"{p} from {g}" for g, p in newly[:10])
    held = books.rosters.held()
    if held is None or held[0] != digest:
        books.rosters.hold_back(roster, digest, now, zone_data, why)
        _record(books, "roster_held", digest, now, why)
    lasting.settle(books, None, None, (HeldItem(Hold.BREAKER, detail=why),), now)
    return Adopted(digest, in_force=False, changed=False, removable=newly)


def _bring_into_force(
    books: Books, roster: Roster, digest: str, now: datetime, zone_data: str
) -> None:
    books.rosters.adopt(roster, digest, now, zone_data)
    _open_groups(books, roster, now)
    _record(books, "roster_adopted", digest, now, f"zone data {zone_data}")


def _tell(books: Books, old: Roster, new: Roster, now: datetime) -> None:
    _tell_agents(books, old, new, now)
    duty_news.void_swaps(books, old, new, now)


def _tell_agents(books: Books, old: Roster, new: Roster, now: datetime) -> None:
    """Those whose duty moves soon are to hear of it, unless the roster says otherwise.

    Not of groups that are only watched, or were: nobody goes by what rotation says of them yet.
    Where it is more people than an account should write to for one edit, the soonest are.
    """
    if new.tell_agents:
        moved = of_groups(Timeline(old), Timeline(new), now, now + TOLD_AHEAD)
        found = {g: moves for g, moves in moved.items() if not _is_watched(g, old, new)}
        people = {**old.people, **new.people}
        for person, text in islice(news(people, found, "a new roster"), MOST_TOLD):
            books.changes.to_tell(person, text, now)


def _is_watched(group: GroupId, *rosters: Roster) -> bool:
    known = (roster.groups.get(group) for roster in rosters)
    return any(one.mode is Mode.WATCH for one in known if one is not None)


def _open_groups(books: Books, roster: Roster, now: datetime) -> None:
    accounts = books.groups.accounts()
    for group in roster.groups.values():
        if accounts.get(group.id) != group.account:
            fresh = GroupState(group.id, group.account, due=now)
            books.groups.save(fresh)
    books.groups.wake(now)


def _record(books: Books, kind: str, digest: str, now: datetime, text: str) -> None:
    books.audit.append(
        at=now, kind=kind, group=None, person=None, reason=None, origin=f"roster {digest}",
        detail={"text": text},
    )  # fmt: skip


def _judged(
    books: Books, old: Roster | None, new: Roster, now: datetime
) -> tuple[tuple[GroupId, PersonId], ...]:
    """Account by account: whom the new roster would remove that the old one would not.

    Of groups that it says the same about that is nobody, and most edits are about a few.
    """
    edited: dict[AccountId, list[Group]] = {}
    for group in new.groups.values():
        if old is None or _told(old, group.id) != _told(new, group.id):
            edited.setdefault(group.account, []).append(group)
    if not edited:
        return ()
    then = ("", old, Timeline(old)) if old else None
    from_now_on = ("", new, Timeline(new))
    inside = memberships(books, new)
    tripped: list[tuple[GroupId, PersonId]] = []
    for account, groups in sorted(edited.items()):
        before = _removable(books, then, account, groups, now) if then else frozenset()
        after = _removable(books, from_now_on, account, groups, now)
        tripped += breaker.trips(before, after, inside[account])
    return tuple(tripped)


def _told(roster: Roster, group: GroupId) -> object:
    """All that a roster says about a group."""
    found = roster.groups.get(group)
    return found and (found, [roster.shifts[shift] for shift in found.shifts])


def _removable(
    books: Books,
    roster: RosterInForce,
    account: AccountId,
    groups: Iterable[Group],
    now: datetime,
) -> frozenset[tuple[GroupId, PersonId]]:
    on = ground(books, roster, account)
    found = set()
    for group in (g for g in map(roster[1].groups.get, [g.id for g in groups]) if g is not None):
        if group.account != account or group.mode is Mode.WATCH:
            continue
        with suppress(Unreadable):  # held for that, so nobody is removed from it meanwhile
            state = books.groups.state(group.id) or GroupState(group.id, account, due=now)
            decision = view_from(on, books, state, now).decision(now)
            found |= {(group.id, s.person) for s in decision.steps if s.kind is Kind.REMOVE}
    return frozenset(found)


def memberships(books: Books, roster: Roster) -> Counter[AccountId]:
    """How many people were seen in the groups of each account that we may change."""
    ours = {g.id: g.account for g in roster.groups.values() if g.mode is not Mode.WATCH}
    return Counter(
        ours[s.group] for s in books.seats.all() if s.group in ours and s.seen is Seen.IN
    )
