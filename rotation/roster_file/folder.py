"""The files of a schedules folder as one consistent set of bytes."""

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from rotation.roster_file.problems import Problem, RosterErrors
from rotation.roster_file.tree import LARGEST_FILE

Snapshot: TypeAlias = tuple[tuple[str, bytes], ...]
"""(name as shown to people, content) of every roster file, by name."""

_SUFFIXES = (".yaml", ".yml")
_ATTEMPTS = 5
_MOST_FILES = 1000


def snapshot(where: str | Path | Sequence[str | Path]) -> Snapshot:
    """Every roster file of a folder, or the files named, as they stood at one moment.

    Each file is compared before and after reading, and the folder's list before and after all.
    Raises RosterErrors if there is nothing to read, or while somebody is writing.
    """
    for _ in range(_ATTEMPTS):
        paths = _files(where)
        signs = _signs(paths)
        found = {str(path): _content(path) for path in paths}
        whole = tuple((name, c) for name, c in found.items() if c is not None)
        if len(whole) == len(paths) and _signs(_files(where)) == signs:
            return whole
    raise RosterErrors(_why_unread(_files(where)))


def _files(where: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(where, str | Path):
        return [Path(p) for p in where]
    folder = Path(where)
    if folder.is_file():
        return [folder]
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as wrong:
        raise RosterErrors([_unreadable(folder, wrong)]) from None
    found = [folder / n for n in names if n.lower().endswith(_SUFFIXES) and not n.startswith(".")]
    if not found:
        fix = "Write one, or run `rotation init` for an example"
        raise RosterErrors([_problem(folder, "there is no .yaml file in the folder", fix)])
    if len(found) > _MOST_FILES:
        raise RosterErrors([_problem(folder, f"more than {_MOST_FILES} files", "Join some")])
    return found


def _signs(paths: Sequence[Path]) -> list[tuple[int, ...] | None]:
    return [_sign(path) for path in paths]


def _sign(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode


def _content(path: Path) -> bytes | None:
    """The file's bytes, one over the limit at most; None if it changed meanwhile or is gone."""
    before = _sign(path)
    if before is None:
        return None
    if not stat.S_ISREG(before[-1]):
        fix = "Move it out of the folder or rename it"
        raise RosterErrors([_problem(path, "this is not a file", fix)])
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise RosterErrors([_unreadable(path, wrong)]) from None
    return content if _sign(path) == before else None


def _why_unread(paths: Sequence[Path]) -> list[Problem]:
    missing = [_unreadable(path, FileNotFoundError()) for path in paths if _sign(path) is None]
    being_written = _problem(paths[0].parent, "the folder is being written just now", "Try again")
    return missing or [being_written]


def _unreadable(path: Path, wrong: OSError) -> Problem:
    if path.is_symlink():
        return _problem(path, "this link leads to no file", "Mend it or delete it")
    if isinstance(wrong, FileNotFoundError):
        fix = "Give the right one with --schedules, or run `rotation init`"
        return _problem(path, "there is no such file or folder", fix)
    return _problem(path, f"cannot be read ({wrong.strerror})", "Check the permissions")


def _problem(where: Path, message: str, fix: str) -> Problem:
    return Problem(str(where), 0, 0, message, fix)
