"""From the ledger to the facts of one group: what the decision sees, and what the guard sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from weakref import WeakKeyDictionary

from rotation.core.claims import last_grant
from rotation.core.decide import RE_REMOVALS, SWEEP, Decision, decide
from rotation.core.difference import GroupFacts
from rotation.core.facts import (
    AccountState,
    Because,
    Closing,
    Effect,
    Grant,
    GroupState,
    HeldItem,
    Identity,
    Kind,
    Leaver,
    Role,
    Seat,
    Seen,
    in_no_roster,
)
from rotation.core.holds import Hold
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Group, GroupId, Mode, PersonId, Roster
from rotation.core.timeline import Timeline
from rotation.core.wanted import BEHIND, Wanted, last_wanted, nobody, wanted
from rotation.engine import attention, closing
from rotation.engine.pauses import is_held
from rotation.ledger import AUDIT_BROKEN, RESTORED_AT, Books

RosterInForce: TypeAlias = tuple[str, Roster, Timeline]
YOUNG, A_DAY = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Barred:
    """Who may be in none of a team's groups, or in none at all.

    `unproven_at`: when the last of them became so of whom it is not proven yet.
    """

    people: Mapping[PersonId, Leaver]
    unproven_at: datetime | None

    @classmethod
    def of(cls, people: Mapping[PersonId, Leaver]) -> "Barred":
        unproven = (one.since for one in people.values() if one.proven_at is None)
        return cls(people, max(unproven, default=None))


@dataclass(frozen=True, slots=True)
class Ground:
    """What all groups of an account stand on, asked for once in a transaction."""

    digest: str
    roster: Roster
    timeline: Timeline
    account: AccountState
    barred: Mapping[str, Barred]
    identities: Mapping[PersonId, Identity]
    ours: frozenset[PersonId]
    marked_at: datetime | None
    """When somebody became a leaver of all groups last."""
    doubt: HeldItem | None
    """Why nothing is sent: a person has to look at the ledger, or a day's changes are spent."""

    def barred_from(self, group: Group) -> Barred:
        return self.barred.get(group.team or "", self.barred[""])


@dataclass(frozen=True, slots=True)
class GroupView:
    """Everything gathered for one group in one transaction.

    `unkept` are the seats of `facts` whose `managed_since` the ledger does not have yet.
    """

    digest: str
    roster: Roster
    timeline: Timeline
    group: Group
    grants: tuple[Grant, ...]
    leavers: Mapping[PersonId, Leaver]
    identities: Mapping[PersonId, Identity]
    facts: GroupFacts
    unkept: tuple[Seat, ...]
    closing: Closing | None = None

    def decision(self, now: datetime) -> Decision:
        return decide(self.facts, now)


def ground(books: Books, roster: RosterInForce, account: AccountId) -> Ground:
    """What the groups of `account` stand on under the roster in force; `ours`: our own number."""
    state, leavers = books.accounts.state(account), books.leavers.by_team()
    return Ground(
        *roster,
        account=state,
        barred={team: Barred.of(people) for team, people in leavers.items()},
        identities=books.people.all(),
        ours=books.people.going_by(state.own),
        marked_at=max((one.since for one in leavers[""].values()), default=None),
        doubt=doubt(books, account),
    )


def doubt(books: Books, account: AccountId) -> HeldItem | None:
    """Why the ledger itself is not to be acted on, before a person has looked at it."""
    if (restored_at := books.meta.get(RESTORED_AT)) is not None:
        return HeldItem(Hold.RESTORED, account, detail=f"at {restored_at}")
    if (broken := books.meta.get(AUDIT_BROKEN)) is not None:
        return HeldItem(Hold.AUDIT, account, detail=broken)
    return None


def view(books: Books, roster: RosterInForce, group_id: GroupId, now: datetime) -> GroupView:
    """Gather one group of the roster in force at the UTC instant `now`."""
    group = roster[1].groups[group_id]
    state = books.groups.state(group_id) or GroupState(group_id, group.account, due=now)
    on = ground(books, roster, group.account)
    resting = (h for h in (Hold.RIVAL, Hold.SPENT) if is_held(books, group.account, h))
    if on.doubt is None and (why := next(resting, None)) is not None:
        on = replace(on, doubt=HeldItem(why, group.account))
    return view_from(on, books, state, now)


