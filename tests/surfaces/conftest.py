"""A log to read back, a process whose logging is as it was before, and a server that is asked."""

import io
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import structlog

from rotation.settings import Log, Secret
from rotation.surfaces.logs import configure
from tests.answering import answering, named

NOW = datetime(2026, 1, 5, 8, 0, 0, 123456, tzinfo=UTC)
HEADER = "person,from,reason\n"


@pytest.fixture
def logged() -> Iterator[Callable[..., io.StringIO]]:
    """Configures the log and returns the stream that it is written to."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def start(kind: str = "json", level: str = "info", *secrets: Secret) -> io.StringIO:
        stream = io.StringIO()
        configure(Log(kind, level), stream=stream, now=lambda: NOW, secrets=secrets)
        return stream

    yield start
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


@dataclass
class Hr:
    """Another system on this machine: what it answers next, and what it was asked."""

    body: bytes = HEADER.encode()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    says: str = "whole"
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    gone: threading.Event = field(default_factory=threading.Event)

    def lists(self, *rows: str) -> None:
        self.body = (HEADER + "".join(f"{row}\n" for row in rows)).encode()
        self.status, self.says, self.headers = 200, "whole", {}

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        self.asked.append(named(to))
        marks = self.headers.get("etag")
        known = marks is not None and to.headers.get("if-none-match") == marks
        to.send_response(304 if known else self.status)
        for name, value in self.headers.items():
            to.send_header(name, value)
        if not known:
            length = {"cut": len(self.body) + 9, "huge": 100_000_000}.get(self.says, len(self.body))
            to.send_header("content-length", str(length))
        to.end_headers()
        if not known:
            getattr(self, f"_{self.says}")(to.wfile)

    def _whole(self, to: Any) -> None:  # noqa: ANN401 - a socket's file
        to.write(self.body)

    _cut = _whole

    def _huge(self, to: Any) -> None:  # noqa: ANN401 - a socket's file
        for _ in range(100):
            to.write(b"chen,,\n" * 143_000)

    def _drip(self, to: Any) -> None:  # noqa: ANN401 - a socket's file
        for byte in self.body:
            to.write(bytes([byte]))
            if self.gone.wait(0.05):
                return


@pytest.fixture
def hr() -> Iterator[Hr]:
    found = Hr()

    with answering(found.answer) as place:
        found.url = f"{place}/export/leavers.csv"
        yield found
        found.gone.set()
