"""Oracles over the calls as they arrive: S1 to S7, S9, S10, C8 and I2; what is said is in words.

Judged at the instant at which a call reaches the server, whatever becomes of it there.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.facts import Attempt, Because, Kind
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Refused, Scope
from rotation.core.reason import Reason
from rotation.ledger import Books
from rotation.sandbox import wire
from rotation.wiring.oracles.scene import TRUSTED, Room, Scene
from rotation.wiring.oracles.words import Words

CAME_BACK = 2
"""So often somebody may be let in again by others before the invite link is suspected."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
RIVALLED = 3
"""In so many groups somebody else has to be at work before a whole account may be held for it."""
FRESH = timedelta(seconds=31)
"""Evidence of thirty seconds, and one for the wire."""
QUIET, BACK_OFF = 85.0, 7.0
"""Seconds after what may still take effect, and after a clear no, in which nothing is repeated."""
NEWS = timedelta(minutes=15)
"""How long the provider's wish for fewer calls holds, and what others do is news."""
CHANGES = {wire.Kind.ADD: Kind.ADD, wire.Kind.REMOVE: Kind.REMOVE}
SPEECH = frozenset({Kind.NOTICE, Kind.BRIEF, Kind.INVITE, Kind.TELL})
ALL, READS, TEXTS = "all", "reads", "texts"


@dataclass(slots=True)
class Traffic:
    """How many calls of a kind arrived within any sixty seconds, as a server counts."""

    most: Counter[str] = field(default_factory=Counter)
    _calls: dict[str, deque[datetime]] = field(default_factory=dict)

    def count(self, what: str, at: datetime) -> int:
        calls = self._calls.setdefault(what, deque())
        while calls and at - calls[0] >= MINUTE:
            calls.popleft()
        calls.append(at)
        self.most[what] = max(self.most[what], len(calls))
        return len(calls)


@dataclass(slots=True)
class _Slow:
    """What is done after the provider asked for fewer calls: half as much for a quarter of an hour.

    Counted from zero at each such answer that came while the daemon was there to hear it.
    """

    since: datetime | None = None
    traffic: Traffic = field(default_factory=Traffic)

    def begins(self, at: datetime) -> None:
        self.since, self.traffic = at, Traffic()

    def is_on(self, at: datetime, scene: Scene) -> bool:
        woken = scene.woken_at
        heard = self.since is not None and (woken is None or woken < self.since)
        sure = scene.clock.is_right(at, 2 * NEWS)
        return heard and sure and self.since is not None and at - self.since < NEWS


