"""`rotation` on a disk that fails: ailing.py WILL run ...

WILL is a file: `NTH EVERY HOW`. Whenever it is written anew, the nth write or sync of a ledger's
file from then on fails, and every so many after it, with `eio` or because the disk is `full`; how
many there were is left in WILL.reached. The program is the real one, and so is SQLite; only the two
calls by which it reaches its files are asked first.
"""

import _sqlite3
import ctypes
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rotation.__main__ import main

OK, IOERR_WRITE, FULL, IOERR_FSYNC = 0, 10 | 3 << 8, 13, 10 | 4 << 8
"""SQLite's own numbers."""
WORD = ctypes.sizeof(ctypes.c_void_p)
X_OPEN = 40
"""Where a `sqlite3_vfs` keeps its xOpen: after three ints and three pointers."""
X_WRITE, X_SYNC, METHODS = 3, 5, 19
"""Which words of the `sqlite3_io_methods` are these, and how many there are."""

Opening = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
    ctypes.c_void_p,
)
"""The name goes through as the address it is: SQLite keeps it, and a copy would be gone by then."""
Writing = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
)
Syncing = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class Disk:
    """Counts what reaches it, over all connections and threads, from each new will on."""

    def __init__(self, will: Path) -> None:
        self._will = will
        self._told = ""
        self._reached = 0
        self._turn = threading.Lock()

    def fails(self, eio: int) -> int:
        """What the next write or sync comes to."""
        with self._turn:
            told = self._will.read_text() if self._will.exists() else ""
            if told != self._told:
                self._told, self._reached = told, 0
            if not told:
                return OK
            self._reached += 1
            self._will.with_suffix(".reached").write_text(str(self._reached))
            nth, every, how = told.split()
            after, between = divmod(self._reached - int(nth), int(every))
            if after < 0 or between:
                return OK
            return eio if how == "eio" else FULL


class Methods:
    """The methods of SQLite's files with a disk between, made once for each kind of file."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._made: dict[int, Any] = {}
        self._kept: list[object] = []

    def instead_of(self, at: int) -> int:
        if at not in self._made:
            words = (ctypes.c_void_p * METHODS).from_buffer_copy(
                ctypes.string_at(at, METHODS * WORD)
            )
            words[X_WRITE] = self._asked(Writing, words[X_WRITE], IOERR_WRITE)
            words[X_SYNC] = self._asked(Syncing, words[X_SYNC], IOERR_FSYNC)
            self._made[at] = words
        return ctypes.addressof(self._made[at])

    def _asked(self, kind: Callable[..., Any], at: int | None, eio: int) -> int | None:
        real = kind(at)
        asked = kind(lambda *given: self._disk.fails(eio) or real(*given))
        self._kept += [real, asked]
        return ctypes.cast(asked, ctypes.c_void_p).value


sqlite = ctypes.CDLL(_sqlite3.__file__)
sqlite.sqlite3_vfs_find.restype = ctypes.c_void_p
methods = Methods(Disk(Path(sys.argv.pop(1))))
vfs = sqlite.sqlite3_vfs_find(None)
slot = ctypes.c_void_p.from_address(vfs + X_OPEN)
opens = Opening(slot.value)


@Opening
def opening(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
    """Open a file as ever, and put the disk between."""
    done: int = opens(vfs, name, file, flags, out)
    its = ctypes.c_void_p.from_address(file)
    if done == OK and its.value:
        its.value = methods.instead_of(its.value)
    return done


slot.value = ctypes.cast(opening, ctypes.c_void_p).value
main()
