"""A read of a group: asked, believed or not, and laid over the seats as proof."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rotation.core.facts import (
    AccountState,
    Attempt,
    GroupState,
    Kind,
    Reading,
    Role,
    Seat,
    Seen,
)
from rotation.core.holds import Hold
from rotation.core.outcome import InDoubt, Refusal, Refused, Scope, Throttled, Unread
from rotation.core.proof import Change, Proof, believable, prove
from rotation.core.roster import Group, Mode, PersonId
from rotation.engine import attention
from rotation.engine.calls import Asked, Left, ask, nothing_left
from rotation.engine.drip import Drip
from rotation.engine.evidence import of_calls
from rotation.engine.gate import held
from rotation.engine.line import Line
from rotation.engine.pauses import paused_after
from rotation.engine.rules import Event
from rotation.engine.steady import A_LITTLE
from rotation.ledger import Books
from rotation.providers import Member, Members

_SOON = timedelta(seconds=30)
_LATEST = timedelta(minutes=15)
_LONGEST_TRIED = timedelta(days=8)
"""How far back the attempts for one occurrence may reach."""
_ROUNDING = 1.5
"""Seconds."""
_LANDS_WITHIN = timedelta(minutes=20)
"""An attempt older than the watch for it, and its call, has nothing to do with what is seen now."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One list: which group, when the call began and ended, and every id of our own account.

    `boot` and `uptime` are the boot clock's when it had ended.
    """

    group: Group
    began_at: datetime
    ended_at: datetime
    boot: str
    uptime: float
    own: frozenset[str]
    on_duty: frozenset[PersonId]

    def comes_after(self, attempt: Attempt) -> bool:
        """Whether the attempt is as old as it looks, and was not sent in the future.

        Otherwise it was sent before the clock was put back, and is no longer awaited.
        """
        looks = self.ended_at - attempt.sent_at
        if looks < timedelta(0):
            return False
        is_ = timedelta(seconds=self.uptime - attempt.uptime)
        return attempt.boot != self.boot or is_ - looks <= A_LITTLE


def read(
    books: Books, line: Line, group: Group, on_duty: frozenset[PersonId] = frozenset()
) -> Left:
    """Read the members of `group` once; what that proves is written down with the answer.

    `on_duty` should be in: that none of them is any more is put on record.
    """

    def settle(after: Books, asked: Asked[Members | Unread]) -> Left:
        if isinstance(asked.found, InDoubt) and asked.found.again:
            asked.note(after)
            if Drip(after, line, line.clock()).wait(None) <= timedelta(0):
                return read(after, line, group, on_duty)
        return nothing_left(*_noted(after, line, (group, on_duty), asked))

    return ask(books, line, lambda: line.chat.members(group.chat), settle, group.id)


def _noted(
    books: Books,
    line: Line,
    about: tuple[Group, frozenset[PersonId]],
    asked: Asked[Members | Unread],
) -> list[Event]:
    (group, on_duty), found, ended_at = about, asked.found, asked.ended_at
    text = type(found).__name__
    if isinstance(found, Members):
        text = "listed" if found.named else "listed, without the group's name"
    asked.note(books, text)
    state = books.groups.state(group.id) or GroupState(group.id, group.account, asked.began_at)
    account = _noted_account(books, line, group, found, ended_at)
    if isinstance(found, Members):
        when = asked.began_at, ended_at, asked.boot, asked.uptime
        this = _Read(group, *when, account.own, on_duty)
        return list(_listed(books, this, state, found))
    books.groups.save(_unread(state, found, ended_at))
    return []


def _noted_account(
    books: Books, line: Line, group: Group, found: Members | Unread, at: datetime
) -> AccountState:
    before = books.accounts.state(group.account)
    after = before if isinstance(found, Members) else paused_after(before, found, at)
    offset = _clock_offset(line)
    if offset is not None and _is_news(offset, after.clock_offset):
        after = replace(after, clock_offset=offset.total_seconds())
    if after != before:
        books.accounts.save(after)
    return after


def _clock_offset(line: Line) -> timedelta | None:
    """How far ahead of us they are who count the time too: of provider and server the farther."""
    told = (line.chat.clock_offset, line.ledger.tenures.clock_offset)
    return max((offset for offset in told if offset is not None), key=abs, default=None)


def _is_news(offset: timedelta, known: float | None) -> bool:
    """Whether it differs by more than a date in whole seconds always does."""
    return known is None or abs(offset.total_seconds() - known) > _ROUNDING


def _unread(state: GroupState, found: Unread, at: datetime) -> GroupState:
    """No list: the group waits, the longer the longer it has gone unread."""
    match found:
        case Refused(why) if why is Refusal.NOT_ADMIN:
            return held(state, Hold.NOT_ADMIN, "the chat does not let us read it", at)
        case Refused(why) if why.scope is Scope.GROUP:
            return held(state, Hold.GROUP_GONE, "the chat does not know the group", at)
        case Throttled() | InDoubt(again=True):
            return replace(state, due=at)
        case Refused() | InDoubt():
            return _unlisted(state, "no list came", at)


def _unlisted(state: GroupState, detail: str, at: datetime) -> GroupState:
    waiting = held(state, Hold.UNLISTED, detail, at)
    unread_for = at - (waiting.hold_since or at)
    wait = min(max(unread_for / 8, _SOON), _LATEST)
    return replace(waiting, probe_at=at + wait, due=at)


def _listed(books: Books, asked: _Read, state: GroupState, found: Members) -> Iterator[Event]:
    ours = [m for m in found.people if asked.own & _ids(m)]
    if not ours:
        books.groups.save(_unlisted(state, "our own account is not on it", asked.ended_at))
        return
    if not believable(len(found.people), state.size, state.suspicious_since, asked.began_at):
        since = state.suspicious_since or asked.began_at
        doubted = _unlisted(state, "it lost half of its members", asked.ended_at)
        books.groups.save(replace(doubted, suspicious_since=since))
        return
    people = _resolved(books, asked, [m for m in found.people if m not in ours])
    reading = Reading(
        group=asked.group.id,
        began_at=asked.began_at,
        ended_at=asked.ended_at,
        present=people.present,
        unresolved=people.unresolved,
        we_are_admin=any(m.role is not Role.MEMBER for m in ours),
    )
    fewer = state.size is not None and len(found.people) < state.size
    yield from _proven(books, asked, reading, fewer=fewer)
    books.groups.save(_read(state, reading, len(found.people)))


def _read(state: GroupState, reading: Reading, size: int) -> GroupState:
    """The group after a believed read: what it lifts is lifted."""
    lifted = state.hold in (Hold.UNLISTED, Hold.GROUP_GONE, Hold.NOT_ADMIN)
    still = state.hold is Hold.NOT_ADMIN and not reading.we_are_admin
    if lifted and not still:
        state = replace(state, hold=None, hold_since=None, hold_detail="", probe_at=None)
    elif still:
        state = held(state, Hold.NOT_ADMIN, state.hold_detail, reading.ended_at)
    return replace(
        state,
        read_began_at=reading.began_at,
        read_ended_at=reading.ended_at,
        we_are_admin=reading.we_are_admin,
        size=size,
        unresolved=reading.unresolved,
        suspicious_since=None,
        due=min(state.due, reading.ended_at),
    )


@dataclass(frozen=True, slots=True)
class _People:
    present: Mapping[PersonId, Role]
    unresolved: int


def _ids(member: Member) -> frozenset[str]:
    return frozenset(str(i) for i in (member.phone, member.lid) if i)


def _resolved(books: Books, asked: _Read, members: list[Member]) -> _People:
    """Members by our names.

    A LID that comes with a number is learnt; a LID alone that nobody is known by stays unresolved,
    which is neither absent nor a stranger.
    """
    known = dict(books.people.by_id())
    present: dict[PersonId, Role] = {}
    unresolved = 0
    for member in members:
        person = next((known[i] for i in _ids(member) if i in known), None)
        if person is None and books.people.forgotten(member.phone, member.lid):
            # Somebody who was forgotten and may be in no group: there is no removing them unnamed.
            person = books.people.stranger(member.phone, member.lid, asked.ended_at)
        if person is None and member.phone is None:
            unresolved += 1
            continue
        if person is None:
            is_strict = asked.group.mode is Mode.STRICT
            if not is_strict and asked.group.policy.silent is None:
                continue
            person = books.people.stranger(member.phone, member.lid, asked.ended_at)
            if is_strict:
                _meet(books, asked.group, person, asked.ended_at)
        elif member.lid is not None and member.lid not in known:
            books.people.learn_lid(person, member.lid, asked.ended_at)
        present[person] = member.role
    return _People(present, unresolved)


def _meet(books: Books, group: Group, person: PersonId, at: datetime) -> None:
    """A stranger's time in a strict group counts from the first read that shows them."""
    seat = books.seats.of(group.id).get(person)
    if seat is None or seat.managed_since is None:
        books.seats.save(replace(seat or Seat(group.id, person), managed_since=at))


