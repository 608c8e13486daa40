"""Keeps a world through its own death: founding data and every request, replayed at the start.

A world answers the same when asked the same, so what it was asked is all there is to keep. Each
request is written before it is answered; a kill in between leaves a call that acted and was never
answered, which is exactly what its caller saw.
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from rotation.sandbox.clock import RealClock, SteppedClock
from rotation.sandbox.control import asked_to_look_only
from rotation.sandbox.given import GivenError, Instant, as_utc, read
from rotation.sandbox.wire import NoAnswer, Request
from rotation.sandbox.world import World

CREDENTIALS = ("access-token", "authorization", "x-instance-id")
"""The headers a world looks at; no others are kept."""


@dataclass(frozen=True, slots=True)
class Founding:
    """What a world starts from. `stepped`: its clock stands at `starts` until all are idle."""

    world: object
    seed: int
    stepped: bool
    starts: Instant


@dataclass(frozen=True, slots=True)
class _Asked:
    at: Instant
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str


class Journal:
    """The file beside a running world; one process at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def note(self, request: Request, at: datetime) -> None:
        """Keeps a request that is about to be answered; survives a kill of this process."""
        if asked_to_look_only(request):
            return
        asked = _Asked(
            at=at,
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={n: v for n, v in request.headers.items() if n in CREDENTIALS},
            body=request.body.decode("utf-8", "surrogateescape"),
        )
        self._append(asdict(asked))

    def _append(self, line: Mapping[str, object]) -> None:
        self._file.write(json.dumps(line, default=as_utc).encode() + b"\n")
        self._file.flush()

    def found(self, founding: Founding) -> None:
        self._append(asdict(founding))

    def close(self) -> None:
        self._file.close()


def begin(founding: Founding, tell: Callable[[], datetime]) -> World:
    """A new world; `tell` is the real clock, unused when the world is stepped."""
    world, clock = _founded(founding)
    if isinstance(clock, RealClock):
        clock.tell = tell
    return world


def _founded(founding: Founding) -> tuple[World, SteppedClock | RealClock]:
    starts = founding.starts
    clock = SteppedClock(starts) if founding.stepped else RealClock(lambda: starts)
    return World.from_dict(founding.world, clock=clock, seed=founding.seed), clock


def resume(
    path: Path, founding: Founding, tell: Callable[[], datetime]
) -> tuple[World, Journal, bool]:
    """The world kept in `path`, or a new one where the file is missing or empty.

    The third value says whether it was there already (`founding` then counts for nothing).
    Raises `GivenError` when the file is not a journal or another process has it.
    """
    file = path.open("a+b")
    try:
        return _resumed(path, file, founding, tell)
    except BaseException:
        file.close()
        raise


def _resumed(
    path: Path, file: BinaryIO, founding: Founding, tell: Callable[[], datetime]
) -> tuple[World, Journal, bool]:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise GivenError(f"{path}: another sandbox is running on this file; stop it") from None
    journal, lines = Journal(file), _lines(file)
    first = next(lines, None)
    if first is None:
        world = begin(founding, tell)
        journal.found(founding)
        return world, journal, False
    return _replayed(path, first, lines, tell), journal, True


def _replayed(
    path: Path, first: bytes, lines: Iterator[bytes], tell: Callable[[], datetime]
) -> World:
    try:
        world, clock = _founded(read(Founding, json.loads(first)))
        for line in lines:
            asked = read(_Asked, json.loads(line))
            if isinstance(clock, RealClock):
                clock.tell = _stands_at(asked.at)
            _ask(world, asked)
    except ValueError as error:
        raise GivenError(f"{path}: not a sandbox journal: {error}") from None
    if isinstance(clock, RealClock):
        clock.tell = tell
    world.outbox.clear()
    return world


def _stands_at(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def _ask(world: World, asked: _Asked) -> None:
    body = asked.body.encode("utf-8", "surrogateescape")
    with suppress(NoAnswer):
        world.handle(Request(asked.method, asked.path, asked.query, asked.headers, body))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The whole lines; a last one torn by a kill is cut off, as it was never answered."""
    file.seek(0)
    good = 0
    for line in file:
        if good and not line.endswith(b"\n"):
            file.truncate(good)
            return
        good += len(line)
        yield line
