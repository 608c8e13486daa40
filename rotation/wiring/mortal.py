"""A daemon that may die: after a commit, or with a call on its way or just answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial

from rotation.ledger import Books, Ledger


class Killed(BaseException):
    """The daemon dies here, like a process: no `except Exception` may hold it up."""


class Edge(StrEnum):
    """Where a process may end without having noticed what it has just done."""

    WRITE = "write"  # all is said to the ledger, and nothing of it committed
    COMMIT = "commit"
    CALL = "call"  # the world has not seen it yet
    ANSWER = "answer"  # the world has acted, and nobody has heard


class Fate:
    """Strikes once, at the n-th edge of a kind from when it was called for: by default it kills."""

    def __init__(self) -> None:
        self._left: dict[Edge, int] = {}
        self._blows: dict[Edge, Callable[[], None]] = {}

    def awaits(self, edge: Edge, count: int, blow: Callable[[], None] | None = None) -> None:
        self._left[edge] = count
        self._blows[edge] = blow or partial(_kill, edge)

    def spares(self) -> None:
        self._left.clear()

    def passes(self, edge: Edge) -> None:
        """Raises Killed, or whatever the blow does, where the count is up."""
        left = self._left.get(edge)
        if left is None:
            return
        if left > 1:
            self._left[edge] = left - 1
            return
        del self._left[edge]
        self._blows.pop(edge)()


def _kill(edge: Edge) -> None:
    raise Killed(edge)


class MortalLedger(Ledger):
    """A ledger, by default in memory, whose owner may die right before or after a commit."""

    def __init__(self, fate: Fate, url: str = "sqlite://") -> None:
        super().__init__(url)
        self._fate = fate

    @contextmanager
    def writing(self) -> Iterator[Books]:
        with super().writing() as books:
            yield books
            self._fate.passes(Edge.WRITE)
        self._fate.passes(Edge.COMMIT)
