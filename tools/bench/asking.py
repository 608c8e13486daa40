"""Who asks the API from elsewhere: connections that ask one thing after the other, and how long."""

import asyncio
import time
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from typing import Self

CONNECTIONS = 16


class Asking:
    """Sixteen connections to a port, each of which asks the same all the time."""

    def __init__(self, port: int, secret: str, *paths: str) -> None:
        self._port = port
        told = f" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n\r\n"
        self._requests = [f"GET {path}{told}".encode() for path in paths]
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        self._open = [
            await asyncio.open_connection("127.0.0.1", self._port) for _ in range(CONNECTIONS)
        ]
        return self

    async def __aexit__(self, *_how: object) -> None:
        for _, go in self._open:
            go.close()

    async def at_once(self, count: int) -> list[float]:
        """The seconds of each of so many answers, when each of the sixteen waits for its own."""
        left, took = iter(range(count)), list[float]()

        async def one_after_the_other(which: int) -> None:
            for _ in left:
                took.append(await self._once(which))

        await asyncio.gather(*map(one_after_the_other, range(CONNECTIONS)))
        return took

    async def paced(self, count: int, a_second: float) -> list[float]:
        """The same when the sixteen ask in turn, so many in a second in all."""
        took, starts = list[float](), time.perf_counter()

        async def now_and_then(which: int) -> None:
            for turn in range(which, count, CONNECTIONS):
                await asyncio.sleep(max(0.0, starts + turn / a_second - time.perf_counter()))
                took.append(await self._once(which))

        await asyncio.gather(*map(now_and_then, range(CONNECTIONS)))
        return took

    async def _once(self, which: int) -> float:
        come, go = self._open[which]
        began = time.perf_counter()
        go.write(self._requests[which % len(self._requests)])
        head = (await come.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise ValueError(head)
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await come.readexactly(int(length))
        return time.perf_counter() - began


def ask_when(
    told: Event, answered: "Synchronized[int]", port: int, secret: str, *paths: str
) -> None:
    """A process that asks all the time while it is told to, and counts, until it is killed."""

    async def ask() -> None:
        while True:
            await asyncio.to_thread(told.wait)
            async with Asking(port, secret, *paths) as asking:
                while told.is_set():
                    answered.value += len(await asking.at_once(CONNECTIONS * 4))

    asyncio.run(ask())
