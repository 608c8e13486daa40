"""All there is in the world, and what happens in it as time passes.

Every change of a membership passes here once, and is told to the judge and to the webhooks.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from random import Random

from rotation.sandbox import hooks, script
from rotation.sandbox.answers import Answers
from rotation.sandbox.chat import Account, Change, Chats, Message, Move, Role
from rotation.sandbox.clock import SteppedClock, WorldClock
from rotation.sandbox.diary import Diary
from rotation.sandbox.duty import read_duty
from rotation.sandbox.faults import Acts, Dial, read_fault
from rotation.sandbox.founding import GroupGiven, Settings, WorldGiven, found, people_it
from rotation.sandbox.given import GivenError, as_utc
from rotation.sandbox.hooks import Delivery, Event, Hook
from rotation.sandbox.judge import Judge
from rotation.sandbox.script import Deed, Do
from rotation.sandbox.wire import Call
from rotation.sandbox.witness import Nobody, Witness


@dataclass(frozen=True, slots=True)
class LateCall:
    """A call that was answered, or not, and takes effect when its time has come."""

    call: Call
    account: str


class Stage:
    """The state of a world at the time its clock tells."""

    def __init__(self, given: WorldGiven, clock: WorldClock, seed: int) -> None:
        at = clock.now()
        self.clock = clock
        self.boot = sha256(f"{seed}/{as_utc(at)}".encode()).hexdigest()[:16]
        self.dice = Random(seed)  # noqa: S311 - the dice of a pretend world keep no secret
        self.skew = timedelta(0)
        self.hooks: dict[str, tuple[Hook, ...]] = dict(given.hooks)
        self.outbox: deque[Delivery] = deque()
        self.diary = Diary()
        self.judge = Judge()
        self.witness: Witness = Nobody()
        self.dial = Dial(self.dice)
        self.chats = Chats(self.dice, self._changed)
        self.answers = Answers(self.chats, given.settings)
        self._numbers = count(1)
        self._coming: list[tuple[datetime, int, Deed | LateCall]] = []
        self._found(given, at)

    def _found(self, given: WorldGiven, at: datetime) -> None:
        people_it(self.chats, given, at)
        self.judge.own = {account.phone for account in self.chats.accounts.values()}
        for group in self.chats.groups.values():
            self.judge.opens(group.chat, group.creator, group.members, at)
        self.dial.set([read_fault(fault) for fault in given.faults])
        self.plan(given.script)
        if given.duty is not None:
            self.judge.told(read_duty(given.duty), at)

    # Time

    @property
    def next_event_at(self) -> datetime | None:
        """When the world will act by itself."""
        return self._coming[0][0] if self._coming else None

    def advance(self) -> datetime:
        """Lets everything happen that is due, each at its own instant; returns the time it is."""
        now = self.clock.now()
        while self._coming and self._coming[0][0] <= now:
            at, _, what = heapq.heappop(self._coming)
            if isinstance(what, Deed):
                self.carry_out(what, at)
            else:
                self._take_effect(what, at)
        return now

    def idle(self, until: datetime, who: str) -> datetime:
        """Raises `GivenError` when the clock is real."""
        if not isinstance(self.clock, SteppedClock):
            raise GivenError("the clock is real: wait for it")
        self.advance()
        self.clock.idle(until, who, self.next_event_at)
        return self.advance()

    def come(self, at: datetime, what: Deed | LateCall) -> None:
        heapq.heappush(self._coming, (at, next(self._numbers), what))

    def plan(self, deeds: Sequence[Deed]) -> None:
        """Deeds for later, and those without an instant for now. Raises `GivenError`."""
        for deed in [script.checked(deed) for deed in deeds]:
            if deed.at is None:
                self.carry_out(deed, self.clock.now())
            else:
                self.come(deed.at, deed)

    # What happens

    def carry_out(self, deed: Deed, at: datetime) -> None:
        match deed.do:
            case Do.SESSION:
                account = script.account_of(self.chats, deed)
                if account:
                    self._session(account, deed.status, at)
            case Do.SKEW:
                self.skew = timedelta(seconds=deed.seconds)
            case Do.RENUMBER:
                if deed.phone in self.chats.people:
                    self.chats.renumber(deed.phone, deed.new_phone, at)
            case _:
                self._in_group(deed, at)

    def _in_group(self, deed: Deed, at: datetime) -> None:
        was_there = deed.chat in self.chats.groups
        said = script.in_group(self.chats, deed, at)
        if said:
            self.tell_message(said)
        if was_there and deed.chat not in self.chats.groups:
            self.judge.closes(deed.chat, at)

    def _take_effect(self, late: LateCall, at: datetime) -> None:
        account = self.chats.accounts.get(late.account)
        if account and self.answers.bar(late.call, account) is None:
            self.answers.change(late.call, account, Acts.YES, at, late=True)

    def found_group(self, given: GroupGiven) -> None:
        at = self.clock.now()
        group = found(self.chats, given, at)
        self.judge.opens(group.chat, group.creator, group.members, at)

    def settle(self, settings: Settings) -> None:
        """New settings from now on."""
        self.answers.settings = settings
        self.chats.re_adding = settings.re_adding

    @property
    def settings(self) -> Settings:
        return self.answers.settings

    # Who is told

    def _changed(self, change: Change) -> None:
        by_us = change.by is not None
        if change.move is Move.JOIN:
            self.judge.came(change.chat, change.phone, change.at, by_us=by_us)
        elif change.move is Move.LEAVE:
            self.judge.went(change.chat, change.phone, change.at, by_us=by_us, late=change.late)
        self.witness.changes(change)
        self._tell_change(change)

    def _tell_change(self, change: Change) -> None:
        group = self.chats.groups[change.chat]
        role = group.members.get(change.phone, Role.MEMBER)
        shown = self.answers.shown(group, change.phone, role)
        payload = hooks.of_change(change, shown, self.answers.engine)
        for account in self.chats.accounts.values():
            if account.phone in group.members or account.phone == change.phone:
                self._emit(account, change.at, "group.v2.participants", payload)

    def tell_message(self, message: Message) -> None:
        """A message somebody wrote into a group, to every account that is in it."""
        group = self.chats.groups.get(message.chat)
        for account in self.chats.accounts.values():
            if group and account.phone in group.members:
                payload = hooks.of_message(message, account, next(self._numbers))
                self._emit(account, message.at, "message", payload)

    def _session(self, account: Account, status: str, at: datetime) -> None:
        account.status = status
        self.witness.session(status, at)
        payload: dict[str, object] = {"name": account.instance_id, "status": status}
        self._emit(account, at, "session.status", payload)

    def _emit(self, account: Account, at: datetime, name: str, payload: dict[str, object]) -> None:
        event = Event(f"{next(self._numbers):026d}", at, name, payload)
        for hook in self.hooks.get(account.instance_id, ()):
            if not hook.wants(name) or self._falls(self.settings.hooks_lost):
                continue
            sent = hooks.delivery(hook, account, self.answers.engine, event)
            copies = 2 if self._falls(self.settings.hooks_doubled) else 1
            self.outbox.extend([replace(sent)] * copies)

    def _falls(self, chance: float) -> bool:
        return chance > 0 and self.dice.random() < chance
