"""The daemon: an alarm clock around the engine. It only wakes; the ledger decides.

APScheduler keeps the times: of each account a job armed with what the last tick returned, and one
at the soonest boundary of its groups. No job carries data, so none can be stale; a job that comes
late or twice finds nothing to do. Every job runs in the event loop, and what may take long (a tick,
reading files, telling the outside) in threads beside it.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from rotation.core.holds import Hold
from rotation.core.roster import AccountId
from rotation.engine import Shared
from rotation.engine.pauses import look_again
from rotation.ledger import LedgerUnavailable, UnknownSchema, Unreadable
from rotation.surfaces.boundaries import Boundaries
from rotation.surfaces.held import HoldsInLog
from rotation.surfaces.rosters import RosterFolder
from rotation.surfaces.systemd import ALIVE, READY, STOPPING, notify
from rotation.wiring import Parts, SandboxClock
from rotation.wiring.clocks import OTHERS_WORK
from rotation.wiring.heap import keep_what_is_here

log = structlog.get_logger("rotation.daemon")

RELOAD_EVERY = timedelta(seconds=5)
INTENTS_EVERY = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=5)
STEP = timedelta(seconds=2)
"""A wall clock that moved this much against the monotonic one has been set, or slept."""
AFTER_A_BUG = timedelta(minutes=1)
AFTER_NO_LEDGER = timedelta(seconds=5)
MOST_FAILURES = 3
"""Ticks in a row of one account without a ledger in a file, after which the daemon leaves.

