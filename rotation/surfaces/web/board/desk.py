"""What pages and the API are made from: the ledger at one instant, read beside the ticks."""

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TypeVar

from rotation.core.roster import EMPTY
from rotation.core.timeline import Timeline
from rotation.ledger import Books, on_server
from rotation.surfaces.orders import Counter
from rotation.surfaces.sight import Sight, at_once
from rotation.surfaces.web.aside import Aside
from rotation.surfaces.web.pace import Pace
from rotation.surfaces.web.short import Short
from rotation.wiring import Parts, SandboxClock

T = TypeVar("T")
AT_ONCE = 2
"""Pages that are made at the same time; more would only take turns, and the ledger's readers."""


class Desk:
    """Reads the ledger for pages, in threads of its own; at its counter orders are taken.

    They are written beside the daemon's own writing, which so hears of them as of a command.
    """

    def __init__(self, parts: Parts, short: Short | None = None) -> None:
        self.parts = parts
        self.pace = Pace()
        self._threads = Aside(AT_ONCE, "desk")
        self._short = short or Short()
        self._is_at_hand = _is_at_hand(parts)
        self._digest = ""
        self._timeline = Timeline(EMPTY)
        self._turn = threading.Lock()

    @cached_property
    def counter(self) -> Counter:
        ledger, clock = self.parts.ledger.beside(), self.parts.clock
        return Counter(ledger, lambda: clock().at, self.parts.settings, self._in_force)

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done in one of the threads for pages when no tick goes first."""

        def after_ticks() -> T:
            self.parts.way.give()
            return work()

        return await self._threads.do(after_ticks)

    async def soon(self, kind: Hashable, work: Callable[[], T]) -> T:
        """What `work` returns, which only looks: done at once if its kind is short, else aside.

        Two changes of threads, and what else is done between them, take longer than most answers.
        """
        timed = partial(self._short.timed, kind, work)
        if self._is_at_hand and self._short.knows(kind) and self.parts.way.is_free():
            return timed()
        return await self.aside(timed)

    @contextmanager
    def look(self) -> Iterator[Sight]:
        """The ledger now. Raises LedgerUnavailable; ConnectionError for a sandbox's clock."""
        now = self.parts.clock().at
        give = at_once if _is_on_a_loop() else self.parts.way.give
        with self.parts.ledger.reading() as books:
            digest, timeline = self._in_force(books)
            yield Sight(books, digest, timeline.roster, timeline, now, give)

    def _in_force(self, books: Books) -> tuple[str, Timeline]:
        digest = books.rosters.digest() or ""
        with self._turn:
            if digest != self._digest:  # its text has megabytes where there are many groups
                _, roster = books.rosters.in_force() or ("", EMPTY)
                self._digest, self._timeline = digest, Timeline(roster)
            return digest, self._timeline


def _is_at_hand(parts: Parts) -> bool:
    """Whether to look at ledger and clock is to read this machine's memory, or nearly so."""
    is_elsewhere = on_server(parts.settings.database.url)
    return not is_elsewhere and not isinstance(parts.clock, SandboxClock)


def _is_on_a_loop() -> bool:
    """There nobody may wait for a tick to begin: its alarm would wait for us."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
