"""Plain data as the YAML that rosters are written in."""

import re
from collections.abc import Iterator

from rotation.roster_file.tree import Data, Path, plain

WIDTH = 98
_SIMPLE = re.compile(r"[^\W_](?:[\w@/+().'-]|:(?=\w)| (?=[\w@/+('-]))*")
_READ_OTHERWISE = {"yes", "no", "on", "off", "y", "n"}
"""What readers of the older YAML take for true or false."""
_IN_LINES = ("shifts", "groups", "defaults", "weekly")
"""Sections whose entries are written in lines; those of others go in one line each."""


def scalar(value: Data, style: str = "") -> str:
    """One value; in the quotes it had, where it may."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _text(value, style)
        case _:
            raise TypeError("a roster has no such value")


def _text(value: str, style: str) -> str:
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    is_word = _SIMPLE.fullmatch(value) and isinstance(plain(value), str)
    if not style and is_word and value.casefold() not in _READ_OTHERWISE:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    return "\\n" if char == "\n" else f"\\x{code:02x}" if code < 1 << 8 else f"\\U{code:08x}"


def key_text(key: str) -> str:
    return key if _SIMPLE.fullmatch(key) else '"' + "".join(map(_escaped, key)) + '"'


def flow(value: Data) -> str:
    """A value in one line."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key_text(k)}: {flow(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case _:
            return scalar(value)


def pair(path: Path, value: Data, column: int, *, in_lines: bool | None = None) -> list[str]:
    """A key with its value in lines, at a column; `in_lines` None: as is usual at `path`."""
    name, before = key_text(str(path[-1])), " " * column
    line = f"{before}{name}: {flow(value)}"
    usual = len(path) == 1 or (len(path) == 2 and path[0] in _IN_LINES)  # noqa: PLR2004 - a section's entry
    wanted = usual if in_lines is None else in_lines
    if not value or not isinstance(value, dict | list) or not (wanted or len(line) > WIDTH):
        return [line]
    if isinstance(value, list) and not wanted and all(isinstance(v, str) for v in value):
        return [line]
    return [f"{before}{name}:", *_below(path, value, column + 2)]


def _below(path: Path, value: "dict[str, Data] | list[Data]", column: int) -> Iterator[str]:
    if isinstance(value, list):
        yield from (f"{' ' * column}- {flow(item)}" for item in value)
        return
    for key, item in value.items():
        yield from pair((*path, key), item, column)
