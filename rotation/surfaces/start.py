"""Everything the daemon needs around it: lock, log, zone data, rosters, alarms to the outside."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any, TextIO

import structlog

from rotation.engine import Event
from rotation.ledger import file_lock, on_server
from rotation.providers.outward import ping, post_alert
from rotation.settings import Settings
from rotation.surfaces import logs, outside
from rotation.surfaces.daemon import Daemon
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.rosters import RosterFolder
from rotation.wiring import assemble, open_ledger
from rotation.wiring.pulse import Pulse
from rotation.zone_data import use_newest

log = structlog.get_logger("rotation")

TRY_AGAIN = 30.0
"""Seconds until a web server that could not begin, or failed, is begun again."""
_NO_BOARD = "nobody can open the board"


@contextmanager
def ready(
    settings: Settings,
    environ: Mapping[str, str],
    stream: TextIO,
    watch: Callable[[Event], None] | None = None,
    *,
    alone: bool = False,
    serving: Callable[[str], None] | None = None,
) -> Iterator[Daemon]:
    """A daemon ready to run, holding its database until the `with` ends.

    On a server others may share it, unless it is to be `alone` there. `watch` is told every event;
    without it they go to the log; `serving` the address at which the board is. Raises LedgerHeld,
    UnknownSchema, LedgerUnavailable, or ConnectionError and ValueError for a sandbox's clock.
    """
    zone_data, pulse = use_newest(), Pulse(settings.accounts)
    url = settings.database.reveal()
    with file_lock(url, shared=not alone) as lock:
        ledger = open_ledger(settings, lock)
        alert = outside.teller(settings.alerts, post_alert, environ)
        parts = assemble(
            settings,
            zone_data.version,
            alert=alert,
            watch=_heard(pulse, watch or logged),
            ledger=ledger,
            replicated=on_server(url),
        )
        logs.configure(
            settings.log,
            stream=stream,
            now=lambda: parts.clock().at,
            secrets=settings.secrets,
            environ=environ,
        )
        log.info("starting", zone_data=zone_data.version, database=settings.database.url)
        for warning in settings.warnings:
            log.warning(warning)
        if settings.web.is_dev:
            log.warning("--dev: whoever opens the board on this machine may act, unasked")
        rosters = RosterFolder(settings.schedules, ledger, zone_data.version, _said, parts.shared)
        ping_url = settings.alerts.ping_url
        tell = None if ping_url is None else lambda: _pinged(ping_url.reveal())
        try:
            yield Daemon(
                parts,
                rosters,
                pulse,
                ping=tell,
                ping_every=settings.alerts.ping_every,
                web=_web(Fitness(parts, pulse, zone_data), serving),
            )
        finally:
            parts.close()


def _heard(pulse: Pulse, watch: Callable[[Event], None]) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        pulse.heard(event)
        watch(event)

    return hear


def logged(event: Event) -> None:
    """One line for one effect; docs/operating.md lists them with their fields."""
    say = log.warning if event.kind in _LOUD else log.info
    about = {
        "account": event.account,
        "group": event.group,
        "person": event.person,
        "about": event.text,
    }
    say(event.kind, **{key: value for key, value in about.items() if value})


_LOUD = frozenset({"alarm", "alarm_untold", "audit_broken", "guarded"})


def _said(level: str, text: str) -> None:
    getattr(log, level)(text)


def _pinged(url: str) -> None:
    ping(url)


def _web(
    fitness: Fitness, started: Callable[[str], None] | None
) -> Callable[[asyncio.Event], Coroutine[Any, Any, None]] | None:
    at = fitness.parts.settings.web.listen
    if at is None:
        return None

    async def once(closing: asyncio.Event) -> None:
        # What a web server is made of takes half a second to import, while nobody waits for it.
        web = await asyncio.to_thread(import_module, "rotation.surfaces.web")
        await web.serve(fitness, at, closing, started)

    return partial(kept_up, once, at.url)


async def kept_up(
    serve: Callable[[asyncio.Event], Awaitable[None]],
    url: str,
    closing: asyncio.Event,
    pause: float = TRY_AGAIN,
) -> None:
    """Serve until `closing`. What ends it before is said, and it begins again after `pause` (s).

    Groups are handed over with or without a page to look at.
    """
    while not closing.is_set():
        try:
            await serve(closing)
        except Exception as why:
            # Of an address that is taken a trace says nothing more.
            is_strange = not isinstance(why, OSError)
            log.exception(_NO_BOARD, url=url, why=str(why), again_in=pause, exc_info=is_strange)
            with suppress(TimeoutError):
                await asyncio.wait_for(closing.wait(), pause)
        else:
            return
