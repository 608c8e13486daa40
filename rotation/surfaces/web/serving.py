"""The web server in the daemon's loop."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp

from rotation.settings import Listening
from rotation.surfaces.web.wire import Wire

log = structlog.get_logger("rotation.web")

A_SECOND = 1.0
LAST_ANSWERS = 1
"""Seconds that answers under way have when the daemon stops; a live page never ends by itself."""
MOST_AT_ONCE = 200
"""Connections beyond which callers are told to come back later."""


class _Server(uvicorn.Server):
    """Leaves signals to the daemon, and wakes it once a second instead of ten times.

    It is for the date, and for those who let us wait. Ten wakes were a third of a percent of a
    core, in which nobody asked anything.
    """

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while not (self._stopping.is_set() or await self.on_tick(0)):
            for connection in list(self.server_state.connections):
                if isinstance(connection, Wire):
                    connection.look(loop.time())
            await _told_or_after(self._stopping, A_SECOND)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp,
    at: Listening,
    stopping: asyncio.Event,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve until `stopping`; `started` gets the base URL once the address was had.

    Raises OSError when the address can't be had, and when the server ends before it was told to.
    """
    with _listen(at) as listening:
        url = at.with_port(listening.getsockname()[1]).url
        log.info("the board is at", url=url)
        if started is not None:
            started(url)
        await _until_told(_Server(configured(app), stopping), listening, stopping)


def _listen(at: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    listening = socket.create_server((at.host, at.port), family=family)
    # Head and body leave apart; without this each answer waits 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def configured(app: ASGIApp) -> uvicorn.Config:
    """How the app is served, by whatever server."""
    return uvicorn.Config(
        app,
        http=Wire,
        interface="asgi3",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )


async def _until_told(server: _Server, listening: socket.socket, stopping: asyncio.Event) -> None:
    """Serve until told to stop; raises OSError when the server ends before that."""
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([serving, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    server.should_exit = True
    await serving
    if not stopping.is_set():
        raise OSError("the server ended by itself")


async def _told_or_after(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
