"""What every command shows, and how it ends: one look for tables, lines, JSON and complaints.

On a terminal tables are drawn and coloured (never with NO_COLOR); anywhere else they are plain
aligned text that `grep` and `awk` can read. Complaints go to the error output.
"""

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from io import StringIO
from typing import NoReturn, TextIO

import typer

from rotation.surfaces.data import instant, json_of, write_csv

__all__ = (
    "Elsewhere", "Ends", "as_json", "as_rows", "complain", "fail", "heading", "instant",
    "printed_elsewhere", "say", "table",
)  # fmt: skip


class Ends(IntEnum):
    """How a command ends, for scripts."""

    WELL = 0
    PROBLEMS = 1
    USAGE = 2
    CANNOT_RUN = 3


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a command prints for somebody who is not at this terminal."""

    out: StringIO = field(default_factory=StringIO)
    err: StringIO = field(default_factory=StringIO)


_ELSEWHERE: ContextVar[Elsewhere | None] = ContextVar("elsewhere", default=None)


@contextmanager
def printed_elsewhere() -> Iterator[Elsewhere]:
    """Until the `with` ends, what this thread's commands print is kept, and is plain text."""
    found = Elsewhere()
    before = _ELSEWHERE.set(found)
    try:
        yield found
    finally:
        _ELSEWHERE.reset(before)


def say(text: str = "") -> None:
    typer.echo(text, file=_out())


def complain(text: str) -> None:
    to = _ELSEWHERE.get()
    err = sys.stderr if to is None else to.err
    typer.echo(_painted(text, typer.colors.RED, err.isatty()), file=err)


def _out() -> TextIO:
    to = _ELSEWHERE.get()
    return sys.stdout if to is None else to.out


def fail(message: str, fix: str = "", ends: Ends = Ends.CANNOT_RUN) -> NoReturn:
    """Say what is wrong and what to do about it, and end the command."""
    complain(f"rotation: {message}. {fix}" if fix else f"rotation: {message}")
    raise typer.Exit(ends)


def heading(text: str) -> None:
    say(_painted(text, typer.colors.CYAN, _out().isatty(), bold=True))


def as_json(value: object) -> None:
    """`value` as JSON; instants become `2026-01-05T08:00:00Z`."""
    say(json_of(value))


def as_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows as CSV, for a spreadsheet."""
    write_csv(_out(), columns, rows)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their columns; a remark in place of an empty table."""
    kept = [tuple(row) for row in rows]
    if not kept:
        say("  (none)")
    elif _out().isatty():
        _drawn(columns, kept)
    else:
        _aligned((columns, *kept))


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    found = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        found.add_row(*(Text(cell) for cell in row))
    Console(no_color=not _may_paint()).print(found)


def _aligned(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """How many places of a terminal the text takes; Chinese and Japanese signs take two."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def _painted(text: str, colour: str, terminal: bool, *, bold: bool = False) -> str:  # noqa: FBT001 - a fact, not a mode
    return typer.style(text, fg=colour, bold=bold) if terminal and _may_paint() else text


def _may_paint() -> bool:
    """https://no-color.org: any value that is not empty switches colour off."""
    return not os.environ.get("NO_COLOR")