def view_from(on: Ground, books: Books, state: GroupState, now: datetime) -> GroupView:
    """Gather one group of which the ledger says `state`, at the UTC instant `now`."""
    group, over = on.roster.groups[state.group], books.closings.of(state.group)
    if over is not None:
        group = closing.as_closed(group, over)
    barred, known = on.barred_from(group), books.seats.of(group.id)
    leavers = barred.people
    grants = tuple(books.grants.of(group.id, since=now - BEHIND))
    refused = {s.person: s.refused_key for s in known.values() if s.refused is not None}
    origin = f"roster {on.digest}"
    who = (
        wanted(on.timeline, group, grants, leavers, now, origin=origin, refused=refused)
        if over is None
        else nobody(leavers, now)
    )
    kept = frozenset(group.always_in) | on.ours  # no step ever names them
    by_right = _managed_by_right(on.timeline, group, grants, now)
    by_right = (by_right | books.subscriptions.members(group.id)) - kept
    seats = _with_managed(known, by_right, group.mode, group.id, now)
    gone = _Gone(on, books, origin, group, leavers, who, now)
    if over is not None:
        kept |= closing.kept(group, seats)
    managed = by_right | {p for p, s in seats.items() if _is_managed(s, gone, now)} - kept
    silent = (
        attention.leaving(books, on.roster, group, seats, kept, who, now) if over is None else {}
    )
    silent = {p: why for p, why in silent.items() if p not in managed}
    managed |= silent.keys()
    if over is not None and over.said_at is not None:
        managed = (managed | closing.going(over, seats, on.identities)) - kept
    elif over is not None:
        managed = frozenset(leavers) & managed - kept  # nobody else before it was said
    facts = GroupFacts(
        group=group,
        mode=group.mode,
        wanted=who,
        seats=seats,
        state=state,
        account=on.account,
        managed=managed,
        kept=kept,
        said=_said(books, group.id),
        gone={
            p: silent.get(p) or gone.why(p, seats[p])
            if over is None
            else gone.of_closed(p, seats[p], over)
            for p in managed
            if p not in who.people and seats[p].seen is Seen.IN
        },
        doubted=on.doubt.hold if on.doubt else None,
        resets={p: why for p, s in seats.items() if (why := gone.to_be_reset(p, s)) is not None},
        marked_at=barred.unproven_at,
        many_silent=attention.waiting(books, group),
        read_every=swept_every(on.marked_at, now) if in_no_roster(group.id) else None,
    )
    unkept = tuple(seat for person, seat in seats.items() if known.get(person) != seat)
    return GroupView(
        on.digest,
        on.roster,
        on.timeline,
        group,
        grants,
        leavers,
        on.identities,
        facts,
        unkept,
        over,
    )


def _said(books: Books, group: GroupId) -> dict[tuple[Kind, PersonId, str], datetime]:
    return dict(books.notices.concluded(group))


def _managed_by_right(
    timeline: Timeline, group: Group, grants: Iterable[Grant], now: datetime
) -> frozenset[PersonId]:
    granted = {g.person for g in grants if g.effect is Effect.IN and g.starts <= now}
    return _rostered(timeline, group.id) | granted


_ROSTERED: WeakKeyDictionary[Timeline, dict[GroupId, frozenset[PersonId]]] = WeakKeyDictionary()
_MOST_KEPT = 256


def _rostered(timeline: Timeline, group: GroupId) -> frozenset[PersonId]:
    """Remembered: every shift, and each change of duty, may put somebody on duty."""
    known = _ROSTERED.setdefault(timeline, {})
    if group not in known:
        if len(known) == _MOST_KEPT:
            known.clear()
        known[group] = timeline.roster.rostered(group)
    return known[group]


def _with_managed(
    seats: Mapping[PersonId, Seat],
    by_right: frozenset[PersonId],
    mode: Mode,
    group: GroupId,
    now: datetime,
) -> dict[PersonId, Seat]:
    """Seats with `managed_since` true to the roster.

    Taken on while the roster names them, and let go only once they are seen out. A group that is
    only watched takes nobody on.
    """
    marked = dict(seats)
    for person in sorted(by_right):
        seat = marked.get(person) or Seat(group, person)
        taken_on = seat.managed_since is not None or mode is Mode.WATCH
        marked[person] = seat if taken_on else replace(seat, managed_since=now)
    for person, seat in seats.items():
        if person not in by_right and seat.managed_since is not None and seat.seen is Seen.OUT:
            marked[person] = replace(seat, managed_since=None)
    return marked


def because_of(leaver: Leaver) -> Because:
    """Why a leaver goes: the occurrence is the mark, so that another one is another."""
    reason, scope = (Reason.MOVED, f"{leaver.team}/") if leaver.team else (Reason.LEAVER, "")
    key = f"{reason.value}/{scope}{leaver.person}/{leaver.since:%Y-%m-%dT%H:%M:%SZ}"
    return Because(reason, key, leaver.author, ends=leaver.since)


