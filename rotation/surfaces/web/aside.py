"""Work in threads beside an event loop, for whoever has many small things to do there.

Threads take turns at Python's lock: two do no more than one, and each change of turns costs time.
An executor changes them several times for each thing done, which took a third of an answer. Here
one thread takes one thing after the other for as long as there are any, and the loop hands out what
was done when that one is through, or when it has looked anyhow. Another one only joins where nobody
would begin for a while, behind something long.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Told: TypeAlias = asyncio.Future[Any]

LONG = 0.005
"""Seconds at one thing from which on another thread may join, and between two looks at it."""


class Aside:
    """So many threads at most; what was asked first is begun first."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._threads = ThreadPoolExecutor(most, name)
        self._turn = threading.Lock()
        self._asked: deque[tuple[Told, Callable[[], Any]]] = deque()
        self._since: dict[object, float] = {}
        """Since when each of those at work is at what it does, by the loop's clock."""
        self._watched: asyncio.AbstractEventLoop | None = None
        """Where it is looked, while anybody waits."""
        self._done: deque[tuple[Told, Any, BaseException | None]] = deque()

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, done in one of the threads."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        with self._turn:
            self._asked.append((told, work))
            if not self._since:
                self._join(loop)
            elif self._watched is not loop:
                self._watched = loop
                loop.call_later(LONG, self._look, loop)
        return await told

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._hand_out()
        with self._turn:
            if not self._asked:
                self._watched = None
                return
            if len(self._since) < self._most and not self._is_any_quick(loop.time()):
                self._join(loop)
            loop.call_later(LONG, self._look, loop)

    def _is_any_quick(self, now: float, but: object = None) -> bool:
        """Whether somebody at work, `but` that one, is about to take what comes next."""
        return any(now - at < LONG for who, at in self._since.items() if who is not but)

    def _join(self, loop: asyncio.AbstractEventLoop) -> None:
        me = object()
        self._since[me] = loop.time()
        self._threads.submit(self._work, me)

    def _work(self, me: object) -> None:
        while True:
            with self._turn:
                if not self._asked:
                    del self._since[me]
                    return
                told, work = self._asked[0]
                now = told.get_loop().time()
                if self._is_any_quick(now, but=me):
                    del self._since[me]
                    return
                self._since[me] = now
                self._asked.popleft()
            if told.cancelled():
                continue
            try:
                answer = work()
            except BaseException as why:  # noqa: BLE001 - whoever asked gets it, whatever it is
                self._tell(told, None, why)
            else:
                self._tell(told, answer, None)

    def _tell(self, told: Told, answer: object, why: BaseException | None) -> None:
        with self._turn:
            self._done.append((told, answer, why))
            is_through = not self._asked
        if is_through:  # else it is looked soon, or somebody is through
            with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                told.get_loop().call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        with self._turn:
            done, self._done = self._done, deque()
        for told, answer, why in done:
            if told.done():  # nobody waits for it any more
                continue
            if why is None:
                told.set_result(answer)
            else:
                told.set_exception(why)
