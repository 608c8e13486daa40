"""A webhook's answer while the daemon is at work: groups are read, and two browsers ask all along.

The real process, on a file, beside a real sandbox. Webhooks come one after the other on one
connection; in between the same is asked of a bare server that does nothing, so that what the
machine itself adds is known.
"""

import asyncio
import json
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import idle_crowd
import programs
import webhooks
from table import Goal, Row, seconds

from rotation.wiring.rehearsal import HOOK_SECRET

ACCOUNTS, GROUPS = 4, 500
WATCHED, APART = 30.0, 0.02
PAGES = ("/", "/people/staff", "/history", "/metrics")


def measured() -> Iterator[Row]:
    with _at_work() as port, _aside(_bare) as bare, _browsers(port):
        ours, base = _answers(port, bare)
    for name, share in (("p50", 0.5), ("p99", 0.99), ("longest", 1.0)):
        took, beside = (sorted(one)[int((len(one) - 1) * share)] for one in (ours, base))
        goal = Goal("<=", webhooks.DOOR, " ms")
        told = f"{seconds(beside)} a bare server"
        what = f"a webhook's answer beside work, {name} of {len(ours)}"
        yield Row(what, seconds(took), told, took * 1e3, goal)


@contextmanager
def _at_work() -> Iterator[int]:
    """The port of a daemon that reads its groups for the first time."""
    with TemporaryDirectory() as name:
        folder, port = Path(name), programs.free_port()
        chats = [(n, f"{n}x{g}", _chat(n, g)) for n in range(ACCOUNTS) for g in range(GROUPS)]
        idle_crowd.write(folder / "schedules" / "desk.yaml", idle_crowd.roster(chats))
        idle_crowd.write(folder / "world.json", json.dumps(idle_crowd.world(ACCOUNTS, chats)))
        idle_crowd.write(folder / "hooks", HOOK_SECRET.reveal())
        for number in range(ACCOUNTS):
            idle_crowd.write(folder / f"token-{number}", f"bench-token-{number}")
        with programs.sandbox(folder / "world.json") as url:
            accounts = (idle_crowd.account(n, url) for n in range(ACCOUNTS))
            told = "".join(f'{account}webhook_secret_file = "hooks"\n' for account in accounts)
            web = f'[web]\nlisten = "127.0.0.1:{port}"\n'
            idle_crowd.write(folder / "rotation.toml", web + told)
            with programs.daemon(folder / "rotation.toml"):
                _until_open(port)
                yield port


def _chat(account: int, group: int) -> str:
    return f"1203630412{account:03}{group:05}@g.us"


def _answers(port: int, bare: int) -> tuple[list[float], list[float]]:
    ours, base = list[float](), list[float]()
    there, here = _connected(port), _connected(bare)
    ends = time.monotonic() + WATCHED
    while time.monotonic() < ends:
        group, number = divmod(len(ours), ACCOUNTS)
        now = datetime.now(UTC)  # noqa: TID251 - as the daemon's clock has it
        body = webhooks.body(len(ours), _chat(number, group % GROUPS), now)
        ours.append(_answer(there, f"/hooks/a{number}", body, webhooks.signed(body)))
        base.append(_answer(here, "/", body, {}))
        time.sleep(APART)  # noqa: TID251 - they come one by one
    return ours, base


def _answer(at: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    at.request("POST", path, body, headers)
    answer = at.getresponse()
    answer.read()
    assert answer.status == 202, answer.status  # noqa: S101, PLR2004 - or nothing was measured
    return time.perf_counter() - began


# -- the processes around it ----------------------------------------------------------------------


@contextmanager
def _browsers(port: int) -> Iterator[None]:
    with _aside(_asks, port), _aside(_asks, port):
        yield


@contextmanager
def _aside(work: Callable[..., None], *known: int) -> Iterator[int]:
    """A process that does this until the end; on which port, if it is a server."""
    port = programs.free_port()
    aside = multiprocessing.get_context("spawn").Process(target=work, args=(*known, port))
    aside.start()
    try:
        if not known:
            _until_open(port)
        yield port
    finally:
        aside.kill()
        aside.join()


def _asks(port: int, _own: int) -> None:
    at = HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        for path in PAGES:
            at.request("GET", path)
            at.getresponse().read()


def _bare(port: int) -> None:
    async def answer(come: asyncio.StreamReader, go: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := (await come.readuntil(b"\r\n\r\n")).lower():
                await come.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
                go.write(b"HTTP/1.1 202 Taken\r\ncontent-length: 0\r\n\r\n")
                await go.drain()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(serve())


def _connected(port: int) -> HTTPConnection:
    made = HTTPConnection("127.0.0.1", port, timeout=60)
    made.connect()
    made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _until_open(port: int) -> None:
    while True:
        try:
            return _connected(port).close()
        except OSError:
            time.sleep(0.2)  # noqa: TID251 - waits for another process
