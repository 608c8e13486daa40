"""Roster files written anew: each one whole or not at all, and never over what somebody else wrote.

What stood in a file before goes into `.history` beside it, a folder for each save, so that a save
can be undone. Roster files have numbers in them, so what they said stays where they are, with their
owner and their permissions; readers of rosters leave the folder alone.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from rotation.roster_file.folder import Snapshot

HISTORY = ".history"
KEPT = 50
"""How many saves of a folder can be undone at most."""


class NotSaved(Exception):  # noqa: N818 - said to a person as it is
    """Nothing was written. The text is one sentence, with what to do."""


class ChangedUnderneath(NotSaved):
    """Somebody wrote a file since it was read."""


def digest_of(content: bytes) -> str:
    """A short name for the bytes of a file."""
    return sha256(content).hexdigest()[:16]


def save(before: Snapshot, after: Snapshot, name: str) -> tuple[str, ...]:
    """Write what differs between two snapshots of the same files; returns the files written.

    `name` is that of the save, under which the old texts are kept. All files are prepared before
    the first one is put in place, and put back when a later one cannot be. Raises NotSaved.
    """
    old = dict(before)
    new = [(Path(f), old[f], content) for f, content in after if content != old[f]]
    for path, content, _ in new:
        _refuse_changed(path, content)
    for folder in {path.parent for path, _, _ in new}:
        _keep(folder, name, [(p, content) for p, content, _ in new if p.parent == folder])
    with _prepared([(path, content) for path, _, content in new]) as ready:
        done: list[tuple[Path, bytes]] = []
        for (path, content, _), (target, waiting) in zip(new, ready, strict=True):
            try:
                _refuse_changed(path, content)
                waiting.replace(target)
                _sync(target.parent)
            except (OSError, NotSaved) as wrong:
                _put_back(done)
                raise _why(path, wrong) from None
            done.append((path, content))
    return tuple(str(path) for path, _, _ in new)


def kept(files: Sequence[str], name: str) -> dict[str, bytes]:
    """What stood in the files before the save of this name. Raises NotSaved when it is not kept."""
    found = {}
    for file in files:
        path = Path(file)
        try:
            found[file] = (path.parent / HISTORY / name / path.name).read_bytes()
        except OSError:
            told = f"what {file} said before {name} is not kept any more; write it in an editor"
            raise NotSaved(told) from None
    return found


def forget(folder: Path, words: Sequence[str]) -> int:
    """Delete what is kept of every save whose texts have one of these words; returns how many."""
    count = 0
    for one in _saves(folder):
        texts = [path.read_bytes() for path in one.iterdir() if path.is_file()]
        if any(word.encode() in text for text in texts for word in words):
            shutil.rmtree(one)
            count += 1
    return count


# -- what is kept -------------------------------------------------------------------------


def _saves(folder: Path) -> list[Path]:
    """What is kept of a folder, the oldest first."""
    with suppress(OSError):
        found = [p for p in (folder / HISTORY).iterdir() if p.name[1:].isdecimal() and p.is_dir()]
        return sorted(found, key=lambda path: int(path.name[1:]))
    return []


def _keep(folder: Path, name: str, files: Sequence[tuple[Path, bytes]]) -> None:
    history = folder / HISTORY
    try:
        history.mkdir(mode=0o700, exist_ok=True)
        (history / ".gitignore").write_text("*\n")
        shutil.rmtree(history / name, ignore_errors=True)  # of a save that did not come about
        (history / name).mkdir(mode=0o700)
        for path, content in files:
            there = history / name / path.name
            there.touch(mode=0o600)
            there.write_bytes(content)
        for old in _saves(folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as wrong:
        raise _why(folder, wrong) from None


# -- writing ------------------------------------------------------------------------------


def _refuse_changed(path: Path, known: bytes) -> None:
    try:
        is_same = path.read_bytes() == known
    except OSError:
        is_same = False
    if not is_same:
        raise ChangedUnderneath(f"{path} was changed by somebody else since; look at it again")


@contextmanager
def _prepared(files: Sequence[tuple[Path, bytes]]) -> Iterator[list[tuple[Path, Path]]]:
    """Each file's real place, and beside it the new text, ready to be put there."""
    ready: list[tuple[Path, Path]] = []
    try:
        for path, content in files:
            try:
                target = path.resolve(
                    strict=True
                )  # a link stays one, and what it leads to is written
                waiting = target.with_name(f".{target.name}.new")
                ready.append((target, waiting))
                _write(target, waiting, content)
            except OSError as wrong:
                raise _why(path, wrong) from None
        yield ready
    finally:
        for _, waiting in ready:
            waiting.unlink(missing_ok=True)


def _write(target: Path, waiting: Path, content: bytes) -> None:
    """The text on disk, with mode and owner of the file that it will stand in for."""
    was = target.stat()
    waiting.unlink(missing_ok=True)
    new = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(new, "wb") as file:
        file.write(content)
        ours = os.fstat(new)
        if (ours.st_uid, ours.st_gid) != (was.st_uid, was.st_gid):
            os.fchown(new, was.st_uid, was.st_gid)
        os.fchmod(new, was.st_mode & 0o7777)
        file.flush()
        os.fsync(new)


def _put_back(done: Sequence[tuple[Path, bytes]]) -> None:
    with suppress(OSError, NotSaved), _prepared(done) as ready:
        for target, waiting in ready:
            waiting.replace(target)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _why(path: Path, wrong: OSError | NotSaved) -> NotSaved:
    if isinstance(wrong, NotSaved):
        return wrong
    what = wrong.strerror or type(wrong).__name__
    fix = "let rotation's user write there, or write the file in an editor"
    return NotSaved(f"{path} cannot be written ({what}); {fix}")
