"""Values as programs and spreadsheets take them: JSON and CSV, of a command and of a page alike."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Any, TextIO, TypeAlias


def json_of(value: object) -> str:
    """`value` as JSON; instants become `2026-01-05T08:00:00Z`."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_leaf)


def bytes_of(value: object) -> bytes:
    """The same for programs alone, as short as it goes."""
    return _SHORT.encode(value).encode("utf-8", "backslashreplace")


def write_csv(to: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    import csv

    write = csv.writer(to, lineterminator="\n").writerow
    write(columns)
    for row in rows:
        write([_harmless(cell) for cell in row])


def instant(at: datetime) -> str:
    """An instant as people and programs both read it: `2026-01-05T08:00:00Z`."""
    text = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
    return f"{text.removesuffix('+00:00')}Z"


def _harmless(cell: object) -> str:
    """Text that a spreadsheet would take for a formula is kept from being one."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


Fields: TypeAlias = dict[str, object]
Way: TypeAlias = Callable[[Any], object]


def members(value: object) -> Fields:
    """The fields of a dataclass as they are; what stands in them is written as it comes."""
    found: Fields = _FIELDS[type(value)](value)
    return found


def _together(kind: type) -> Callable[[Any], Fields]:
    """How the fields of one kind are read, all of them in one go."""
    first, *others = (field.name for field in fields(kind))
    if not others:
        return lambda value: {first: getattr(value, first)}
    names, read = (first, *others), attrgetter(first, *others)
    return lambda value: dict(zip(names, read(value), strict=True))


def _leaf(value: object) -> object:
    return _WAYS[type(value)](value)


def _way(kind: type) -> Way:
    """How values of a kind are written that JSON has no word for."""
    if is_dataclass(kind):
        return members
    if issubclass(kind, datetime):
        return instant
    return partial(sorted, key=str) if issubclass(kind, frozenset | set) else str


class _Learnt(dict[type, Callable[[Any], Any]]):
    """Known once they were asked for: there are as many as there are kinds of answers."""

    def __init__(self, learn: Callable[[type], Callable[[Any], Any]]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        way = self[kind] = self._learn(kind)
        return way


_FIELDS, _WAYS = _Learnt(_together), _Learnt(_way)
_SHORT = json.JSONEncoder(ensure_ascii=False, default=_leaf, separators=(",", ":"))
"""Made once: each answer would make one."""
