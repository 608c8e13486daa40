"""The API beside the bare framework: Starlette, the same look at the ledger, the same JSON.

Sixteen ask, straight into the app, over a ledger file of a thousand groups: one after the other
for how many there are in a second of CPU, and a hundred a second in all for how long one takes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from boards import NOW, furnished
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from table import Goal, Row, seconds

from rotation.ledger import Rights
from rotation.surfaces.answers.registry import ANSWERS
from rotation.surfaces.data import bytes_of
from rotation.surfaces.web import app
from rotation.surfaces.web.board.desk import Desk
from rotation.wiring import Parts

AT_ONCE, ASKED, ROUNDS, A_SECOND = 16, 480, 5, 100
App: TypeAlias = Callable[..., Awaitable[None]]


def measured() -> Iterator[Row]:
    with TemporaryDirectory() as name, furnished(Path(name)) as (fitness, roster):
        parts = fitness.parts
        with parts.ledger.writing() as books:
            made = books.tokens.make("bench", "bench", NOW, rights=Rights.VIEWER)
            books.tokens.note_used(made[0].id, NOW)
        group = next(iter(roster.groups))
        ours = app.build(fitness)
        for what, path, base in (
            ("one group", f"/v1/groups/{group}", _bare(parts, "group", group=group)),
            (
                "who is on duty",
                f"/v1/groups/{group}/who",
                _bare(parts, "who of a group", group=group),
            ),
            ("a hundred groups, as rows", "/v1/groups", _bare(parts, "groups")),
        ):
            yield from asyncio.run(_compared(what, ours, base, path, made[1]))


def _bare(parts: Parts, name: str, **asked: str) -> App:
    """A route that looks, makes the answer and writes it: no token, no address to take apart."""
    desk, answer = Desk(parts), ANSWERS[name]
    wish = answer.wish(**asked)

    async def route(_request: Request) -> Response:
        def look() -> bytes:
            with desk.look() as sight:
                return bytes_of(answer.make(desk.counter, sight, wish))

        return Response(await desk.aside(look), media_type="application/json")

    return Starlette(routes=[Route("/{rest:path}", route)])


async def _compared(what: str, ours: App, base: App, path: str, secret: str) -> Iterator[Row]:
    await _asked(ours, path, secret, AT_ONCE)
    await _asked(base, path, secret, AT_ONCE)
    rates: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        mine = await _asked(ours, path, secret, ASKED)
        theirs = await _asked(base, path, secret, ASKED)
        rates.append((ASKED / mine, ASKED / theirs))
    took = await _paced(ours, path, secret)
    ratio = median(mine / theirs for mine, theirs in rates)
    mine, theirs = (median(column) for column in zip(*rates, strict=True))
    slow = sorted(took)[int(len(took) * 0.99)]
    base_is, goals = f"{theirs:.0f} bare Starlette", (Goal(">=", 0.8), Goal("<=", 20, " ms"))
    return iter((
        Row(f"{what}: in a second of CPU", f"{mine:.0f}", base_is, ratio, goals[0]),
        Row(f"{what}: all but one of a hundred", seconds(slow), "", slow * 1000, goals[1]),
    ))  # fmt: skip


async def _asked(asked: App, path: str, secret: str, count: int) -> float:
    """CPU seconds for all of them, sixteen at a time."""
    left = iter(range(count))

    async def one_after_the_other() -> None:
        for _ in left:
            await _once(asked, path, secret)

    began = time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return time.process_time() - began


async def _paced(asked: App, path: str, secret: str) -> list[float]:
    """The wall's seconds of each of a thousand, sixteen asking in turn, a hundred a second."""
    took: list[float] = []

    async def now_and_then(which: int) -> None:
        starts = time.perf_counter() + which / A_SECOND
        for turn in range(1000 // AT_ONCE):
            await asyncio.sleep(max(0.0, starts + turn * AT_ONCE / A_SECOND - time.perf_counter()))
            began = time.perf_counter()
            await _once(asked, path, secret)
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(now_and_then(which) for which in range(AT_ONCE)))
    return took


async def _once(asked: App, path: str, secret: str) -> None:
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {secret}".encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": headers,
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:  # noqa: PLR2004 - what is well
            raise ValueError(message)

    await asked(scope, receive, send)
