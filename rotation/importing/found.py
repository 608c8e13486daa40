"""A value in a foreign JSON file, and where it stands there; each is asked for what it must be."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Never, TypeVar

from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError

_T = TypeVar("_T")
LARGEST = 32 * 1024 * 1024
_SHOWN = 60
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})")


class MisfitError(Exception):
    """What stands at `where` cannot be carried over: why, and what to do."""

    def __init__(self, where: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.where, self.message, self.fix = where, message, fix

    def problem(self, file: str, line: int = 0) -> Problem:
        told = f"{self.where}: {self.message}" if self.where else self.message
        return Problem(file, line, int(line > 0), told, self.fix)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and its path, like `schedule.schedule_layers[0].users`."""

    where: str
    value: Any

    def refuse(self, message: str, fix: str) -> Never:
        raise MisfitError(self.where, message, fix)

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def at(self, key: str) -> "Found":
        """What is under a key of an object, which has to be one."""
        if not isinstance(self.value, dict):
            self.refuse(f"an object with `{key}` is needed here, not {_kind(self.value)}",
                        "Export it again, whole")  # fmt: skip
        path = f"{self.where}.{key}" if self.where else key
        return Found(path, self.value.get(key))

    def items(self, *, some: bool = False) -> tuple["Found", ...]:
        """The items of a list; what is missing has none, unless `some` are needed."""
        found = [] if self.value is None else self.value
        if not isinstance(found, list):
            self.refuse(f"a list is needed here, not {_kind(found)}", "Export it again, whole")
        if some and not found:
            self.refuse("there is none", "Export it again, whole")
        return tuple(Found(f"{self.where}[{n}]", one) for n, one in enumerate(found))

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse(f"a text is needed here, not {_kind(self.value)}", "Export it again, whole")
        return self.value.strip()

    def whole(self, least: int, most: int) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse(f"a whole number is needed here, not {_kind(self.value)}",
                        "Export it again, whole")  # fmt: skip
        if not least <= self.value <= most:
            self.refuse(f"{str(self.value)[:_SHOWN]} does not lie between {least} and {most}",
                        "Mend it where it comes from")  # fmt: skip
        return self.value

    def instant(self) -> datetime:
        """An instant with its offset, of this century, in UTC."""
        text = self.text()
        try:
            at = datetime.fromisoformat(text).astimezone(UTC) if _INSTANT.fullmatch(text) else None
        except (ValueError, OverflowError):
            at = None
        if at is None or not _FIRST <= at < _LAST:
            self.refuse(f"`{text[:_SHOWN]}` is no instant with an offset, from 2000 to 2099",
                        "It looks like 2026-01-05T09:00:00-05:00")  # fmt: skip
        return at

    def read(self, form: Callable[[str], _T]) -> _T:
        """The text in one of the roster's forms, whose complaint is told with the place."""
        try:
            return form(self.text())
        except UnreadableError as wrong:
            self.refuse(wrong.message, wrong.fix)


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names = ((dict, "an object"), (list, "a list"), (str, f"`{str(value)[:_SHOWN]}`"))
    return next((name for kind, name in names if isinstance(value, kind)), "a number")


def read(name: str, content: bytes) -> Found:
    """The value in a JSON file. Raises RosterErrors."""
    if len(content) > LARGEST:
        _unreadable(name, "the file is larger than 32 MiB", "Export fewer schedules at once")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _unreadable(name, "the file is not UTF-8 text", "Save the answer of the API as it is")
    if text.lstrip()[:1] == "<":
        _unreadable(name, "this is a web page and no JSON",
                    "Save the answer of the API, not what a browser shows")  # fmt: skip
    try:
        return Found("", json.loads(text, object_pairs_hook=_once, parse_constant=_no_number))
    except json.JSONDecodeError as wrong:
        why, fix = f"this is not JSON: {wrong.msg}", "Save the answer of the API as it is"
        raise RosterErrors([Problem(name, wrong.lineno, wrong.colno, why, fix)]) from None
    except (UnreadableError, ValueError, RecursionError) as wrong:
        told = wrong.message if isinstance(wrong, UnreadableError) else "it is too deep or too long"
        _unreadable(name, f"this is no plain JSON: {told}", "Save the answer of the API as it is")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError("an object has a key twice", "")
    return found


def _no_number(text: str) -> Never:
    raise UnreadableError(f"`{text}` is no number", "")


def _unreadable(name: str, message: str, fix: str) -> Never:
    raise RosterErrors([Problem(name, 0, 0, message, fix)]) from None


def enclosed(found: Found, one: str, several: str) -> Iterator[Found]:
    """Every object of a file: bare or under its usual name, alone or in a list."""
    tops = found.items() if isinstance(found.value, list) else (found,)
    for top in tops:
        inner = top.at(several) if top.has(several) else top.at(one) if top.has(one) else top
        yield from inner.items() if isinstance(inner.value, list) else (inner,)
