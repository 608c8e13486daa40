"""The API beside the bare framework: Starlette, the same look at the ledger, the same JSON.

Sixteen ask, over a ledger file of a thousand groups to which somebody commits all along: straight
into the app for what there is in a second of CPU; by sixteen connections, to a process that serves
both by turns, for how long an answer takes. What the daemon makes of it follows: whether boundaries
are late meanwhile.
"""

import asyncio
import multiprocessing
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias

import api_lateness
import programs
from asking import CONNECTIONS, Asking
from boards import NOW, furnished
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from table import Goal, Row, seconds

from rotation.core.facts import Moment
from rotation.ledger import Rights
from rotation.settings import Listening
from rotation.surfaces.answers.registry import ANSWERS
from rotation.surfaces.data import bytes_of
from rotation.surfaces.web import app, serving
from rotation.surfaces.web.board.desk import Desk
from rotation.wiring import Parts
from rotation.wiring.clocks import RealClock
from rotation.wiring.heap import keep_what_is_here
from rotation.wiring.turns import take_short_turns

ASKED, ROUNDS, A_SECOND = 480, 9, 100
PACED = 160
COMMIT_AFTER, COMMIT_EVERY = 48, 0.05
"""Answers after which somebody commits, and the same in seconds."""
A_MOMENT = timedelta(milliseconds=1)
CALLS = 100_000
_CALLS = """\
WITH RECURSIVE
  number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :calls),
  every AS (SELECT "group", row_number() OVER () - 1 AS place FROM groups)
INSERT INTO attempts (
  id, account, kind, "group", person, reason, key, origin, roster, zone_data, boot, uptime, sent_at,
  ended_at, took, outcome, detail
)
SELECT
  -n, 'main', iif(n % 2, 'add', 'remove'), every."group", 'night', 'shift', 'x/2026-01-01/0',
  'roster', 'd1', 'bench', 'then', n, :at, :at, 0.1, 'accepted', ''
FROM number JOIN every ON every.place = n % (SELECT count(*) FROM groups)
"""
App: TypeAlias = Callable[..., Awaitable[None]]


class Question(NamedTuple):
    what: str
    path: str
    name: str
    asked: dict[str, Any]


class Desks(NamedTuple):
    """What is asked, by whom, and the two that answer."""

    questions: tuple[Question, ...]
    secret: str
    ours: App
    bare: App
    commit: Callable[[], None]


