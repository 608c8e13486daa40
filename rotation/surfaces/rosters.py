"""The roster files and the roster in force: read whole, adopted whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from rotation.core.facts import HeldItem, Moment
from rotation.core.holds import Hold
from rotation.engine import Adopted, Shared, adopt, lasting
from rotation.engine.tenure import Writable
from rotation.ledger import HOUSE, LeaseLost, Ledger, Standing
from rotation.roster_file import Problem, RosterErrors, Snapshot, digest, read_snapshot, snapshot
from rotation.roster_file.saving import NotSaved
from rotation.surfaces.orders.roster import recovered

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

    `say` is told what became of each version that was read, in a sentence and its level. Of several
    replicas, the `shared` say which, one adopts its files; and none that a replaced version is in
    when it begins to, since they may be files that nobody brought up to date.
    """

    folder: Path
    ledger: Ledger
    zone_data: str
    say: Callable[[str, str], None]
    shared: Shared | None = None
    _seen: _Found | None = field(default=None, init=False)
    _seen_at: datetime | None = field(default=None, init=False)
    _dealt_with: _Found | None = field(default=None, init=False)
    _wrong: bool = field(default=False, init=False)
    _shown: _Found | None = field(default=None, init=False)
    _term: int | None = field(default=None, init=False)
    _meant: bool = field(default=False, init=False)

    def look(
        self, clock: Callable[[], Moment], *, at_once: bool = False, meant: bool = False
    ) -> bool:
        """Adopt what changed, if anything did; True when the engine has to know what came of it.

        That is so of errors too, as people are told of them. `meant`: a person asks for it, also
        where these files were replaced before. Raises LedgerUnavailable; the next look tries it
        again.
        """
        found = self._find()
        now = clock().at  # read afterwards: nothing is dated to before it was there
        self._show(found)
        if self.shared is not None and not self._holds_office(meant=meant):
            return False
        if self._seen is not None and self._seen != found:
            self._meant = True  # somebody changed them here
        if found != self._seen or self._seen_at is None:
            self._seen, self._seen_at = found, now
        changing = timedelta(0) <= now - self._seen_at < STILL  # not if the clock was set back
        again = meant and self.shared is not None
        if (found == self._dealt_with and not again) or (changing and not at_once):
            return False
        self._seen_at = now  # what the ledger can't take now is tried again as late as a new change
        try:
            self._deal_with(found, now)
        except LeaseLost:
            return False
        self._dealt_with = found
        return True

    def _holds_office(self, *, meant: bool) -> bool:
        """Whether the files of this replica count; a new term begins with none dealt with."""
        office = self.shared.of(HOUSE) if self.shared is not None else None
        term = None if office is None else office.term
        if term != self._term:
            self._seen = self._seen_at = self._dealt_with = None
            self._term, self._meant = term, False
        self._meant = self._meant or meant
        return office is not None

    def _show(self, found: _Found) -> None:
        """Tell the other replicas which version these files are."""
        if self.shared is None or found == self._shown:
            return
        self._shown = found
        try:
            version = "" if isinstance(found, _Unreadable) else digest(read_snapshot(found))
        except RosterErrors:
            version = ""
        self.shared.sees(version or "not readable")

    def _desk(self) -> Writable:
        """The ledger as far as these files may change it. Raises LeaseLost."""
        if self.shared is None:
            return self.ledger
        office = self.shared.office
        if office is None:
            raise LeaseLost("another replica adopts files now")
        return office

    @property
    def settles_at(self) -> datetime | None:
        """When files that changed will have been still for long enough; None if none changed."""
        if self._seen_at is None or self._seen == self._dealt_with:
            return None
        return self._seen_at + STILL

    def _find(self) -> _Found:
        try:
            if (save := recovered(self.ledger, self.folder)) is not None:
                self.say(
                    "warning", f"{save} of the roster files was left half done; it is put back"
                )
        except NotSaved as wrong:
            return _Unreadable((Problem(str(self.folder), 0, 0, str(wrong), ""),))
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
        if self.shared is not None and not self._meant and self._was_replaced(digest(roster)):
            self._held_as_old(digest(roster), now)
            return
        self._adopted(adopt(self._desk(), roster, digest(roster), now, self.zone_data))

    def _was_replaced(self, version: str) -> bool:
        with self.ledger.reading() as books:
            past = (v.digest for v in books.rosters.versions() if v.state is Standing.PAST)
            return version != books.rosters.version() and version in past

    def _held_as_old(self, version: str, now: datetime) -> None:
        place = self.shared.me.place if self.shared is not None else ""
        told = f"the files of {place} are those of roster {version}, which was replaced"
        with self._desk().writing() as books:
            lasting.settle(books, None, None, (HeldItem(Hold.ROSTER, detail=told),), now)
        self.say(
            "warning",
            f"{told}; the newer version stays. Bring the files up to date; or, if the old ones are"
            " meant, send SIGHUP to this process",
        )

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
        with self._desk().writing() as books:
            stays = books.rosters.digest() is not None
            told = detail if stays else f"{NOT_ONE_YET}: {detail}"
            lasting.settle(books, None, None, (HeldItem(Hold.ROSTER, detail=told),), now)
        what = "the last good version stays" if stays else NOT_ONE_YET
        self.say("error", f"the roster files have errors, {what}: {errors}")