@dataclass(slots=True)
class Calls:
    """Judges every call; `drip` and `requests` are what an account may make in a minute."""

    scene: Scene
    drip: int
    requests: int
    daily: int | None = None
    traffic: Traffic = field(default_factory=Traffic)
    tried: dict[tuple[str, str, wire.Kind], datetime] = field(default_factory=dict)
    """When somebody was last added, or removed, by group and number."""
    slow: _Slow = field(default_factory=_Slow)
    _day: deque[datetime] = field(default_factory=deque)
    """When the changes of the last day arrived."""
    _last: int = 0
    _attempts: dict[tuple[str, str, wire.Kind], int] = field(default_factory=dict)
    _words: Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = Words(self.scene)

    def arrives(self, kind: wire.Kind, chat: str, people: Collection[str], at: datetime) -> None:
        self._count(kind, chat, at)
        if kind not in wire.CHANGES:
            return
        with self.scene.ledger.reading() as books:
            self.scene.learn(books)
            if chat in self.scene.rooms:
                self.scene.learn_grants(books, self.scene.rooms[chat])
            attempt = self._written(books, kind, chat, people, at)
            for phone in people:
                self._change(books, kind, chat, phone, at, attempt)
        if kind is wire.Kind.REVOKE and attempt is not None:
            self._reset(attempt, chat, at)
        if attempt is not None and attempt.kind is Kind.NOTICE:
            self._words.notice(attempt, chat, at)
        if attempt is not None and attempt.kind is Kind.BRIEF:
            self._words.brief(attempt, chat, at)

    def look(self, books: Books, at: datetime) -> None:
        """C4: what holds a whole account is so: its day used up, or most undone by others."""
        if self.daily is None or not self.scene.clock.is_right(at, DAY):
            return
        held = {h.item.hold for h in books.holds.in_force() if h.item.group is None}
        if Hold.RIVAL in held and len(self._meddled_with(at)) < RIVALLED:
            self.scene.wrong("C4", at, "", "", "it is held as undone in most groups, and is not")
        if Hold.SPENT in held:
            tried = books.attempts.since(self.scene.account, at - DAY - NEWS)
            if sum(a.kind in CHANGES.values() for a in tried) < self.daily - self.daily // 10:
                text = "it is held as having used up its day, and has not"
                self.scene.wrong("C4", at, "", "", text)

    def _meddled_with(self, at: datetime) -> list[str]:
        """The groups in which others made somebody of ours come or go within a day."""
        return [
            chat
            for chat, room in self.scene.rooms.items()
            if any(c.by is None and at - c.at < DAY for c in room.changed.values())
        ]

    def _within_the_day(self, at: datetime) -> None:
        """S7: no more changes in any 24 hours than the account may make, as they arrived."""
        while self._day and at - self._day[0] >= DAY:
            self._day.popleft()
        self._day.append(at)
        sure = self.scene.clock.is_right(at, DAY)
        if self.daily is not None and sure and len(self._day) > self.daily:
            self.scene.wrong("S7", at, "", "", f"more than {self.daily} changes in 24 hours")

    def _count(self, kind: wire.Kind, chat: str, at: datetime) -> None:
        if self.traffic.count(ALL, at) > self.requests:
            self.scene.wrong("S7", at, chat, "", f"more than {self.requests} calls in 60 s")
        if kind in CHANGES:
            self._within_the_day(at)
            if self.traffic.count(kind.value, at) > self.drip:
                text = f"more than {self.drip} calls to {kind.value} in 60 s"
                self.scene.wrong("S7", at, chat, "", text)
            if self.slow.is_on(at, self.scene):
                allowed = max(1, self.drip // 2)
                if self.slow.traffic.count(kind.value, at) > allowed:
                    text = f"more than {allowed} in 60 s after too many calls were made"
                    self.scene.wrong("S7", at, chat, "", text)
        else:
            self.traffic.count(TEXTS if kind is wire.Kind.TEXT else READS, at)

    def _written(
        self, books: Books, kind: wire.Kind, chat: str, people: Collection[str], at: datetime
    ) -> Attempt | None:
        """The open attempt a change belongs to: S10 wants one, and S9 no other beside it."""
        open_ = books.attempts.open(self.scene.account)
        if len(open_) > 1:
            self.scene.wrong("S9", at, chat, "", f"{len(open_)} attempts are open at once")
        found = next((a for a in open_ if self._is_of(a, kind, chat, people)), None)
        if found is None or (found.id == self._last and kind in CHANGES):
            who = next(iter(people), "")
            text = f"a call to {kind.value} left without an attempt of its own"
            self.scene.wrong("S10", at, chat, who, text)
        self._last = found.id if found is not None else self._last
        return found

    def _is_of(self, attempt: Attempt, kind: wire.Kind, chat: str, people: Collection[str]) -> bool:
        if kind is wire.Kind.TEXT:
            return attempt.kind in SPEECH
        room = self.scene.room_of(attempt.group)
        same = room is not None and room.right.group.chat == chat
        if kind is wire.Kind.REVOKE:
            return same and attempt.kind is Kind.RESET
        return (
            same
            and attempt.kind is CHANGES.get(kind)
            and list(people) == [self.scene.phone(attempt.person)]
        )

    def _change(
        self,
        books: Books,
        kind: wire.Kind,
        chat: str,
        phone: str,
        at: datetime,
        attempt: Attempt | None,
    ) -> None:
        room = self.scene.rooms.get(chat)
        if room is None or kind not in CHANGES:
            self.scene.wrong("S1", at, chat, phone, f"a call to {kind.value} nobody asked for")
            return
        broken = self._addition(room, phone, at)
        if kind is wire.Kind.REMOVE:
            broken = self._removal(books, room, phone, at, attempt)
        hot = self._hot(books, room, attempt, (chat, phone, kind), at)
        for rule, text in (*broken, *hot, *self._idle(room, kind, phone)):
            self.scene.wrong(rule, at, chat, phone, text)
        room.evidence = None
        self.tried[chat, phone, kind] = at

    def _reset(self, attempt: Attempt, chat: str, at: datetime) -> None:
        """S1: an invite link is reset because of somebody who had to go and is no longer there."""
        room, phone = self.scene.rooms.get(chat), self.scene.phone(attempt.person)
        seen = room.evidence.people if room is not None and room.evidence is not None else ()
        if room is None or not self._had_to_go(room, phone, attempt.because) or phone in seen:
            text = "an invite link was to be reset for somebody who did not have to go"
            self.scene.wrong("S1", at, chat, phone, text)

    def _had_to_go(self, room: Room, phone: str, why: Because) -> bool:
        """Wiped, or removed for what the group says its link is reset after, or back twice."""
        meant = why.reason in room.right.group.policy.reset_link_after
        return meant or phone in room.leavers or room.came_back[phone] >= CAME_BACK

    def _addition(self, room: Room, phone: str, at: datetime) -> Iterator[tuple[str, str]]:
        right = room.right
        if phone in room.leavers:
            yield "S5", "a leaver was to be added"
        times = self.scene.clock.could_tell(at)
        if not right.stood_in and not any(phone in right.entitled.at(t) for t in times):
            yield "S6", "somebody was to be added whom nothing entitled"
        if phone not in right.managed or right.is_watched:
            yield "S6", "somebody was to be added whom the roster does not manage here"

    def _removal(
        self, books: Books, room: Room, phone: str, at: datetime, attempt: Attempt | None
    ) -> Iterator[tuple[str, str]]:
        right = room.right
        if phone == room.creator or phone in self.scene.own:
            yield "S2", "the creator or our own account was to be removed"
        silent = attempt is not None and attempt.because.reason is Reason.SILENT
        if silent:
            yield from self.scene.silences.removal(right, phone, room.inside.get(phone), at)
        managed = phone in right.managed or phone in room.leavers or right.is_strict or silent
        watched = right.is_watched and phone not in room.leavers
        if not managed or phone in right.kept or watched:
            yield "S1", "somebody was to be removed who is not managed here"
        if phone in room.leavers:
            return
        times = self.scene.clock.could_tell(at, TRUSTED)
        if not right.stood_in and all(phone in right.allowed.at(t) for t in times):
            yield "S4", "somebody was to be removed who may be in"
        yield from self._uncovered(room, phone, at)
        if attempt is not None and not self._words.concluded(books, room, attempt):
            yield "S13", "somebody was to be removed before their notice was concluded"

    def _uncovered(self, room: Room, phone: str, at: datetime) -> Iterator[tuple[str, str]]:
        """S3: a list just answered, since our last call, shows enough of those on duty."""
        right, seen = room.right, room.evidence
        if right.stood_in:
            return
        times = tuple(self.scene.clock.could_tell(at, TRUSTED))
        options = {right.duty.at(t).difference(room.leavers) for t in times}
        if any(not right.duty.at(t).difference(room.leavers) and right.empties(t) for t in times):
            return
        if seen is None or at - seen.ended > FRESH:
            yield "S3", "no list was read since our last call and just before the removal"
        elif not any(duty and len((duty - {phone}) & seen.people) >= right.need(duty)
                     for duty in options):  # fmt: skip
            yield "S3", "the list read before the removal does not show enough people on duty"

    def _idle(self, room: Room, kind: wire.Kind, phone: str) -> Iterator[tuple[str, str]]:
        """I2: what a list shows to be as it should is left alone."""
        if room.evidence is None or not room.evidence.true:
            return
        if (phone in room.evidence.people) == (kind is wire.Kind.ADD):
            yield "I2", f"a call to {kind.value} somebody whom the last list shows so already"

    def _hot(
        self,
        books: Books,
        room: Room,
        attempt: Attempt | None,
        seat: tuple[str, str, wire.Kind],
        at: datetime,
    ) -> Iterator[tuple[str, str]]:
        """C8: what did not work, as far as lists told, is not tried again at once."""
        if attempt is None:
            return
        last = books.attempts.get(self._attempts.get(seat, 0))
        self._attempts[seat] = attempt.id
        if last is None or last.took is None or last.because.key != attempt.because.key:
            return
        if room.turned_at is not None and last.uptime < room.turned_at.timestamp():
            return  # a person closed the group meanwhile, or opened it: that is another occasion
        wait = 0.0
        match last.outcome:
            case Accepted() | InDoubt():
                wait = QUIET
            case Refused(why) if why.scope is Scope.PERSON:
                wait = BACK_OFF
        since = attempt.uptime - last.uptime - last.took
        sure = self.scene.clock.is_right(at, NEWS) and not _misled(room, seat[1], at)
        if since < wait and sure:
            yield "C8", f"a call was repeated after {since:.0f} s"


def _misled(room: Room, phone: str, at: datetime) -> bool:
    """Whether a list lied about somebody, or they came or went by others, not long ago."""
    lied_at, change = room.lied_about.get(phone), room.changed.get(phone)
    by_others = change is not None and change.by is None and at - change.at <= NEWS
    return by_others or (lied_at is not None and at - lied_at <= NEWS)
