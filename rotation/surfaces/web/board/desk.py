"""What pages and the API are made from: the ledger at one instant, read beside the ticks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar

from rotation.core.roster import EMPTY
from rotation.core.timeline import Timeline
from rotation.ledger import Books
from rotation.surfaces.orders import Counter
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.aside import Aside
from rotation.surfaces.web.pace import Pace
from rotation.wiring import Parts

T = TypeVar("T")
AT_ONCE = 2
"""Pages that are made at the same time; more would only take turns, and the ledger's readers."""


class Desk:
    """Reads the ledger for pages, in threads of its own; at its counter orders are taken.

    They are written beside the daemon's own writing, which so hears of them as of a command.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.pace = Pace()
        self._threads = Aside(AT_ONCE, "desk")
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

    @contextmanager
    def look(self) -> Iterator[Sight]:
        """The ledger now. Raises LedgerUnavailable; ConnectionError for a sandbox's clock."""
        now = self.parts.clock().at
        with self.parts.ledger.reading() as books:
            digest, timeline = self._in_force(books)
            yield Sight(books, digest, timeline.roster, timeline, now, self.parts.way.give)

    def _in_force(self, books: Books) -> tuple[str, Timeline]:
        digest = books.rosters.digest() or ""
        with self._turn:
            if digest != self._digest:  # its text has megabytes where there are many groups
                _, roster = books.rosters.in_force() or ("", EMPTY)
                self._digest, self._timeline = digest, Timeline(roster)
            return digest, self._timeline
