"""What the daemon does whenever it is woken, whoever wakes it: an alarm clock or stepped time.

Every duty runs in the event loop, and what may take long (a tick, reading files) in threads beside
it. None of them fails: what went wrong is said, counted, and tried again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from rotation.core.holds import Hold
from rotation.core.roster import AccountId
from rotation.engine import Shared
from rotation.engine.pauses import look_again
from rotation.engine.tenure import Writable
from rotation.ledger import HOUSE, LeaseLost, LedgerUnavailable, UnknownSchema, Unreadable
from rotation.providers import Said
from rotation.providers.outward import post_event
from rotation.settings import Receiver, SettingsErrors
from rotation.surfaces.events import AN_HOUR, Deliverer, Standing
from rotation.surfaces.feed import Feed
from rotation.surfaces.held import HoldsInLog
from rotation.surfaces.leaver_feed import LeaverFeed
from rotation.surfaces.rosters import RosterFolder
from rotation.wiring import Parts, SandboxClock
from rotation.wiring.pulse import Pulse

log = structlog.get_logger("rotation.daemon")

AFTER_A_BUG = timedelta(minutes=1)
AFTER_NO_LEDGER = timedelta(seconds=5)
MOST_FAILURES = 3
"""Ticks in a row of one account without a ledger in a file, after which the daemon leaves.

