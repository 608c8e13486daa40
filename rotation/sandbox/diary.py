"""What the world remembers of its calls: entries in order, and one hash of them all."""

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rotation.sandbox.given import as_utc

KEPT = 100_000
"""Entries kept; the hash covers all there ever were."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call as it went: `answer` is a status, `timeout` or `reset`; `fault` what struck it."""

    at: datetime
    kind: str
    account: str
    chat: str
    people: tuple[str, ...]
    acted: bool
    answer: str
    fault: str

    def plain(self) -> dict[str, object]:
        return {
            "at": as_utc(self.at),
            "kind": self.kind,
            "account": self.account,
            "chat": self.chat,
            "people": list(self.people),
            "acted": self.acted,
            "answer": self.answer,
            "fault": self.fault,
        }


class Diary:
    """Entries are numbered from 1."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._count = 0
        self._hash = hashlib.sha256()

    def note(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._count += 1
        self._hash.update(json.dumps(entry.plain(), separators=(",", ":")).encode())

    def since(self, number: int) -> Iterator[tuple[int, Entry]]:
        """The entries after the one with this number, of those still kept."""
        first = self._count - len(self._entries) + 1
        for offset, entry in enumerate(self._entries):
            if first + offset > number:
                yield first + offset, entry

    @property
    def trace(self) -> str:
        """A hash of everything that was asked and answered: equal worlds have equal traces."""
        return self._hash.hexdigest()

    def __len__(self) -> int:
        return self._count
