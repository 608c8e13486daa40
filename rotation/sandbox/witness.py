"""Who watches a world from outside: told of every call and every change, at its own instant."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from rotation.sandbox.chat import Change
from rotation.sandbox.diary import Entry
from rotation.sandbox.wire import Kind


class Witness(Protocol):
    """Sees a call arrive, then what it and others change, then how the call was answered."""

    def arrives(self, kind: Kind, chat: str, people: Collection[str], at: datetime) -> None:
        """A call with valid credentials, whatever becomes of it; `chat` is whom a text is for."""
        ...

    def changes(self, change: Change) -> None: ...

    def session(self, status: str, at: datetime) -> None:
        """The session of an account is in this state from now on."""
        ...

    def answered(self, entry: Entry, shown: frozenset[str] | None, ended: datetime) -> None:
        """`shown` are the people on a list of members as its caller got it, true or not."""
        ...


class Nobody:
    """Watches nothing."""

    def arrives(self, kind: Kind, chat: str, people: Collection[str], at: datetime) -> None: ...

    def changes(self, change: Change) -> None: ...

    def session(self, status: str, at: datetime) -> None: ...

    def answered(self, entry: Entry, shown: frozenset[str] | None, ended: datetime) -> None: ...
