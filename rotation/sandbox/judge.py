"""The judge: told who is on duty, it counts every call and effect that should not have been.

It works on events alone, at the instants they happen in the world, never by sampling: a wrong
that lasts a microsecond counts. It knows nothing of how rotation decides; what it is told are
plain spans, and what it sees is what arrived at the server and what took effect.

Rules (a *call* is judged when it arrives, whatever becomes of it; an *effect* when it happens):

- protected_removed: a call to remove the creator, our own number, someone told as protected, or
  anybody who is neither told as managed nor a leaver (a customer, a stranger).
- on_duty_removed: a call to remove someone who is on duty or allowed, and no leaver.
- removed_without_cover: a call to remove a managed person while others are on duty, without a
  members list answered at most `FRESH` ago, after our last change of the group, that showed
  `keep` of them (or all, if fewer). Leavers are exempt.
- uncovered_by_us: an effect of a call of ours took the on-duty members from some to none. A call
  that acted late is exempt, as nobody could know; it is a measure.
- rate_exceeded: a call that made more than `drip` additions, or removals, of one account within
  sixty seconds (half-open: the call exactly sixty seconds ago no longer counts).
- requests_exceeded: a call of any kind that made more than `requests_per_minute`, where a cap was
  told, of one account within sixty seconds.
- leaver_added, unentitled_added: a call to add a leaver; or someone no span entitles now.
- duplicate_notices: a text sent again to the same chat within an hour of one that was, or may
  have been, delivered. Invite links are measured instead.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from rotation.sandbox.calendar import NOBODY
from rotation.sandbox.duty import Book, Duty, GroupDuty, Leaving, booked
from rotation.sandbox.given import as_utc

MINUTE = timedelta(minutes=1)
FRESH = timedelta(seconds=31)
"""Thirty seconds from the end of the read to the call, and one for the wire."""
SAME_NOTICE = timedelta(hours=1)
CASES = 100
"""How many single cases a verdict spells out."""


class Rule(StrEnum):
    PROTECTED_REMOVED = "protected_removed"
    ON_DUTY_REMOVED = "on_duty_removed"
    REMOVED_WITHOUT_COVER = "removed_without_cover"
    UNCOVERED_BY_US = "uncovered_by_us"
    RATE_EXCEEDED = "rate_exceeded"
    REQUESTS_EXCEEDED = "requests_exceeded"
    LEAVER_ADDED = "leaver_added"
    UNENTITLED_ADDED = "unentitled_added"
    DUPLICATE_NOTICES = "duplicate_notices"


class Op(StrEnum):
    ADD = "add"
    REMOVE = "remove"


@dataclass(slots=True)
class _Room:
    """One group as it truly is. `seen`: the list last shown since our last change, and when."""

    creator: str
    inside: dict[str, datetime]
    counted_until: datetime
    seen: tuple[datetime, frozenset[str]] | None = None
    uncovered: timedelta = timedelta(0)
    overdue: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Case:
    """One wrong, as evidence; `chat` is the account where too many calls are no group's."""

    rule: Rule
    at: datetime
    chat: str
    phone: str


@dataclass(frozen=True, slots=True)
class Stay:
    """The longest time a managed person was in a group without being allowed."""

    lasted: timedelta = timedelta(0)
    chat: str = ""
    phone: str = ""


_Seat: TypeAlias = tuple[str, str, Op]


