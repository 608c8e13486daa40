"""Tells pages that something changed. Looks at the ledger once a second while somebody watches.

One look serves all pages; with none open nothing is done. What changed isn't said: a page asks for
itself anew, by the way it was made in the first place.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import structlog
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from rotation.ledger import LedgerTrouble
from rotation.surfaces.web.board.desk import Desk

log = structlog.get_logger("rotation.web")

MOST = 64
"""Pages that are told at the same time; others look again by themselves now and then."""
LOOK_EVERY = 1.0
BEAT = 15.0
"""Seconds after which a page is told to look anew at the latest: time passes without a change."""
_CHANGED = b"event: changed\ndata:\n\n"
_RETRY = b"retry: 3000\n\n"


class Watchers:
    """The pages that are open, and the one task that looks for all of them."""

    def __init__(
        self,
        desk: Desk,
        closing: asyncio.Event,
        *,
        most: int = MOST,
        look_every: float = LOOK_EVERY,
        beat: float = BEAT,
    ) -> None:
        self._desk = desk
        self._most, self._look_every, self._beat = most, look_every, beat
        self._closing = closing
        self._open: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        return len(self._open)

    @property
    def looks(self) -> bool:
        """Whether the ledger is looked at for anybody."""
        return self._looking is not None

    def stream(self) -> Response:
        if len(self._open) >= self._most or self._closing.is_set():
            return PlainTextResponse("too many pages are open\n", 503)
        return StreamingResponse(
            self._told(), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    async def _told(self) -> AsyncIterator[bytes]:
        bell = asyncio.Event()
        self._open.add(bell)
        closing = asyncio.create_task(self._closing.wait())
        try:
            pulse = await self._asked() if self._looking is None else ""
            if self._looking is None:  # still: another page may have come meanwhile
                self._looking = asyncio.create_task(self._look(pulse))
            yield _RETRY
            while not self._closing.is_set():
                await _either(bell, closing)
                bell.clear()
                if not self._closing.is_set():
                    yield _CHANGED
        finally:
            closing.cancel()
            self._open.discard(bell)
            if not self._open and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self, pulse: str) -> None:
        """Rings for whatever changes from `pulse` on, which was taken before anybody was told."""
        beats = asyncio.get_running_loop().time() + self._beat
        while True:
            await asyncio.sleep(self._look_every)
            before, pulse = pulse, await self._asked()
            now = asyncio.get_running_loop().time()
            if pulse != before or now >= beats:
                beats = now + self._beat
                for bell in self._open:
                    bell.set()

    async def _asked(self) -> str:
        """The ledger's pulse; while it does not answer, that is one of its own."""
        ask: Callable[[], str] = self._desk.parts.ledger.pulse
        try:
            return await self._desk.aside(ask)
        except LedgerTrouble:
            return "no ledger"


async def _either(bell: asyncio.Event, closing: asyncio.Task[bool]) -> None:
    rung = asyncio.create_task(bell.wait())
    try:
        await asyncio.wait([rung, closing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        rung.cancel()