def _proven(books: Books, asked: _Read, reading: Reading, *, fewer: bool) -> Iterator[Event]:
    seats = {**_of_leavers(books, asked, reading), **books.seats.of(asked.group.id)}
    resolvable = set(seats) if reading.unresolved == 0 else _with_lids(books, seats)
    tried = _tried(books, asked, seats)
    proven = prove(seats, reading, resolvable, tried, fewer=fewer)
    books.seats.save(*proven.seats.values())
    attention.pays(books, asked.group, seats, reading, proven.changes)
    for change in proven.changes:
        yield _recorded(books, asked, change, tried.get(change.seat.person, ()))
    _cover_lost(books, asked, seats, proven.seats)


def _cover_lost(
    books: Books, asked: _Read, before: Mapping[PersonId, Seat], after: Mapping[PersonId, Seat]
) -> None:
    """Of those on duty somebody was seen in, and now nobody is: on record as it is learnt."""
    were, are = (
        sorted(p for p in asked.on_duty if p in seats and seats[p].seen is Seen.IN)
        for seats in (before, after)
    )
    if were and not are:
        books.audit.append(
            at=asked.ended_at, kind="cover_lost", group=asked.group.id,
            person=were[0] if len(were) == 1 else None, reason=None, origin="seen by a read",
            detail={"gone": list(map(str, were))},
        )  # fmt: skip


