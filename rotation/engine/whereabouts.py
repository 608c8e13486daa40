"""Where a leaver may still be: every group of every account, and what stands in the way there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rotation.core.facts import GroupState, HeldItem, Leaver, Role, Seat, Seen
from rotation.core.holds import MEANING, Hold
from rotation.core.roster import AccountId, Group, GroupId, PersonId, Roster
from rotation.ledger import Books, OpenHold

LASTING = {Hold.UNLISTED: timedelta(minutes=5)}
"""What often ends by itself; any other hold is a person's business after a minute."""
SETTLE = timedelta(minutes=1)
IN_VAIN = timedelta(minutes=15)
"""After so long a removal that is tried again and again may need a person."""
_UNREADABLE = frozenset({Hold.GROUP_GONE, Hold.UNLISTED, Hold.DAMAGED})
_UNMOVED = _UNREADABLE | {Hold.NOT_ADMIN, Hold.PROTECTED}
_UNKNOWN = _UNREADABLE | {Hold.IDENTITY}
_OF_ACCOUNTS = frozenset(
    {
        Hold.SESSION,
        Hold.CREDENTIALS,
        Hold.IDENTITY,
        Hold.UNLISTED,
        Hold.DAMAGED,
        Hold.RIVAL,
        Hold.SPENT,
        Hold.RESTORED,
        Hold.AUDIT,
    }
)


