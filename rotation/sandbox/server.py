"""The world behind a port of this machine: a bare ASGI app, and webhooks sent on the side.

There is no host to choose: it listens on 127.0.0.1 and nowhere else, as anyone who reaches it may
do anything with it.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from types import FrameType
from typing import TypeAlias

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rotation.sandbox.clock import SteppedClock
from rotation.sandbox.hooks import Delivery
from rotation.sandbox.journal import Journal
from rotation.sandbox.postman import deliver
from rotation.sandbox.wire import LIMIT, NoAnswer, Request, Response, TimedOut
from rotation.sandbox.world import World

LOOPBACK = "127.0.0.1"
LOOK_EVERY = 0.2
"""Seconds between looks at what is due by itself, while the clock is real."""
HOOKS_WITHIN = 10.0
"""Seconds a stepped clock waits for webhooks to arrive before it lets time pass."""

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class App:
    """Speaks ASGI for one world. Calls are answered one after the other; only waiting overlaps."""

    def __init__(self, world: World, journal: Journal | None = None) -> None:
        self._world = world
        self._journal = journal
        self._post: asyncio.Queue[Delivery] = asyncio.Queue()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request.path == "/sandbox/clock":
            await self._hooks_have_arrived()
        try:
            response = self._answer(request)
        except NoAnswer as silence:
            await self._keep_silent(silence, scope, receive)
            return
        if response.held and not self._is_stepped:
            await asyncio.sleep(response.held)
        await _write(response, send)

    @property
    def _is_stepped(self) -> bool:
        return isinstance(self._world.clock, SteppedClock)

    def _answer(self, request: Request) -> Response:
        if self._journal:
            self._journal.note(request, self._world.clock.now())
        try:
            return self._world.handle(request)
        finally:
            self._collect()

    def _collect(self) -> None:
        while self._world.outbox:
            self._post.put_nowait(self._world.outbox.popleft())

    async def _keep_silent(self, silence: NoAnswer, scope: Message, receive: Receive) -> None:
        """Holds the line as long as asked, or until the caller hangs up; then cuts it.

        With a stepped clock that time is spent already, so the line is cut at once.
        """
        if isinstance(silence, TimedOut) and not self._is_stepped:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_hung_up(receive), silence.seconds)
        state = scope["state"]
        if isinstance(state, dict):
            state["transport"].abort()
        await _hung_up(receive)

    async def _hooks_have_arrived(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HOOKS_WITHIN):  # at once, where none is on its way
                await self._post.join()

    async def post(self) -> None:
        """Delivers webhooks in order, for ever."""
        while True:
            sent = await self._post.get()
            try:
                await asyncio.to_thread(deliver, sent)
            finally:
                self._post.task_done()

    async def watch(self) -> None:
        """Lets what is due by the real clock happen, even if nobody asks."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not self._is_stepped:
                self._world.advance()
                self._collect()


async def _read(scope: Message, receive: Receive) -> Request:
    body = b""
    while len(body) <= LIMIT:
        message = await receive()
        part = message.get("body", b"")
        body += part if isinstance(part, bytes) else b""
        if not message.get("more_body"):
            break
    headers, query = scope["headers"], scope["query_string"]
    named = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in (headers if isinstance(headers, list) else [])
    }
    asked = query.decode("latin-1") if isinstance(query, bytes) else ""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if isinstance(raw, bytes) else str(scope["path"])
    target = f"{path}?{asked}" if asked else path
    return Request.to(str(scope["method"]), target, named, body)


async def _write(response: Response, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Line(H11Protocol):
    """Hands each request the line it came by, so that the app can cut it."""

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override] # uvicorn narrows it like this
    ) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Ends on SIGTERM and SIGINT with exit code 0, not by the signal."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        _ = sig, frame
        self.should_exit = True


def serve(
    world: World, *, port: int, started: Callable[[str], None], journal: Journal | None = None
) -> None:
    """Serves until SIGTERM or SIGINT; `started` gets the base URL once calls are taken.

    Port 0 takes any free one. Raises OSError when the port is taken.
    """
    with socket.create_server((LOOPBACK, port)) as listening:
        # Head and body leave apart; without this each answer waits 40 ms for an acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        app = App(world, journal)
        config = uvicorn.Config(
            app,
            http=_Line,
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        started(f"http://{LOOPBACK}:{listening.getsockname()[1]}")
        asyncio.run(_run(_Server(config), app, listening))


async def _run(server: uvicorn.Server, app: App, listening: socket.socket) -> None:
    aside = [asyncio.create_task(app.post()), asyncio.create_task(app.watch())]
    try:
        await server.serve(sockets=[listening])
    finally:
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
