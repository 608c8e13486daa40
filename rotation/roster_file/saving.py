"""Roster files written anew: each one whole or not at all, and never over what somebody else wrote.

What stood in a file before goes into `.history` beside it, a folder for each save, so that a save
can be undone. Roster files have numbers in them, so what they said stays where they are, with their
owner and their permissions; readers of rosters leave the folder alone.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from rotation.roster_file.folder import Snapshot

HISTORY = ".history"
_MARK = "unfinished"
KEPT = 50
"""How many saves of a folder can be undone at most."""


class NotSaved(Exception):  # noqa: N818 - said to a person as it is
    """Nothing was written. The text is one sentence, with what to do."""


class ChangedUnderneath(NotSaved):
    """Somebody wrote a file since it was read."""


def digest_of(content: bytes) -> str:
    """A short name for the bytes of a file."""
    return sha256(content).hexdigest()[:16]


class Save:
    """Files that stand there anew, until somebody says whether it is to stay so.

    A process that ends before that leaves a mark, by which `recover` puts them back. Others save
    nothing meanwhile.
    """

    def __init__(self, folder: Path, name: str, lock: int) -> None:
        self._mark, self._lock, self._name = folder / HISTORY / _MARK, lock, name
        self._done: list[tuple[Path, bytes]] = []

    def written(self, new: Sequence[tuple[Path, bytes, bytes]]) -> None:
        """Put each new text in its place; all of them, or none. Raises NotSaved."""
        files = {path.name: digest_of(content) for path, _, content in new}
        told = {"save": self._name, "files": files}
        with _prepared([(path, content) for path, _, content in new]) as ready:
            try:
                self._mark.write_text(json.dumps(told), encoding="utf-8")
                for (path, content, _), (target, waiting) in zip(new, ready, strict=True):
                    _refuse_changed(path, content)
                    waiting.replace(target)
                    self._done.append((path, content))
                    _sync(target.parent)
            except (OSError, NotSaved) as wrong:
                self.put_back()
                raise _why(new[len(self._done)][0], wrong) from None

    def keep(self) -> None:
        """It stays so."""
        self._mark.unlink(missing_ok=True)
        self._end()

    def put_back(self) -> None:
        """It is as it was, as far as the files can be written."""
        _put_back(self._done)
        self._mark.unlink(missing_ok=True)
        self._end()

    def _end(self) -> None:
        os.close(self._lock)


def save(before: Snapshot, after: Snapshot, name: str) -> Save:
    """Write what differs between two snapshots of the files of a folder.

    `name` is that of the save, under which the old texts are kept. All files are prepared before
    the first one is put in place. Raises NotSaved.
    """
    old = dict(before)
    new = [(Path(f), old[f], content) for f, content in after if content != old[f]]
    for path, content, _ in new:
        _refuse_changed(path, content)
    folder = new[0][0].parent
    _begin_history(folder)
    lock = _locked(folder)
    if lock is None:
        raise NotSaved(f"somebody else saves roster files in {folder} just now; try again")
    try:
        _keep(folder, name, [(path, content) for path, content, _ in new])
    except NotSaved:
        os.close(lock)
        raise
    found = Save(folder, name, lock)
    found.written(new)
    return found


def recover(folder: Path, was_kept: Callable[[str], bool]) -> str | None:
    """End what a process left half done: put back a save that was not `was_kept`, and say which.

    What somebody wrote since stays. Does nothing while somebody saves. Raises NotSaved where the
    files cannot be put back.
    """
    mark = folder / HISTORY / _MARK
    lock = _locked(folder) if mark.exists() else None
    if lock is None:
        return None
    try:
        told = json.loads(mark.read_text(encoding="utf-8"))
        name, files = str(told["save"]), dict(told["files"])
        kept = was_kept(name)
        if not kept:
            _put_back(list(_left(folder, name, files)))
        mark.unlink()
    except (OSError, ValueError, LookupError, TypeError) as wrong:
        what = f"a save of {folder} was left half done ({type(wrong).__name__})"
        raise NotSaved(f"{what}; look at the files, then delete {mark}") from None
    finally:
        os.close(lock)
    return None if kept else name


def _left(folder: Path, name: str, files: Mapping[str, str]) -> Iterator[tuple[Path, bytes]]:
    """The files that stand as a save left them, with what they said before."""
    for file, digest in files.items():
        path = folder / Path(file).name
        if path.exists() and digest_of(path.read_bytes()) == digest:
            yield path, (folder / HISTORY / Path(name).name / path.name).read_bytes()


def _locked(folder: Path) -> int | None:
    """Held until it is closed; None where somebody else holds it, or there is no history yet."""
    try:
        lock = os.open(folder / HISTORY / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


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


def _begin_history(folder: Path) -> None:
    try:
        (folder / HISTORY).mkdir(mode=0o700, exist_ok=True)
        (folder / HISTORY / ".gitignore").write_text("*\n")
    except OSError as wrong:
        raise _why(folder, wrong) from None


def _keep(folder: Path, name: str, files: Sequence[tuple[Path, bytes]]) -> None:
    history = folder / HISTORY
    try:
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
