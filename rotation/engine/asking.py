"""Every request that only looks, in one place: written down before it leaves, then as answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from rotation.core.outcome import Unread
from rotation.core.roster import GroupId
from rotation.engine.line import Line
from rotation.engine.pauses import paused_after
from rotation.ledger import Books

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Asked(Generic[_Answer]):
    """One request and what was found by it, not noted as answered yet: see `note`.

    `boot` and `uptime` are the boot clock's when its answer had come.
    """

    id: int
    found: _Answer
    began_at: datetime
    ended_at: datetime
    boot: str
    uptime: float

    def note(self, books: Books, words: str = "") -> None:
        outcome = words or type(self.found).__name__
        books.reads.end(self.id, self.ended_at, self.uptime, outcome)


def ask(line: Line, call: Callable[[], _Answer], group: GroupId | None = None) -> Asked[_Answer]:
    """Make one request. Until it is noted as answered it counts as made when it must be over."""
    began = line.clock()
    with line.ledger.writing() as books:
        id_ = books.reads.begin(line.account, group, began, line.rules.deadline)
    found = call()
    ended = line.clock()
    return Asked(id_, found, began.at, max(ended.at, began.at), ended.boot, ended.uptime)


def answered(line: Line, call: Callable[[], _Answer]) -> _Answer:
    """Ask about the account: noted, and where it says so the account is paused."""
    asked = ask(line, call)
    with line.ledger.writing() as books:
        asked.note(books)
        if isinstance(asked.found, Unread):
            state = books.accounts.state(line.account)
            books.accounts.save(paused_after(state, asked.found, asked.ended_at))
    return asked.found
