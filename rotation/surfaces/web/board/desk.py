"""What pages are made from: the ledger at one instant, read beside the ticks and never by them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from rotation.core.roster import EMPTY
from rotation.core.timeline import Timeline
from rotation.surfaces.sight import Sight
from rotation.wiring import Parts

T = TypeVar("T")
AT_ONCE = 2
"""Pages that are made at the same time; more would only take turns, and the ledger's readers."""


class Desk:
    """Reads the ledger for pages, in threads of its own."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._limits: dict[asyncio.AbstractEventLoop, CapacityLimiter] = {}
        self._digest = ""
        self._timeline = Timeline(EMPTY)
        self._turn = threading.Lock()

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done in one of the threads for pages."""
        loop = asyncio.get_running_loop()
        if loop not in self._limits:
            self._limits = {loop: CapacityLimiter(AT_ONCE)}
        return await run_sync(work, limiter=self._limits[loop])

    @contextmanager
    def look(self) -> Iterator[Sight]:
        """The ledger now. Raises LedgerUnavailable; ConnectionError for a sandbox's clock."""
        now = self.parts.clock().at
        with self.parts.ledger.reading() as books:
            digest = books.rosters.digest() or ""
            with self._turn:
                if digest != self._digest:  # its text has megabytes where there are many groups
                    _, roster = books.rosters.in_force() or ("", EMPTY)
                    self._digest, self._timeline = digest, Timeline(roster)
                timeline = self._timeline
            yield Sight(books, digest, timeline.roster, timeline, now)
