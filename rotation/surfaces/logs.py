"""The log: one line per event, in UTC, for people or for machines, and nobody's number in it.

Every line takes one way, ours and the libraries' alike, so that nothing is written unmasked.
Libraries are heard from WARNING on; below it HTTP clients tell their URLs.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from rotation.settings import Log, Secret
from rotation.surfaces.masking import HIDDEN, masked, on_one_line, without_credentials

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
OUR_ROOT = "rotation"
OWN_HANDLERS = ("alembic", "apscheduler", "httpcore", "httpx", "uvicorn", "uvicorn.access")
"""Libraries that may have set up writing for themselves."""
SECRET_KEY = re.compile(r"(^|_|-)(token|password|secret|authorization|api_?key)$", re.IGNORECASE)
LARGEST_PLAIN = 10**7
"""Numbers below it are too short for a telephone."""
COLOURS = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "31;1"}


def configure(
    log: Log,
    *,
    stream: TextIO,
    now: Callable[[], datetime],
    secrets: Iterable[Secret] = (),
    environ: Mapping[str, str] | None = None,
) -> None:
    """Sets up logging for the whole process: our lines and the libraries' go to `stream`.

    `now` stamps the lines. `secrets` are scrubbed from them in every value they ever had.
    `environ` is asked for NO_COLOR; colour is for terminals only.
    """
    level = LEVELS[log.level]
    lines = _Lines(stream)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _stamped(now),
                Cleaning(tuple(secrets)),
                _as_json if log.format == "json" else _Console(is_coloured(stream, environ or {})),
            ],
        )
    )
    _route_libraries(lines, level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def is_coloured(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is a terminal that wants colour (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Cleaning:
    """The processor that every line passes before it is rendered.

    Texts lose secrets, credentials, numbers and control characters, at any depth and in keys
    too; what is no plain value becomes the text it shows itself as.
    """

    def __init__(self, secrets: tuple[Secret, ...] = ()) -> None:
        self._secrets = secrets

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        trace = event.pop("exception", None)
        cleaned = self._table({k: v for k, v in event.items() if k != "at"})
        cleaned["at"] = event["at"]
        if trace is not None:
            cleaned["exception"] = "\n".join(self.text(line) for line in str(trace).splitlines())
        return cleaned

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = secret.scrub(text)
        return on_one_line(masked(without_credentials(text)))

    def value(self, value: object) -> object:
        match value:
            case None | bool():
                return value
            case int() | float():
                return value if abs(value) < LARGEST_PLAIN else self.text(str(value))
            case Mapping():
                return self._table(value)
            case list() | tuple() | set() | frozenset():
                return [self.value(inner) for inner in value]
            case datetime():
                return value.isoformat()
            case _:
                return self.text(str(value))

    def _table(self, table: Mapping[object, object]) -> dict[str, object]:
        return {
            self.text(str(k)): HIDDEN if SECRET_KEY.search(str(k)) else self.value(v)
            for k, v in table.items()
        }


class _Lines(logging.StreamHandler[TextIO]):
    """Writes lines; what can't be written costs that line, and says nothing of its content."""

    def format(self, record: logging.LogRecord) -> str:
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return super().format(record).encode(encoding, "backslashreplace").decode(encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Stands in for the standard one, which prints the arguments of the call unmasked."""
        try:
            self.stream.write(f"a log line of {record.name} could not be written\n")
        except (OSError, ValueError):
            return


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.format_exc_info,
    ]


def _route_libraries(lines: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(max(level, logging.WARNING))
    for name in OWN_HANDLERS:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(max(level, logging.WARNING))
    logging.getLogger(OUR_ROOT).setLevel(level)
    logging.captureWarnings(capture=True)


def _stamped(now: Callable[[], datetime]) -> Processor:
    def stamp(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        event["at"] = now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return event

    return stamp


def _as_json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    order = ("at", "level", "event", "logger")
    first = {key: event.pop(key) for key in order if key in event}
    return json.dumps(first | dict(event), ensure_ascii=False)


class _Console:
    """One line for people to read; a traceback follows, indented so that it can't pass for one."""

    def __init__(self, coloured: bool) -> None:  # noqa: FBT001 - the only thing to say about it
        self._coloured = coloured

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> str:
        at, level, said = event.pop("at"), str(event.pop("level", "")), event.pop("event", "")
        trace = str(event.pop("exception", ""))
        event.pop("logger", None)
        rest = "".join(f"  {key}={_bare(value)}" for key, value in event.items())
        line = f"{at} {self._painted(level)} {said}{rest}"
        return "\n".join([line, *(f"    | {row}" for row in trace.splitlines())])

    def _painted(self, level: str) -> str:
        padded = f"{level:<7}"
        return f"\x1b[{COLOURS.get(level, '0')}m{padded}\x1b[0m" if self._coloured else padded


def _bare(value: object) -> str:
    """A value without quotes where none are needed to see where it ends."""
    if isinstance(value, str) and value and not re.search(r"[\s\"=]", value):
        return value
    return json.dumps(value, ensure_ascii=False)
