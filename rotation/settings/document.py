"""rotation.toml as it is written: its values, and the line that each of them stands on."""

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rotation.settings.errors import SettingsError, SettingsErrors
from rotation.settings.secret import reason

KeyPath: TypeAlias = tuple[str, ...]
LARGEST = 1 << 16
_PLACED = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. Without a file: nothing, said nowhere."""

    name: str
    folder: Path
    values: Mapping[str, object]
    lines: Mapping[KeyPath, int]

    def place(self, path: KeyPath) -> str:
        """The file and line of a key, or of the nearest table around it."""
        for size in range(len(path), 0, -1):
            if path[:size] in self.lines:
                return f"{self.name}:{self.lines[path[:size]]}"
        return self.name


def read_document(path: Path, name: str) -> Document:
    """Reads a TOML file; `name` is how messages call it. Raises SettingsErrors."""
    text = text_of(path, name)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise refusal(*_toml_said(name, str(why))) from None
    except RecursionError:
        raise refusal(name, "is nested too deeply") from None
    return Document(name, path.parent, values, lines_of(text))


def _toml_said(name: str, why: str) -> tuple[str, str]:
    """The parser's words, with the place in front as in every other message of ours."""
    said = _PLACED.fullmatch(why)
    if said is None:
        return name, f"is not valid TOML: {why}"
    return f"{name}:{said['line']}:{said['column']}", f"is not valid TOML: {said['what']}"


def text_of(path: Path, name: str) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refusal(name, "is not a file")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as why:
        raise refusal(name, f"can't be read: {reason(why)}") from None
    if len(raw) > LARGEST:
        raise refusal(name, "is larger than 64 KiB, so it is no settings file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(name, "is not text in UTF-8") from None


def refusal(name: str, problem: str) -> SettingsErrors:
    return SettingsErrors((SettingsError(name, problem),))


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line of every table and key of a valid document.

    The parser of the standard library keeps no lines, so it is asked again for one statement at
    a time: in TOML a statement ends with the first line that makes it complete.
    """
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    pending, began = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        began = began if pending else number
        pending += f"{line}\n"
        statement = parsed(pending)
        if statement is None:
            continue
        if pending.lstrip().startswith("["):
            table = deepest(statement)
            found = {table[:size]: began for size in range(1, len(table) + 1)} | found
        else:
            found |= {table + path: began for path in paths(statement)}
        pending = ""
    return found


def parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def paths(value: object, above: KeyPath = ()) -> list[KeyPath]:
    """The path of every key in a nested table, the outer ones first."""
    if not isinstance(value, dict):
        return []
    return [
        path
        for key, inner in value.items()
        for path in ((*above, key), *paths(inner, (*above, key)))
    ]


def deepest(header: dict[str, object]) -> KeyPath:
    """The path that a table's header line names; one of an array of tables names the array."""
    inner = paths(header)
    return inner[-1] if inner else ()