@dataclass(slots=True)
class Judge:
    """Watches the world through what it is told; `verdict` sums up."""

    own: set[str] = field(default_factory=set)
    _rooms: dict[str, _Room] = field(default_factory=dict)
    _books: dict[str, Book] = field(default_factory=dict)
    _leavers: tuple[Leaving, ...] = ()
    _calls: dict[tuple[str, Op | None], deque[datetime]] = field(default_factory=dict)
    _cap: int | None = None
    _most: int = 0
    _refused: dict[_Seat, datetime] = field(default_factory=dict)
    _texts: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _invites: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _counts: Counter[Rule] = field(default_factory=Counter)
    _measures: Counter[str] = field(default_factory=Counter)
    _cases: list[Case] = field(default_factory=list)
    _longest: Stay = Stay()

    # What it is told

    def opens(self, chat: str, creator: str, members: Iterable[str], at: datetime) -> None:
        """A group that is there, or has just been made."""
        before = self._rooms.get(chat)
        room = _Room(creator, dict.fromkeys(members, at), at)
        if before:
            room.uncovered, room.overdue = before.uncovered, before.overdue
        self._rooms[chat] = room

    def closes(self, chat: str, at: datetime) -> None:
        """The group is gone; what was counted of it stays."""
        self._count_minutes(chat, at)
        self._books.pop(chat, None)

    def told(self, duty: Duty, at: datetime) -> None:
        """New duty from `at` on; what was done before is judged by what was told before."""
        for chat, room in self._rooms.items():
            self._count_minutes(chat, at)
            for phone, since in room.inside.items():
                room.inside[phone] = self._carried(chat, phone, since, at)
        self._books = {chat: booked(told) for chat, told in duty.groups.items()}
        self._leavers = duty.leavers
        self._cap = duty.requests_per_minute

    def _carried(self, chat: str, phone: str, since: datetime, at: datetime) -> datetime:
        """From when on a stay that is not over counts under the new duty."""
        self._count_stay(chat, phone, since, at)
        book = self._books.get(chat)
        gaps = book.allowed.gap_of(phone, since, at) if book else [(since, at)]
        return gaps[-1][0] if gaps and gaps[-1][1] == at else at

    # What it sees

    def called(self, account: str, at: datetime) -> None:
        """A call of ours has arrived, whatever it is for and whatever becomes of it."""
        made = self._in_a_minute(account, None, at)
        self._most = max(self._most, made)
        if self._cap is not None and made > self._cap:
            self._wrong(Rule.REQUESTS_EXCEEDED, account, "", at)

    def asked(self, account: str, op: Op, chat: str, phones: Iterable[str], at: datetime) -> None:
        """A call of ours to add or remove has arrived."""
        for phone in phones:
            self._judge_rate(account, op, chat, phone, at)
            self._judge_retry(chat, phone, op, at)
            if op is Op.ADD:
                self._judge_add(chat, phone, at)
            else:
                self._judge_remove(chat, phone, at)
        room = self._rooms.get(chat)
        if room:
            room.seen = None

    def refused(self, op: Op, chat: str, phone: str, at: datetime) -> None:
        """The call was answered with a clear no for this person."""
        self._refused[chat, phone, op] = at
        self._measures[f"refused_{op}s"] += 1

    def shown(self, chat: str, phones: Iterable[str], at: datetime) -> None:
        """A list of the group's members was answered, true or not."""
        room = self._rooms.get(chat)
        if room:
            room.seen = (at, frozenset(phones))

    def came(self, chat: str, phone: str, at: datetime, *, by_us: bool) -> None:
        self._count_minutes(chat, at)
        self._rooms[chat].inside[phone] = at
        self._measures["adds"] += by_us

    def went(self, chat: str, phone: str, at: datetime, *, by_us: bool, late: bool) -> None:
        self._count_minutes(chat, at)
        room, before = self._rooms[chat], self._covering(chat, at)
        self._count_stay(chat, phone, room.inside.pop(phone, at), at)
        if not by_us:
            return
        self._measures["removals"] += 1
        if before == {phone} and not self._is_leaver(chat, phone, at):
            if late:
                self._measures["uncovered_by_late_effects"] += 1
            else:
                self._wrong(Rule.UNCOVERED_BY_US, chat, phone, at)

    def said(self, to: str, text: str, at: datetime, *, maybe_delivered: bool) -> None:
        """A text arrived for a chat; a clear no means that it was not delivered."""
        last = self._texts.get((to, text))
        if last is not None and at - last < SAME_NOTICE:
            self._wrong(Rule.DUPLICATE_NOTICES, to, "", at)
        if maybe_delivered:
            self._texts[to, text] = at

    def invited(self, chat: str, phone: str, at: datetime) -> None:
        """An invite to the group went to a person, by us or by the engine on its own."""
        book = self._books.get(chat)
        span = book.allowed.current(phone, at) if book else None
        self._invites[chat, phone, as_utc(span.starts) if span else ""] += 1

    # How it judges

    def _judge_rate(self, account: str, op: Op, chat: str, phone: str, at: datetime) -> None:
        book = self._books.get(chat)
        drip = book.drip if book else GroupDuty().drip
        if self._in_a_minute(account, op, at) > drip:
            self._wrong(Rule.RATE_EXCEEDED, chat, phone, at)

    def _in_a_minute(self, account: str, op: Op | None, at: datetime) -> int:
        """How many calls of a kind (None: of any) were made in the minute that this one ends."""
        calls = self._calls.setdefault((account, op), deque())
        while calls and at - calls[0] >= MINUTE:
            calls.popleft()
        calls.append(at)
        return len(calls)

    def _judge_retry(self, chat: str, phone: str, op: Op, at: datetime) -> None:
        refused_at = self._refused.get((chat, phone, op))
        if refused_at is not None and at - refused_at < MINUTE:
            self._measures["hot_retries"] += 1

    def _judge_add(self, chat: str, phone: str, at: datetime) -> None:
        book = self._books.get(chat)
        if self._is_leaver(chat, phone, at):
            self._wrong(Rule.LEAVER_ADDED, chat, phone, at)
        elif book and phone not in book.entitled.at(at):
            self._wrong(Rule.UNENTITLED_ADDED, chat, phone, at)

    def _judge_remove(self, chat: str, phone: str, at: datetime) -> None:
        if self._is_protected(chat, phone, at):
            self._wrong(Rule.PROTECTED_REMOVED, chat, phone, at)
            return
        book = self._books.get(chat)
        if book is None or self._is_leaver(chat, phone, at):
            return
        if phone in book.allowed.at(at):
            self._wrong(Rule.ON_DUTY_REMOVED, chat, phone, at)
        if not self._cover_was_shown(chat, phone, at):
            self._wrong(Rule.REMOVED_WITHOUT_COVER, chat, phone, at)

    def _is_protected(self, chat: str, phone: str, at: datetime) -> bool:
        room, book = self._rooms.get(chat), self._books.get(chat)
        if phone in self.own or (room and phone == room.creator):
            return True
        if book and phone in book.protected:
            return True
        managed = book.managed if book else NOBODY
        return bool(self._books) and phone not in managed and not self._is_leaver(chat, phone, at)

    def _cover_was_shown(self, chat: str, phone: str, at: datetime) -> bool:
        book, room = self._books[chat], self._rooms.get(chat)
        duty = book.duty.at(at)
        need = min(book.keep, len(duty))
        if not need or room is None:
            return True
        if room.seen is None or at - room.seen[0] > FRESH:
            return False
        return len((duty - {phone}) & room.seen[1]) >= need

    def _is_leaver(self, chat: str, phone: str, at: datetime) -> bool:
        return any(
            one.phone == phone and one.since <= at and (one.chats is None or chat in one.chats)
            for one in self._leavers
        )

    def _covering(self, chat: str, at: datetime) -> set[str]:
        book = self._books.get(chat)
        return set(book.duty.at(at) & self._rooms[chat].inside.keys()) if book else set()

    def _wrong(self, rule: Rule, chat: str, phone: str, at: datetime) -> None:
        self._counts[rule] += 1
        if len(self._cases) < CASES:
            self._cases.append(Case(rule, at, chat, phone))

    # How it measures

    def _count_minutes(self, chat: str, at: datetime) -> None:
        room, book = self._rooms[chat], self._books.get(chat)
        if book:
            for starts, ends, duty in book.duty.stretches(room.counted_until, at):
                if duty and not duty & room.inside.keys():
                    room.uncovered += ends - starts
            may_not_stay = room.inside.keys() & book.managed - book.protected
            for starts, ends, allowed in book.allowed.stretches(room.counted_until, at):
                room.overdue += (ends - starts) * len(may_not_stay - allowed)
        room.counted_until = max(room.counted_until, at)

    def _count_stay(self, chat: str, phone: str, since: datetime, until: datetime) -> None:
        self._longest = max(
            self._longest, self._stay(chat, phone, since, until), key=lambda stay: stay.lasted
        )

    def _stay(self, chat: str, phone: str, since: datetime, until: datetime) -> Stay:
        book = self._books.get(chat)
        if not book or phone not in book.managed or phone in book.protected:
            return Stay()
        gaps = book.allowed.gap_of(phone, since, until)
        longest = max((ends - starts for starts, ends in gaps), default=timedelta(0))
        return Stay(longest, chat, phone)

    def verdict(self, at: datetime) -> dict[str, object]:
        """Counts per rule, measures, and the first cases, as plain data."""
        for chat in self._rooms:
            self._count_minutes(chat, at)
        stays = [
            self._stay(chat, phone, since, at)
            for chat, room in self._rooms.items()
            for phone, since in room.inside.items()
        ]
        longest = max([self._longest, *stays], key=lambda stay: stay.lasted)
        return {
            "at": as_utc(at),
            "wrongs": self._counts.total(),
            "counts": {rule.value: self._counts[rule] for rule in Rule},
            "measures": {
                **{name: self._measures[name] for name in _MEASURES},
                "most_requests_in_a_minute": self._most,
                "most_invites_per_shift": max(self._invites.values(), default=0),
                "uncovered_minutes": {
                    chat: room.uncovered / MINUTE for chat, room in self._rooms.items()
                },
                "past_end_minutes": {
                    chat: room.overdue / MINUTE for chat, room in self._rooms.items()
                },
                "longest_stay_past_end": {
                    "minutes": longest.lasted / MINUTE,
                    "chat": longest.chat,
                    "phone": longest.phone,
                },
            },
            "cases": [
                {"rule": c.rule.value, "at": as_utc(c.at), "chat": c.chat, "phone": c.phone}
                for c in self._cases
            ],
        }


_MEASURES = (
    "adds",
    "removals",
    "refused_adds",
    "refused_removes",
    "hot_retries",
    "uncovered_by_late_effects",
)
