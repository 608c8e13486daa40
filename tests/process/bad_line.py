"""A line to a server on which one call goes wrong: bad_line.py URL ORDERS, says its own address.

ORDERS is a file: `WAY ENDING`, how the next call whose path ends like this shall fare, once the
file is there; it is gone when that has happened. Everything else passes. No way ends by itself
before the caller hangs up, but for those that cut the line.
"""

import asyncio
import sys
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

A_BYTE = 0.05
"""Seconds between two bytes of a drip: no deadline per read ever strikes."""
END = b"\r\n\r\n"
NO_TLS = bytes.fromhex("1503010002022816030100")
"""An alert of TLS and the beginning of a handshake, where an answer in HTTP belongs."""


@dataclass
class Call:
    """One request, whole, and both lines it goes by."""

    asked: bytes
    here: StreamReader
    back: StreamWriter
    onward: tuple[StreamReader, StreamWriter]

    async def answer(self) -> bytes:
        """What the server says to it."""
        self.onward[1].write(self.asked)
        return await message(self.onward[0])

    def says(self, said: bytes) -> None:
        self.back.write(said)

    def breaks(self) -> None:
        self.back.transport.abort()

    async def hangs_up(self) -> None:
        """Back once the caller has had enough."""
        with suppress(OSError):
            await self.here.read()


async def message(of: StreamReader) -> bytes:
    """The next request or answer, with its body. Raises IncompleteReadError at the end."""
    head = await of.readuntil(END)
    fields = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n"))
    return head + await of.readexactly(int(fields.get(b"content-length", b"0")))


async def passes(call: Call) -> None:
    call.says(await call.answer())


async def late(call: Call) -> None:
    said = await call.answer()
    await asyncio.sleep(A_BYTE * 4)
    call.says(said)


async def refused(call: Call) -> None:
    call.breaks()


async def cut_before_the_answer(call: Call) -> None:
    await call.answer()
    call.breaks()


async def cut_before_the_body(call: Call) -> None:
    call.says((await call.answer()).partition(END)[0] + END)
    await call.back.drain()
    call.back.close()


async def cut_in_the_body(call: Call) -> None:
    said = await call.answer()
    call.says(said[: len(said.partition(END)[0]) + len(END) + 2])
    await call.back.drain()
    call.back.close()


async def cut_after_the_answer(call: Call) -> None:
    call.says(await call.answer())
    await call.back.drain()
    call.back.close()


async def half_closed(call: Call) -> None:
    await call.answer()
    call.back.write_eof()
    await call.hangs_up()


async def dripping(call: Call) -> None:
    said = (await call.answer()).replace(END, b"\r\nx-slow: " + b"z" * 10_000 + END, 1)
    gone = asyncio.create_task(call.hangs_up())
    for n in count():
        if gone.done() or n == len(said):
            return
        call.says(said[n : n + 1])
        await asyncio.sleep(A_BYTE)


async def garbage(call: Call) -> None:
    await call.answer()
    call.says(bytes(range(256)) * 40)
    await call.hangs_up()


async def tls_garbage(call: Call) -> None:
    await call.answer()
    call.says(NO_TLS)
    await call.hangs_up()


async def silent(call: Call) -> None:
    await call.answer()
    await call.hangs_up()


async def lost(call: Call) -> None:
    await call.hangs_up()


Way: TypeAlias = Callable[[Call], Awaitable[None]]
WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        *(late, refused, lost, silent, dripping, garbage, tls_garbage, half_closed),
        *(cut_before_the_answer, cut_before_the_body, cut_in_the_body, cut_after_the_answer),
    )
}


class Line:
    def __init__(self, url: str, orders: Path) -> None:
        self._to = urlsplit(url)
        self._orders = orders

    async def serve(self, here: StreamReader, back: StreamWriter) -> None:
        """One connection, for as long as both sides keep to it."""
        onward = await asyncio.open_connection(self._to.hostname, self._to.port)
        with suppress(IncompleteReadError, OSError):
            while not back.is_closing():
                asked = await message(here)
                await self._way(asked)(Call(asked, here, back, onward))
                await back.drain()
        for writer in (back, onward[1]):
            writer.close()

    def _way(self, asked: bytes) -> Way:
        path = asked.split(maxsplit=2)[1].partition(b"?")[0].decode()
        try:
            way, ending = self._orders.read_text().split()
        except FileNotFoundError:
            return passes
        if not path.endswith(ending):
            return passes
        self._orders.unlink()
        return WAYS[way]


async def main(url: str, orders: Path) -> None:
    server = await asyncio.start_server(Line(url, orders).serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - its address is what it has to say
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