No ledger, no mutation. One busy writer stops all accounts at once, and that is one failure. A
server comes back, and a replica that waits for it is there at once.
"""
BEAT_AGAIN = 1.0
"""Seconds until leases are looked at again that a server did not answer for."""
LAST_CALL = 26.0
"""Seconds that a call under way may take after SIGTERM; its attempt then stays open, in doubt."""
LAST_PAGE = 3.0
"""Seconds that pages under way may take after that."""
ASIDE = 4
"""Threads beside those of the accounts: for rosters, leases, requests by hand, and the ping."""

EXIT_DONE, EXIT_NO_LEDGER = 0, 3


@dataclass(slots=True)
class Daemon:
    """Runs until it is told to stop. `ping` tells the outside that it is alive.

    `web` answers browsers until its event is set.
    """

    parts: Parts
    rosters: RosterFolder
    ping: Callable[[], None] | None = None
    ping_every: timedelta = timedelta(minutes=1)
    web: Callable[[asyncio.Event], Coroutine[Any, Any, None]] | None = None
    heartbeat: timedelta = HEARTBEAT
    _holds: HoldsInLog = field(init=False)
    _boundaries: Boundaries = field(init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _hung_up: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _woken: dict[AccountId, asyncio.Event] = field(default_factory=dict, init=False)
    _due: dict[AccountId, datetime] = field(default_factory=dict, init=False)
    _beat_now: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _failures: Counter[AccountId] = field(default_factory=Counter, init=False)
    _exit: int = field(default=EXIT_DONE, init=False)

    def __post_init__(self) -> None:
        self._holds = HoldsInLog(self.parts.ledger)
        self._boundaries = Boundaries(self.parts.ledger)

    def run(self) -> int:
        """Run in the foreground; the exit code once SIGTERM or SIGINT came.

        Raises LedgerUnavailable when there is no ledger in its file to begin with, and
        ConnectionError when a sandbox's clock stops answering.
        """
        return asyncio.run(self._run())

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._hung_up.set)
        loop.set_default_executor(ThreadPoolExecutor(len(self.parts.chats) + ASIDE))
        if self.parts.shared is None:
            self.rosters.look(self.parts.clock, at_once=True)
            _look_at_everything(self.parts)
        else:
            await self._beat(self.parts.shared)
            await self._look_at_rosters(at_once=True)
            await self._beside(_look_at_everything)
        keep_what_is_here()
        notify(READY)
        async with self._open_to_browsers():
            await self._work()
        return self._exit

    @asynccontextmanager
    async def _open_to_browsers(self) -> AsyncIterator[None]:
        """The page stays there until the last call has ended, so that one can watch it."""
        if self.web is None:
            yield
            return
        closing = asyncio.Event()
        serving = asyncio.create_task(self.web(closing))
        try:
            yield
        finally:
            closing.set()
            await asyncio.wait([serving], timeout=LAST_PAGE)

    async def _work(self) -> None:
        clock = self.parts.clock
        if isinstance(clock, SandboxClock):
            work = [asyncio.create_task(self._through_stepped_time(clock))]
            await self._told_to_stop(work)
            await self._last_calls(work)
        else:
            await self._through_real_time()

    async def _told_to_stop(self, work: Collection[asyncio.Task[None]]) -> None:
        """Back when told to stop.

        Work that ends by itself stops the daemon too: better gone and restarted than half deaf.
        """
        told = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([told, *work], return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        notify(STOPPING)
        log.info("stopping")

    async def _last_calls(self, work: Collection[asyncio.Task[None]]) -> None:
        """The calls under way come to their end, or are left open. Raises what `work` raised."""
        _done, late = await asyncio.wait(work, timeout=LAST_CALL)
        if late:
            log.warning("a call is still open; it counts as in doubt")
            self.parts.leave()
            _leave_at_once(self._exit)
        for task in work:
            task.result()

    # -- real time --------------------------------------------------------------------------

    async def _through_real_time(self) -> None:
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(_job_failed, EVENT_JOB_ERROR)
        every: list[tuple[Callable[[], Any], timedelta, str]] = [
            (self._look_at_rosters, RELOAD_EVERY, "rosters"),
            (self._look_at_intents, INTENTS_EVERY, "intents"),
        ]
        if self.ping is not None:
            every.append((self._ping, self.ping_every, "ping"))
        for job, pause, name in every:
            scheduler.add_job(job, IntervalTrigger(seconds=pause.total_seconds()), id=name)
        scheduler.start()
        aside = [
            asyncio.create_task(self._heartbeat(scheduler)),
            asyncio.create_task(self._on_hangup()),
        ]
        if self.parts.shared is not None:
            aside.append(asyncio.create_task(self._beats(self.parts.shared)))
        work = [asyncio.create_task(self._serve(a, scheduler)) for a in self.parts.chats]
        await self._told_to_stop(work)
        scheduler.shutdown(wait=False)
        for task in aside:
            task.cancel()
        await self._last_calls(work)

    async def _serve(self, account: AccountId, scheduler: AsyncIOScheduler) -> None:
        """One account for as long as the daemon lives: tick, arm the alarm, wait for it."""
        self._woken[account] = asyncio.Event()
        while not self._stopping.is_set():
            due = await self._tick(account)
            self._due[account] = due
            now = self.parts.clock().at
            if due > now:
                self._arm(scheduler, account, due)
                await self._arm_handover(scheduler, account, now)
                await _first_of(self._woken[account].wait(), self._stopping.wait())
            self._woken[account].clear()

    def _arm(
        self, scheduler: AsyncIOScheduler, account: AccountId, at: datetime, what: str = "account"
    ) -> None:
        scheduler.add_job(
            self._ring, DateTrigger(at), args=[account], id=f"{what} {account}",
            replace_existing=True,
        )  # fmt: skip

    async def _arm_handover(
        self, scheduler: AsyncIOScheduler, account: AccountId, now: datetime
    ) -> None:
        """A boundary wakes by itself, whatever a tick made of it."""
        try:
            soonest = await asyncio.to_thread(self._boundaries.soonest, account, now)
        except LedgerUnavailable:
            return  # the next tick finds that out, and says so
        if soonest is not None:
            self._arm(scheduler, account, soonest, "handover of")

    async def _ring(self, account: AccountId) -> None:
        """A job; a coroutine, because only then it runs in the loop that waits for the event."""
        self._wake(account)

    def _wake(self, account: AccountId) -> None:
        if account in self._woken:
            self._woken[account].set()

    async def _on_hangup(self) -> None:
        while True:
            await self._hung_up.wait()
            await self._reload()

    async def _heartbeat(self, scheduler: AsyncIOScheduler) -> None:
        """Timers sleep on the monotonic clock; a set or slept wall clock is noticed here."""
        loop = asyncio.get_running_loop()
        wall, steady = self.parts.clock().at, loop.time()
        while True:
            await asyncio.sleep(self.heartbeat.total_seconds())
            moved = self.parts.clock().at - wall - timedelta(seconds=loop.time() - steady)
            wall, steady = self.parts.clock().at, loop.time()
            if abs(moved) > STEP:
                log.warning("the clock moved", seconds=round(moved.total_seconds(), 1))
                for account, due in self._due.items():
                    self._arm(scheduler, account, due)
                scheduler.wakeup()
                await self._beside(_look_at_everything)
            notify(ALIVE)

    async def _beats(self, shared: Shared) -> None:
        """The leases are looked at in time, and at once where others may have given some up."""
        while True:
            pause = await self._beat(shared)
            await _first_of(asyncio.sleep(pause), self._beat_now.wait())
            self._beat_now.clear()

    def _ping(self) -> None:
        """While there is no ledger nobody is told that all is well."""
        if self.ping is not None and not self._failures:
            self.ping()

    # -- stepped time -----------------------------------------------------------------------

    async def _through_stepped_time(self, clock: SandboxClock) -> None:
        """With a sandbox's clock nobody waits: when all is done, time itself is moved on."""
        now = clock().at
        self._due = dict.fromkeys(self.parts.chats, now)
        shared, beat_at = self.parts.shared, now
        while not self._stopping.is_set():
            if shared is not None and (beat_at <= now or self._beat_now.is_set()):
                self._beat_now.clear()
                beat_at = now + timedelta(seconds=await self._beat(shared))
            for account in [a for a, due in self._due.items() if due <= now]:
                self._due[account] = await self._tick(account)
            if any(due <= now for due in self._due.values()):
                continue  # who is at work looks up once there is nothing to do
            await self._look_at_intents()
            await (self._reload() if self._hung_up.is_set() else self._look_at_rosters())
            ahead = (*self._due.values(), self.rosters.settles_at, shared and beat_at)
            until = min(at for at in ahead if at)
            if until > now:
                now = await _after_idling(clock, until, now)

    # -- both -------------------------------------------------------------------------------

    async def _tick(self, account: AccountId) -> datetime:
        """One tick in a worker thread; a bug or a lost ledger delays, and never stops the rest."""
        try:
            due = await asyncio.to_thread(self._ticked, account)
        except LedgerUnavailable as error:
            return self._without_ledger(account, error)
        except UnknownSchema as why:
            self._outdated(why)
            return self.parts.clock().at + AFTER_A_BUG
        except Exception as error:
            # The one place that catches everything: a bug in one tick must not end the watch.
            if isinstance(error, ConnectionError) and isinstance(self.parts.clock, SandboxClock):
                raise  # without its clock a stepped world has ended
            log.exception("a tick failed", account=account)
            return self.parts.clock().at + AFTER_A_BUG
        self._failures.clear()
        return due

    def _ticked(self, account: AccountId) -> datetime:
        due = self.parts.engine.tick(account)
        self._holds.say(self.parts.clock().at)
        return due

    def _without_ledger(self, account: AccountId, error: LedgerUnavailable) -> datetime:
        self._failures[account] += 1
        times = self._failures[account]
        log.error("no ledger, so nothing is done", why=str(error), account=account, times=times)
        if times >= MOST_FAILURES and self.parts.shared is None:
            self._exit = EXIT_NO_LEDGER
            self._stopping.set()
        return self.parts.clock().at + AFTER_NO_LEDGER

    async def _beat(self, shared: Shared) -> float:
        """Look at the leases; the seconds until they have to be looked at again."""
        before = shared.held
        try:
            pause = await asyncio.to_thread(shared.beat)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
            return BEAT_AGAIN
        except UnknownSchema as why:
            self._outdated(why)
            return shared.terms.renewal
        now = self.parts.clock().at
        for account in shared.held - before:
            log.info("the account is ours", account=account)
            self._due[account] = now
            self._wake(account)
        for account in before - shared.held:
            log.info("the account is no longer ours", account=account)
        return pause

    def _outdated(self, why: UnknownSchema) -> None:
        """The ledger was brought to a newer schema: a newer rotation goes on with it, not we."""
        log.error("this rotation can do nothing more here", why=str(why))
        self._exit = EXIT_NO_LEDGER
        self._stopping.set()

    async def _reload(self) -> None:
        """SIGHUP: whatever an operator may have mended is tried now."""
        self._hung_up.clear()
        log.info("asked to read everything again")
        await self._look_at_rosters(at_once=True, meant=True)
        await self._beside(_try_credentials_now)

    async def _beside(self, work: Callable[[Parts], None]) -> None:
        """Something in the ledger that is no tick, after which everybody looks again."""
        try:
            await asyncio.to_thread(work, self.parts)
        except LedgerUnavailable as error:
            self._trouble_aside(error)
        self._everything_due()

    async def _look_at_rosters(self, *, at_once: bool = False, meant: bool = False) -> None:
        async with self._reading:
            try:
                look, clock = self.rosters.look, self.parts.clock
                if await asyncio.to_thread(look, clock, at_once=at_once, meant=meant):
                    self._everything_due()
            except LedgerUnavailable as error:
                self._trouble_aside(error)
            except UnknownSchema as why:
                self._outdated(why)

    async def _look_at_intents(self) -> None:
        """Commands write to the ledger from other processes; the daemon sees it within a second."""
        try:
            if await asyncio.to_thread(self.parts.ledger.changed):
                self._beat_now.set()
                self._everything_due()
        except LedgerUnavailable as error:
            self._trouble_aside(error)

    def _trouble_aside(self, error: LedgerUnavailable) -> None:
        """The ledger failed somebody beside the ticks: they try it themselves, and they count."""
        if not self._failures:
            log.warning("the ledger did not answer", why=str(error))
            self._everything_due()

    def _everything_due(self) -> None:
        now = self.parts.clock().at
        self._due = dict.fromkeys(self._due, now)
        for account in self._woken:
            self._wake(account)


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


async def _after_idling(clock: SandboxClock, until: datetime, now: datetime) -> datetime:
    """The instant it is in a stepped world, once we had nothing to do before `until`."""
    moment = await asyncio.to_thread(clock.idle, until)
    if moment.at == now:
        await asyncio.sleep(OTHERS_WORK)
    return moment.at


async def _first_of(*waiting: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(w) for w in waiting]
    _done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


def _job_failed(event: JobExecutionEvent) -> None:
    log.error("a job failed", job=event.job_id, why=repr(event.exception))


def _leave_at_once(code: int) -> None:
    """A thread in the middle of a call can't be stopped; leaving is safe, since it is in doubt."""
    os._exit(code)