class _Clock(RealClock):
    """A moment later at each look, so that nothing is known which would not be."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = count()

    def __call__(self) -> Moment:
        return Moment(NOW + next(self._looks) * A_MOMENT, "bench", 0.0)


def measured() -> Iterator[Row]:
    with _desks() as desks:
        for question in desks.questions:
            yield asyncio.run(_compared(desks, question))
    with _serving() as (server, ports, questions, secret):
        for question in questions:
            yield from asyncio.run(_over_the_wire(server, ports, question, secret))
    yield from api_lateness.measured()


@contextmanager
def _desks() -> Iterator[Desks]:
    with TemporaryDirectory() as name, furnished(Path(name), _Clock()) as (fitness, roster):
        parts, group = fitness.parts, str(next(iter(roster.groups)))
        with parts.ledger.writing() as books:
            made = books.tokens.make("bench", "bench", NOW, rights=Rights.VIEWER)
            books.tokens.note_used(made[0].id, NOW)

        def commit() -> None:
            with parts.ledger.writing() as books:
                books.meta.put("bench", "")

        _with_calls(Path(name) / "rotation.db")
        questions = (
            Question("one group", f"/v1/groups/{group}", "group", {"group": group}),
            Question(
                "who is on duty", f"/v1/groups/{group}/who", "who of a group", {"group": group}
            ),
            Question("a hundred groups, as rows", "/v1/groups", "groups", {}),
            Question(
                f"20 calls of {CALLS:,}",
                f"/v1/attempts?group={group}&limit=20",
                "attempts",
                {"group": group, "limit": 20},
            ),
        )
        keep_what_is_here()
        take_short_turns()
        yield Desks(questions, made[1], app.build(fitness), _bare(parts, questions), commit)


def _with_calls(path: Path) -> None:
    """So many calls are behind it, the same number for each group."""
    at = f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%S.%fZ}"
    with closing(sqlite3.connect(path, isolation_level=None)) as there:
        there.execute(_CALLS, {"calls": CALLS, "at": at})


def _bare(parts: Parts, questions: tuple[Question, ...]) -> App:
    """Routes that look, make the answer and write it: no token, no address to take apart."""
    desk = Desk(parts)

    def route(question: Question) -> Route:
        answer = ANSWERS[question.name]
        wish = answer.wish(**question.asked)

        def look() -> bytes:
            with desk.look() as sight:
                return bytes_of(answer.make(desk.counter, sight, wish))

        async def told(_request: Request) -> Response:
            return Response(await desk.soon(question.path, look), media_type="application/json")

        return Route(question.path.partition("?")[0], told)

    return Starlette(routes=[route(question) for question in questions])


# -- in a second of CPU ---------------------------------------------------------------------------


async def _compared(desks: Desks, question: Question) -> Row:
    rates: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        mine, theirs = [await _asked(one, desks, question) for one in (desks.ours, desks.bare)]
        rates.append((ASKED / mine, ASKED / theirs))
    ratio = median(mine / theirs for mine, theirs in rates[1:])
    mine, theirs = (median(column) for column in zip(*rates[1:], strict=True))
    what = f"{question.what}: in a second of CPU"
    return Row(what, f"{mine:.0f}", f"{theirs:.0f} bare Starlette", ratio, Goal(">=", 0.8))


async def _asked(asked: App, desks: Desks, question: Question) -> float:
    """CPU seconds for all of them, sixteen at a time."""
    left = iter(range(1, ASKED + 1))

    async def one_after_the_other() -> None:
        for number in left:
            await _once(asked, question.path, desks.secret)
            if number % COMMIT_AFTER == 0:
                desks.commit()

    began = time.process_time()
    await asyncio.gather(*(one_after_the_other() for _ in range(CONNECTIONS)))
    return time.process_time() - began


async def _once(asked: App, path: str, secret: str) -> None:
    at, _, query = path.partition("?")
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {secret}".encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": at, "raw_path": at.encode(), "query_string": query.encode(),
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": headers,
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:  # noqa: PLR2004 - what is well
            raise ValueError(message)

    await asked(scope, receive, send)


# -- by sixteen connections -----------------------------------------------------------------------


@contextmanager
def _serving() -> Iterator[tuple[int, tuple[int, int], tuple[Question, ...], str]]:
    """A process that serves both, ours first: what may be asked, and with which token."""
    here, there = multiprocessing.Pipe()
    aside = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    aside.start()
    try:
        yield here.recv()
    finally:
        aside.kill()
        aside.join()


def _serve(told: Connection) -> None:
    with _desks() as desks:
        asyncio.run(_serve_both(told, desks))


async def _serve_both(told: Connection, desks: Desks) -> None:
    closing, urls = asyncio.Event(), asyncio.Queue[str]()
    ports, at = list[int](), Listening("127.0.0.1", 0)
    begun = []
    for one in (desks.ours, desks.bare):
        begun.append(asyncio.create_task(serving.serve(one, at, closing, urls.put_nowait)))
        ports.append(int((await urls.get()).rpartition(":")[2]))
    told.send((os.getpid(), tuple(ports), desks.questions, desks.secret))
    while True:
        await asyncio.sleep(COMMIT_EVERY)
        await asyncio.to_thread(desks.commit)


async def _over_the_wire(
    server: int, ports: tuple[int, int], question: Question, secret: str
) -> Iterator[Row]:
    """How long the slowest of a hundred waits, of ours and of the bare one by turns.

    On a machine that does other things too that is how busy it is; the CPU that the `server` (its
    process) needs until all of the sixteen have their answer is what they wait on a quiet one.
    """
    work = [0.0, 0.0]
    at_once: tuple[list[float], list[float]] = [], []
    paced: tuple[list[float], list[float]] = [], []
    for turn in range(ROUNDS):
        for which, port in enumerate(ports):
            async with Asking(port, secret, question.path) as asking:
                before = programs.worked(server)
                took = await asking.at_once(ASKED)
                work[which] += programs.worked(server) - before
                slow = await asking.paced(PACED, A_SECOND)
            if turn:  # the first one is for getting to know each other
                at_once[which].extend(took)
                paced[which].extend(slow)
    waits = f"{question.what}, {CONNECTIONS} that wait for their answer"
    whole = (len(at_once[0]) + ASKED) / CONNECTIONS  # the first turn's work is in it as well
    mine, theirs = (used / whole for used in work)
    return iter((
        Row(f"{waits}: the server's work for all of them", seconds(mine), _beside(theirs),
            mine * 1000, Goal("<=", 20, " ms")),
        _slowest(f"{waits}: p99", *at_once),
        _slowest(f"{question.what}, {A_SECOND} a second: p99", *paced),
    ))  # fmt: skip


def _beside(took: float) -> str:
    return f"{seconds(took)} bare Starlette"


def _slowest(what: str, ours: list[float], bare: list[float]) -> Row:
    mine, theirs = (sorted(took)[int(len(took) * 0.99)] for took in (ours, bare))
    return Row(what, seconds(mine), _beside(theirs), mine * 1000, Goal("<=", 20, " ms"))