def swept_every(marked_at: datetime | None, now: datetime) -> timedelta:
    """How often groups in no roster are listed and read: after a few days once a day."""
    is_young = marked_at is None or now - marked_at < YOUNG
    return SWEEP if is_young else A_DAY


_BY_KEY = {
    "removed": Reason.ROSTER_REMOVED,
    "stranger": Reason.STRANGER,
    "silent": Reason.SILENT,
    "off-duty": Reason.ENFORCEMENT,
}
"""Exits whose key names the person, by how it begins."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """Why somebody who is not wanted has to go."""

    on: Ground
    books: Books
    origin: str
    group: Group
    leavers: Mapping[PersonId, Leaver]
    wanted: Wanted
    now: datetime

    def of_closed(self, person: PersonId, seat: Seat, over: Closing) -> Because:
        return self.why(person, seat) if person in self.leavers else closing.because(over)

    def why(self, person: PersonId, seat: Seat) -> Because:
        if person in self.leavers:
            return because_of(self.leavers[person])
        if self.is_stranger(person):
            ends = self.stranger_until(seat)
            return Because(Reason.STRANGER, f"stranger/{person}", "strict mode", ends=ends)
        if person in self.wanted.gone:
            return self.wanted.gone[person]
        if person in _rostered(self.on.timeline, self.group.id):
            timeline, group = self.on.timeline, self.group
            last = last_wanted(timeline, group, person, self.now, origin=self.origin)
            return last or Because(Reason.ENFORCEMENT, f"off-duty/{person}", "roster")
        granted = last_grant(self.books.grants.ended_of(self.group.id, person), person)
        return granted or self.deleted(person, seat)

    def deleted(self, person: PersonId, seat: Seat) -> Because:
        """Somebody whom the roster names here no more: since the difference was seen first.

        Its key has that instant, so that another time is another occurrence. With a number that
        somebody used before nobody goes, and nothing has an end that would be announced.
        """
        known, key = self.on.identities.get(person), f"removed/{person}"
        if known is not None and known.former_of is not None:
            return Because(Reason.ROSTER_REMOVED, key, "roster")
        is_known = seat.op is Kind.REMOVE and seat.key.startswith(f"{key}/")
        since = seat.op_since if is_known and seat.op_since is not None else self.now
        key = seat.key if is_known else f"{key}/{self.now:%Y-%m-%dT%H:%M:%SZ}"
        return Because(Reason.ROSTER_REMOVED, key, "roster", ends=since)

    def to_be_reset(self, person: PersonId, seat: Seat) -> Because | None:
        """Why the invite link is to be reset, if it is, because of somebody we removed here.

        Of a leaver always; of others where the group says so for the reason, and once they came
        back as often as they are removed again without a word.
        """
        removed, _, key = seat.proven.partition(" ")
        if removed != Kind.REMOVE:
            return None
        if (leaver := self.leavers.get(person)) is not None:
            why = because_of(leaver)
            return why if why.key == key else None
        after, came_back = self.group.policy.reset_link_after, seat.strikes >= RE_REMOVALS
        if seat.seen is not Seen.OUT or not (after or came_back):
            return None
        removed_for = self._removed_for(person, seat, key)
        if removed_for is not None and came_back:
            return removed_for._replace(key=f"{key}/came back")
        return removed_for if removed_for is not None and removed_for.reason in after else None

    def _removed_for(self, person: PersonId, seat: Seat, key: str) -> Because | None:
        """Why they were removed under that key; None where they may be in by now."""
        if person in self.wanted.people:
            return None
        kind, _, rest = key.partition("/")
        if kind in _BY_KEY and rest.split("/")[0] == person:
            return Because(_BY_KEY[kind], key, "roster")
        why = self.why(person, seat)
        return why if why.key == key else None

    def is_stranger(self, person: PersonId) -> bool:
        known = self.on.identities.get(person)
        return known is not None and known.stranger

    def stranger_until(self, seat: Seat) -> datetime:
        return (seat.managed_since or self.now) + self.group.policy.strangers_after


def _is_managed(seat: Seat, gone: _Gone, now: datetime) -> bool:
    if seat.person in gone.leavers:
        return True
    if gone.is_stranger(seat.person):
        # A customer who made the group is no stranger in it.
        strict = gone.group.mode is Mode.STRICT and seat.role is not Role.CREATOR
        return strict and seat.managed_since is not None and gone.stranger_until(seat) <= now
    return seat.managed_since is not None
