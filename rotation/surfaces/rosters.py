"""The roster files and the roster in force: read whole, adopted whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from rotation.core.facts import HeldItem, Moment
from rotation.core.holds import Hold
from rotation.engine import Adopted, adopt
from rotation.ledger import Ledger
from rotation.roster_file import Problem, RosterErrors, Snapshot, digest, read_snapshot, snapshot

NOT_ONE_YET = "no version was ever in force, so nothing is done"
STILL = timedelta(seconds=2)
"""A folder that changed is read once it has not changed for this long."""


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """The files can't even be read as they are now."""

    problems: tuple[Problem, ...]


_Found: TypeAlias = Snapshot | _Unreadable


@dataclass(slots=True)
class RosterFolder:
    """Watches a folder of rosters for a daemon. A version with errors never replaces a good one.

    `say` is told what became of each version that was read, in a sentence and its level.
    """

    folder: Path
    ledger: Ledger
    zone_data: str
    say: Callable[[str, str], None]
    _seen: _Found | None = field(default=None, init=False)
    _seen_at: datetime | None = field(default=None, init=False)
    _dealt_with: _Found | None = field(default=None, init=False)
    _wrong: bool = field(default=False, init=False)

    def look(self, clock: Callable[[], Moment], *, at_once: bool = False) -> bool:
        """Adopt what changed, if anything did; True when the engine has to know what came of it.

        That is so of errors too, as people are told of them. Raises LedgerUnavailable; the next
        look tries it again.
        """
        found = self._find()
        now = clock().at  # read afterwards: nothing is dated to before it was there
        if found != self._seen or self._seen_at is None:
            self._seen, self._seen_at = found, now
        changing = timedelta(0) <= now - self._seen_at < STILL  # not if the clock was set back
        if found == self._dealt_with or (changing and not at_once):
            return False
        self._seen_at = now  # what the ledger can't take now is tried again as late as a new change
        self._deal_with(found, now)
        self._dealt_with = found
        return True

    @property
    def settles_at(self) -> datetime | None:
        """When files that changed will have been still for long enough; None if none changed."""
        if self._seen_at is None or self._seen == self._dealt_with:
            return None
        return self._seen_at + STILL

    def _find(self) -> _Found:
        try:
            return snapshot(self.folder)
        except RosterErrors as errors:
            return _Unreadable(errors.problems)

    def _deal_with(self, found: _Found, now: datetime) -> None:
        if isinstance(found, _Unreadable):
            self._refused(RosterErrors(found.problems), now)
            return
        try:
            roster = read_snapshot(found)
        except RosterErrors as errors:
            self._refused(errors, now)
            return
        self._adopted(adopt(self.ledger, roster, digest(roster), now, self.zone_data))

    def _adopted(self, adopted: Adopted) -> None:
        if adopted.moved:
            self.say("warning", adopted.moved)
        if not adopted.in_force:
            count = len(adopted.removable)
            self.say(
                "warning",
                f"the new roster would remove {count} people at once, so the old one stays in"
                " force. Look at `rotation holds`, then `rotation release` or mend the roster",
            )
        elif adopted.changed:
            self.say("info", f"roster {adopted.digest} is in force")
        elif self._wrong:
            self.say("info", f"the roster files are right again; roster {adopted.digest} stays")
        self._wrong = False

    def _refused(self, errors: RosterErrors, now: datetime) -> None:
        self._wrong = True
        first = str(errors).splitlines()[0]
        detail = first if len(errors.problems) == 1 else f"{first} (and more)"
        with self.ledger.writing() as books:
            stays = books.rosters.digest() is not None
            told = detail if stays else f"{NOT_ONE_YET}: {detail}"
            books.holds.settle(None, None, (HeldItem(Hold.ROSTER, detail=told),), now)
        what = "the last good version stays" if stays else NOT_ONE_YET
        self.say("error", f"the roster files have errors, {what}: {errors}")
