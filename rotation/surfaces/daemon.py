"""The daemon: an alarm clock around the engine. It only wakes; the ledger decides.

APScheduler keeps the times: of each account a job armed with what the last tick returned, and one
at the soonest boundary of its groups. No job carries data, so none can be stale; a job that comes
late or twice finds nothing to do. Every job runs in the event loop.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from rotation.core.roster import AccountId
from rotation.engine import Shared
from rotation.engine.intake import FLUSH_EVERY
from rotation.ledger import LedgerUnavailable
from rotation.surfaces.boundaries import Boundaries
from rotation.surfaces.duties import Duties
from rotation.surfaces.rosters import RosterFolder
from rotation.surfaces.stepped import through_stepped_time
from rotation.surfaces.systemd import ALIVE, READY, STOPPING, notify
from rotation.wiring import Parts, SandboxClock
from rotation.wiring.heap import keep_what_is_here, share_heaps
from rotation.wiring.pulse import Pulse
from rotation.wiring.turns import take_short_turns

log = structlog.get_logger("rotation.daemon")

RELOAD_EVERY = timedelta(seconds=5)
INTENTS_EVERY = timedelta(seconds=1)
EVENTS_EVERY = timedelta(seconds=2)
FEEDS_EVERY = timedelta(seconds=5)
"""How often it is asked whether the list of leavers, or a calendar, is to be fetched."""
HEARTBEAT = timedelta(seconds=5)
STEP = timedelta(seconds=2)
"""A wall clock that moved this much against the monotonic one has been set, or slept."""
LAST_CALL = 26.0
"""Seconds that a call under way may take after SIGTERM; its attempt then stays open, in doubt."""
LAST_PAGE = 3.0
"""Seconds that pages under way may take after that."""
ASIDE = 5
"""Threads beside those of accounts and receivers: for rosters, leases, requests by hand, pings,
and for what is fetched."""


@dataclass(slots=True)
class Daemon:
    """Runs until it is told to stop. `ping` tells the outside that it is alive.

    `web` answers browsers until its event is set.
    """

    parts: Parts
    rosters: RosterFolder
    pulse: Pulse
    ping: Callable[[], None] | None = None
    ping_every: timedelta = timedelta(minutes=1)
    web: Callable[[asyncio.Event], Coroutine[Any, Any, None]] | None = None
    heartbeat: timedelta = HEARTBEAT
    _duties: Duties = field(init=False)
    _boundaries: Boundaries = field(init=False)

    def __post_init__(self) -> None:
        self._duties = Duties(self.parts, self.rosters, self.pulse)
        self._boundaries = Boundaries(self.parts.ledger)

    def run(self) -> int:
        """Run in the foreground; the exit code once SIGTERM or SIGINT came.

        Raises LedgerUnavailable when there is no ledger in its file to begin with, and
        ConnectionError when a sandbox's clock stops answering.
        """
        share_heaps()
        return asyncio.run(self._run())

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._duties.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._duties.hung_up.set)
        threads = len(self.parts.chats) + len(self.parts.settings.events) + ASIDE
        loop.set_default_executor(ThreadPoolExecutor(threads))
        await self._duties.begin()
        keep_what_is_here()
        take_short_turns()
        notify(READY)
        async with self._open_to_browsers():
            await self._work()
        return self._duties.exit

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
            work = [asyncio.create_task(through_stepped_time(self._duties, clock))]
            await self._told_to_stop(work)
            await self._last_calls(work)
        else:
            await self._through_real_time()

    async def _told_to_stop(self, work: Collection[asyncio.Task[None]]) -> None:
        """Back when told to stop.

        Work that ends by itself stops the daemon too: better gone and restarted than half deaf.
        """
        stopping = self._duties.stopping
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait([told, *work], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        notify(STOPPING)
        log.info("stopping")

    async def _last_calls(self, work: Collection[asyncio.Task[None]]) -> None:
        """The calls under way come to their end, or are left open. Raises what `work` raised."""
        _done, late = await asyncio.wait(work, timeout=LAST_CALL)
        if late:
            log.warning("a call is still open; it counts as in doubt")
            self.parts.leave()
            _leave_at_once(self._duties.exit)
        for task in work:
            task.result()

    # -- real time --------------------------------------------------------------------------

    async def _through_real_time(self) -> None:
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(_job_failed, EVENT_JOB_ERROR)
        for job, pause, name in self._jobs():
            every = IntervalTrigger(seconds=pause.total_seconds())
            scheduler.add_job(_unless_ended(job), every, id=name)
        for name in {"ping", "leavers"} & {job.id for job in scheduler.get_jobs()}:
            scheduler.modify_job(name, next_run_time=self.parts.clock().at)  # at once
        scheduler.start()
        aside = [
            asyncio.create_task(self._heartbeat(scheduler)),
            asyncio.create_task(self._on_hangup()),
        ]
        if self.parts.shared is not None:
            aside.append(asyncio.create_task(self._beats(self.parts.shared)))
        work = [asyncio.create_task(self._serve(a, scheduler)) for a in self.parts.chats]
        await self._told_to_stop(work)
        scheduler.pause()  # nothing begins any more, and what is under way may come to its end
        for task in aside:
            task.cancel()
        await self._last_calls(work)
        scheduler.shutdown(wait=False)

    def _jobs(self) -> Iterator[tuple[Callable[[], Coroutine[Any, Any, None]], timedelta, str]]:
        """What is done again and again, how often, and what it is called."""
        duties, settings = self._duties, self.parts.settings
        yield duties.look_at_rosters, RELOAD_EVERY, "rosters"
        yield duties.look_at_intents, INTENTS_EVERY, "intents"
        if self.web is not None:
            yield duties.look_at_webhooks, FLUSH_EVERY, "webhooks"
        if settings.events:
            yield duties.tell_receivers, EVENTS_EVERY, "events"
        if settings.leavers is not None or settings.calendars:
            yield duties.look_at_feeds, FEEDS_EVERY, "feeds"
        if self.ping is not None:
            yield self._ping, self.ping_every, "ping"

    async def _serve(self, account: AccountId, scheduler: AsyncIOScheduler) -> None:
        """One account for as long as the daemon lives: tick, arm the alarm, wait for it."""
        duties = self._duties
        woken = duties.woken[account] = asyncio.Event()
        while not duties.stopping.is_set():
            await duties.tick(account)
            now, due = self.parts.clock().at, duties.due[account]
            if due > now:
                self._arm(scheduler, account, due)
                await self._arm_handover(scheduler, account, now)
                await _first_of(woken.wait(), duties.stopping.wait())
            woken.clear()

    def _arm(
        self, scheduler: AsyncIOScheduler, account: AccountId, at: datetime, what: str = "account"
    ) -> None:
        self.parts.way.rings((what, account), (at - self.parts.clock().at).total_seconds())
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
        self._duties.wake(account)

    async def _on_hangup(self) -> None:
        while True:
            await self._duties.hung_up.wait()
            await self._duties.reload()

    async def _heartbeat(self, scheduler: AsyncIOScheduler) -> None:
        """Timers sleep on the monotonic clock; a set or slept wall clock is noticed here.

        Whoever watches hears that we live while every account's ticks move, and not while merely
        this loop does: a daemon that is stuck is better restarted.
        """
        loop, duties = asyncio.get_running_loop(), self._duties
        wall, steady = self.parts.clock().at, loop.time()
        while True:
            await asyncio.sleep(self.heartbeat.total_seconds())
            moved = self.parts.clock().at - wall - timedelta(seconds=loop.time() - steady)
            wall, steady = self.parts.clock().at, loop.time()
            if abs(moved) > STEP:
                log.warning("the clock moved", seconds=round(moved.total_seconds(), 1))
                for account, due in duties.due.items():
                    self._arm(scheduler, account, due)
                scheduler.wakeup()
                await duties.look_at_everything()
            if self._moves():
                notify(ALIVE)

    def _moves(self) -> bool:
        late = self.pulse.late()
        for account, since in late.items():
            log.error("nobody looks after an account", account=account, seconds=since.seconds)
        return not late

    async def _beats(self, shared: Shared) -> None:
        """The leases are looked at in time, and at once where others may have given some up."""
        beat_now = self._duties.beat_now
        while True:
            pause = await self._duties.beat(shared)
            await _first_of(asyncio.sleep(pause), beat_now.wait())
            beat_now.clear()

    async def _ping(self) -> None:
        """While there is no ledger, or an account is stuck, nobody is told that all is well."""
        if self.ping is not None and self._duties.has_ledger and not self.pulse.late():
            await asyncio.to_thread(self.ping)


async def _first_of(*waiting: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(w) for w in waiting]
    _done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


def _unless_ended(
    job: Callable[[], Coroutine[Any, Any, None]],
) -> Callable[[], Coroutine[Any, Any, None]]:
    """The job, which has not failed where it is called off because the daemon ends."""

    async def done() -> None:
        with suppress(asyncio.CancelledError):
            await job()

    return done


def _job_failed(event: JobExecutionEvent) -> None:
    log.error("a job failed", job=event.job_id, why=repr(event.exception))


def _leave_at_once(code: int) -> None:
    """A thread in the middle of a call can't be stopped; leaving is safe, since it is in doubt."""
    os._exit(code)
