"""The list of leavers at an address, read by the daemon every hour, and by hand.

A list that is as it was does nothing at all; one that can't be had, or read, or names nobody or too
many, changes nothing. What came of it is in the ledger, so that another replica goes on from there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from rotation.core.roster import EMPTY
from rotation.engine.leaver_list import (
    ADDRESS,
    UNFETCHED,
    Refusal,
    Standing,
    refused,
    standing,
    taken,
)
from rotation.engine.tenure import Writable
from rotation.engine.wipes import APPROVED_WITHIN
from rotation.ledger import Ledger
from rotation.providers.fetched import Fetched, Unchanged, Unfetched, fetch
from rotation.settings import LeaverList, SettingsErrors
from rotation.surfaces.counting import counted
from rotation.surfaces.leavers import USUAL, By, List, Weighed, carry_out, weighed

FIRST = timedelta(minutes=1)
PATIENCE = (FIRST, timedelta(minutes=4))
"""When it is fetched again where it did not come; what ends by itself by then nobody hears of."""
FAILING = timedelta(minutes=15)
"""And from then on, where it is not due sooner."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a list that was new came to: what was done, or why nothing was.

    `is_news`: it differs from what came of it before.
    """

    came_to: Weighed | Refusal
    is_news: bool

    @property
    def is_refused(self) -> bool:
        return isinstance(self.came_to, Refusal)

    @property
    def said(self) -> str:
        it = self.came_to
        return it.text if isinstance(it, Refusal) else counted(len(it.new), "new leaver")


@dataclass(slots=True)
class Feed:
    """One address. `asks`: a second person has to approve each wipe."""

    at: LeaverList
    ledger: Ledger
    clock: Callable[[], datetime]
    asks: bool = False
    again_at: datetime | None = field(default=None, init=False)
    _tries: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        """What the list is called where its lines are named."""
        return urlsplit(self.at.url).path.rpartition("/")[2] or "the list"

    @property
    def host(self) -> str:
        return urlsplit(self.at.url).hostname or ""

    def look(self, write: Writable) -> Outcome | None:
        """Fetch the list if it is time to, and do what is new on it; None where nothing came of it.

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
        outcome = None if found is None else self._dealt_with(write, before, found)
        if not self._tries:
            self.again_at = now + self.at.every
        return outcome

    def by_hand(self, most: int, by: By, *, dry_run: bool) -> Weighed | Refusal:
        """Read it now, whatever was read before. Raises LedgerTrouble, Unreadable."""
        found = self.had()
        if dry_run:
            return self.judged(found, most, self.clock())
        outcome = self._dealt_with(self.ledger, self._before(), found, most, by)
        return outcome.came_to

    def had(self) -> Fetched | Unfetched:
        """What is at the address."""
        found = self._fetched("")
        return Unfetched("the server sent nothing") if isinstance(found, Unchanged) else found

    def _knows_people(self) -> bool:
        """Whether a roster is in force: without one nobody is known by a key or a name."""
        with self.ledger.reading() as books:
            return books.rosters.digest() is not None

    def _before(self) -> Standing:
        """How it was with this list when it was read last."""
        address = sha256(f"{self.at.url} {self.at.zone}".encode()).hexdigest()[:16]
        with self.ledger.reading() as books:
            found = standing(books, ADDRESS)
        return found if found.address == address else Standing(address)

    def _new(self, before: Standing, now: datetime) -> Fetched | Unfetched | None:
        """What is at the address; None where it is as it was, and nothing more follows from it."""
        is_done = not before.cause and not (before.reread_at and before.reread_at <= now)
        if not is_done:
            return self.had()
        found = self._fetched(before.etag)
        is_same = isinstance(found, Fetched) and _digest(found.content) == before.digest
        return None if isinstance(found, Unchanged) or is_same else found

    def _fetched(self, etag: str) -> Fetched | Unchanged | Unfetched:
        try:
            token = "" if self.at.token is None else self.at.token.reveal()
        except SettingsErrors as why:
            return Unfetched(str(why))
        return fetch(self.at.url, token, etag)

    def _dealt_with(
        self,
        write: Writable,
        before: Standing,
        found: Fetched | Unfetched,
        most: int = USUAL,
        by: By | None = None,
    ) -> Outcome:
        """Carry out what was fetched, in one write."""
        now, by = self.clock(), by or By(f"list of {self.host}", by_hand=False)
        judged = self.judged(found, most, now)
        if isinstance(judged, Refusal):
            return self._refused(write, before, judged, by, now)
        content, etag = (found.content, found.etag) if isinstance(found, Fetched) else (b"", "")
        lapses = [now + APPROVED_WITHIN] if self.asks and judged.new else []
        reread_at = min((at for at in (judged.again_at, *lapses) if at), default=None)
        after = Standing(before.address, _digest(content), etag, reread_at=reread_at)
        with write.writing() as books:
            carry_out(books, judged, by, now, asks=self.asks)
            taken(books, ADDRESS, before, after, now)
        return Outcome(judged, is_news=bool(judged.new or before.cause))

    def judged(self, found: Fetched | Unfetched, most: int, now: datetime) -> Weighed | Refusal:
        """What to do by what was fetched, or why nothing of it is done."""
        if isinstance(found, Unfetched):
            return Refusal(
                UNFETCHED, f"{self.name} cannot be had from {self.host}: {found.why}", _LOOK
            )
        given = List(self.name, found.content, self.at.zone, "rotation leavers --from-url ")
        with self.ledger.reading() as books:
            _, roster = books.rosters.in_force() or ("", EMPTY)
            judged = weighed(books, roster, given, most, now)
        if isinstance(judged, Weighed) and judged.is_empty:
            return Refusal("empty", f"{self.name} of {self.host} names nobody", _LOOK)
        return judged

    def _refused(
        self, write: Writable, before: Standing, why: Refusal, by: By, now: datetime
    ) -> Outcome:
        with self.ledger.reading() as books:
            known = standing(books, ADDRESS)
        if (known.cause, known.address) == (why.cause, before.address):
            return Outcome(why, is_news=False)
        with write.writing() as books:
            refused(books, ADDRESS, before, why, by.origin, now)
        return Outcome(why, is_news=True)


_LOOK = "see what `rotation doctor` says of it, and ask whoever writes the list"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
