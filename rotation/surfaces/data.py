"""Values as programs and spreadsheets take them: JSON and CSV, of a command and of a page alike."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import TextIO


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


def members(value: object) -> dict[str, object]:
    """The fields of a dataclass as they are; what stands in them is written as it comes."""
    return {name: getattr(value, name) for name in _names(value)}


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(value: object) -> tuple[str, ...]:
    """Of the fields of a dataclass; none of anything else."""
    kind = type(value)
    if kind not in _NAMES:
        found = fields(kind) if is_dataclass(kind) else ()
        _NAMES[kind] = tuple(field.name for field in found)
    return _NAMES[kind]


def _leaf(value: object) -> object:
    if _names(value):
        return members(value)
    match value:
        case datetime():
            return instant(value)
        case frozenset() | set():
            return sorted(value, key=str)
        case _:
            return str(value)


_SHORT = json.JSONEncoder(ensure_ascii=False, default=_leaf, separators=(",", ":"))
"""Made once: each answer would make one."""
