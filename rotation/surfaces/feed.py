"""What another system keeps at an address, and the daemon reads again and again; or a person now.

What is as it was does nothing at all; what can't be had, or can't be meant, changes nothing. What
came of it is in the ledger, so that another replica goes on from there.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from rotation.engine.feeds import UNFETCHED, Refusal, Standing, refused, standing, taken
from rotation.engine.tenure import Writable
from rotation.ledger import Books, Ledger
from rotation.providers.fetched import Fetched, Unchanged, Unfetched, fetch
from rotation.settings import Secret, SettingsErrors

FIRST = timedelta(minutes=1)
PATIENCE = (FIRST, timedelta(minutes=4))
"""When it is fetched again where it did not come; what ends by itself by then nobody hears of."""
FAILING = timedelta(minutes=15)
"""And from then on, where it is not due sooner."""
LOOK = "see what `rotation doctor` says of it, and ask whoever writes it"


@dataclass(frozen=True, slots=True)
class By:
    """Whose word it is that it is carried out: a person's, or its own."""

    author: str
    by_hand: bool = True

    @property
    def origin(self) -> str:
        return f"{self.author} by hand" if self.by_hand else self.author


class Address(Protocol):
    """Where it is, with which token, and how often it is read."""

    @property
    def token(self) -> Secret | None: ...
    @property
    def every(self) -> timedelta: ...
    def where(self) -> str:
        """The address itself. Raises SettingsErrors."""


class Come(Protocol):
    """What a reading comes to. `is_new`: there is something to do."""

    @property
    def is_new(self) -> bool: ...
    @property
    def said(self) -> str: ...


class OutOfDate(Exception):  # noqa: N818 - no error: it is weighed again
    """Somebody wrote meanwhile what it was weighed by."""


A = TypeVar("A", bound=Address)
C = TypeVar("C", bound=Come)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[C]):
    """What a reading that was new came to: what was done, or why nothing was.

    `is_news`: it differs from what came of it before.
    """

    came_to: C | Refusal
    is_news: bool

    @property
    def is_refused(self) -> bool:
        return isinstance(self.came_to, Refusal)

    @property
    def said(self) -> str:
        it = self.came_to
        return it.text if isinstance(it, Refusal) else it.said


