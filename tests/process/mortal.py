"""`rotation`, killed (SIGKILL) as it is about to commit: mortal.py WILL run ...

As soon as there is a file WILL, its number of commits are left, for as long as it is there. The
program is the real one; only the library's connections report the statements that they run.
Transactions that changed nothing do not count.
"""

import os
import signal
import sqlite3
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from rotation.__main__ import main


class Life:
    """What is left of it, over all connections and threads of the process."""

    def __init__(self, will: Path) -> None:
        self._will = will
        self._left: int | None = None
        self._turn = threading.Lock()

    def spend(self) -> None:
        with self._turn:
            if not self._will.exists():
                self._left = None
                return
            if self._left is None:
                self._left = int(self._will.read_text())
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


life = Life(Path(sys.argv.pop(1)))


class Reporting(sqlite3.Connection):
    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(*arguments, **more)
        self._changes_before = 0
        self.set_trace_callback(self._ran)

    def _ran(self, statement: str) -> None:
        if statement.startswith("BEGIN"):
            self._changes_before = self.total_changes
        elif statement == "COMMIT" and self.total_changes > self._changes_before:
            life.spend()


ran = psycopg.Cursor.execute


def reporting(cursor: Any, query: Any, *values: Any, **more: Any) -> Any:  # noqa: ANN401 - the library's own
    """A server knows itself whether a transaction has written anything."""
    if isinstance(query, bytes) and query.endswith(b"COMMIT"):
        found = ran(cursor, "SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()
        if found == (True,):
            life.spend()
    return ran(cursor, query, *values, **more)


psycopg.Cursor.execute = reporting  # type: ignore[method-assign]  # for all who execute
sqlite3.connect = partial(sqlite3.connect, factory=Reporting)  # type: ignore[assignment]  # a class with a factory, for all who connect
main()