def _of_leavers(books: Books, asked: _Read, reading: Reading) -> dict[PersonId, Seat]:
    """A seat for each leaver of whom it has to be proven that they are not here.

    Once it is, only for those who may be behind an id that nobody can be matched with.
    """
    barred = books.leavers.by_team()
    leavers = barred.get(asked.group.team or "", barred[""]).values()
    known = books.people.all() if leavers and reading.unresolved else {}
    hidden = {p for p, who in known.items() if not who.lids and not who.hashed}
    return {
        one.person: Seat(asked.group.id, one.person)
        for one in leavers
        if one.proven_at is None or one.person in hidden
    }


def _with_lids(books: Books, seats: Iterable[PersonId]) -> set[PersonId]:
    identities = books.people.all()
    known = {p: identities[p] for p in seats if p in identities}
    return {p for p, who in known.items() if who.lids or who.hashed}


def _tried(
    books: Books, asked: _Read, seats: Mapping[PersonId, Seat]
) -> dict[PersonId, tuple[Attempt, ...]]:
    """What may show its effect now, oldest first.

    Each open seat's attempts since its difference opened; of a settled seat still watched for a
    late effect, and of one that waits for what was tried before its difference opened, those that
    may have it; and of any seat that is watched what nothing was read after, however long ago it
    was: meanwhile one difference may have closed and another opened.
    """
    opened = {p: s.op_since for p, s in seats.items() if s.op_since is not None}
    watched = {p: s.seen_at for p, s in seats.items() if s.watch_until is not None}
    if not opened and not watched:
        return {}
    farthest = asked.began_at - _LONGEST_TRIED
    since = min([*opened.values(), *([farthest] if watched else [])])
    found = books.attempts.tried(asked.group.id, since)
    changes = [a for a in found if a.kind in (Kind.ADD, Kind.REMOVE) and asked.comes_after(a)]
    tried = {}
    for person in {*opened, *watched}:
        mine = [a for a in changes if a.person == person]
        awaits = person not in opened or _awaits_earlier(seats[person])
        late = _may_land_late(mine, asked.began_at) if awaits else []
        unread = watched.get(person, asked.began_at) or farthest
        awaited = min(opened.get(person, unread), unread)
        tried[person] = [a for a in mine if a in late or a.sent_at >= awaited]
    return {p: tuple(reversed(mine)) for p, mine in tried.items() if mine}


def _awaits_earlier(seat: Seat) -> bool:
    """Whether the quiet time of what was tried for an earlier difference is still on."""
    return seat.tries == 0 and seat.settle_at is not None


def _may_land_late(mine: list[Attempt], at: datetime) -> list[Attempt]:
    """Of each kind the newest attempt on a person, if it is recent, with all it repeated."""
    newest = {a.kind: a for a in reversed(mine)}
    recent = {k: a.because.key for k, a in newest.items() if at - a.sent_at <= _LANDS_WITHIN}
    return [a for a in mine if recent.get(a.kind) == a.because.key]


_NAMED = {
    (Change.PROVEN, True): "added",
    (Change.PROVEN, False): "removed",
    (Change.PROBABLY_OURS, True): "added",
    (Change.PROBABLY_OURS, False): "removed",
    (Change.OBSERVED, True): "seen_in",
    (Change.OBSERVED, False): "seen_out",
    (Change.LATE, True): "late_add",
    (Change.LATE, False): "late_removal",
}


def _recorded(books: Books, asked: _Read, change: Proof, tried: Iterable[Attempt]) -> Event:
    """One closing record for each change of membership, with its reason and all its attempts."""
    kind = _NAMED[change.change, change.now_in]
    seat = change.seat
    known = {attempt.id: attempt for attempt in tried}
    found = (known.get(n) or books.attempts.get(n) for n in change.attempts)
    attempts = [attempt for attempt in found if attempt is not None]
    because = attempts[-1].because if attempts else None
    books.audit.append(
        at=asked.ended_at,
        kind=kind,
        group=seat.group,
        person=seat.person,
        reason=because.reason if because else None,
        origin=because.origin if because else "seen by a read",
        detail={
            "certainty": change.change.value,
            "occurrence": because.key if because else "",
            "strikes": seat.strikes if change.strike else 0,
            **of_calls(attempts),
        },
        attempts=change.attempts,
    )
    tries = f" after {len(attempts)} tries" if len(attempts) > 1 else ""
    return Event(asked.ended_at, kind, asked.group.account, seat.group, seat.person, tries.strip())