@dataclass(slots=True)
class Feed(ABC, Generic[A, C]):
    """One address."""

    at: A
    ledger: Ledger
    clock: Callable[[], datetime]
    again_at: datetime | None = field(default=None, init=False)
    _tries: int = field(default=0, init=False)
    accept: ClassVar[str]
    _leans: ClassVar[bool] = False
    """Whether what it comes to depends on the roster."""

    # -- what each kind of them says of itself ----------------------------------------------

    @property
    @abstractmethod
    def key(self) -> str:
        """Under which the ledger knows how it stands."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called in the log."""

    @property
    @abstractmethod
    def command(self) -> str:
        """What a refusal is put on record as."""

    @property
    @abstractmethod
    def zone(self) -> str:
        """By whose clocks it is read, where it is set."""

    @abstractmethod
    def own(self) -> By:
        """Its own word."""

    @abstractmethod
    def stands_on(self, books: Books) -> str:
        """What else decides what it comes to; with another it is read anew."""

    @abstractmethod
    def judged(self, found: Fetched | Unfetched, most: int | None, now: datetime) -> C | Refusal:
        """What to do by what was fetched, or why nothing of it is done."""

    @abstractmethod
    def reread_at(self, judged: C, now: datetime) -> datetime | None:
        """When the same says more."""

    @abstractmethod
    def carry_out(self, books: Books, judged: C, by: By, now: datetime) -> None:
        """Write all of it down. Raises OutOfDate, and nothing is written."""

    def stands_on_other(self) -> None:
        """What decides what it comes to may be another now: it is read at the next look.

        What does not come is tried again soon as it is.
        """
        if self._leans and not self._tries:
            self.again_at = None

    # -- the same for all ---------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What it is called where its lines are named."""
        return urlsplit(self._where()).path.rpartition("/")[2] or "the list"

    @property
    def host(self) -> str:
        return urlsplit(self._where()).hostname or ""

    def look(self, write: Writable) -> Outcome[C] | None:
        """Fetch it if it is time to, and do what is new in it; None where nothing came of it.

        Raises LedgerTrouble, Unreadable; a later look tries it again.
        """
        now = self.clock()
        if self.again_at is not None and now < self.again_at <= now + self.at.every:
            return None
        self.again_at = now + FIRST
        if not self._knows_people():
            return None
        before = self._before()
        found = self._new(before, now)
        if isinstance(found, Unfetched) and self._tries < len(PATIENCE):
            self.again_at = now + PATIENCE[self._tries]
            self._tries += 1
            return None
        self._tries = len(PATIENCE) if isinstance(found, Unfetched) else 0
        self.again_at = now + min(FAILING, self.at.every)
        try:
            outcome = None if found is None else self._dealt_with(write, before, found)
        except OutOfDate:
            self.again_at = now + FIRST
            return None
        if not self._tries:
            self.again_at = now + self.at.every
        return outcome

    def by_hand(self, most: int | None, by: By, *, dry_run: bool) -> C | Refusal:
        """Read it now, whatever was read before. Raises LedgerTrouble, Unreadable, OutOfDate."""
        found = self.had()
        if dry_run:
            return self.judged(found, most, self.clock())
        return self._dealt_with(self.ledger, self._before(), found, most, by).came_to

    def had(self) -> Fetched | Unfetched:
        """What is at the address."""
        found = self._fetched("")
        return Unfetched("the server sent nothing") if isinstance(found, Unchanged) else found

    def unfetched(self, found: Unfetched) -> Refusal:
        why = f"{self.name} cannot be had from {self.host}: {found.why}"
        return Refusal(UNFETCHED, why, LOOK)

    def _where(self) -> str:
        try:
            return self.at.where()
        except SettingsErrors:
            return ""

    def _knows_people(self) -> bool:
        """Whether a roster is in force: without one nobody is known by a key or a name."""
        with self.ledger.reading() as books:
            return books.rosters.version() is not None

    def _before(self) -> Standing:
        """How it was when it was read last."""
        address = sha256(f"{self._where()} {self.zone}".encode()).hexdigest()[:16]
        with self.ledger.reading() as books:
            found = standing(books, self.key)
        return found if found.address == address else Standing(address)

    def _new(self, before: Standing, now: datetime) -> Fetched | Unfetched | None:
        """What is at the address; None where it is as it was, and nothing more follows from it."""
        with self.ledger.reading() as books:
            is_the_same_to_us = before.stood_on == self.stands_on(books)
        is_due = before.reread_at is not None and before.reread_at <= now
        if before.cause or is_due or not is_the_same_to_us:
            return self.had()
        found = self._fetched(before.etag)
        is_same = isinstance(found, Fetched) and _digest(found.content) == before.digest
        return None if isinstance(found, Unchanged) or is_same else found

    def _fetched(self, etag: str) -> Fetched | Unchanged | Unfetched:
        try:
            token = "" if self.at.token is None else self.at.token.reveal()
            return fetch(self.at.where(), token, etag, accept=self.accept)
        except SettingsErrors as why:
            return Unfetched(str(why))

    def _dealt_with(
        self,
        write: Writable,
        before: Standing,
        found: Fetched | Unfetched,
        most: int | None = None,
        by: By | None = None,
    ) -> Outcome[C]:
        """Carry out what was fetched, in one write."""
        now, by = self.clock(), by or self.own()
        with self.ledger.reading() as books:
            stood_on = self.stands_on(books)
        judged = self.judged(found, most, now)
        if isinstance(judged, Refusal):
            return self._refused(write, before, judged, by, now)
        content, etag = (found.content, found.etag) if isinstance(found, Fetched) else (b"", "")
        after = Standing(
            before.address, _digest(content), etag,
            reread_at=self.reread_at(judged, now), stood_on=stood_on,
        )  # fmt: skip
        with write.writing() as books:
            self.carry_out(books, judged, by, now)
            taken(books, self.key, before, after, now)
        return Outcome(judged, is_news=judged.is_new or bool(before.cause))

    def _refused(
        self, write: Writable, before: Standing, why: Refusal, by: By, now: datetime
    ) -> Outcome[C]:
        with self.ledger.reading() as books:
            known = standing(books, self.key)
        if (known.cause, known.address) == (why.cause, before.address):
            return Outcome(why, is_news=False)
        with write.writing() as books:
            told = (self.command, by.origin, before.address)
            refused(books, self.key, before, why, told, now)
        return Outcome(why, is_news=True)


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