class Far(StrEnum):
    """How far a wipe is in one place: proven out, being worked on, or left to a person."""

    OUT = "out"
    OPEN = "open"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Place:
    """One group, or with `group` None the list of an account's groups.

    `why` and `to_do` are for people, where it is held. `inside`: they were seen there last.
    """

    account: AccountId
    group: GroupId | None
    far: Far
    inside: bool = False
    why: str = ""
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Everywhere a person under all their numbers may be; `since` when the first was marked."""

    people: tuple[PersonId, ...]
    since: datetime
    places: tuple[Place, ...]

    @property
    def groups(self) -> tuple[Place, ...]:
        return tuple(p for p in self.places if p.group is not None)

    def those(self, far: Far) -> tuple[Place, ...]:
        return tuple(p for p in self.places if p.far is far)

    @property
    def proven(self) -> bool:
        return all(p.far is Far.OUT for p in self.places)

    @property
    def done(self) -> bool:
        """Nothing is left that does not need a person."""
        return not self.those(Far.OPEN)


def whereabouts(
    books: Books,
    roster: Roster,
    accounts: Iterable[AccountId],
    marks: Collection[Leaver],
    at: datetime,
) -> Whereabouts:
    """Where somebody with these `marks` (one for each of their numbers) may be at `at`.

    The marks are all for every group, or all for one team's. `roster` has the groups as well that
    only lists name.
    """
    accounts = sorted(set(accounts))
    look = _Look(
        books, roster, {one.person: one for one in marks},
        {s.group: s for s in books.groups.all()},
        {one.person: books.seats.of_person(one.person) for one in marks},
        books.holds.in_force(), at,
    )  # fmt: skip
    places = (place for account in accounts for place in look.of_account(account))
    since = min(one.since for one in marks)
    return Whereabouts(tuple(one.person for one in marks), since, (*places, *look.left(accounts)))


@dataclass(frozen=True, slots=True)
class _Look:
    books: Books
    roster: Roster
    marks: Mapping[PersonId, Leaver]
    states: Mapping[GroupId, GroupState]
    seats: Mapping[PersonId, Mapping[GroupId, Seat]]
    holds: Collection[OpenHold]
    at: datetime

    @property
    def team(self) -> str:
        """The team whose groups alone are meant; "" for every group, listed or not."""
        return next(one.team for one in self.marks.values())

    def of_account(self, account: AccountId) -> Iterator[Place]:
        state = self.books.accounts.state(account)
        ours = self.books.people.going_by(state.own) & self.marks.keys()
        team = self.team
        whole = self._lasting(
            h for h in self.holds if h.item.group is None and h.item.account in (None, account)
        )
        held = next((h for h in whole if h.item.hold in _OF_ACCOUNTS), None)
        since = max(one.since for one in self.marks.values())
        listed_at = self.books.found.listing(account).listed_at
        if not team and (listed_at is None or listed_at < since):
            yield _held(account, None, held.item) if held else Place(account, None, Far.OPEN)
        for group in self.roster.groups_of(account):
            if team not in {"", group.team}:
                continue
            if ours:
                why, to_do = "this is the account's own number", "give the account another number"
                yield Place(account, group.id, Far.HELD, inside=True, why=why, to_do=to_do)
            else:
                yield self._place(group, held)

    def left(self, accounts: Collection[AccountId]) -> Iterator[Place]:
        """Groups that the list named before, and in which they were when we were there last."""
        for found in () if self.team else self.books.found.all():
            known = found.group in self.roster.groups or found.account not in accounts
            if known or any(g.chat == found.chat for g in self.roster.groups.values()):
                continue
            if any(s.seen is Seen.IN for s in self._seats(found.group)):
                why = "our account is in it no more, and they were when it was read last"
                to_do = "have an admin of it remove them"
                yield Place(found.account, found.group, Far.HELD, inside=True, why=why, to_do=to_do)

    def _seats(self, group: GroupId) -> list[Seat]:
        return [mine[group] for mine in self.seats.values() if group in mine]

    def _place(self, group: Group, account: OpenHold | None) -> Place:
        seats = self._seats(group.id)
        if len(seats) == len(self.marks) and all(self._is_out(seat) for seat in seats):
            return Place(group.account, group.id, Far.OUT)
        inside = any(seat.seen is Seen.IN for seat in seats)
        if account is not None:
            return _held(group.account, group.id, account.item, inside=inside)
        mine = [
            h
            for h in self._lasting(self.holds)
            if h.item.group == group.id and (h.item.person is None or h.item.person in self.marks)
        ]
        why = next((h for h in mine if h.item.hold in self._stopping(group, seats)), None)
        if why is not None:
            return self._held_here(group, why, seats)
        if (unread := self._unread(group, inside=inside)) is not None:
            return unread
        return self._in_vain(group, seats) or Place(group.account, group.id, Far.OPEN, inside)

    def _is_out(self, seat: Seat) -> bool:
        """Seen out by a read begun after the mark, and nothing that was sent may still land."""
        seen_at = seat.seen_at
        if seat.seen is not Seen.OUT or seen_at is None or seat.in_doubt:
            return False
        is_quiet = seat.settle_at is None or seen_at >= seat.settle_at
        return is_quiet and seen_at >= self.marks[seat.person].since

    def _stopping(self, group: Group, seats: Collection[Seat]) -> frozenset[Hold]:
        """The holds that leave it to a person, by what is known of the place."""
        state = self.states.get(group.id)
        since = max(one.since for one in self.marks.values())
        if state is None or state.read_began_at is None or state.read_began_at < since:
            return _UNREADABLE
        return _UNMOVED if any(s.seen is Seen.IN for s in seats) else _UNKNOWN

    def _unread(self, group: Group, *, inside: bool) -> Place | None:
        """A group that cannot be read and is only watched is shown as held nowhere else."""
        state = self.states.get(group.id)
        if state is None or state.hold not in _UNREADABLE or state.hold_since is None:
            return None
        if self.at - state.hold_since < LASTING.get(state.hold, SETTLE):
            return None
        item = HeldItem(state.hold, group.account, group.id, detail=state.hold_detail)
        return _held(group.account, group.id, item, inside=inside)

    @staticmethod
    def _held_here(group: Group, hold: OpenHold, seats: Collection[Seat]) -> Place:
        """Who created a group, or is an admin of it, is a case of its own."""
        roles = {seat.role for seat in seats if seat.seen is Seen.IN}
        inside = any(seat.seen is Seen.IN for seat in seats)
        why = to_do = ""
        if hold.item.hold is Hold.PROTECTED and Role.CREATOR in roles:
            why = "they created the group, and nobody can remove whoever did"
            to_do = "have them leave it, or go on in a new group"
        elif hold.item.hold is Hold.PROTECTED and Role.ADMIN in roles:
            why = "they are an admin of the group"
            to_do = "take that right away on the phone; rotation removes them then"
        if why:
            return Place(group.account, group.id, Far.HELD, inside, why, to_do)
        return _held(group.account, group.id, hold.item, inside=inside)

    def _in_vain(self, group: Group, seats: Collection[Seat]) -> Place | None:
        late = [s for s in seats if s.op_since and self.at - s.op_since >= IN_VAIN]
        if not late:
            return None
        why = f"{max(s.tries for s in late)} tries did not get them out; more follow"
        to_do = "nothing unless it must be now; then remove them by hand"
        return Place(group.account, group.id, Far.HELD, inside=True, why=why, to_do=to_do)

    def _lasting(self, holds: Iterable[OpenHold]) -> Iterator[OpenHold]:
        for hold in holds:
            if self.at - hold.since >= LASTING.get(hold.item.hold, SETTLE):
                yield hold


def _held(
    account: AccountId, group: GroupId | None, item: HeldItem, *, inside: bool = False
) -> Place:
    meaning, detail = MEANING[item.hold], item.detail
    why = f"{meaning.cause} ({detail})" if detail else meaning.cause
    return Place(account, group, Far.HELD, inside, why, meaning.what_to_do)