No ledger, no mutation. One busy writer stops all accounts at once, and that is one failure. A
server comes back, and a replica that waits for it is there at once.
"""
BEAT_AGAIN = 1.0
"""Seconds until leases are looked at again that a server did not answer for."""

EXIT_DONE, EXIT_NO_LEDGER = 0, 3


@dataclass(slots=True)
class Duties:
    """What there is to do, when it is due, and whether it is to end."""

    parts: Parts
    rosters: RosterFolder
    pulse: Pulse
    stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    beat_now: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    woken: dict[AccountId, asyncio.Event] = field(default_factory=dict, init=False)
    due: dict[AccountId, datetime] = field(default_factory=dict, init=False)
    exit: int = field(default=EXIT_DONE, init=False)
    _holds: HoldsInLog = field(init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _failures: Counter[AccountId] = field(default_factory=Counter, init=False)
    _deliverer: Deliverer = field(init=False)
    _delivering: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _said_at: dict[str, datetime] = field(default_factory=dict, init=False)
    _feeds: list[Feed[Any, Any]] = field(default_factory=list, init=False)
    _answers: Callable[[list[Said]], None] | None = field(default=None, init=False)
    """What answers commands in the chat, where they are listened to."""

    def __post_init__(self) -> None:
        ledger, stopping = self.parts.ledger, self.stopping.is_set
        self._holds = HoldsInLog(ledger)
        self._deliverer = Deliverer(ledger, lambda: self.parts.clock().at, post_event, stopping)
        settings = self.parts.settings
        if settings.commands is not None:
            # Orders bring half of all there is along, for daemons that nobody writes to as well.
            from rotation.surfaces.chatting import Chatting

            self._answers = Chatting.of(self.parts, settings.commands).hear
        if settings.leavers is not None:
            asks = settings.wipe_approval == "two"
            self._feeds.append(
                LeaverFeed(settings.leavers, ledger, lambda: self.parts.clock().at, asks)
            )
        if settings.calendars:
            # Whatever reads calendars is large, for daemons that have none as well.
            from rotation.surfaces.calendar_feed import CalendarFeed

            for at in settings.calendars.values():
                self._feeds.append(CalendarFeed(at, ledger, lambda: self.parts.clock().at))

    @property
    def has_ledger(self) -> bool:
        """Whether the last ticks had one."""
        return not self._failures

    # -- ticks ------------------------------------------------------------------------------

    async def tick(self, account: AccountId, now: datetime | None = None) -> None:
        """One tick in a worker thread, and when the next is due.

        A bug or a lost ledger delays, and never stops the rest. `now` where it is known already: to
        ask a stepped clock takes as long as a tick in which nothing is due.
        """
        self.pulse.begins(account)
        due, well = await self._tried(account, now)
        clock = self.parts.clock
        pause = None if isinstance(clock, SandboxClock) else due - clock().at
        self.pulse.ends(account, pause, well=well)
        self.due[account] = due

    async def _tried(self, account: AccountId, now: datetime | None) -> tuple[datetime, bool]:
        try:
            due = await asyncio.to_thread(self._ticked, account, now)
        except LedgerUnavailable as error:
            return self._without_ledger(account, error), False
        except UnknownSchema as why:
            self.outdated(why)
            return self.parts.clock().at + AFTER_A_BUG, False
        except Exception as error:
            # The one place that catches everything: a bug in one tick must not end the watch.
            if isinstance(error, ConnectionError) and isinstance(self.parts.clock, SandboxClock):
                raise  # without its clock a stepped world has ended
            log.exception("a tick failed", account=account)
            return self.parts.clock().at + AFTER_A_BUG, False
        self._failures.clear()
        return due, True

    def _ticked(self, account: AccountId, now: datetime | None) -> datetime:
        with self.parts.way.taken():
            due = self.parts.engine.tick(account)
        self._holds.say(now or self.parts.clock().at)
        return due

    def _without_ledger(self, account: AccountId, error: LedgerUnavailable) -> datetime:
        self._failures[account] += 1
        times = self._failures[account]
        log.error("no ledger, so nothing is done", why=str(error), account=account, times=times)
        if times >= MOST_FAILURES and self.parts.shared is None:
            self.exit = EXIT_NO_LEDGER
            self.stopping.set()
        return self.parts.clock().at + AFTER_NO_LEDGER

    def wake(self, account: AccountId) -> None:
        if account in self.woken:
            self.woken[account].set()

    def everything_due(self) -> None:
        now = self.parts.clock().at
        self.due = dict.fromkeys(self.due, now)
        for account in self.woken:
            self.wake(account)

    # -- beside the ticks -------------------------------------------------------------------

    async def begin(self) -> None:
        """What the first ticks find done. Raises LedgerUnavailable where the ledger is a file."""
        if self.parts.shared is None:
            self.rosters.look(self.parts.clock, at_once=True)
            _look_at_everything(self.parts)
        else:
            await self.beat(self.parts.shared)
            await self.look_at_rosters(at_once=True)
            await self.look_at_everything()

    async def beat(self, shared: Shared) -> float:
        """Look at the leases; the seconds until they have to be looked at again."""
        before = shared.held
        try:
            pause = await asyncio.to_thread(shared.beat)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
            return BEAT_AGAIN
        except UnknownSchema as why:
            self.outdated(why)
            return shared.terms.renewal
        now = self.parts.clock().at
        for account in shared.held - before:
            log.info("the account is ours", account=account)
            self.due[account] = now
            self.wake(account)
        for account in before - shared.held:
            log.info("the account is no longer ours", account=account)
        return pause

    def outdated(self, why: UnknownSchema) -> None:
        """The ledger was brought to a newer schema: a newer rotation goes on with it, not we."""
        log.error("this rotation can do nothing more here", why=str(why))
        self.exit = EXIT_NO_LEDGER
        self.stopping.set()

    async def reload(self) -> None:
        """SIGHUP: whatever an operator may have mended is tried now."""
        self.hung_up.clear()
        log.info("asked to read everything again")
        await self.look_at_rosters(at_once=True, meant=True)
        await self._beside(_try_credentials_now)

    async def look_at_everything(self) -> None:
        """No group's next look may be one that an earlier life, or another time, set."""
        await self._beside(_look_at_everything)

    async def _beside(self, work: Callable[[Parts], None]) -> None:
        """Something in the ledger that is no tick, after which everybody looks again."""
        try:
            await asyncio.to_thread(work, self.parts)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
        self.everything_due()

    async def look_at_rosters(self, *, at_once: bool = False, meant: bool = False) -> None:
        async with self._reading:
            try:
                look, clock = self.rosters.look, self.parts.clock
                if await asyncio.to_thread(look, clock, at_once=at_once, meant=meant):
                    self.everything_due()
                    for feed in self._feeds:
                        feed.stands_on_other()
            except LedgerUnavailable as error:
                self._trouble_aside(error)
            except UnknownSchema as why:
                self.outdated(why)

    async def look_at_intents(self) -> None:
        """Commands write to the ledger from other processes; the daemon sees it within a second."""
        try:
            if await asyncio.to_thread(self.parts.ledger.changed):
                self.beat_now.set()
                self.everything_due()
        except LedgerUnavailable as error:
            self._trouble_aside(error)

    async def look_at_webhooks(self, now: datetime | None = None) -> None:
        """What webhooks told is written down, and those accounts tick that have something new."""
        if not self.parts.intake.has_news(now):
            return
        try:
            if self._answers is not None and (said := self.parts.intake.said()):
                await asyncio.to_thread(self._answers, said)
            for account in await asyncio.to_thread(self.parts.intake.flush):
                self.due[account] = self.parts.clock().at
                self.wake(account)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
        except Unreadable as why:
            log.warning("a command in the chat waits", why=str(why))

    async def tell_receivers(self) -> None:
        """Each of the systems that hear of events gets what it has not had; none waits for another.

        Of several daemons the one that keeps house tells them.
        """
        shared = self.parts.shared
        if shared is not None and shared.of(HOUSE) is None:
            return
        for name, receiver in self.parts.settings.events.items():
            if name not in self._delivering or self._delivering[name].done():
                self._delivering[name] = asyncio.create_task(self._tell_one(receiver))

    async def _tell_one(self, receiver: Receiver) -> None:
        try:
            found = await asyncio.to_thread(self._deliverer.deliver, receiver)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
        except SettingsErrors as why:
            log.warning("events can't be signed", receiver=receiver.name, why=str(why))
        else:
            self._say_how(receiver, found)

    def _say_how(self, receiver: Receiver, found: Standing) -> None:
        """Whoever takes nothing is named at once, and again every hour."""
        said_at, now = self._said_at.get(receiver.name), self.parts.clock().at
        if found.failing_since is None:
            if self._said_at.pop(receiver.name, None) is not None:
                log.info("events are taken again", receiver=receiver.name)
        elif said_at is None or now - said_at >= AN_HOUR:
            self._said_at[receiver.name] = now
            since = found.failing_since.isoformat(timespec="seconds")
            log.warning("events are not taken", receiver=receiver.name, why=found.why, since=since)

    async def look_at_feeds(self) -> None:
        """What others keep is fetched when it is time to, by whoever keeps house."""
        for feed in self._feeds:
            desk = self._feeds_desk
            if desk is not None:
                await self._look_at(feed, desk)

    async def _look_at(self, feed: Feed[Any, Any], desk: Writable) -> None:
        try:
            found = await asyncio.to_thread(feed.look, desk)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
        except (LeaseLost, Unreadable) as why:
            log.warning("what is fetched waits", what=feed.title, why=str(why))
        else:
            if found is not None and found.is_news:
                say = log.warning if found.is_refused else log.info
                say("what was fetched", what=feed.title, about=found.said)
                self.everything_due()

    @property
    def _feeds_desk(self) -> Writable | None:
        """The ledger for whoever keeps house; None where that is another replica."""
        return self.parts.ledger if self.parts.shared is None else self.parts.shared.office

    @property
    def fetches_at(self) -> datetime | None:
        """When something is fetched next, if it is by us."""
        due = [feed.again_at for feed in self._feeds if feed.again_at is not None]
        return min(due, default=None) if self._feeds_desk is not None else None

    def _trouble_aside(self, error: LedgerUnavailable) -> None:
        """The ledger failed somebody beside the ticks: they try it themselves, and they count."""
        if not self._failures:
            log.warning("the ledger did not answer", why=str(error))
            self.everything_due()


def _look_at_everything(parts: Parts) -> None:
    with parts.ledger.writing() as books:
        look_again(books, parts.chats, parts.clock().at)


def _try_credentials_now(parts: Parts) -> None:
    """An account that waits for a good token is asked at once whether it has one."""
    now = parts.clock().at
    with parts.ledger.writing() as books:
        for account in parts.chats:
            with suppress(Unreadable):  # its tick says which row, and holds the account
                state = books.accounts.state(account)
                if state.paused_why is Hold.CREDENTIALS:
                    books.accounts.save(replace(state, paused_until=now))
