"""A log to read back, and a process whose logging is as it was before."""

import io
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import structlog

from rotation.settings import Log, Secret
from rotation.surfaces.logs import configure

NOW = datetime(2026, 1, 5, 8, 0, 0, 123456, tzinfo=UTC)


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
