"""Files that a command reads whole, or writes new."""

import os
from pathlib import Path

from rotation.surfaces.cli.output import Ends, fail


def content_of(file: Path) -> bytes:
    from rotation.roster_file.csv_text import LARGEST

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as trouble:
        fail(f"{file} cannot be read: {trouble.strerror or trouble}", ends=Ends.USAGE)


def table_of(file: Path) -> bytes:
    """A table as text, also where it is a workbook; ends the command where that can't be read."""
    from rotation.importing.workbook import ENDING, as_csv
    from rotation.roster_file import RosterErrors

    content = content_of(file)
    if file.suffix.casefold() != ENDING:
        return content
    try:
        return as_csv(file.name, content)
    except RosterErrors as errors:
        first = errors.problems[0]
        fail(f"{file}: {first.message}", first.fix, Ends.PROBLEMS)


def new(path: Path | None) -> None:
    """End the command if there is such a file: none is ever written over."""
    if path is not None and path.exists():
        fail(f"{path} is there already", "Name a new file", Ends.USAGE)


def write(path: Path, text: str) -> None:
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as why:
        fail(f"can't write {path}: {why.strerror}", ends=Ends.USAGE)
